package report

import (
	"fmt"
	"math"
	"slices"

	"kbench/internal/result"
)

// secondsCharts draws a trial of every case, and says of its seconds what a picture shows.
func secondsCharts(groups []*group, series []Series) []Chart {
	t := Table{Columns: []Column{
		{Head: "case"},
		{Head: "seconds", Metric: "seconds", Unit: result.UnitTimes},
		{Head: "median of the seconds", Metric: "p99_median", Unit: result.UnitNs},
		{Head: "slowest second", Metric: "p99_max", Unit: result.UnitNs},
		{Head: "which is at", Metric: "p99_max_at", Unit: result.UnitNs},
		{Head: "trial"},
		{Head: "trust"},
	}}
	trust := trusts(groups)
	var cases []string
	each := 1
	for i := range series {
		s := &series[i]
		if slices.Contains(cases, s.Case) {
			continue
		}
		cases = append(cases, s.Case)
		column := s.firstP99()
		if column < 0 {
			continue
		}
		var known []float64
		at := 0
		for j, v := range s.Values[column] {
			if s.AtS[j] < 0 || math.IsNaN(v) {
				continue
			}
			if len(known) == 0 || v > slices.Max(known) {
				at = s.AtS[j]
			}
			known = append(known, v)
		}
		sum := result.Summarize(known)
		if sum.N == 0 {
			continue
		}
		slowest, median := one(sum.Max), one(sum.Median)
		slowest.AtLeast = slices.ContainsFunc(s.AtLeast[column], func(j int) bool { return s.AtS[j] >= 0 })
		median.AtLeast = slowest.AtLeast
		each = max(each, s.EachS)
		t.Rows = append(t.Rows, Row{Case: s.Case, Cells: []Cell{
			{Text: clean(s.Case)}, {Number: one(float64(sum.N))}, {Number: median}, {Number: slowest}, {Number: one(1e9 * float64(at))}, {Text: s.Name}, {Text: trust[s.Case]},
		}})
	}
	if len(t.Rows) < 2 {
		return nil
	}
	says := "The p99 of each second of the first trial of every case that has one, by the time in which records were due, on one scale. Above is one trial at a time. " +
		"The time of the slowest second counts from the beginning of the measured part."
	if each > 1 {
		says += fmt.Sprintf(" A point stands for up to %d seconds, and is the slowest of them.", each)
	}
	return []Chart{newChart("seconds", KindSmall, "Latency over time, all cases", says, t, maxSmall)}
}

// firstP99 returns the first column that is a p99, -1 where there is none.
func (s *Series) firstP99() int {
	return slices.IndexFunc(s.Columns, func(c Column) bool { return c.Unit == result.UnitNs && c.Head[max(0, len(c.Head)-3):] == "p99" })
}
