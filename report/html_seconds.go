package report

import (
	"fmt"
	"math"
	"slices"
	"strconv"

	"kbench/internal/result"
)

// overTime is the part of the page that shows one trial at a time, by second.
type overTime struct {
	Trials []string // to choose from
	Says   string
	// Plain are the same numbers for those who have no scripts: of the first trials, as many as fit.
	Plain []plainSeries
	Left  int // trials that are not in Plain
}

// A plainSeries is a Series in words.
type plainSeries struct {
	Name  string
	Heads []string
	Rows  [][]string
	Marks []string
}

// maxPlain bounds the rows of all plain series. The script needs none of them, and they are as large as all else.
const maxPlain = 6000

func secondsSection(r *Report, c *Charts) section {
	s := section{ID: "time", Title: "Over time", Figures: figures(c.Seconds)}
	s.table("Over time by case", r.Timeline)
	if len(c.Series) == 0 {
		return s
	}
	s.Over = &overTime{}
	rows, each := 0, 1
	for i := range c.Series {
		of := &c.Series[i]
		s.Over.Trials = append(s.Over.Trials, clean(of.Name))
		each = max(each, of.EachS)
		if rows += len(of.AtS); rows > maxPlain {
			s.Over.Left++
			continue
		}
		s.Over.Plain = append(s.Over.Plain, newPlainSeries(of))
	}
	s.Over.Says = "Latency by the second in which a record was due, rates by the second of completion; due is what the schedule asked for. " +
		"Consumer lag is that at the second's end, of all groups. " +
		"Seconds count from the beginning of the measured part; the warm-up before it is shaded, and so is the time of each fault and of each pause of the consumers. " +
		"Further down, events and faults count from the trial's start, so what happened is listed here with both times."
	if slices.ContainsFunc(c.Series, func(s Series) bool { return slices.ContainsFunc(s.AtLeast, func(of []int) bool { return len(of) > 0 }) }) {
		s.Over.Says += " A hollow point, ≥ in the table, is a lower bound: more records failed or stayed out than its percentile leaves out."
	}
	if each > 1 {
		s.Over.Says += fmt.Sprintf(" Of long trials, or many, a point stands for up to %d seconds: their mean rate, and the highest of their latencies and of their lags.", each)
	}
	if c.SeriesLeft > 0 {
		s.Over.Says += fmt.Sprintf(" %d more trials are in the records.", c.SeriesLeft)
	}
	if r.Searches != nil {
		s.Over.Says += " Each step of a search is a trial."
	}
	return s
}

// when prints where on the page's axis a mark stands, and, where that is another time, how long it was after the trial's start: the tables of
// events and faults count from there.
func (m Mark) when(warmupS float64) string {
	text := human(result.UnitNs, m.AtS*1e9)
	if warmupS > 0 {
		text += fmt.Sprintf(" (%s after the trial's start)", human(result.UnitNs, (m.AtS+warmupS)*1e9))
	}
	return text
}

func newPlainSeries(s *Series) plainSeries {
	out := plainSeries{Name: clean(s.Name), Heads: []string{"second"}}
	for _, c := range s.Columns {
		out.Heads = append(out.Heads, c.Head)
	}
	for j, at := range s.AtS {
		row := []string{strconv.Itoa(at)}
		for i, c := range s.Columns {
			text := "–"
			if v := s.Values[i][j]; !math.IsNaN(v) {
				text = human(c.Unit, v)
				if slices.Contains(s.AtLeast[i], j) {
					text = "≥ " + text
				}
			}
			row = append(row, text)
		}
		out.Rows = append(out.Rows, row)
	}
	for _, m := range s.Marks {
		out.Marks = append(out.Marks, m.when(s.WarmupS)+": "+m.What)
	}
	return out
}
