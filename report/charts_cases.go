package report

import (
	"fmt"
	"slices"
	"strings"

	"kbench/internal/result"
)

// A chartSpan is a span of which there are pictures, of the trials in which the table of results has it.
type chartSpan struct {
	span  result.Span
	title string
	only  func(*result.Trial) bool
}

func chartSpans() []chartSpan {
	return []chartSpan{
		{result.Response, "Response", open},
		{result.Service, "Service", closed},
		{result.E2E, "End to end", open},
		{result.E2EService, "End to end from sending", closed},
	}
}

// specs are the numbers of the span that are drawn over percentiles, and of which some make bars.
func (s chartSpan) specs() (out []spec) {
	for _, stat := range []struct{ head, key string }{
		{"p50", "p50"}, {"p90", "p90"}, {"p95", "p95"}, {"p99", "p99"}, {"p99.9", "p999"}, {"p99.99", "p9999"}, {"max", "max"},
	} {
		out = append(out, spec{head: stat.head, metric: s.metric(stat.key), only: s.only})
	}
	return out
}

func (s chartSpan) metric(stat string) string { return string(s.span) + "_" + stat }

// repeatsSay holds for every picture of cases.
const repeatsSay = "Medians over the repeats; whiskers are their lowest and highest."

// caseCharts draws what the cases came to: throughput against latency, then each alone.
func caseCharts(groups []*group) (out []Chart) {
	throughput := []spec{{head: "produced", metric: "acked_per_s"}, {head: "consumed", metric: "consumed_per_s"}}
	rates, _ := pictured(groups, throughput...)
	rates = withNumbers(rates)
	var bars, lines []Chart
	for _, s := range chartSpans() {
		all, without := pictured(groups, s.specs()...)
		if len(all.Rows) == 0 {
			continue
		}
		name := strings.ReplaceAll(string(s.span), "_", " ")
		missing := notDrawn(without, "a "+name+" time")
		few := pick(all, rowLabel, s.metric("p50"), s.metric("p99"), s.metric("p999"))
		if len(out) == 0 && len(rates.Rows) > 0 {
			if c := tradeOff(groups, rates, all, s); c.Rows > 1 { // one point trades nothing
				out = append(out, c)
			}
		}
		bars = append(bars, newChart(string(s.span)+"-bars", KindBars, s.title+" time", "Of 100 records 50 were faster than p50, and 99 than p99."+missing, withNumbers(few), maxBars))
		lines = append(lines, newChart(string(s.span)+"-percentiles", KindPercentiles, s.title+" time by percentile", "Further right are fewer and slower records, on the axis of HdrHistogram's plotter; max is one record, and stands at the rank that it has among so many."+missing, withNumbers(withCounts(groups, all, s)), maxLines))
		lines[len(lines)-1].drop(countMetric)
	}
	if len(rates.Rows) > 0 {
		out = append(out, newChart("throughput", KindBars, "Throughput", "Records a second within the measured part.", rates, maxBars))
	}
	return slices.Concat(out, bars, lines)
}

// countMetric is a column of how many records a span was measured of.
const countMetric = "records"

// withCounts returns a table of a span's numbers, with how many records they are of before the trust.
func withCounts(groups []*group, t Table, s chartSpan) Table {
	counts := map[string]*Number{}
	for _, g := range groups {
		var values []float64
		for _, trial := range g.used {
			if l := trial.Latency[s.span]; l != nil && s.only(trial) {
				values = append(values, float64(l.Count))
			}
		}
		counts[g.name] = median(values, false)
	}
	last := len(t.Columns) - 1
	t.Columns = slices.Insert(slices.Clone(t.Columns), last, Column{Head: "records", Metric: countMetric, Unit: result.UnitRecords})
	rows := make([]Row, len(t.Rows))
	for i, r := range t.Rows {
		rows[i] = Row{Case: r.Case, Cells: slices.Insert(slices.Clone(r.Cells), last, Cell{Number: counts[r.Case]})}
	}
	t.Rows = rows
	return t
}

// withNumbers returns a table without the columns of numbers of which no row has one.
func withNumbers(t Table) Table {
	for i := len(t.Columns) - 1; i >= 0; i-- {
		if t.Columns[i].Metric == "" || slices.ContainsFunc(t.Rows, func(r Row) bool { return r.Cells[i].Number != nil }) {
			continue
		}
		t.Columns = slices.Delete(slices.Clone(t.Columns), i, i+1)
		rows := make([]Row, len(t.Rows))
		for j, r := range t.Rows {
			rows[j] = Row{Case: r.Case, Cells: slices.Delete(slices.Clone(r.Cells), i, i+1)}
		}
		t.Rows = rows
	}
	return t
}

// tradeOff draws throughput against the p99 of a span, from tables of both, and marks the frontier.
func tradeOff(groups []*group, rates, latencies Table, s chartSpan) Chart {
	metric := s.metric("p99")
	at := slices.IndexFunc(latencies.Columns, func(c Column) bool { return c.Metric == metric })
	rate := 1 // of the columns that rates has: what is produced, else what is consumed
	name := strings.ReplaceAll(string(s.span), "_", " ") + " p99"
	t := Table{Columns: []Column{{Head: "case"}, rates.Columns[rate], {Head: name, Metric: metric, Unit: result.UnitNs}, {Head: "frontier"}, {Head: "trust"}}}
	var without []string
	offered, asked := map[string]*Number{}, resolved([]spec{{metric: "offered_per_s"}})[0]
	for _, g := range groups {
		offered[g.name] = asked.number(g)
	}
	for _, r := range rates.Rows {
		i := slices.IndexFunc(latencies.Rows, func(l Row) bool { return l.Case == r.Case })
		if i < 0 || r.Cells[rate].Number == nil || latencies.Rows[i].Cells[at].Number == nil {
			without = append(without, shortName(r.Case))
			continue
		}
		trust := r.Cells[len(r.Cells)-1]
		t.Rows = append(t.Rows, Row{Case: r.Case, Cells: []Cell{{Text: clean(r.Case)}, r.Cells[rate], latencies.Rows[i].Cells[at], {}, trust}})
	}
	frontier(t.Rows, offered)
	says := "More throughput is to the right, faster is down. On the frontier are the cases that no other beats: ahead by one in every repeat, and not behind by the other. " +
		"Cases that kept up with the same rate asked for are equal in throughput. What can't be trusted, lower bounds, and cases of one trial, which does not show how much they vary, are not on it."
	return newChart("trade-off", KindTradeOff, fmt.Sprintf("Throughput against %s", name), says+notDrawn(without, "both numbers"), t, maxPoints)
}

// frontier marks the rows of a trade-off that no other row beats. offered is what each case was asked for.
func frontier(rows []Row, offered map[string]*Number) {
	in := make([]contender, len(rows))
	for i, r := range rows {
		in[i] = contender{r.Case, r.Cells[1].Number, []*Number{r.Cells[2].Number}, offered[r.Case]}
	}
	may := func(i int) bool {
		c := in[i]
		return !c.throughput.AtLeast && !c.rest[0].AtLeast && min(c.throughput.Repeats, c.rest[0].Repeats) > 1 && !strings.Contains(rows[i].Cells[4].Text, result.TrustInvalid)
	}
	beats := func(x, y contender) bool {
		more := 0
		if keptUp(x, y) == "" {
			more, _ = apart(x.throughput, y.throughput)
		}
		slower, _ := apart(x.rest[0], y.rest[0])
		return more-slower > 0 && more >= 0 && slower <= 0
	}
	for i := range rows {
		if !may(i) {
			continue
		}
		beaten := false
		for j := range rows {
			beaten = beaten || may(j) && beats(in[j], in[i])
		}
		if !beaten {
			rows[i].Cells[3].Text = "yes"
		}
	}
}

// timesCharts draws where the time goes, from the tables that tell it.
func timesCharts(groups []*group, tables []Table) (out []Chart) {
	for i, t := range tables {
		t = withTrust(groups, t)
		broker := slices.IndexFunc(t.Columns, func(c Column) bool { return c.Head == "broker" })
		for _, side := range []string{"producer", "consumer"} {
			metrics := []string{side + "_client_queue_mean", side + "_wire_mean", side + "_round_trip_mean"}
			id, title, kind := fmt.Sprintf("times-%d", i+1), "Where the time of "+side+"s goes", KindBars
			says := "Means, as the client library tells; whiskers are the lowest and highest of the repeats."
			label := rowLabel
			switch {
			case broker >= 0:
				title += ", by broker"
				label = func(r Row) string { return clean(r.Case) + ", broker " + r.Cells[broker].Text }
			case side == "producer":
				metrics = append(metrics, "producer_rest_mean")
				kind, says = KindStack, "Parts of the mean service time, as the client library tells; rest is what it does not tell, and may be a little below zero. Medians over the repeats."
			}
			if picked := pick(t, label, metrics...); len(picked.Rows) > 0 && len(picked.Columns) > 2 {
				out = append(out, newChart(id, kind, title, says, picked, maxBars))
			}
		}
	}
	return out
}
