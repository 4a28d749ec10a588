package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"kbench/internal/result"
	"kbench/internal/search"
	"kbench/internal/unit"
)

// Searches is what is said of the searches for the highest rate. There are no columns where there was none.
type Searches struct {
	Answers Table   `json:"answers"`         // a row for each search
	Curves  []Table `json:"curves,omitzero"` // latency against load, of each search that has it
	Steps   []Table `json:"steps"`           // the trials of each search
}

func newSearches(run *result.Run, n *notes) *Searches {
	found := result.Searches(run.Trials)
	if len(found) == 0 {
		return nil
	}
	var groups []*group
	for _, f := range found {
		if !slices.ContainsFunc(groups, func(g *group) bool { return g.name == f.Case }) {
			groups = append(groups, newGroup(f.Steps[0]))
		}
	}
	out := &Searches{Answers: answersTable(found, groups, newLabels(run, groups), n)}
	for i := range found {
		f := &found[i]
		out.Steps = append(out.Steps, stepsTable(f, len(found)))
		if t := curveTable(f, len(found)); len(t.Rows) > 0 {
			out.Curves = append(out.Curves, t)
		}
	}
	return out
}

// isStep reports whether a trial is a search's: what became of it says nothing by itself.
func isStep(t *result.Trial) bool { return t.Search != nil }

// outside returns the trials that belong to no search, without those of pairs that were run again: the comparison says how many
// there are.
func outside(trials []*result.Trial) []*result.Trial {
	return slices.DeleteFunc(result.LastAttempts(trials), isStep)
}

const answersCaption = "Highest pass was sustained under the objectives; data and response are of its last trial. Lowest fail, above it, was not. " +
	"Confirmed: longer trials said so too. Harness-limited: kbench or its machine gave out first, and capacity is the highest pass or more."

func answersTable(found []result.Found, groups []*group, l labels, n *notes) Table {
	t := Table{Caption: answersCaption}
	for _, head := range l.heads {
		t.Columns = append(t.Columns, Column{Head: head})
	}
	t.Columns = append(t.Columns, Column{Head: "search"})
	numbers := []spec{{head: "data", metric: "acked_bytes_per_s"}, {head: "response p50", metric: "response_p50"}, {head: "response p99", metric: "response_p99"}}
	t.Columns = append(t.Columns, rateColumn("highest pass"), rateColumn("lowest fail"))
	for _, s := range numbers {
		t.Columns = append(t.Columns, column(s))
	}
	t.Columns = append(t.Columns, Column{Head: "answer"}, Column{Head: "trials"}, Column{Head: "limit"})
	for i := range found {
		f := &found[i]
		row := Row{Case: f.Case}
		g := groups[slices.IndexFunc(groups, func(g *group) bool { return g.name == f.Case })]
		for _, v := range l.values(g) {
			row.Cells = append(row.Cells, Cell{Text: v})
		}
		row.Cells = append(row.Cells, Cell{Text: fmt.Sprint(f.Number)}, rateCell(f.Pass), rateCell(f.Fail))
		at := lastAt(f, f.Pass)
		for _, s := range numbers {
			row.Cells = append(row.Cells, metricCell(at, s))
		}
		answer := Cell{Text: answer(f)}
		if f.Unstable != "" {
			answer.Notes = n.add("Unstable: " + sentence(f.Unstable))
		}
		t.Rows = append(t.Rows, Row{Case: f.Case, Cells: append(row.Cells, answer, Cell{Text: fmt.Sprint(f.Result.Trials)}, Cell{Text: f.Why})})
	}
	return t
}

// answer sums up how a search ended.
func answer(f *result.Found) string {
	var words string
	switch {
	case f.Open:
		words = "unfinished"
	case f.HarnessLimited:
		words = "harness-limited"
	case f.Pass <= 0:
		words = "none passed"
	case f.Confirmed:
		words = "confirmed"
	default:
		words = "not confirmed"
	}
	if f.Unstable != "" {
		words += ", unstable"
	}
	return words
}

// stepsTable lists the trials of a search.
func stepsTable(f *result.Found, of int) Table {
	t := Table{Caption: "The steps" + ofSearch(f, of) + ", in their order.", Columns: []Column{{Head: "step"}, {Head: "for"}, rateColumn("rate")}}
	numbers := []spec{{head: "produced", metric: "acked_per_s"}, {head: "response p50", metric: "response_p50"}, {head: "response p99", metric: "response_p99"}}
	for _, s := range numbers {
		t.Columns = append(t.Columns, column(s))
	}
	t.Columns = append(t.Columns, Column{Head: "passed"}, Column{Head: "why not"})
	for _, trial := range f.Steps {
		s := trial.Search
		rate := rateCell(s.RatePerS)
		if s.RatePerS <= 0 {
			rate = Cell{Text: "max"}
		}
		cells := []Cell{{Text: fmt.Sprint(s.Step)}, {Text: s.Phase}, rate}
		for _, spec := range numbers {
			cells = append(cells, metricCell(trial, spec))
		}
		passed := ""
		if s.Pass != nil {
			passed = map[bool]string{true: "yes", false: "no"}[*s.Pass]
		}
		t.Rows = append(t.Rows, Row{Case: f.Case, Cells: append(cells, Cell{Text: passed}, Cell{Text: s.Why})})
	}
	return t
}

// curveTable shows latency against load, by rising load, and where the knee is.
func curveTable(f *result.Found, of int) Table {
	var trials []*result.Trial // the last of each rate: those before it told nothing
	for _, t := range f.Steps {
		if t.Search.Phase == string(search.Curve) {
			trials = slices.DeleteFunc(trials, func(o *result.Trial) bool { return cmp.Compare(o.Search.RatePerS, t.Search.RatePerS) == 0 })
			trials = append(trials, t)
		}
	}
	slices.SortFunc(trials, func(a, b *result.Trial) int { return cmp.Compare(a.Search.RatePerS, b.Search.RatePerS) })
	knees, caption := kneesOf(trials)
	numbers := []spec{
		{head: "produced", metric: "acked_per_s"},
		{head: "response mean", metric: "response_mean"},
		{head: "response p50", metric: "response_p50"},
		{head: "response p99", metric: "response_p99"},
		{head: "response p99.9", metric: "response_p999"},
	}
	t := Table{Caption: "Latency against load" + ofSearch(f, of) + ". " + caption, Columns: []Column{{Head: "of the highest pass"}, rateColumn("rate")}}
	for _, s := range numbers {
		t.Columns = append(t.Columns, column(s))
	}
	t.Columns = append(t.Columns, Column{Head: "is"})
	for _, trial := range trials {
		cells := []Cell{{Text: fmt.Sprintf("%.0f %%", 100*trial.Search.RatePerS/f.Pass)}, rateCell(trial.Search.RatePerS)}
		is := knees[trial]
		switch {
		case trial.Search.Pass == nil:
			is = "not trusted"
		case len(trial.Overload()) > 0:
			is = "overloaded"
		}
		for _, s := range numbers {
			if s.metric != "acked_per_s" && (is == "not trusted" || is == "overloaded") { // that depends on how long the trial lasts
				cells = append(cells, Cell{})
			} else {
				cells = append(cells, metricCell(trial, s))
			}
		}
		t.Rows = append(t.Rows, Row{Case: f.Case, Cells: append(cells, Cell{Text: is})})
	}
	return t
}

// kneesOf finds the knee of a curve by two ways that have nothing in common.
func kneesOf(trials []*result.Trial) (knees map[*result.Trial]string, caption string) {
	var used []*result.Trial
	var points []search.Point
	for _, t := range trials {
		if l := t.Latency[result.Response]; l != nil && l.MeanNs != nil && t.Search.Pass != nil && len(t.Overload()) == 0 {
			used = append(used, t)
			points = append(points, search.Point{Load: t.Rates.AckedPerS, Latency: *l.MeanNs})
		}
	}
	knees = map[*result.Trial]string{}
	power, farthest := search.Power(points), search.Kneedle(points)
	if power < 0 {
		return knees, "No knee: no response was measured."
	}
	if power == len(used)-1 {
		return knees, fmt.Sprintf("Up to %s there is no knee: throughput over mean response still grows there.", rateText(used[power].Search.RatePerS))
	}
	knees[used[power]] = "knee"
	caption = fmt.Sprintf("The knee, where throughput over mean response is highest, is at %s", rateText(used[power].Search.RatePerS))
	switch {
	case farthest < 0:
		return knees, caption + "; the curve has no bend that Kneedle sees."
	case farthest == power:
		return knees, caption + "; Kneedle says the same."
	}
	knees[used[farthest]] = "knee by Kneedle"
	return knees, caption + fmt.Sprintf("; Kneedle, which goes by the bend alone, says %s.", rateText(used[farthest].Search.RatePerS))
}

// capacityHeadlines gives the answer of the searches of each case.
func capacityHeadlines(trials []*result.Trial) (out []Headline) {
	found := result.Searches(trials)
	var cases []string
	for _, f := range found {
		cases = unique(cases, f.Case)
	}
	for _, name := range cases {
		var of []result.Found
		for _, f := range found {
			if f.Case == name {
				of = append(of, f)
			}
		}
		h := capacityHeadline(of)
		if len(cases) > 1 {
			h.Verdict = strings.Replace(h.Verdict, "Capacity", "Capacity of "+name, 1)
		}
		out = append(out, h)
	}
	return out
}

// capacityHeadline sums up the searches of one case: the median of their answers, without those that were cut short.
func capacityHeadline(found []result.Found) Headline {
	if whole := slices.DeleteFunc(slices.Clone(found), func(f result.Found) bool { return f.Open }); len(whole) > 0 {
		found = whole
	}
	under := ""
	if asked := found[0].Steps[0].Plan.Load.FindMax; asked != nil {
		var texts []string
		for _, o := range asked.SLO {
			texts = append(texts, o.Text)
		}
		under = " under " + join(texts)
	}
	var passes, fails []float64
	var says, why []string
	for i := range found {
		f := &found[i]
		passes, fails = append(passes, f.Pass), append(fails, f.Fail)
		says = unique(says, answer(f))
		if f.Why != "" {
			why = unique(why, f.Why)
		}
	}
	pass, fail := result.Summarize(passes), result.Summarize(fails)
	text := upper(sentence(join(says)))
	if len(found) > 1 {
		text = fmt.Sprintf("Medians of %d searches, which agree within %.1f %%. %s", len(found), 100*(pass.Max/pass.Min-1), text)
		if pass.Min <= 0 {
			text = fmt.Sprintf("Medians of %d searches, not all of which found a rate. %s", len(found), upper(sentence(join(says))))
		}
	}
	if len(why) > 0 {
		text += " Above it: " + sentence(someOf(why, "; ", 2))
	}
	if fail.Min <= 0 { // above some of them nothing failed
		fail.Median = 0
	}
	return Headline{"Capacity: " + capacity(pass.Median, fail.Median) + under, text}
}

func capacity(pass, fail float64) string {
	switch {
	case pass > 0 && fail > 0:
		return fmt.Sprintf("%s to %s (%.1f %%)", rateText(pass), rateText(fail), 100*(fail/pass-1))
	case pass > 0:
		return rateText(pass) + " or more"
	case fail > 0:
		return "below " + rateText(fail)
	}
	return "not found"
}

// lastAt returns the last trial of a search at a rate; nil where there was none.
func lastAt(f *result.Found, rate float64) (last *result.Trial) {
	for _, t := range f.Steps {
		s := t.Search
		if s.Phase != string(search.Curve) && s.RatePerS >= rate && s.RatePerS <= rate && s.Pass != nil && *s.Pass {
			last = t
		}
	}
	return last
}

// ofSearch names a search where there are several.
func ofSearch(f *result.Found, of int) string {
	if of == 1 {
		return ""
	}
	return fmt.Sprintf(" of search %d of %s", f.Number, f.Case)
}

// rateColumn is a column of rates that were asked for.
func rateColumn(head string) Column {
	return Column{Head: head, Metric: "offered_per_s", Unit: result.UnitPerS}
}

func rateCell(rate float64) Cell {
	if rate <= 0 {
		return Cell{}
	}
	return Cell{Number: &Number{Value: rate, Min: rate, Max: rate, Repeats: 1}}
}

func rateText(rate float64) string { return unit.Human(rate) + "/s" }

func column(s spec) Column {
	m, _ := result.Lookup(s.metric)
	return Column{Head: s.head, Metric: s.metric, Unit: m.Unit}
}

// metricCell shows a metric of one trial, which may be nil.
func metricCell(t *result.Trial, s spec) Cell {
	if t == nil {
		return Cell{}
	}
	return Cell{Number: s.number(&group{used: []*result.Trial{t}})}
}

// markdown writes the answers, the curves and the steps; brief says what was measured where.
func (s *Searches) markdown(b *bounded, brief string) {
	b.addf("the highest rate", "\n## Highest rate\n\n%s%s\n\n", brief, mdWhole(s.Answers.Caption))
	b.table("the highest rate", s.Answers.Columns, s.Answers.medians(md), markdownFirst)
	for _, t := range slices.Concat(s.Curves, s.Steps) {
		const name = "curves and steps of searches"
		b.addf(name, "\n%s\n\n", mdWhole(t.Caption))
		b.table(name, t.Columns, t.medians(md), markdownMore)
	}
}

// terminal leaves out the steps.
func (s *Searches) terminal(b *paper, short func(string) string) {
	terminalTable(b, s.Answers.Columns, s.Answers.medians(short))
	fmt.Fprintln(b)
	fold(b, "", unclipped(s.Answers.Caption))
	for _, t := range s.Curves {
		fmt.Fprintln(b)
		fold(b, "", unclipped(t.Caption))
		terminalTable(b, t.Columns, t.medians(short))
	}
}
