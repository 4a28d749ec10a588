package run

import (
	"sync"
	"sync/atomic"
	"time"
)

// Gaps are the stretches of time in which records of a partition were there, and the group read none. Members note them while they
// read, and the watch of rebalances takes the longest since it last asked. The zero value is a partition that was never read. Safe
// for concurrent use: at a handover two members may read the same partition.
type gaps struct {
	last  atomic.Int64 // instant of the last record read
	next  atomic.Int64 // one past the highest offset read
	again atomic.Int64 // records read below that, since taken
	most  atomic.Int64 // length of longest, to look at without the lock

	mu      sync.Mutex
	longest gap
}

// A gap lies between two records of a partition that were read one after the other. It counts from when the second one was sent, if
// that was later than since, when the first one was read.
type gap struct{ since, from, to time.Duration }

func (g gap) length() time.Duration { return g.to - g.from }

// seen says whether a record has been read before, by its offset.
func (g *gaps) seen(offset int64) bool { return offset < g.next.Load() }

// note takes what was read of the partition in a row at one instant: when its first record was sent, the offset after its last one,
// and how many had been read before. What had to be read before it was sent is not waiting.
func (g *gaps) note(sent, now time.Duration, next, again int64) {
	since := time.Duration(g.last.Swap(int64(now)))
	from := max(since, sent)
	for {
		if high := g.next.Load(); next <= high || g.next.CompareAndSwap(high, next) {
			break
		}
	}
	if again > 0 {
		g.again.Add(again)
	}
	if length := int64(now - from); length > g.most.Load() {
		g.mu.Lock()
		if length > int64(g.longest.length()) {
			g.longest = gap{since, from, now}
			g.most.Store(length)
		}
		g.mu.Unlock()
	}
}

// take returns the longest gap that ended since it was called last, the zero gap for none, and how many records were read again.
func (g *gaps) take() (longest gap, again int64) {
	if g.most.Load() > 0 {
		g.mu.Lock()
		longest, g.longest = g.longest, gap{}
		g.most.Store(0)
		g.mu.Unlock()
	}
	if g.again.Load() > 0 {
		again = g.again.Swap(0)
	}
	return longest, again
}
