package metrics

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
	dto "github.com/prometheus/client_model/go"

	"kbench/internal/meter"
)

// A load is a trial that a test feeds a collector with.
type load struct {
	meter *meter.Meter
	shard *meter.Shard
}

// newLoad returns one whose warm-up is of a second.
func newLoad() load {
	m := meter.New(meter.Config{From: time.Second, To: math.MaxInt64})
	return load{m, m.NewShard(new(sync.Mutex))}
}

// records adds n of them, due at an instant and acknowledged after a response; every tenth is read too.
func (l load) records(n int, due, response time.Duration) {
	for i := range n {
		l.shard.Sent(due, due+time.Microsecond, time.Microsecond)
		l.shard.Acked(due, due+time.Microsecond, due+response, 100)
		if i%10 == 0 {
			l.shard.Seen(due, due, due+2*response, 100)
		}
	}
	l.meter.Harvest(math.MaxInt64)
}

// sample is what is known of the load.
func (l load) sample(name string) Sample {
	return Sample{Scenario: "s", Case: name, Cluster: "kafka", Trial: 1, Trials: 2, Meter: l.meter}
}

// gather returns the metrics by name, as a scrape gets them, checked against their own descriptions.
func gather(t *testing.T, c *Collector) map[string]*dto.MetricFamily {
	t.Helper()
	r := prometheus.NewPedanticRegistry()
	if err := r.Register(c); err != nil {
		t.Fatal(err)
	}
	families, err := r.Gather()
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]*dto.MetricFamily{}
	for _, f := range families {
		out[f.GetName()] = f
	}
	return out
}

// one returns the metric of a family that has these labels, written a=b; nil where there is none.
func one(f *dto.MetricFamily, labels ...string) *dto.Metric {
	for _, m := range f.GetMetric() {
		n := 0
		for _, l := range m.GetLabel() {
			for _, want := range labels {
				if l.GetName()+"="+l.GetValue() == want {
					n++
				}
			}
		}
		if n == len(labels) {
			return m
		}
	}
	return nil
}

func TestCollector(t *testing.T) {
	t.Parallel()
	c := New("v1", time.Unix(0, 0))
	first := newLoad()
	first.records(50, 0, time.Millisecond)
	first.records(300, 2*time.Second, 5*time.Millisecond)
	first.shard.Failed(2 * time.Second)
	first.meter.Harvest(math.MaxInt64)
	s := first.sample("a")
	offered, lag := 300.0, int64(7)
	s.OfferedPerS, s.ConsumerLag, s.Failed = &offered, &lag, map[string]int64{"TIMED_OUT": 1}
	c.Observe(s)
	c.Observe(s) // the same once more changes nothing
	for _, tt := range []struct {
		why    string
		name   string
		labels []string
		want   float64
	}{
		{"due in the measured part", "kbench_records_scheduled_total", []string{"case=a", "part=measured"}, 300},
		{"and in the warm-up", "kbench_records_scheduled_total", []string{"case=a", "part=warmup"}, 50},
		{"acked", "kbench_records_acked_total", []string{"scenario=s", "case=a", "part=measured"}, 300},
		{"failed, by class", "kbench_records_failed_total", []string{"part=measured", "class=TIMED_OUT"}, 1},
		{"failed, from the start", "kbench_records_failed_total", []string{"part=measured", "class="}, 0},
		{"failed in the warm-up", "kbench_records_failed_total", []string{"part=warmup", "class="}, 0},
		{"consumed", "kbench_records_consumed_total", []string{"part=measured"}, 30},
		{"bytes", "kbench_acked_bytes_total", []string{"part=measured"}, 30_000},
		{"bytes read", "kbench_consumed_bytes_total", []string{"part=measured"}, 3000},
		{"offered", "kbench_offered_records_per_second", []string{"case=a"}, 300},
		{"behind", "kbench_consumer_lag_records", []string{"case=a"}, 7},
		{"what it is", "kbench_run_info", []string{"version=v1", "scenario=s", "cluster=kafka"}, 1},
		{"the trial", "kbench_trial_number", nil, 1},
		{"of how many", "kbench_trials_planned", nil, 2},
	} {
		m := one(gather(t, c)[tt.name], tt.labels...)
		if m == nil {
			t.Errorf("%s: there is no %s with %v", tt.why, tt.name, tt.labels)
		} else if got := m.GetCounter().GetValue() + m.GetGauge().GetValue(); got != tt.want {
			t.Errorf("%s: %s is %g, want %g", tt.why, tt.name, got, tt.want)
		}
	}

	// Another repeat of the case adds to it, another case does not.
	second, third := newLoad(), newLoad()
	second.records(20, 2*time.Second, time.Millisecond)
	third.records(5, 2*time.Second, time.Millisecond)
	c.Observe(second.sample("a"))
	second.records(30, 3*time.Second, time.Millisecond)
	c.Observe(second.sample("a"))
	c.Observe(third.sample("b"))
	got := gather(t, c)
	acked := got["kbench_records_acked_total"]
	if a, b := one(acked, "case=a", "part=measured"), one(acked, "case=b", "part=measured"); a.GetCounter().GetValue() != 350 || b.GetCounter().GetValue() != 5 {
		t.Errorf("acked %v and %v, want 350 and 5", a, b)
	}
	if got["kbench_consumer_lag_records"] != nil {
		t.Error("a lag that is not known has a value")
	}
	h := one(got["kbench_response_seconds"], "case=a", "part=measured").GetHistogram()
	if want := 300*0.005 + 50*0.001; h.GetSampleCount() != 350 || math.Abs(h.GetSampleSum()-want) > 1e-9 {
		t.Errorf("response: %d in %g s, want 350 in %g s", h.GetSampleCount(), h.GetSampleSum(), want)
	}
	if h := one(got["kbench_e2e_seconds"], "case=b", "part=warmup"); h != nil {
		t.Errorf("a span without values is there: %v", h)
	}
}

// everything returns all that a scrape can hold.
func everything(t *testing.T) []*dto.MetricFamily {
	t.Helper()
	r := prometheus.NewPedanticRegistry()
	c := New("v1", time.Unix(0, 0))
	l := newLoad()
	l.records(10, 2*time.Second, time.Millisecond)
	s := l.sample("a")
	offered, lag := 300.0, int64(7)
	s.OfferedPerS, s.ConsumerLag, s.Failed = &offered, &lag, map[string]int64{"TIMED_OUT": 1}
	c.Observe(s)
	for _, some := range []prometheus.Collector{c, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{})} {
		if err := r.Register(some); err != nil {
			t.Fatal(err)
		}
	}
	families, err := r.Gather()
	if err != nil {
		t.Fatal(err)
	}
	return families
}

// TestLint runs Prometheus's own linter.
func TestLint(t *testing.T) {
	t.Parallel()
	problems, err := promlint.NewWithMetricFamilies(everything(t)).Lint()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("%s: %s", p.Metric, p.Text)
	}
}

// TestLabelsAreBounded has more cases and classes than there may be, and values that are none.
func TestLabelsAreBounded(t *testing.T) {
	t.Parallel()
	c := New("v1", time.Unix(0, 0))
	long := strings.Repeat("\u65e5", 2000)
	names := []string{long + "1", long + "2", "\xff\xfe\"\n{}", ""}
	for i := range 150 {
		names = append(names, fmt.Sprint("case ", i))
	}
	classes := map[string]int64{long: 1}
	for i := range 100 {
		classes[fmt.Sprint("CLASS_", i)] = 1
	}
	for _, name := range names {
		l := newLoad()
		l.shard.Unsent(2 * time.Second) // a record without a latency, whose histogram would be large
		l.meter.Harvest(math.MaxInt64)
		s := l.sample(name)
		s.Failed = classes
		c.Observe(s)
	}
	got := gather(t, c)
	if n := len(got["kbench_records_scheduled_total"].GetMetric()); n != 2*(mostCases+1) {
		t.Errorf("%d series, want %d", n, 2*(mostCases+1))
	}
	sum, failed := 0.0, 0.0
	for _, m := range got["kbench_records_scheduled_total"].GetMetric() {
		sum += m.GetCounter().GetValue()
		for _, l := range m.GetLabel() {
			if len(l.GetValue()) > longest || !utf8.ValidString(l.GetValue()) {
				t.Errorf("the label %q", l)
			}
		}
	}
	if sum != float64(len(names)) {
		t.Errorf("%g were due, want %d: none may be lost", sum, len(names))
	}
	for _, m := range got["kbench_records_failed_total"].GetMetric() {
		failed += m.GetCounter().GetValue()
	}
	if want := float64(len(names) * len(classes)); failed != want || len(got["kbench_records_failed_total"].GetMetric()) > (mostClasses+3)*(mostCases+1) {
		t.Errorf("%g failed in %d series, want %g", failed, len(got["kbench_records_failed_total"].GetMetric()), want)
	}
	if a, b := short(long+"1"), short(long+"2"); a == b || len(a) > longest {
		t.Errorf("%q and %q", a, b)
	}
}

// TestHistogram reads quantiles back off the native histogram, as Prometheus does, and holds them against the meter's.
func TestHistogram(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	l := newLoad()
	for i := range 200_000 {
		due := time.Second + time.Duration(i)*100*time.Nanosecond
		l.shard.Acked(due, due, due+time.Duration(math.Exp(r.NormFloat64()*2)*1e6), 1)
	}
	l.shard.Acked(time.Second, time.Second, time.Second, 1)               // at once
	l.shard.Acked(time.Second, time.Second, time.Second-5, 1)             // earlier: clocks disagree
	l.shard.Acked(time.Second, time.Second, time.Second+2*time.Hour, 1)   // longer than the meter holds
	l.shard.Acked(time.Second, time.Second, time.Second+1, 1)             // the shortest that there is
	l.shard.Acked(time.Second, time.Second, time.Second+1_000_000_000, 1) // where a bucket ends
	l.meter.Harvest(math.MaxInt64)
	c := New("v1", time.Unix(0, 0))
	c.Observe(l.sample("a"))
	h := one(gather(t, c)["kbench_response_seconds"], "part=measured").GetHistogram()
	if h.GetSampleCount() != 200_005 || h.GetZeroCount() != 2 || h.GetSchema() != schema {
		t.Errorf("%d values, %d at zero, schema %d", h.GetSampleCount(), h.GetZeroCount(), h.GetSchema())
	}
	// Spans and deltas, as the protocol has them.
	ends, counts := []float64{0}, []int64{int64(h.GetZeroCount())}
	at, n, delta := int32(0), int64(0), 0
	for _, span := range h.GetPositiveSpan() {
		at += span.GetOffset()
		for range span.GetLength() {
			n += h.GetPositiveDelta()[delta]
			delta++
			ends, counts = append(ends, math.Exp2(float64(at)/(1<<schema))), append(counts, n)
			at++
		}
	}
	st := &l.meter.Measured().Stats[meter.Response]
	for _, q := range []float64{0.01, 0.5, 0.9, 0.99, 0.999} {
		want, _ := st.Quantile(q)
		rank, got := int64(math.Ceil(q*float64(h.GetSampleCount()))), 0.0
		for i := range counts {
			if rank -= counts[i]; rank <= 0 {
				got = ends[i]
				break
			}
		}
		got *= math.Exp2(-0.5 / (1 << schema)) // the middle of the bucket
		if off := math.Abs(got*1e9/float64(want) - 1); off > 0.0125 {
			t.Errorf("quantile %g is %g s, the meter says %g s: off by %.2f %%", q, got, float64(want)/1e9, 100*off)
		}
	}
}

func TestBucket(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		why  string
		d    time.Duration
		want int
	}{
		{"a second ends bucket 0", time.Second, 0},
		{"a little more lies in the next", time.Second + 1, 1},
		{"a little less in the same", time.Second - 1, 0},
		{"twice is a whole round further", 2 * time.Second, 32},
		{"half is one back", 500 * time.Millisecond, -32},
		{"the shortest", 1, int(math.Ceil(math.Log2(1e-9) * 32))},
	} {
		if got := bucket(tt.d); got != tt.want {
			t.Errorf("%s: bucket(%v) is %d, want %d", tt.why, tt.d, got, tt.want)
		}
	}
}

// TestScrapesMeanwhile scrapes while trials go on: no count ever falls, and at last all are there.
func TestScrapesMeanwhile(t *testing.T) {
	t.Parallel()
	c := New("v1", time.Unix(0, 0))
	over := make(chan struct{})
	go func() {
		defer close(over)
		for range 3 {
			l := newLoad()
			for range 5 {
				l.records(10, 2*time.Second, time.Millisecond)
				c.Observe(l.sample("a"))
			}
		}
	}()
	last := 0.0
	for done := false; !done; {
		select {
		case <-over:
			done = true
		default:
		}
		m := one(gather(t, c)["kbench_records_acked_total"], "case=a", "part=measured")
		got := m.GetCounter().GetValue()
		if got < last {
			t.Errorf("acked fell from %g to %g", last, got)
		}
		last = got
	}
	if last != 150 {
		t.Errorf("acked %g at last, want 150", last)
	}
}
