// Package search finds the highest rate at which objectives hold: which rate to try next, and what all trials say together.
// It knows rates and verdicts only; whoever calls it makes the load and judges it. The answer is never one number. It is the
// highest rate that passed and the lowest that failed, a precision apart.
//
// The search is that of MLRsearch (IETF, draft-ietf-bmwg-mlrsearch) in its outline: an upper bound from load without a
// schedule, a bracket, bisection of its logarithm, and longer trials at both ends.
package search

import (
	"math"
	"math/rand/v2"
)

// A Phase says what a step is for.
type Phase string

// The phases, in the order of a search.
const (
	Blast   Phase = "blast"   // as much as goes: its throughput says where to look, and nothing else
	Bracket Phase = "bracket" // finds one rate that passes and one that fails; one trial is enough for either
	Bisect  Phase = "bisect"  // halves the bracket; two of three trials make a rate fail
	Confirm Phase = "confirm" // the ends of the bracket again, in longer trials
	Curve   Phase = "curve"   // latency at parts of the rate that was found; no part of the answer
)

const (
	// MaxTrials bounds a search, without its curve.
	MaxTrials = 25
	// Typical is how many trials a search takes as a rule.
	Typical = 10
	// attempts is how often a step is tried of which nothing can be learnt.
	attempts = 3

	begin   = 0.6  // of the blast's throughput: where the bracket begins, and by which it goes down
	upwards = 1.25 // by which it goes up where the blast's throughput turns out too low
	apart   = 0.05 // at least, lies between a rate that is confirmed and the one that must fail
)

// A Config says what to search for.
type Config struct {
	From, To  float64 // records a second, 0 < From < To; no step outside, but for the blast and the low end of the curve
	Precision float64 // width of the answer, as a part of it: 0.05 is 5 %
	Curve     bool    // add it
	Seed      uint64  // of the curve's order
}

// A Step is a trial to carry out.
type Step struct {
	Phase Phase
	Rate  float64 // records a second; 0: as much as goes
}

// An Outcome is what became of a step.
type Outcome struct {
	Pass           bool    // the rate was sustained and the objectives held
	HarnessLimited bool    // it can't be told: who makes the load was the limit
	Void           bool    // nor can it for another reason. The step is tried twice more, and is harness-limited then
	AchievedPerS   float64 // records a second that went through
	Why            string  // what speaks against it, in one line
}

// A trial is a step that was carried out.
type trial struct {
	Step
	Outcome
}

// A Search is the course of one search. It depends on nothing but its configuration and the steps that were done, so that it
// can be told again from stored ones. It is used by one goroutine.
type Search struct {
	config Config
	done   []trial
}

// New returns a search of which nothing is done.
func New(c Config) *Search { return &Search{config: c} }

// Done tells what became of a step: the one that Next returned last, or one that was stored.
func (s *Search) Done(step Step, o Outcome) { s.done = append(s.done, trial{step, o}) }

// Next returns the next step, and false when there is none.
func (s *Search) Next() (Step, bool) {
	if step, ok := s.seek(); ok {
		return step, true
	}
	return s.next(s.curve())
}

// trials returns how many were carried out, without the curve.
func (s *Search) trials() (n int) {
	for _, t := range s.done {
		if t.Phase != Curve {
			n++
		}
	}
	return n
}

// seek returns the next step of the search itself.
func (s *Search) seek() (Step, bool) {
	throughput, known := s.blast()
	switch {
	case s.trials() >= MaxTrials:
		return Step{}, false
	case !known:
		return Step{Phase: Blast}, true
	}
	c, b := s.config, s.bounds()
	ceiling := c.To // what is taken to fail as long as nothing has
	first := math.Sqrt(c.From * c.To)
	if throughput > 0 {
		ceiling = min(c.To, round(throughput*(1+c.Precision)))
		first = begin * throughput
	}
	switch {
	case b.open != nil:
		return Step{b.open.phase, b.open.rate}, true
	case b.lo == nil && b.hi == nil:
		return Step{Bracket, min(max(c.From, round(first)), c.To)}, true
	case b.lo == nil:
		return Step{Bracket, max(c.From, round(begin*b.hi.rate))}, b.hi.rate > c.From
	case b.hi == nil && b.lo.rate >= ceiling && b.lo.rate < c.To:
		return Step{Bracket, min(c.To, round(upwards*b.lo.rate))}, true
	case b.hi != nil:
		ceiling = b.hi.rate
	}
	if middle := round(math.Sqrt(b.lo.rate * ceiling)); ceiling/b.lo.rate > 1+c.Precision && middle > b.lo.rate && middle < ceiling {
		return Step{Bisect, middle}, true
	}
	switch {
	case b.lo.passed[long] == 0:
		return Step{Confirm, b.lo.rate}, true
	case b.lo.rate >= c.To || b.hi != nil && (b.hi.verdict() == beyond || s.refuted(b.lo.rate, bad, beyond)):
		return Step{}, false
	}
	return Step{Confirm, min(c.To, max(ceiling, round(b.lo.rate*(1+s.apart()))))}, true
}

// apart is by how much the rate lies above the answer that must fail in a long trial too.
func (s *Search) apart() float64 { return max(apart, s.config.Precision) }

// blast returns the throughput of a load without a schedule, 0 where it can't be found; false where it is not known yet.
func (s *Search) blast() (perS float64, known bool) {
	tried := 0
	for _, t := range s.done {
		if t.Phase != Blast {
			continue
		}
		if t.AchievedPerS > 0 {
			return t.AchievedPerS, true
		}
		tried++
	}
	return 0, tried >= attempts
}

// Parts returns the rates of the curve as percentages of the highest that passed, in order.
func Parts() []int { return []int{10, 25, 50, 60, 70, 80, 85, 90, 95, 100, 105} }

// curve returns its steps in their order, none where no rate passed.
func (s *Search) curve() (steps []Step) {
	b := s.bounds()
	if !s.config.Curve || b.lo == nil {
		return nil
	}
	for _, percent := range Parts() {
		if rate := round(b.lo.rate * float64(percent) / 100); rate <= s.config.To {
			steps = append(steps, Step{Curve, rate})
		}
	}
	random := rand.New(rand.NewPCG(s.config.Seed, 0))
	random.Shuffle(len(steps), func(i, j int) { steps[i], steps[j] = steps[j], steps[i] })
	return steps
}

// next returns the first of steps that was not carried out, and is worth another attempt.
func (s *Search) next(steps []Step) (Step, bool) {
	for _, step := range steps {
		tried, known := 0, false
		for _, t := range s.done {
			if t.Step == step {
				tried, known = tried+1, known || !t.Void
			}
		}
		if !known && tried < attempts {
			return step, true
		}
	}
	return Step{}, false
}

// round keeps four digits of a rate, which is finer than any precision.
func round(rate float64) float64 {
	if !(rate > 0) || math.IsInf(rate, 0) {
		return rate
	}
	unit := math.Pow(10, math.Floor(math.Log10(rate))-3)
	return math.Round(rate/unit) * unit
}
