package report

import (
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Bounds of the parts of a report in Markdown, in bytes. Runs of a few cases are far from them.
const (
	markdownFirst = 12_000 // the table of results, and those of a comparison or a search
	markdownText  = 9_000  // a list, or the settings
	markdownMore  = 4_000  // any other table
)

// Markdown writes the report for people: GitHub's dialect, and legible as plain text. It is never longer than 60,000 bytes, so that it can
// be a comment on a pull request; what is cut says so, and what did not fit is named at the end.
func Markdown(w io.Writer, r *Report) error {
	b := &bounded{more: ": report.html has them, and report.csv every trial"}
	if r.NotKafka != "" {
		b.addf("the warning", "> **%s**\n\n", md(r.NotKafka))
	}
	first, rest := r.lead()
	b.lines("headlines", mapLines(first, func(h Headline) string { return fmt.Sprintf("**%s.** %s\n\n", md(h.Verdict), md(h.Text)) }), markdownText)
	if r.Comparison != nil {
		r.Comparison.markdownVerdict(b)
	}
	b.addf("the title", "# %s\n\n", md(r.Title))
	if r.Question != "" {
		b.addf("the question", "%s\n\n", md(r.Question))
	}
	if r.Comparison != nil {
		b.add("the comparison", "## Comparison\n\n")
		r.Comparison.markdownBody(b)
		b.add("the comparison", "\n")
	}
	b.lines("headlines", mapLines(rest, func(h Headline) string { return fmt.Sprintf("- **%s.** %s\n", md(h.Verdict), md(h.Text)) }), markdownText)
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
		b.addf("the result", "\n## Result\n\n%s%s\n\n", brief, mdWhole(r.Result.Caption))
		b.table("the result", r.Result.Columns, r.Result.medians(md), markdownFirst)
	case r.Searches == nil:
		b.add("the result", "\n## Result\n\nNo trial has left a record yet.\n")
	}
	if len(r.Notes) > 0 {
		b.add("the notes", "\n")
	}
	number := 0
	b.lines("the notes", mapLines(r.Notes, func(note string) string {
		number++
		return fmt.Sprintf("- %s %s\n", superscripts([]int{number}), md(note))
	}), markdownText)
	if charts := mermaidCharts(r.Result); charts != "" {
		b.addf("the pictures", "\n%s", strings.TrimSuffix(charts, "\n"))
	}
	if columns, rows := r.Result.ranges(md); len(columns) > 0 {
		b.add("the repeats", "\n### Lowest and highest of the repeats\n\n")
		b.table("the repeats", columns, rows, markdownMore)
	}
	for _, more := range []struct {
		title string
		table Table
	}{{"Over time", r.Timeline}, {"Transactions", r.Transactions}, {"Faults", r.Faults}, {"Groups", r.Groups}, {"Rebalances", r.Rebalances}, {"Backlog", r.Backlog}, {"Events", r.Events}, {"Cost", r.Cost}} {
		if len(more.table.Columns) > 0 {
			b.addf(strings.ToLower(more.title), "\n### %s\n\n%s\n\n", more.title, mdWhole(more.table.Caption))
			b.table(strings.ToLower(more.title), more.table.Columns, more.table.medians(md), markdownMore)
		}
	}
	if len(r.Times) > 0 {
		b.add("where the time goes", "\n## Where the time goes\n")
	}
	for _, t := range r.Times {
		b.addf("where the time goes", "\n%s\n\n", mdWhole(t.Caption))
		b.table("where the time goes", t.Columns, t.medians(md), markdownMore)
	}
	markdownDetails(b, r)
	return b.write(w, "\nLeft out of this file: %s. report.html has it all.\n")
}

func mapLines[T any](list []T, line func(T) string) []string {
	out := make([]string, 0, len(list))
	for _, v := range list {
		out = append(out, line(v))
	}
	return out
}

// markdownDetails writes what explains the numbers.
func markdownDetails(b *bounded, r *Report) {
	if len(r.Thresholds) > 0 {
		var rows [][]string
		for _, th := range r.Thresholds {
			rows = append(rows, []string{md(th.Text), md(th.held()), md(th.worst())})
		}
		b.add("thresholds", "\n## Thresholds\n\n")
		b.table("thresholds", []Column{{Head: "threshold"}, {Head: "held in"}, {Head: "worst"}}, rows, markdownMore)
	}
	if len(r.Reading) > 0 {
		b.add("how to read it", "\n## Reading this table\n\n")
		b.lines("how to read it", mapLines(r.Reading, func(line string) string {
			word, text, _ := strings.Cut(line, ":")
			return fmt.Sprintf("- **%s**: %s\n", word, mdWhole(text))
		}), markdownText)
	}
	b.add("the facts", "\n## What was measured where\n\n")
	b.lines("the facts", mapLines(r.Facts, func(f Fact) string { return fmt.Sprintf("- **%s**: %s\n", md(f.Name), md(f.Text)) }), markdownText)
	if len(r.Settings) > 0 {
		var rows [][]string
		for _, s := range r.Settings {
			value := md(s.InForce)
			if s.Asked != "" {
				value += " (asked for: " + md(s.Asked) + ")"
			}
			rows = append(rows, []string{s.Side, md(s.Name), value})
		}
		b.add("the settings", "\n## Settings in force, as the client libraries tell them\n\n")
		b.table("the settings", []Column{{Head: "side"}, {Head: "setting"}, {Head: "in force"}}, rows, markdownText)
	}
}

// markdownTable returns a table of cells that are Markdown already, in columns that line up in plain text too.
func markdownTable(columns []Column, rows [][]string) string {
	var b strings.Builder
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
			fmt.Fprintf(&b, "| %s ", pad(cell, widths[i], columns[i].Metric != ""))
		}
		fmt.Fprint(&b, "|\n")
	}
	return b.String()
}

// md makes one inert line of Markdown of any text: what would begin a tag, a link, emphasis, code, a cell or a formula
// is escaped, and what would begin a list, a heading or a quotation at the start of the line too.
func md(s string) string { return inert(clean(s)) }

// mdWhole is md for a text of kbench's own, however long it is.
func mdWhole(s string) string { return inert(unclipped(s)) }

func inert(s string) string {
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
