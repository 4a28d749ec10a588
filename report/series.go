package report

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"

	"kbench/internal/result"
)

// A Series is how a trial went, second by second. Seconds count from the beginning of the measured part; the warm-up is below zero.
type Series struct {
	Name     string // of the trial: its case, and which of the case's trials it is
	Case     string
	WarmupS  float64
	MeasureS float64
	EachS    int // seconds that a point stands for: 1, or more where there were too many
	AtS      []int
	Columns  []Column    // numbers all of them
	Values   [][]float64 // of each column, one for each of AtS; NaN where there is none
	AtLeast  [][]int     // of each column, which of them are lower bounds: indexes into AtS, in order
	Marks    []Mark
	Shades   []Shade
}

// A Mark is something that happened at an instant.
type Mark struct {
	AtS  float64
	What string
}

// A Shade is a time during which a fault was there, or consumers were paused.
type Shade struct{ FromS, ToS float64 }

// Bounds of all series together, and of one. Beyond them seconds are put together.
const (
	maxSeries       = 2000
	maxSeconds      = 120_000
	maxSeriesPoints = 600
	minSeriesPoints = 60
)

// newSeries returns the series of the first trials that have seconds, and how many more there are.
func newSeries(trials []*result.Trial) (out []Series, left int) {
	with := slices.DeleteFunc(slices.Clone(trials), func(t *result.Trial) bool { return len(t.Windows) == 0 })
	if left = len(with) - maxSeries; left > 0 {
		with = with[:maxSeries]
	}
	if len(with) == 0 {
		return nil, 0
	}
	most := min(max(maxSeconds/len(with), minSeriesPoints), maxSeriesPoints)
	for _, t := range with {
		out = append(out, seriesOf(t, most))
	}
	return out, max(left, 0)
}

// seriesOf returns the series of a trial in most points or fewer.
func seriesOf(t *result.Trial, most int) Series {
	s := Series{
		Name: seriesName(t), Case: t.Case, WarmupS: float64(t.WarmupNs) / 1e9, MeasureS: float64(t.MeasureNs) / 1e9,
		EachS: (len(t.Windows) + most - 1) / most,
	}
	windows := slices.SortedFunc(slices.Values(t.Windows), func(a, b result.Window) int { return cmp.Compare(a.Index, b.Index) })
	columns := seriesColumns(t)
	for _, c := range columns {
		s.Columns, s.Values, s.AtLeast = append(s.Columns, c.Column), append(s.Values, nil), append(s.AtLeast, nil)
	}
	for len(windows) > 0 {
		at := floor(windows[0].Index, s.EachS)
		n := 1 // windows of this point
		for n < len(windows) && floor(windows[n].Index, s.EachS) == at {
			n++
		}
		s.AtS = append(s.AtS, at)
		for i, c := range columns {
			v, atLeast := c.over(windows[:n])
			s.Values[i] = append(s.Values[i], v)
			if atLeast {
				s.AtLeast[i] = append(s.AtLeast[i], len(s.AtS)-1)
			}
		}
		windows = windows[n:]
	}
	for _, e := range t.Events {
		if len(s.Marks) == maxEvents {
			s.Marks = append(s.Marks, Mark{s.Marks[maxEvents-1].AtS, fmt.Sprintf("and %d more, which are in the record", len(t.Events)-maxEvents)})
			break
		}
		s.Marks = append(s.Marks, Mark{float64(e.AtNs-t.WarmupNs) / 1e9, clean(e.What)})
	}
	for _, f := range t.Faults {
		if f.AtNs == nil {
			continue
		}
		shade := Shade{float64(*f.AtNs-t.WarmupNs) / 1e9, s.MeasureS}
		if f.EndNs != nil {
			shade.ToS = float64(*f.EndNs-t.WarmupNs) / 1e9
		}
		s.Shades = append(s.Shades, shade)
	}
	for _, p := range t.Pauses {
		if p.AtNs != nil && p.EndNs != nil {
			s.Shades = append(s.Shades, Shade{float64(*p.AtNs-t.WarmupNs) / 1e9, float64(*p.EndNs-t.WarmupNs) / 1e9})
		}
	}
	return s
}

// floor returns the largest multiple of each that is not above i, so that no point is of warm-up and measured part.
func floor(i, each int) int {
	rest := i % each
	if rest < 0 {
		rest += each
	}
	return i - rest
}

func seriesName(t *result.Trial) string {
	if s := t.Search; s != nil {
		return fmt.Sprintf("%s, search %d, step %d", clean(t.Case), s.Number, s.Step)
	}
	name := fmt.Sprintf("%s, repeat %d", clean(t.Case), t.Repeat)
	if word := trustWord(t); t.Status != result.StatusOK {
		name += " (" + t.Status + ")"
	} else if word != result.TrustOK {
		name += " (" + word + ")"
	}
	return name
}

// A seriesColumn is a number of windows. Over several of them rates are means, and latency and lag the highest.
type seriesColumn struct {
	Column
	of      func(*result.Window) (v float64, known bool)
	atLeast func(*result.Window) bool // nil: never
	length  func(*result.Window) time.Duration
}

// over returns NaN where no window has the number. Windows at both ends of a trial may be parts of a second.
func (c seriesColumn) over(windows []result.Window) (value float64, atLeast bool) {
	sum, all, most := 0.0, 0.0, math.Inf(-1)
	for i := range windows {
		w := &windows[i]
		length := c.length(w).Seconds()
		if v, known := c.of(w); known && length > 0 {
			sum, all, most = sum+v*length, all+length, max(most, v)
			atLeast = atLeast || c.atLeast != nil && c.atLeast(w) // the slowest may be that one
		}
	}
	switch {
	case all == 0:
		return math.NaN(), false
	case c.Unit == result.UnitNs, c.Unit == result.UnitRecords:
		return most, atLeast
	}
	return sum / all, false
}

// lengthIn returns how much of a window lies between the beginning of a trial and the end of its measured part.
func lengthIn(t *result.Trial, w *result.Window) time.Duration {
	from := t.WarmupNs + int64(w.Index)*int64(time.Second)
	return time.Duration(min(from+int64(time.Second), t.WarmupNs+t.MeasureNs) - max(from, 0))
}

// seriesColumns are what is shown of a trial's seconds: rates, then the latencies that it has, then how far its consumers were behind.
func seriesColumns(t *result.Trial) (out []seriesColumn) {
	length := func(w *result.Window) time.Duration { return lengthIn(t, w) }
	rate := func(when bool, head, metric string, of func(*result.Window) float64) {
		if when {
			out = append(out, seriesColumn{
				Column: Column{Head: head, Metric: metric, Unit: result.UnitPerS},
				of:     func(w *result.Window) (float64, bool) { return of(w), true }, length: length,
			})
		}
	}
	perS := func(n int64, w *result.Window) float64 { return float64(n) / length(w).Seconds() }
	rate(t.Produces() && !t.Closed, "due", "scheduled_per_s", func(w *result.Window) float64 { return perS(w.Scheduled, w) })
	rate(t.Produces(), "produced", "acked_per_s", func(w *result.Window) float64 { return w.AckedPerS })
	rate(t.Consumes(), "consumed", "consumed_per_s", func(w *result.Window) float64 { return w.ConsumedPerS })
	rate(slices.ContainsFunc(t.Windows, func(w result.Window) bool { return w.Failed > 0 }), "failed", "failed_per_s", func(w *result.Window) float64 { return perS(w.Failed, w) })
	latency := func(s chartSpan, head, stat string, of func(*result.Latency) *int64) {
		out = append(out, seriesColumn{
			Column: Column{Head: head, Metric: s.metric(stat), Unit: result.UnitNs}, length: length,
			of: func(w *result.Window) (float64, bool) {
				if l := w.Latency[s.span]; l != nil && of(l) != nil {
					return float64(*of(l)), true
				}
				return 0, false
			},
			atLeast: func(w *result.Window) bool { return slices.Contains(w.Latency[s.span].AtLeast, stat) },
		})
	}
	for _, s := range chartSpans() {
		if !s.only(t) || !slices.ContainsFunc(t.Windows, func(w result.Window) bool { return w.Latency[s.span] != nil }) {
			continue
		}
		name := string(s.span)
		if s.span == result.E2EService {
			name = "e2e service"
		}
		latency(s, name+" p50", "p50", func(l *result.Latency) *int64 { return l.P50Ns })
		latency(s, name+" p99", "p99", func(l *result.Latency) *int64 { return l.P99Ns })
	}
	if slices.ContainsFunc(t.Windows, func(w result.Window) bool { return w.ConsumerLag != nil }) {
		out = append(out, seriesColumn{
			Column: Column{Head: "consumer lag", Metric: "consumer_lag", Unit: result.UnitRecords},
			of:     func(w *result.Window) (float64, bool) { return value(w.ConsumerLag) },
			length: func(*result.Window) time.Duration { return time.Second }, // it is of an instant, and the drain has it too
		})
	}
	return out
}
