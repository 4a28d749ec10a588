package report

import (
	"encoding/json"
	"slices"
	"testing"
)

// TestHTMLNumbersParseBack reads the numbers that the script draws, and holds them against the report's.
func TestHTMLNumbersParseBack(t *testing.T) {
	t.Parallel()
	r, err := New(acksRun())
	if err != nil {
		t.Fatal(err)
	}
	var d struct {
		Charts []struct {
			ID      string
			Columns []struct{ Key, Unit string }
			Rows    [][]any
		}
	}
	for _, script := range all(parsePage(t, "acks", render(t, "html", r)), "script") {
		if attribute(script, "id") == "data" {
			if err := json.Unmarshal([]byte(textOf(script)), &d); err != nil {
				t.Fatal(err)
			}
		}
	}
	charts := r.Charts().Cases
	if len(d.Charts) != len(charts) {
		t.Fatalf("%d charts, want %d", len(d.Charts), len(charts))
	}
	checked := 0
	for i, c := range charts {
		for j, row := range c.Table.Rows {
			for k, cell := range row.Cells {
				got := d.Charts[i].Rows[j][k]
				if n := cell.Number; n != nil {
					want := []any{n.Value, n.Min, n.Max, float64(n.Repeats)}
					if list, ok := got.([]any); !ok || !slices.Equal(list, want) {
						t.Errorf("%s, %s: got %v, want %v", c.ID, d.Charts[i].Columns[k].Key, got, want)
					}
					checked++
				} else if cell.Text == "" && got != nil {
					t.Errorf("%s: nothing became %v", c.ID, got)
				}
			}
		}
	}
	if checked < 50 {
		t.Errorf("only %d numbers were checked", checked)
	}
}

func TestCellData(t *testing.T) {
	t.Parallel()
	nan := Number{Value: 0, Min: 0, Max: 0, Repeats: 1}
	nan.Value /= nan.Min // not a number
	for _, tt := range []struct {
		why  string
		cell Cell
		want string
	}{
		{"nothing", Cell{}, "null"},
		{"words", Cell{Text: "a<b"}, `"a\u003cb"`},
		{"one number", Cell{Number: one(1.5)}, "1.5"},
		{"over repeats", Cell{Number: &Number{Value: 2, Min: 1, Max: 3, Repeats: 3}}, "[2,1,3,3]"},
		{"a lower bound", Cell{Number: &Number{Value: 2, Min: 2, Max: 2, Repeats: 1, AtLeast: true}}, "[2,2,2,1,1]"},
		{"an estimate with its interval", Cell{Number: &Number{Value: 0.1, Min: -0.1, Max: 0.2, Repeats: 1}}, "[0.1,-0.1,0.2,1]"},
		{"what JSON has no number for", Cell{Number: &nan}, "[null,0,0,1]"},
	} {
		if got, err := json.Marshal(cellData(tt.cell)); err != nil || string(got) != tt.want {
			t.Errorf("%s: got %s (%v), want %s", tt.why, got, err, tt.want)
		}
	}
}
