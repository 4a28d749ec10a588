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
