package report

import (
	"fmt"
	"io"
	"slices"
	"strings"
)

// Bounds of a comment, beside that of all Markdown.
const (
	commentTable     = 20_000 // bytes of its first table
	commentHeadlines = 6
)

const tooLong = "\nToo long for a comment: %s. The results folder has it all.\n"

// Comment writes Markdown for a comment on a pull request: the verdict, a small table, and all else folded. It is never longer
// than 60,000 bytes; what did not fit is named. Its first line is a comment that shows nowhere, <!-- kbench SCENARIO -->, by
// which a script can find what it wrote before and replace it.
func Comment(w io.Writer, r *Report) error {
	c := &comment{}
	verdict, _ := r.verdict()
	c.add("title", fmt.Sprintf("<!-- kbench %s -->\n### kbench %s: %s\n\n", mark(r.Title), md(r.Title), md(verdict)))
	if r.NotKafka != "" {
		c.add("warning", "> **"+md(r.NotKafka)+"**\n\n")
	}
	if r.Question != "" {
		c.add("question", md(r.Question)+"\n\n")
	}
	if r.Comparison != nil {
		c.comparison(r.Comparison)
		c.add("headlines", "\n") // or the list would be a part of what is folded
	}
	for i, h := range r.Headlines {
		if i == commentHeadlines {
			c.add("headlines", fmt.Sprintf("- and %d more\n", len(r.Headlines)-i))
			break
		}
		c.add("headlines", fmt.Sprintf("- **%s.** %s\n", md(h.Verdict), md(h.Text)))
	}
	if r.Searches != nil {
		c.add("searches", "\n"+table(r.Searches.Answers.Columns, r.Searches.Answers.medians(md), commentTable, ""))
	}
	if r.Comparison == nil { // its medians stand there already
		c.add("table", "\n"+shortTable(r))
	}
	c.details("Pictures", strings.TrimSuffix(mermaidCharts(r.Result), "\n"))
	c.details("Thresholds", thresholdsTable(r))
	c.details("All numbers", allNumbers(r))
	var facts strings.Builder
	for _, f := range r.Facts {
		fmt.Fprintf(&facts, "- **%s**: %s\n", md(f.Name), md(f.Text))
	}
	c.details("What was measured where", facts.String())
	return c.write(w, tooLong)
}

// comparisonComment is Comment for a comparison of stored results.
func comparisonComment(w io.Writer, of *Comparison) error {
	c := &comment{}
	c.add("title", fmt.Sprintf("<!-- kbench comparison -->\n### kbench comparison: %s\n\n", md(of.Verdict)))
	if of.NotKafka != "" {
		c.add("warning", "> **"+md(of.NotKafka)+"**\n\n")
	}
	c.comparison(of)
	return c.write(w, tooLong)
}

// A comment is a text for a pull request.
type comment struct{ bounded }

// comparison adds what a comparison says: its sentence and its gates, and the rest folded.
func (c *comment) comparison(of *Comparison) {
	word, rest, _ := strings.Cut(of.Sentence, ": ")
	c.add("sentence", fmt.Sprintf("**%s**: %s\n\n", md(word), md(rest)))
	c.add("sides", fmt.Sprintf("- **%s**: %s\n- **%s**: %s\n- %s\n\n", md(of.A.Name), md(of.A.What), md(of.B.Name), md(of.B.What), md(of.trials())))
	columns := []Column{{Head: "gate"}}
	for _, head := range []string{of.A.Name, of.B.Name, "change", "interval", "margin"} {
		columns = append(columns, Column{Head: head, Metric: head}) // numbers: they stand to the right
	}
	var rows [][]string
	for _, r := range of.gates() {
		row := []string{of.label(r)}
		for _, n := range []*Number{r.A, r.B} {
			row = append(row, Cell{Number: n}.words(Column{Unit: r.Unit}))
		}
		row = append(row, r.delta(), r.interval(), percent(*r.Margin), r.Verdict)
		for i := range row {
			row[i] = md(row[i])
		}
		rows = append(rows, row)
	}
	if len(rows) > 0 {
		c.add("gates", table(append(columns, Column{Head: "verdict"}), rows, commentTable, "")+"\n")
	}
	var all strings.Builder
	for _, t := range of.tables(true) {
		for _, row := range t.rows {
			for i := range row {
				row[i] = md(row[i])
			}
		}
		if t.name != "" {
			fmt.Fprintf(&all, "%s\n\n", md(t.name))
		}
		fmt.Fprintf(&all, "%s\n", table(t.columns, t.rows, markdownLimit, ""))
	}
	fmt.Fprintf(&all, "%s\n\n", mdWhole(of.caption()))
	for _, text := range of.remarks() {
		fmt.Fprintf(&all, "- %s\n", md(upper(sentence(text))))
	}
	c.details("All metrics compared", all.String())
}

// mark makes a name that can end no comment of HTML's.
func mark(s string) string {
	safe := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_' || r == '.' || r == '-' {
			return r
		}
		return '_'
	}, clip(s, 100))
	return strings.ReplaceAll(safe, "--", "__")
}

// shortTable is the part of the table of results that people look at first.
func shortTable(r *Report) string {
	first := []string{"acked_per_s", "consumed_per_s", "response_p50", "response_p99", "service_p50", "service_p99", "e2e_p99", "failed", "lost"}
	if slices.ContainsFunc(r.Result.Columns, func(c Column) bool { return c.Metric == "acked_per_s" }) {
		first = slices.Delete(first, 1, 2)
	}
	var columns []Column
	var kept []int
	for i, c := range r.Result.Columns {
		if c.Metric == "" || slices.Contains(first, c.Metric) {
			columns, kept = append(columns, c), append(kept, i)
		}
	}
	var rows [][]string
	for _, row := range r.Result.medians(md) {
		var cells []string
		for _, i := range kept {
			cells = append(cells, row[i])
		}
		rows = append(rows, cells)
	}
	return table(columns, rows, commentTable, "")
}

// allNumbers are the tables of the report, with the doubts about them.
func allNumbers(r *Report) string {
	var b strings.Builder
	for _, t := range slices.Concat([]Table{r.Result, r.Transactions, r.Faults, r.Rebalances, r.Backlog, r.Cost}, r.Times) {
		if len(t.Columns) > 0 {
			fmt.Fprintf(&b, "%s\n\n%s\n", mdWhole(t.Caption), table(t.Columns, t.medians(md), markdownLimit, ""))
		}
	}
	for i, note := range r.Notes {
		fmt.Fprintf(&b, "- %s %s\n", superscripts([]int{i + 1}), md(note))
	}
	return b.String()
}

func thresholdsTable(r *Report) string {
	if len(r.Thresholds) == 0 {
		return ""
	}
	var rows [][]string
	for _, th := range r.Thresholds {
		rows = append(rows, []string{md(th.Text), md(th.held()), md(th.worst())})
	}
	return table([]Column{{Head: "threshold"}, {Head: "held in"}, {Head: "worst"}}, rows, markdownLimit, "")
}
