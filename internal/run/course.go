package run

import (
	"time"

	"kbench/internal/result"
	"kbench/internal/scenario"
)

// A Course decides which trial comes next, from what became of those before it. It is used by one goroutine.
type Course interface {
	// Next returns the next trial, and false when there is none.
	Next() (Step, bool)
	// Done is told of each record before it is stored, and may add to it what the course has made of it. It is not told of
	// one that was interrupted; there is no Next after that.
	Done(t *result.Trial)
}

// A Step is one trial to carry out.
type Step struct {
	Case   *scenario.Case // not changed by anybody
	Repeat int            // from 1; no other trial of a case of that name has it
	Env    *Env           // whose brokers it is for; nil: those of the Env that follows the course
	Pause  time.Duration  // of quiet before it
	Trials int            // how many trials there will be in all, as far as is known

	Pair   *result.Pair   // what the record says of its place in a comparison; nil outside of one
	Search *result.Search // and in a search
}

// listed is the course of a plain run: the plan's trials in its order.
type listed struct {
	plan *scenario.Plan
	next int

	search  *searcher // under way; nil outside of one
	repeats []int     // by case, trials of its searches so far
	ran     int       // trials so far
}

// Listed returns the course that carries out a plan as it stands: each trial in its order, and for a case that searches, one
// search for each.
func Listed(p *scenario.Plan) Course { return &listed{plan: p, repeats: make([]int, len(p.Cases))} }

func (l *listed) Next() (Step, bool) {
	if l.search != nil {
		if step, ok := l.search.Next(); ok {
			step.Trials += l.ran - l.search.steps + 1 + len(l.plan.Order) - l.next
			l.ran++
			return step, true
		}
		l.search = nil
	}
	if l.next == len(l.plan.Order) {
		return Step{}, false
	}
	s := l.plan.Order[l.next]
	l.next++
	c := &l.plan.Cases[s.Case]
	if c.Scenario.Load.FindMax != nil {
		l.search = newSearcher(c, s.Repeat, &l.repeats[s.Case], l.plan.Seed)
		return l.Next()
	}
	l.ran++
	return Step{Case: c, Repeat: s.Repeat, Trials: l.ran + len(l.plan.Order) - l.next}, true
}

func (l *listed) Done(t *result.Trial) {
	if l.search != nil {
		l.search.Done(t)
	}
}
