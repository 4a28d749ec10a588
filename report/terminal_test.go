package report

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"
)

// TestTerminalFits holds every report to terminals of all widths: a line that is too long is broken there, in the middle of a number.
func TestTerminalFits(t *testing.T) {
	t.Parallel()
	for name, run := range runs() {
		r, err := New(run)
		if err != nil {
			t.Fatal(err)
		}
		text := map[int]string{}
		for _, columns := range []int{0, 60, 80, 100, 132, 300} {
			var b strings.Builder
			if err := TerminalOf(columns)(&b, r); err != nil {
				t.Fatal(err)
			}
			text[columns] = b.String()
			fits(t, fmt.Sprint(name, " at ", columns), b.String(), columns)
			for _, row := range r.Result.medians(clean) {
				for _, cell := range row[max(0, len(row)-3):] { // whatever the width, no number is left out
					if !strings.Contains(b.String(), cell) {
						t.Errorf("%s at %d: there is no %s:\n%s", name, columns, cell, b.String())
					}
				}
			}
		}
		if text[0] != text[100] {
			t.Errorf("%s: where there is no terminal, it is as wide as 100", name)
		}
		if n := strings.Count(text[300], "response p50"); n > 1 {
			t.Errorf("%s: the table is cut where there is room for it", name)
		}
	}
}

// fits holds lines to columns; 0 are 100.
func fits(t *testing.T, what, text string, columns int) {
	t.Helper()
	if columns == 0 {
		columns = terminalWidth
	}
	for line := range strings.Lines(text) {
		if n := utf8.RuneCountInString(strings.TrimRight(line, "\n")); n > columns {
			t.Errorf("%s: a line of %d: %s", what, n, line)
		}
	}
}

func TestNarrow(t *testing.T) {
	t.Parallel()
	columns := []Column{{Head: "case"}, {Head: "value.serializer.name"}, {Head: "produced", Metric: "acked_per_s"}, {Head: "data", Metric: "acked_bytes_per_s"}}
	rows := [][]string{{"a case with a long name, and more of it", "short", "10.0 k/s", "2.00 MB/s"}, {"b", "another value, which is long", "9.99 k/s", "2.00 MB/s"}}
	for _, tt := range []struct {
		why     string
		columns int
		want    string
	}{
		{"room for all", 100, "  case                                     value.serializer.name         produced       data\n" +
			"  a case with a long name, and more of it  short                         10.0 k/s  2.00 MB/s\n" +
			"  b                                        another value, which is long  9.99 k/s  2.00 MB/s\n"},
		{"the longest gives way, and numbers stay whole", 50, "  case               value.serializer.…  produced\n" +
			"  a case with a lo…  short               10.0 k/s\n" +
			"  b                  another value, wh…  9.99 k/s\n\n" +
			"  case               value.serializer.…       data\n" +
			"  a case with a lo…  short               2.00 MB/s\n" +
			"  b                  another value, wh…  2.00 MB/s\n"},
		{"no room even so", 20, ""},
	} {
		var b strings.Builder
		p := newPaper(&b, tt.columns)
		terminalTable(p, columns, rows)
		if err := p.Flush(); err != nil {
			t.Fatal(err)
		}
		for _, number := range []string{"10.0 k/s", "9.99 k/s", "2.00 MB/s"} {
			if !strings.Contains(b.String(), number) {
				t.Errorf("%s: there is no %s:\n%s", tt.why, number, &b)
			}
		}
		if tt.want != "" && b.String() != tt.want {
			t.Errorf("%s: got\n%s\nwant\n%s", tt.why, &b, tt.want)
		}
	}
	if rows[0][0] != "a case with a long name, and more of it" {
		t.Error("the rows of the caller are changed")
	}
}
