package report

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

const (
	terminalWidth = 100 // runes; text is folded there where there is more room too
	terminalCell  = 40  // runes; longer words are cut
	terminalLeast = 8   // runes of a word that is cut further for want of room
)

// A paper is as wide as a terminal, so that nothing on it is broken there. A table that is wider goes on below, with its cases named
// again.
type paper struct {
	*bufio.Writer
	columns int // runes
}

// newPaper returns one that goes to w. With columns of 0 or less it has the width of no terminal, 100.
func newPaper(w io.Writer, columns int) *paper {
	if columns <= 0 {
		columns = terminalWidth
	}
	return &paper{bufio.NewWriter(w), columns}
}

// Terminal writes the report for a terminal of 100 columns, without colours: verdicts, the table, its doubts, and where it was measured.
func Terminal(w io.Writer, r *Report) error { return TerminalOf(0)(w, r) }

// TerminalOf returns Terminal for a terminal of so many columns; with 0 it is not known how many.
func TerminalOf(columns int) Renderer {
	return func(w io.Writer, r *Report) error { return r.terminal(newPaper(w, columns)) }
}

func (r *Report) terminal(b *paper) error {
	if r.NotKafka != "" {
		fold(b, "", clean(r.NotKafka))
	}
	first, rest := r.lead()
	for _, h := range first {
		fold(b, "", clean(h.Verdict)+". "+clean(h.Text))
	}
	if r.Comparison != nil {
		fold(b, "", clean(r.Comparison.Sentence))
		r.Comparison.terminalBody(b)
		fmt.Fprintln(b)
	}
	fold(b, "", strings.TrimSuffix(clean(r.Title)+": "+clean(r.Question), ": "))
	for _, h := range rest {
		fold(b, "  ", clean(h.Verdict)+". "+clean(h.Text))
	}
	fmt.Fprintln(b)
	if len(r.Result.Columns) == 0 && r.Searches == nil {
		fmt.Fprintln(b, "No trial has left a record yet.")
		return b.Flush()
	}
	short := func(s string) string { return clip(clean(s), terminalCell) }
	if r.Searches != nil {
		r.Searches.terminal(b, short)
	}
	if r.Searches != nil && (len(r.Result.Columns) > 0 || len(r.Notes) > 0) {
		fmt.Fprintln(b)
	}
	if len(r.Result.Columns) > 0 {
		terminalTable(b, r.Result.Columns, r.Result.medians(short))
		fmt.Fprintln(b)
		fold(b, "", unclipped(r.Result.Caption))
	}
	for i, note := range r.Notes {
		fold(b, "  ", superscripts([]int{i + 1})+" "+clean(note))
	}
	for _, part := range []struct {
		head  string
		table Table
	}{{"Over time", r.Timeline}, {"Transactions", r.Transactions}, {"Faults", r.Faults}, {"Groups", r.Groups}, {"Rebalances", r.Rebalances}, {"Backlog", r.Backlog}} {
		if t := part.table; len(t.Columns) > 0 {
			fmt.Fprintln(b, "\n"+part.head)
			terminalTable(b, t.Columns, t.medians(short))
			fmt.Fprintln(b)
			fold(b, "", unclipped(t.Caption))
		}
	}
	if columns, rows := r.Result.ranges(short); len(columns) > 0 {
		fmt.Fprintln(b, "\nLowest and highest of the repeats")
		terminalTable(b, columns, rows)
	}
	fmt.Fprintln(b)
	for _, f := range r.Facts {
		if f.brief() {
			fold(b, "  ", f.Name+": "+clean(f.Text))
		}
	}
	return b.Flush()
}

// terminalTable writes as many columns as fit, then the next ones below, each part with the columns that name the case.
func terminalTable(b *paper, columns []Column, rows [][]string) {
	heads, widths := make([][2]string, len(columns)), make([]int, len(columns))
	for i, c := range columns {
		first, second, two := strings.Cut(clean(c.Head), " ")
		if !two {
			first, second = "", first
		}
		heads[i] = [2]string{first, clip(second, terminalCell)}
		widths[i] = max(utf8.RuneCountInString(first), utf8.RuneCountInString(heads[i][1]))
		for _, row := range rows {
			widths[i] = max(widths[i], utf8.RuneCountInString(row[i]))
		}
	}
	named := 0
	for named < len(columns) && columns[named].Metric == "" && columns[named].Head != "trust" {
		named++
	}
	rows = narrow(b.columns, heads[:named], widths, rows)
	for from := named; from < len(columns); {
		part, width := make([]int, 0, len(columns)), 0
		for i := range named {
			part, width = append(part, i), width+widths[i]+2
		}
		for first := true; from < len(columns) && (first || width+widths[from]+2 <= b.columns); first = false {
			part, width = append(part, from), width+widths[from]+2
			from++
		}
		line := func(cell func(i int) string) {
			var cells []string
			for _, i := range part {
				cells = append(cells, pad(cell(i), widths[i], columns[i].Metric != ""))
			}
			fmt.Fprintln(b, strings.TrimRight("  "+strings.Join(cells, "  "), " "))
		}
		if slices.ContainsFunc(part, func(i int) bool { return heads[i][0] != "" }) {
			line(func(i int) string { return heads[i][0] })
		}
		line(func(i int) string { return heads[i][1] })
		for _, row := range rows {
			line(func(i int) string { return row[i] })
		}
		if from < len(columns) {
			fmt.Fprintln(b)
		}
	}
}

// narrow cuts the words that name cases, in the widest column first, until the widest number has room beside them. Heads and widths are
// changed, rows are not.
func narrow(columns int, named [][2]string, widths []int, rows [][]string) [][]string {
	names, rest := widths[:len(named)], slices.Max(append([]int{0}, widths[len(named):]...))
	over := rest + 2 - columns
	for _, w := range names {
		over += w + 2
	}
	for ; over > 0 && len(names) > 0; over-- {
		widest := slices.Index(names, slices.Max(names))
		if names[widest] <= terminalLeast {
			break
		}
		names[widest]--
	}
	out := slices.Clone(rows)
	for i, row := range out {
		out[i] = slices.Clone(row)
		for k := range named {
			out[i][k] = clip(row[k], names[k])
		}
	}
	for k := range named {
		named[k] = [2]string{clip(named[k][0], names[k]), clip(named[k][1], names[k])}
	}
	return out
}

// fold writes text in lines that fit, each after indent.
func fold(b *paper, indent, text string) {
	width := min(b.columns, terminalWidth)
	line := indent
	for word := range strings.FieldsSeq(text) {
		if line != indent && utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > width {
			fmt.Fprintln(b, line)
			line = indent + "  "
		}
		if strings.TrimSpace(line) != "" {
			line += " "
		}
		line += word
	}
	fmt.Fprintln(b, line)
}
