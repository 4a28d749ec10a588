package run

import (
	"testing"
	"testing/synctest"
	"time"

	"kbench/internal/host"
	"kbench/internal/pace"
	"kbench/internal/result"
	"kbench/internal/scenario"
	"kbench/internal/unit"
)

func TestAbort(t *testing.T) {
	t.Parallel()
	quiet := fake{delay: 4 * time.Millisecond}
	stall := fake{delay: 4 * time.Millisecond, stall: 5500 * time.Millisecond, until: 6500 * time.Millisecond} // 3.5 s into the measured part
	for _, tt := range []struct {
		why       string
		threshold string
		abort     bool
		fake      fake
		change    func(*scenario.Scenario)
		after     float64 // seconds of the measured part; 0: it ran to its end
		got       string
	}{
		{"it holds", "response_p99 <= 20ms", true, quiet, nil, 0, ""},
		{"missed, and nobody asked to stop", "response_p99 <= 20ms", false, stall, nil, 0, ""},
		{"a percentile after a stall", "response_p99 <= 20ms", true, stall, nil, 5, "954 ms"}, // 50 of 5,000 waited longer
		{"and the largest", "response_max <= 50ms", true, stall, nil, 5, "1.00 s"},
		{"a percentile that needs more samples waits for them", "response_p999 <= 1ms", true, quiet, func(s *scenario.Scenario) { s.Load.Rate *= 2 }, 6, "4.00 ms"},
		{"one that never has them is no miss on the way", "response_p9999 <= 1ms", true, quiet, func(s *scenario.Scenario) { s.Load.Rate /= 10 }, 0, ""},
		{"a rate, after three seconds", "acked_per_s >= 1.1k", true, quiet, nil, 3, "1.00 k/s"},
		{"a count that only grows", "failed == 0", true, fake{delay: 4 * time.Millisecond, stall: 5500 * time.Millisecond, until: 6500 * time.Millisecond, buffer: 100, fail: true}, nil, 4, ""},
		{"and may be as large", "failed <= 1000", true, fake{delay: 4 * time.Millisecond, stall: 5500 * time.Millisecond, until: 6500 * time.Millisecond, buffer: 100, fail: true}, nil, 0, ""},
		{"senders that are held up are stopped", "response_max <= 100ms", true, fake{delay: 40 * time.Millisecond, buffer: 10}, func(s *scenario.Scenario) { s.Load.Warmup.For = 0 }, 1, ""},
		{"in the warm-up nothing is held against it", "response_max <= 50ms", true, fake{delay: 4 * time.Millisecond, stall: 100 * time.Millisecond, until: 900 * time.Millisecond}, nil, 0, ""},
		{"what can't be known is no miss on the way", "response_p99 <= 1ms", true, quiet, func(s *scenario.Scenario) { s.Producer.Acks = "0" }, 0, ""},
		{"records that are done before", "acked_per_s >= 1M", true, quiet, func(s *scenario.Scenario) { s.Load.Measure, s.Load.Records = 0, 1500 }, 0, ""},
		{"full speed", "service_p50 < 4ms", true, quiet, func(s *scenario.Scenario) { s.Load.Rate, s.Producer.Mode = unit.MaxRate, scenario.ModeSync }, 1, "4.00 ms"},
		{"with a warm-up that is auto", "response_p50 < 4ms", true, quiet, func(s *scenario.Scenario) { s.Load.Warmup = scenario.Warmup{Auto: true} }, 1, "4.00 ms"},
	} {
		synctest.Test(t, func(t *testing.T) {
			th, err := scenario.ParseThreshold(tt.threshold)
			if err != nil {
				t.Fatal(err)
			}
			th.Abort = tt.abort
			c := produceOnly("1k/s", 2*time.Second, 7*time.Second)
			c.Scenario.Thresholds = []scenario.Threshold{th}
			if tt.change != nil {
				tt.change(&c.Scenario)
			}
			began := time.Now()
			r, m := carryOut(t, t.Context(), c, tt.fake)
			_ = m.Close()
			if r.Status != result.StatusOK {
				t.Fatalf("%s: %s: %s", tt.why, r.Status, r.Failure)
			}
			if (r.Aborted != nil) != (tt.after > 0) {
				t.Fatalf("%s: aborted: %+v; want after %g s", tt.why, r.Aborted, tt.after)
			}
			if r.Aborted == nil {
				return
			}
			measured, took := float64(r.MeasureNs)/1e9, time.Since(began).Seconds()-float64(r.WarmupNs)/1e9
			if took > tt.after+1.5 && tt.fake.stall == 0 {
				t.Errorf("%s: it took %.1f s to its end, after %g", tt.why, took, tt.after)
			}
			if a := r.Aborted; a.Threshold != tt.threshold || a.AfterNs != int64(tt.after*1e9) || tt.got != "" && a.Why != tt.got || !near(measured, tt.after, 0.02) {
				t.Errorf("%s: %+v, measured for %.3f s; want %s after %g s", tt.why, a, measured, tt.got, tt.after)
			}
			if ok, _, _ := result.Check(r, th); ok {
				t.Errorf("%s: it stopped the trial, and holds", tt.why)
			}
			if perS := r.Rates.AckedPerS; !r.Closed && tt.fake.stall == 0 && tt.fake.buffer == 0 && !near(perS, c.Scenario.Load.Rate.PerSecond(), 5) {
				t.Errorf("%s: acked %.1f/s over what was measured, want %s", tt.why, perS, c.Scenario.Load.Rate)
			}
			if r.Verdict.Trust != result.TrustOK {
				t.Errorf("%s: %v: to be stopped is no fault of the measurement", tt.why, r.Verdict)
			}
		})
	}
}

// TestAbortOfOthers: a search overloads on purpose and judges its steps itself.
func TestAbortOfOthers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := produceOnly("100/s", 0, 3*time.Second)
		c.Scenario.Thresholds = []scenario.Threshold{{Metric: "scheduled", Op: "<=", Value: 1, Text: "scheduled <= 1", Abort: true}}
		e := &Env{Drivers: drivers(), Sampler: host.NewSampler(), pacer: pace.NewSleeping}
		defer e.Sampler.Close()
		c.Scenario.Producer.Client = "null"
		for _, search := range []*result.Search{nil, {Step: 1}} {
			r, m := e.Trial(t.Context(), c, Position{Run: "run", Repeat: 1, Search: search})
			_ = m.Close()
			if (r.Aborted == nil) != (search != nil) {
				t.Errorf("search %+v: aborted %+v", search, r.Aborted)
			}
		}
	})
}
