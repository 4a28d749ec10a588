package compare

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// TestPower runs experiments, and then others with the difference that the first said could be seen: 8 of 10 must see it,
// whatever spread the first happened to meet.
func TestPower(t *testing.T) {
	t.Parallel()
	const times = 2000
	for _, tc := range []struct {
		why          string
		pairs, gates int
		better       int
		margin       float64
	}{
		{"the fewest pairs", 6, 1, -1, 0.05},
		{"three gates", 8, 3, -1, 0.05},
		{"a throughput", 10, 1, +1, 0.05},
		{"ten pairs, no margin", 10, 1, -1, 0},
		{"four gates", 10, 4, -1, 0.10},
		{"many pairs", 20, 3, +1, 0.05},
	} {
		l := &lab{random: rand.New(rand.NewPCG(21, uint64(tc.pairs))), noise: 0.015}
		plan, seen, sum := designs{}, 0, 0.0
		for range times {
			family := make([]Metric, tc.gates)
			for i := range family { // the others do not fail, so Holm's procedure is at its strictest
				family[i] = Metric{Better: tc.better, Gate: true, Margin: tc.margin, Pairs: l.pairs(tc.pairs, 1)}
			}
			at, err := family[0].position(Level(1))
			if err != nil {
				t.Fatal(err)
			}
			var j Judgement
			j.foresee(family[0], at, plan, Level(1), tc.gates)
			sum += *j.MinDetectable
			family[0].Pairs = l.pairs(tc.pairs, 1-float64(tc.better)**j.MinDetectable)
			if v, _ := judged(t, 1, family...); v[0] == Fail {
				seen++
			}
		}
		if float64(seen) < 0.80*times {
			t.Errorf("%s: %d of %d experiments saw what was said to be detectable", tc.why, seen, times)
		}
		t.Logf("%s: %d of %d saw it; %.1f %% on average", tc.why, seen, times, 100*sum/times)
	}
}

// TestFactor holds the simulation against what is known of it.
func TestFactor(t *testing.T) {
	t.Parallel()
	plan := designs{}
	last := math.Inf(1)
	for _, n := range []int{6, 8, 10, 15, 20, 30, 45, 60} {
		f := plan.factor(design{n, 0.95})
		// With many pairs it is that of a normal mean: (1.960 + 0.842) / sqrt(n), over the efficiency of 3/pi, 0.955, by its root.
		ideal := (1.960 + 0.8416) / math.Sqrt(float64(n)) / math.Sqrt(3/math.Pi)
		if !(f < last) || f < 0.97*ideal || f > 2.2*ideal || n >= 30 && f > 1.15*ideal {
			t.Errorf("%d pairs: %.3f, after %.3f, and %.3f with many", n, f, last, ideal)
		}
		t.Logf("%d pairs: %.2f standard deviations", n, f)
		last = f
	}
	if again := (designs{}).factor(design{10, 0.95}); again != plan.factor(design{10, 0.95}) {
		t.Error("the same design gives another factor")
	}
	if f := plan.factor(design{6, 0.99}); !math.IsInf(f, 1) {
		t.Errorf("six pairs can't state 99 %%, and have the factor %v", f)
	}
}

// TestAverage holds the quick way to an average against the plain one.
func TestAverage(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(31, 32))
	for n := 1; n <= 12; n++ {
		values := normal(r, n)
		slices.Sort(values)
		values[n/2] = values[0] // a tie
		slices.Sort(values)
		for k, want := range averages(values) {
			if got := average(values, k); !near(got, want, 1e-5) {
				t.Errorf("%d of %v: got %v, want %v", k, values, got, want)
			}
		}
	}
}

func TestPairsNeeded(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		why         string
		pairs       []Pair
		least, most int
	}{
		{"it passes", around(0, 0.02), 0, 0},
		{"it fails", around(1, 0.02), 0, 0},
		{"some more would do", around(0.02, 0.12), 11, 30},
		{"exactly at the margin nothing helps", around(math.Log(1.05), 0.02), Most + 1, Most + 1},
	} {
		out, err := Judge([]Metric{{Better: -1, Gate: true, Margin: 0.05, Pairs: tc.pairs}}, 1)
		if err != nil {
			t.Fatal(err)
		}
		if n := out[0].PairsNeeded; n < tc.least || n > tc.most {
			t.Errorf("%s: %s, %d pairs needed, want %d to %d", tc.why, out[0].Verdict, n, tc.least, tc.most)
		}
	}
	// What can't be foreseen is unknown.
	out, err := Judge([]Metric{{Better: 0, Pairs: around(0, 1)}, {Better: -1, Pairs: pairsOf(690, -690, 690, -690, 690, -690)}}, 1)
	if err != nil || out[0].MinDetectable != nil || out[1].MinDetectable != nil {
		t.Errorf("got %+v (%v), want nothing detectable", out, err)
	}
}
