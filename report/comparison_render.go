package report

import (
	"bufio"
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
		"md": comparisonMarkdown, "terminal": comparisonTerminal, "csv": comparisonCSV, "json": comparisonJSON,
		"junit": comparisonJUnit, "comment": comparisonComment,
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

func comparisonMarkdown(w io.Writer, c *Comparison) error {
	b := bufio.NewWriter(w)
	c.markdownVerdict(b)
	if c.NotKafka != "" {
		fmt.Fprintf(b, "> **%s**\n\n", md(c.NotKafka))
	}
	c.markdownBody(b)
	return b.Flush()
}

// markdownVerdict writes the sentence that comes first.
func (c *Comparison) markdownVerdict(b *bufio.Writer) {
	word, rest, _ := strings.Cut(c.Sentence, ": ")
	fmt.Fprintf(b, "**%s**: %s\n\n", md(word), md(rest))
}

func (c *Comparison) markdownBody(b *bufio.Writer) {
	for _, s := range []ComparedSide{c.A, c.B} {
		fmt.Fprintf(b, "- **%s**: %s\n", md(s.Name), md(s.What))
	}
	fmt.Fprintf(b, "- %s\n", md(c.trials()))
	for _, t := range c.tables(true) {
		fmt.Fprintln(b)
		if t.name != "" {
			fmt.Fprintf(b, "### %s\n\n", md(t.name))
		}
		for _, row := range t.rows {
			for i := range row {
				row[i] = md(row[i])
			}
		}
		markdownTable(b, t.columns, t.rows)
	}
	fmt.Fprintf(b, "\n%s\n", md(c.caption()))
	for i, text := range c.remarks() {
		if i == 0 {
			fmt.Fprintln(b)
		}
		fmt.Fprintf(b, "- %s\n", md(upper(sentence(text))))
	}
}

func comparisonTerminal(w io.Writer, c *Comparison) error {
	b := bufio.NewWriter(w)
	fold(b, "", clean(c.Sentence))
	if c.NotKafka != "" {
		fold(b, "", clean(c.NotKafka))
	}
	c.terminalBody(b)
	return b.Flush()
}

func (c *Comparison) terminalBody(b *bufio.Writer) {
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
		}
		t := &out[at[name]]
		t.rows = append(t.rows, c.cells(r, label, wide))
	}
	for _, m := range c.Means {
		t := &out[at[m.Metric]]
		cells := make([]string, len(t.columns))
		cells[0], cells[1], cells[2], cells[3] = "geomean", human(m.Unit, m.A), human(m.Unit, m.B), relative(m.Ratio)
		t.rows = append(t.rows, cells)
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
		out = append(out, Column{Head: h, Metric: h}) // numbers: they stand to the right
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
