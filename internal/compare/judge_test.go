package compare

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// around returns ten pairs whose ln(B/A) lie evenly around one, from half a step below to half above.
func around(centre, step float64) []Pair {
	var diffs []float64
	for i := range 10 {
		diffs = append(diffs, centre+step*(float64(i)/9-0.5))
	}
	return pairsOf(diffs...)
}

// judged returns the verdicts of a family, and why they are not the intervals'.
func judged(t *testing.T, looks int, family ...Metric) (verdicts []Verdict, why string) {
	t.Helper()
	out, _, err := decide(family, looks)
	if err != nil {
		t.Fatal(err)
	}
	for _, j := range out {
		verdicts = append(verdicts, j.Verdict)
		why += j.Why
	}
	return verdicts, why
}

func TestVerdicts(t *testing.T) {
	t.Parallel()
	slower, faster := math.Log(1.05), -math.Log(0.95) // by 5 %, of a latency and of a throughput
	for _, tc := range []struct {
		why    string
		better int
		margin float64
		pairs  []Pair
		want   Verdict
	}{
		{"a latency that is far above", -1, 0.05, around(0.2, 0.02), Fail},
		{"just above", -1, 0.05, around(slower+0.011, 0.02), Fail},
		{"around the margin, and surely worse", -1, 0.05, around(slower, 0.02), Warn},
		{"just below", -1, 0.05, around(slower-0.011, 0.02), Pass},
		{"no difference", -1, 0.05, around(0, 0.02), Pass},
		{"better by far", -1, 0.05, around(-1, 0.02), Pass},
		{"too noisy to tell", -1, 0.05, around(0, 0.4), Inconclusive},
		{"too noisy, and it looks worse", -1, 0.05, around(0.06, 0.4), Inconclusive},
		{"no margin, and worse", -1, 0, around(0.02, 0.01), Fail},
		{"no margin, and better", -1, 0, around(-0.02, 0.01), Pass},
		{"no margin, and nothing between worse and better", -1, 0, around(0, 0.01), Inconclusive},
		{"nothing but ties at no difference", -1, 0, pairsOf(make([]float64, 10)...), Inconclusive},
		{"nothing but ties, with a margin", -1, 0.05, pairsOf(make([]float64, 10)...), Pass},
		{"a throughput that fell by more", +1, 0.05, around(-faster-0.011, 0.02), Fail},
		{"one that fell by less than the margin's part of itself", +1, 0.05, around(-slower, 0.001), Pass},
		{"one that fell by just about the margin", +1, 0.05, around(-faster, 0.02), Warn},
		{"one that rose", +1, 0.05, around(0.3, 0.02), Pass},
	} {
		got, why := judged(t, 1, Metric{Better: tc.better, Gate: true, Margin: tc.margin, Pairs: tc.pairs})
		if got[0] != tc.want || why != "" {
			t.Errorf("%s: %s %s, want %s", tc.why, got[0], why, tc.want)
		}
		if got, _ := judged(t, 1, Metric{Better: tc.better, Margin: tc.margin, Pairs: tc.pairs}); got[0] != None {
			t.Errorf("%s: what only informs has the verdict %s", tc.why, got[0])
		}
	}
}

// TestHolm holds the family's procedure against p values that are known: of ten pairs, 1, 2, 5, 10 of 1024 for one-sided
// statistics 0, 1, 3 and 5.
func TestHolm(t *testing.T) {
	t.Parallel()
	// worse is 10 pairs with the positive differences 1 to 10, but for those that are given.
	worse := func(negative ...int) Metric {
		var diffs []float64
		for i := 1; i <= 10; i++ {
			d := float64(i) / 100
			if slices.Contains(negative, i) {
				d = -d
			}
			diffs = append(diffs, d)
		}
		return Metric{Better: -1, Gate: true, Pairs: pairsOf(diffs...)}
	}
	noise := Metric{Better: -1, Gate: true, Pairs: around(0, 0.1)}
	many := slices.Repeat([]Metric{noise}, 30)
	for _, tc := range []struct {
		why    string
		looks  int
		family []Metric
		want   []Verdict
		says   string
	}{
		{"one gate needs no care: 10 of 1024 is within 2.5 %", 1, []Metric{worse(5)}, []Verdict{Fail}, ""},
		{"of two, 1.25 % is still enough", 1, []Metric{worse(5), noise}, []Verdict{Fail, Inconclusive}, ""},
		{"of three, 0.83 % is not", 1, []Metric{worse(5), noise, noise}, []Verdict{Inconclusive, Inconclusive, Inconclusive}, "one of 3 gates"},
		{"unless another that fails leaves more to it", 1, []Metric{worse(5), noise, worse()}, []Verdict{Fail, Inconclusive, Fail}, ""},
		{"two that are alike", 1, []Metric{worse(3), worse(3), noise}, []Verdict{Fail, Fail, Inconclusive}, ""},
		{"metrics that inform do not count", 1, []Metric{worse(5), {Better: -1, Pairs: worse().Pairs}, {Better: 1, Pairs: worse().Pairs}}, []Verdict{Fail, None, None}, ""},
		{"two looks leave each 1.47 %", 2, []Metric{worse(5)}, []Verdict{Fail}, ""},
		{"of which a half is too little", 2, []Metric{worse(5), noise}, []Verdict{Inconclusive, Inconclusive}, "one of 2 gates"},
		{"of so many gates none can fail, and that is no pass", 1, append(many, worse()), append(slices.Repeat([]Verdict{Inconclusive}, 30), Inconclusive), "too few for one of 31 gates"},
	} {
		got, why := judged(t, tc.looks, tc.family...)
		if !slices.Equal(got, tc.want) || !strings.Contains(why, tc.says) || tc.says == "" && why != "" {
			t.Errorf("%s: got %s, %q; want %s, %q", tc.why, got, why, tc.want, tc.says)
		}
	}
}

func TestFewestFor(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ gates, looks, want, each int }{
		{0, 1, 6, 4},
		{1, 1, 6, 4},
		{2, 1, 7, 5},
		{3, 1, 7, 5},
		{4, 1, 8, 5},
		{6, 1, 8, 5},
		{7, 1, 9, 6},
		{36, 1, 11, 7},
		{1, 2, 7, 0},
		{2, 2, 8, 0},
		{3, 2, 8, 0},
		{4, 2, 9, 0},
	} {
		got := FewestFor(tc.gates, tc.looks)
		if got != tc.want || tc.each > 0 && FewestEachFor(tc.gates) != tc.each {
			t.Errorf("%d gates, %d looks: %d pairs, %d each, want %d and %d", tc.gates, tc.looks, got, FewestEachFor(tc.gates), tc.want, tc.each)
		}
		// With so many the clearest result fails, with one fewer it does not.
		for n := Fewest; n <= got && tc.gates > 0; n++ {
			family := slices.Repeat([]Metric{{Better: -1, Gate: true, Pairs: pairsOf(make([]float64, n)...)}}, tc.gates)
			diffs := make([]float64, n)
			for i := range diffs {
				diffs[i] = 1
			}
			family[0].Pairs = pairsOf(diffs...)
			out, _, err := decide(family, tc.looks) // six pairs can't state the level of two looks: an error
			if fails := err == nil && out[0].Verdict == Fail; fails != (n == got) {
				t.Errorf("%d gates, %d looks, %d pairs: fails is %v (%v)", tc.gates, tc.looks, n, fails, err)
			}
		}
	}
}

func TestJudgeUnpaired(t *testing.T) {
	t.Parallel()
	base := []float64{100, 101, 99, 100.5, 99.5} // a spread of 0.8 %
	times := func(by float64) (out []float64) {
		for _, v := range base {
			out = append(out, by*v)
		}
		return out
	}
	for _, tc := range []struct {
		why    string
		a, b   []float64
		better int
		want   Verdict
		margin float64 // at least
	}{
		{"twice the latency", base, times(2), -1, Fail, 0.05},
		{"half the throughput", base, times(0.5), +1, Fail, 0.05},
		{"the same", base, base, -1, Pass, 0.05},
		{"a noisy base: the margin is three times its spread", []float64{100, 120, 80, 110, 90}, times(1.3), -1, Warn, 0.5},
		{"four of each can fail one gate", base[:4], times(2)[:4], -1, Fail, 0.05},
	} {
		out, err := Judge([]Metric{{Better: tc.better, Gate: true, Margin: 0.05, A: tc.a, B: tc.b}}, 1)
		if err != nil {
			t.Errorf("%s: %v", tc.why, err)
			continue
		}
		if j := out[0]; j.Verdict != tc.want || j.Margin < tc.margin-1e-12 || j.MinDetectable != nil || j.PairsNeeded != 0 || j.Ratio.Pairs != 0 {
			t.Errorf("%s: got %+v, want %s and a margin of %v or more", tc.why, j, tc.want, tc.margin)
		}
	}
}

func TestJudgeRefuses(t *testing.T) {
	t.Parallel()
	good := around(0, 0.1)
	for _, tc := range []struct {
		why  string
		m    Metric
		want string
	}{
		{"a gate that can't be worse", Metric{Gate: true, Pairs: good}, "that can be worse"},
		{"a margin below zero", Metric{Better: -1, Gate: true, Margin: -0.1, Pairs: good}, "margin -0.1"},
		{"no number", Metric{Better: -1, Gate: true, Margin: math.NaN(), Pairs: good}, "margin NaN"},
		{"a throughput can't fall by all of it", Metric{Better: 1, Gate: true, Margin: 1, Pairs: good}, "margin 1"},
		{"too few pairs", Metric{Better: 1, Pairs: good[:5]}, "at least 6"},
		{"too few values", Metric{Better: 1, A: []float64{1, 2, 3}, B: []float64{1, 2, 3, 4}}, "each side needs at least 4"},
		{"too many values", Metric{Better: 1, A: make([]float64, 61), B: []float64{1, 2, 3, 4}}, "at most 60"},
		{"nothing", Metric{Better: 1}, "at least 4"},
		{"a zero", Metric{Better: 1, A: []float64{1, 2, 3, 0}, B: []float64{1, 2, 3, 4}}, "above zero"},
		{"a ratio that is none", Metric{Better: 1, A: []float64{1, 2, 3, 1e-320}, B: []float64{1, 2, 3, 1e300}}, "finite"},
	} {
		if _, err := Judge([]Metric{{Better: -1, Pairs: good}, tc.m}, 1); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: got %v, want %q", tc.why, err, tc.want)
		}
	}
	if _, _, err := SignedRankP(good, 0); err == nil {
		t.Error("there is no ratio of 0")
	}
	if out, err := Judge(nil, 1); err != nil || len(out) != 0 {
		t.Errorf("nothing to judge: %v, %v", out, err)
	}
}

// A lab makes experiments on a machine that drifts, with trials of which one in ten is three times as noisy.
type lab struct {
	random *rand.Rand
	drift  float64
	noise  float64
}

// pairs runs so many pairs, in random order, of a B that is by ratio more than A.
func (l *lab) pairs(n int, ratio float64) []Pair {
	out := make([]Pair, n)
	for i := range out {
		first, second := l.trial(), l.trial()
		if l.random.IntN(2) == 1 {
			first, second = second, first
		}
		out[i] = Pair{A: first, B: ratio * second}
	}
	return out
}

// trial drifts as an AR(1) process with 0.9, of 2 % in the long run.
func (l *lab) trial() float64 {
	l.drift = 0.9*l.drift + 0.02*math.Sqrt(1-0.9*0.9)*l.random.NormFloat64()
	noise := l.noise * l.random.NormFloat64()
	if l.random.IntN(10) == 0 {
		noise *= 3
	}
	return 1000 * math.Exp(l.drift+noise)
}

// TestFalseAlarms simulates experiments of a thing with itself, of four gates and ten pairs.
func TestFalseAlarms(t *testing.T) {
	t.Parallel()
	const times, gates = 2000, 4
	for _, margin := range []float64{0, 0.01, 0.05} {
		l := &lab{random: rand.New(rand.NewPCG(11, 12)), noise: 0.015}
		families, held := 0, 0
		metrics := make([]int, gates)
		for range times {
			var family []Metric
			for i := range gates {
				family = append(family, Metric{Better: 1 - 2*(i%2), Gate: true, Margin: margin, Pairs: l.pairs(10, 1)})
			}
			failed := 0
			out, at, err := decide(family, 1)
			if err != nil {
				t.Fatal(err)
			}
			for i, p := range at {
				if p.lo <= 0 && p.hi >= 0 {
					held++
				}
				if out[i].Verdict == Fail {
					metrics[i]++
					failed = 1
				}
			}
			families += failed
		}
		if worst := slices.Max(metrics); float64(worst) > 0.01*times || float64(families) > 0.025*times {
			t.Errorf("margin %v: of %d experiments %d failed, by metric %v", margin, times, families, metrics)
		}
		if covered := float64(held) / times / gates; !near(covered, 0.95, 0.015) {
			t.Errorf("intervals held the truth in %.2f %%", 100*covered)
		}
		t.Logf("margin %v: %d of %d families failed, by metric %v; intervals held the truth in %.2f %%", margin, families, times, metrics, 100*float64(held)/times/gates)
	}
}

// TestTwoLooks simulates experiments of a thing with itself that are extended where they are open, as declared: both looks together
// fail no more often than one look at the plain level may, by chance at least. With a margin of 0 almost all are extended.
func TestTwoLooks(t *testing.T) {
	t.Parallel()
	const times, allowed = 4000, 0.025
	l := &lab{random: rand.New(rand.NewPCG(13, 14)), noise: 0.015}
	failed, extended := 0, 0
	for range times {
		pairs := l.pairs(20, 1)
		for _, look := range [][]Pair{pairs[:10], pairs} {
			v, _ := judged(t, 2, Metric{Better: -1, Gate: true, Pairs: look})
			if v[0] == Fail {
				failed++
			}
			if v[0] != Inconclusive {
				break
			}
			if len(look) == 10 {
				extended++
			}
		}
	}
	chance := 2 * math.Sqrt(allowed*(1-allowed)/times)
	if part := float64(failed) / times; part > allowed+chance || part < allowed/2 {
		t.Errorf("%.2f %% failed, of which %.2f %% are allowed", 100*part, 100*allowed)
	}
	t.Logf("%d of %d failed, %d were extended", failed, times, extended)
}
