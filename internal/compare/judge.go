package compare

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// A Verdict is what a gated metric comes to.
type Verdict string

// The verdicts. None is that of a metric that only informs.
const (
	None         Verdict = ""
	Pass         Verdict = "pass"         // not worse by the margin: all of the interval is below it
	Warn         Verdict = "warn"         // worse, and perhaps by more than the margin
	Fail         Verdict = "fail"         // worse by more than the margin: all of the interval is above it
	Inconclusive Verdict = "inconclusive" // neither can be said
)

// A Metric is one number of trials of both sides: in pairs, or else each side by itself.
type Metric struct {
	Better int     // +1 higher is better, -1 lower; 0 neither, which can't be gated
	Gate   bool    // it decides
	Margin float64 // by what part of itself it may be worse before it fails: 0.05 for 5 %. From 0; below 1 where higher is better
	Pairs  []Pair
	A, B   []float64 // where there are no Pairs
}

// A Judgement is what is said of one metric.
type Judgement struct {
	Ratio   Ratio
	P       float64 // two-sided, exact: of values like these if there were no difference
	Margin  float64 // the one in force: an unpaired one may be larger than asked for
	Verdict Verdict
	Why     string // it is not what the interval alone would say; empty where it is

	// MinDetectable is the worsening, as a part of the metric like Margin, that comes out as a Fail in 8 of 10 experiments like
	// this one (that is told from none, where the metric only informs). nil: unknown, as it is without pairs, or none would.
	MinDetectable *float64
	// PairsNeeded is how many pairs would decide, in 8 of 10 experiments, what lies as far from the margin as this. 0: it is
	// decided, or unknown; more than Most: not even that many.
	PairsNeeded int
}

// Level returns the level of intervals that are looked at so many times, 1 or 2, with a chance of 5 % in all to be wrong: with
// two looks each is held to 2.94 % (Pocock, Group sequential methods in the design and analysis of clinical trials, 1977).
func Level(looks int) float64 {
	if looks > 1 {
		return 1 - 0.0294
	}
	return 0.95
}

// strictest is the one-sided probability that the first of so many gates must not exceed to fail.
func strictest(gates, looks int) float64 { return (1 - Level(looks)) / 2 / float64(max(1, gates)) }

// FewestFor returns the least number of pairs with which each of so many gates could fail, looked at so many times, 1 or 2:
// the smallest n with 2^-n within the strictest bound that Judge holds a gate to. With fewer a gate sleeps.
func FewestFor(gates, looks int) int {
	n := Fewest
	for math.Ldexp(1, -n) > strictest(gates, looks) {
		n++
	}
	return n
}

// FewestEachFor is FewestFor for trials that were not run in pairs, of one look: how many of each side.
func FewestEachFor(gates int) int {
	n := FewestUnpaired
	for rankSums(n, n).atMost(0) > strictest(gates, 1) {
		n++
	}
	return n
}

// Judge says what each metric of one experiment comes to, which was or will be looked at so many times, 1 or 2. It works on
// the worsening: ln(B/A), or ln(A/B) where higher is better.
//
// A gated metric fails if all of its interval lies above the margin, passes if all of it lies below, and warns if all of it
// lies above no change, but not above the margin. So that several gates together do not cry wolf more often than one, Holm's
// procedure (A simple sequentially rejective multiple test procedure, 1979) must agree to each Fail: with the gates'
// one-sided probabilities at their margins in order, the i-th of m, from 0, is held to the interval's divided by m-i, and the
// first that exceeds it ends the failing: it and those after it are inconclusive. A pass needs no such care: each by itself is wrong
// at most as often as its level says.
//
// Without pairs, the noise of the machine over the days is in the difference too. The margin is then at least three standard
// deviations of ln a.
func Judge(family []Metric, looks int) ([]Judgement, error) {
	out, at, err := decide(family, looks)
	if err != nil {
		return nil, err
	}
	plan, level, gates := designs{}, Level(looks), count(family)
	for i, m := range family {
		if len(m.Pairs) > 0 {
			out[i].foresee(m, at[i], plan, level, gates)
		}
	}
	return out, nil
}

// decide is Judge without what it takes simulations to foresee.
func decide(family []Metric, looks int) ([]Judgement, []position, error) {
	level := Level(looks)
	out, at := make([]Judgement, len(family)), make([]position, len(family))
	for i, m := range family {
		p, err := m.position(level)
		if err != nil {
			return nil, nil, err
		}
		if out[i].Ratio, err = p.shift.ratio(level); err != nil {
			return nil, nil, err
		}
		above, below := p.shift.tails(0)
		out[i].P, out[i].Margin = min(1, 2*above, 2*below), part(m.Better, p.limit)
		if m.Gate {
			out[i].Verdict = p.verdict()
		}
		at[i] = p
	}
	holm(out, at, strictest(1, looks), count(family))
	return out, at, nil
}

// count counts the gates.
func count(family []Metric) (gates int) {
	for _, m := range family {
		if m.Gate {
			gates++
		}
	}
	return gates
}

// A position is where a metric's worsening lies, on the log scale.
type position struct {
	shift       *shift
	lo, mid, hi float64
	limit       float64 // the margin
	p           float64 // one-sided, that it is not above the limit
}

func (m Metric) position(level float64) (position, error) {
	if m.Gate && (m.Better == 0 || !(m.Margin >= 0) || m.Better > 0 && m.Margin >= 1 || math.IsInf(m.Margin, 0)) {
		return position{}, fmt.Errorf("compare with the margin %v: it is a part such as 0.05, of a metric that can be worse", m.Margin)
	}
	var p position
	var err error
	if len(m.Pairs) > 0 {
		p.shift, err = signed(m.Pairs)
	} else {
		p.shift, err = unpaired(m.A, m.B)
	}
	if err != nil {
		return position{}, err
	}
	lo, hi, _, err := p.shift.interval(level)
	if err != nil {
		return position{}, err
	}
	p.limit = -math.Log1p(-m.Margin)
	if m.Better <= 0 {
		p.limit = math.Log1p(m.Margin)
	}
	if len(m.Pairs) == 0 {
		logs := make([]float64, len(m.A))
		for i, v := range m.A {
			logs[i] = math.Log(v)
		}
		p.limit = max(p.limit, 3*deviation(logs))
	}
	if m.Better > 0 {
		p.lo, p.mid, p.hi = -hi, -p.shift.estimate(), -lo
		_, p.p = p.shift.tails(-p.limit)
	} else {
		p.lo, p.mid, p.hi = lo, p.shift.estimate(), hi
		p.p, _ = p.shift.tails(p.limit)
	}
	return p, nil
}

// verdict is what the interval alone says.
func (p position) verdict() Verdict {
	switch {
	case p.lo > p.limit:
		return Fail
	case p.hi < p.limit:
		return Pass
	case p.lo > 0:
		return Warn
	}
	return Inconclusive
}

// part turns a worsening on the log scale into a part of the metric.
func part(better int, worsening float64) float64 {
	if better > 0 {
		return -math.Expm1(-worsening)
	}
	return math.Expm1(worsening)
}

// holm takes the Fail from gates that do not hold against all of the family; alpha is one-sided, of one gate.
func holm(out []Judgement, at []position, alpha float64, gates int) {
	var order []int
	for i, j := range out {
		if j.Verdict != None {
			order = append(order, i)
		}
	}
	slices.SortStableFunc(order, func(i, j int) int { return cmp.Compare(at[i].p, at[j].p) })
	ended := false
	for rank, i := range order {
		bound := alpha / float64(gates-rank)
		ended = ended || at[i].p > bound
		if !ended || out[i].Verdict != Fail {
			continue
		}
		out[i].Verdict = Inconclusive
		if least := at[i].shift.null.atMost(0); least > alpha/float64(gates) {
			out[i].Why = fmt.Sprintf("by itself it is worse than the margin allows, but %s are too few for one of %d gates to fail", at[i].shift.what, gates)
		} else {
			out[i].Why = fmt.Sprintf("by itself it is worse than the margin allows (p %.4f), but not surely enough for one of %d gates (Holm: p at most %.4f)", at[i].p, gates, bound)
		}
	}
}
