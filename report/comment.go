package report

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"kbench/internal/result"
)

// Bounds of a comment. GitHub refuses one of more than 65,536 characters.
const (
	commentLimit     = 60_000 // bytes of all of it
	commentTable     = 20_000 // bytes of its first table
	commentHeadlines = 6
)

// Comment writes Markdown for a comment on a pull request: the verdict, a small table, and all else folded. It is never longer
// than 60,000 bytes; what did not fit is named. Its first line is a comment that shows nowhere, <!-- kbench SCENARIO -->, by
// which a script can find what it wrote before and replace it.
func Comment(w io.Writer, r *Report) error {
	c := &comment{}
	c.add("title", fmt.Sprintf("<!-- kbench %s -->\n### kbench %s: %s\n\n", mark(r.Title), md(r.Title), md(r.verdict())))
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
		c.add("searches", "\n"+table(r.Searches.Answers.Columns, r.Searches.Answers.medians(md), commentTable))
	}
	if r.Comparison == nil { // its medians stand there already
		c.add("table", "\n"+shortTable(r))
	}
	c.details("Thresholds", thresholdsTable(r))
	c.details("All numbers", allNumbers(r))
	var facts strings.Builder
	for _, f := range r.Facts {
		fmt.Fprintf(&facts, "- **%s**: %s\n", md(f.Name), md(f.Text))
	}
	c.details("What was measured where", facts.String())
	return c.write(w)
}

// comparisonComment is Comment for a comparison of stored results.
func comparisonComment(w io.Writer, of *Comparison) error {
	c := &comment{}
	c.add("title", fmt.Sprintf("<!-- kbench comparison -->\n### kbench comparison: %s\n\n", md(of.Verdict)))
	if of.NotKafka != "" {
		c.add("warning", "> **"+md(of.NotKafka)+"**\n\n")
	}
	c.comparison(of)
	return c.write(w)
}

// A comment is a text that does not grow beyond its limit.
type comment struct {
	text strings.Builder
	left []string // what did not fit
}

// add adds a part that fits, and else notes its name. Some room is kept to list those.
func (c *comment) add(name, part string) {
	const list = 500
	if c.text.Len()+len(part) > commentLimit-list {
		c.left = unique(c.left, name)
		return
	}
	c.text.WriteString(part)
}

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
		c.add("gates", table(append(columns, Column{Head: "verdict"}), rows, commentTable)+"\n")
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
		fmt.Fprintf(&all, "%s\n", table(t.columns, t.rows, commentLimit))
	}
	fmt.Fprintf(&all, "%s\n\n", md(of.caption()))
	for _, text := range of.remarks() {
		fmt.Fprintf(&all, "- %s\n", md(upper(sentence(text))))
	}
	c.details("All metrics compared", all.String())
}

// write writes the comment, and what did not fit into it.
func (c *comment) write(w io.Writer) error {
	if len(c.left) > 0 {
		fmt.Fprintf(&c.text, "\nToo long for a comment: %s. The results folder has it all.\n", strings.ToLower(strings.Join(c.left, ", ")))
	}
	_, err := io.WriteString(w, c.text.String())
	return err
}

// details adds a part that is folded. Nothing is added for an empty one.
func (c *comment) details(name, part string) {
	if part != "" {
		c.add(name, fmt.Sprintf("\n<details><summary>%s</summary>\n\n%s\n</details>\n", name, part))
	}
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

// verdict is the run in a few words, in the order of exit codes: what makes the numbers worthless comes before what they say.
func (r *Report) verdict() string {
	missed := 0
	for _, th := range r.Thresholds {
		if th.Missed > 0 {
			missed++
		}
	}
	// Steps of a search and pairs of a comparison have been judged by those.
	own := slices.DeleteFunc(outside(r.Trials), func(t *result.Trial) bool { return t.Pair != nil })
	untrusted := count(own, func(t *result.Trial) bool { return t.Verdict.Trust == result.TrustInvalid })
	status, failed := r.run.Manifest.Status, len(withStatus(own, result.StatusFailed))
	switch {
	case status == result.StatusRunning:
		return "unfinished"
	case status == result.StatusInterrupted || len(withStatus(r.Trials, result.StatusInterrupted)) > 0:
		return "interrupted"
	case failed > 0:
		return fmt.Sprintf("%d of %d trials failed", failed, len(own))
	case len(r.Trials) == 0:
		return "nothing was measured"
	case r.Comparison != nil && (r.Comparison.Verdict == Untrusted || r.Comparison.Verdict == Fail):
		return r.Comparison.Verdict
	case untrusted > 0:
		return fmt.Sprintf("%d of %d trials can't be trusted", untrusted, len(own))
	case len(integrityHeadlines(r.Trials)) > 0:
		return "integrity violated"
	case missed > 0:
		return fmt.Sprintf("%d of %d thresholds missed", missed, len(r.Thresholds))
	case r.Comparison != nil:
		return r.Comparison.Verdict
	case r.Searches != nil:
		return searchVerdict(result.Searches(r.Trials))
	case len(r.Thresholds) > 0:
		return allOf(len(r.Thresholds), "threshold") + " held"
	}
	return "measured; no thresholds are set"
}

// searchVerdict is what searches came to.
func searchVerdict(found []result.Found) string {
	var words []string
	for i := range found {
		f := &found[i]
		text := answer(f)
		if f.Pass > 0 {
			text = rateText(f.Pass) + ", " + text
		}
		words = unique(words, text)
	}
	return "highest rate: " + someOf(words, "; ", 4)
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
	return table(columns, rows, commentTable)
}

// allNumbers are the tables of the report, with the doubts about them.
func allNumbers(r *Report) string {
	var b strings.Builder
	for _, t := range slices.Concat([]Table{r.Result, r.Faults, r.Cost}, r.Times) {
		if len(t.Columns) > 0 {
			fmt.Fprintf(&b, "%s\n\n%s\n", md(t.Caption), table(t.Columns, t.medians(md), commentLimit))
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
	return table([]Column{{Head: "threshold"}, {Head: "held in"}, {Head: "worst"}}, rows, commentLimit)
}

// table writes a Markdown table of cells that are Markdown already, of as many rows as fit into limit bytes, and how many there
// are beyond. Its columns do not line up in plain text: that would take room.
func table(columns []Column, rows [][]string, limit int) string {
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
			fmt.Fprintf(&b, "\nand %d more\n", len(rows)-(i-2))
			break
		}
		b.WriteString(line)
	}
	return b.String()
}
