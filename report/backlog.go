package report

import (
	"fmt"
	"slices"

	"kbench/internal/result"
)

const backlogCaption = "Consumers pause at their client, and stay in their groups. Before: the five seconds up to the pause. Catching up: until the lag is what it " +
	"was before at most, or the load ends; after the load: what is left of it, with nothing produced. " +
	"Consumed is over all groups; response p99 is of the records due in those seconds; lag is at the phase's end. " +
	"Caught up after: from the resumption, to a tenth of a second; ≥ if some repeat did not, – if none did. All are medians."

// A phaseSpec says what a column of the backlog's table shows of a phase.
type phaseSpec struct {
	head, key, unit string
	of              func(*result.PausePhase) (float64, bool)
	atLeast         func(*result.PausePhase) bool // nil: never
}

func phaseSpecs() []phaseSpec {
	return []phaseSpec{
		{head: "lasted", key: "for_ns", unit: result.UnitNs, of: func(f *result.PausePhase) (float64, bool) { return float64(f.ForNs), true }},
		{head: "produced", key: "acked_per_s", unit: result.UnitPerS, of: func(f *result.PausePhase) (float64, bool) {
			return f.AckedPerS, f.Name != result.PhaseAfterLoad
		}},
		{head: "consumed", key: "consumed_per_s", unit: result.UnitPerS, of: func(f *result.PausePhase) (float64, bool) { return f.ConsumedPerS, true }},
		{head: "response p99", key: "response_p99", unit: result.UnitNs, of: func(f *result.PausePhase) (float64, bool) {
			return value(p99(f.Response))
		}, atLeast: func(f *result.PausePhase) bool {
			return f.Response != nil && slices.Contains(f.Response.AtLeast, "p99")
		}},
		{head: "lag", key: "lag", unit: result.UnitRecords, of: func(f *result.PausePhase) (float64, bool) { return float64(f.Lag), true }},
	}
}

func value(v *int64) (float64, bool) {
	if v == nil {
		return 0, false
	}
	return float64(*v), true
}

// backlogTable has a row for each phase of each pause of each case; no columns where there are none.
func backlogTable(groups []*group, l labels) Table {
	var t Table
	for _, g := range groups {
		if g.all[0].Plan.Consumer == nil {
			continue
		}
		for i, p := range g.all[0].Plan.Consumer.Pause {
			for _, name := range []string{result.PhaseBefore, result.PhasePaused, result.PhaseCatchingUp, result.PhaseAfterLoad} {
				phases := g.phases(i, name)
				if len(phases) == 0 {
					continue
				}
				row := Row{Case: g.name}
				for _, v := range l.values(g) {
					row.Cells = append(row.Cells, Cell{Text: v})
				}
				row.Cells = append(row.Cells, Cell{Text: fmt.Sprintf("%v for %v", p.At, p.For)}, Cell{Text: phaseText(name)})
				for _, s := range phaseSpecs() {
					row.Cells = append(row.Cells, Cell{Number: s.number(phases)})
				}
				row.Cells = append(row.Cells, Cell{Number: g.caughtUp(i, name)})
				t.Rows = append(t.Rows, row)
			}
		}
	}
	if len(t.Rows) == 0 {
		return Table{}
	}
	for _, head := range append(slices.Clone(l.heads), "pause", "phase") {
		t.Columns = append(t.Columns, Column{Head: head})
	}
	for _, s := range phaseSpecs() {
		t.Columns = append(t.Columns, Column{Head: s.head, Metric: s.key, Unit: s.unit})
	}
	t.Columns = append(t.Columns, Column{Head: "caught up after", Metric: "catch_up_ns", Unit: result.UnitNs})
	t.Caption = backlogCaption
	return t
}

func phaseText(name string) string {
	switch name {
	case result.PhaseCatchingUp:
		return "catching up"
	case result.PhaseAfterLoad:
		return "after the load"
	}
	return name
}

// A phaseOf is a phase with the pause that it is of.
type phaseOf struct {
	pause *result.Pause
	*result.PausePhase
}

// phases returns those of one name of pause i, over the trials of the case that count.
func (g *group) phases(i int, name string) (out []phaseOf) {
	for _, t := range g.used {
		if i >= len(t.Pauses) {
			continue
		}
		for j := range t.Pauses[i].Phases {
			if f := &t.Pauses[i].Phases[j]; f.Name == name {
				out = append(out, phaseOf{&t.Pauses[i], f})
			}
		}
	}
	return out
}

// number returns what a column shows of a phase over its trials; nil where none has it.
func (s phaseSpec) number(phases []phaseOf) *Number {
	var values []float64
	atLeast := false
	for _, f := range phases {
		if v, ok := s.of(f.PausePhase); ok {
			values = append(values, v)
			atLeast = atLeast || s.atLeast != nil && s.atLeast(f.PausePhase)
		}
	}
	return median(values, atLeast)
}

// caughtUp returns how long it took until the lag of pause i was down, in the row of the phase in which that was, or would have been.
func (g *group) caughtUp(i int, phase string) *Number {
	var values []float64
	without := false
	for _, f := range g.phases(i, phase) {
		if last := f.pause.Phases[len(f.pause.Phases)-1].Name; last != phase || f.pause.EndNs == nil {
			continue
		}
		v, ok := value(f.pause.CatchUpNs)
		if without = without || !ok; ok {
			values = append(values, v)
		}
	}
	return median(values, without)
}
