package report

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"unicode"

	"kbench/internal/result"
)

// Answer says in a sentence or two what the numbers say to the question of the run, and no more than they carry: what the repeats'
// ranges do not set apart has no winner, and what can't be trusted is named and left out. It is computed from the records; a
// Report that New did not make has no answer but that of its Comparison. It may be called concurrently.
func (r *Report) Answer() string {
	switch {
	case r.Comparison != nil:
		return r.Comparison.Sentence
	case r.run == nil || len(r.Trials) == 0:
		return "Nothing has been measured yet."
	}
	var parts []string
	for _, h := range capacityHeadlines(r.Trials) {
		parts = append(parts, sentence(strings.Replace(h.Verdict, "Capacity", "Highest rate", 1)))
	}
	for _, load := range groupsByLoad(r.Trials) {
		parts = append(parts, load.says+answerCases(load.groups, r.Paths))
	}
	return strings.Join(parts, " ")
}

// A contender is a case whose numbers may be held against those of others.
type contender struct {
	name       string
	throughput *Number   // nil: unknown
	rest       []*Number // of each of the other measures; likewise
	offered    *Number   // what the schedule asked for; nil at rate max
}

// answerCases answers for the cases of a matrix.
func answerCases(groups []*group, paths []string) string {
	var all []*group
	var doubts, left []string
	for _, g := range groups {
		says := fmt.Sprintf("%s (%s)", shortName(g.name), trustOf(g))
		switch {
		case len(g.used) == 0 || slices.ContainsFunc(g.used, func(t *result.Trial) bool { return t.Verdict.Trust == result.TrustInvalid }):
			left = append(left, says)
		default:
			all = append(all, g)
			if trustOf(g) != result.TrustOK {
				doubts = append(doubts, says)
			}
		}
	}
	if len(all) == 0 {
		return "No answer can be given, since no case has numbers that can be trusted: " + someOf(left, ", ", 4) + "."
	}
	throughput, by := answerMeasures(all)
	offered := measured("offered", "offered_per_s")
	var in []contender
	for _, g := range all {
		c := contender{name: shortName(g.name), throughput: throughput.of(g), offered: offered.of(g)}
		for _, m := range by {
			c.rest = append(c.rest, m.of(g))
		}
		in = append(in, c)
	}
	var parts []string
	switch {
	case len(in) == 1:
		parts = append(parts, alone(in[0], by))
	case len(in) == 2 || len(paths) == 1 && ordered(all):
		parts = append(parts, against(in[len(in)-1], in[0], by))
	default:
		parts = append(parts, best(in, by))
	}
	parts = append(parts, fates(all, by)...)
	if len(doubts) > 0 {
		parts = append(parts, "With doubts: "+someOf(doubts, ", ", 4)+".")
	}
	if len(left) > 0 {
		parts = append(parts, "Left out: "+someOf(left, ", ", 4)+".")
	}
	return strings.Join(parts, " ")
}

func shortName(name string) string { return clip(clean(name), 60) }

// ordered says whether the first and the last case are the ends of a scale: numbers, sizes, times, or acks.
func ordered(groups []*group) bool {
	for _, g := range groups {
		for path, value := range g.set {
			if !strings.HasSuffix(path, ".acks") && (value == "" || !unicode.IsDigit(rune(value[0]))) {
				return false
			}
		}
	}
	return true
}

func alone(c contender, by []measure) string {
	var parts, rest []string
	if c.throughput != nil {
		parts = append(parts, perS(c.throughput))
	}
	for i, m := range by {
		switch n := c.rest[i]; {
		case n == nil:
		case m.unit == result.UnitRecords:
			rest = append(rest, cellText(n, m.unit)+" "+m.name)
		default:
			article := "a "
			if m.name[0] == 'e' { // e2e
				article = "an "
			}
			rest = append(rest, article+m.name+" of "+cellText(n, m.unit))
		}
	}
	if len(rest) > 0 {
		parts = append(parts, join(rest))
	}
	if len(parts) == 0 {
		return "Nothing was measured that would answer it."
	}
	text := upper(strings.Join(parts, " at "))
	if n := cmp.Or(append([]*Number{c.throughput}, c.rest...)...).Repeats; n > 1 {
		return fmt.Sprintf("%s, medians of %d repeats.", text, n)
	}
	return text + ", in one trial."
}

// against says what b costs and gains, held against a.
func against(b, a contender, by []measure) string {
	var claims, rest []string
	tell := func(x, y *Number, name, unitName string, claim func(more bool, part float64, difference string) string) {
		if x == nil || y == nil {
			return
		}
		sign, why := apart(x, y)
		if sign == 0 {
			rest = append(rest, fmt.Sprintf("by %s they can't be told apart (%s and %s: %s)", name, cellText(x, unitName), cellText(y, unitName), why))
			return
		}
		if y.Value <= 0 { // a zero has no part
			rest = append(rest, fmt.Sprintf("%s is %s and %s", name, cellText(x, unitName), cellText(y, unitName)))
			return
		}
		difference := human(unitName, math.Abs(x.Value-y.Value))
		if x.AtLeast || y.AtLeast { // apart has seen to it that it is the larger
			difference = "at least " + difference
		}
		claims = append(claims, claim(sign > 0, math.Abs(x.Value-y.Value)/y.Value, difference))
	}
	if rate := keptUp(a, b); rate != "" {
		rest = append(rest, "both kept up with the "+rate+" asked for")
	} else {
		tell(b.throughput, a.throughput, "throughput", result.UnitPerS, func(more bool, part float64, _ string) string {
			if more {
				return "gains " + percent(part) + " of throughput"
			}
			return "costs " + percent(part) + " of throughput"
		})
	}
	for i, m := range by {
		tell(b.rest[i], a.rest[i], m.name, m.unit, func(more bool, part float64, difference string) string {
			if more {
				return fmt.Sprintf("adds %s (%s) to %s", difference, percent(part), m.name)
			}
			return fmt.Sprintf("takes %s (%s) off %s", difference, percent(part), m.name)
		})
	}
	switch {
	case len(claims) == 0 && len(rest) == 0:
		return "Nothing was measured that would answer it."
	case len(claims) == 0:
		return fmt.Sprintf("%s against %s: %s.", b.name, a.name, join(rest))
	}
	text := fmt.Sprintf("%s %s against %s", b.name, join(claims), a.name)
	if len(rest) > 0 {
		text += "; " + join(rest)
	}
	return text + "."
}

// best names the case that is ahead by throughput and the one by each other measure, where there is one.
func best(in []contender, by []measure) string {
	var parts []string
	if keptUp(in...) != "" {
		parts = append(parts, "all cases kept up with the "+keptUp(in...)+" asked for")
	} else if text := ahead(in, "throughput", "highest", result.UnitPerS, +1, func(c contender) *Number { return c.throughput }); text != "" {
		parts = append(parts, text)
	}
	for i, m := range by {
		most := "lowest"
		if m.unit == result.UnitRecords {
			most = "fewest"
		}
		if text := ahead(in, m.name, most, m.unit, -1, func(c contender) *Number { return c.rest[i] }); text != "" {
			parts = append(parts, text)
		}
	}
	if len(parts) == 0 {
		return "Nothing was measured that would answer it."
	}
	return upper(strings.Join(parts, "; ")) + "."
}

// ahead says which case is ahead by one number, or that none is. Better is +1 where more is, -1 where less is.
func ahead(in []contender, what, most, unitName string, better float64, of func(contender) *Number) string {
	in = slices.DeleteFunc(slices.Clone(in), func(c contender) bool { return of(c) == nil })
	if len(in) == 0 {
		return ""
	}
	slices.SortStableFunc(in, func(a, b contender) int { return cmp.Compare(better*of(b).Value, better*of(a).Value) })
	first := of(in[0])
	if len(in) == 1 {
		return fmt.Sprintf("%s alone has a %s, %s", in[0].name, what, cellText(first, unitName))
	}
	var same []string
	reason := ""
	for _, c := range in[1:] {
		if sign, why := apart(first, of(c)); sign == 0 {
			same, reason = append(same, c.name), why
		}
	}
	median := "lowest"
	if better > 0 {
		median = "highest"
	}
	if len(same) > 0 {
		return fmt.Sprintf("none is ahead by %s: %s, whose median is %s (%s), can't be told from %s (%s)",
			what, in[0].name, median, cellText(first, unitName), someOf(same, ", ", 2), reason)
	}
	return fmt.Sprintf("%s has the %s %s, %s; next is %s with %s", in[0].name, most, what, cellText(first, unitName), in[1].name, cellText(of(in[1]), unitName))
}

// apart says whether x is more (+1) or less (-1) than y in every repeat; 0, and why, where that can't be told.
func apart(x, y *Number) (sign int, why string) {
	switch {
	case min(x.Repeats, y.Repeats) < 2:
		return 0, "one trial does not show how much they vary"
	case x.Min > y.Max && !y.AtLeast:
		return +1, ""
	case x.Max < y.Min && !x.AtLeast:
		return -1, ""
	case x.AtLeast || y.AtLeast:
		return 0, "lower bounds"
	}
	return 0, "the ranges of the repeats overlap"
}

// keptUp returns the rate that all were asked for and reached; nothing where they were not, or differ.
func keptUp(in ...contender) string {
	for _, c := range in {
		if c.throughput == nil || c.offered == nil || c.throughput.Min < 0.99*c.offered.Max || math.Abs(c.offered.Value-in[0].offered.Value) > 0.001*c.offered.Value {
			return ""
		}
	}
	return perS(in[0].offered)
}

// fates says what became of records that did not fare as they should, by case, but for what the measures have told.
func fates(groups []*group, told []measure) (out []string) {
	for _, fate := range []struct{ metric, what string }{
		{"failed", "failed"},
		{"unresolved", "unresolved"},
		{"lost", "lost"},
		{"duplicated", "duplicated"},
		{"reordered", "reordered"},
		{"corrupt", "corrupt"},
		{"reread", "records read again"},
		{"aborted_read", "aborted, and read all the same"},
	} {
		if slices.ContainsFunc(told, func(m measure) bool { return m.name == fate.what }) {
			continue
		}
		var parts []string
		found := resolved([]spec{{metric: fate.metric, total: true}})[0]
		for _, g := range groups {
			if n := found.number(g); n != nil && n.Value > 0 {
				text := grouped(n.Value)
				if len(groups) > 1 {
					text += " with " + shortName(g.name)
				}
				parts = append(parts, text)
			}
		}
		if len(parts) > 0 {
			out = append(out, upper(fate.what)+": "+someOf(parts, ", ", 4)+".")
		}
	}
	return out
}

func perS(n *Number) string { return cellText(n, result.UnitPerS) }

func cellText(n *Number, unitName string) string {
	return Cell{Number: n}.words(Column{Unit: unitName})
}
