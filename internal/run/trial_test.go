package run

import (
	"context"
	"math"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"kbench/internal/driver"
	"kbench/internal/result"
	"kbench/internal/scenario"
)

func ms(v *int64) float64 {
	if v == nil {
		return math.NaN()
	}
	return float64(*v) / 1e6
}

func near(got, want, tolerance float64) bool { return math.Abs(got-want) <= tolerance }

func TestTrialOfAQuietBroker(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := produceOnly("1k/s", 2*time.Second, 10*time.Second)
		c.Scenario.Producer.Count = 3
		r, m := carryOut(t, t.Context(), c, fake{delay: 4 * time.Millisecond})
		if r.Status != result.StatusOK || r.Verdict.Trust != result.TrustOK {
			t.Errorf("status %s (%s), trust %v", r.Status, r.Failure, r.Verdict)
		}
		if r.Counts.Scheduled != 10_000 || r.Counts.Acked != 10_000 || r.WarmupCounts.Acked != 2000 {
			t.Errorf("scheduled %d, acked %d, in warm-up %d; want 10000, 10000, 2000", r.Counts.Scheduled, r.Counts.Acked, r.WarmupCounts.Acked)
		}
		if len(r.Windows) != 12 || r.Windows[0].Index != -2 || r.Windows[11].Scheduled != 1000 {
			t.Errorf("%d windows, want 12 from -2 on, with 1000 records each", len(r.Windows))
		}
		resp, service, lag := r.Latency[result.Response], r.Latency[result.Service], r.Latency[result.Lag]
		if got := ms(resp.P99Ns); !near(got, 4, 0.25) {
			t.Errorf("response p99 is %.3f ms, want 4", got)
		}
		if got := *lag.MeanNs + *service.MeanNs - *resp.MeanNs; !near(got, 0, 1) {
			t.Errorf("mean lag + mean service - mean response is %.1f ns, want 0", got)
		}
		// What was sent before the measured part and completed in it counts as throughput, what completes after it does not.
		if got := r.Rates.AckedPerS; !near(got, 1000, 1) {
			t.Errorf("acked %.2f/s, want 1000", got)
		}
		if m == nil || r.Latency[result.E2E] != nil {
			t.Error("a trial without consumers has e2e")
		}
		var parts int64
		for _, p := range r.Partitions {
			parts += p.Acked
		}
		if parts != 10_000 {
			t.Errorf("partitions add up to %d, want 10000", parts)
		}
	})
}

// A broker that stops for a second in ten holds up one record in ten, whatever the client's buffer hides.
func TestTrialCannotHideAStall(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		why    string
		buffer int
	}{
		{"a buffer that takes all", 0},
		{"a buffer of 100: the rest waits outside of the client", 100},
	} {
		synctest.Test(t, func(t *testing.T) {
			c := produceOnly("1k/s", 0, 10*time.Second)
			r, _ := carryOut(t, t.Context(), c, fake{delay: time.Millisecond, stall: 3 * time.Second, until: 4 * time.Second, buffer: tt.buffer})
			resp := r.Latency[result.Response]
			if resp.Count != 10_000 || !near(ms(resp.P95Ns), 500, 10) || !near(ms(resp.P99Ns), 900, 10) || !near(ms(resp.MaxNs), 1000, 5) {
				t.Errorf("%s: response of %d: p95 %.0f p99 %.0f max %.0f ms; want 10000: 500, 900, 1000",
					tt.why, resp.Count, ms(resp.P95Ns), ms(resp.P99Ns), ms(resp.MaxNs))
			}
			if tt.buffer > 0 {
				if r.Counts.QueueFull == 0 {
					t.Errorf("%s: the full buffer was not counted", tt.why)
				}
				if p95 := ms(r.Latency[result.Service].P95Ns); p95 > 100 {
					t.Errorf("%s: service p95 is %.0f ms: it should not see what waited outside", tt.why, p95)
				}
			}
			if r.Verdict.Trust != result.TrustOK {
				t.Errorf("%s: %v; the harness was not at fault", tt.why, r.Verdict)
			}
		})
	}
}

func TestTrialOfABrokerThatDies(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := produceOnly("1k/s", 0, 10*time.Second)
		began := time.Now()
		r, _ := carryOut(t, t.Context(), c, fake{delay: time.Millisecond, stall: 8 * time.Second, buffer: 500})
		if r.Status != result.StatusFailed || !strings.Contains(r.Failure, "brokers stopped answering") {
			t.Errorf("status %s: %s", r.Status, r.Failure)
		}
		if n := r.Counts.Unresolved; n < 1995 || n > 2005 {
			t.Errorf("%d unresolved, want 2000: those that never left the schedule too", n)
		}
		l := r.Latency[result.Response]
		if !slices.Contains(l.AtLeast, "p99") || !slices.Contains(l.AtLeast, "p90") || slices.Contains(l.AtLeast, "p50") {
			t.Errorf("at least: %v; a fifth never came, so p90 and above are only bounds and p50 is not", l.AtLeast)
		}
		if took := time.Since(began); took > 20*time.Second {
			t.Errorf("took %v, want about 15 s: load and drain", took)
		}
	})
}

func TestTrialThatFailsWhenFull(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := produceOnly("1k/s", 0, 10*time.Second)
		r, _ := carryOut(t, t.Context(), c, fake{delay: time.Millisecond, stall: 3 * time.Second, until: 4 * time.Second, buffer: 100, fail: true})
		if n := r.Counts.Failed; n < 890 || n > 910 || r.Counts.Errors[driver.ErrQueueFull] != n {
			t.Errorf("%d failed, errors %v; want 900 of class %s", n, r.Counts.Errors, driver.ErrQueueFull)
		}
		if r.Status != result.StatusOK {
			t.Errorf("status %s: %s; on_full: fail asks for this", r.Status, r.Failure)
		}
	})
}

// TestTrialWhoseRecordsMayFail: a threshold that counts on failures makes them part of what is measured.
func TestTrialWhoseRecordsMayFail(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		why, threshold string
		bad            uint64
		status         string
		warned         bool
	}{
		{"nobody counts on it", "", 10, result.StatusFailed, false},
		{"none may", "failed == 0", 10, result.StatusFailed, false},
		{"some may", "failed <= 200", 10, result.StatusOK, true},
		{"a part may", "failed_ratio <= 20%", 10, result.StatusOK, true},
		{"some must", "failed > 0", 10, result.StatusOK, true},
		{"fewer may: the threshold is missed, and the trial is sound", "failed < 50", 10, result.StatusOK, true},
		{"it is about another workload", "other.failed > 0", 10, result.StatusFailed, false},
		{"it is about something else", "unresolved <= 200", 10, result.StatusFailed, false},
		{"none does", "failed <= 200", 0, result.StatusOK, false},
	} {
		t.Run(tt.why, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c := produceOnly("100/s", 0, 10*time.Second)
				if tt.threshold != "" {
					th, err := scenario.ParseThreshold(tt.threshold)
					if err != nil {
						t.Fatal(err)
					}
					c.Scenario.Thresholds = []scenario.Threshold{th}
				}
				r, _ := carryOut(t, t.Context(), c, fake{delay: time.Millisecond, bad: tt.bad})
				warned := slices.ContainsFunc(r.Warnings, func(w string) bool { return strings.Contains(w, "MESSAGE_TOO_LARGE 100") })
				if r.Status != tt.status || warned != tt.warned {
					t.Errorf("status %s (%s), warnings %q; want %s, with a warning: %v", r.Status, r.Failure, r.Warnings, tt.status, tt.warned)
				}
				if l := r.Latency[result.Response]; tt.bad > 0 && (r.Counts.Failed != 100 || r.Counts.Errors["MESSAGE_TOO_LARGE"] != 100 || !slices.Contains(l.AtLeast, "p95")) {
					t.Errorf("%d failed, by class %v, response %+v", r.Counts.Failed, r.Counts.Errors, l)
				}
			})
		})
	}
}

func TestTrialInterrupted(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		why      string
		at       time.Duration // of the interruption
		measured int64         // records
	}{
		{"in warm-up", time.Second, 0},
		{"in the measured part", 5 * time.Second, 3000},
		{"in the drain", 12500 * time.Millisecond, 10_000},
	} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			time.AfterFunc(tt.at, cancel)
			c := produceOnly("1k/s", 2*time.Second, 10*time.Second)
			began := time.Now()
			r, _ := carryOut(t, ctx, c, fake{delay: time.Second, stall: 11 * time.Second})
			if r.Status != result.StatusInterrupted {
				t.Errorf("%s: status %s: %s", tt.why, r.Status, r.Failure)
			}
			if n := r.Counts.Scheduled; n < tt.measured-60 || n > tt.measured {
				t.Errorf("%s: %d scheduled, want %d or a little less", tt.why, n, tt.measured)
			}
			if took := time.Since(began); took > tt.at+interruptedDrain+time.Second {
				t.Errorf("%s: ended %v after the interruption", tt.why, took-tt.at)
			}
		})
	}
}

func TestTrialAtRateMax(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := produceOnly("max", time.Second, 5*time.Second)
		c.Scenario.Producer.Mode = scenario.ModeSync
		r, _ := carryOut(t, t.Context(), c, fake{delay: 2 * time.Millisecond})
		if !r.Closed || r.Latency[result.Response] != nil || r.Latency[result.Lag] != nil {
			t.Error("a record without a due instant has a response or a lag")
		}
		if got := r.Rates.AckedPerS; !near(got, 500, 2) {
			t.Errorf("one in flight and 2 ms each: acked %.1f/s, want 500", got)
		}
		if got := ms(r.Latency[result.Service].P50Ns); !near(got, 2, 0.1) {
			t.Errorf("service p50 %.2f ms, want 2", got)
		}
	})
}

func TestTrialOfANumberOfRecords(t *testing.T) {
	t.Parallel()
	for _, rate := range []string{"max", "1k/s"} {
		synctest.Test(t, func(t *testing.T) {
			c := produceOnly(rate, time.Second, 0)
			c.Scenario.Load.Records = 1001
			c.Scenario.Producer.Count = 2
			r, _ := carryOut(t, t.Context(), c, fake{delay: time.Millisecond, buffer: 10})
			if r.Counts.Scheduled != 1001 || r.Counts.Acked != 1001 || r.Status != result.StatusOK {
				t.Errorf("rate %s: scheduled %d, acked %d, %s %s; want 1001", rate, r.Counts.Scheduled, r.Counts.Acked, r.Status, r.Failure)
			}
			if r.MeasureNs <= 0 || r.Rates.AckedPerS <= 0 {
				t.Errorf("rate %s: measured for %d ns, %.0f/s", rate, r.MeasureNs, r.Rates.AckedPerS)
			}
		})
	}
}

func TestTrialWithAcks0(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := produceOnly("1k/s", 0, 2*time.Second)
		c.Scenario.Producer.Acks = driver.AcksNone
		r, _ := carryOut(t, t.Context(), c, fake{delay: time.Millisecond})
		if r.Latency[result.Response] != nil || r.Latency[result.Service] != nil || r.Latency[result.Lag] == nil {
			t.Errorf("latencies %v; nothing acknowledges, so only lag exists", r.Latency)
		}
	})
}

func TestTrialThatCannotOpen(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := produceOnly("1k/s", 0, time.Second)
		c.Scenario.Producer.Client = "null"
		c.Scenario.Producer.Compression = "lz4"
		e := &Env{Drivers: drivers()}
		r, _ := e.Trial(t.Context(), c, Position{Run: "run", Repeat: 1})
		if r.Status != result.StatusFailed || !strings.Contains(r.Failure, "lz4") || r.Verdict.Trust != result.TrustInvalid {
			t.Errorf("status %s: %s; %v", r.Status, r.Failure, r.Verdict)
		}
	})
}
