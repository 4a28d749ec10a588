package report

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// A ComparisonRenderer writes a Comparison in one format.
type ComparisonRenderer func(w io.Writer, c *Comparison) error

// ComparisonRenderers returns the renderers by the name of their format. The map is the caller's.
func ComparisonRenderers() map[string]ComparisonRenderer {
	return map[string]ComparisonRenderer{
		"md": comparisonMarkdown, "text": ComparisonTerminalOf(0), "csv": comparisonCSV, "json": comparisonJSON,
		"junit": comparisonJUnit, "comment": comparisonComment, "html": comparisonHTML,
	}
}

func comparisonJSON(w io.Writer, c *Comparison) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(c)
}

// comparisonCSV writes a row for each metric of each case, in base units, and empty cells for what is unknown.
func comparisonCSV(w io.Writer, c *Comparison) error {
	out := csv.NewWriter(w)
	head := []string{
		"case", "metric", "unit", "a", "b", "ratio", "ratio_lo", "ratio_hi", "level", "p", "n_a", "n_b", "pairing", "margin", "verdict",
		"min_detectable", "pairs_needed", "why", "cluster",
	}
	if err := out.Write(head); err != nil {
		return err
	}
	number := func(v *float64) string {
		if v == nil {
			return ""
		}
		return strconv.FormatFloat(*v, 'g', -1, 64)
	}
	median := func(n *Number) (value, count string) {
		if n == nil {
			return "", "0"
		}
		return strconv.FormatFloat(n.Value, 'f', -1, 64), strconv.Itoa(n.Repeats)
	}
	cluster := "kafka"
	if c.NotKafka != "" {
		cluster = "not kafka"
	}
	for _, r := range c.Rows {
		a, countA := median(r.A)
		b, countB := median(r.B)
		needed := ""
		if r.PairsNeeded > 0 {
			needed = strconv.Itoa(r.PairsNeeded)
		}
		row := []string{
			plain(r.Case), plain(r.Metric), r.Unit, a, b, number(r.Ratio), number(r.Lo), number(r.Hi), number(r.Level), number(r.P), countA, countB,
			c.Pairing, number(r.Margin), r.Verdict, number(r.MinDetectable), needed, plain(r.Why), cluster,
		}
		if err := out.Write(row); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// comparisonMarkdown is Markdown for a comparison of stored results, and as bounded.
func comparisonMarkdown(w io.Writer, c *Comparison) error {
	b := &bounded{more: ": the format html has them, and csv every metric"}
	c.markdownVerdict(b)
	if c.NotKafka != "" {
		b.addf("the warning", "> **%s**\n\n", md(c.NotKafka))
	}
	c.markdownBody(b)
	return b.write(w, "\nLeft out of this file: %s. The format html has it all.\n")
}

// markdownVerdict writes the sentence that comes first.
func (c *Comparison) markdownVerdict(b *bounded) {
	word, rest, _ := strings.Cut(c.Sentence, ": ")
	b.addf("the verdict", "**%s**: %s\n\n", md(word), md(rest))
}

func (c *Comparison) markdownBody(b *bounded) {
	for _, s := range []ComparedSide{c.A, c.B} {
		b.addf("the sides", "- **%s**: %s\n", md(s.Name), md(s.What))
	}
	b.addf("the sides", "- %s\n", md(c.trials()))
	for _, t := range c.tables(true) {
		text := "\n"
		if t.name != "" {
			text += fmt.Sprintf("### %s\n\n", md(t.name))
		}
		b.add("tables of metrics", text)
		for _, row := range t.rows {
			for i := range row {
				row[i] = md(row[i])
			}
		}
		b.table("tables of metrics", t.columns, t.rows, markdownFirst)
	}
	b.addf("how it was computed", "\n%s\n", mdWhole(c.caption()))
	remarks := mapLines(c.remarks(), func(text string) string { return fmt.Sprintf("- %s\n", md(upper(sentence(text)))) })
	if len(remarks) > 0 {
		b.add("remarks", "\n")
	}
	b.lines("remarks", remarks, markdownText)
}

// ComparisonTerminalOf returns the format text for a terminal of so many columns; with 0 it is not known how many.
func ComparisonTerminalOf(columns int) ComparisonRenderer {
	return func(w io.Writer, c *Comparison) error { return c.terminal(newPaper(w, columns)) }
}

func (c *Comparison) terminal(b *paper) error {
	fold(b, "", clean(c.Sentence))
	if c.NotKafka != "" {
		fold(b, "", clean(c.NotKafka))
	}
	c.terminalBody(b)
	return b.Flush()
}

func (c *Comparison) terminalBody(b *paper) {
	for _, s := range []ComparedSide{c.A, c.B} {
		fold(b, "  ", s.Name+": "+clean(s.What))
	}
	fold(b, "  ", c.trials())
	for _, t := range c.tables(false) {
		fmt.Fprintln(b)
		if t.name != "" {
			fmt.Fprintln(b, clean(t.name))
		}
		for _, row := range t.rows {
			for i := range row {
				row[i] = clip(clean(row[i]), terminalCell)
			}
		}
		terminalTable(b, t.columns, t.rows)
	}
	if gates := c.gates(); len(gates) > 0 { // what the tables above have no room for
		columns := []Column{{Head: "gate"}, {Head: "margin", Metric: "margin"}, {Head: "detectable", Metric: "detectable"}}
		var rows [][]string
		for _, r := range gates {
			rows = append(rows, append([]string{clip(clean(c.label(r)), terminalCell)}, r.limits()...))
		}
		fmt.Fprintln(b)
		terminalTable(b, columns, rows)
	}
	fmt.Fprintln(b)
	fold(b, "", c.caption())
	for _, text := range c.remarks() {
		fold(b, "  ", upper(sentence(clean(text))))
	}
}

// trials says what the numbers are made of.
func (c *Comparison) trials() string {
	if c.Pairing == UnpairedTrials {
		return fmt.Sprintf("Unpaired: %d trials against %d.", c.A.Trials, c.B.Trials)
	}
	return fmt.Sprintf("%d %s.", c.Pairs, plural(c.Pairs, "pair", "pairs"))
}

// A comparedTable is what is shown of a comparison, in words.
type comparedTable struct {
	name    string // empty where there is one table
	columns []Column
	rows    [][]string
	values  [][]*float64 // what stands there in numbers, by which a page sorts; nil where there is none
}

// tables makes one table with a row for each metric, or, as benchstat does, where there are several cases a table for each metric
// with a row for each case. A terminal has no room for all columns.
func (c *Comparison) tables(wide bool) []comparedTable {
	byMetric := c.cases() > 1
	var out []comparedTable
	at := map[string]int{}
	for i := range c.Rows {
		r := &c.Rows[i]
		name, label := "", r.Metric
		if byMetric {
			name, label = r.Metric, r.Case
		}
		if _, seen := at[name]; !seen {
			at[name] = len(out)
			first := "metric"
			if byMetric {
				first = "case"
			}
			out = append(out, comparedTable{name: name, columns: c.columns(first, wide)})
			if byMetric { // all rows are of one unit
				out[at[name]].columns[1].Unit, out[at[name]].columns[2].Unit = r.Unit, r.Unit
			}
		}
		t := &out[at[name]]
		t.rows, t.values = append(t.rows, c.cells(r, label, wide)), append(t.values, r.values(byMetric))
	}
	for _, m := range c.Means {
		t := &out[at[m.Metric]]
		cells := make([]string, len(t.columns))
		cells[0], cells[1], cells[2], cells[3] = "geomean", human(m.Unit, m.A), human(m.Unit, m.B), relative(m.Ratio)
		t.rows, t.values = append(t.rows, cells), append(t.values, nil) // it is no case, and stands last
	}
	return out
}

func (c *Comparison) columns(first string, wide bool) []Column {
	heads := []string{c.A.Name, c.B.Name, "change", "interval", "p", "n"}
	if wide {
		heads = append(heads, "margin", "detectable")
	}
	out := []Column{{Head: first}}
	for _, h := range heads {
		column := Column{Head: h, Metric: h} // numbers: they stand to the right
		if h == "change" {
			column.Unit = unitChange
		}
		out = append(out, column)
	}
	return append(out, Column{Head: "verdict"})
}

// cells prints a row, as many cells as there are columns.
func (c *Comparison) cells(r *Compared, label string, wide bool) []string {
	column := Column{Metric: r.Metric, Unit: r.Unit}
	out := []string{
		label, Cell{Number: r.A}.words(column), Cell{Number: r.B}.words(column), r.delta(), r.interval(), probability(r.P), r.n(c.Pairing),
	}
	if wide {
		out = append(out, r.limits()...)
	}
	verdict := r.Verdict
	if verdict == "" {
		verdict = "–"
	}
	return append(out, verdict)
}

// values returns the numbers of a row's cells, as far as they have an order among all rows: medians where those are of one unit, and
// changes that are more than noise.
func (r *Compared) values(oneUnit bool) []*float64 {
	out := []*float64{nil, nil, nil, nil, nil, r.P, nil, r.Margin, r.MinDetectable}
	if oneUnit && r.A != nil {
		out[1] = &r.A.Value
	}
	if oneUnit && r.B != nil {
		out[2] = &r.B.Value
	}
	if r.differs() {
		out[3] = new(*r.Ratio - 1)
	}
	return out
}

// limits prints the margin, and what is detectable.
func (r *Compared) limits() []string {
	out := []string{"–", "–"}
	for i, part := range []*float64{r.Margin, r.MinDetectable} {
		if part != nil {
			out[i] = percent(*part)
		}
	}
	return out
}
