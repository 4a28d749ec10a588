package report

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"kbench/internal/compare"
	"kbench/internal/unit"
)

// conclude takes the worst of the gates for the verdict, and says which they are.
func (c *Comparison) conclude() {
	order := []string{Pass, Warn, Inconclusive, Fail, Untrusted}
	gates := c.gates()
	if len(gates) == 0 {
		c.Verdict = Untrusted
		c.Sentence = "UNTRUSTED: there is no gate, because no trial has any of the default ones: choose one with --gate, such as --gate consumed_per_s."
		return
	}
	worst := 0
	for _, r := range gates {
		worst = max(worst, slices.Index(order, r.Verdict))
	}
	c.Verdict = order[worst]
	var parts []string
	for _, r := range gates {
		if r.Verdict == c.Verdict {
			parts = append(parts, c.describe(r))
		}
	}
	says := map[string]string{
		Pass:         "%s is not worse than %s by the margin",
		Warn:         "%s is worse than %s, though not surely by the margin",
		Inconclusive: "whether %s is worse than %s by the margin can't be told",
		Fail:         "%s is worse than %s by more than the margin",
		Untrusted:    "whether %s is worse than %s can't be told from these numbers",
	}[c.Verdict]
	if c.Pairing == UnpairedTrials {
		says += " (unpaired)"
	}
	c.Sentence = strings.ToUpper(c.Verdict) + ": " + fmt.Sprintf(says, c.B.Name, c.A.Name) + ": " + someOf(parts, "; ", 4) + "."
}

// describe says what a gate came to.
func (c *Comparison) describe(r *Compared) string {
	if r.Ratio == nil {
		return fmt.Sprintf("%s, %s", c.label(r), r.Why)
	}
	text := fmt.Sprintf("%s %s (%s, margin %s", c.label(r), relative(*r.Ratio), r.interval(), percent(*r.Margin))
	if r.PairsNeeded > 0 {
		text += ", " + r.needed()
	}
	return text + ")"
}

// label names a row: the metric, and the case where there are several.
func (c *Comparison) label(r *Compared) string {
	if c.cases() > 1 {
		return r.Metric + " in " + r.Case
	}
	return r.Metric
}

// cases counts the cases that are compared.
func (c *Comparison) cases() int {
	var names []string
	for _, r := range c.Rows {
		names = unique(names, r.Case)
	}
	return len(names)
}

// differs says whether the interval leaves out that there is no difference.
func (r *Compared) differs() bool { return r.Lo != nil && (*r.Lo > 1 || *r.Hi < 1) }

// delta prints the change, or a tilde where it may be noise.
func (r *Compared) delta() string {
	switch {
	case r.differs():
		return relative(*r.Ratio)
	case r.A == nil || r.B == nil || r.Ratio == nil && min(r.A.Min, r.B.Min) <= 0:
		return "–"
	}
	return "~"
}

// interval prints where the true change lies.
func (r *Compared) interval() string {
	if r.Lo == nil {
		return "–"
	}
	low, _ := strings.CutSuffix(relative(*r.Lo), " %")
	return low + " to " + relative(*r.Hi)
}

// needed prints how many pairs would decide.
func (r *Compared) needed() string {
	switch {
	case r.PairsNeeded == 0:
		return ""
	case r.PairsNeeded > compare.Most:
		return fmt.Sprintf("more than %d pairs needed", compare.Most)
	}
	return fmt.Sprintf("about %d pairs needed", r.PairsNeeded)
}

// n prints how many values were used: pairs, or those of either side.
func (r *Compared) n(pairing string) string {
	count := func(n *Number) int {
		if n == nil {
			return 0
		}
		return n.Repeats
	}
	if a, b := count(r.A), count(r.B); pairing == UnpairedTrials {
		return fmt.Sprintf("%d+%d", a, b)
	}
	return strconv.Itoa(count(r.A))
}

func probability(p *float64) string {
	switch {
	case p == nil:
		return "–"
	case *p < 0.001:
		return "<0.001"
	}
	return strconv.FormatFloat(*p, 'f', 3, 64)
}

// relative prints a ratio as how much more or less it is: +12.3 %.
func relative(ratio float64) string {
	text := percent(ratio - 1)
	if ratio > 1 && text != "0 %" {
		return "+" + text
	}
	return text
}

// percent prints a part with three digits at most, and without zeros at the end: 5 %, 0.25 %, 97.1 %.
func percent(part float64) string {
	text := unit.ThreeDigits(100 * part)
	if strings.Contains(text, ".") {
		text = strings.TrimRight(strings.TrimRight(text, "0"), ".")
	}
	if text == "-0" {
		text = "0"
	}
	return text + " %"
}

// caption says how the numbers of the table came about.
func (c *Comparison) caption() string {
	medians := "Medians. "
	if c.cases() > 1 {
		medians = "Medians; the last row has their geometric means. "
	}
	test := "signed-rank"
	if c.Pairing == UnpairedTrials {
		test = "unpaired: Mann-Whitney"
	}
	text := fmt.Sprintf("%sThe change is that of %s against %s (Hodges-Lehmann), with an interval that holds the true one with %s or more (%s); ~ may be noise.",
		medians, c.B.Name, c.A.Name, percent(c.Level), test)
	if slices.ContainsFunc(c.Rows, func(r Compared) bool { return r.MinDetectable != nil }) {
		text += " What is worse by the detectable part fails, or without a margin is told from no difference, in 8 of 10 such experiments."
	}
	return text
}

// remarks lists what the table can't say: doubts, and why a gate's verdict is not its interval's, or what would decide it.
func (c *Comparison) remarks() []string {
	out := slices.Clone(c.Notes)
	for _, r := range c.gates() {
		if r.Why != "" {
			out = append(out, fmt.Sprintf("%s: %s", c.label(r), r.Why))
		}
		if r.PairsNeeded > 0 {
			out = append(out, fmt.Sprintf("%s: %s to tell a difference as far from the margin as this one", c.label(r), r.needed()))
		}
	}
	return out
}
