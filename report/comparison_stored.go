package report

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"

	"kbench/internal/compare"
	"kbench/internal/result"
)

// A Stored is one side of a comparison of stored results.
type Stored struct {
	Name string // as the user wrote it
	Run  *result.Run
	Case string // one of its cases; empty: all of them
}

// NewStored compares stored results. Two cases of one run, whose repeats were interleaved, are paired by repeat. All else is
// unpaired: cases of the same name, or the one case that each side has. No gates are the default ones. An error is that there
// is nothing to compare, or that the sides were measured under different conditions, which different allows.
func NewStored(base, head Stored, gates []result.Gate, different bool) (*Comparison, error) {
	c := &Comparison{
		A: ComparedSide{Name: "base", What: base.Name}, B: ComparedSide{Name: "head", What: head.Name},
		Pairing: UnpairedTrials, Level: compare.Level(1),
	}
	matches, err := c.match(base, head)
	if err != nil {
		return nil, err
	}
	var a, b []*result.Trial
	var reasons []string
	for i := range matches {
		m := &matches[i]
		a, b = append(a, m.a...), append(b, m.b...)
		paired := sameRun(base, head) && interleaved(m.a, m.b)
		if paired {
			c.Pairing = PairedTrials
			m.a, m.b, reasons = c.byRepeat(m.a, m.b)
			c.Pairs = len(m.a)
		} else {
			for _, side := range []struct {
				name   string
				trials *[]*result.Trial
			}{{"base", &m.a}, {"head", &m.b}} {
				all := *side.trials
				*side.trials = slices.DeleteFunc(slices.Clone(all), func(t *result.Trial) bool { return !usable(t) })
				c.LeftOut += len(all) - len(*side.trials)
				for _, t := range all {
					if why := whyNot(t, side.name); why != "" {
						reasons = unique(reasons, why)
					}
				}
			}
		}
	}
	c.NotKafka = notKafka(slices.Concat(a, b))
	c.trust = trustOfCompared(matches, len(a)+len(b))
	if unlike := conditions(a, b); unlike != "" {
		if !different {
			return nil, fmt.Errorf("compare %s with %s: they were measured under different conditions: %s; --allow-different compares them all the same", base.Name, head.Name, unlike)
		}
		c.note("measured under different conditions: %s", unlike)
	}
	explicit := gates != nil
	if !explicit {
		gates = DefaultGates()
	}
	if err := c.judge(matches, gates, explicit, 1); err != nil {
		return nil, err
	}
	c.noteStored(matches, base, head)
	if c.LeftOut > 0 {
		what := "trial"
		if c.Pairing == PairedTrials {
			what = "pair"
		}
		c.note("%d %s left out, because a trial failed or is invalid or missing: %s", c.LeftOut, plural(c.LeftOut, what+" is", what+"s are"), someOf(reasons, "; ", 3))
	}
	c.settle()
	return c, nil
}

// trustOfCompared says whether the trials that are used may be believed, and how many of all are not used.
func trustOfCompared(matches []match, all int) Headline {
	var used []*result.Trial
	for _, m := range matches {
		used = slices.Concat(used, m.a, m.b)
	}
	left := all - len(used)
	if len(used) == 0 {
		return Headline{"Trust: invalid", fmt.Sprintf("None of the %d trials can be used.", all)}
	}
	h := trustHeadline(used)
	if left > 0 {
		if h.Verdict == "Trust: ok" {
			h.Verdict = fmt.Sprintf("Trust: ok, with %d of %d trials left out", left, all)
		}
		h.Text += fmt.Sprintf(" Left out of the numbers %s %d of %d trials: they failed, are invalid, or have no partner.", plural(left, "is", "are"), left, all)
	}
	return h
}

// match finds what is compared with what, trials that can't be trusted included.
func (c *Comparison) match(base, head Stored) ([]match, error) {
	a, err := base.cases()
	if err != nil {
		return nil, err
	}
	b, err := head.cases()
	if err != nil {
		return nil, err
	}
	if sameRun(base, head) && (base.Case == "" || head.Case == "" || base.Case == head.Case) {
		return nil, fmt.Errorf("compare %s with %s: they are the same trials; name two cases of it, such as FOLDER:CASE", base.Name, head.Name)
	}
	if len(a) == 1 && len(b) == 1 {
		name := a[0]
		if b[0] != name {
			name += " / " + b[0]
		}
		return []match{{name, base.trials(a[0]), head.trials(b[0])}}, nil
	}
	var out []match
	for _, name := range a {
		if slices.Contains(b, name) {
			out = append(out, match{name, base.trials(name), head.trials(name)})
		}
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("compare %s with %s: no case is in both (%s; %s): name one of each, such as FOLDER:CASE",
			base.Name, head.Name, someOf(a, ", ", 6), someOf(b, ", ", 6))
	}
	if more := len(a) - len(out); more > 0 {
		c.note("%d %s of base %s not in head", more, plural(more, "case", "cases"), plural(more, "is", "are"))
	}
	if more := len(b) - len(out); more > 0 {
		c.note("%d %s of head %s not in base", more, plural(more, "case", "cases"), plural(more, "is", "are"))
	}
	return out, nil
}

// cases lists the cases of a side, in the plan's order.
func (s Stored) cases() ([]string, error) {
	if s.Run == nil {
		return nil, errors.New("report: there is no run to compare")
	}
	var names []string
	for _, t := range result.SplitAll(s.Run.Trials) {
		if t.Search == nil { // the steps of a search differ in their rate
			names = unique(names, t.Case)
		}
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("compare %s: it has no record, or those of a search alone, which has its own answer", s.Name)
	}
	if s.Case == "" {
		return names, nil
	}
	if !slices.Contains(names, s.Case) {
		return nil, fmt.Errorf("compare %s: there is no case %s, but %s", s.Name, s.Case, someOf(names, ", ", 12))
	}
	return []string{s.Case}, nil
}

func (s Stored) trials(name string) []*result.Trial {
	return slices.DeleteFunc(result.SplitAll(s.Run.Trials), func(t *result.Trial) bool { return t.Case != name || t.Search != nil })
}

// sameRun says whether both are of one run.
func sameRun(a, b Stored) bool {
	return a.Run.Manifest.Name == b.Run.Manifest.Name && a.Run.Manifest.Start == b.Run.Manifest.Start
}

// interleaved says whether each repeat of both cases ended before the next one of either began, so that what drifted is in both.
func interleaved(a, b []*result.Trial) bool {
	first, last := map[int]int{}, map[int]int{} // positions, by repeat
	for _, t := range slices.Concat(a, b) {
		if t.Position <= 0 {
			return false
		}
		first[t.Repeat] = min(cmp.Or(first[t.Repeat], t.Position), t.Position)
		last[t.Repeat] = max(last[t.Repeat], t.Position)
	}
	before := 0
	for _, repeat := range slices.SortedFunc(maps.Keys(first), func(x, y int) int { return cmp.Compare(first[x], first[y]) }) {
		if first[repeat] <= before {
			return false
		}
		before = last[repeat]
	}
	return true
}

// byRepeat makes pairs of the trials of the same repeat.
func (c *Comparison) byRepeat(a, b []*result.Trial) (usedA, usedB []*result.Trial, reasons []string) {
	var repeats []int
	of := func(trials []*result.Trial) map[int]*result.Trial {
		out := map[int]*result.Trial{}
		for _, t := range trials {
			out[t.Repeat], repeats = t, unique(repeats, t.Repeat)
		}
		return out
	}
	before, after := of(a), of(b)
	slices.Sort(repeats)
	for _, repeat := range repeats {
		x, y := before[repeat], after[repeat]
		if usable(x) && usable(y) {
			usedA, usedB = append(usedA, x), append(usedB, y)
			continue
		}
		c.LeftOut++
		for _, why := range []string{whyNot(x, c.A.Name), whyNot(y, c.B.Name)} {
			if why != "" {
				reasons = unique(reasons, why)
			}
		}
	}
	return usedA, usedB, reasons
}

// noteStored says what is to be known of results that were not made to be compared.
func (c *Comparison) noteStored(matches []match, base, head Stored) {
	gates := len(c.gates())
	if c.Pairing == PairedTrials {
		if needed := compare.FewestFor(gates, 1); c.Pairs < needed {
			c.note("%d pairs are too few for a gate of %d to fail: %d are needed", c.Pairs, gates, needed)
		}
		return
	}
	c.note("unpaired: what changed on the machine between the two is taken for a difference; a margin is at least three times the spread of base's repeats")
	few := 0
	for _, m := range matches {
		if n := min(len(m.a), len(m.b)); few == 0 || n < few {
			few = max(n, 1)
		}
	}
	if needed := compare.FewestEachFor(gates); few < needed {
		c.note("%d %s a side %s too few for a gate of %d to fail: %d are needed", few, plural(few, "repeat", "repeats"), plural(few, "is", "are"), gates, needed)
	}
	if sameRun(base, head) {
		return
	}
	if x, y := base.Run.Manifest.Kbench, head.Run.Manifest.Kbench; x != y {
		c.note("measured by different versions of kbench: %s against %s", x, y)
	}
	var asked []string
	for _, m := range matches {
		if len(m.a) > 0 && len(m.b) > 0 {
			for _, d := range askedOtherwise(m.a[0].Plan, m.b[0].Plan) {
				asked = unique(asked, d)
			}
		}
	}
	if len(asked) > 0 {
		c.note("not the same was asked for: %s", someOf(asked, ", ", 6))
	}
}

// settle concludes, where there is something to conclude from.
func (c *Comparison) settle() {
	switch {
	case c.Pairing == PairedTrials && c.Pairs < compare.Fewest && c.Pairs+c.LeftOut >= compare.Fewest:
		c.Verdict = Untrusted
		c.Sentence = fmt.Sprintf("UNTRUSTED: %d pairs of %d can be used, and %d are needed.", c.Pairs, c.Pairs+c.LeftOut, compare.Fewest)
	case c.A.Trials == 0 || c.B.Trials == 0:
		c.Verdict = Untrusted
		c.Sentence = fmt.Sprintf("UNTRUSTED: %d trials of base and %d of head can be used (unpaired).", c.A.Trials, c.B.Trials)
	default:
		c.conclude()
	}
}
