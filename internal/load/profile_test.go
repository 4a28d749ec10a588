package load

import (
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// some are indexes of records: the first and the last ones, and others at random.
func some(records uint64, random *rand.Rand) []uint64 {
	out := []uint64{0, 1, 2, records / 2, records, records + 1, math.MaxUint64}
	for i := range uint64(3) {
		out = append(out, max(records, i+1)-i-1)
	}
	for range 15 {
		out = append(out, random.Uint64N(records+1))
	}
	return out
}

func TestProfileIsExact(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	for _, sh := range shapes() {
		p, exact := NewProfile(sh.cycles...), newTruth(sh.cycles)
		v := NewVarying(p)
		records := Before(v, maxInstant)
		all := exact.come(p.length)
		whole := new(big.Int).Div(new(big.Int).Add(all.Num(), new(big.Int).Sub(all.Denom(), big.NewInt(1))), all.Denom()) // rounded up
		if whole.Cmp(new(big.Int).SetUint64(records)) != 0 {
			t.Errorf("%s: %d records, want %s rounded up", sh.why, records, all.FloatString(6))
		}
		for _, n := range some(records, random) {
			want, is := exact.due(p.length, n)
			if got, ok := v.Due(n); got != want || ok != is {
				t.Errorf("%s: record %d is due at %d (%v), want %d (%v)", sh.why, n, got, ok, want, is)
			}
		}
	}
}

// TestProfileInAnyOrder: instants never go back, and are the same whoever asks for which of them, and when.
func TestProfileInAnyOrder(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(3, 4))
	for _, sh := range shapes() {
		p := NewProfile(sh.cycles...)
		const most = 20_000
		records := min(Before(NewVarying(p), maxInstant), most)
		whole, last, all := NewVarying(p), time.Duration(0), make([]time.Duration, records)
		for n := range records {
			at, ok := whole.Due(n)
			if !ok || at < last || at >= p.length {
				t.Fatalf("%s: record %d is due at %v (%v), the one before at %v, the end is at %v", sh.why, n, at, ok, last, p.length)
			}
			all[n], last = at, at
		}
		var union []time.Duration
		for worker := range uint64(3) {
			own := NewVarying(p)
			for n := worker; n < records; n += 3 {
				at, _ := own.Due(n)
				union = append(union, at)
			}
		}
		slices.Sort(union)
		if !slices.Equal(union, all) {
			t.Errorf("%s: the shares of three workers are not the whole", sh.why)
		}
		for _, i := range random.Perm(len(all)) {
			if at, _ := whole.Due(uint64(i)); at != all[i] {
				t.Fatalf("%s: record %d is due at %v or %v, depending on what was asked before", sh.why, i, all[i], at)
			}
		}
	}
}

func TestProfileCounts(t *testing.T) {
	t.Parallel()
	const s = time.Second
	v := NewVarying(NewProfile(
		ramp(10*s, 10e6, 10e6), ramp(30*s, 10e6, 80e6), bursts(10*s, 200e6, s/10, s), Cycle{20 * s, Sine(50e6, 30e6, 5*s)}, counted(7*s, 12_345),
	))
	var last uint64
	for _, tt := range []struct {
		why   string
		until time.Duration
		want  uint64
	}{
		{"10k/s for 10s", 10 * s, 100_000},
		{"10k/s to 80k/s in 30s", 40 * s, 1_350_000},
		{"the first burst of 200k/s, 100ms long", 40*s + s/10, 20_000},
		{"the silence after it", 41 * s, 0},
		{"the other nine", 50 * s, 180_000},
		{"half a period of a sine, above its mean by 2/π of the amplitude", 52*s + s/2, 125_000 + 47_747},
		{"the other half, below it", 55 * s, 125_000 - 47_747},
		{"three more periods", 70 * s, 750_000},
		{"a number of records", 77 * s, 12_345},
	} {
		now := Before(v, tt.until)
		if got := now - last; got != tt.want {
			t.Errorf("%s: %d records, want %d", tt.why, got, tt.want)
		}
		last = now
	}
	if _, ok := v.Due(last); ok {
		t.Errorf("there is a record %d after the last", last)
	}
}

func TestProfileRate(t *testing.T) {
	t.Parallel()
	const s = time.Second
	p := NewProfile(ramp(10*s, 10e6, 20e6), bursts(2*s, 5e6, s/10, s), counted(3*s, 1000))
	for _, tt := range []struct {
		at   time.Duration
		want float64
	}{
		{-1, 0},
		{0, 10e3},
		{5 * s, 15e3},
		{10 * s, 5e3},
		{10*s + s/5, 0},
		{11*s + s/20, 5e3},
		{14 * s, 1000. / 3},
		{15 * s, 0},
	} {
		if got := NewVarying(p).Rate(tt.at); math.Abs(got-tt.want) > 0.001 {
			t.Errorf("at %v the rate is %v, want %v", tt.at, got, tt.want)
		}
	}
}

// TestSine holds the straight lines to the sine that they stand for.
func TestSine(t *testing.T) {
	t.Parallel()
	const mean, amplitude, period = 50e3, 30e3, 20 * time.Second
	p := NewProfile(Cycle{3 * period, Sine(mean*1000, amplitude*1000, period)})
	v := NewVarying(p)
	omega := 2 * math.Pi / float64(period)
	for i := range 6999 {
		at := time.Duration(i) * period / 2333
		want := mean + amplitude*math.Sin(omega*float64(at))
		if got := p.Rate(at); math.Abs(got-want) > amplitude*4.8e-6+0.001 {
			t.Fatalf("at %v the rate is %.3f, want %.3f within 0.0005 %% of the amplitude", at, got, want)
		}
		integral := (mean*float64(at) + amplitude/omega*(1-math.Cos(omega*float64(at)))) / 1e9
		if got := float64(Before(v, at)); math.Abs(got-integral) > 2 {
			t.Fatalf("by %v there are %.0f records, want %.1f", at, got, integral)
		}
	}
}

// TestPoissonOfAProfile: seen by a clock that counts the profile's records, arrivals are a Poisson process of rate 1.
func TestPoissonOfAProfile(t *testing.T) {
	t.Parallel()
	const s = time.Second
	profile := NewProfile(ramp(10*s, 1e6, 9e6), bursts(5*s, 50e6, s/10, s), Cycle{10 * s, Sine(4e6, 3e6, s)})
	p := NewPoisson(NewVarying(profile), 7)
	clock := func(at time.Duration) float64 { // the same, written out
		ramp, bursts, sine := min(at, 10*s).Seconds(), min(max(at-10*s, 0), 5*s), max(at-15*s, 0).Seconds()
		inBurst := min(bursts%s, s/10).Seconds()
		return 1e3*ramp + 400*ramp*ramp + 5e3*float64(bursts/s) + 50e3*inBurst + 4e3*sine + 3e3/(2*math.Pi)*(1-math.Cos(2*math.Pi*sine))
	}
	expected := clock(profile.length)
	var gaps []float64
	last, before := time.Duration(0), 0.0
	for n := uint64(0); ; n++ {
		at, ok := p.Due(n)
		if !ok {
			break
		}
		if at < last || at >= profile.length {
			t.Fatalf("arrival %d is due at %v, the one before at %v", n, at, last)
		}
		if since := at - 10*s; since >= 0 && since < 5*s && since%s >= s/10 {
			t.Fatalf("arrival %d is due at %v, in a silence", n, at)
		}
		now := clock(at)
		gaps, last, before = append(gaps, now-before), at, now
	}
	n := float64(len(gaps))
	if math.Abs(n-expected) > 5*math.Sqrt(expected) {
		t.Errorf("%.0f arrivals, want about %.0f", n, expected)
	}
	if _, ok := p.Due(uint64(n) + 3*poissonBlock); ok {
		t.Error("there are arrivals long after the end")
	}
	slices.Sort(gaps)
	worst := 0.0
	for i, g := range gaps {
		f := 1 - math.Exp(-g)
		worst = max(worst, math.Abs(f-float64(i)/n), math.Abs(f-float64(i+1)/n))
	}
	if limit := 1.95 / math.Sqrt(n); worst > limit { // Kolmogorov and Smirnov's, at the 0.1 % level
		t.Errorf("gaps are not exponential: distance %.5f, limit %.5f", worst, limit)
	}
	again := NewPoisson(NewVarying(profile), 7)
	for _, i := range []uint64{uint64(n) - 1, 4096, 4095, 0} {
		a, _ := p.Due(i)
		if b, ok := again.Due(i); !ok || a != b {
			t.Errorf("arrival %d is due at %v or %v, depending on what was asked before", i, a, b)
		}
	}
}

func TestJoined(t *testing.T) {
	t.Parallel()
	const s = time.Second
	then := NewProfile(ramp(2*s, 5e3, 5e3))
	for _, tt := range []struct {
		why   string
		first Schedule
		count uint64 // of the first
		rate  float64
	}{
		{"a whole number of records", NewConstant(10e3), 20, 10},
		{"no whole number: the second begins at its instant all the same", NewConstant(333), 1, 0.333},
		{"nothing", nil, 0, 0},
		{"arrivals at random", NewPoisson(NewConstant(10e3), 1), Before(NewPoisson(NewConstant(10e3), 1), 2*s), 10},
	} {
		j := Join(tt.first, 2*s, NewVarying(then))
		if got := Before(j, 2*s); got != tt.count || Before(j, maxInstant) != tt.count+10 {
			t.Errorf("%s: %d records in the first part and %d in all, want %d and %d", tt.why, got, Before(j, maxInstant), tt.count, tt.count+10)
		}
		for n := range uint64(10) {
			if at, ok := j.Due(tt.count + n); !ok || at != 2*s+time.Duration(n)*s/5 {
				t.Errorf("%s: record %d of the second part is due at %v (%v)", tt.why, n, at, ok)
			}
		}
		if j.Rate(s) != tt.rate || j.Rate(3*s) != 5 {
			t.Errorf("%s: rates %v and %v, want %v and 5", tt.why, j.Rate(s), j.Rate(3*s), tt.rate)
		}
	}
	far := Join(nil, maxInstant-s, NewVarying(then))
	if n := Before(far, maxInstant); n != 5 {
		t.Errorf("%d records before the end of time, want 5", n)
	}
}

// FuzzProfile: two cycles of any lines keep to their definition.
func FuzzProfile(f *testing.F) {
	f.Add(int64(1e9), int64(1e6), int64(5e6), int64(0), int64(1e8), int64(3e9), uint64(100))
	f.Add(int64(1), int64(0), int64(1), int64(7), int64(2), int64(3), uint64(1))
	f.Add(int64(259_200e9), int64(100e9), int64(0), int64(0), int64(1), int64(259_200e9), uint64(1e12))
	f.Fuzz(func(t *testing.T, long, from, to, records, gap, whole int64, n uint64) {
		const longest, fastest = int64(72 * time.Hour), int64(100e9)
		bound := func(v, most int64) int64 { return max(v, -v, 0) % (most + 1) } // the smallest is its own opposite
		long, gap, whole = bound(long, longest), bound(gap, longest), bound(whole, longest)
		lines := []Line{
			{For: time.Duration(long), From: bound(from, fastest), To: bound(to, fastest)},
			{For: time.Duration(gap)},
			{For: time.Duration(gap / 2), Records: bound(records, 1e13)},
		}
		cycles := []Cycle{{time.Duration(whole), lines}, {time.Duration(gap), lines}}
		p, exact := NewProfile(cycles...), newTruth(cycles)
		v := NewVarying(p)
		all := Before(v, maxInstant)
		last := time.Duration(0)
		for _, i := range []uint64{n % (all + 1) / 2, n % (all + 1), n%(all+1) + 1, all} {
			want, is := exact.due(p.length, i)
			got, ok := v.Due(i)
			if got != want || ok != is || ok && got < last {
				t.Fatalf("%+v: record %d of %d is due at %d (%v), want %d (%v), not before %d", cycles, i, all, got, ok, want, is, last)
			}
			last = max(last, got)
		}
	})
}

func TestDueAllocatesNothing(t *testing.T) {
	for _, sh := range shapes()[:16] {
		v, n := NewVarying(NewProfile(sh.cycles...)), uint64(0)
		if got := testing.AllocsPerRun(1000, func() { v.Due(n); n += 7 }); got != 0 {
			t.Errorf("%s: %v allocations a record, want 0", sh.why, got)
		}
	}
}

func BenchmarkDue(b *testing.B) {
	const long, s = 24 * time.Hour, time.Second
	cycle := func(name string, c Cycle) (string, Schedule) {
		return name, NewVarying(NewProfile(c))
	}
	run := func(name string, schedule Schedule) {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			n := uint64(0)
			for b.Loop() {
				schedule.Due(n)
				n++
			}
		})
	}
	run("constant", NewConstant(50e6))
	run("poisson", NewPoisson(NewConstant(50e6), 1))
	run(cycle("steps", ramp(long, 50e6, 50e6)))
	run(cycle("ramp", ramp(long, 10e6, 90e6)))
	run(cycle("bursts", bursts(long, 200e6, s/10, s)))
	run(cycle("sine", Cycle{long, Sine(50e6, 30e6, 20*s)}))
	run(fmt.Sprintf("trace of %d rows", 10_000), NewVarying(NewProfile(Cycle{10_000 * s, slices.Repeat([]Line{{For: s, Records: 50_000}}, 10_000)})))
}
