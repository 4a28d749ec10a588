package run

import (
	"fmt"
	"math"
	"strings"
	"time"

	"kbench/internal/driver"
	"kbench/internal/result"
	"kbench/internal/scenario"
	"kbench/internal/search"
	"kbench/internal/unit"
)

// How long the steps of a search are measured, beside the scenario's measure. What is shorter than brief is for trying things
// out, and stays short.
const (
	brief       = unit.Duration(5e9)
	longestMax  = unit.Duration(10e9) // as much as goes
	leastLong   = unit.Duration(20e9) // to confirm
	longerTimes = 2
)

// betweenSteps lets brokers be done with the step before, whose topic was deleted, and which may have overloaded them.
const betweenSteps = 2 * time.Second

// A searcher is the course of one search for the highest rate: trials of one case, each at a rate of its own.
type searcher struct {
	c       *scenario.Case
	number  int  // of the case's searches, from 1
	repeats *int // trials that the case has had
	search  *search.Search
	step    search.Step // under way
	steps   int
}

func newSearcher(c *scenario.Case, number int, repeats *int, seed uint64) *searcher {
	f := c.Scenario.Load.FindMax
	return &searcher{c: c, number: number, repeats: repeats, search: search.New(search.Config{
		From: f.From.PerSecond(), To: f.To.PerSecond(), Precision: float64(f.Precision), Curve: f.Curve, Seed: seed + uint64(number),
	})}
}

// Next implements Course. Its Trials are those of this search, as they are as a rule.
func (s *searcher) Next() (Step, bool) {
	step, ok := s.search.Next()
	if !ok {
		return Step{}, false
	}
	s.step = step
	s.steps++
	*s.repeats++
	all := search.Typical
	if step.Phase == search.Curve {
		all = s.search.Result().Trials
	}
	if s.c.Scenario.Load.FindMax.Curve {
		all += len(search.Parts())
	}
	out := Step{
		Case: stepOf(s.c, step), Repeat: *s.repeats, Trials: max(all, s.steps),
		Search: &result.Search{Number: s.number, Step: s.steps, Phase: string(step.Phase), RatePerS: step.Rate},
	}
	if s.c.Scenario.Producer.Client != "null" { // there are brokers that work off the step before
		out.Pause = betweenSteps
	}
	return out, true
}

// Done implements Course.
func (s *searcher) Done(t *result.Trial) {
	t.Search.Pass, t.Search.Why = judgeStep(t)
	s.search.Done(s.step, t.Outcome())
}

// stepOf returns the case with a step's load. Thresholds are for trials that do not overload on purpose.
func stepOf(c *scenario.Case, step search.Step) *scenario.Case {
	out := *c // plans are not changed
	s := &out.Scenario
	s.Thresholds = nil
	l, hold := &s.Load, s.Load.Measure
	l.Rate = unit.Rate(math.Round(step.Rate * float64(unit.PerSecond)))
	switch step.Phase {
	case search.Blast:
		l.Rate, l.Measure, l.Arrival = unit.MaxRate, min(hold, longestMax), scenario.ArrivalConstant
		producer := *s.Producer
		producer.OnFull = driver.OnFullWait // its buffer is always full
		s.Producer = &producer
	case search.Confirm:
		l.Measure = longerTimes * hold
		if hold >= brief {
			l.Measure = max(l.Measure, leastLong)
		}
	case search.Curve:
		l.Measure = min(hold, max(hold/2, brief))
	}
	return &out
}

// judgeStep says whether the rate of a step was sustained and its objectives held, and if not, why; nil where the trial can't
// tell. More than is sustained may make records fail, and the trial with them.
func judgeStep(t *result.Trial) (pass *bool, why string) {
	failed := t.Status == result.StatusFailed
	if failed && (t.Counts.Acked == 0 || t.Counts.Failed+t.Counts.Unresolved == 0) {
		return nil, t.Failure
	}
	if failed {
		if own := ownFault(t); own != "" {
			return nil, fmt.Sprintf("%s; and %s", t.Failure, own)
		}
	}
	if !failed && t.Verdict.Trust != result.TrustOK {
		return nil, strings.Join(t.Verdict.Reasons, "; ")
	}
	if t.Search.Phase == string(search.Blast) {
		return nil, ""
	}
	whys := t.Overload()
	for _, o := range t.Plan.Load.FindMax.SLO {
		if ok, got, known := result.Check(t, o); !known {
			whys = append(whys, fmt.Sprintf("%s is not known: %s", o.Metric, t.WhyUnknown(o.Metric)))
		} else if !ok {
			whys = append(whys, fmt.Sprintf("%s is %s, not %s %s", o.Metric, amount(t, o.Metric, got), o.Op, amount(nil, o.Metric, o.Value)))
		}
	}
	held := len(whys) == 0
	return &held, strings.Join(whys, "; ")
}

// amount prints a metric for people; t is nil for a limit on it.
func amount(t *result.Trial, metric string, v float64) string {
	m, _ := result.Lookup(metric)
	text := unit.Human(v)
	switch m.Unit {
	case result.UnitNs:
		text = unit.HumanDuration(time.Duration(v))
	case result.UnitBytes:
		text = unit.HumanBytes(v)
	case result.UnitBytesPerS:
		text = unit.HumanBytes(v) + "/s"
	case result.UnitPerS:
		text += "/s"
	}
	if t != nil && t.AtLeast(metric) {
		return "at least " + text
	}
	return text
}
