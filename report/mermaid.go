package report

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"kbench/internal/result"
	"kbench/internal/unit"
)

// Pictures are for a few cases: of one there is nothing to compare, and more than these make no picture.
const (
	fewestBars = 2
	mostBars   = 20
	longLabel  = 32 // runes; the table has what is cut
	wideLabels = 60 // runes of labels that are all as long as the longest; above it the bars lie, so that labels do not meet
)

// mermaidCharts draws throughput and p99 by case, for GitHub and GitLab, which make pictures of it. There is one only where at least
// two cases have the number, and a word in place of them where there are too many. What a number is in doubt for stands with its case: ≥ for a lower bound, and the trust where
// it is not ok.
func mermaidCharts(t Table) string {
	if n := len(t.Rows); n > mostBars {
		return fmt.Sprintf("No picture: %d cases, and more than %d can't be told apart in one. report.html has them in pictures that are larger.\n\n", n, mostBars)
	}
	var b strings.Builder
	for _, metrics := range [][]string{{"acked_per_s", "consumed_per_s"}, {"response_p99", "service_p99", "e2e_p99"}} {
		for _, metric := range metrics { // the first that there is
			if i := slices.IndexFunc(t.Columns, func(c Column) bool { return c.Metric == metric }); i >= 0 {
				b.WriteString(mermaidChart(t, i))
				break
			}
		}
	}
	return b.String()
}

// mermaidChart draws the numbers of one column; nothing where there are too few.
func mermaidChart(t Table, column int) string {
	var labels, left []string
	var values []float64
	for _, row := range t.Rows {
		label := caseLabel(t, row)
		n := row.Cells[column].Number
		if n == nil {
			left = append(left, label)
			continue
		}
		if n.AtLeast {
			label = "≥ " + label
		}
		labels, values = append(labels, label), append(values, n.Value)
	}
	if len(values) < fewestBars || slices.Max(values) <= 0 {
		return ""
	}
	c := t.Columns[column]
	unitName, scale := axisUnit(c.Unit, slices.Max(values))
	if len(slices.Compact(slices.Sorted(slices.Values(labels)))) < len(labels) { // bars of one name would be one bar
		for i := range labels {
			labels[i] = fmt.Sprintf("%d: %s", i+1, labels[i])
		}
	}
	var bars []string
	quoted, longest := make([]string, len(labels)), 0
	for i, label := range labels {
		quoted[i], longest = strconv.Quote(label), max(longest, utf8.RuneCountInString(label))
		bars = append(bars, unit.ThreeDigits(values[i]/scale))
	}
	kind := "%%{init: {\"xyChart\": {\"height\": 300}}}%%\nxychart-beta" // 500 by itself, which is for bars that lie
	if longest*len(labels) > wideLabels {
		kind = "xychart-beta horizontal"
	}
	var b strings.Builder
	fmt.Fprintf(&b, "```mermaid\n%s\n    title %q\n    x-axis [%s]\n    y-axis %q 0 --> %s\n    bar [%s]\n```\n", kind,
		mermaidText(c.Head), strings.Join(quoted, ", "), unitName, unit.ThreeDigits(1.1*slices.Max(values)/scale), strings.Join(bars, ", "))
	if len(left) > 0 {
		fmt.Fprintf(&b, "\nNot in the picture, for want of a number: %s.\n", md(someOf(left, ", ", 6)))
	}
	return b.String() + "\n"
}

// caseLabel is a case as the table's own columns name it, acks=all linger=5ms, and its trust where that is not ok.
func caseLabel(t Table, row Row) string {
	var parts []string
	for i, c := range t.Columns {
		if c.Metric != "" {
			break
		}
		part := mermaidText(row.Cells[i].Text)
		if head := mermaidText(c.Head); head != "case" { // whose name says all of it
			part = head + "=" + part
		}
		parts = append(parts, part)
	}
	label := clip(strings.Join(parts, " "), longLabel)
	if last := len(t.Columns) - 1; t.Columns[last].Head == "trust" && row.Cells[last].Text != result.TrustOK {
		label += " (" + clip(mermaidText(row.Cells[last].Text), longLabel) + ")"
	}
	return label
}

// mermaidText keeps of a text what stands for itself between mermaid's quotes: nothing that ends them, begins an entity, or is
// Markdown to those that look into labels.
func mermaidText(s string) string {
	return strings.Join(strings.Fields(strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("=+-_.,:/% ", r) {
			return r
		}
		return ' '
	}, clean(s))), " ")
}

// axisUnit returns the unit of an axis that goes up to most, and what one of it is in base units.
func axisUnit(base string, most float64) (name string, scale float64) {
	type step struct {
		name  string
		scale float64
	}
	steps := []step{{"/s", 1}, {"k/s", 1e3}, {"M/s", 1e6}}
	if base == result.UnitNs {
		steps = []step{{"ns", 1}, {"µs", 1e3}, {"ms", 1e6}, {"s", 1e9}}
	}
	at := steps[0]
	for _, s := range steps {
		if most >= s.scale {
			at = s
		}
	}
	return at.name, at.scale
}
