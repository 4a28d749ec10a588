package report

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"kbench/internal/result"
)

// barsOf makes a table with a column of rates.
func barsOf(labels []string, values []float64) Table {
	t := Table{Columns: []Column{{Head: "case"}, {Head: "produced", Metric: "acked_per_s", Unit: result.UnitPerS}, {Head: "trust"}}}
	for i, label := range labels {
		number := &Number{Value: values[i]}
		if values[i] < 0 {
			number = nil
		}
		t.Rows = append(t.Rows, Row{Case: label, Cells: []Cell{{Text: label}, {Number: number}, {Text: "ok"}}})
	}
	return t
}

func TestMermaid(t *testing.T) {
	t.Parallel()
	many := make([]string, mostBars+1)
	rates := make([]float64, mostBars+1)
	for i := range many {
		many[i], rates[i] = fmt.Sprintf("case %d", i), 1e3
	}
	bound := barsOf([]string{"a", "b"}, []float64{1, 2})
	bound.Rows[1].Cells[1].Number.AtLeast, bound.Rows[1].Cells[2].Text = true, "invalid"
	for _, tc := range []struct {
		why   string
		table Table
		want  []string // nil: no picture
	}{
		{"two cases", barsOf([]string{"acks=0", "acks=all"}, []float64{50e3, 40_123}), []string{
			"}%%\nxychart-beta\n", `title "produced"`, `x-axis ["acks=0", "acks=all"]`, `y-axis "k/s" 0 --> 55.0`, "bar [50.0, 40.1]\n```\n",
		}},
		{"one case has nothing beside it", barsOf([]string{"a"}, []float64{1}), nil},
		{"no case", Table{}, nil},
		{"too many, and it says so", barsOf(many, rates), []string{"No picture: 21 cases, and more than 20 can't be told apart"}},
		{"as many as go", barsOf(many[1:], rates[1:]), []string{"xychart-beta horizontal", `"case 20"]`}},
		{"one number of two", barsOf([]string{"a", "b"}, []float64{1, -1}), nil},
		{"a case without a number is named", barsOf([]string{"a", "b", "c*"}, []float64{1, 2, -1}), []string{`["a", "b"]`, "for want of a number: c."}},
		{"nothing but zeros", barsOf([]string{"a", "b"}, []float64{0, 0}), nil},
		{"doubt goes with the number", bound, []string{`["a", "≥ b (invalid)"]`}},
		{"labels that are equal once they are safe", barsOf([]string{"a\"", "a'"}, []float64{1, 2}), []string{`["1: a", "2: a"]`}},
		{"what would end a label or the block", barsOf([]string{"x\"]\n```", "#quot;<b>"}, []float64{1, 2}), []string{`["x", "quot b"]`}},
		{"labels that are long lie", barsOf([]string{strings.Repeat("a", 40), strings.Repeat("b", 40)}, []float64{1, 2}), []string{"horizontal", strings.Repeat("a", 31) + "…"}},
	} {
		got := mermaidCharts(tc.table)
		if tc.want == nil && got != "" {
			t.Errorf("%s: got %s", tc.why, got)
		}
		for _, part := range tc.want {
			if !strings.Contains(got, part) {
				t.Errorf("%s: %q is not in\n%s", tc.why, part, got)
			}
		}
	}
}

// mermaidBlock is all that a picture may be, whatever its words are.
var mermaidBlock = regexp.MustCompile(`^(%%\{init: \{"xyChart": \{"height": 300\}\}\}%%
xychart-beta|xychart-beta horizontal)
    title "[^"\n]*"
    x-axis \["[^"\n]*"(, "[^"\n]*")*\]
    y-axis "[^"\n]*" 0 --> [0-9.]+
    bar \[[0-9.]+(, [0-9.]+)*\]
$`)

func FuzzMermaid(f *testing.F) {
	f.Add("acks=all", "x\"]\n```\nend")
	f.Add("\x1b[31m", "\u202e 日本 %%{init}%%")
	f.Fuzz(func(t *testing.T, a, b string) {
		got := mermaidCharts(barsOf([]string{a, b}, []float64{1, 2}))
		block, rest, ok := strings.Cut(strings.TrimPrefix(got, "```mermaid\n"), "```\n")
		if !ok || rest != "\n" || !mermaidBlock.MatchString(block) {
			t.Fatalf("%q and %q: got\n%s", a, b, got)
		}
	})
}
