package report

import (
	"fmt"
	"io"
	"slices"
	"strings"
)

// markdownLimit is the most bytes that Markdown has: GitHub refuses a comment of more than 65,536 characters, and report.md goes into some.
const markdownLimit = 60_000

// A bounded is a text of Markdown that does not grow beyond markdownLimit.
type bounded struct {
	text strings.Builder
	left []string // names of what did not fit
	more string   // where that is, after a count or a list of it
}

// add adds a part that fits, and else notes its name. Some room is kept to list those.
func (b *bounded) add(name, part string) {
	const list = 500
	if b.text.Len()+len(part) > markdownLimit-list {
		b.left = unique(b.left, name)
		return
	}
	b.text.WriteString(part)
}

// addf is add, of a format and what goes into it.
func (b *bounded) addf(name, format string, args ...any) { b.add(name, fmt.Sprintf(format, args...)) }

// write writes the text, and after it the names of what did not fit, where the format has its %s.
func (b *bounded) write(w io.Writer, left string) error {
	if len(b.left) > 0 {
		fmt.Fprintf(&b.text, left, strings.Join(b.left, ", "))
	}
	_, err := io.WriteString(w, b.text.String())
	return err
}

// details adds a part that is folded. Nothing is added for an empty one.
func (b *bounded) details(name, part string) {
	if part != "" {
		b.addf(name, "\n<details><summary>%s</summary>\n\n%s\n</details>\n", name, part)
	}
}

// lines adds as many lines as fit into limit bytes, and says how many there are beyond.
func (b *bounded) lines(name string, lines []string, limit int) {
	n := 0
	for i, line := range lines {
		if n += len(line); n > limit {
			b.addf(name, "- and %d more%s\n", len(lines)-i, b.more)
			return
		}
		b.add(name, line)
	}
}

// table adds a table of cells that are Markdown already, in columns that line up in plain text too; where that takes more than limit
// bytes, one that does without, and of as many rows as fit.
func (b *bounded) table(name string, columns []Column, rows [][]string, limit int) {
	text := markdownTable(columns, rows)
	if len(text) > limit {
		text = table(columns, rows, limit, b.more)
	}
	b.add(name, text)
}

// table writes a Markdown table of cells that are Markdown already, of as many rows as fit into limit bytes, and how many there
// are beyond. Its columns do not line up in plain text: that would take room.
func table(columns []Column, rows [][]string, limit int, more string) string {
	if len(columns) == 0 {
		return ""
	}
	var b strings.Builder
	var heads, rules []string
	for _, c := range columns {
		rule := "---"
		if c.Metric != "" {
			rule = "--:"
		}
		heads, rules = append(heads, md(c.Head)), append(rules, rule)
	}
	for i, row := range slices.Concat([][]string{heads, rules}, rows) {
		line := "| " + strings.Join(row, " | ") + " |\n"
		if i > 1 && b.Len()+len(line) > limit {
			fmt.Fprintf(&b, "\nand %d more%s\n", len(rows)-(i-2), more)
			break
		}
		b.WriteString(line)
	}
	return b.String()
}
