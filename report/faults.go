package report

import (
	"fmt"
	"slices"

	"kbench/internal/result"
	"kbench/internal/scenario"
)

const faultsCaption = "Began: from the trial's start, warm-up included. p99: of the response, before it and of records due in its seconds. " +
	"Back after: from its beginning to the first second with a p99 within twice that before; 0 if it never left, ≥ if some repeat did not, – if none did. " +
	"Times are medians, counts totals."

// A faultSpec says what a column of the table of faults shows.
type faultSpec struct {
	head, key, unit string
	total           bool // the sum over the repeats counts, not the median
	rare            bool // the column is worth its place only where a number is not zero
	every           bool // without a number in one repeat, the true value over all is larger
	of              func(*result.Fault) *int64
}

func faultSpecs() []faultSpec {
	return []faultSpec{
		{head: "began", key: "at_ns", unit: result.UnitNs, of: func(f *result.Fault) *int64 { return f.AtNs }},
		{head: "lasted", key: "end_ns", unit: result.UnitNs, of: func(f *result.Fault) *int64 {
			if f.AtNs == nil || f.EndNs == nil {
				return nil
			}
			return new(*f.EndNs - *f.AtNs)
		}},
		{head: "p99 before", key: "response_before", unit: result.UnitNs, of: func(f *result.Fault) *int64 { return p99(f.Before) }},
		{head: "p99 during", key: "response_during", unit: result.UnitNs, of: func(f *result.Fault) *int64 { return p99(f.During) }},
		{head: "back after", key: "recover_ns", unit: result.UnitNs, every: true, of: func(f *result.Fault) *int64 { return f.RecoverNs }},
		{head: "failed", key: "failed", unit: result.UnitRecords, total: true, of: func(f *result.Fault) *int64 { return f.Failed }},
		{head: "unresolved", key: "unresolved", unit: result.UnitRecords, total: true, rare: true, of: func(f *result.Fault) *int64 { return f.Unresolved }},
		{head: "lost", key: "lost", unit: result.UnitRecords, total: true, of: func(f *result.Fault) *int64 { return f.Lost }},
		{head: "duplicated", key: "duplicated", unit: result.UnitRecords, total: true, of: func(f *result.Fault) *int64 { return f.Duplicated }},
		{head: "reordered", key: "reordered", unit: result.UnitRecords, total: true, of: func(f *result.Fault) *int64 { return f.Reordered }},
	}
}

func p99(l *result.Latency) *int64 {
	if l == nil {
		return nil
	}
	return l.P99Ns
}

// faultsTable has a row for each fault of each case; no columns where there are none.
func faultsTable(groups []*group, l labels) Table {
	var t Table
	specs := slices.DeleteFunc(faultSpecs(), func(s faultSpec) bool {
		return !slices.ContainsFunc(groups, func(g *group) bool {
			for i := range g.faults() {
				if n := s.number(g, i); n != nil && (!s.rare || n.Value != 0) {
					return true
				}
			}
			return false
		})
	})
	for _, g := range groups {
		for i, f := range g.faults() {
			row := Row{Case: g.name}
			for _, v := range l.values(g) {
				row.Cells = append(row.Cells, Cell{Text: v})
			}
			row.Cells = append(row.Cells, Cell{Text: faultText(f)})
			for _, s := range specs {
				row.Cells = append(row.Cells, Cell{Number: s.number(g, i)})
			}
			t.Rows = append(t.Rows, row)
		}
	}
	if len(t.Rows) == 0 {
		return Table{}
	}
	for _, head := range append(slices.Clone(l.heads), "fault") {
		t.Columns = append(t.Columns, Column{Head: head})
	}
	for _, s := range specs {
		t.Columns = append(t.Columns, Column{Head: s.head, Metric: s.key, Unit: s.unit, Total: s.total})
	}
	t.Caption = faultsCaption
	return t
}

// faults returns those that the case plans.
func (g *group) faults() []scenario.Fault { return g.all[0].Plan.Faults }

// number returns what a column shows of fault i over the trials of the case that count; nil where none has it.
func (s faultSpec) number(g *group, i int) *Number {
	var values []float64
	total, atLeast, without := 0.0, false, false
	for _, t := range g.used {
		if i >= len(t.Faults) {
			continue
		}
		f := &t.Faults[i]
		v := s.of(f)
		if v == nil {
			without = without || f.AtNs != nil
			continue
		}
		values, total = append(values, float64(*v)), total+float64(*v)
		atLeast = atLeast || s.key == "response_during" && slices.Contains(f.During.AtLeast, "p99")
	}
	n := median(values, atLeast || s.every && without)
	if n != nil && s.total {
		n.Value = total
	}
	return n
}

// faultText says what a fault is: kill leader, pause node 2, slow all by 20ms.
func faultText(f scenario.Fault) string {
	node := f.Node
	if node != "" && node[0] >= '0' && node[0] <= '9' {
		node = "node " + node
	}
	text := fmt.Sprintf("%s %s", f.Do, node)
	if f.Delay > 0 {
		text += fmt.Sprintf(" by %v", f.Delay)
	}
	if f.Rate > 0 {
		text += fmt.Sprintf(" to %v", f.Rate)
	}
	return text
}
