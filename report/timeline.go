package report

import (
	"fmt"
	"math"
	"slices"
	"time"

	"kbench/internal/result"
)

const timelineCaption = "How a load with a profile went, from the start of the measured part. Rates are means over the time, p99 is that of its worst second. " +
	"Behind: records due by its end and not acked then; lag: records that consumers had not read. " +
	"≥: the true value is larger, since in some second more records failed or stayed out than p99 leaves out."

// timelineRows bounds the rows of a case.
const timelineRows = 20

// A stretch is some seconds of a trial's measured part.
type stretch struct {
	from, to                 time.Duration
	consumes                 bool
	offered, acked, consumed float64 // records
	behind                   float64 // at its end
	response, e2e            slowest
	lag                      *int64 // the last one that was sampled
}

// A slowest is the highest p99 of some seconds.
type slowest struct {
	ns      *int64 // nil where no second has one
	atLeast bool   // one of them has a lower bound, or nothing was done of what was due in it
}

// add takes in a second in which so many records were due, of which so many came as far as the span goes.
func (s *slowest) add(l *result.Latency, due, done int64) {
	if l == nil {
		s.atLeast = s.atLeast || due > 0 && done == 0
		return
	}
	if p99 := l.P99Ns; p99 != nil && (s.ns == nil || *p99 > *s.ns) {
		s.ns = p99
	}
	s.atLeast = s.atLeast || slices.Contains(l.AtLeast, "p99")
}

// A timelineSpec says what a column of the table over time shows.
type timelineSpec struct {
	head, key, unit string
	of              func(*stretch) *float64
	slow            func(*stretch) slowest // instead of of, where it is a p99
}

func timelineSpecs() []timelineSpec {
	rate := func(records float64, s *stretch) *float64 { return new(records / (s.to - s.from).Seconds()) }
	return []timelineSpec{
		{head: "offered", key: "offered_per_s", unit: result.UnitPerS, of: func(s *stretch) *float64 { return rate(s.offered, s) }},
		{head: "produced", key: "acked_per_s", unit: result.UnitPerS, of: func(s *stretch) *float64 { return rate(s.acked, s) }},
		{head: "consumed", key: "consumed_per_s", unit: result.UnitPerS, of: func(s *stretch) *float64 {
			if !s.consumes {
				return nil
			}
			return rate(s.consumed, s)
		}},
		{head: "response p99", key: "response_p99", unit: result.UnitNs, slow: func(s *stretch) slowest { return s.response }},
		{head: "e2e p99", key: "e2e_p99", unit: result.UnitNs, slow: func(s *stretch) slowest { return s.e2e }},
		{head: "behind", key: "behind", unit: result.UnitRecords, of: func(s *stretch) *float64 { return &s.behind }},
		{head: "lag", key: "lag", unit: result.UnitRecords, of: func(s *stretch) *float64 {
			if s.lag == nil {
				return nil
			}
			return new(float64(*s.lag))
		}},
	}
}

// timelineTable has a row for each stretch of the measured part of each case whose load has a profile; no columns where none has.
func timelineTable(groups []*group, l labels) Table {
	var t Table
	specs, shown := timelineSpecs(), map[string]bool{}
	for _, g := range groups {
		if len(g.all[0].Plan.Load.Profile) == 0 {
			continue
		}
		width := timelineWidth(g)
		var trials [][]stretch
		var longest []stretch
		for _, trial := range g.used {
			s := stretches(trial, width)
			if trials = append(trials, s); len(s) > len(longest) {
				longest = s
			}
		}
		for i, s := range longest {
			row := Row{Case: g.name}
			for _, v := range l.values(g) {
				row.Cells = append(row.Cells, Cell{Text: v})
			}
			row.Cells = append(row.Cells, Cell{Text: fmt.Sprintf("%v to %v", s.from, s.to)})
			for _, s := range specs {
				n := s.number(trials, i)
				shown[s.key] = shown[s.key] || n != nil
				row.Cells = append(row.Cells, Cell{Number: n})
			}
			t.Rows = append(t.Rows, row)
		}
	}
	if len(t.Rows) == 0 {
		return Table{}
	}
	t.Caption = timelineCaption
	for _, head := range append(slices.Clone(l.heads), "time") {
		t.Columns = append(t.Columns, Column{Head: head})
	}
	words := len(t.Columns)
	for i := len(specs) - 1; i >= 0; i-- {
		if !shown[specs[i].key] {
			for j := range t.Rows {
				t.Rows[j].Cells = slices.Delete(t.Rows[j].Cells, words+i, words+i+1)
			}
			specs = slices.Delete(specs, i, i+1)
		}
	}
	for _, s := range specs {
		t.Columns = append(t.Columns, Column{Head: s.head, Metric: s.key, Unit: s.unit})
	}
	return t
}

// timelineWidth returns how long the stretches of a case are: whole seconds, and as few as keep to the bound on rows.
func timelineWidth(g *group) time.Duration {
	seconds := int64(0)
	for _, t := range g.used {
		seconds = max(seconds, (t.MeasureNs+1e9-1)/1e9)
	}
	width := (seconds + timelineRows - 1) / timelineRows
	for _, round := range []int64{1, 2, 5, 10, 15, 20, 30, 60, 120, 300, 600, 900, 1800, 3600} {
		if width <= round {
			return time.Duration(round) * time.Second
		}
	}
	return time.Duration(width) * time.Second
}

// stretches cuts a trial's measured part. What is behind counts from the trial's start.
func stretches(t *result.Trial, width time.Duration) (out []stretch) {
	const second = int64(time.Second)
	windows, behind := t.Windows, 0.0
	end := t.WarmupNs + t.MeasureNs
	for from := int64(0); from < t.MeasureNs; from += int64(width) {
		to := min(from+int64(width), t.MeasureNs)
		s := stretch{from: time.Duration(from), to: time.Duration(to), consumes: t.Consumes()}
		for ; len(windows) > 0 && int64(windows[0].Index)*second < to; windows = windows[1:] {
			w := &windows[0]
			start := t.WarmupNs + int64(w.Index)*second
			long := float64(min(start+second, end)-max(start, 0)) / 1e9
			acked := math.Round(w.AckedPerS * long) // it was a whole number before it was a rate
			behind += float64(w.Scheduled) - acked
			if w.Index < 0 {
				continue
			}
			s.offered += float64(w.Scheduled)
			s.acked += acked
			s.consumed += math.Round(w.ConsumedPerS * long)
			s.response.add(w.Latency[result.Response], w.Scheduled, w.Acked)
			s.e2e.add(w.Latency[result.E2E], w.Scheduled-w.Aborted, w.Consumed)
			if w.ConsumerLag != nil {
				s.lag = w.ConsumerLag
			}
		}
		s.behind = behind
		out = append(out, s)
	}
	return out
}

// number returns what a column shows of stretch i over the trials; nil where none has it.
func (s timelineSpec) number(trials [][]stretch, i int) *Number {
	var values []float64
	atLeast := false
	for _, stretches := range trials {
		if i >= len(stretches) {
			continue
		}
		if s.slow != nil {
			slow := s.slow(&stretches[i])
			atLeast = atLeast || slow.atLeast
			if v, ok := value(slow.ns); ok {
				values = append(values, v)
			}
		} else if v := s.of(&stretches[i]); v != nil {
			values = append(values, *v)
		}
	}
	return median(values, atLeast)
}
