package run

import (
	"context"
	"errors"
	"math"
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
	"kbench/internal/unit"
)

// searching makes a case of a search.
func searching(c *scenario.Case, curve bool, slo ...string) *scenario.Case {
	f := scenario.FindMax{From: 100 * unit.PerSecond, To: 5_000 * unit.PerSecond, Precision: 0.05, Curve: curve}
	for _, text := range slo {
		th, err := scenario.ParseThreshold(text)
		if err != nil {
			th.Text = err.Error() // and no trial will meet it
		}
		f.SLO = append(f.SLO, th)
	}
	c.Scenario.Load.FindMax, c.Scenario.Load.Rate = &f, 0
	return c
}

// planOf makes a plan of cases, each of which is run so often.
func planOf(repeats int, cases ...*scenario.Case) *scenario.Plan {
	p := &scenario.Plan{Name: "test", Seed: 1}
	for i, c := range cases {
		p.Cases = append(p.Cases, *c)
		for r := range repeats {
			p.Order = append(p.Order, scenario.Step{Case: i, Repeat: r + 1})
		}
	}
	return p
}

// TestSteps: how long each step is measured, and that the plan stays as it is.
func TestSteps(t *testing.T) {
	t.Parallel()
	tests := []struct {
		why                          string
		measure                      unit.Duration
		blast, usual, confirm, curve unit.Duration
	}{
		{"as a rule", 15e9, 10e9, 15e9, 30e9, 7.5e9},
		{"a confirmation takes some time", 8e9, 8e9, 8e9, 20e9, 5e9},
		{"short ones stay short", 2e9, 2e9, 2e9, 4e9, 2e9},
		{"long ones", 60e9, 10e9, 60e9, 120e9, 30e9},
	}
	for _, tt := range tests {
		c := searching(produceOnly("1/s", 0, time.Duration(tt.measure)), true, "response_p99 <= 20ms")
		c.Scenario.Producer.OnFull = "fail"
		c.Scenario.Load.Arrival = scenario.ArrivalPoisson
		c.Scenario.Thresholds = c.Scenario.Load.FindMax.SLO
		s := newSearcher(c, 1, new(int), 1)
		seen := map[string]unit.Duration{}
		for step, ok := s.Next(); ok; step, ok = s.Next() {
			l := step.Case.Scenario.Load
			phase := step.Search.Phase
			if seen[phase] != 0 && seen[phase] != l.Measure {
				t.Errorf("%s: %s has %v and %v", tt.why, phase, seen[phase], l.Measure)
			}
			seen[phase] = l.Measure
			blast := phase == "blast"
			if (l.Rate == unit.MaxRate) != blast || (step.Case.Scenario.Producer.OnFull == "wait") != blast || (l.Arrival == scenario.ArrivalConstant) != blast {
				t.Errorf("%s: %s has %+v", tt.why, phase, l)
			}
			if !blast && math.Abs(l.Rate.PerSecond()-step.Search.RatePerS) > 0.001 || l.FindMax == nil || len(step.Case.Scenario.Thresholds) > 0 || step.Trials < step.Search.Step {
				t.Errorf("%s: step %+v has %+v", tt.why, step.Search, step.Case.Scenario)
			}
			acked := min(l.Rate.PerSecond(), 1000)
			r := trusted()
			r.Verdict.Trust = result.TrustOK
			r.Plan, r.Search, r.Rates = step.Case.Scenario, step.Search, result.Rates{OfferedPerS: l.Rate.PerSecond(), AckedPerS: acked}
			s.Done(r)
		}
		if seen["blast"] != tt.blast || seen["bracket"] != tt.usual || seen["bisect"] != tt.usual || seen["confirm"] != tt.confirm || seen["curve"] != tt.curve {
			t.Errorf("%s: got %v, want %v %v %v %v", tt.why, seen, tt.blast, tt.usual, tt.confirm, tt.curve)
		}
		if l := c.Scenario.Load; l.Rate != 0 || l.Measure != tt.measure || c.Scenario.Producer.OnFull != "fail" || len(c.Scenario.Thresholds) == 0 {
			t.Errorf("%s: the plan was changed to %+v", tt.why, c.Scenario)
		}
	}
}

// TestCourseOfSearches: each repeat of a case that searches is one search, and its trials are numbered through.
func TestCourseOfSearches(t *testing.T) {
	t.Parallel()
	plain := produceOnly("50/s", 0, time.Second)
	plain.Name = "plain"
	c := Listed(planOf(2, plain, searching(produceOnly("1/s", 0, time.Second), false, "response_p99 <= 20ms")))
	var plains, repeat, trials int
	numbers := map[int]int{}
	for step, ok := c.Next(); ok; step, ok = c.Next() {
		trials++
		if step.Trials < trials {
			t.Errorf("trial %d is of %d", trials, step.Trials)
		}
		r := trusted()
		r.Verdict.Trust = result.TrustOK
		r.Plan, r.Search = step.Case.Scenario, step.Search
		rate := step.Case.Scenario.Load.Rate.PerSecond()
		r.Rates = result.Rates{OfferedPerS: rate, AckedPerS: min(rate, 1000)}
		c.Done(r)
		if step.Search == nil {
			plains++
			continue
		}
		repeat++
		numbers[step.Search.Number]++
		if step.Repeat != repeat || step.Search.Step != numbers[step.Search.Number] || (step.Search.Pass == nil) != (step.Search.Phase == "blast") {
			t.Errorf("got repeat %d of %+v, want %d", step.Repeat, step.Search, repeat)
		}
	}
	if plains != 2 || len(numbers) != 2 || numbers[1] != numbers[2] || numbers[1] < 5 {
		t.Errorf("got %d trials outside of a search, and searches of %v", plains, numbers)
	}
}

func TestJudgeStep(t *testing.T) {
	t.Parallel()
	windows := func(seconds int, scheduled int64, acked float64, lag func(i int) int64) (all []result.Window) {
		for i := range seconds {
			behind := lag(i)
			all = append(all, result.Window{Index: i, Scheduled: scheduled, AckedPerS: acked, ConsumerLag: &behind})
		}
		return all
	}
	level := func(int) int64 { return 500 }
	tests := []struct {
		why    string
		change func(*result.Trial)
		pass   string // yes, no or unknown
		says   string
	}{
		{"all is well", func(*result.Trial) {}, "yes", ""},
		{"it is not to be trusted", func(r *result.Trial) {
			r.Verdict = result.Verdict{Trust: result.TrustInvalid, Reasons: []string{"late", "steal"}}
		}, "unknown", "late; steal"},
		{"the client was the limit", func(r *result.Trial) {
			r.Verdict = result.Verdict{Trust: result.TrustClientBound, Reasons: []string{"CPU"}}
		}, "unknown", "CPU"},
		{"as much as goes has no verdict", func(r *result.Trial) { r.Search.Phase = "blast" }, "unknown", ""},
		{"brokers that were not there", func(r *result.Trial) {
			r.Status, r.Failure, r.Counts = result.StatusFailed, "no broker", result.Counts{}
		}, "unknown", "no broker"},
		{"overload made records fail, and the trial", func(r *result.Trial) {
			r.Status, r.Failure, r.Verdict.Trust = result.StatusFailed, "records failed: TIMED_OUT 7", result.TrustInvalid
			r.Counts.Acked, r.Counts.Failed = 9_993, 7
		}, "no", "7 records failed"},
		{"kbench stood still until they failed", func(r *result.Trial) {
			r.Status, r.Failure, r.Verdict.Trust = result.StatusFailed, "records failed: TIMED_OUT 7", result.TrustInvalid
			r.Counts.Acked, r.Counts.Failed, r.Usage.StillNs, r.MeasureNs = 9_993, 7, 5e9, 10e9
		}, "unknown", "records failed: TIMED_OUT 7; and kbench stood still for 5.00 s, 50 % of the measured part (limit 0.1 %)"},
		{"some records stayed out", func(r *result.Trial) { r.Counts.Acked, r.Counts.Unresolved = 9_990, 10 }, "no", "10 records were still out at the end"},
		{"fewer acks than records", func(r *result.Trial) { r.Rates.AckedPerS = 989 }, "no", "989/s of 1.00 k/s were acked"},
		{"hardly fewer", func(r *result.Trial) { r.Rates.AckedPerS = 991 }, "yes", ""},
		{"the objective is missed", func(r *result.Trial) { r.Latency[result.Response] = spanOf(10_000, 30*time.Millisecond) }, "no", "response_p99 is 30.0 ms, not <= 20.0 ms"},
		{"it would be, if all had come", func(r *result.Trial) { r.Latency[result.Response].AtLeast = []string{"p99"} }, "no", "response_p99 is at least 10.0 ms, not <= 20.0 ms"},
		{"the objective is not known", func(r *result.Trial) { r.Latency[result.Response] = nil }, "no", "response_p99 is not known: no record of the measured part completed"},
		{"a backlog that stays", func(r *result.Trial) { r.Windows = windows(10, 1000, 1000, level) }, "yes", ""},
		{"a backlog that grows", func(r *result.Trial) { r.Windows = windows(10, 1000, 985, level) }, "no", "the backlog grew by 15/s"},
		{"consumers that fall behind", func(r *result.Trial) { r.Windows = windows(10, 1000, 1000, func(i int) int64 { return int64(20 * i) }) }, "no", "the consumers' lag grew by 20/s"},
		{"one look at the consumers that lies apart", func(r *result.Trial) {
			r.Windows = windows(10, 1000, 1000, func(i int) int64 { return int64(i / 9 * 5000) })
		}, "yes", ""},
		{"too short for a trend", func(r *result.Trial) { r.Windows = windows(4, 1000, 1000, func(i int) int64 { return int64(200 * i) }) }, "yes", ""},
		{"what comes after the measured part does not count", func(r *result.Trial) {
			r.Windows = windows(14, 1000, 1000, func(i int) int64 { return int64(max(0, i-9) * 5000) })
		}, "yes", ""},
		{"a day", func(r *result.Trial) {
			r.MeasureNs = 24 * int64(time.Hour)
			r.Windows = windows(24*3600, 1000, 985, level)
		}, "no", "the backlog grew by 15/s"},
	}
	for _, tt := range tests {
		r := trusted()
		r.Verdict.Trust, r.Rates.OfferedPerS = result.TrustOK, 1000
		r.Plan = searching(produceOnly("1/s", 0, 10*time.Second), false, "response_p99 <= 20ms").Scenario
		r.Search = &result.Search{Phase: "bisect", RatePerS: 1000}
		tt.change(r)
		pass, why := judgeStep(r)
		got := "unknown"
		if pass != nil {
			got = map[bool]string{true: "yes", false: "no"}[*pass]
		}
		if got != tt.pass || why != tt.says {
			t.Errorf("%s: got %s, %q; want %s, %q", tt.why, got, why, tt.pass, tt.says)
		}
	}
}

// stored is a sink that keeps records.
type stored []*result.Trial

func (*stored) Journal(*result.Trial) (*result.Journal, error) { return nil, errors.ErrUnsupported }
func (k *stored) Trial(t *result.Trial, _ *meter.Meter) error  { *k = append(*k, t); return nil }

// A trusting course judges trials as carryOut does: the machine's counters are of another clock's time.
type trusting struct{ Course }

func (c trusting) Done(t *result.Trial) {
	of := *t
	of.Usage = host.Usage{HiccupP99Ns: t.Usage.HiccupP99Ns, StillNs: t.Usage.StillNs}
	t.Verdict = judge(&of, false)
	c.Course.Done(t)
}

// TestFindsTheBuffersRate: a broker that answers after 100 ms, and a client that holds 100 records, take 1,000 a second.
func TestFindsTheBuffersRate(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := searching(produceOnly("1/s", 500*time.Millisecond, 5*time.Second), false, "response_p99 <= 200ms")
		c.Scenario.Load.FindMax.Precision = 0.2 // each trial takes a while with the race detector
		sampler := host.NewSampler()
		defer sampler.Close()
		e := &Env{Drivers: []driver.Driver{fake{Driver: null.New(), delay: 100 * time.Millisecond, buffer: 100}}, Sampler: sampler, pacer: pace.NewSleeping}
		var k stored
		if err := e.Follow(context.Background(), trusting{Listed(planOf(1, c))}, "run", false, &k); err != nil {
			t.Fatal(err)
		}
		all := result.Searches(k)
		if len(all) != 1 || all[0].Open || !all[0].Confirmed || all[0].Pass < 830 || all[0].Pass > 1010 || all[0].Unstable != "" {
			t.Fatalf("got %+v", all)
		}
		if all[0].Why == "" || all[0].Trials > 14 || len(k) != all[0].Trials {
			t.Errorf("got %d trials and %d records, and %q above", all[0].Trials, len(k), all[0].Why)
		}
	})
}
