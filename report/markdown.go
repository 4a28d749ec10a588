package report

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Markdown writes the report for people: GitHub's dialect, and legible as plain text.
func Markdown(w io.Writer, r *Report) error {
	b := bufio.NewWriter(w)
	if r.NotKafka != "" {
		fmt.Fprintf(b, "> **%s**\n\n", md(r.NotKafka))
	}
	first, rest := r.lead()
	for _, h := range first {
		fmt.Fprintf(b, "**%s.** %s\n\n", md(h.Verdict), md(h.Text))
	}
	if r.Comparison != nil {
		r.Comparison.markdownVerdict(b)
	}
	fmt.Fprintf(b, "# %s\n\n", md(r.Title))
	if r.Question != "" {
		fmt.Fprintf(b, "%s\n\n", md(r.Question))
	}
	if r.Comparison != nil {
		fmt.Fprint(b, "## Comparison\n\n")
		r.Comparison.markdownBody(b)
		fmt.Fprintln(b)
	}
	for _, h := range rest {
		fmt.Fprintf(b, "- **%s.** %s\n", md(h.Verdict), md(h.Text))
	}
	brief := ""
	for _, f := range r.Facts {
		if f.brief() {
			brief += fmt.Sprintf("%s: %s. ", md(f.Name), md(f.Text))
		}
	}
	if r.Searches != nil {
		r.Searches.markdown(b, brief)
	}
	switch {
	case len(r.Result.Columns) > 0:
		fmt.Fprintf(b, "\n## Result\n\n%s%s\n\n", brief, md(r.Result.Caption))
		markdownTable(b, r.Result.Columns, r.Result.medians(md))
	case r.Searches == nil:
		fmt.Fprint(b, "\n## Result\n\nNo trial has left a record yet.\n")
	}
	for i, note := range r.Notes {
		if i == 0 {
			fmt.Fprintln(b)
		}
		fmt.Fprintf(b, "- %s %s\n", superscripts([]int{i + 1}), md(note))
	}
	if columns, rows := r.Result.ranges(md); len(columns) > 0 {
		fmt.Fprint(b, "\n### Lowest and highest of the repeats\n\n")
		markdownTable(b, columns, rows)
	}
	if len(r.Faults.Columns) > 0 {
		fmt.Fprintf(b, "\n### Faults\n\n%s\n\n", md(r.Faults.Caption))
		markdownTable(b, r.Faults.Columns, r.Faults.medians(md))
	}
	if len(r.Events.Columns) > 0 {
		fmt.Fprintf(b, "\n### Events\n\n%s\n\n", md(r.Events.Caption))
		markdownTable(b, r.Events.Columns, r.Events.medians(md))
	}
	if len(r.Cost.Columns) > 0 {
		fmt.Fprintf(b, "\n### Cost\n\n%s\n\n", md(r.Cost.Caption))
		markdownTable(b, r.Cost.Columns, r.Cost.medians(md))
	}
	if len(r.Times) > 0 {
		fmt.Fprint(b, "\n## Where the time goes\n")
	}
	for _, t := range r.Times {
		fmt.Fprintf(b, "\n%s\n\n", md(t.Caption))
		markdownTable(b, t.Columns, t.medians(md))
	}
	markdownDetails(b, r)
	return b.Flush()
}

// markdownDetails writes what explains the numbers.
func markdownDetails(b *bufio.Writer, r *Report) {
	if len(r.Thresholds) > 0 {
		var rows [][]string
		for _, th := range r.Thresholds {
			rows = append(rows, []string{md(th.Text), md(th.held()), md(th.worst())})
		}
		fmt.Fprint(b, "\n## Thresholds\n\n")
		markdownTable(b, []Column{{Head: "threshold"}, {Head: "held in"}, {Head: "worst"}}, rows)
	}
	if len(r.Reading) > 0 {
		fmt.Fprint(b, "\n## Reading this table\n\n")
		for _, line := range r.Reading {
			word, text, _ := strings.Cut(line, ":")
			fmt.Fprintf(b, "- **%s**: %s\n", word, md(text))
		}
	}
	fmt.Fprint(b, "\n## What was measured where\n\n")
	for _, f := range r.Facts {
		fmt.Fprintf(b, "- **%s**: %s\n", md(f.Name), md(f.Text))
	}
	if len(r.Settings) > 0 {
		var rows [][]string
		for _, s := range r.Settings {
			value := md(s.InForce)
			if s.Asked != "" {
				value += " (asked for: " + md(s.Asked) + ")"
			}
			rows = append(rows, []string{s.Side, md(s.Name), value})
		}
		fmt.Fprint(b, "\n## Settings in force, as the client libraries tell them\n\n")
		markdownTable(b, []Column{{Head: "side"}, {Head: "setting"}, {Head: "in force"}}, rows)
	}
}

// markdownTable writes a table of cells that are Markdown already, in columns that line up in plain text too.
func markdownTable(b *bufio.Writer, columns []Column, rows [][]string) {
	var heads, rules []string
	widths := make([]int, len(columns))
	for i, c := range columns {
		heads = append(heads, md(c.Head))
		widths[i] = max(3, utf8.RuneCountInString(heads[i]))
		for _, row := range rows {
			widths[i] = max(widths[i], utf8.RuneCountInString(row[i]))
		}
		rule := strings.Repeat("-", widths[i])
		if c.Metric != "" {
			rule = rule[1:] + ":"
		}
		rules = append(rules, rule)
	}
	for _, row := range append([][]string{heads, rules}, rows...) {
		for i, cell := range row {
			fmt.Fprintf(b, "| %s ", pad(cell, widths[i], columns[i].Metric != ""))
		}
		fmt.Fprint(b, "|\n")
	}
}

// md makes one inert line of Markdown of any text: what would begin a tag, a link, emphasis, code, a cell or a formula
// is escaped, and what would begin a list, a heading or a quotation at the start of the line too.
func md(s string) string {
	s = clean(s)
	var b strings.Builder
	runes := []rune(s)
	for i, r := range runes {
		switch {
		case strings.ContainsRune("\\`*[]|~&$", r),
			r == '<' && !strings.ContainsRune(" =0123456789", next(runes, i)), // less than begins no tag
			r == '_' && !(inWord(runes, i-1) && inWord(runes, i+1)),
			r == '/' && i > 0 && runes[i-1] == ':', // no address becomes a link
			r == '.' && i > 2 && strings.EqualFold(string(runes[i-3:i]), "www"),
			i == 0 && strings.ContainsRune("#+-=>", r),
			(r == '.' || r == ')') && i > 0 && next(runes, i) == ' ' && strings.Trim(string(runes[:i]), "0123456789") == "":
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// next returns the rune after the one at i, a space at the end.
func next(runes []rune, i int) rune {
	if i+1 < len(runes) {
		return runes[i+1]
	}
	return ' '
}

func inWord(runes []rune, i int) bool {
	return i >= 0 && i < len(runes) && (unicode.IsLetter(runes[i]) || unicode.IsDigit(runes[i]))
}
