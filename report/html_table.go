package report

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// A htmlTable is a table as the page has it: all text is that of people, and not yet safe in HTML, which the template sees to.
type htmlTable struct {
	Caption string
	Label   string // for those who hear it
	Heads   []htmlHead
	Rows    [][]htmlCell
	Sort    bool
}

type htmlHead struct {
	Text   string
	Unit   string // of its numbers
	Number bool
}

type htmlCell struct {
	Text  string
	Range string // lowest and highest of the repeats
	Value string // the number in its base unit
	Notes []int
	Head  bool   // names the row
	Class string // n: stands to the right, as numbers do; s: short, and on one line; a tone
}

// classOf returns the classes of a cell.
func classOf(text string, number bool, tone string) string {
	class := ""
	switch {
	case number:
		class = "n"
	case utf8.RuneCountInString(text) <= shortCell:
		class = "s"
	}
	return strings.TrimSpace(class + " " + tone)
}

// shortCell is the length of words that stay on one line.
const shortCell = 16

// newHTMLTable prints a table. Numbers keep their value beside them, by which the page sorts.
func newHTMLTable(label string, t Table) htmlTable {
	out := htmlTable{Caption: unclipped(t.Caption), Label: clean(label), Sort: len(t.Rows) > 1}
	for _, c := range t.Columns {
		out.Heads = append(out.Heads, htmlHead{Text: clean(c.Head), Unit: c.Unit, Number: c.Metric != ""})
	}
	for _, row := range t.Rows {
		cells := make([]htmlCell, 0, len(row.Cells))
		for i, c := range row.Cells {
			cells = append(cells, newHTMLCell(c, t.Columns[i], i == 0))
		}
		out.Rows = append(out.Rows, cells)
	}
	return out
}

func newHTMLCell(c Cell, col Column, first bool) htmlCell {
	out := htmlCell{Text: clean(words(c, col)), Notes: c.Notes, Head: first && col.Metric == ""}
	if n := c.Number; n != nil {
		if !noise(n, col) { // what may be noise has no place in an order
			out.Value = strconv.FormatFloat(n.Value, 'f', -1, 64)
		}
		if text := spanWords(n, col.Unit); !col.Total && text != out.Text {
			out.Range = text
		}
	}
	tone := ""
	if col.Head == "trust" || col.Head == "verdict" {
		tone = toneOf(c.Text)
	}
	out.Class = classOf(out.Text, col.Metric != "", tone)
	return out
}

// words prints a cell; it knows changes too.
func words(c Cell, col Column) string {
	switch {
	case noise(c.Number, col):
		return "~"
	case c.Number != nil && col.Unit == unitChange:
		return relative(1 + c.Number.Value)
	}
	return c.words(col)
}

func spanWords(n *Number, unitName string) string {
	if unitName != unitChange {
		return n.span(unitName)
	}
	low, high := relative(1+n.Min), relative(1+n.Max)
	if low == high {
		return low
	}
	return strings.TrimSuffix(low, " %") + " to " + high
}

// wordTable makes a table of words. columns that have a metric stand to the right, and are sorted by values, of which rows and
// columns may have none; all others by their words.
func wordTable(caption string, columns []Column, rows [][]string, values [][]*float64) htmlTable {
	out := htmlTable{Caption: clean(caption), Label: clean(caption), Sort: len(rows) > 1}
	for _, c := range columns {
		out.Heads = append(out.Heads, htmlHead{Text: clean(c.Head), Unit: c.Unit, Number: c.Metric != ""})
	}
	for at, row := range rows {
		cells := make([]htmlCell, 0, len(row))
		for i, text := range row {
			tone := ""
			if columns[i].Head == "verdict" {
				tone = toneOf(text)
			}
			text = clean(text)
			cell := htmlCell{Text: text, Head: i == 0, Class: classOf(text, columns[i].Metric != "", tone)}
			if at < len(values) && i < len(values[at]) && values[at][i] != nil {
				cell.Value = strconv.FormatFloat(*values[at][i], 'f', -1, 64)
			}
			cells = append(cells, cell)
		}
		out.Rows = append(out.Rows, cells)
	}
	return out
}

// The tones of what is said. Each has words beside it: nobody needs to see a colour.
const (
	toneGood = "good"
	toneWarn = "warn"
	toneBad  = "bad"
)

// toneOf says how a verdict on trust or on a change is meant; nothing where it is none.
func toneOf(word string) string {
	word = strings.ToLower(word)
	has := func(words ...string) bool {
		return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(word, w) })
	}
	switch {
	case word == "ok" || word == Pass:
		return toneGood
	case has("invalid", "fail", Untrusted):
		return toneBad
	case has("client-bound", "unknown", "interrupted", "left out", Warn, Inconclusive):
		return toneWarn
	}
	return ""
}

// A toned is a headline, and how it is meant.
type toned struct{ Verdict, Text, Tone, Mark string }

func newToned(h Headline) toned {
	out := toned{Verdict: clean(h.Verdict), Text: clean(h.Text), Tone: toneWarn}
	switch first, rest, _ := strings.Cut(h.Verdict, ":"); {
	case strings.HasPrefix(first, "Capacity"):
		out.Tone = ""
	case h.Verdict == "Trust: ok", h.Verdict == "Thresholds: held":
		out.Tone = toneGood
	case first == "Trust":
		out.Tone = toneOf(rest)
	case first == "Failed", first == "Thresholds", first == "Integrity", h.Verdict == "Missed too":
		out.Tone = toneBad
	}
	out.Mark = map[string]string{toneGood: "✓", toneWarn: "!", toneBad: "✕", "": "•"}[out.Tone]
	return out
}
