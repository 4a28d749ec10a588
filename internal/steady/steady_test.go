package steady

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// draw makes a series: level by second, with noise of so large a part of it.
func draw(r *rand.Rand, n int, noise float64, level func(i int) float64) []float64 {
	s := make([]float64, n)
	for i := range s {
		s[i] = level(i) * max(0, 1+noise*r.NormFloat64())
	}
	return s
}

func flat(int) float64 { return 100 }

func TestClassify(t *testing.T) {
	t.Parallel()
	step := func(at int, to float64) func(int) float64 {
		return func(i int) float64 {
			if i < at {
				return 100
			}
			return to
		}
	}
	for _, tt := range []struct {
		why    string
		series []float64
		better int
		want   Class
		ratio  float64
	}{
		{"nothing", nil, -1, Unknown, 0},
		{"too short", slices.Repeat([]float64{1}, Fewest-1), -1, Unknown, 0},
		{"constant", slices.Repeat([]float64{5}, Fewest), -1, Steady, 1},
		{"nothing at all came", make([]float64, 20), +1, Steady, math.NaN()},
		{"fast and slow by turns, alike in both halves", slices.Repeat([]float64{100, 101, 99}, 10), -1, Steady, 1},
		{"one stall of a second", append(slices.Repeat([]float64{100}, 19), 5000), -1, Steady, 1},
		{"latency falls, and stays there", draw(rand.New(rand.NewPCG(1, 1)), 40, 0.01, step(15, 70)), -1, Warming, 0.7},
		{"the same of throughput is no warming", draw(rand.New(rand.NewPCG(1, 1)), 40, 0.01, step(15, 70)), +1, Drifting, 0.7},
		{"throughput grows, and stays there", draw(rand.New(rand.NewPCG(1, 1)), 40, 0.01, step(15, 140)), +1, Warming, 1.4},
		{"latency grows all the time", draw(rand.New(rand.NewPCG(1, 1)), 40, 0.01, func(i int) float64 { return 100 + float64(i) }), -1, Drifting, 1.18},
		{"latency falls all the time: where to is not known", draw(rand.New(rand.NewPCG(1, 1)), 40, 0.001, func(i int) float64 { return 200 - float64(i) }), -1, Drifting, 0.89},
		{"a sure trend that is nobody's concern", draw(rand.New(rand.NewPCG(1, 1)), 40, 0.0001, func(i int) float64 { return 100 + float64(i)/40 }), -1, Steady, 1},
		{"the throughput of the second half is 0", append(slices.Repeat([]float64{100}, 15), make([]float64, 15)...), +1, Drifting, 0},
		{"and that of the first", append(make([]float64, 15), slices.Repeat([]float64{100}, 15)...), +1, Warming, math.Inf(1)},
		{"two levels", slices.Repeat([]float64{100, 101, 100, 150, 151, 150}, 5), -1, Bistable, 1.5},
		{"two levels, one of them seldom", slices.Repeat([]float64{100, 101, 99, 100, 99, 150, 151}, 4), -1, Bistable, 1.51},
		{"half of it is noise", append(slices.Repeat([]float64{1}, 6), 0.7, 5, 4, 0.6, 3, 2), -1, Unknown, 2.5},
		{"two levels that are close to each other", slices.Repeat([]float64{100, 100, 105, 105}, 8), -1, Steady, 1},
		{"from one level to another and back", slices.Concat(slices.Repeat([]float64{100}, 10), slices.Repeat([]float64{150}, 10), slices.Repeat([]float64{100}, 10)), -1, Steady, 1},
		{"a day, drifting", draw(rand.New(rand.NewPCG(1, 1)), 86_400, 0.03, func(i int) float64 { return 100 + float64(i)/1000 }), -1, Drifting, 1.35},
		{"a day, two levels of minutes", draw(rand.New(rand.NewPCG(1, 1)), 86_400, 0.03, func(i int) float64 { return 100 + float64(i/1440%2)*50 }), -1, Bistable, 1.5},
	} {
		got := Classify(tt.series, tt.better)
		if got.Class != tt.want {
			t.Errorf("%s: %q (%.2f), want %q", tt.why, got.Class, got.Ratio, tt.want)
		}
		if same := got.Ratio == tt.ratio || math.IsNaN(got.Ratio) && math.IsNaN(tt.ratio); !same && !(math.Abs(got.Ratio-tt.ratio) < 0.02) {
			t.Errorf("%s: ratio %.3f, want %.3f", tt.why, got.Ratio, tt.ratio)
		}
	}
}

// TestRates holds false alarms and detection against simulated trials.
func TestRates(t *testing.T) {
	t.Parallel()
	type sim struct {
		why   string
		noise float64
		level func(n int) func(i int) float64
		want  Class
		part  float64 // of the series at least
	}
	sims := []sim{
		{"steady, with noise of 3 %", 0.03, func(int) func(int) float64 { return flat }, Steady, 0.95},
		{"steady, with noise of 20 %: that is often not to be told", 0.20, func(int) func(int) float64 { return flat }, Steady, 0.40},
		{"15 % slower from the middle on", 0.03, func(n int) func(int) float64 {
			return func(i int) float64 { return 100 + 15*math.Floor(2*float64(i)/float64(n)) }
		}, Drifting, 0.95},
		{"15 % slower in the end, all the way", 0.03, func(n int) func(int) float64 {
			return func(i int) float64 { return 100 + 15*float64(i)/float64(n) }
		}, Drifting, 0.90},
		{"three times as slow at first, and settling in a fifth of the time", 0.03, func(n int) func(int) float64 {
			return func(i int) float64 { return 100 + 200*math.Exp(-12*float64(i)/float64(n)) }
		}, Warming, 0.95},
		{"switching every four seconds by 30 %", 0.03, func(int) func(int) float64 {
			return func(i int) float64 { return 100 + 30*float64(i/4%2) }
		}, Bistable, 0.90},
	}
	for _, tt := range sims {
		for _, n := range []int{20, 30, 60} {
			r := rand.New(rand.NewPCG(7, uint64(n)))
			const runs = 1000
			count := map[Class]int{}
			for range runs {
				count[Classify(draw(r, n, tt.noise, tt.level(n)), -1).Class]++
			}
			t.Logf("%s, n = %d: %v of %d", tt.why, n, count, runs)
			if alarms := runs - count[Steady] - count[Unknown]; tt.want == Steady && alarms > runs/20 {
				t.Errorf("%s, n = %d: %d false alarms of %d", tt.why, n, alarms, runs)
			}
			if float64(count[tt.want]) < tt.part*runs {
				t.Errorf("%s, n = %d: %v of %d, want %.0f %% %s", tt.why, n, count, runs, 100*tt.part, tt.want)
			}
		}
	}
}

// TestProperties: the unit does not matter, nor, but for the sign, does the direction in which values get better.
func TestProperties(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(3, 3))
	for range 500 {
		s := draw(r, 10+r.IntN(80), 0.3*r.Float64(), func(i int) float64 { return 100 + float64(i)*r.Float64() })
		a, b := Classify(s, -1), Classify(s, +1)
		larger := make([]float64, len(s))
		for i := range s {
			larger[i] = 1024 * s[i]
		}
		if c := Classify(larger, -1); c != a {
			t.Fatalf("%v: %v, in another unit %v", s, a, c)
		}
		sided := func(c Class) bool { return c == Warming || c == Drifting }
		if sided(a.Class) != sided(b.Class) || !sided(a.Class) && a != b || a.Ratio != b.Ratio || a.Class == Warming && b.Class == Warming {
			t.Fatalf("%v: %v if lower is better, %v if higher is", s, a, b)
		}
	}
}

// TestMannKendall has published examples.
func TestMannKendall(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		why    string
		series []float64
		want   float64
	}{
		// Gilbert, Statistical Methods for Environmental Pollution Monitoring (1987), section 16.4: with S and the variance one can
		// do the sum by hand.
		{"S = 45 of 10 values: z = 44 / sqrt(125)", []float64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, math.Erfc(44 / math.Sqrt(2*125))},
		{"S = -45", []float64{10, 9, 8, 7, 6, 5, 4, 3, 2, 1}, math.Erfc(44 / math.Sqrt(2*125))},
		{"ties: S = 25, and (10*9*25 - 2*5*4*15)/18 = 91.7", []float64{0, 0, 0, 0, 0, 1, 1, 1, 1, 1}, math.Erfc(24 / math.Sqrt(2*(2250-600)/18.0))},
		{"all equal", make([]float64, 12), 1},
		{"to and fro: S = 1", []float64{1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1}, 1},
	} {
		if got := mannKendall(tt.series); math.Abs(got-tt.want) > 1e-12 {
			t.Errorf("%s: p = %g, want %g", tt.why, got, tt.want)
		}
	}
}

// TestRankSum has the normal approximation near the exact distribution, which for five against five is small enough to count.
func TestRankSum(t *testing.T) {
	t.Parallel()
	low, high := []float64{1, 2, 3, 4, 5}, []float64{6, 7, 8, 9, 10}
	if got, exact := rankSum(low, high), 2.0/252; math.Abs(got-exact) > 0.005 {
		t.Errorf("p = %g, exactly %g", got, exact)
	}
	if a, b := rankSum(low, high), rankSum(high, low); math.Abs(a-b) > 1e-15 {
		t.Errorf("p = %g the one way, %g the other", a, b)
	}
	if got := rankSum([]float64{1, 1}, []float64{1, 1}); got != 1 {
		t.Errorf("all equal: p = %g, want 1", got)
	}
}

func TestMSER5(t *testing.T) {
	t.Parallel()
	decay := func(until int) func(int) float64 {
		return func(i int) float64 { return 100 + 400*math.Exp(-5*float64(i)/float64(until)) }
	}
	for _, tt := range []struct {
		why      string
		n        int
		noise    float64
		level    func(int) float64
		ok       bool
		from, to int // the cut
	}{
		{"too short", FewestMeans - 1, 0, flat, false, 0, 0},
		{"constant", 200, 0, flat, true, 0, 0},
		{"noise only", 300, 0.1, flat, true, 0, 145},
		{"a slow beginning", 300, 0.05, decay(60), true, 40, 110},
		{"slow up to the middle", 100, 0.01, func(i int) float64 { return 100 + float64(max(0, 60-i)) }, false, 50, 75},
		{"it falls all the time", 200, 0.01, func(i int) float64 { return 1000 - 4*float64(i) }, false, 100, 175},
		{"it grows all the time", 200, 0.01, func(i int) float64 { return 100 + float64(i) }, false, 100, 175},
	} {
		cut, ok := MSER5(draw(rand.New(rand.NewPCG(5, 5)), tt.n, tt.noise, tt.level))
		if ok != tt.ok || cut < tt.from || cut > tt.to || cut%5 != 0 {
			t.Errorf("%s: cut %d, %v; want %d to %d, %v", tt.why, cut, ok, tt.from, tt.to, tt.ok)
		}
	}
}

// TestMSER5AgainstItsFormula does the sums as they are written.
func TestMSER5AgainstItsFormula(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(9, 9))
	for range 200 {
		s := draw(r, 50+r.IntN(300), 0.3, func(i int) float64 { return 100 + 100*math.Exp(-float64(i)/40) })
		var z []float64
		for b := range slices.Chunk(s[:len(s)/5*5], 5) {
			z = append(z, mean(b))
		}
		want, least := 0, math.Inf(1)
		for d := range len(z) - 4 {
			sum, k := 0.0, float64(len(z)-d)
			for _, v := range z[d:] {
				sum += (v - mean(z[d:])) * (v - mean(z[d:]))
			}
			if v := sum / (k * k); v < least {
				want, least = 5*d, v
			}
		}
		if cut, ok := MSER5(s); cut != want || ok != (2*(want/5) < len(z)) {
			t.Fatalf("cut %d, %v; the formula says %d of %d", cut, ok, want, len(s))
		}
	}
}
