package report

import (
	"encoding/json"
	"math"
	"slices"
	"strconv"
	"strings"

	"kbench/internal/result"
)

// pageData is what the page's script draws from. Cells are words, numbers or null; a number over several repeats is
// [value, lowest, highest, repeats], with a 1 behind it where the true value is larger.
type pageData struct {
	Charts []chartData  `json:"charts"`
	Series []seriesData `json:"series"`
}

type chartData struct {
	ID      string       `json:"id"`
	Kind    Kind         `json:"kind"`
	Title   string       `json:"title"`
	Columns []columnData `json:"columns"`
	Rows    [][]any      `json:"rows"`
	Draw    []int        `json:"draw"`
	Drawn   int          `json:"drawn"` // rows
}

type columnData struct {
	Head string `json:"head"`
	Key  string `json:"key"`            // in a CSV: with the unit in it
	Unit string `json:"unit,omitempty"` // empty for words
}

type seriesData struct {
	Name    string       `json:"name"`
	Case    string       `json:"case"`
	Warmup  float64      `json:"warmup_s"`
	Measure float64      `json:"measure_s"`
	Each    int          `json:"each_s"`
	At      []int        `json:"at_s"`
	Columns []columnData `json:"columns"`
	Values  []numbersOf  `json:"values"`
	AtLeast [][]int      `json:"at_least,omitempty"` // of each column, as Series has them; absent where no column has any
	Marks   [][2]any     `json:"marks,omitempty"`    // at, what
	Shades  [][2]float64 `json:"shades,omitempty"`   // from, to
}

// numbersOf are numbers of which NaN stands for none.
type numbersOf []float64

// MarshalJSON implements json.Marshaler.
func (n numbersOf) MarshalJSON() ([]byte, error) {
	b := []byte{'['}
	for i, v := range n {
		if i > 0 {
			b = append(b, ',')
		}
		if math.IsNaN(v) || math.IsInf(v, 0) {
			b = append(b, "null"...)
		} else {
			b = strconv.AppendFloat(b, v, 'f', -1, 64)
		}
	}
	return append(b, ']'), nil
}

// newPageData encodes the charts that are on a page, and its series.
func newPageData(charts []Chart, series []Series) ([]byte, error) {
	d := pageData{Charts: []chartData{}, Series: []seriesData{}}
	for _, c := range charts {
		of := chartData{ID: c.ID, Kind: c.Kind, Title: clean(c.Title), Columns: columnsData(c.Table.Columns), Rows: [][]any{}, Draw: c.Draw, Drawn: c.Rows}
		for _, row := range c.Table.Rows {
			var cells []any
			for _, cell := range row.Cells {
				cells = append(cells, cellData(cell))
			}
			of.Rows = append(of.Rows, cells)
		}
		d.Charts = append(d.Charts, of)
	}
	for i := range series {
		s := &series[i]
		of := seriesData{
			Name: clean(s.Name), Case: clean(s.Case), Warmup: s.WarmupS, Measure: s.MeasureS, Each: s.EachS, At: s.AtS, Columns: columnsData(s.Columns),
		}
		for _, v := range s.Values {
			of.Values = append(of.Values, v)
		}
		if slices.ContainsFunc(s.AtLeast, func(of []int) bool { return len(of) > 0 }) {
			of.AtLeast = s.AtLeast
		}
		for _, m := range s.Marks {
			of.Marks = append(of.Marks, [2]any{m.AtS, m.What})
		}
		for _, m := range s.Shades {
			of.Shades = append(of.Shades, [2]float64{m.FromS, m.ToS})
		}
		d.Series = append(d.Series, of)
	}
	return json.Marshal(d)
}

func columnsData(columns []Column) []columnData {
	var out []columnData
	for _, c := range columns {
		key := strings.ReplaceAll(clean(c.Head), " ", "_")
		if c.Metric != "" {
			key = c.Metric
			if c.Unit == result.UnitNs && !strings.Contains(key, "_ns") {
				key += "_ns"
			}
		}
		out = append(out, columnData{Head: clean(c.Head), Key: key, Unit: c.Unit})
	}
	return out
}

func cellData(c Cell) any {
	n := c.Number
	switch {
	case n == nil && c.Text == "":
		return nil
	case n == nil:
		return clean(c.Text)
	case n.AtLeast:
		return []any{number(n.Value), number(n.Min), number(n.Max), n.Repeats, 1}
	case n.Repeats == 1 && n.Min >= n.Value && n.Max <= n.Value: // an estimate has an interval of its own
		return number(n.Value)
	}
	return []any{number(n.Value), number(n.Min), number(n.Max), n.Repeats}
}

// number is null where JSON has no number.
func number(v float64) any {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return nil
	}
	return v
}
