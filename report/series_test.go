package report

import (
	"encoding/json"
	"math"
	"slices"
	"strings"
	"testing"

	"kbench/internal/result"
)

// TestSeriesOfShortSeconds holds rates to the length of their seconds: the first and the last of a trial may be parts of one.
func TestSeriesOfShortSeconds(t *testing.T) {
	t.Parallel()
	trial := newTrial("base", 1, withSeconds(0, 4), func(t *result.Trial) {
		t.WarmupNs, t.MeasureNs = 500e6, 3250e6 // windows from -1 on, of 0.5 s, 1 s, 1 s, 1 s and 0.25 s
		first := t.Windows[0]
		first.Index = -1
		t.Windows = append([]result.Window{first}, t.Windows...)
		for i, part := range []float64{0.5, 1, 1, 1, 0.25} {
			w := &t.Windows[i]
			w.Scheduled, w.Failed, w.AckedPerS = int64(50_000*part), int64(1000*part), 49_000
		}
	})
	for _, most := range []int{10, 3, 1} {
		s := seriesOf(trial, most)
		for i, c := range s.Columns {
			want := map[string]float64{"scheduled_per_s": 50_000, "failed_per_s": 1000, "acked_per_s": 49_000}[c.Metric]
			for j, v := range s.Values[i] {
				if want > 0 && math.Abs(v-want) > 1e-6 {
					t.Errorf("in %d points: %s at %d is %v, want %v", most, c.Head, s.AtS[j], v, want)
				}
			}
		}
	}
	trial.MeasureNs = 2e9 // what lies beyond the measured part has no rate
	s := seriesOf(trial, 10)
	if last := s.Values[0][len(s.AtS)-1]; !math.IsNaN(last) {
		t.Errorf("a second after the end has the rate %v", last)
	}
}

// failing gives seconds that have them lower bounds.
func failing(seconds ...int) change {
	return func(t *result.Trial) {
		for i := range t.Windows {
			if w := &t.Windows[i]; slices.Contains(seconds, w.Index) {
				w.Failed, w.Acked = 9000, w.Acked-9000
				w.Latency[result.Response].AtLeast = []string{"p90", "p99", "max"}
			}
		}
	}
}

// TestSeriesLowerBounds holds that the mark of a lower bound is wherever its number is.
func TestSeriesLowerBounds(t *testing.T) {
	t.Parallel()
	run := newRun(result.StatusComplete, []string{"acks=1", "acks=all"}, 1, newTrial("acks=1", 1, withSeconds(2, 8), failing(3, 4)), newTrial("acks=all", 1, withSeconds(2, 8)))
	for _, tt := range []struct {
		most int
		want []int // of the points
	}{{10, []int{5, 6}}, {5, []int{2, 3}}, {1, []int{1}}} {
		s := seriesOf(run.Trials[0], tt.most)
		for i, c := range s.Columns {
			var want []int
			if c.Head == "response p99" {
				want = tt.want
			}
			if !slices.Equal(s.AtLeast[i], want) {
				t.Errorf("in %d: lower bounds of %s are %v, want %v", tt.most, c.Head, s.AtLeast[i], want)
			}
		}
	}
	r, err := New(run)
	if err != nil {
		t.Fatal(err)
	}
	charts := r.Charts()
	for _, row := range charts.Seconds[0].Table.Rows {
		if got := row.Cells[3].Number.AtLeast && row.Cells[2].Number.AtLeast; got != (row.Case == "acks=1") {
			t.Errorf("%s: the slowest second is a lower bound: %v", row.Case, got)
		}
	}
	if says := charts.Seconds[0].Says; !strings.Contains(says, "is a lower bound") {
		t.Errorf("the caption does not say what is hollow: %s", says)
	}
	if says := secondsSection(r, charts).Over.Says; !strings.Contains(says, "A hollow point, ≥ in the table, is a lower bound") {
		t.Errorf("nor does the text over one trial: %s", says)
	}
	data, err := newPageData(nil, charts.Series)
	if err != nil {
		t.Fatal(err)
	}
	var d struct {
		Series []map[string]any
	}
	if err := json.Unmarshal(data, &d); err != nil {
		t.Fatal(err)
	}
	if d.Series[0]["at_least"] == nil || d.Series[1]["at_least"] != nil {
		t.Errorf("the page's numbers have the lower bounds %v and %v", d.Series[0]["at_least"], d.Series[1]["at_least"])
	}
	plain := newPlainSeries(&charts.Series[0])
	column := slices.Index(plain.Heads, "response p99")
	for i, row := range plain.Rows {
		if got, want := strings.HasPrefix(row[column], "≥ "), i == 5 || i == 6; got != want {
			t.Errorf("without scripts second %s is %q", row[0], row[column])
		}
	}
}

// TestMarksHaveBothTimes: the axis counts from the measured part, the tables of events and faults from the trial's start.
func TestMarksHaveBothTimes(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		why    string
		warmup float64
		want   string
	}{
		{"with a warm-up", 5, "10.0 s (15.0 s after the trial's start)"},
		{"without one both are the same", 0, "10.0 s"},
	} {
		if got := (Mark{AtS: 10}).when(tt.warmup); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.why, got, tt.want)
		}
	}
	r, err := New(newRun(result.StatusComplete, []string{"acks=1"}, 1, newTrial("acks=1", 1, withSeconds(5, 25), killed(3e9, nil))))
	if err != nil {
		t.Fatal(err)
	}
	if s := r.Charts().Series[0]; newPlainSeries(&s).Marks[0] != "5.00 s (10.0 s after the trial's start): fault 1: kill node 1, the leader" {
		t.Errorf("got %q", newPlainSeries(&s).Marks[0])
	}
	for name, caption := range map[string]string{"faults": r.Faults.Caption, "events": r.Events.Caption} {
		if !strings.Contains(caption, "from the trial's start, warm-up included") {
			t.Errorf("the table of %s does not say from where its times count: %s", name, caption)
		}
	}
}

// TestLagOverTime: how far consumers were behind is drawn, in the drain too, where they have been asked.
func TestLagOverTime(t *testing.T) {
	t.Parallel()
	lagging := func(t *result.Trial) {
		for i := range t.Windows {
			t.Windows[i].ConsumerLag = new(int64(100 * i))
		}
		t.Windows[1].ConsumerLag = nil
		t.Windows = append(t.Windows, result.Window{Index: int(t.MeasureNs / 1e9), ConsumerLag: new(int64(5000))})
	}
	trial := newTrial("base", 1, withSeconds(0, 20), paused(2), lagging)
	for _, tt := range []struct {
		why  string
		most int
		want []float64 // NaN is -1
	}{
		{"a point a second", 30, []float64{0, -1, 200, 300, 5000}},
		{"the highest of several", 1, []float64{5000}},
	} {
		s := seriesOf(trial, tt.most)
		i := slices.IndexFunc(s.Columns, func(c Column) bool { return c.Metric == "consumer_lag" })
		if i < 0 {
			t.Fatalf("%s: no lag among %v", tt.why, s.Columns)
		}
		got := slices.Clone(s.Values[i])
		if len(got) > 5 {
			got = append(got[:4:4], got[len(got)-1])
		}
		for j, v := range got {
			if math.IsNaN(v) {
				got[j] = -1
			}
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s: got %v, want %v", tt.why, got, tt.want)
		}
	}
	for _, c := range seriesOf(newTrial("base", 1, withSeconds(0, 20)), 30).Columns {
		if c.Metric == "consumer_lag" {
			t.Error("nobody was asked for the lag, and it has a column")
		}
	}
	r, err := New(newRun(result.StatusComplete, []string{"base"}, 1, trial))
	if err != nil {
		t.Fatal(err)
	}
	text := ofRecords(render(t, "html", r))
	for _, want := range []string{`id="over-lag"`, "consumer_lag", "<th>consumer lag", "<td>5,000", "of each fault and of each pause of the consumers", "pauses of consumers and events"} {
		if !strings.Contains(text, want) {
			t.Errorf("the page does not have %s", want)
		}
	}
}

// TestPageHasTimeline: the page has all that the table over time tells.
func TestPageHasTimeline(t *testing.T) {
	t.Parallel()
	r, err := New(runs()["profile"])
	if err != nil {
		t.Fatal(err)
	}
	text := ofRecords(render(t, "html", r))
	_, section, _ := strings.Cut(text, `<section id="time"`)
	section, _, _ = strings.Cut(section, "</section>")
	for _, want := range []string{`aria-label="Over time by case"`, ">behind</th>", ">lag</th>"} {
		if !strings.Contains(section, want) {
			t.Errorf("its section over time does not have %s", want)
		}
	}
}
