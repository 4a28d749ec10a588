package run

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"time"

	"kbench/internal/driver"
	"kbench/internal/host"
	"kbench/internal/meter"
	"kbench/internal/result"
)

// watch keeps the trial's second hand: it gathers the meter, samples the host at the edges of the measured part and each
// second, samples consumer lag, enforces the drain's end and tells progress. It ends when ctx does.
func (t *trial) watch(ctx context.Context, stopLoad context.CancelCauseFunc) {
	var (
		seen     host.Stretch // from the start of the measured part to its end
		from, to time.Duration
		second   = t.bounds.start() % meter.Width
	)
	over := func() bool { return to >= t.bounds.stop() || t.rec.Aborted != nil }
	edge := func() time.Duration {
		if seen.Len() == 0 {
			return t.bounds.start()
		}
		return t.bounds.stop()
	}
	for t.sleepUntil(ctx, t.nextTick(&second, edge())) {
		now := t.clock.now()
		if t.bounds.measured(now) && !over() {
			if seen.Len() == 0 {
				from, t.fullBefore = now, t.queueFull()
			}
			t.parts.look(t)
			seen.Add(t.env.sample())
			to, t.full = now, t.queueFull()
		}
		t.settle(now)
		t.gather(now)
		t.sampleLag(ctx, now)
		t.noteRebalances()
		t.tellLoad(now)
		if err := cmp.Or(t.consumerError(), t.overdue(now), t.missed(now)); err != nil {
			stopLoad(err)
		}
	}
	t.settleAt(t.stopped)
	t.gather(t.clock.now())
	t.journal.close()
	t.meter.Harvest(math.MaxInt64)
	if seen.Len() > 0 && !over() { // it ended before the measured part did, or that had no planned end
		t.parts.look(t)
		seen.Add(t.env.sample())
		to, t.full = t.clock.now(), t.queueFull()
	}
	t.usage = seen.Usage(to-from, t.env.Host.Allowance())
}

// queueFull returns how many times Send has met a full buffer.
func (t *trial) queueFull() (n int64) {
	for _, p := range t.producers {
		n += max(0, p.client.Stats().QueueFull)
	}
	return n
}

// nextTick returns the next end of a window, or the edge of the measured part when that is sooner.
func (t *trial) nextTick(second *time.Duration, edge time.Duration) time.Duration {
	now := t.clock.now()
	for *second <= now {
		*second += meter.Width
	}
	if now < 0 {
		*second = t.bounds.start() % meter.Width
	}
	if edge > now && edge < *second {
		return edge
	}
	return *second
}

// sleepUntil waits for an instant of the trial, whose start may not be known yet; false says that ctx ended first.
func (t *trial) sleepUntil(ctx context.Context, at time.Duration) bool {
	for {
		left := at - t.clock.now()
		if left <= 0 {
			return true
		}
		if !pause(ctx, min(left, 50*time.Millisecond)) {
			return false
		}
	}
}

// overdue says whether the load must end now: past the drain, or nothing moves any more.
func (t *trial) overdue(now time.Duration) error {
	if len(t.producers) == 0 {
		return nil
	}
	drain := time.Duration(t.c.Load.Drain)
	if end := t.bounds.loadEnd(); end < math.MaxInt64 {
		if now > end+drain {
			return errDrainOver
		}
		return nil
	}
	var last time.Duration
	for _, p := range t.producers {
		last = max(last, p.tally().lastAck)
	}
	if patience := time.Duration(t.c.Producer.Timeout) + drain; now-last > patience {
		return fmt.Errorf("no record was acknowledged for %v", patience)
	}
	return nil
}

// sampleLag asks how far the groups are behind. A broker that does not answer within half a second leaves a gap.
func (t *trial) sampleLag(ctx context.Context, now time.Duration) {
	if len(t.groups) == 0 || t.env.Admin == nil || now < 0 {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, 500*time.Millisecond)
	defer cancel()
	ends, err := t.env.Admin.EndOffsets(ctx, t.readTopic())
	if err != nil {
		return
	}
	var all int64
	measured := now > t.bounds.start() && now <= t.bounds.stop()
	for i, g := range t.groups {
		lag := g.lag(ends)
		all += lag
		if measured {
			t.lagMax[i] = max(t.lagMax[i], lag)
		}
	}
	t.lags[t.secondAt(t.meter.Index(now-1))] = all
}

// noteRebalances makes an event of each assignment that came in since the last look. The first look finds the groups
// ready, and only remembers.
func (t *trial) noteRebalances() {
	first := t.assigned == nil
	if first {
		t.assigned = map[driver.Consumer]int64{}
	}
	for _, g := range t.groups {
		for _, m := range g.members {
			partitions, times := m.client.Assigned()
			if !first && times > t.assigned[m.client] {
				t.event("rebalance: member %d of %s has partitions %v", m.number, g.name, partitions)
			}
			t.assigned[m.client] = times
		}
	}
}

// consumeOnly waits until the groups have read what there is, or the measured part is over.
func (t *trial) consumeOnly(ctx context.Context) error {
	ends, err := t.env.Admin.EndOffsets(ctx, t.topic)
	if err != nil {
		return err
	}
	t.ends = ends
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	limit := time.Now().Add(readyWithin)
	for {
		now := t.clock.now()
		t.stopped = now
		if err := t.consumerError(); err != nil {
			return err
		}
		if now < 0 && time.Now().After(limit) {
			return fmt.Errorf("no record came from %s within %v: is the topic empty, or start: latest with nobody producing?", t.topic, readyWithin)
		}
		if now >= t.bounds.stop() || t.consumedAll() {
			t.meter.End(now)
			return t.judgeReading()
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.meter.End(t.clock.now())
			return nil
		}
	}
}

// judgeReading makes a failure of a trial that read everything before its measured part began.
func (t *trial) judgeReading() error {
	for _, g := range t.groups {
		if g.measured() == 0 {
			return fmt.Errorf("group %s read nothing in the measured part: %d records were there, and the warm-up of %v took them; preload more, or shorten load.warmup",
				g.name, sumOf(t.ends), t.bounds.start())
		}
	}
	return nil
}

// consumedAll says whether every group is done: at the number of records asked for, or at the end of a topic that
// nobody adds to.
func (t *trial) consumedAll() bool {
	for _, g := range t.groups {
		want := int64(t.c.Load.Records)
		if want > 0 && g.measured() >= want {
			continue
		}
		if t.c.Preload == 0 || !g.reached(t.ends) {
			return false
		}
	}
	return true
}

// secondAt returns where the window with an index begins.
func (t *trial) secondAt(index int) time.Duration {
	return t.bounds.start() + time.Duration(index)*meter.Width
}

// window turns one of the meter's into a record's; end is where the measured part ends, or how far it has come. Records that are
// out still count as unresolved, as they do in all else that is said before the drain is over.
func (t *trial) window(w *meter.Window, end time.Duration) result.Window {
	out := result.Window{
		Index: w.Index, Scheduled: w.Scheduled, Acked: w.Acked, Failed: w.Failed, Aborted: w.Aborted, Consumed: w.Consumed,
		Latency: map[result.Span]*result.Latency{},
	}
	// The first and the last second of a trial may be parts of one.
	start := t.secondAt(w.Index)
	if length := min(start+meter.Width, end) - max(start, 0); length > 0 {
		out.AckedPerS, out.ConsumedPerS = float64(w.AckedThen)/length.Seconds(), float64(w.ConsumedThen)/length.Seconds()
	}
	if lag, ok := t.lags[start]; ok {
		out.ConsumerLag = &lag
	}
	st := &t.scratch
	for span := range meter.Spans {
		ok, err := w.Stat(span, st)
		if err != nil && !t.unread {
			t.unread = true
			t.warn("window %d, and maybe others, lack latencies: %s", w.Index, oneLine(err))
		}
		if ok {
			out.Latency[result.Span(span.String())] = latency(st, t.population(span, owed{scheduled: w.Scheduled, aborted: w.Aborted}, st.Count()))
		}
	}
	return out
}
