package report

import (
	"fmt"
	"slices"
	"strings"

	"kbench/internal/result"
)

// A Kind says how a Chart is drawn.
type Kind string

// The kinds of charts. A row is drawn under the text of its first column.
const (
	KindTradeOff    Kind = "tradeoff"    // a point a row: the first number across, the second up, both with the range of the repeats
	KindBars        Kind = "bars"        // a bar a number, with the range of the repeats
	KindStack       Kind = "stack"       // the numbers of a row one behind the other
	KindPercentiles Kind = "percentiles" // a line a row: a point a percentile, where HdrHistogram's plotter has it
	KindLoad        Kind = "load"        // a line a number, over the first number of each row
	KindSteps       Kind = "steps"       // a point a row, by order: its first number, and whether it passed
	KindDifferences Kind = "differences" // the interval of each row, its margin and its pairs
	KindSmall       Kind = "small"       // a small picture a row: the seconds of the case's first Series
)

// A Chart is a picture: the table of its numbers, and how they are drawn. The table is all that a picture is drawn from, so that
// neither can say what the other does not.
type Chart struct {
	ID    string // letters, digits and dashes; no other chart of the report has it
	Kind  Kind
	Title string
	Says  string // what it shows and how to read it
	Table Table
	Draw  []int // the columns that are drawn, beside the first; the others inform
	Rows  int   // of the table that are drawn, from the first
}

// Charts are the pictures of a report.
type Charts struct {
	Comparison []Chart
	Searches   []Chart
	Cases      []Chart
	Times      []Chart
	Places     []Chart // by partition
	Seconds    []Chart // of all cases, small
	Series     []Series
	SeriesLeft int // trials that have seconds and no Series, for want of room
}

// Bounds of what is drawn; tables have the rest. More than these can't be told apart in a picture.
const (
	maxBars   = 40
	maxLines  = 24
	maxPoints = 1000
	maxSmall  = 24
)

// Charts computes the pictures of a report from its records. A Report that New did not make has those of its Comparison alone.
// They share no memory that changes with the report, and may be computed concurrently.
func (r *Report) Charts() *Charts {
	c := &Charts{}
	if r.Comparison != nil {
		c.Comparison = comparisonCharts(r.Comparison)
	}
	if r.run == nil {
		return c
	}
	if r.Searches != nil {
		c.Searches = searchCharts(r.Searches)
	}
	groups := groupByCase(r.Trials)
	c.Cases = caseCharts(groups)
	c.Times = timesCharts(groups, r.Times)
	c.Places = partitionCharts(groups)
	c.Series, c.SeriesLeft = newSeries(result.SplitAll(r.Trials))
	c.Seconds = secondsCharts(groups, c.Series)
	return c
}

// newChart draws the columns of numbers of a table, and its first rows up to most.
func newChart(id string, kind Kind, title, says string, t Table, most int) Chart {
	c := Chart{ID: strings.ReplaceAll(id, "_", "-"), Kind: kind, Title: title, Says: says, Table: t, Rows: min(len(t.Rows), most)}
	for i, column := range t.Columns {
		if column.Metric != "" {
			c.Draw = append(c.Draw, i)
		}
	}
	drawn := t.Rows[:c.Rows]
	if slices.ContainsFunc(drawn, func(r Row) bool {
		return slices.ContainsFunc(c.Draw, func(i int) bool { return r.Cells[i].Number.atLeast() })
	}) {
		c.Says += " What is hollow or open, with a ≥, is a lower bound: the true value is larger."
	}
	if i := slices.IndexFunc(t.Columns, func(c Column) bool { return c.Head == "trust" }); i >= 0 && starred(kind) && slices.ContainsFunc(drawn, func(r Row) bool { return doubted(r.Cells[i].Text) }) {
		c.Says += " A star means that not all trials of the case can be trusted."
	}
	if left := len(t.Rows) - c.Rows; left > 0 {
		c.Says += fmt.Sprintf(" Drawn are the first %d of %d rows; the table has all.", c.Rows, len(t.Rows))
	}
	c.Table.Caption = title
	return c
}

// drop leaves a column to the table: it is not drawn.
func (c *Chart) drop(metric string) {
	c.Draw = slices.DeleteFunc(c.Draw, func(i int) bool { return c.Table.Columns[i].Metric == metric })
}

// starred says whether pictures of a kind name the cases that they draw.
func starred(k Kind) bool { return k != KindLoad && k != KindSteps && k != KindDifferences }

// doubted says whether what stands under trust is a reason not to believe a number.
func doubted(trust string) bool { return trust != "" && trust != result.TrustOK }

// trusts returns what trustOf says, by case.
func trusts(groups []*group) map[string]string {
	out := map[string]string{}
	for _, g := range groups {
		out[g.name] = trustOf(g)
	}
	return out
}

// withTrust returns a table whose last column says how far each row's case can be trusted.
func withTrust(groups []*group, t Table) Table {
	trust := trusts(groups)
	t.Columns = append(slices.Clip(t.Columns), Column{Head: "trust"})
	t.Rows = slices.Clone(t.Rows)
	for i, row := range t.Rows {
		t.Rows[i].Cells = append(slices.Clip(row.Cells), Cell{Text: trust[row.Case]})
	}
	return t
}

// pictured makes a table with a row for each case that has one of the numbers, and returns the names of the cases that have none.
// The last column is the trust.
func pictured(groups []*group, specs ...spec) (t Table, without []string) {
	t.Columns, specs = []Column{{Head: "case"}}, resolved(specs)
	for _, s := range specs {
		m, _ := s.lookup()
		t.Columns = append(t.Columns, Column{Head: s.head, Metric: s.metric, Unit: m.Unit, Total: s.total})
	}
	t.Columns = append(t.Columns, Column{Head: "trust"})
	for _, g := range groups {
		row := Row{Case: g.name, Cells: []Cell{{Text: clean(g.name)}}}
		known := false
		for _, s := range specs {
			n := s.number(g)
			known = known || n != nil
			row.Cells = append(row.Cells, Cell{Number: n})
		}
		if !known {
			without = append(without, shortName(g.name))
			continue
		}
		row.Cells = append(row.Cells, Cell{Text: trustOf(g)})
		t.Rows = append(t.Rows, row)
	}
	return t, without
}

// pick makes a table of some columns of another, by metric, under its rows' cases or what label makes of a row. Columns that the
// other does not have, and rows without a number, are left out.
func pick(from Table, label func(Row) string, metrics ...string) Table {
	t := Table{Columns: []Column{{Head: "case"}}}
	var at []int
	for _, metric := range metrics {
		if i := slices.IndexFunc(from.Columns, func(c Column) bool { return c.Metric == metric }); i >= 0 {
			at, t.Columns = append(at, i), append(t.Columns, from.Columns[i])
		}
	}
	trust := slices.IndexFunc(from.Columns, func(c Column) bool { return c.Head == "trust" })
	if trust >= 0 {
		t.Columns = append(t.Columns, from.Columns[trust])
	}
	for _, row := range from.Rows {
		cells, known := []Cell{{Text: label(row)}}, false
		for _, i := range at {
			known = known || row.Cells[i].Number != nil
			cells = append(cells, Cell{Number: row.Cells[i].Number})
		}
		if !known {
			continue
		}
		if trust >= 0 {
			cells = append(cells, Cell{Text: row.Cells[trust].Text})
		}
		t.Rows = append(t.Rows, Row{Case: row.Case, Cells: cells})
	}
	return t
}

func (n *Number) atLeast() bool { return n != nil && n.AtLeast }

func rowLabel(row Row) string { return clean(row.Case) }

// notDrawn names the cases that a picture does without.
func notDrawn(without []string, why string) string {
	if len(without) == 0 {
		return ""
	}
	return fmt.Sprintf(" Without %s, and so not here: %s.", why, someOf(without, ", ", 6))
}

// searchCharts draws what searches have found: latency against load, and the rates that they tried.
func searchCharts(s *Searches) (out []Chart) {
	for i, t := range s.Curves {
		title, says, _ := strings.Cut(t.Caption, ". ")
		c := newChart(fmt.Sprintf("curve-%d", i+1), KindLoad, title, says, t, maxPoints)
		c.Draw = nil
		for i, column := range t.Columns { // produced across, latencies up
			if column.Metric == "acked_per_s" || column.Unit == result.UnitNs {
				c.Draw = append(c.Draw, i)
			}
		}
		out = append(out, c)
	}
	for i, t := range s.Steps {
		title, _, _ := strings.Cut(t.Caption, ", in their order")
		c := newChart(fmt.Sprintf("steps-%d", i+1), KindSteps, title, "The rate of each trial of the search, in their order, and whether it was sustained under the objectives.", t, maxPoints)
		c.Draw = slices.DeleteFunc(c.Draw, func(i int) bool { return t.Columns[i].Metric != "offered_per_s" })
		out = append(out, c)
	}
	return out
}
