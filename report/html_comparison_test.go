package report

import (
	"bytes"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"kbench/internal/result"
)

// comparedPage is the page of a stored comparison.
func comparedPage(t *testing.T, c *Comparison) *html.Node {
	t.Helper()
	var b bytes.Buffer
	if err := comparisonHTML(&b, c); err != nil {
		t.Fatal(err)
	}
	return parsePage(t, c.A.What, ofRecords(b.String()))
}

// TestComparedTablesSort holds that every table of a comparison with several rows can be sorted, by numbers and not by their words.
func TestComparedTablesSort(t *testing.T) {
	t.Parallel()
	for name, c := range comparisons(t) {
		for _, table := range all(comparedPage(t, c), "table") {
			rows := all(table, "tr")
			if several := len(rows) > 2; several != (attribute(table, "class") == "sort") {
				t.Errorf("%s: a table of %d rows has the class %q", name, len(rows), attribute(table, "class"))
			}
			var heads []string
			for _, th := range all(rows[0], "th") {
				heads = append(heads, textOf(th))
			}
			change := slices.Index(heads, "change")
			for _, row := range rows[1:] {
				cells := slices.Concat(all(row, "th"), all(row, "td"))
				value, words := attribute(cells[change], "data-v"), textOf(cells[change])
				proven := words != "–" && !strings.HasPrefix(words, "~") && textOf(cells[0]) != "geomean"
				if v, err := strconv.ParseFloat(value, 64); proven != (err == nil) || proven && (v > 0) != (words[0] == '+') {
					t.Errorf("%s: %s: the change %q has the value %q", name, textOf(cells[0]), words, value)
				}
			}
		}
	}
}

// TestNoiseIsDrawnAsNoise holds the table beside the picture of changes to the one above it: what is ~ there is ~ here.
func TestNoiseIsDrawnAsNoise(t *testing.T) {
	t.Parallel()
	noisy, proven := 0, 0
	for name, c := range comparisons(t) {
		for _, chart := range comparisonCharts(c) {
			table := newHTMLTable("", chart.Table)
			for i, row := range table.Rows {
				r := c.Rows[slices.IndexFunc(c.Rows, func(r Compared) bool { return c.label(&r) == chart.Table.Rows[i].Cells[0].Text })]
				if got, want := row[1].Text, r.delta(); got != want {
					t.Errorf("%s: %s is %q, above it %q", name, row[0].Text, got, want)
				}
				if r.differs() {
					proven++
				} else {
					noisy++
				}
			}
			if !strings.Contains(chart.Says, "Hollow, and ~ in the table, is what may be noise") {
				t.Errorf("%s: %s", name, chart.Says)
			}
		}
	}
	if noisy == 0 || proven == 0 {
		t.Errorf("%d changes may be noise, %d are proven", noisy, proven)
	}
}

// TestComparedPageSaysTrust holds the first screen of a stored comparison to the trust in what it compares.
func TestComparedPageSaysTrust(t *testing.T) {
	t.Parallel()
	client := func(t *result.Trial) {
		t.Verdict = result.Verdict{Trust: result.TrustClientBound, Reasons: []string{"kbench used 91% of its CPU"}}
	}
	first := func(t *result.Trial) {
		if t.Repeat == 1 {
			invalid(t)
		}
	}
	for _, tt := range []struct {
		why  string
		head change
		want string
		tone string
	}{
		{"nothing speaks against them", func(*result.Trial) {}, "Trust: ok. kbench kept up in all 10 trials", toneGood},
		{"the client was the limit", client, "Trust: client-bound. Client-bound in 5 of 10 trials", toneWarn},
		{"one is left out", first, "Trust: ok, with 1 of 10 trials left out. kbench kept up in all 9 trials", toneWarn},
		{"none is left", invalid, "Trust: ok, with 5 of 10 trials left out.", toneWarn},
	} {
		c, err := NewStored(stored("x", repeats("acks=1", 5, 0.01)...), stored("y", repeats("acks=1", 5, 0.01, tt.head)...), nil, false)
		if err != nil {
			t.Fatal(err)
		}
		found := false
		for _, li := range all(comparedPage(t, c), "li") {
			if strings.Contains(textOf(li), tt.want) {
				found = true
				if got := attribute(li, "class"); got != tt.tone {
					t.Errorf("%s: the tone is %q, want %q", tt.why, got, tt.tone)
				}
			}
		}
		if !found {
			t.Errorf("%s: the page does not say %q", tt.why, tt.want)
		}
	}
}
