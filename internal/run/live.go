package run

import (
	"fmt"
	"slices"
	"sync"

	"kbench/internal/meter"
	"kbench/internal/result"
	"kbench/internal/scenario"
)

// live adds up what several workloads tell while they run. They tell from goroutines of their own; what they say of one second is
// passed on once each of them has said it.
type live struct {
	env *Env

	mu      sync.Mutex
	parts   []said
	journal wholeJournal
	problem error        // of the journal
	whole   *meter.Meter // of all of them: totals, and no windows
	stat    meter.Stat   // of the newest second, over all of them
}

// said is the newest that one workload has told.
type said struct {
	name             string
	new              bool // since it was passed on
	at               Progress
	second           meter.Stat // of at.Span
	warmup, measured meter.Part // only where somebody wants totals
}

func newLive(e *Env, workloads []scenario.Workload) *live {
	l := &live{env: e, parts: make([]said, len(workloads)), whole: meter.New(meter.Config{})}
	for i := range workloads {
		l.parts[i].name = workloads[i].Name
	}
	return l
}

// phase returns what a workload tells its phases; nil where nobody wants to know. How the load goes is passed on by second.
func (l *live) phase(name string) func(Progress) {
	if l.env.Progress == nil {
		return nil
	}
	return func(p Progress) {
		if p.At == 0 && p.Phase != "" {
			l.env.progress(Progress{Phase: fmt.Sprintf("%s: %s", name, p.Phase)})
		}
	}
}

// second returns what workload i shows its meter once a second; nil where nobody wants to see it.
func (l *live) second(i int) func(Progress, *meter.Meter) {
	if l.env.Progress == nil && !l.totals() {
		return nil
	}
	return func(p Progress, m *meter.Meter) {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.journal.meet(i)
		part := &l.parts[i]
		part.at, part.new = p, true
		part.second = meter.Stat{}
		if w := m.Window(m.Index(p.At) - 2); w != nil && p.Span != "" {
			span := meter.Response
			if p.Span == result.Service {
				span = meter.Service
			}
			_, _ = w.Stat(span, &part.second) // what can't be read is told in the record
		}
		if l.totals() {
			part.warmup.Reset()
			part.warmup.Merge(m.Warmup())
			part.measured.Reset()
			part.measured.Merge(m.Measured())
		}
		l.passOn()
	}
}

// passOn tells what all workloads came to together, once each has told something new.
func (l *live) passOn() {
	for i := range l.parts {
		if !l.parts[i].new {
			return
		}
	}
	for i := range l.parts {
		l.parts[i].new = false
	}
	p := l.sum()
	l.env.progress(p)
	if l.totals() {
		l.whole.Warmup().Reset()
		l.whole.Measured().Reset()
		for i := range l.parts {
			l.whole.Warmup().Merge(&l.parts[i].warmup)
			l.whole.Measured().Merge(&l.parts[i].measured)
		}
		l.env.observe(p, l.whole)
		if err := l.journal.add(l, p); err != nil {
			l.problem = err
		}
	}
}

// totals says whether somebody wants those of the whole.
func (l *live) totals() bool { return l.env.Observe != nil || l.journal.begin != nil }

// sum adds up the newest of all workloads. A number that one of them does not know is not known of the whole, but for what does not
// exist there: a workload without a consumer consumes nothing.
func (l *live) sum() Progress {
	out := Progress{}
	sameSpan, first := true, true
	l.stat = meter.Stat{}
	for i := range l.parts {
		part := &l.parts[i]
		p := &part.at
		out.At, out.Of, out.Warmup = max(out.At, p.At), max(out.Of, p.Of), p.Warmup
		out.Phase = p.Phase
		out.Failed = plus(out.Failed, p.Failed)
		for class, n := range p.Errors {
			if out.Errors == nil {
				out.Errors = map[string]int64{}
			}
			out.Errors[class] += n
		}
		if p.Second != nil && (out.Second == nil || *p.Second > *out.Second) {
			out.Second = new(*p.Second)
		}
		out.OfferedPerS = plus(out.OfferedPerS, p.OfferedPerS)
		out.AckedPerS = plus(out.AckedPerS, p.AckedPerS)
		out.ConsumedPerS = plus(out.ConsumedPerS, p.ConsumedPerS)
		out.ConsumerLag = plus(out.ConsumerLag, p.ConsumerLag)
		if p.OfferedPerS == nil { // it produces nothing
			continue
		}
		sameSpan = sameSpan && p.Span != "" && (first || p.Span == out.Span)
		out.Span, first = p.Span, false
		l.stat.Merge(&part.second)
		for _, name := range p.AtLeast { // where none of them is a lower bound, the whole's is none
			if !slices.Contains(out.AtLeast, name) {
				out.AtLeast = append(out.AtLeast, name)
			}
		}
	}
	if !sameSpan || l.stat.Count() == 0 {
		out.Span, out.AtLeast = "", nil
		return out
	}
	told := latency(&l.stat, l.stat.Count())
	out.P50Ns, out.P99Ns = told.P50Ns, told.P99Ns
	return out
}

// plus adds what is there.
func plus[N int64 | float64](a, b *N) *N {
	switch {
	case a == nil:
		return b
	case b == nil:
		return a
	}
	return new(*a + *b)
}

// end shows what the whole came to.
func (l *live) end(whole *meter.Meter, r *result.Trial) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.journal.close()
	if l.problem != nil {
		r.Warnings = append(r.Warnings, "the journal of this trial ends early: "+oneLine(l.problem))
	}
	for _, p := range []struct{ to, from *meter.Part }{{l.whole.Warmup(), whole.Warmup()}, {l.whole.Measured(), whole.Measured()}} {
		p.to.Reset()
		p.to.Merge(p.from)
	}
	l.env.observe(Progress{Errors: r.Counts.Errors}, l.whole)
}
