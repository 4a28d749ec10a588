package result

import (
	"flag"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"kbench/internal/scenario"
)

func update() bool { f := flag.Lookup("update"); return f.Value.String() == "true" }

func TestMain(m *testing.M) {
	flag.Bool("update", false, "write the goldens instead of comparing with them")
	os.Exit(m.Run())
}

// TestMetricsGolden pins names, CSV columns, units, directions and the order, which scripts rely on.
func TestMetricsGolden(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	for _, m := range Metrics() {
		b.WriteString(strings.Join([]string{m.Name, m.Column(), m.Unit, []string{"lower", "neither", "higher"}[m.Better+1]}, " ") + "\n")
	}
	if update() {
		write(t, "testdata/metrics.golden", b.String())
	}
	want, err := os.ReadFile("testdata/metrics.golden")
	if err != nil {
		t.Fatal(err)
	}
	if b.String() != string(want) {
		t.Errorf("got\n%s\nwant\n%s", b.String(), want)
	}
	names := Names()
	slices.Sort(names)
	if len(slices.Compact(names)) != len(Metrics()) {
		t.Error("two metrics have one name")
	}
}

// TestMetricsReadTheirField holds that no two metrics read the same number of a trial in which all differ.
func TestMetricsReadTheirField(t *testing.T) {
	t.Parallel()
	trial := filled(t)
	trial.Closed = false
	seen := map[float64]string{}
	for _, span := range Spans() {
		n, l := len(trial.Latency)*100_000, &Latency{} // so that no two spans have a number in common, nor with all else
		fill(t, reflect.ValueOf(l).Elem(), "Latency", &n)
		trial.Latency[span] = l
	}
	for _, m := range Metrics() {
		got, ok := m.Of(trial)
		if !ok || got == 0 {
			t.Errorf("%s: got %v, %v from a trial that has everything", m.Name, got, ok)
		}
		if other, taken := seen[got]; taken {
			t.Errorf("%s reads what %s reads", m.Name, other)
		}
		seen[got] = m.Name
		if _, ok := m.Of(&Trial{}); ok {
			t.Errorf("%s: an empty trial has it", m.Name)
		}
	}
}

func TestMetricsUndefined(t *testing.T) {
	t.Parallel()
	produces := Clients{Producer: &Client{}}
	tests := []struct {
		why, metric string
		trial       Trial
		known       bool
	}{
		{"nothing was measured", "acked_per_s", Trial{Client: produces}, false},
		{"measured, and nothing came through", "acked_per_s", Trial{Client: produces, MeasureNs: 1}, true},
		{"no producer", "acked_per_s", Trial{MeasureNs: 1}, false},
		{"no producer", "failed", Trial{MeasureNs: 1}, false},
		{"no consumer", "consumed", Trial{Client: produces, MeasureNs: 1}, false},
		{"rate max asks for no rate", "offered_per_s", Trial{Client: produces, MeasureNs: 1, Closed: true}, false},
		{"a schedule does", "offered_per_s", Trial{Client: produces, MeasureNs: 1}, true},
		{"not checked", "lost", Trial{Client: produces, MeasureNs: 1}, false},
		{"nothing was scheduled", "failed_ratio", Trial{Client: produces, MeasureNs: 1}, false},
		{"a span that does not exist here", "e2e_p99", Trial{MeasureNs: 1}, false},
		{"a span without samples enough", "e2e_p99", Trial{MeasureNs: 1, Latency: map[Span]*Latency{E2E: {}}}, false},
		{"no group was sampled", "consumer_lag_max", Trial{MeasureNs: 1, Groups: []Group{{}}}, false},
	}
	for _, tt := range tests {
		m, ok := Lookup(tt.metric)
		if !ok {
			t.Fatalf("no metric %s", tt.metric)
		}
		if _, known := m.Of(&tt.trial); known != tt.known {
			t.Errorf("%s: %s: got known %v, want %v", tt.why, tt.metric, known, tt.known)
		}
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	zero, p99, lag := int64(0), int64(20e6), int64(7)
	trial := &Trial{MeasureNs: 1, Counts: Counts{Lost: &zero}, Groups: []Group{{LagMax: &lag}, {}}, Latency: map[Span]*Latency{
		Response: {P99Ns: &p99}, E2E: {P99Ns: &p99, AtLeast: []string{"p99"}}, E2EService: {P99Ns: &p99},
	}}
	tests := []struct {
		why, metric, op string
		value           float64
		ok, known       bool
	}{
		{"at the limit", "response_p99", "<=", 20e6, true, true},
		{"at the limit", "response_p99", "<", 20e6, false, true},
		{"at the limit", "response_p99", ">=", 20e6, true, true},
		{"at the limit", "response_p99", ">", 20e6, false, true},
		{"equal", "lost", "==", 0, true, true},
		{"not equal", "lost", "==", 1, false, true},
		{"not equal", "lost", "!=", 1, true, true},
		{"equal", "lost", "!=", 0, false, true},
		{"largest over the groups", "consumer_lag_max", "<=", 6, false, true},
		{"a lower bound under the limit proves nothing", "e2e_p99", "<=", 30e6, false, true},
		{"a lower bound under the limit proves nothing", "e2e_p99", "<", 30e6, false, true},
		{"a lower bound equals nothing for sure", "e2e_p99", "==", 20e6, false, true},
		{"a lower bound above what is excluded differs from it", "e2e_p99", "!=", 10e6, true, true},
		{"a lower bound below what is excluded may reach it", "e2e_p99", "!=", 30e6, false, true},
		{"a lower bound above the limit is enough", "e2e_p99", ">=", 20e6, true, true},
		{"the other span's bound does not count", "e2e_service_p99", "<=", 20e6, true, true},
		{"null is a miss", "response_p999", "<=", 1e18, false, false},
		{"null is a miss", "response_p999", ">=", 0, false, false},
		{"no such metric", "speed", ">=", 0, false, false},
		{"no such comparison", "lost", "=", 0, false, true},
	}
	for _, tt := range tests {
		ok, _, known := Check(trial, scenario.Threshold{Metric: tt.metric, Op: tt.op, Value: tt.value})
		if ok != tt.ok || known != tt.known {
			t.Errorf("%s: %s %s %v: got ok %v known %v, want %v %v", tt.why, tt.metric, tt.op, tt.value, ok, known, tt.ok, tt.known)
		}
	}
}

func TestSummarize(t *testing.T) {
	t.Parallel()
	tests := []struct {
		why    string
		values []float64
		want   Summary
	}{
		{"nothing", nil, Summary{}},
		{"one", []float64{3}, Summary{1, 3, 3, 3}},
		{"odd", []float64{3, 1, 2}, Summary{3, 2, 1, 3}},
		{"even: between the two in the middle", []float64{4, 1, 3, 2}, Summary{4, 2.5, 1, 4}},
		{"large: the sum of two would overflow", []float64{0x1.8p1023, 0x1p1023}, Summary{2, 0x1.4p1023, 0x1p1023, 0x1.8p1023}},
	}
	for _, tt := range tests {
		before := slices.Clone(tt.values)
		if got := Summarize(tt.values); got != tt.want {
			t.Errorf("%s: got %+v, want %+v", tt.why, got, tt.want)
		}
		if !slices.Equal(before, tt.values) {
			t.Errorf("%s: the values were changed", tt.why)
		}
	}
}
