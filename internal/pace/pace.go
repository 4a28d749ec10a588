// Package pace waits for instants, precisely: the only place that sleeps on the hot path.
//
// Go's own timers wake up to a millisecond late in an idle process on Linux (golang/go#53824), which at 50,000 records a
// second is 50 records in a lump. A locked thread that sleeps in the kernel with a timer slack of 1 ns is 5-25 µs late.
// Note: spinning to the instant is more precise still on an idle machine, and the worst of all when a broker competes
// for the same cores, because the spinner burns its time slice; it was measured and left out.
package pace

import (
	"context"
	"time"
)

// Quantum is the shortest sleep. Records that fall due within one are released together when it ends, so that at a
// million a second a worker wakes ten thousand times, not a million. It bounds how late the pacer makes a record.
const Quantum = 100 * time.Microsecond

// longest bounds one sleep, so that the end of a context is noticed.
const longest = 20 * time.Millisecond

// A Pacer waits for the instants of one goroutine. It is not safe for concurrent use.
type Pacer struct {
	start time.Time
	sleep func(time.Duration)
	done  func()
	slept bool
}

// New returns a pacer for instants since start, which must carry a monotonic clock reading. On Linux it locks the
// calling goroutine to its thread until Close; it must be used from that goroutine only.
func New(start time.Time) *Pacer {
	sleep, done := preciseSleep()
	return &Pacer{start: start, sleep: sleep, done: done}
}

// NewSleeping returns a pacer on time.Sleep: for other clocks than the kernel's, as under testing/synctest.
func NewSleeping(start time.Time) *Pacer {
	return &Pacer{start: start, sleep: time.Sleep, done: func() {}}
}

// Now returns the time since start; it is negative before.
func (p *Pacer) Now() time.Duration { return time.Since(p.start) }

// Wait returns the time since start as soon as that is at or past the instant: at once, when it already is. It ends
// early, with ctx's error, within 20 ms of ctx's end.
func (p *Pacer) Wait(ctx context.Context, at time.Duration) (now time.Duration, err error) {
	for p.slept = false; ; p.slept = true {
		now = time.Since(p.start)
		if err := ctx.Err(); err != nil {
			return now, err
		}
		if now >= at {
			return now, nil
		}
		p.sleep(min(max(at-now, Quantum), longest))
	}
}

// Slept says whether the last Wait had to: its instant was still ahead.
func (p *Pacer) Slept() bool { return p.slept }

// Sleep waits for a time on the calling goroutine, as precisely as the system's timers allow without a thread of its
// own.
func Sleep(d time.Duration) {
	for end := time.Now().Add(d); ; {
		left := time.Until(end)
		if left <= 0 {
			return
		}
		shortSleep(left)
	}
}

// Close gives the thread back.
func (p *Pacer) Close() { p.done() }
