package report

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"kbench/internal/result"
	"kbench/internal/scenario"
)

const groupsCaption = "Members are those that a group begins with. Consumed is by completion, within the measured part; records are those of the measured part, read in the drain too. " +
	"Largest lag: within the measured part, of those that were sampled once a second. Redelivered: given out again by the brokers of a share group. Medians."

// groupsTable has a row for each consumer group of each case; no columns where no case has several, slow members or share groups.
func groupsTable(groups []*group, l labels) Table {
	if !slices.ContainsFunc(groups, (*group).tellsGroups) {
		return Table{}
	}
	t := Table{Caption: groupsCaption}
	for _, head := range append(slices.Clone(l.heads), "group") {
		t.Columns = append(t.Columns, Column{Head: head})
	}
	t.Columns = append(t.Columns,
		Column{Head: "members", Metric: "members", Unit: result.UnitTimes},
		Column{Head: "consumed", Metric: "consumed_per_s", Unit: result.UnitPerS},
		Column{Head: "records", Metric: "consumed", Unit: result.UnitRecords},
		Column{Head: "largest lag", Metric: "lag_max", Unit: result.UnitRecords},
		Column{Head: "redelivered", Metric: "redelivered", Unit: result.UnitRecords},
	)
	for _, g := range groups {
		k := g.all[0].Plan.Consumer
		if k == nil { // a whole of several workloads, each of which has groups of its own
			continue
		}
		for i := range k.Groups {
			row := Row{Case: g.name}
			for _, v := range l.values(g) {
				row.Cells = append(row.Cells, Cell{Text: v})
			}
			row.Cells = append(row.Cells,
				Cell{Text: strconv.Itoa(i+1) + pace(k, i+1)},
				Cell{Number: one(float64(k.Members))},
				Cell{Number: g.ofGroup(i, func(g *result.Group) *float64 { return g.ConsumedPerS })},
				Cell{Number: g.ofGroup(i, func(g *result.Group) *float64 { return floating(&g.Consumed) })},
				Cell{Number: g.ofGroup(i, func(g *result.Group) *float64 { return floating(g.LagMax) })},
				Cell{Number: g.ofGroup(i, func(g *result.Group) *float64 { return floating(g.Redelivered) })},
			)
			t.Rows = append(t.Rows, row)
		}
	}
	return withNumbers(t)
}

// tellsGroups reports whether the case's groups may differ, or are share groups, so that its whole does not tell all.
func (g *group) tellsGroups() bool {
	k := g.all[0].Plan.Consumer
	return k != nil && (k.Groups > 1 || len(k.Slow) > 0 || k.Shares()) &&
		g.ofGroup(0, func(g *result.Group) *float64 { return floating(&g.Consumed) }) != nil
}

func floating(v *int64) *float64 {
	if v == nil {
		return nil
	}
	return new(float64(*v))
}

// ofGroup returns a number of the group of an index over the trials of the case that count; nil where none has it.
func (g *group) ofGroup(i int, of func(*result.Group) *float64) *Number {
	var values []float64
	for _, t := range g.used {
		if i >= len(t.Groups) {
			continue
		}
		if v := of(&t.Groups[i]); v != nil {
			values = append(values, *v)
		}
	}
	return median(values, false)
}

// pace says how long the members of a group, from 1, take for each record; nothing where they take no time.
func pace(k *scenario.Consumer, group int) string {
	least := k.ProcessingOf(group, 1)
	most := least
	for member := 2; member <= k.Members; member++ {
		p := k.ProcessingOf(group, member)
		least, most = min(least, p), max(most, p)
	}
	switch {
	case most == 0:
		return ""
	case least == most:
		return fmt.Sprintf(", %v a record", most)
	}
	return fmt.Sprintf(", %v to %v a record", least, most)
}

// processingFact says how long consumers take for each record; nothing where they take no time.
func processingFact(k *scenario.Consumer) string {
	var parts []string
	if k.Processing > 0 {
		parts = append(parts, fmt.Sprintf("processing %v a record", k.Processing))
	}
	for _, s := range k.Slow {
		parts = append(parts, fmt.Sprintf("%v %s", s.Processing, whoIsSlow(s)))
	}
	if len(k.Slow) > 0 && k.Processing == 0 {
		parts[0] = "processing " + parts[0]
	}
	return strings.Join(parts, ", ")
}

func whoIsSlow(s scenario.Slow) string {
	in := "each group"
	if s.Group > 0 {
		in = fmt.Sprintf("group %d", s.Group)
	}
	if s.Members == 0 {
		return "in " + in
	}
	return fmt.Sprintf("in %d %s of %s", s.Members, plural(s.Members, "member", "members"), in)
}
