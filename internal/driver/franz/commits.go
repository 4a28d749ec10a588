package franz

import (
	"context"
	"maps"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"kbench/internal/driver"
)

// commitLimit is how long the end of Consume, and a partition that is taken away, wait for a commit.
const commitLimit = 3 * time.Second

// offsets are next ones to read, by partition.
type offsets map[int32]kgo.EpochOffset

// commits knows which offsets have been read, and commits them as the config says. It belongs to the goroutine that deals
// with what was polled, or that is called back about a rebalance: never both at once. A commit blocks until the broker
// answers, so a worker goroutine makes it. At most one is outstanding.
type commits struct {
	kc      *kgo.Client
	cfg     driver.ConsumerConfig
	library bool          // the library commits in the background what is marked
	every   time.Duration // 0 where records are counted
	next    offsets       // read, and neither marked nor committed yet
	seen    int64         // messages since the last commit
	last    time.Time     // of the last commit
	work    chan offsets
	answer  chan struct{} // of the outstanding commit
	out     bool          // whether there is one
	fails   atomic.Int64
	ended   chan struct{} // closed when the worker has ended
}

func newCommits(cfg driver.ConsumerConfig) *commits {
	c := &commits{
		cfg: cfg, library: cfg.Commit == driver.CommitAuto && cfg.Assign != driver.AssignStatic, every: time.Duration(cfg.CommitEvery.For),
		next: offsets{}, last: time.Now(), work: make(chan offsets, 1), answer: make(chan struct{}, 1), ended: make(chan struct{}),
	}
	if c.library { // by its own clock it commits what has been marked by then
		c.every = min(c.every/2, 100*time.Millisecond)
	}
	return c
}

// start begins the worker.
func (c *commits) start(kc *kgo.Client) {
	c.kc = kc
	commit := c.commitMember
	if c.cfg.Assign == driver.AssignStatic {
		commit = c.commitGroup
	}
	go func() {
		defer close(c.ended)
		for next := range c.work {
			if commit(next) != nil {
				c.fails.Add(1)
			}
			c.answer <- struct{}{}
		}
	}()
}

// stop ends the worker. It comes after the client's close, which answers whatever commit is still outstanding.
func (c *commits) stop() {
	close(c.work)
	<-c.ended
}

// count counts a message, and says whether it is time to commit by their number.
func (c *commits) count() bool {
	c.seen++
	return c.cfg.CommitEvery.Records > 0 && c.seen >= int64(c.cfg.CommitEvery.Records)
}

// read is called after a message has been dealt with: at least for the last one of each partition in a poll.
func (c *commits) read(ctx context.Context, r *kgo.Record) {
	if c.cfg.Commit == driver.CommitNone {
		return
	}
	c.next[r.Partition] = kgo.EpochOffset{Epoch: r.LeaderEpoch, Offset: r.Offset + 1}
	c.tick(ctx)
}

// tick commits if it is time to. It is also called while no messages come.
func (c *commits) tick(ctx context.Context) {
	due := c.seen >= int64(c.cfg.CommitEvery.Records)
	if c.every > 0 {
		due = time.Since(c.last) >= c.every
	}
	if due && len(c.next) > 0 {
		c.commit(ctx)
	}
}

// commit marks, commits, or commits and waits, as the mode says. While an asynchronous commit is outstanding nothing
// happens: its offsets stay for the next time.
func (c *commits) commit(ctx context.Context) {
	if c.library {
		c.kc.MarkCommitOffsets(c.named(c.take()))
		return
	}
	wait := c.cfg.Commit == driver.CommitSync
	c.await(ctx, wait)
	if c.out {
		return
	}
	c.work <- c.take()
	c.out = true
	c.await(ctx, wait)
}

// await takes the answer of the outstanding commit if it is there, or waits for it until ctx is done.
func (c *commits) await(ctx context.Context, wait bool) {
	if !c.out {
		return
	}
	select {
	case <-c.answer:
		c.out = false
		return
	default:
	}
	if !wait {
		return
	}
	select {
	case <-c.answer:
		c.out = false
	case <-ctx.Done():
	}
}

// take returns what has been read since the last time, and forgets it.
func (c *commits) take() offsets {
	next := maps.Clone(c.next)
	clear(c.next)
	c.seen, c.last = 0, time.Now()
	return next
}

// finish commits what is left, and waits for it.
func (c *commits) finish() {
	ctx, cancel := context.WithTimeout(context.Background(), commitLimit)
	defer cancel()
	if c.library {
		c.kc.MarkCommitOffsets(c.named(c.take()))
		if err := c.kc.CommitMarkedOffsets(ctx); err != nil {
			c.fails.Add(1)
		}
		return
	}
	c.await(ctx, true)
	if len(c.next) > 0 && !c.out {
		c.commit(ctx)
		c.await(ctx, true)
	}
}

// forget is told of partitions that somebody else has.
func (c *commits) forget(parts []int32) {
	for _, p := range parts {
		delete(c.next, p)
	}
}

// named returns offsets as the library has them.
func (c *commits) named(next offsets) map[string]map[int32]kgo.EpochOffset {
	return map[string]map[int32]kgo.EpochOffset{c.cfg.Topic: next}
}

// commitMember commits as a member of the group, and returns once the broker has answered.
func (c *commits) commitMember(next offsets) (err error) {
	c.kc.CommitOffsetsSync(context.Background(), c.named(next),
		func(_ *kgo.Client, _ *kmsg.OffsetCommitRequest, resp *kmsg.OffsetCommitResponse, failed error) {
			err = refusal(resp, failed)
		})
	return err
}

// commitGroup commits without being a member.
func (c *commits) commitGroup(next offsets) error {
	var list kadm.Offsets
	for p, o := range next {
		list.AddOffset(c.cfg.Topic, p, o.Offset, o.Epoch)
	}
	return kadm.NewClient(c.kc).CommitAllOffsets(context.Background(), c.cfg.Group, list)
}

// committed hears of commits that the library made by itself.
func (c *commits) committed(_ *kgo.Client, _ *kmsg.OffsetCommitRequest, resp *kmsg.OffsetCommitResponse, failed error) {
	if refusal(resp, failed) != nil {
		c.fails.Add(1)
	}
}

// refusal returns why a commit failed, or the first reason of a partition.
func refusal(resp *kmsg.OffsetCommitResponse, failed error) error {
	if failed != nil {
		return failed
	}
	for _, t := range resp.Topics {
		for _, p := range t.Partitions {
			if err := kerr.ErrorForCode(p.ErrorCode); err != nil {
				return err
			}
		}
	}
	return nil
}
