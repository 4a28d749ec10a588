package run

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"sync"

	"kbench/internal/driver"
	"kbench/internal/host"
	"kbench/internal/load"
	"kbench/internal/meter"
	"kbench/internal/result"
	"kbench/internal/scenario"
)

// several is a trial of several workloads: a part for each, with a topic, clients, a schedule and an account of its own, all at the
// same time from one start. A part is a trial that shares its clock with the others, and waits for them once it is ready. The host is
// sampled by one of them, the lead, since all of them are one process.
type several struct {
	env   *Env
	c     *scenario.Case
	rec   *result.Trial
	parts []*trial
	lead  *trial
	start *gate
	live  *live
}

// errOthers is the failure of a workload that was ready, or would have been.
var errOthers = errors.New("another workload did not get ready")

// A gate is where the parts of a trial wait for each other.
type gate struct {
	mu      sync.Mutex
	missing int
	open    chan struct{} // closed when nobody is missing any more
}

// pass waits for the others. Who comes last calls begin before anybody goes on.
func (g *gate) pass(ctx context.Context, begin func()) error {
	g.mu.Lock()
	if g.missing--; g.missing == 0 {
		begin()
		close(g.open)
	}
	g.mu.Unlock()
	select {
	case <-g.open:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("wait for the other workloads: %w", ctx.Err())
	}
}

// passed says whether all have come.
func (g *gate) passed() bool {
	select {
	case <-g.open:
		return true
	default:
		return false
	}
}

// workloads carries out a trial of a case that has several, as Trial does.
func (e *Env) workloads(ctx context.Context, c *scenario.Case, step Position) (*result.Trial, *meter.Meter) {
	s := &several{env: e, c: c, rec: e.newRecord(c, step), start: &gate{open: make(chan struct{})}}
	s.prepare(step)
	s.carryOut(ctx)
	return s.summarise()
}

// prepare makes the parts. What a workload sends, and when where that is random, goes by its name, and not by what is beside it.
func (s *several) prepare(step Position) {
	cases, clock := s.c.Parts(), newClock()
	s.live, s.start.missing = newLive(s.env, s.c.Scenario.Workloads), len(cases)
	s.live.journal = wholeJournal{begin: step.Journal, head: s.rec, heads: make([]*result.Trial, len(cases)), parts: make([]*trial, len(cases))}
	step.Journal = nil
	for i := range cases {
		name := s.c.Scenario.Workloads[i].Name
		env := *s.env
		env.Seed, env.Sampler = load.Mix(s.env.Seed^hashOf(name)), nil
		env.Progress, env.Observe = s.live.phase(name), s.live.second(i)
		step.salt = uint64(i)
		t := env.newTrial(&cases[i], step)
		t.clock, t.gate, t.expected = clock, s.start, expected(s.c.Scenario.Thresholds, name)
		t.rec.Case, t.rec.Workload = s.c.Name, name
		s.parts = append(s.parts, t)
		s.live.journal.parts[i] = t
		if s.lead == nil && cases[i].Scenario.Producer != nil {
			s.lead = t
		}
	}
	if s.lead == nil {
		s.lead = s.parts[0]
	}
	s.lead.env.Sampler, s.lead.leads = s.env.Sampler, true
}

func hashOf(name string) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(name)) // it takes everything
	return h.Sum64()
}

// carryOut runs all parts to their ends. One that does not get ready ends the others, which would wait for it; once they have begun,
// each goes its own way.
func (s *several) carryOut(ctx context.Context) {
	starting, giveUp := context.WithCancel(ctx)
	defer giveUp()
	errs, cause := make([]error, len(s.parts)), -1
	var first sync.Once
	var all sync.WaitGroup
	for i, t := range s.parts {
		all.Go(func() {
			errs[i] = t.carryOut(starting)
			if errs[i] != nil && !s.start.passed() {
				first.Do(func() { cause = i })
				giveUp()
			}
		})
	}
	all.Wait()
	for i, t := range s.parts {
		canceled := errors.Is(errs[i], context.Canceled) || driver.ClassOf(errs[i]) == driver.ErrCanceled // a client's word for it
		if canceled && i != cause && starting.Err() != nil && ctx.Err() == nil {
			errs[i] = errOthers
		}
		t.conclude(ctx, errs[i])
	}
}

// summarise makes the record of the whole and the meter that it was made of; those of the parts are closed.
func (s *several) summarise() (*result.Trial, *meter.Meter) {
	var records []*result.Trial
	var meters []*meter.Meter
	for _, t := range s.parts {
		t.usage, t.hiccups.late, t.hiccups.still = s.lead.usage, s.lead.hiccups.late, s.lead.hiccups.still
		t.summarise()
		if len(s.parts) > 1 { // whose CPU time and memory it was can't be told apart
			t.rec.Cost.CPUNsPerRecord, t.rec.Cost.AllocPerRecord, t.rec.Cost.RSSMaxBytes = nil, nil, nil
		}
		records, meters = append(records, t.rec), append(meters, t.meter)
	}
	spool, err := meter.NewSpool()
	if err != nil {
		s.rec.Warnings = append(s.rec.Warnings, "memory grew with the length of the trial: "+oneLine(err))
	}
	whole, err := meter.Merge(spool, meters...)
	if err != nil {
		s.rec.Warnings = append(s.rec.Warnings, "there is no account of the workloads together: "+oneLine(err))
		whole = meter.New(meter.Config{Spool: spool})
	}
	for _, m := range meters {
		_ = m.Close() // nobody reads it any more
	}
	s.rec.Usage = s.lead.rec.Usage
	together(s.rec, whole, records)
	if err != nil {
		s.rec.Verdict.Trust = result.TrustInvalid
		s.rec.Verdict.Reasons = append(s.rec.Verdict.Reasons, "the workloads could not be added up")
	}
	s.live.end(whole, s.rec)
	return s.rec, whole
}

// sample takes a sample of the host, for who has the sampler: of several workloads one.
func (e *Env) sample() host.Sample {
	if e.Sampler == nil {
		return host.Sample{}
	}
	return e.Sampler.Sample()
}
