package report

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"
	"testing"

	"kbench/internal/result"
)

// withSeconds gives a trial a window a second, warm-up included, slower every tenth.
func withSeconds(warmup, measured int) change {
	return func(t *result.Trial) {
		t.WarmupNs, t.MeasureNs = int64(warmup)*1e9, int64(measured)*1e9
		for i := -warmup; i < measured; i++ {
			w := result.Window{Index: i, Scheduled: 50_000, Acked: 50_000, Consumed: 50_000, AckedPerS: 50_000 - float64(i%7), ConsumedPerS: 49_990, Latency: map[result.Span]*result.Latency{}}
			median := 3.2e6 * (1 + float64((i+100)%10)/9)
			for _, span := range []result.Span{result.Response, result.E2E} {
				if t.Latency[span] != nil {
					w.Latency[span] = latency(50_000, median)
				}
			}
			t.Windows = append(t.Windows, w)
		}
	}
}

// TestChartsAreTables holds every chart to a table that is whole, and to the same numbers as the tables of the report.
func TestChartsAreTables(t *testing.T) {
	t.Parallel()
	all := runs()
	all["compared"] = experiment(result.Comparison{Pairs: 10}, 10, 0.01)
	all["seconds"] = newRun(result.StatusComplete, []string{"acks=1", "acks=all"}, 1, newTrial("acks=1", 1, withSeconds(5, 20)), newTrial("acks=all", 1, withSeconds(5, 20)))
	kinds := map[Kind]bool{}
	for name, run := range all {
		r, err := New(run)
		if err != nil {
			t.Fatal(err)
		}
		c := r.Charts()
		ids := map[string]bool{}
		for _, chart := range slices.Concat(c.Comparison, c.Searches, c.Cases, c.Times, c.Places, c.Seconds) {
			kinds[chart.Kind] = true
			if ids[chart.ID] || !regexp.MustCompile(`^[a-z0-9-]+$`).MatchString(chart.ID) {
				t.Errorf("%s: the id %q is no id, or another's too", name, chart.ID)
			}
			ids[chart.ID] = true
			if len(chart.Table.Rows) == 0 || chart.Rows == 0 || chart.Rows > len(chart.Table.Rows) || len(chart.Draw) == 0 || chart.Title == "" || chart.Says == "" {
				t.Errorf("%s: %s has nothing to draw, or says nothing", name, chart.ID)
			}
			for _, i := range chart.Draw {
				if chart.Table.Columns[i].Metric == "" {
					t.Errorf("%s: %s draws the words of %q", name, chart.ID, chart.Table.Columns[i].Head)
				}
			}
			for _, row := range chart.Table.Rows {
				if len(row.Cells) != len(chart.Table.Columns) {
					t.Fatalf("%s: %s has %d cells for %d columns", name, chart.ID, len(row.Cells), len(chart.Table.Columns))
				}
				for i, cell := range row.Cells {
					agrees(t, name+": "+chart.ID, r.Result, row.Case, chart.Table.Columns[i].Metric, cell)
				}
			}
		}
	}
	for _, kind := range []Kind{KindTradeOff, KindBars, KindStack, KindPercentiles, KindLoad, KindSteps, KindDifferences, KindSmall} {
		if !kinds[kind] {
			t.Errorf("no run has a chart of the kind %s", kind)
		}
	}
}

// agrees holds a number to the one that the table of results has for the same case and metric, if it has it.
func agrees(t *testing.T, what string, results Table, caseName, metric string, cell Cell) {
	t.Helper()
	column := slices.IndexFunc(results.Columns, func(c Column) bool { return metric != "" && c.Metric == metric && !c.Total })
	row := slices.IndexFunc(results.Rows, func(r Row) bool { return r.Case == caseName })
	if column < 0 || row < 0 || cell.Number == nil || strings.Contains(what, "curve") || strings.Contains(what, "steps") {
		return
	}
	if want := results.Rows[row].Cells[column].Number; want == nil || *want != *cell.Number {
		t.Errorf("%s: %s of %s is %v, in the table of results %v", what, metric, caseName, *cell.Number, want)
	}
}

func TestFrontier(t *testing.T) {
	t.Parallel()
	number := func(low, high float64) *Number {
		return &Number{Value: (low + high) / 2, Min: low, Max: high, Repeats: 3}
	}
	row := func(name string, rate, latency *Number, trust string) Row {
		return Row{Case: name, Cells: []Cell{{Text: name}, {Number: rate}, {Number: latency}, {}, {Text: trust}}}
	}
	atLeast := number(1, 2)
	atLeast.AtLeast = true
	rows := []Row{
		row("fast", number(10, 11), number(1, 2), "ok"),
		row("much", number(20, 21), number(5, 6), "ok"),
		row("neither", number(9, 9.5), number(5, 6), "ok"),
		row("overlaps fast", number(10.5, 12), number(1.5, 2.5), "ok"),
		row("untrusted", number(90, 91), number(0.1, 0.2), "invalid in 1 of 3"),
		row("a bound", number(90, 91), atLeast, "ok"),
		row("as much, slower", number(19, 22), number(7, 8), "ok"),
		row("one trial", one(99), one(0.1), "ok"),
		row("kept up", number(14.99, 15), number(3, 4), "ok"),
		row("kept up a little better", number(14.995, 15.001), number(4.5, 4.9), "ok"),
		row("kept up better, in each repeat", number(15.001, 15.01), number(4.5, 4.9), "ok"),
	}
	asked := number(15, 15)
	frontier(rows, map[string]*Number{"kept up": asked, "kept up a little better": asked, "kept up better, in each repeat": asked})
	var got []string
	for _, r := range rows {
		if r.Cells[3].Text == "yes" {
			got = append(got, r.Case)
		}
	}
	if want := []string{"fast", "much", "overlaps fast", "kept up"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestChartsSayTrust holds every picture of cases to saying which can't be trusted.
func TestChartsSayTrust(t *testing.T) {
	t.Parallel()
	full := func(t *result.Trial) {
		withSeconds(1, 3)(t)
		t.Breakdown, t.Partitions = breakdown("confluent", 1), []result.Partition{{Partition: 0, Acked: 1}, {Partition: 1, Acked: 2}}
	}
	r, err := New(newRun(result.StatusComplete, []string{"acks=0", "acks=all"}, 1, newTrial("acks=0", 1, full, invalid), newTrial("acks=all", 1, full)))
	if err != nil {
		t.Fatal(err)
	}
	c := r.Charts()
	for _, chart := range slices.Concat(c.Cases, c.Times, c.Places, c.Seconds) {
		last := len(chart.Table.Columns) - 1
		if chart.Table.Columns[last].Head != "trust" {
			t.Errorf("%s says nothing of trust", chart.ID)
			continue
		}
		for _, row := range chart.Table.Rows {
			if got, want := row.Cells[last].Text, map[string]string{"acks=0": "invalid", "acks=all": "ok"}[row.Case]; got != want {
				t.Errorf("%s: %s is %q, want %q", chart.ID, row.Case, got, want)
			}
		}
		if !strings.Contains(chart.Says, "A star means") {
			t.Errorf("%s does not say what a star means: %s", chart.ID, chart.Says)
		}
	}
	if len(c.Times) < 2 || len(c.Places) != 1 || len(c.Seconds) != 1 {
		t.Errorf("%d charts of times, %d of partitions, %d of seconds", len(c.Times), len(c.Places), len(c.Seconds))
	}
}

// TestMaximumHasItsRank: a maximum is drawn at one record of so many, which the table has and the picture doesn't.
func TestMaximumHasItsRank(t *testing.T) {
	t.Parallel()
	r, err := New(acksRun())
	if err != nil {
		t.Fatal(err)
	}
	for _, chart := range r.Charts().Cases {
		i := slices.IndexFunc(chart.Table.Columns, func(c Column) bool { return c.Metric == countMetric })
		if (chart.Kind == KindPercentiles) != (i >= 0) || slices.Contains(chart.Draw, i) {
			t.Errorf("%s: the number of records is column %d, and %v are drawn", chart.ID, i, chart.Draw)
		}
		for _, row := range chart.Table.Rows {
			if i >= 0 && (row.Cells[i].Number == nil || row.Cells[i].Number.Value != 1e6) {
				t.Errorf("%s: %s is of %v records, want a million", chart.ID, row.Case, row.Cells[i].Number)
			}
		}
	}
}

func TestChartsAreBounded(t *testing.T) {
	t.Parallel()
	var cases []string
	var trials []*result.Trial
	for i := range 60 {
		name := fmt.Sprintf("linger=%dms", i)
		cases, trials = append(cases, name), append(trials, newTrial(name, 1))
	}
	r, err := New(newRun(result.StatusComplete, cases, 1, trials...))
	if err != nil {
		t.Fatal(err)
	}
	for _, chart := range r.Charts().Cases {
		want := map[Kind]int{KindTradeOff: 60, KindBars: maxBars, KindPercentiles: maxLines}[chart.Kind]
		if chart.Rows != want || len(chart.Table.Rows) != 60 || (want < 60) != strings.Contains(chart.Says, fmt.Sprintf("the first %d of 60", want)) {
			t.Errorf("%s draws %d of %d rows, want %d, and says: %s", chart.ID, chart.Rows, len(chart.Table.Rows), want, chart.Says)
		}
	}
}

// TestSeries holds that what is put together hides no slow second, and mixes no warm-up in.
func TestSeries(t *testing.T) {
	t.Parallel()
	trial := newTrial("base", 1, withSeconds(5, 25), killed(3e9, nil))
	trial.Windows[12].Latency[result.Response].P99Ns = new(int64(9e9))
	trial.Windows[3].Latency[result.Response] = nil
	for _, tt := range []struct {
		most, each, points int
	}{{30, 1, 30}, {15, 2, 16}, {10, 3, 11}, {1, 30, 2}} {
		s := seriesOf(trial, tt.most)
		if s.EachS != tt.each || len(s.AtS) != tt.points || !slices.Contains(s.AtS, 0) {
			t.Errorf("in %d: %d points of %d seconds at %v", tt.most, len(s.AtS), s.EachS, s.AtS)
		}
		p99 := slices.IndexFunc(s.Columns, func(c Column) bool { return c.Head == "response p99" })
		produced := slices.IndexFunc(s.Columns, func(c Column) bool { return c.Head == "produced" })
		slowest, sum := 0.0, 0.0
		for j := range s.AtS {
			if v := s.Values[p99][j]; !math.IsNaN(v) {
				slowest = max(slowest, v)
			}
			sum += s.Values[produced][j] / float64(len(s.AtS))
		}
		if slowest != 9e9 || sum < 49_990 || sum > 50_010 {
			t.Errorf("in %d: the slowest second is %v, the mean rate %v", tt.most, slowest, sum)
		}
	}
	s := seriesOf(trial, 100)
	if v := s.Values[slices.IndexFunc(s.Columns, func(c Column) bool { return c.Head == "response p99" })][3]; !math.IsNaN(v) {
		t.Errorf("a second without a number has %v", v)
	}
	if len(s.Marks) != 2 || len(s.Shades) != 2 || s.Shades[0].FromS != 5.002 || s.Shades[0].ToS != 15.004 {
		t.Errorf("marks %v, shades %v", s.Marks, s.Shades)
	}
	names := []string{seriesName(newTrial("a", 2, invalid)), seriesName(newTrial("a", 1, failed("x"))), seriesName(searchRun().Trials[1])}
	if want := []string{"a, repeat 2 (invalid)", "a, repeat 1 (failed)", "acks=1, search 1, step 2"}; !slices.Equal(names, want) {
		t.Errorf("got %q, want %q", names, want)
	}
}
