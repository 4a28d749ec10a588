package run

import (
	"math"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"kbench/internal/driver"
	"kbench/internal/driver/null"
	"kbench/internal/host"
	"kbench/internal/meter"
	"kbench/internal/pace"
	"kbench/internal/result"
	"kbench/internal/scenario"
)

// watched carries out a trial, and returns what was told of it and what its meter held each time it was shown.
func watched(t *testing.T, c *scenario.Case, f fake) (r *result.Trial, told []Progress, shown []meter.Counts) {
	t.Helper()
	sampler := host.NewSampler()
	t.Cleanup(sampler.Close)
	f.Driver = null.New()
	var telling sync.Mutex
	e := &Env{
		Drivers: []driver.Driver{f}, Sampler: sampler, pacer: pace.NewSleeping,
		Progress: func(p Progress) {
			telling.Lock()
			defer telling.Unlock()
			told = append(told, p)
		},
		Observe: func(_ Progress, m *meter.Meter) { shown = append(shown, m.Measured().Counts) },
	}
	e.where = Progress{Trial: 2, Trials: 3, Scenario: c.Scenario.Name, Case: c.Name, Repeat: 1}
	r, m := e.Trial(t.Context(), c, Position{Run: "run", Number: 2, Of: 3, Repeat: 1})
	if err := m.Close(); err != nil {
		t.Error(err)
	}
	return r, told, shown
}

func TestProgressOfALoad(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		// The windows before and after the measured part are of half a second.
		r, told, shown := watched(t, produceOnly("2k/s", 500*time.Millisecond, 4500*time.Millisecond), fake{delay: 4 * time.Millisecond})
		seconds := map[time.Duration]bool{}
		for _, p := range told {
			if p.Trial != 2 || p.Trials != 3 || p.Scenario != "test" || p.Case != "base" || p.Repeat != 1 || p.ConsumerLag != nil || p.ConsumedPerS != nil {
				t.Errorf("%+v", p)
			}
			if ofLoad := p.At > 0; (p.Failed != nil) != ofLoad || ofLoad && *p.Failed != 0 { // what a phase does not say is not 0
				t.Errorf("at %v, phase %q: failed is %v", p.At, p.Phase, p.Failed)
			}
			if p.Second == nil {
				continue
			}
			seconds[*p.Second] = true
			if *p.Second+2*time.Second > p.At+time.Second/2 || p.Of != 5*time.Second {
				t.Errorf("at %v of %v: the second from %v on", p.At, p.Of, *p.Second)
			}
			if !near(*p.OfferedPerS, 2000, 1) || !near(*p.AckedPerS, 2000, 20) || p.Span != result.Response || p.P50Ns == nil || !near(ms(p.P50Ns), 4, 0.25) {
				t.Errorf("from %v on: offered %.1f/s, acked %.1f/s, %s p50 %.3f ms; want 2000, 2000, response 4", *p.Second, *p.OfferedPerS, *p.AckedPerS, p.Span, ms(p.P50Ns))
			}
		}
		if !seconds[0] || !seconds[1500*time.Millisecond] || len(seconds) < 3 {
			t.Errorf("told of the seconds %v", seconds)
		}
		last := shown[len(shown)-1]
		if got, want := last.Scheduled, r.Counts.Scheduled; got != want || last.Acked != r.Counts.Acked || want != 9000 {
			t.Errorf("the meter that was shown last has %+v, the record %+v", last, r.Counts)
		}
		for i := range shown[1:] {
			if shown[i+1].Scheduled < shown[i].Scheduled || shown[i+1].Acked < shown[i].Acked {
				t.Errorf("it fell from %+v to %+v", shown[i], shown[i+1])
			}
		}
	})
}

// TestProgressOfNothingDue has no schedule: what counts is the service, and the end is known.
func TestProgressOfNothingDue(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := produceOnly("max", 0, 4*time.Second)
		_, told, _ := watched(t, c, fake{delay: 4 * time.Millisecond, buffer: 10})
		some := false
		for _, p := range told {
			if p.Second == nil {
				continue
			}
			some = true
			if p.Span != result.Service || math.Abs(*p.OfferedPerS-*p.AckedPerS) > 100 {
				t.Errorf("%+v: the span is %s, offered %.0f/s, acked %.0f/s", p, p.Span, *p.OfferedPerS, *p.AckedPerS)
			}
		}
		if !some {
			t.Error("told of no second")
		}
	})
}

// TestProgressOfFailures counts them by class, and adds them up.
func TestProgressOfFailures(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := produceOnly("1k/s", 0, 5*time.Second)
		c.Scenario.Producer.OnFull = driver.OnFullFail
		r, told, _ := watched(t, c, fake{delay: time.Millisecond, stall: 2 * time.Second, until: 3 * time.Second, buffer: 100, fail: true})
		var last Progress
		for _, p := range told {
			if p.At > 0 { // else it is of a phase alone
				last = p
			}
		}
		if r.Counts.Failed == 0 || last.Failed == nil || *last.Failed != r.Counts.Failed || last.Errors[driver.ErrQueueFull] != r.Counts.Failed {
			t.Errorf("told of the failures %v; the record has %d", last.Errors, r.Counts.Failed)
		}
	})
}
