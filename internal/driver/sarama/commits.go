package sarama

import (
	"sync"
	"sync/atomic"
	"time"

	"kbench/internal/driver"
)

// A session is what offsets are kept with: the library's ConsumerGroupSession or OffsetManager. Commit takes what has
// been marked and waits for the broker; its errors come by the library's channel of errors.
type session interface{ Commit() }

// commits makes the commits of CommitSync and CommitAsync, of one member and all its partitions: at most one at a time.
// The other ways are the library's own and no business of it. It is safe for concurrent use.
type commits struct {
	times *driver.Stopwatch
	every driver.Every
	own   bool // commits are ours to make
	wait  bool // and reading waits for them, after some number of messages
	work  chan session
	ended chan struct{} // closed when the worker has ended; nil without a worker

	turn sync.Mutex   // held while committing
	seen atomic.Int64 // messages since the last commit was begun
	last atomic.Int64 // when that was, in ns since begun
	base time.Time
}

// newCommits has times hear how long commits take.
func newCommits(cfg driver.ConsumerConfig, times *driver.Stopwatch) *commits {
	c := &commits{times: times, every: cfg.CommitEvery, own: cfg.Commit == driver.CommitSync || cfg.Commit == driver.CommitAsync, base: time.Now()}
	c.wait = cfg.Commit == driver.CommitSync && cfg.CommitEvery.Records > 0
	if cfg.Commit == driver.CommitAsync {
		c.work, c.ended = make(chan session, 1), make(chan struct{})
		go func() {
			defer close(c.ended)
			for s := range c.work {
				c.commit(s)
			}
		}()
	}
	return c
}

// stop ends the worker. No other method may be called after it.
func (c *commits) stop() {
	if c.work != nil {
		close(c.work)
		<-c.ended
	}
}

// ticker returns how often tick must be called, 0 for never.
func (c *commits) ticker() time.Duration {
	if !c.own || c.every.Records > 0 {
		return 0
	}
	return max(time.Duration(c.every.For)/4, time.Millisecond)
}

// read is called after a message has been dealt with and marked.
func (c *commits) read(s session) {
	if c.own && c.every.Records > 0 && c.seen.Add(1) >= int64(c.every.Records) {
		c.seen.Store(0)
		c.begin(s)
	}
}

// tick is called from time to time, by each partition's reader. Only the first one that finds it is time commits.
func (c *commits) tick(s session) {
	last, now := c.last.Load(), int64(time.Since(c.base))
	if now-last >= int64(c.every.For) && c.last.CompareAndSwap(last, now) {
		c.begin(s)
	}
}

// begin commits, or has it done where nobody waits. While the worker has work already, what was marked goes with that.
func (c *commits) begin(s session) {
	if c.work == nil {
		c.commit(s)
		return
	}
	select {
	case c.work <- s:
	default:
	}
}

// finish commits what is left, and waits for it. It is called while the partitions are still this member's.
func (c *commits) finish(s session) {
	if c.own {
		c.commit(s)
	}
}

func (c *commits) commit(s session) {
	c.turn.Lock()
	defer c.turn.Unlock()
	begin := time.Now()
	s.Commit()
	c.times.Note(driver.PartCommit, -1, -1, int64(time.Since(begin)))
}
