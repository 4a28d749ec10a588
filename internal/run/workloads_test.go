package run

import (
	"context"
	"errors"
	"reflect"
	"slices"
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
	"kbench/internal/unit"
)

// beside is a case of two workloads: one with 1,000 records a second to a broker that answers after 4 ms, and one with 5,000 to one that
// takes 20 ms.
func beside() *scenario.Case {
	c := produceOnly("1k/s", 2*time.Second, 10*time.Second)
	for _, w := range []struct {
		name string
		rate unit.Rate
	}{{"steady", 1e3 * unit.PerSecond}, {"heavy", 5e3 * unit.PerSecond}} {
		producer := *c.Scenario.Producer
		producer.Client = w.name
		l := c.Scenario.Load
		l.Rate = w.rate
		c.Scenario.Workloads = append(c.Scenario.Workloads, scenario.Workload{Name: w.name, Topic: c.Scenario.Topic, Load: l, Producer: &producer, Message: c.Scenario.Message})
	}
	return c
}

// A named fake is the client of one workload.
type named struct {
	fake

	name string
	fail error // of opening a producer; nil for none
	wait bool  // for the context to end, when opening a producer
}

func (n named) Name() string { return n.name }

func (n named) NewProducer(ctx context.Context, c driver.Cluster, p driver.ProducerConfig, ack driver.AckFunc) (driver.Producer, error) {
	if n.wait {
		<-ctx.Done()
		return nil, &driver.Error{Class: driver.ErrCanceled, Msg: "no answer from a:9092"}
	}
	if n.fail != nil {
		return nil, n.fail
	}
	return n.fake.NewProducer(ctx, c, p, ack)
}

func besideEnv(t *testing.T, heavy named) *Env {
	t.Helper()
	sampler := host.NewSampler()
	t.Cleanup(sampler.Close)
	steady := named{fake: fake{Driver: null.New(), delay: 4 * time.Millisecond}, name: "steady"}
	heavy.name, heavy.Driver = "heavy", null.New()
	return &Env{Drivers: []driver.Driver{steady, heavy}, Sampler: sampler, pacer: pace.NewSleeping}
}

func TestWorkloadsSideBySide(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := besideEnv(t, named{fake: fake{delay: 20 * time.Millisecond}})
		var mu sync.Mutex // guards told: several goroutines tell
		var told []Progress
		var seen int64
		e.Progress = func(p Progress) {
			mu.Lock()
			defer mu.Unlock()
			told = append(told, p)
		}
		e.Observe = func(_ Progress, m *meter.Meter) { seen = m.Measured().Acked }
		r, m := e.Trial(t.Context(), beside(), Position{Run: "run", Number: 1, Of: 1, Repeat: 1})
		defer func() { _ = m.Close() }()
		if r.Status != result.StatusOK || len(r.Workloads) != 2 {
			t.Fatalf("status %s (%s), %d workloads", r.Status, r.Failure, len(r.Workloads))
		}
		steady, heavy := r.Workloads[0], r.Workloads[1]
		if steady.Counts.Acked != 10_000 || heavy.Counts.Acked != 50_000 || r.Counts.Acked != 60_000 || r.WarmupCounts.Acked != 12_000 || seen != 60_000 {
			t.Errorf("acked %d and %d, together %d, in warm-up %d, observed %d", steady.Counts.Acked, heavy.Counts.Acked, r.Counts.Acked, r.WarmupCounts.Acked, seen)
		}
		for _, tt := range []struct {
			of   *result.Trial
			want float64
		}{{steady, 4}, {heavy, 20}} {
			if got := ms(tt.of.Latency[result.Response].P99Ns); !near(got, tt.want, 1) {
				t.Errorf("%s: response p99 is %.3f ms, want %v", tt.of.Workload, got, tt.want)
			}
		}
		whole := r.Latency[result.Response]
		if whole.Count != 60_000 || !near(float64(*whole.MinNs)/1e6, 4, 1) || !near(ms(whole.P99Ns), 20, 1) || !near(*whole.MeanNs/1e6, 104./6, 1) {
			t.Errorf("together the response is %+v, want 60000 of 4 to 20 ms", whole)
		}
		if steady.Start != heavy.Start || r.Start != steady.Start || len(r.Windows) != 12 || r.Windows[3].Scheduled != 6000 || r.Windows[3].AckedPerS != 6000 {
			t.Errorf("starts %s and %s, %d windows: %+v", steady.Start, heavy.Start, len(r.Windows), r.Windows[3])
		}
		if r.Rates.OfferedPerS != 6000 || steady.ID == heavy.ID && steady.ID == "" || steady.Cost.CPUNsPerRecord != nil {
			t.Errorf("rates are %+v, cost of one %+v", r.Rates, steady.Cost)
		}
		sums := slices.DeleteFunc(slices.Clone(told), func(p Progress) bool { return p.OfferedPerS == nil || *p.OfferedPerS != 6000 || p.P99Ns == nil })
		if len(sums) < 5 {
			t.Errorf("%d of %d times the progress was of both", len(sums), len(told))
		}
	})
}

// TestSecondsTogetherCountFailures: what failed in one workload is longer than all that completed in any, second by second too.
func TestSecondsTogetherCountFailures(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := beside()
		c.Scenario.Workloads[1].Producer.OnFull = driver.OnFullFail
		heavy := named{fake: fake{delay: 20 * time.Millisecond, stall: 5 * time.Second, until: 6500 * time.Millisecond, buffer: 300, fail: true}}
		r, m := besideEnv(t, heavy).Trial(t.Context(), c, Position{Run: "run", Number: 1, Of: 1, Repeat: 1})
		defer func() { _ = m.Close() }()
		marked := 0
		for _, w := range r.Windows {
			l := w.Latency[result.Response]
			got, want := slices.Contains(l.AtLeast, "p99"), 100*w.Failed > w.Scheduled
			if got != want || l.Count != w.Acked {
				t.Errorf("second %d: %d of %d failed, and its p99 is a lower bound: %v", w.Index, w.Failed, w.Scheduled, got)
			}
			if got {
				marked++
			}
		}
		if marked == 0 {
			t.Errorf("no second has a lower bound; failed are %d", r.Counts.Failed)
		}
	})
}

// One that can't begin ends those that are ready and wait for it.
func TestWorkloadThatDoesNotBegin(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		why  string
		wait bool
		fail error
		want string
	}{
		{"the other one is ready", false, errors.New("no such broker"), "heavy: open producer 1: no such broker"},
		{"the other one is still opening its client", true, errors.New("no such broker"), "heavy: open producer 1: no such broker"},
		{"what fails has the class of what is ended", true, &driver.Error{Class: driver.ErrCanceled, Msg: "by the brokers"}, "heavy: open producer 1: CANCELED: by the brokers"},
	} {
		t.Run(tt.why, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				e := besideEnv(t, named{fail: tt.fail})
				steady, _ := e.Drivers[0].(named)
				steady.wait = tt.wait
				e.Drivers[0] = steady
				r, m := e.Trial(t.Context(), beside(), Position{Run: "run", Number: 1, Of: 1, Repeat: 1})
				defer func() { _ = m.Close() }()
				if r.Status != result.StatusFailed || r.Counts.Acked != 0 || r.Verdict.Trust != result.TrustInvalid ||
					r.Failure != tt.want || r.Workloads[0].Failure != errOthers.Error() {
					t.Errorf("status %s, %d acked, trust %s: %s", r.Status, r.Counts.Acked, r.Verdict.Trust, r.Failure)
				}
			})
		})
	}
}

// Whoever interrupts, interrupts all of them.
func TestWorkloadsInterrupted(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithTimeout(t.Context(), 5*time.Second)
		defer stop()
		r, m := besideEnv(t, named{fake: fake{delay: time.Millisecond}}).Trial(ctx, beside(), Position{Run: "run", Number: 1, Of: 1, Repeat: 1})
		defer func() { _ = m.Close() }()
		if r.Status != result.StatusInterrupted || r.Failure != "interrupted" || r.Counts.Acked < 16_000 || r.Counts.Acked > 18_100 {
			t.Errorf("status %s (%s), %d acked, want about 18000", r.Status, r.Failure, r.Counts.Acked)
		}
	})
}

// A kbench that is killed leaves the totals of all workloads together.
func TestWorkloadsJournal(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		folder, err := result.Create(t.TempDir(), "test", time.Now(), result.Manifest{})
		if err != nil {
			t.Fatal(err)
		}
		e, done := besideEnv(t, named{fake: fake{delay: 20 * time.Millisecond}}), make(chan struct{})
		go func() {
			defer close(done)
			_, m := e.Trial(t.Context(), beside(), Position{Run: folder.Name(), Number: 1, Of: 1, Repeat: 1, Journal: folder.Journal})
			_ = m.Close()
		}()
		<-time.After(startDelay + 7500*time.Millisecond)
		cut, err := result.Open(folder.Path())
		<-done
		if err != nil || len(cut.Trials) != 1 {
			t.Fatalf("%v: %+v", err, cut)
		}
		r := cut.Trials[0]
		if r.Status != result.StatusInterrupted || r.MeasureNs != 5e9 || r.Counts.Scheduled != 30_000 || r.WarmupCounts.Acked != 12_000 || !near(r.Rates.AckedPerS, 6000, 30) {
			t.Errorf("status %s, %d ns, %+v, %+v", r.Status, r.MeasureNs, r.Counts, r.Rates)
		}
		if l := r.Latency[result.Response]; l == nil || !near(ms(l.P50Ns), 20, 1) || !r.Produces() {
			t.Errorf("response is %+v", l)
		}
	})
}

// TestTogether: what the whole has where its workloads differ in what they have.
func TestTogether(t *testing.T) {
	t.Parallel()
	n := func(v int64) *int64 { return &v }
	side := &scenario.Producer{}
	reads := &scenario.Consumer{}
	a := &result.Trial{
		Workload: "a", Plan: scenario.Scenario{Producer: side, Consumer: reads}, Status: result.StatusOK, MeasureNs: 1e9,
		Counts:   result.Counts{Scheduled: 10, Acked: 10, Lost: n(1), Duplicated: n(2), Errors: map[string]int64{"x": 1}},
		Warnings: []string{"both", "mine"}, Verdict: result.Verdict{Trust: result.TrustOK},
		Integrity: []result.Finding{{What: "lost", Count: 1, Level: result.Expected}}, Events: []result.Event{{AtNs: 5, What: "late"}},
	}
	b := &result.Trial{
		Workload: "b", Plan: scenario.Scenario{Producer: side}, Status: result.StatusOK, MeasureNs: 1e9,
		Counts:   result.Counts{Scheduled: 5, Acked: 4, Unresolved: 1, Errors: map[string]int64{"x": 2, "y": 3}},
		Warnings: []string{"both"}, Verdict: result.Verdict{Trust: result.TrustClientBound, Reasons: []string{"slow"}},
		Integrity: []result.Finding{{What: "lost", Count: 4, Level: result.Expected}}, Events: []result.Event{{AtNs: 3, What: "early"}},
	}
	r := &result.Trial{Status: result.StatusOK}
	together(r, meter.New(meter.Config{}), []*result.Trial{a, b})
	want := result.Counts{Scheduled: 15, Acked: 14, Unresolved: 1, Lost: n(1), Duplicated: n(2), Errors: map[string]int64{"x": 3, "y": 3}}
	if !reflect.DeepEqual(r.Counts, want) {
		t.Errorf("counts are %+v, want %+v", r.Counts, want)
	}
	if !reflect.DeepEqual(r.Warnings, []string{"both", "a: mine"}) || r.Verdict.Trust != result.TrustClientBound || !reflect.DeepEqual(r.Verdict.Reasons, []string{"b: slow"}) {
		t.Errorf("warnings %q, verdict %+v", r.Warnings, r.Verdict)
	}
	if len(r.Integrity) != 1 || r.Integrity[0].Count != 5 || len(r.Events) != 2 || r.Events[0].What != "b: early" {
		t.Errorf("findings %+v, events %+v", r.Integrity, r.Events)
	}
	b.Plan.Consumer = reads // and then its account is not known
	r = &result.Trial{Status: result.StatusOK}
	if together(r, meter.New(meter.Config{}), []*result.Trial{a, b}); r.Counts.Lost != nil {
		t.Errorf("lost is %d, where one workload does not know", *r.Counts.Lost)
	}
}

// A span of a part of the records is not one of the whole.
func TestSpansTogether(t *testing.T) {
	t.Parallel()
	m := meter.New(meter.Config{})
	m.Measured().Stats[meter.Response].Observe(time.Millisecond)
	m.Measured().Stats[meter.Service].Observe(time.Millisecond)
	both := map[result.Span]*result.Latency{result.Service: {Count: 1}}
	one := map[result.Span]*result.Latency{result.Service: {Count: 1}, result.Response: {Count: 1}}
	side := scenario.Scenario{Producer: &scenario.Producer{}}
	got := latencyTogether(m.Measured(), []*result.Trial{{Plan: side, Latency: one}, {Plan: side, Latency: both}, {Plan: scenario.Scenario{Consumer: &scenario.Consumer{}}}})
	if got[result.Response] != nil || got[result.Service] == nil {
		t.Errorf("got %v, want service alone", got)
	}
}
