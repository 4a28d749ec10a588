package report

import (
	"fmt"
	"slices"

	"kbench/internal/result"
)

const integrityCaption = "What became of the records of each case: totals over the repeats; – where it was not checked. Expected is what the settings allow, a violation what Kafka promises not to happen with them."

// integrityTable has a row for each case of which records were counted; no columns where there is none.
func integrityTable(groups []*group) Table {
	var specs []spec
	for _, what := range []string{"scheduled", "acked", "failed", "unresolved", "consumed", "lost", "duplicated", "reordered", "corrupt", "truncated", "aborted_read"} {
		specs = append(specs, spec{head: what, metric: what, total: true})
	}
	t, _ := pictured(groups, specs...)
	if len(t.Rows) == 0 {
		return Table{}
	}
	last := len(t.Columns) - 1
	t.Columns[last].Head = "as promised"
	for i, row := range t.Rows {
		g := groups[slices.IndexFunc(groups, func(g *group) bool { return g.name == row.Case })]
		t.Rows[i].Cells[last] = Cell{Text: promised(g)}
	}
	t.Caption = integrityCaption
	return t
}

// promised says whether the records of a case fared as its settings promise.
func promised(g *group) string {
	var says []string
	checked := false
	for _, t := range g.used {
		checked = checked || t.Counts.Lost != nil || t.Counts.Duplicated != nil
		for _, f := range t.Integrity {
			level := "expected"
			if f.Level == result.Violation {
				level = "violation"
			}
			says = unique(says, fmt.Sprintf("%s, %s: %s", f.What, level, f.Why))
		}
	}
	switch {
	case len(says) > 0:
		return someOf(says, "; ", 4)
	case !checked:
		return "not checked"
	}
	return "yes"
}
