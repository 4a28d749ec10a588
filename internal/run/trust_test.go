package run

import (
	"context"
	"flag"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"kbench/internal/pace"
	"kbench/internal/result"
	"kbench/internal/scenario"
)

var update = flag.Bool("update", false, "write the table of docs/method.md instead of comparing with it")

// spanOf returns a span of so many values with that p99.
func spanOf(count int64, p99 time.Duration) *result.Latency {
	n, mean := int64(p99), float64(p99)/2
	return &result.Latency{Count: count, P99Ns: &n, MeanNs: &mean}
}

// trusted returns a record that nothing speaks against: 1,000 records a second, 5 in flight.
func trusted() *result.Trial {
	return &result.Trial{
		Status: result.StatusOK, MeasureNs: 10e9, Plan: scenario.Scenario{Producer: &scenario.Producer{Count: 1}},
		Counts: result.Counts{Scheduled: 10_000, Acked: 10_000}, Rates: result.Rates{AckedPerS: 1000},
		Latency: map[result.Span]*result.Latency{
			result.LagHarness: spanOf(10_000, 100*time.Microsecond), result.Lag: spanOf(10_000, 100*time.Microsecond),
			result.Response: spanOf(10_000, 10*time.Millisecond), result.Service: spanOf(10_000, 10*time.Millisecond),
		},
	}
}

func TestJudge(t *testing.T) {
	t.Parallel()
	half, many := 0.5, 60.0
	for _, tt := range []struct {
		why    string
		change func(*result.Trial)
		trust  string
		reason string
	}{
		{"nothing wrong", func(*result.Trial) {}, result.TrustOK, ""},
		{"late by its own fault", func(r *result.Trial) { r.Latency[result.LagHarness] = spanOf(10_000, 2*time.Millisecond) }, result.TrustInvalid, "sent late"},
		{"late, but less than a tenth of response", func(r *result.Trial) {
			r.Latency[result.LagHarness], r.Latency[result.Response] = spanOf(10_000, 2*time.Millisecond), spanOf(10_000, 50*time.Millisecond)
		}, result.TrustOK, ""},
		{"late by back-pressure, whatever the mode", func(r *result.Trial) {
			r.Latency[result.Lag], r.Latency[result.LagBackpressure] = spanOf(10_000, time.Second), spanOf(900, time.Second)
		}, result.TrustOK, ""},
		{"late without acks: no response to be little beside", func(r *result.Trial) {
			r.Latency = map[result.Span]*result.Latency{result.LagHarness: spanOf(10_000, 2*time.Millisecond)}
		}, result.TrustInvalid, "limit 1.00 ms"},
		{"a part was never sent", func(r *result.Trial) { r.Counts.Unsent = 200 }, result.TrustInvalid, "never sent"},
		{"stood still", func(r *result.Trial) { r.Usage.StillNs = 1e9 }, result.TrustInvalid, "stood still for 1.00 s, 10 %"},
		{"stood still for a moment of ten seconds: p99.9 is its own", func(r *result.Trial) { r.Usage.StillNs = 1e8 }, result.TrustInvalid, "stood still for 100 ms, 1 %"},
		{"as fast as it goes, and the buffer never full", func(r *result.Trial) {
			few := 10_000.0
			r.Closed, r.Plan.Producer.Buffer, r.Queues.InFlight, r.Rates.AckedPerS = true, 500_000, &few, 1e6
		}, result.TrustClientBound, "held 10000 of 500000 records"},
		{"as fast as it goes, and the buffer mostly full", func(r *result.Trial) {
			most := 450_000.0
			r.Closed, r.Plan.Producer.Buffer, r.Queues.InFlight = true, 500_000, &most
		}, result.TrustOK, ""},
		{"as fast as it goes, one at a time", func(r *result.Trial) {
			one := 1.0
			r.Closed, r.Plan.Producer.Buffer, r.Plan.Producer.Mode, r.Queues.InFlight = true, 500_000, scenario.ModeSync, &one
		}, result.TrustOK, ""},
		{"a fault that was not done", func(r *result.Trial) { r.Faults = []result.Fault{{Problem: "there is no leader"}} }, result.TrustInvalid, "fault 1 was not as planned: there is no leader"},
		{"hiccups", func(r *result.Trial) { r.Usage.HiccupP99Ns = 3e6 }, result.TrustInvalid, "did not get to run"},
		{"hiccups, at full speed", func(r *result.Trial) {
			r.Usage.HiccupP99Ns, r.Latency = 3e6, map[result.Span]*result.Latency{result.Service: spanOf(10_000, time.Second)}
		}, result.TrustOK, ""},
		{"hiccups, where no latency is measured", func(r *result.Trial) { r.Usage.HiccupP99Ns, r.Latency = 3e6, nil }, result.TrustOK, ""},
		{"garbage collection all the time", func(r *result.Trial) { r.Usage.GCPausePart = 0.02 }, result.TrustInvalid, "garbage collection"},
		{"nothing acked", func(r *result.Trial) { r.Counts.Acked = 0 }, result.TrustInvalid, "not one of 10000"},
		{"clocks disagree", func(r *result.Trial) { r.Counts.Negative = 100 }, result.TrustInvalid, "below zero"},
		{"a replica was missing", func(r *result.Trial) { r.Cluster.UnderReplicated = 1 }, result.TrustInvalid, "in-sync replica"},
		{"a leader moved", func(r *result.Trial) {
			r.Cluster.LeaderMoves = 1
		}, result.TrustInvalid, "leaders moved 1 times"},
		{"a quota", func(r *result.Trial) {
			wait := int64(5e6)
			r.Breakdown = &result.Breakdown{Producer: &result.Side{Parts: result.Parts{Throttle: &result.Spread{Max: &wait}}}}
		}, result.TrustInvalid, "wait for up to 5.00 ms because of a quota"},
		{"stolen time", func(r *result.Trial) { r.Usage.StealPart = 0.05 }, result.TrustInvalid, "CPU time away"},
		{"throttled", func(r *result.Trial) { r.Usage.Throttled = 1 }, result.TrustInvalid, "throttled"},
		{"own CPU near its allowance", func(r *result.Trial) { r.Usage.CPUPart = 0.9 }, result.TrustClientBound, "client's limit"},
		{"acks wait for kbench", func(r *result.Trial) { r.Queues.AckBacklog = &many }, result.TrustClientBound, "60 acks lay in the client"},
		{"an ack waits now and then", func(r *result.Trial) { r.Queues.AckBacklog = &half }, result.TrustOK, ""},
		{"invalid outweighs client-bound", func(r *result.Trial) { r.Usage.CPUPart, r.Usage.Throttled = 0.9, 1 }, result.TrustInvalid, "throttled"},
		{"failed: that is reason enough", func(r *result.Trial) { r.Status, r.Usage.Throttled = result.StatusFailed, 1 }, result.TrustInvalid, "did not end as planned: failed"},
		{"unknown facts are no fault", func(r *result.Trial) {
			u := &r.Usage
			u.StealPart, u.Throttled, u.CPUPart, u.HiccupP99Ns, u.StillNs, u.GCPausePart, u.SchedP99Ns = -1, -1, -1, -1, -1, -1, -1
		}, result.TrustOK, ""},
	} {
		r := trusted()
		tt.change(r)
		v := judge(r, false)
		if reasons := strings.Join(v.Reasons, "; "); v.Trust != tt.trust || !strings.Contains(reasons, tt.reason) || tt.reason == "" && reasons != "" {
			t.Errorf("%s: got %v, want %s because of %q", tt.why, v, tt.trust, tt.reason)
		}
		if len(r.Warnings) > 0 {
			t.Errorf("%s: warnings %q, want none", tt.why, r.Warnings)
		}
	}
}

// TestJudgeWarns has doubts that decide nothing stand among the warnings.
func TestJudgeWarns(t *testing.T) {
	t.Parallel()
	inFlight := func(n float64) func(*result.Trial) {
		return func(r *result.Trial) { // 100,000 a second of 5 ms each
			r.Counts.Scheduled, r.Counts.Acked, r.Rates.AckedPerS = 1e6, 1e6, 1e5
			r.Latency[result.Service], r.Queues.InFlight = spanOf(1e6, 10*time.Millisecond), &n
		}
	}
	for _, tt := range []struct {
		why    string
		change func(*result.Trial)
		want   string
	}{
		{"a long pause", func(r *result.Trial) { r.Usage.GCPauseMaxNs = 5e6 }, "garbage collection stopped kbench for up to 5.00 ms"},
		{"goroutines wait", func(r *result.Trial) { r.Usage.SchedP99Ns = 5e6 }, "waited for a processor for more than 5.00 ms"},
		{"stood still for a moment of two minutes", func(r *result.Trial) { r.Usage.StillNs, r.MeasureNs = 1e8, 120e9 }, "stood still for 100 ms: the largest values"},
		{"CPUs are wanted", func(r *result.Trial) { r.Usage.PressureCPU = 0.5 }, "waited for a CPU during 50 %"},
		{"as many in flight as there must be", inFlight(480), ""},
		{"too few in flight", inFlight(400), "400.0 records were in flight on average, where their rate and service make 500.0"},
		{"a part was acked in the drain, so samples and records differ", func(r *result.Trial) {
			inFlight(400)(r)
			r.Rates.AckedPerS = 9e4
		}, ""},
		{"too few to sample", func(r *result.Trial) { n := 3.0; r.Queues.InFlight = &n }, ""},
	} {
		r := trusted()
		tt.change(r)
		v, got := judge(r, false), strings.Join(r.Warnings, "; ")
		if v.Trust != result.TrustOK || !strings.Contains(got, tt.want) || tt.want == "" && got != "" {
			t.Errorf("%s: got %v and warnings %q, want ok and %q", tt.why, v, got, tt.want)
		}
	}
}

// TestJudgeFaults holds against a trial with faults what they do not do on purpose, and nothing else.
func TestJudgeFaults(t *testing.T) {
	t.Parallel()
	r := trusted()
	r.Cluster.UnderReplicated, r.Cluster.LeaderMoves = 1, 1
	if v := judge(r, true); v.Trust != result.TrustOK {
		t.Errorf("got %v, want ok: the fault did it", v)
	}
	r.Usage.Throttled = 1
	if v := judge(r, true); v.Trust != result.TrustInvalid || len(v.Reasons) != 1 {
		t.Errorf("got %v, want invalid for the one reason that is no fault's", v)
	}
}

// TestMethodHasTheChecks holds docs/method.md to what is judged.
func TestMethodHasTheChecks(t *testing.T) {
	t.Parallel()
	const file, head = "../../docs/method.md", "| Verdict | When | Why |\n|---|---|---|\n"
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var want strings.Builder
	for _, c := range DefaultLimits().checks() {
		want.WriteString("| " + c.verdict + " | " + c.when + " | " + c.why + " |\n")
	}
	before, rest, found := strings.Cut(string(text), head)
	got, after, _ := strings.Cut(rest, "\n\n")
	if !found {
		t.Fatalf("%s has no table under %q", file, head)
	}
	if got += "\n"; got == want.String() {
		return
	}
	if !*update {
		t.Fatalf("the table in %s differs; make golden writes it:\ngot\n%swant\n%s", file, got, &want)
	}
	if err := os.WriteFile(file, []byte(before+head+want.String()+"\n"+after), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestTrialTellsWhoseLag has a sender that hangs by itself, and one that a full buffer holds up, for a second of ten.
func TestTrialTellsWhoseLag(t *testing.T) {
	t.Parallel()
	stall := fake{delay: time.Millisecond, stall: 3 * time.Second, until: 4 * time.Second, buffer: 100}
	for _, tt := range []struct {
		why     string
		driver  fake
		rate    string
		sync    bool
		own     float64 // lag_harness p99, ms
		pressed int64   // records that were late by back-pressure
	}{
		{"room for all: it is kbench that hung", fake{delay: time.Millisecond, hang: time.Second}, "1k/s", false, 900, 0},
		{"the buffer fills when it catches up: what came before is still kbench's", fake{delay: time.Millisecond, hang: time.Second, buffer: 100}, "1k/s", false, 900, 0},
		{"a full buffer", stall, "1k/s", false, 0.1, 900},
		{"in sync mode it waits for the ack", fake{delay: time.Millisecond, stall: 3 * time.Second, until: 4 * time.Second}, "500/s", true, 0.1, 997},
	} {
		synctest.Test(t, func(t *testing.T) {
			c := produceOnly(tt.rate, 0, 10*time.Second)
			if tt.sync {
				c.Scenario.Producer.Mode = scenario.ModeSync
			}
			r, _ := carryOut(t, t.Context(), c, tt.driver)
			lag, own, pressed := r.Latency[result.Lag], r.Latency[result.LagHarness], r.Latency[result.LagBackpressure]
			if got := ms(own.P99Ns); !near(got, tt.own, max(15, tt.own/100)) && tt.own > 1 || tt.own < 1 && got > 0.2 {
				t.Errorf("%s: lag_harness p99 is %.2f ms, want about %.1f", tt.why, got, tt.own)
			}
			if lag.Count != r.Counts.Scheduled || own.Count != lag.Count {
				t.Errorf("%s: %d lags, %d of them kbench's, want %d of each", tt.why, lag.Count, own.Count, r.Counts.Scheduled)
			}
			rest, n := 0.0, int64(0)
			if pressed != nil {
				rest, n = *pressed.MeanNs*float64(pressed.Count), pressed.Count
			}
			if off := *lag.MeanNs*float64(lag.Count) - *own.MeanNs*float64(own.Count) - rest; !near(off, 0, 1000) {
				t.Errorf("%s: %.0f ns of lag are nobody's", tt.why, off)
			}
			if n < tt.pressed-15 || n > tt.pressed+15 {
				t.Errorf("%s: %d records late by back-pressure, want about %d", tt.why, n, tt.pressed)
			}
			if want := map[bool]string{true: result.TrustInvalid, false: result.TrustOK}[tt.own > 1]; r.Verdict.Trust != want {
				t.Errorf("%s: %v, want %s", tt.why, r.Verdict, want)
			}
		})
	}
}

// TestHiccups has the thread that only sleeps not run for a second.
func TestHiccups(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		// Its own start a second ago: by its schedule it has missed that second.
		tr := &trial{
			clock: newClock(), bounds: newBounds(time.Second, time.Hour, time.Hour),
			env: &Env{pacer: func(start time.Time) *pace.Pacer { return pace.NewSleeping(start.Add(-time.Second)) }},
		}
		tr.clock.begin(0)
		<-time.After(2 * time.Second)
		done := make(chan struct{})
		go func() {
			defer close(done)
			tr.watchHiccups(ctx)
		}()
		<-time.After(9 * time.Second)
		cancel()
		<-done
		h := &tr.hiccups
		p99, _ := h.late.Quantile(0.99)
		if p50, _ := h.late.Quantile(0.5); p50 != 0 || !near(float64(p99)/1e6, 900, 5) || !near(float64(h.late.Max)/1e6, 995, 1) {
			t.Errorf("p50 %d, p99 %d, max %d ns; want none, 900 and 995 ms: a tenth of all instants were in that second", p50, p99, h.late.Max)
		}
		if !near(h.still.Seconds(), 1, 0.01) || len(tr.events) != 1 || !strings.Contains(tr.events[0].What, "stood still for 995 ms") {
			t.Errorf("stood still for %s, events %v; want a second, and one", h.still, tr.events)
		}
	})
}
