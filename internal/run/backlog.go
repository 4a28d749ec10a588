package run

import (
	"context"
	"math"
	"sync"
	"time"

	"kbench/internal/result"
	"kbench/internal/scenario"
)

// Around a pause it is looked at producers and groups every lookEvery; lookBack is how much of the time before is kept.
const (
	lookEvery  = 100 * time.Millisecond
	lookBack   = 5 * time.Second
	lookWithin = 500 * time.Millisecond
)

// A look is how far producers and groups were at an instant.
type look struct {
	at               time.Duration
	acked, read, lag int64 // read is offsets, over all groups and partitions
}

// A backlog is one pause and what it brings.
type backlog struct {
	plan    scenario.Pause
	problem string
	at, end time.Duration // when consumers were told; 0: they were not
	before  []look        // of the time up to at, since the last backlog was caught up
	was     *int64        // lag that counts as caught up; nil where nobody knows

	paused, resumed, loadEnd, level, last *look // level: the lag is down again; each nil where it did not come to that
	most                                  int64
}

// A holder carries out the pauses of a trial's consumers, one after the other, in one goroutine. The caller calls end.
type holder struct {
	t     *trial
	ends  func(context.Context) (map[int32]int64, error) // end offsets by partition
	acked func() int64                                   // by all producers
	stop  context.CancelFunc
	all   sync.WaitGroup
	did   []backlog // this and what follows are the goroutine's own until it has ended

	recent []look // since the last resumption or the end of its backlog, of the last lookBack
}

// hold starts them.
func (t *trial) hold(ctx context.Context) *holder {
	ctx, stop := context.WithCancel(ctx)
	h := &holder{t: t, stop: stop, acked: t.acked}
	h.ends = func(ctx context.Context) (map[int32]int64, error) { return t.env.Admin.EndOffsets(ctx, t.topic) }
	for _, p := range t.c.Consumer.Pause {
		h.did = append(h.did, backlog{plan: p})
	}
	h.all.Go(func() { h.carryOutAll(ctx) })
	return h
}

func (h *holder) carryOutAll(ctx context.Context) {
	for i := range h.did {
		next := time.Duration(math.MaxInt64)
		if i+1 < len(h.did) {
			next = time.Duration(h.did[i+1].plan.At)
		}
		var was *int64
		if i > 0 && (h.did[i-1].level == nil || len(h.recent) == 0) { // what is still to be caught up is not what was before
			was = h.did[i-1].was
		}
		h.carryOut(ctx, &h.did[i], was, next)
	}
}

// end ends what still lasts, and lets the consumers read.
func (h *holder) end() {
	h.stop()
	h.all.Wait()
}

// carryOut does one pause, and sees how its backlog is caught up, until the next pause, the trial's end or ctx's. was is the lag to
// come back to, nil for that of before this pause.
func (h *holder) carryOut(ctx context.Context, b *backlog, was *int64, next time.Duration) {
	t, begin := h.t, time.Duration(b.plan.At)
	end := begin + time.Duration(b.plan.For)
	t.sleepUntil(ctx, max(0, begin-lookBack))
	h.watch(ctx, begin, func(look) bool { return t.loaded.Load() })
	if t.loaded.Load() || !t.sleepUntil(ctx, begin) {
		b.problem = errLoadOver.Error()
		return
	}
	b.at, b.before, b.was = t.clock.now(), h.recent, was
	if was == nil {
		b.was = most(b.before)
	}
	h.each(pausing.Pause)
	t.event("pause: no consumer reads")
	b.paused = h.look(ctx)
	h.watch(ctx, end, func(l look) bool { b.see(l); return t.loaded.Load() })
	for end >= t.bounds.loadEnd() && !t.loaded.Load() && pause(ctx, 5*time.Millisecond) { // then the producers have stopped, too
		continue
	}
	if t.clock.now() < end {
		b.problem = "it ended with the load, before its time"
	}
	if b.resumed = h.look(ctx); t.loaded.Load() {
		b.loadEnd = b.resumed
	}
	b.end = t.clock.now()
	h.each(pausing.Resume)
	h.recent = nil
	t.event("resume: the consumers read again")
	if b.resumed != nil {
		b.see(*b.resumed)
	}
	h.watch(ctx, next, func(l look) bool { return b.drained(l, t.loaded.Load()) })
	if b.level == nil && ctx.Err() != nil { // the trial may have ended just when all was read
		if l := h.look(context.WithoutCancel(ctx)); l != nil {
			b.drained(*l, true)
		}
	}
	if b.level != nil {
		h.recent = nil
	}
}

// see notes the lag while it grows.
func (b *backlog) see(l look) { b.most = max(b.most, l.lag) }

// drained takes a look after the pause, and reports whether the lag is down to what it was before.
func (b *backlog) drained(l look, loaded bool) bool {
	b.see(l)
	b.last = &l
	switch {
	case b.was != nil && l.lag <= *b.was:
		b.level = &l
	case loaded && b.loadEnd == nil:
		b.loadEnd = &l
	}
	return b.level != nil
}

// most returns the largest lag of looks; nil for none.
func most(looks []look) *int64 {
	if len(looks) == 0 {
		return nil
	}
	n := int64(0)
	for _, l := range looks {
		n = max(n, l.lag)
	}
	return &n
}

// pausing is what of a driver.Consumer a pause needs.
type pausing interface {
	Pause()
	Resume()
}

func (h *holder) each(do func(pausing)) {
	for _, g := range h.t.groups {
		for _, m := range g.members {
			do(m.client)
		}
	}
}

// watch takes looks until an instant, until take says that it is enough, or until ctx is done. What brokers do not answer is a gap.
func (h *holder) watch(ctx context.Context, until time.Duration, take func(look) (enough bool)) {
	for now := h.t.clock.now(); now < until; now = h.t.clock.now() {
		if !h.t.sleepUntil(ctx, min(until, now+lookEvery)) {
			return
		}
		if l := h.look(ctx); l != nil && take(*l) {
			return
		}
	}
}

// look asks for the end offsets, and then takes down how far everybody is; nil where the brokers do not answer.
func (h *holder) look(ctx context.Context) *look {
	ctx, cancel := context.WithTimeout(ctx, lookWithin)
	defer cancel()
	t := h.t
	ends, err := h.ends(ctx)
	if err != nil {
		return nil
	}
	l := &look{at: t.clock.now(), acked: h.acked()}
	for _, g := range t.groups {
		l.lag += g.lag(ends)
		for i := range g.partitions {
			l.read += g.partitions[i].next.Load()
		}
	}
	h.recent = append(h.recent, *l)
	for h.recent[0].at < l.at-lookBack {
		h.recent = h.recent[1:]
	}
	return l
}

// acked returns how many records all producers have had acked.
func (t *trial) acked() (n int64) {
	for _, p := range t.producers {
		n += p.tally().acked
	}
	return n
}

// accountPauses says what became of each pause. The windows are there already.
func (t *trial) accountPauses() {
	if t.held == nil {
		return
	}
	for i := range t.held.did {
		b := &t.held.did[i]
		p := b.account()
		if p.Problem != "" {
			t.warn("the pause of %s at %s was not as planned: %s", b.plan.For, b.plan.At, p.Problem)
		}
		if b.paused != nil && len(b.before) > 0 {
			first, from, to := b.before[0].at, t.meter.Index(b.at), t.meter.Index(b.end)
			spans := map[string][2]int{
				result.PhaseBefore:     {t.meter.Index(first), from},
				result.PhasePaused:     {from, max(to, from+1)},
				result.PhaseCatchingUp: {to, t.meter.Index(b.until()) + 1},
			}
			for i := range p.Phases {
				if s, due := spans[p.Phases[i].Name]; due {
					p.Phases[i].Response = t.responses(t.seconds(s[0], s[1]))
				}
			}
		}
		t.rec.Pauses = append(t.rec.Pauses, p)
	}
}

// until is when catching up was over, or went on without load.
func (b *backlog) until() time.Duration {
	switch {
	case b.loadEnd != nil:
		return b.loadEnd.at
	case b.last != nil:
		return b.last.at
	}
	return b.end
}

// account returns what the looks tell.
func (b *backlog) account() result.Pause {
	p := result.Pause{Problem: b.problem}
	if b.at == 0 {
		return p
	}
	p.AtNs = new(int64(b.at))
	if b.end > 0 {
		p.EndNs = new(int64(b.end))
	}
	if p.LagBefore = b.was; len(b.before) > 0 {
		b.phase(&p, result.PhaseBefore, &b.before[0], b.paused)
	}
	if b.resumed != nil {
		p.LagMax = new(b.most)
	}
	b.phase(&p, result.PhasePaused, b.paused, b.resumed)
	if b.loadEnd != nil {
		b.phase(&p, result.PhaseCatchingUp, b.resumed, b.loadEnd)
		b.phase(&p, result.PhaseAfterLoad, b.loadEnd, b.last)
	} else {
		b.phase(&p, result.PhaseCatchingUp, b.resumed, b.last)
	}
	if b.level != nil {
		p.CatchUpNs = new(int64(b.level.at - b.end))
	}
	return p
}

// phase adds what lies between two looks, where there are both, and time between them.
func (b *backlog) phase(p *result.Pause, name string, from, to *look) {
	if from == nil || to == nil || to.at <= from.at {
		return
	}
	seconds := (to.at - from.at).Seconds()
	p.Phases = append(p.Phases, result.PausePhase{
		Name: name, ForNs: int64(to.at - from.at), Lag: to.lag,
		AckedPerS: float64(to.acked-from.acked) / seconds, ConsumedPerS: float64(to.read-from.read) / seconds,
	})
}

// pauses reports whether the trial pauses its consumers.
func (t *trial) pauses() bool { return t.c.Consumer != nil && len(t.c.Consumer.Pause) > 0 }
