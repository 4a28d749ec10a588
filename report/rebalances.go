package report

import (
	"fmt"
	"slices"

	"kbench/internal/result"
)

const rebalancesCaption = "Pause: how long a partition was not read from while it had records, over all partitions. Stood still: those with more than 50 ms. " +
	"Settled after: when a partition last changed hands. ≥: some were not read from any more. Medians, of records totals."

// A rebalanceSpec says what a column of the table of rebalances shows.
type rebalanceSpec struct {
	head, key, unit string
	total           bool // the sum over the repeats counts, not the median
	bound           bool // partitions that were never read from again make it a lower bound
	instant         bool // of one rebalance: several that have nothing but their row in common have none
	of              func(*result.Rebalance) *int64
}

func rebalanceSpecs() []rebalanceSpec {
	whole := func(of func(*result.Rebalance) int) func(*result.Rebalance) *int64 {
		return func(r *result.Rebalance) *int64 { return new(int64(of(r))) }
	}
	return []rebalanceSpec{
		{head: "at", key: "at_ns", unit: result.UnitNs, instant: true, of: func(r *result.Rebalance) *int64 { return &r.AtNs }},
		{head: "settled after", key: "settled_ns", unit: result.UnitNs, of: func(r *result.Rebalance) *int64 { return r.SettledNs }},
		{head: "partitions", key: "partitions", unit: result.UnitTimes, of: whole(func(r *result.Rebalance) int { return r.Partitions })},
		{head: "moved", key: "moved", unit: result.UnitTimes, of: whole(func(r *result.Rebalance) int { return r.Moved })},
		{head: "stood still", key: "stopped", unit: result.UnitTimes, of: whole(func(r *result.Rebalance) int { return r.Stopped })},
		{head: "pause p50", key: "pause_p50_ns", unit: result.UnitNs, of: func(r *result.Rebalance) *int64 { return r.PauseP50Ns }},
		{head: "pause max", key: "pause_max_ns", unit: result.UnitNs, bound: true, of: func(r *result.Rebalance) *int64 { return r.PauseMaxNs }},
		{head: "read again", key: "reread", unit: result.UnitRecords, total: true, of: func(r *result.Rebalance) *int64 { return &r.Reread }},
	}
}

// A cause is what a row of the table is about: a step of the scenario's churn in a group, or all that the group came to by itself.
type cause struct{ step, group int }

// changes returns the rebalances of a case by what they are about, and that in order: steps first.
func (g *group) changes() (map[cause][]*result.Rebalance, []cause) {
	by := map[cause][]*result.Rebalance{}
	var order []cause
	for _, t := range g.used {
		for i := range t.Rebalances {
			r := &t.Rebalances[i]
			at := cause{r.Step, r.Group}
			if by[at] == nil {
				order = append(order, at)
			}
			by[at] = append(by[at], r)
		}
	}
	own := func(c cause) int {
		if c.step == 0 {
			return 1
		}
		return 0
	}
	slices.SortFunc(order, func(a, b cause) int {
		return slices.Compare([]int{own(a), a.step, a.group}, []int{own(b), b.step, b.group})
	})
	return by, order
}

// rebalancesTable has a row for each change of each case; no columns where there were none.
func rebalancesTable(groups []*group, l labels) Table {
	var t Table
	several := slices.ContainsFunc(groups, func(g *group) bool {
		k := g.all[0].Plan.Consumer
		return k != nil && k.Groups > 1
	})
	for _, g := range groups {
		by, order := g.changes()
		for _, at := range order {
			row := Row{Case: g.name}
			for _, v := range l.values(g) {
				row.Cells = append(row.Cells, Cell{Text: v})
			}
			why := by[at][0].Why
			unrelated := at.step == 0 && len(by[at]) > 1
			if unrelated {
				why += fmt.Sprintf(", %d times", len(by[at]))
			}
			if several {
				why += fmt.Sprintf(" (group %d)", at.group)
			}
			row.Cells = append(row.Cells, Cell{Text: why})
			for _, s := range rebalanceSpecs() {
				if unrelated && s.instant {
					row.Cells = append(row.Cells, Cell{})
					continue
				}
				row.Cells = append(row.Cells, Cell{Number: s.number(by[at])})
			}
			t.Rows = append(t.Rows, row)
		}
	}
	if len(t.Rows) == 0 {
		return Table{}
	}
	for _, head := range append(slices.Clone(l.heads), "rebalance") {
		t.Columns = append(t.Columns, Column{Head: head})
	}
	for _, s := range rebalanceSpecs() {
		t.Columns = append(t.Columns, Column{Head: s.head, Metric: s.key, Unit: s.unit, Total: s.total})
	}
	t.Caption = rebalancesCaption
	return t
}

// number returns what a column shows of some rebalances; nil where none has it.
func (s rebalanceSpec) number(of []*result.Rebalance) *Number {
	var values []float64
	total, atLeast := 0.0, false
	for _, r := range of {
		v := s.of(r)
		atLeast = atLeast || r.Unread > 0 && (s.bound || v == nil)
		if v != nil {
			values, total = append(values, float64(*v)), total+float64(*v)
		}
	}
	n := median(values, atLeast)
	if n != nil && s.total {
		n.Value = total
	}
	return n
}
