package compare

import (
	"math"
	"math/rand/v2"
	"testing"
)

// signs counts, of all ways to give the ranks of diffs around the shift a sign, those whose positive ranks add up to at most as
// much as the given ones': the test as its textbook has it, without Walsh averages. There are no ties.
func signs(diffs []float64, at float64) (above, below float64) {
	n := len(diffs)
	rank := make([]int, n)
	positive := 0
	for i, d := range diffs {
		for _, o := range diffs {
			if math.Abs(o-at) <= math.Abs(d-at) {
				rank[i]++
			}
		}
		if d > at {
			positive += rank[i]
		}
	}
	atLeast, atMost := 0, 0
	for way := range 1 << n {
		sum := 0
		for i, r := range rank {
			if way>>i&1 == 1 {
				sum += r
			}
		}
		if sum >= positive {
			atLeast++
		}
		if sum <= positive {
			atMost++
		}
	}
	return float64(atLeast) / math.Ldexp(1, n), float64(atMost) / math.Ldexp(1, n)
}

// choices counts, of all ways to choose which of the values are a's, those in which as many pairs have b above a, or more, as
// there are: the Mann-Whitney test by its definition. There are no ties.
func choices(a, b []float64) (above, below float64) {
	all := append(append([]float64{}, a...), b...)
	count := func(ours func(int) bool) (u int) {
		for i, x := range all {
			for j, y := range all {
				if ours(i) && !ours(j) && y > x {
					u++
				}
			}
		}
		return u
	}
	seen := count(func(i int) bool { return i < len(a) })
	total, atLeast, atMost := 0, 0, 0
	for way := range 1 << len(all) {
		ones := 0
		for i := range all {
			ones += way >> i & 1
		}
		if ones != len(a) {
			continue
		}
		total++
		u := count(func(i int) bool { return way>>i&1 == 1 })
		if u >= seen {
			atLeast++
		}
		if u <= seen {
			atMost++
		}
	}
	return float64(atLeast) / float64(total), float64(atMost) / float64(total)
}

func normal(r *rand.Rand, n int) []float64 {
	values := make([]float64, n)
	for i := range values {
		values[i] = r.NormFloat64()
	}
	return values
}

// TestEveryWay holds both tests against what counting every way gives.
func TestEveryWay(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	for n := Fewest; n <= 12; n++ {
		diffs := normal(r, n)
		for _, at := range []float64{0, 0.3, -1} {
			wantAbove, wantBelow := signs(diffs, at)
			above, below, err := SignedRankP(pairsOf(diffs...), math.Exp(at))
			if err != nil || !near(above, wantAbove, 1e-12) || !near(below, wantBelow, 1e-12) {
				t.Errorf("%d pairs around %v: got %v and %v (%v), counted %v and %v", n, at, above, below, err, wantAbove, wantBelow)
			}
		}
	}
	for _, size := range [][2]int{{4, 4}, {4, 6}, {6, 5}, {5, 7}} {
		a, b := exps(normal(r, size[0])), exps(normal(r, size[1]))
		wantAbove, wantBelow := choices(a, b)
		above, below, err := RankSumP(a, b, 1)
		if err != nil || !near(above, wantAbove, 1e-12) || !near(below, wantBelow, 1e-12) {
			t.Errorf("%v values: got %v and %v (%v), counted %v and %v", size, above, below, err, wantAbove, wantBelow)
		}
	}
}

func exps(logs []float64) []float64 {
	out := make([]float64, len(logs))
	for i, v := range logs {
		out[i] = math.Exp(v)
	}
	return out
}

// TestR holds both tests against what R prints for the examples of its wilcox.test, which are Hollander and Wolfe's.
func TestR(t *testing.T) {
	t.Parallel()
	before := []float64{1.83, .50, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.30} // depression scores; V = 40, p-value = 0.01953
	after := []float64{.878, .647, .598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29}
	diffs := make([]float64, len(before))
	for i := range before {
		diffs[i] = after[i] - before[i]
	}
	above, below, err := SignedRankP(pairsOf(diffs...), 1)
	if err != nil || !near(below, 10.0/512, 1e-12) || !near(2*below, 0.0390625, 1e-12) || !near(above, 1-7.0/512, 1e-12) {
		t.Errorf("depression: got %v and %v (%v), want p 0.01953125 that the scores fell", above, below, err)
	}
	atTerm := []float64{0.80, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46} // permeability; W = 35, p-value = 0.1272
	weeks := []float64{1.15, 0.88, 0.90, 0.74, 1.21}
	above, below, err = RankSumP(exps(weeks), exps(atTerm), 1)
	if err != nil || !near(above, 382.0/3003, 1e-12) || below < 0.87 {
		t.Errorf("permeability: got %v and %v (%v), want p 0.1272 that at term it is higher", above, below, err)
	}
	got, err := Unpaired(exps(weeks), exps(atTerm), 0.95)
	if err != nil || !near(math.Log(got.Estimate), 0.305, 1e-12) || !near(math.Log(got.Lo), -0.15, 1e-12) || !near(math.Log(got.Hi), 0.76, 1e-12) {
		t.Errorf("permeability: got %+v (%v), want 0.305 from -0.15 to 0.76 on the log scale", got, err)
	}
}

// TestMannWhitneyTable holds the distribution against the table that textbooks print: the largest statistic that is
// significant at 5 %, two-sided.
func TestMannWhitneyTable(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ m, n, want int }{
		{4, 4, 0},
		{4, 5, 1},
		{4, 6, 2},
		{4, 8, 4},
		{4, 10, 5},
		{5, 5, 2},
		{5, 8, 6},
		{5, 10, 8},
		{6, 6, 5},
		{7, 7, 8},
		{8, 8, 13},
		{9, 9, 17},
		{10, 10, 23},
		{10, 20, 55},
		{12, 12, 37},
		{15, 15, 64},
		{15, 20, 90},
		{20, 20, 127},
	} {
		for _, d := range []null{rankSums(row.m, row.n), rankSums(row.n, row.m)} {
			got := -1
			for 2*d.atMost(got+1) <= 0.05 {
				got++
			}
			if got != row.want {
				t.Errorf("%d and %d: critical value %d, the table has %d", row.m, row.n, got, row.want)
			}
		}
	}
	if all := rankSums(10, 5).all; all != 3003 {
		t.Errorf("10 of 15 can be chosen in 3003 ways, not %v", all)
	}
	d := rankSums(Most, Most)
	if !near(d.atMost(Most*Most), 1, 1e-12) || !near(d.atMost(Most*Most/2-1)+d.ways[Most*Most/2]/d.all/2, 0.5, 1e-12) {
		t.Error("the largest distribution is not symmetric, or not all of it is there")
	}
}

// TestIntervalAndP holds that an interval leaves a ratio out exactly when its p says so, with ties and zeros too.
func TestIntervalAndP(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(5, 6))
	outside := 0
	for range 1000 {
		n := Fewest + r.IntN(8)
		coarse := func() []float64 { // many ties, and values that are exact in logarithms
			out := make([]float64, n)
			for i := range out {
				out[i] = math.Ldexp(1, r.IntN(5)-2)
			}
			return out
		}
		a, b := coarse(), coarse()
		pairs := make([]Pair, n)
		for i := range pairs {
			pairs[i] = Pair{a[i], b[i]}
		}
		level := []float64{0.8, 0.9, 0.95}[r.IntN(3)]
		for _, test := range []struct {
			name  string
			shift func() (*shift, error)
		}{
			{"paired", func() (*shift, error) { return signed(pairs) }},
			{"unpaired", func() (*shift, error) { return unpaired(a, b) }},
		} {
			s, err := test.shift()
			if err != nil {
				t.Fatal(err)
			}
			lo, hi, _, err := s.interval(level)
			if err != nil {
				t.Fatal(err)
			}
			at := s.centres[r.IntN(len(s.centres))] // exactly on one, and often on several
			above, below := s.tails(at)
			if (at < lo) != (above <= (1-level)/2) || (at > hi) != (below <= (1-level)/2) {
				t.Fatalf("%s at %v: %v is held against %v to %v, and p is %v and %v", test.name, level, at, lo, hi, above, below)
			}
			if at < lo || at > hi {
				outside++
			}
		}
	}
	if outside < 50 {
		t.Errorf("only %d ratios were outside", outside)
	}
}

// TestUnpairedCoverage simulates repeats of two sides: the interval holds the true ratio as often as it says.
func TestUnpairedCoverage(t *testing.T) {
	t.Parallel()
	const times, truth = 2000, 1.2
	for _, size := range [][2]int{{5, 5}, {8, 6}, {10, 10}} {
		r := rand.New(rand.NewPCG(41, uint64(size[0])))
		held, level := 0, 0.0
		for range times {
			sides := [2][]float64{}
			for i, by := range []float64{1, truth} {
				for range size[i] {
					noise := 0.05 * r.NormFloat64()
					if r.IntN(10) == 0 {
						noise *= 3
					}
					sides[i] = append(sides[i], by*math.Exp(noise))
				}
			}
			got, err := Unpaired(sides[0], sides[1], 0.95)
			if err != nil {
				t.Fatal(err)
			}
			if level = got.Level; got.Lo <= truth && truth <= got.Hi {
				held++
			}
		}
		if covered := float64(held) / times; !near(covered, level, 0.01) || !near(covered, 0.95, 0.025) {
			t.Errorf("%v: held the truth in %.2f %%, and said %.2f %%", size, 100*covered, 100*level)
		}
	}
}
