package report

import (
	"fmt"
	"math"
	"slices"

	"kbench/internal/compare"
	"kbench/internal/result"
)

// informing lists what is shown beside the gates, where trials have it.
func informing() []spec {
	return slices.DeleteFunc(append(resultSpecs(), costSpecs()...), func(s spec) bool { return s.total })
}

// judge fills in the rows of all matches, and what the gates among them come to together. explicit gates are the user's own: one
// that has no number is not left out.
func (c *Comparison) judge(matches []match, gates []result.Gate, explicit bool, looks int) error {
	var family []compare.Metric
	var place []int // of a member of the family among the rows
	dropped := map[string][]string{}
	for _, m := range matches {
		c.A.Trials += len(m.a)
		c.B.Trials += len(m.b)
		specs := make([]spec, 0, len(gates))
		for _, g := range gates {
			specs = append(specs, spec{metric: g.Metric})
		}
		for _, s := range informing() {
			if !slices.ContainsFunc(specs, func(o spec) bool { return o.metric == s.metric }) {
				specs = append(specs, s)
			}
		}
		for i, s := range specs {
			row, values := c.row(m, s)
			switch all := slices.Concat(m.a, m.b); {
			case i < len(gates) && !explicit && s.number(&group{used: all}) == nil: // where one side alone has it, it is not dropped
				if len(all) > 0 {
					dropped[s.metric] = append(dropped[s.metric], m.name)
				}
				continue
			case i < len(gates):
				values.Gate, values.Margin = true, gates[i].Margin
				row.Margin = &gates[i].Margin
			case row.A == nil || row.B == nil:
				continue
			}
			row.Why = c.problem(row, values)
			if row.Why == "" && values.Gate {
				row.Why = c.lack(m, row)
			}
			if row.Why == "" {
				family, place = append(family, values), append(place, len(c.Rows))
			} else if values.Gate {
				row.Verdict = Untrusted
				if c.few(row) {
					row.Verdict = Inconclusive
				}
			}
			c.Rows = append(c.Rows, row)
		}
	}
	for _, g := range gates {
		if cases := dropped[g.Metric]; len(cases) == len(matches) {
			c.note("%s is no gate here: no trial has it", g.Metric)
		} else if len(cases) > 0 {
			c.note("%s is no gate in %s: no trial has it there", g.Metric, someOf(cases, ", ", 6))
		}
	}
	judgements, err := compare.Judge(family, looks)
	if err != nil {
		return fmt.Errorf("report: %w", err)
	}
	for i, j := range judgements {
		c.Rows[place[i]].take(j)
	}
	for _, m := range matches {
		c.unsettled(m)
	}
	c.doubt(matches)
	if len(matches) > 1 {
		c.average()
	}
	return nil
}

// row returns a metric of a match with its medians, and the values to compare.
func (c *Comparison) row(m match, s spec) (Compared, compare.Metric) {
	metric, _ := result.Lookup(s.metric)
	row := Compared{Case: m.name, Metric: s.metric, Unit: metric.Unit, Better: metric.Better}
	values := compare.Metric{Better: metric.Better}
	of := func(t *result.Trial) (float64, bool) {
		if metric.Of == nil || s.only != nil && !s.only(t) {
			return 0, false
		}
		return metric.Of(t)
	}
	var a, b []*result.Trial // that have it
	if c.Pairing == PairedTrials {
		for i := range m.a {
			before, knownA := of(m.a[i])
			after, knownB := of(m.b[i])
			if knownA && knownB {
				a, b = append(a, m.a[i]), append(b, m.b[i])
				values.Pairs = append(values.Pairs, compare.Pair{A: before, B: after})
			}
		}
	} else {
		for _, t := range m.a {
			if v, known := of(t); known {
				a, values.A = append(a, t), append(values.A, v)
			}
		}
		for _, t := range m.b {
			if v, known := of(t); known {
				b, values.B = append(b, t), append(values.B, v)
			}
		}
	}
	row.A, row.B = s.number(&group{used: a}), s.number(&group{used: b})
	for _, p := range values.Pairs {
		if d := p.Difference(); !math.IsNaN(d) && !math.IsInf(d, 0) {
			row.Differences = append(row.Differences, d)
		}
	}
	if len(row.Differences) < len(values.Pairs) { // some have none: the others' places would be wrong
		row.Differences = nil
	}
	return row, values
}

// few says whether there are medians on both sides but too few values for more, and nobody declared that there would be enough.
func (c *Comparison) few(row Compared) bool {
	fewest := compare.FewestUnpaired
	if c.Pairing == PairedTrials {
		fewest = compare.Fewest
	}
	return c.Declared == 0 && row.A != nil && row.B != nil && min(row.A.Repeats, row.B.Repeats) < fewest
}

// problem says why a row can't have a ratio; nothing where it can.
func (c *Comparison) problem(row Compared, values compare.Metric) string {
	if row.A == nil || row.B == nil {
		if c.Pairing == PairedTrials {
			return "no pair has it on both sides"
		}
		return "not both sides have it"
	}
	if min(row.A.Min, row.B.Min) <= 0 {
		return "a value of 0 has no ratio"
	}
	var err error
	if c.Pairing == UnpairedTrials {
		if c.few(row) {
			return fmt.Sprintf("%d and %d repeats, and with fewer than %d of each side there are only medians", row.A.Repeats, row.B.Repeats, compare.FewestUnpaired)
		}
		_, err = compare.Unpaired(values.A, values.B, c.Level)
	} else {
		if n := len(values.Pairs); n < compare.Fewest {
			return fmt.Sprintf("%d %s it, and %d are needed", n, plural(n, "pair has", "pairs have"), compare.Fewest)
		}
		_, err = compare.Paired(values.Pairs, c.Level)
	}
	if err != nil {
		return err.Error()
	}
	return ""
}

// lack says how many of the pairs or trials that are used have no number for a gate, and why the first of them has none: what has
// none may be what is worst, so the others do not speak for it.
func (c *Comparison) lack(m match, row Compared) string {
	have, of, what := row.A.Repeats, len(m.a), "pairs"
	if c.Pairing == UnpairedTrials {
		have, of, what = row.A.Repeats+row.B.Repeats, len(m.a)+len(m.b), "trials"
	}
	for i, t := range slices.Concat(m.a, m.b) {
		side := c.A.Name
		if i >= len(m.a) {
			side = c.B.Name
		}
		if why := t.WhyUnknown(row.Metric); why != "" {
			return fmt.Sprintf("%d of %d %s have no number: %s, in a trial of %s", of-have, of, what, why, side)
		}
	}
	return ""
}

// unsettled takes it from b's gates that b is not worse, where most of its trials were warming, drifting or bistable and most of a's
// were not: what b would come to in longer trials is not known.
func (c *Comparison) unsettled(m match) {
	a, b := count(m.a, unsteady), count(m.b, unsteady)
	if 2*b <= len(m.b) || 2*a > len(m.a) {
		return
	}
	for _, row := range c.gates() {
		if row.Case == m.name && (row.Verdict == Pass || row.Verdict == Warn) {
			row.Verdict, row.Why = Inconclusive, fmt.Sprintf("%d of %d trials of %s were warming, drifting or bistable, and %d of %d of %s: longer ones may say something else",
				b, len(m.b), c.B.Name, a, len(m.a), c.A.Name)
		}
	}
}

// unsteady says whether a trial's seconds are known not to have stayed where they were.
func unsteady(t *result.Trial) bool { return t.Steady.Class != "" && t.Steady.Class != steadyClass }

func count(trials []*result.Trial, is func(*result.Trial) bool) (n int) {
	for _, t := range trials {
		if is(t) {
			n++
		}
	}
	return n
}

// take fills in what was found.
func (r *Compared) take(j compare.Judgement) {
	r.Ratio, r.Lo, r.Hi, r.Level, r.P = &j.Ratio.Estimate, &j.Ratio.Lo, &j.Ratio.Hi, &j.Ratio.Level, &j.P
	r.MinDetectable, r.PairsNeeded, r.Verdict, r.Why = j.MinDetectable, j.PairsNeeded, string(j.Verdict), j.Why
	if r.Margin == nil {
		return
	}
	r.Margin = &j.Margin
	// The true value of a lower bound is larger: b's may hide that it is worse, a's may make b seem so. Only latencies have
	// bounds, and of them less is better.
	switch {
	case r.B.AtLeast && (r.Verdict == Pass || r.Verdict == Warn):
		r.Verdict, r.Why = Inconclusive, "some of b's values are lower bounds: it may be worse than it looks"
	case r.A.AtLeast && (r.Verdict == Fail || r.Verdict == Warn):
		r.Verdict, r.Why = Inconclusive, "some of a's values are lower bounds: b may be less bad than it looks"
	}
}

// doubt notes what speaks against the numbers as a whole.
func (c *Comparison) doubt(matches []match) {
	var trials []*result.Trial
	for _, m := range matches {
		trials = append(trials, slices.Concat(m.a, m.b)...)
	}
	for _, d := range []struct {
		is   func(*result.Trial) bool
		says string
	}{
		{func(t *result.Trial) bool { return t.Verdict.Trust == result.TrustClientBound }, "client-bound in %d of %d trials: there the client or its machine was the limit, and is what is compared"},
		{func(t *result.Trial) bool { return t.Aborted != nil }, "%d of %d trials were stopped early, because a threshold was missed: their numbers are of that time"},
		{unsteady, "%d of %d trials were warming, drifting or bistable: trials of another length might differ by another part"},
	} {
		if n := count(trials, d.is); n > 0 {
			c.note(d.says, n, len(trials))
		}
	}
}

// steadyClass is the class of a trial whose seconds stayed where they were.
const steadyClass = "steady"

// average makes geometric means over the cases that have a metric on both sides, where there are several.
func (c *Comparison) average() {
	sums := map[string]*Mean{}
	var order []string
	for _, r := range c.Rows {
		if r.A == nil || r.B == nil || r.A.Value <= 0 || r.B.Value <= 0 {
			continue
		}
		m := sums[r.Metric]
		if m == nil {
			m = &Mean{Metric: r.Metric, Unit: r.Unit}
			sums[r.Metric], order = m, append(order, r.Metric)
		}
		m.Cases++
		m.A += math.Log(r.A.Value)
		m.B += math.Log(r.B.Value)
	}
	for _, metric := range order {
		m := sums[metric]
		n := float64(m.Cases)
		if n < 2 {
			continue
		}
		m.A, m.B, m.Ratio = math.Exp(m.A/n), math.Exp(m.B/n), math.Exp((m.B-m.A)/n)
		c.Means = append(c.Means, *m)
	}
}
