package compare

import (
	"math"
	"math/rand/v2"
	"slices"
)

// A design is how an experiment is laid out.
type design struct {
	pairs int
	level float64
}

// designs remembers the factor of each design that was asked for, since it takes up to a tenth of a second. It belongs to one
// goroutine.
type designs map[design]float64

const (
	// aim is how often an experiment is to see what it is said to see: 8 of 10, and two hundredths for what the simulation
	// itself does not know.
	aim = 0.82
	// seed is of the simulations, so that the same pairs always give the same answer.
	seed = 20261121
)

// factor returns by how many standard deviations of its pairs' ln(B/A) a difference must lie beyond a limit for all of the
// interval to lie beyond it, in 8 of 10 experiments. It is infinite where the design can't reach its level.
//
// With the pairs' true spread known it would be minus the 20 % quantile of the interval's lower end, of pairs of unit spread
// around zero. But that spread is estimated, from as few as six pairs, and those in which it came out too small would promise
// too much. So it is the 80 % quantile of that lower end over the standard deviation of another experiment like it: who measures
// a spread, computes what can be seen, and does the experiment again with just that, sees it in 8 of 10 such attempts. It is the
// larger one of two kinds of noise: normal, and with one trial in ten three times as noisy as the others. With few pairs the
// second is worse, since some experiments meet no noisy trial; with many the first.
func (d designs) factor(of design) float64 {
	if f, known := d[of]; known {
		return f
	}
	f := math.Inf(1)
	if leave, _, ok := signedRanks(of.pairs).cut(of.level); ok {
		f = max(simulate(of.pairs, leave, 0), simulate(of.pairs, leave, 0.1))
	}
	d[of] = f
	return f
}

// simulate returns the factor for a noise of which a part is three times as large.
func simulate(pairs, leave int, loud float64) float64 {
	random := rand.New(rand.NewPCG(seed, uint64(pairs)))
	experiment := func() []float64 {
		diffs := make([]float64, pairs)
		for i := range diffs {
			for range 2 { // trials
				noise := random.NormFloat64()
				if random.Float64() < loud {
					noise *= 3
				}
				diffs[i] += noise // symmetric: a difference is a sum
			}
		}
		return diffs
	}
	needed := make([]float64, max(1000, 50_000/pairs))
	for i := range needed {
		diffs := experiment()
		slices.Sort(diffs)
		needed[i] = -average(diffs, leave) / deviation(experiment())
	}
	slices.Sort(needed)
	return needed[int(aim*float64(len(needed)))]
}

// average returns the k-th Walsh average, from 0, of values in order, to a millionth of their range, without making all of
// them: by halving the range until so many lie below.
func average(sorted []float64, k int) float64 {
	lo, hi := sorted[0], sorted[len(sorted)-1]
	for range 20 {
		middle := lo/2 + hi/2
		below, j := 0, len(sorted)-1
		for i, v := range sorted {
			for j >= i && v/2+sorted[j]/2 > middle {
				j--
			}
			below += max(0, j-i+1)
		}
		if below > k {
			hi = middle
		} else {
			lo = middle
		}
	}
	return hi
}

// foresee fills in what such pairs can tell. A Fail takes the level of the strictest gate, everything else the interval's own.
func (j *Judgement) foresee(m Metric, p position, plan designs, level float64, gates int) {
	diffs := make([]float64, len(m.Pairs))
	for i, pair := range m.Pairs {
		diffs[i] = pair.Difference()
	}
	spread := deviation(diffs)
	strict, limit := level, 0.0
	if m.Gate {
		strict, limit = 1-(1-level)/float64(gates), p.limit
	}
	if least := limit + plan.factor(design{len(diffs), strict})*spread; m.Better != 0 && least <= largest {
		v := part(m.Better, least)
		j.MinDetectable = &v
	}
	if j.Verdict != Inconclusive && j.Verdict != Warn {
		return
	}
	if p.mid < p.limit {
		strict = level
	}
	j.PairsNeeded = plan.needed(len(diffs), strict, spread, math.Abs(p.mid-p.limit))
}

// needed returns the least number of pairs beyond those there are that see a distance at a spread, Most+1 for more than Most.
func (d designs) needed(pairs int, level, spread, distance float64) int {
	few, many := pairs+1, Most+1 // many is enough, or more than Most
	for few < many {
		n := (few + many) / 2
		if d.factor(design{n, level})*spread <= distance {
			many = n
		} else {
			few = n + 1
		}
	}
	return few
}
