package run

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"kbench/internal/driver/null"
	"kbench/internal/load"
	"kbench/internal/result"
	"kbench/internal/scenario"
	"kbench/internal/unit"
)

// profiled is a load of 2 s of warm-up and 11 s of every kind of phase, with a few thousand records.
func profiled() scenario.Load {
	const s, perS = unit.Duration(time.Second), unit.PerSecond
	return scenario.Load{
		Arrival: scenario.ArrivalConstant, Warmup: scenario.Warmup{For: 2 * s}, Measure: 11 * s, Drain: 5 * s,
		Profile: []scenario.Phase{
			{For: 2 * s, Rate: 500 * perS},
			{For: 4 * s, From: 500 * perS, To: 1500 * perS},
			{For: 2 * s, Burst: 2000 * perS, Every: s / 2, Lasting: s / 10},
			{For: 2 * s, Sine: &scenario.Sine{Mean: 1000 * perS, Amplitude: 1000 * perS, Period: 2 * s}},
			{For: s, Records: 77},
		},
	}
}

func TestTrialFollowsAProfile(t *testing.T) {
	t.Parallel()
	byHand := []int64{500, 500, 500, 500, 625, 875, 1125, 1375, 400, 400, 1637, 363, 77} // the first two are warm-up
	for _, tt := range []struct {
		why     string
		arrival scenario.Arrival
		first   int // seconds of the measured part that are asked for; 0: all
	}{
		{"evenly spaced", scenario.ArrivalConstant, 0},
		{"at random", scenario.ArrivalPoisson, 0},
		{"the beginning of it", scenario.ArrivalConstant, 5},
	} {
		synctest.Test(t, func(t *testing.T) {
			c := produceOnly("1k/s", 0, 0)
			c.Scenario.Load = profiled()
			c.Scenario.Load.Arrival = tt.arrival
			want := byHand
			if tt.first > 0 {
				c.Scenario.Load.Measure, want = unit.Duration(tt.first)*unit.Duration(time.Second), byHand[:tt.first+2]
			}
			if tt.arrival == scenario.ArrivalPoisson {
				want = nil
				schedule, before := schedules(c.Scenario.Load, 0)(), uint64(0)
				for i := range byHand {
					n := load.Before(schedule, time.Duration(i+1)*time.Second)
					want, before = append(want, int64(n-before)), n
				}
			}
			c.Scenario.Producer.Client, c.Scenario.Producer.Count = "null", 3
			r, _ := carryOut(t, t.Context(), c, null.New())
			var got []int64
			for i, w := range r.Windows {
				if w.Index != i-2 {
					t.Fatalf("%s: window %d has index %d, want %d", tt.why, i, w.Index, i-2)
				}
				got = append(got, w.Scheduled)
			}
			if !slices.Equal(got, want) {
				t.Errorf("%s: by second\n%d were due, want\n%d", tt.why, got, want)
			}
			var sum int64
			for _, n := range want[2:] {
				sum += n
			}
			if r.Status != result.StatusOK || r.Counts.Scheduled != sum || r.Counts.Acked != sum || r.WarmupCounts.Scheduled != want[0]+want[1] {
				t.Errorf("%s: status %s %s, scheduled %d, acked %d, warm-up %d; want ok, %d, %d, %d", tt.why, r.Status, r.Failure, r.Counts.Scheduled, r.Counts.Acked, r.WarmupCounts.Scheduled, sum, sum, want[0]+want[1])
			}
			if r.Closed || r.Latency[result.Response] == nil || r.Rates.OfferedPerS != float64(sum)/(float64(r.MeasureNs)/1e9) {
				t.Errorf("%s: closed %v, offered %.1f/s: a profile is a schedule", tt.why, r.Closed, r.Rates.OfferedPerS)
			}
			if r.Steady != (result.Steady{}) {
				t.Errorf("%s: %+v is said of seconds that differ on purpose", tt.why, r.Steady)
			}
		})
	}
}

func TestScheduled(t *testing.T) {
	t.Parallel()
	const s = unit.Duration(time.Second)
	for _, tt := range []struct {
		why    string
		change func(*scenario.Load)
		want   uint64
	}{
		{"warm-up and profile", func(*scenario.Load) {}, 1000 + 1000 + 4000 + 800 + 2000 + 77},
		{"at random it is the mean", func(l *scenario.Load) { l.Arrival = scenario.ArrivalPoisson }, 8877},
		{"a part", func(l *scenario.Load) { l.Measure = 6*s + s/20 }, 1000 + 1000 + 4000 + 100},
		{"no warm-up", func(l *scenario.Load) { l.Warmup.For = 0 }, 7877},
		{"a warm-up at the mean of bursts", func(l *scenario.Load) { l.Profile, l.Measure = l.Profile[2:3], 2*s }, 800 + 800},
		{"a warm-up with the mean of a sine", func(l *scenario.Load) { l.Profile, l.Measure = l.Profile[3:4], 2*s }, 2000 + 2000},
		{"a warm-up before a trace", func(l *scenario.Load) { l.Profile, l.Measure = l.Profile[4:], s }, 154 + 77},
		{"nothing before a ramp from nothing", func(l *scenario.Load) {
			l.Profile, l.Measure = []scenario.Phase{{For: 4 * s, To: 100 * unit.PerSecond}}, 4*s
		}, 200},
	} {
		l := profiled()
		tt.change(&l)
		if got := Scheduled(l); got != tt.want {
			t.Errorf("%s: %d records, want %d", tt.why, got, tt.want)
		}
	}
}
