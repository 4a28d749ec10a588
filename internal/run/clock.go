package run

import (
	"sync/atomic"
	"time"
)

// A clock tells the time since the trial's start. The start is fixed late, once consumers are ready, while they already
// read the clock: until then the time is negative. Safe for concurrent use.
type clock struct {
	base   time.Time
	offset atomic.Int64 // ns from base to the start
}

// notStarted puts the start far ahead.
const notStarted = int64(1 << 60)

func newClock() *clock {
	c := &clock{base: time.Now()}
	c.offset.Store(notStarted)
	return c
}

// now returns the time since the start.
func (c *clock) now() time.Duration {
	return time.Since(c.base) - time.Duration(c.offset.Load())
}

// begin puts the start in the given time from now, unless it has been fixed.
func (c *clock) begin(in time.Duration) {
	c.offset.CompareAndSwap(notStarted, int64(time.Since(c.base)+in))
}

// begun says whether the start has been fixed.
func (c *clock) begun() bool { return c.offset.Load() != notStarted }

// start returns the instant 0.
func (c *clock) start() time.Time { return c.base.Add(time.Duration(c.offset.Load())) }

// clockEvery is how many records share one look at the clock at most, where the client had them all when it was taken, or
// all of them were due: a look takes about a quarter of all that we do for a record. The lag of a record that was due
// reads up to that many sends too low, its service as much too high.
const clockEvery = 16

// clockBytes bounds what those records have in their values: a large one takes long to be made and sent.
const clockBytes = 16 << 10

// A reading is a look at the clock that records share. The zero value is none yet.
type reading struct {
	at   time.Duration
	left int // records that it still serves
}

// next returns the instant of another record: that of the one before if both are of the same instant.
func (r *reading) next(c *clock, same bool) time.Duration {
	if !same || r.left == 0 {
		r.at, r.left = c.now(), clockEvery
	}
	r.left--
	return r.at
}
