package report

import (
	"fmt"
	"math"
)

// unitChange is the unit of a change: 0.05 is +5 %.
const unitChange = "change"

// maxCompared bounds the rows of a comparison that are drawn: gates first.
const maxCompared = 20

// comparisonCharts draws where the change of each metric lies, how far it may lie, and what each pair says.
func comparisonCharts(c *Comparison) []Chart {
	pairs := 0
	for i := range c.Rows {
		pairs = max(pairs, len(c.Rows[i].Differences))
	}
	t := Table{Columns: []Column{
		{Head: "metric"}, {Head: "change", Metric: "change", Unit: unitChange}, {Head: "p"}, {Head: "allowed", Metric: "allowed", Unit: unitChange}, {Head: "verdict"},
	}}
	first := len(t.Columns)
	for i := range pairs {
		t.Columns = append(t.Columns, Column{Head: fmt.Sprintf("pair %d", i+1), Metric: fmt.Sprintf("pair_%d", i+1), Unit: unitChange})
	}
	for i := range c.Rows {
		r := &c.Rows[i]
		if r.Ratio == nil {
			continue
		}
		change := Number{Value: *r.Ratio - 1, Min: *r.Ratio - 1, Max: *r.Ratio - 1, Repeats: r.A.Repeats}
		if r.Lo != nil && r.Hi != nil {
			change.Min, change.Max = *r.Lo-1, *r.Hi-1
		}
		cells := []Cell{{Text: clean(c.label(r))}, {Number: &change}, {Text: probability(r.P)}, {Number: r.allowed()}, {Text: r.Verdict}}
		for j := range pairs {
			var n *Number
			if j < len(r.Differences) {
				n = one(math.Expm1(r.Differences[j]))
			}
			cells = append(cells, Cell{Number: n})
		}
		t.Rows = append(t.Rows, Row{Case: r.Case, Cells: cells})
	}
	if len(t.Rows) == 0 {
		return nil
	}
	says := fmt.Sprintf("How much more or less %s has than %s. A bar is the interval that holds the true change with %s or more, its mark the estimate", clean(c.B.Name), clean(c.A.Name), percent(c.Level))
	if pairs > 0 {
		says += ", a dot one pair"
	}
	out := newChart("differences", KindDifferences, "Changes, and how sure they are", says+". Hollow, and ~ in the table, is what may be noise: its interval holds 0. The line at allowed is how far a gate may be worse. "+
		"A row that goes beyond the axis ends in an arrow, with its number.", t, maxCompared)
	out.Draw = []int{1, 3}
	for i := range pairs {
		out.Draw = append(out.Draw, first+i)
	}
	return []Chart{out}
}

// allowed returns the change at which a gate fails; nil for what is no gate.
func (r *Compared) allowed() *Number {
	switch {
	case r.Margin == nil:
		return nil
	case r.Better > 0:
		return one(-*r.Margin)
	}
	return one(*r.Margin)
}

// noise says whether a number is a change that may be none.
func noise(n *Number, col Column) bool {
	return n != nil && col.Metric == "change" && n.Min <= 0 && n.Max >= 0
}

func one(v float64) *Number { return &Number{Value: v, Min: v, Max: v, Repeats: 1} }
