package report

import (
	"fmt"
	"slices"

	"kbench/internal/result"
)

// maxEvents bounds the events in a report. The records have all.
const maxEvents = 60

// eventsTable lists what happened while the load went on: faults, leaders that moved, rebalances, a kbench that stood still. It
// has no columns where nothing did.
func eventsTable(groups []*group, l labels) Table {
	t, left := Table{}, 0
	for _, g := range groups {
		for _, trial := range g.all {
			for _, e := range trial.Events {
				if len(t.Rows) == maxEvents {
					left++
					continue
				}
				row := Row{Case: g.name}
				for _, v := range l.values(g) {
					row.Cells = append(row.Cells, Cell{Text: v})
				}
				row.Cells = append(row.Cells, Cell{Text: fmt.Sprint(trial.Repeat)}, Cell{Text: human(result.UnitNs, float64(e.AtNs))}, Cell{Text: clean(e.What)})
				t.Rows = append(t.Rows, row)
			}
		}
	}
	if len(t.Rows) == 0 {
		return Table{}
	}
	for _, head := range append(slices.Clone(l.heads), "repeat", "at", "event") {
		t.Columns = append(t.Columns, Column{Head: head})
	}
	t.Caption = "What happened while the load went on. Times count from the trial's start, warm-up included."
	if left > 0 {
		t.Caption += fmt.Sprintf(" %d more are in the records.", left)
	}
	return t
}
