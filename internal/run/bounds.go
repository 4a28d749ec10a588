package run

import (
	"math"
	"sync/atomic"
	"time"

	"kbench/internal/driver"
)

// Bounds are where the measured part of a trial lies, and where its load ends. With warmup auto they begin as late as they may
// be, and are brought forward while the load goes on, before any record is due there: to which part a record belongs is decided
// by its due instant alone, whoever asks and whenever. Senders, acks and readers ask for each record, so the bounds have cache
// lines of their own, and one look is one load. Safe for concurrent use.
type bounds struct {
	_             driver.Line
	from, to, end atomic.Int64 // instants of the trial; math.MaxInt64 where not known beforehand
	_             driver.Line
}

func newBounds(from, to, end time.Duration) *bounds {
	b := &bounds{}
	b.from.Store(int64(from))
	b.to.Store(int64(to))
	b.end.Store(int64(end))
	return b
}

// measured reports whether an instant is past the warm-up.
func (b *bounds) measured(at time.Duration) bool { return int64(at) >= b.from.Load() }

// start returns where the measured part begins.
func (b *bounds) start() time.Duration { return time.Duration(b.from.Load()) }

// stop returns where it ends.
func (b *bounds) stop() time.Duration { return time.Duration(b.to.Load()) }

// loadEnd returns where the load ends.
func (b *bounds) loadEnd() time.Duration { return time.Duration(b.end.Load()) }

// cut brings the ends forward: the load was stopped.
func (b *bounds) cut(at time.Duration) {
	b.to.Store(min(b.to.Load(), int64(at)))
	b.end.Store(min(b.end.Load(), int64(at)))
}

// begin brings the start forward; the lengths stay.
func (b *bounds) begin(at time.Duration) {
	earlier := b.from.Load() - int64(at)
	for _, bound := range []*atomic.Int64{&b.from, &b.to, &b.end} {
		if v := bound.Load(); v < math.MaxInt64 {
			bound.Store(v - earlier)
		}
	}
}
