package report

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"kbench/internal/compare"
	"kbench/internal/result"
)

// The values of Comparison.Verdict and Compared.Verdict, and how the latter are ordered: the last of a comparison's gates
// in this order is the comparison's.
const (
	Pass         = string(compare.Pass)         // not worse by the margin
	Warn         = string(compare.Warn)         // worse, perhaps by more than the margin
	Inconclusive = string(compare.Inconclusive) // more pairs would be needed to tell
	Fail         = string(compare.Fail)         // worse by more than the margin
	Untrusted    = "untrusted"                  // too little that can be trusted, or a gate without a number
)

// The values of Comparison.Pairing.
const (
	PairedTrials   = "paired"
	UnpairedTrials = "unpaired"
)

// A Comparison is everything that is said of two sides, from their records. Side b is held against side a: the change, the
// ratio and what is worse are always b's.
type Comparison struct {
	Verdict  string       `json:"verdict"`  // pass, warn, inconclusive, fail or untrusted: the worst over the gates
	Sentence string       `json:"sentence"` // the verdict with its figures: the first line of every rendering
	NotKafka string       `json:"not_kafka,omitempty"`
	A        ComparedSide `json:"a"`
	B        ComparedSide `json:"b"`
	Pairing  string       `json:"pairing"`         // paired or unpaired
	Declared int          `json:"pairs_declared"`  // 0 outside of kbench ab
	Pairs    int          `json:"pairs"`           // that are used; 0 where unpaired
	Rerun    int          `json:"pairs_rerun"`     // that were run more than once, because a trial was invalid
	LeftOut  int          `json:"left_out"`        // pairs, or trials where unpaired, that can't be trusted
	Level    float64      `json:"level"`           // that intervals reach or exceed
	Rows     []Compared   `json:"rows"`            // by case; gates first
	Means    []Mean       `json:"means,omitempty"` // over cases, where there are several
	Notes    []string     `json:"notes,omitempty"`

	trust Headline // of the trials, where they are stored ones: those of an experiment have a report
}

// A ComparedSide is one of the two.
type ComparedSide struct {
	Name   string `json:"name"`
	What   string `json:"what"`   // makes it what it is
	Trials int    `json:"trials"` // that are used, of all cases
}

// A Compared is one metric of one case. Numbers are in the metric's base unit, changes and margins are parts: 0.05 is 5 %. nil is
// unknown.
type Compared struct {
	Case   string  `json:"case"`
	Metric string  `json:"metric"`
	Unit   string  `json:"unit"`
	Better int     `json:"better"` // +1 higher is better, -1 lower, 0 neither
	A      *Number `json:"a"`      // medians; Repeats is how many values, or pairs of them, are used
	B      *Number `json:"b"`

	Ratio *float64 `json:"ratio"` // of b to a: the Hodges-Lehmann estimate, which need not be that of the medians
	Lo    *float64 `json:"ratio_lo"`
	Hi    *float64 `json:"ratio_hi"`
	Level *float64 `json:"level"` // that the interval from Lo to Hi reaches
	P     *float64 `json:"p"`     // two-sided and exact, of no difference

	Margin        *float64  `json:"margin"`                 // by which b may be worse; nil: the metric informs and has no vote
	Verdict       string    `json:"verdict,omitempty"`      // of a gate
	Why           string    `json:"why,omitempty"`          // there is a number or a verdict missing, or it is not the interval's
	MinDetectable *float64  `json:"min_detectable"`         // the worsening that fails (is told from none) in 8 of 10 such experiments
	PairsNeeded   int       `json:"pairs_needed,omitempty"` // that would decide it, in 8 of 10; 61: more than 60; 0: decided or unknown
	Differences   []float64 `json:"differences,omitempty"`  // ln(b/a) of each pair
}

// A Mean is a metric over all cases that have it on both sides: geometric means of medians.
type Mean struct {
	Metric string  `json:"metric"`
	Unit   string  `json:"unit"`
	Cases  int     `json:"cases"`
	A      float64 `json:"a"`
	B      float64 `json:"b"`
	Ratio  float64 `json:"ratio"`
}

// A match is what is compared under one name: trials that can be trusted. Paired ones are of one length and in one order.
type match struct {
	name string
	a, b []*result.Trial
}

// NewPaired judges a comparison that kbench ab has run, or is running: the pairs so far. Where too few of them can be trusted it
// says so, and its verdict is Untrusted; an error is that there is no comparison to judge.
func NewPaired(declared *result.Comparison, trials []*result.Trial) (*Comparison, error) {
	if declared == nil {
		return nil, errors.New("report: this run is no comparison: kbench ab makes one")
	}
	looks := 1
	if declared.Extend {
		looks = 2
	}
	c := &Comparison{
		A: ComparedSide{Name: result.SideA, What: declared.A}, B: ComparedSide{Name: result.SideB, What: declared.B},
		Pairing: PairedTrials, Declared: declared.Pairs, Level: compare.Level(looks), NotKafka: notKafka(trials),
	}
	m, run, reasons := c.pair(trials)
	explicit := !slices.Equal(declared.Gates, DefaultGates())
	if err := c.judge([]match{m}, declared.Gates, explicit, looks); err != nil {
		return nil, err
	}
	if run < declared.Pairs {
		c.note("%d of %d declared pairs were run", run, declared.Pairs)
	} else if run > declared.Pairs {
		c.note("the %d declared pairs left it open, so %d more were run; both looks are held to %s", declared.Pairs, run-declared.Pairs, percent(c.Level))
	}
	if c.Rerun > 0 {
		c.note("%d %s run again, because a trial was invalid", c.Rerun, plural(c.Rerun, "pair was", "pairs were"))
	}
	if c.LeftOut > 0 {
		c.note("%d %s left out, because a trial failed or is invalid or missing: %s", c.LeftOut, plural(c.LeftOut, "pair is", "pairs are"), someOf(reasons, "; ", 3))
	}
	gates := len(c.gates())
	if c.Pairs == 0 { // nobody knows which of them there are
		gates = len(declared.Gates)
	}
	if needed := compare.FewestFor(gates, looks); c.Pairs < needed {
		c.Verdict = Untrusted
		c.Sentence = fmt.Sprintf("UNTRUSTED: %d of %d pairs can be used, and %d are needed for a gate to fail.", c.Pairs, max(run, declared.Pairs), needed)
		return c, nil
	}
	c.conclude()
	return c, nil
}

// pair finds the trials of each pair: those of its last attempt that can be trusted. run counts the pairs of which a trial ran.
func (c *Comparison) pair(trials []*result.Trial) (m match, run int, reasons []string) {
	type place struct{ number, attempt int }
	at := map[place]map[string]*result.Trial{}
	attempts := map[int]int{}
	for _, t := range trials {
		if t.Pair == nil {
			continue
		}
		p := place{t.Pair.Number, t.Pair.Attempt}
		if at[p] == nil {
			at[p] = map[string]*result.Trial{}
		}
		at[p][t.Pair.Side] = t
		attempts[p.number] = max(attempts[p.number], p.attempt)
	}
	for _, number := range slices.Sorted(maps.Keys(attempts)) {
		last := attempts[number]
		if last > 1 {
			c.Rerun++
		}
		used := false
		for attempt := last; attempt > 0 && !used; attempt-- {
			p := at[place{number, attempt}]
			a, b := p[result.SideA], p[result.SideB]
			if used = usable(a) && usable(b); used {
				m.a, m.b = append(m.a, a), append(m.b, b)
			}
		}
		if !used {
			c.LeftOut++
			for _, side := range []string{result.SideA, result.SideB} {
				reasons = unique(reasons, whyNot(at[place{number, last}][side], side))
			}
		}
	}
	reasons = slices.DeleteFunc(reasons, func(s string) bool { return s == "" })
	c.Pairs = len(m.a)
	return m, len(attempts), reasons
}

// usable says whether a trial's numbers may be compared.
func usable(t *result.Trial) bool {
	return t != nil && t.Status == result.StatusOK && t.Verdict.Trust != result.TrustInvalid
}

// whyNot says why a trial of that side is not usable; nothing where it is.
func whyNot(t *result.Trial, side string) string {
	switch {
	case t == nil:
		return side + " did not run"
	case usable(t):
		return ""
	case t.Status != result.StatusOK:
		return strings.TrimSuffix(fmt.Sprintf("%s %s: %s", side, t.Status, t.Failure), ": ")
	}
	return fmt.Sprintf("%s is invalid: %s", side, someOf(t.Verdict.Reasons, "; ", 2))
}

func (c *Comparison) note(format string, args ...any) {
	c.Notes = append(c.Notes, fmt.Sprintf(format, args...))
}

// gates returns the rows that decide.
func (c *Comparison) gates() (rows []*Compared) {
	for i := range c.Rows {
		if c.Rows[i].Margin != nil {
			rows = append(rows, &c.Rows[i])
		}
	}
	return rows
}
