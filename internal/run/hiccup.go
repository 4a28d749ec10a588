package run

import (
	"context"
	"time"

	"kbench/internal/meter"
	"kbench/internal/unit"
)

// hiccupEvery is how often hiccups wants to be woken: a prime number of microseconds, so that it keeps step with no schedule.
// Note: every millisecond took 0.026 of a core, which is a tenth of all that 50,000 records a second take.
const hiccupEvery = 4999 * time.Microsecond

// stillFor is how long the thread must not have run for kbench to have stood still.
const stillFor = 100 * time.Millisecond

// Hiccups are how late a thread wakes that does nothing but sleep. What holds it up, a stopped process or CPUs that others
// have, holds up the rest of kbench too, whatever that is doing at the time: a platform's floor under every latency. It has a
// schedule that is never moved, as the load has, so one long hiccup counts for each instant that it took. Since it comes
// by so often, it also looks at what clients have queued. It is one goroutine's own until that has ended.
type hiccups struct {
	late    meter.Stat    // by instants that lie in the measured part
	still   time.Duration // in stretches of stillFor and longer
	out     mean          // records that clients have and brokers have not acked
	backlog mean          // acks that clients have and kbench has not taken
}

// A mean is one of samples; the zero value is of none yet. A sample below zero says that nobody knows.
type mean struct {
	sum, n  int64
	unknown bool
}

func (m *mean) add(v int64) {
	m.sum += v
	m.n++
	m.unknown = m.unknown || v < 0
}

// value returns nil where it is not known.
func (m *mean) value() *float64 {
	if m.n == 0 || m.unknown {
		return nil
	}
	v := float64(m.sum) / float64(m.n)
	return &v
}

// watchHiccups runs until ctx is done.
func (t *trial) watchHiccups(ctx context.Context) {
	h := &t.hiccups
	pacer := t.env.newPacer(time.Now())
	defer pacer.Close()
	last := time.Duration(0)
	for due := hiccupEvery; ; due += hiccupEvery {
		now, err := pacer.Wait(ctx, due)
		if err != nil {
			return
		}
		late := now - due
		at := t.clock.now() - late // the instant in the trial's own time
		measured := t.bounds.measured(at) && at < t.bounds.stop()
		if measured {
			h.late.Observe(late)
		}
		if now-last > stillFor+hiccupEvery && t.clock.begun() {
			if t.gate == nil || t.leads {
				t.event("kbench stood still for %s", unit.HumanDuration(late))
			}
			if measured {
				h.still += late
			}
		}
		if measured && pacer.Slept() {
			t.sampleQueues()
		}
		last = now
	}
}

// sampleQueues looks at what the producing clients have queued.
func (t *trial) sampleQueues() {
	out, backlog := int64(0), int64(0)
	for _, p := range t.producers {
		s := p.client.Stats()
		out = sumKnown(out, s.Queued)
		backlog = sumKnown(backlog, s.Backlog)
	}
	t.hiccups.out.add(out)
	t.hiccups.backlog.add(backlog)
}

// sumKnown adds two counts, either of which may be unknown.
func sumKnown(a, b int64) int64 {
	if a < 0 || b < 0 {
		return -1
	}
	return a + b
}
