package compare

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"
)

// pairsOf makes pairs whose ln(B/A) are the given differences.
func pairsOf(diffs ...float64) []Pair {
	pairs := make([]Pair, len(diffs))
	for i, d := range diffs {
		pairs[i] = Pair{A: 100, B: 100 * math.Exp(d)}
	}
	return pairs
}

func near(got, want, tolerance float64) bool { return math.Abs(got-want) <= tolerance }

// atMost returns P(W <= w) for n pairs.
func atMost(n, w int) float64 { return signedRanks(n).atMost(w) }

// TestCriticalValues holds the distribution against the table of Wilcoxon's test that textbooks print: the largest
// statistic that is significant at 5 % and at 1 %, two-sided.
func TestCriticalValues(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ n, at5, at1 int }{ // -1: no value is significant
		{5, -1, -1},
		{6, 0, -1},
		{7, 2, -1},
		{8, 3, 0},
		{9, 5, 1},
		{10, 8, 3},
		{11, 10, 5},
		{12, 13, 7},
		{13, 17, 9},
		{14, 21, 12},
		{15, 25, 15},
		{16, 29, 19},
		{17, 34, 23},
		{18, 40, 27},
		{19, 46, 32},
		{20, 52, 37},
		{25, 89, 68},
		{30, 137, 109},
		{40, 264, 220},
		{50, 434, 373},
	} {
		for _, level := range []struct {
			alpha float64
			want  int
		}{{0.05, row.at5}, {0.01, row.at1}} {
			got := -1
			for 2*atMost(row.n, got+1) <= level.alpha {
				got++
			}
			if got != level.want {
				t.Errorf("%d pairs at %v: critical value %d, the table has %d", row.n, level.alpha, got, level.want)
			}
		}
	}
}

// TestExactP holds the distribution against probabilities that can be counted by hand, and one that is published.
func TestExactP(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		why  string
		n, w int
		want float64
	}{
		{"no positive rank: 1 way of 2^6", 6, 0, 1.0 / 64},
		{"0 to 3: 1+1+1+2 ways of 2^8", 8, 3, 5.0 / 256},
		{"half of a symmetric distribution with an odd number of sums", 6, 10, 0.5},
		{"all of it", 7, 28, 1},
		// Hollander and Wolfe's example of nine patients' depression scores: V = 40 of 45, one-sided p 0.01953.
		{"9 patients, 45-40", 9, 5, 10.0 / 512},
		{"all of 60 ranks", Most, Most * (Most + 1) / 2, 1},
	} {
		if got := atMost(tc.n, tc.w); !near(got, tc.want, 1e-12) {
			t.Errorf("%s: P(W <= %d) of %d is %v, want %v", tc.why, tc.w, tc.n, got, tc.want)
		}
	}
}

// TestPublished is Hollander and Wolfe's example (Salsburg's nine patients under a tranquilliser): the estimate is -0.46,
// and the interval at 96.1 % is -0.786 to -0.010.
func TestPublished(t *testing.T) {
	t.Parallel()
	before := []float64{1.83, .50, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.30}
	after := []float64{.878, .647, .598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29}
	diffs := make([]float64, len(before))
	for i := range before {
		diffs[i] = after[i] - before[i]
	}
	got, err := Paired(pairsOf(diffs...), 0.95)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range []struct {
		what      string
		got, want float64
	}{
		{"estimate", math.Log(got.Estimate), -0.46},
		{"lower end", math.Log(got.Lo), -0.786},
		{"upper end", math.Log(got.Hi), -0.010},
		{"level", got.Level, 1 - 20.0/512},
	} {
		if !near(v.got, v.want, 1e-12) {
			t.Errorf("%s is %v, published %v", v.what, v.got, v.want)
		}
	}
}

func TestPaired(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		why          string
		diffs        []float64
		mid, lo, hi  float64 // of ln(B/A)
		level, asked float64
	}{
		{"six pairs: the interval is their range", []float64{.1, .3, .2, .6, .5, .4}, .35, .1, .6, 0.96875, 0.95},
		{"no difference at all: ties and zeros stay in", []float64{0, 0, 0, 0, 0, 0}, 0, 0, 0, 0.96875, 0.95},
		{"one wild pair moves the estimate little", []float64{.1, .1, .1, .1, .1, .1, .1, 9}, .1, .1, .1 + 8.9/2, 1 - 2*5.0/256, 0.95},
		{"eight pairs reach 99 %: their range again", []float64{1, 2, 3, 4, 5, 6, 7, 8}, 4.5, 1, 8, 1 - 2.0/256, 0.99},
		{"a lower level, a narrower interval", []float64{.1, .2, .3, .4, .5, .6}, .35, .2, .5, 1 - 2*5.0/64, 0.8},
	} {
		got, err := Paired(pairsOf(tc.diffs...), tc.asked)
		if err != nil {
			t.Errorf("%s: %v", tc.why, err)
			continue
		}
		if !near(math.Log(got.Estimate), tc.mid, 1e-12) || !near(math.Log(got.Lo), tc.lo, 1e-12) || !near(math.Log(got.Hi), tc.hi, 1e-12) {
			t.Errorf("%s: ln of %+v, want %v from %v to %v", tc.why, got, tc.mid, tc.lo, tc.hi)
		}
		if !near(got.Level, tc.level, 1e-12) || got.Pairs != len(tc.diffs) {
			t.Errorf("%s: level %v of %d pairs, want %v", tc.why, got.Level, got.Pairs, tc.level)
		}
	}
}

func TestRefused(t *testing.T) {
	t.Parallel()
	six := pairsOf(1, 2, 3, 4, 5, 6)
	with := func(p Pair) []Pair { return append(pairsOf(1, 2, 3, 4, 5), p) }
	for _, tc := range []struct {
		why   string
		pairs []Pair
		level float64
		want  string
	}{
		{"five pairs can't state 95 %", six[:5], 0.95, "at least 6"},
		{"none", nil, 0.95, "at least 6"},
		{"too many", make([]Pair, Most+1), 0.95, "at most 60"},
		{"six pairs can't state 99 %", six, 0.99, "they reach 0.9688 at most"},
		{"a percentage for a part", six, 95, "between 0 and 1"},
		{"no number for a level", six, math.NaN(), "between 0 and 1"},
		{"zero has no logarithm", with(Pair{0, 1}), 0.95, "pair 6"},
		{"a negative rate", with(Pair{1, -1}), 0.95, "pair 6"},
		{"two of them, whose ratio would do", with(Pair{-1, -1}), 0.95, "pair 6"},
		{"no number", with(Pair{math.NaN(), 1}), 0.95, "pair 6"},
		{"an infinite one", with(Pair{1, math.Inf(1)}), 0.95, "pair 6"},
	} {
		_, err := Paired(tc.pairs, tc.level)
		if err == nil || !strings.Contains(err.Error(), tc.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: got %v, want one line with %q", tc.why, err, tc.want)
		}
	}
}

// noisy makes n pairs with the true ratio, each pair at a level of its own, with tails longer than a normal curve's.
func noisy(r *rand.Rand, n int, ratio float64) []Pair {
	pairs := make([]Pair, n)
	for i := range pairs {
		drift := math.Exp(r.NormFloat64())
		noise := func() float64 {
			if r.IntN(10) == 0 {
				return math.Exp(0.15 * r.NormFloat64())
			}
			return math.Exp(0.05 * r.NormFloat64())
		}
		pairs[i] = Pair{A: drift * noise(), B: ratio * drift * noise()}
	}
	return pairs
}

// TestCoverage simulates trials: the interval at 95 % holds the true ratio in 95 of 100 cases, and in as many as Level
// says.
func TestCoverage(t *testing.T) {
	t.Parallel()
	const times, truth = 20_000, 0.93
	for _, n := range []int{6, 8, 10, 15, 20} {
		r := rand.New(rand.NewPCG(uint64(n), 7))
		held, level := 0, 0.0
		for range times {
			got, err := Paired(noisy(r, n, truth), 0.95)
			if err != nil {
				t.Fatal(err)
			}
			if level = got.Level; got.Lo <= truth && truth <= got.Hi {
				held++
			}
		}
		covered := float64(held) / times
		if !near(covered, level, 0.005) {
			t.Errorf("%d pairs: held the truth in %.2f %%, and said %.2f %%", n, 100*covered, 100*level)
		}
		if n >= 8 && !near(covered, 0.95, 0.015) { // 6 pairs reach 96.9 % or 93.8 %, and the first is what they state
			t.Errorf("%d pairs: held the truth in %.2f %%, want 95 +- 1.5", n, 100*covered)
		}
	}
}

func TestSwapAndScale(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(3, 4))
	for n := Fewest; n <= Most; n += 9 {
		pairs := noisy(r, n, 1.2)
		got, err := Paired(pairs, 0.95)
		if err != nil {
			t.Fatal(err)
		}
		swapped, scaled, slower := make([]Pair, n), make([]Pair, n), make([]Pair, n)
		for i, p := range pairs {
			c := math.Exp(3 * r.NormFloat64()) // another for each pair
			swapped[n-1-i] = Pair{A: p.B, B: p.A}
			scaled[i] = Pair{A: c * p.A, B: c * p.B}
			slower[i] = Pair{A: p.A, B: p.B / 4}
		}
		for _, tc := range []struct {
			why   string
			pairs []Pair
			want  Ratio
		}{
			{"sides swapped, in reverse", swapped, Ratio{Estimate: 1 / got.Estimate, Lo: 1 / got.Hi, Hi: 1 / got.Lo}},
			{"each pair in a unit of its own", scaled, got},
			{"a quarter of B", slower, Ratio{Estimate: got.Estimate / 4, Lo: got.Lo / 4, Hi: got.Hi / 4}},
		} {
			is, err := Paired(tc.pairs, 0.95)
			if err != nil {
				t.Fatal(err)
			}
			if !near(is.Estimate, tc.want.Estimate, 1e-12) || !near(is.Lo, tc.want.Lo, 1e-12) || !near(is.Hi, tc.want.Hi, 1e-12) || is.Level != got.Level {
				t.Errorf("%d pairs, %s: got %+v, want %+v", n, tc.why, is, tc.want)
			}
		}
	}
}
