//go:build cgo && (linux || darwin) && (amd64 || arm64)

package confluent

import (
	"context"
	"maps"
	"sync/atomic"
	"time"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"

	"kbench/internal/driver"
)

// commitLimit is how long the end of Consume, and a partition that is taken away, wait for a commit.
const commitLimit = 5 * time.Second

// commits knows which offsets have been read, and commits them as the config says. The goroutine that consumes owns it;
// a commit blocks until the broker answers, so a worker goroutine makes it. At most one is outstanding.
type commits struct {
	kc     *kafka.Consumer
	mode   driver.Commit
	topic  string
	every  driver.Every
	next   map[int32]kafka.Offset // read, and neither stored nor committed yet: the offset after the last
	seen   int64                  // messages since the last commit
	last   time.Time              // of the last commit
	stored map[int32]kafka.Offset // handed to the library, which may not have committed them yet
	work   chan []kafka.TopicPartition
	answer chan error // of the outstanding commit
	out    bool       // whether there is one
	fails  atomic.Int64
	ended  chan struct{} // closed when the worker has ended
}

// newCommits has times hear how long commits take.
func newCommits(kc *kafka.Consumer, cfg driver.ConsumerConfig, times *driver.Stopwatch) *commits {
	c := &commits{
		kc: kc, mode: cfg.Commit, topic: cfg.Topic, every: cfg.CommitEvery, next: map[int32]kafka.Offset{}, stored: map[int32]kafka.Offset{}, last: time.Now(),
		work: make(chan []kafka.TopicPartition, 1), answer: make(chan error, 1), ended: make(chan struct{}),
	}
	if c.mode == driver.CommitAuto { // the library commits by its own clock what has been stored by then
		c.every.For = min(c.every.For/2, 100e6)
	}
	go func() {
		defer close(c.ended)
		for offsets := range c.work {
			begin := time.Now()
			_, err := c.kc.CommitOffsets(offsets)
			times.Note(driver.PartCommit, -1, -1, int64(time.Since(begin)))
			c.answer <- err
		}
	}()
	return c
}

// stop ends the worker. It comes after the client's close, which answers whatever commit is still outstanding.
func (c *commits) stop() {
	close(c.work)
	<-c.ended
}

// read is called after a message has been dealt with.
func (c *commits) read(ctx context.Context, partition int32, offset int64) {
	if c.mode == driver.CommitNone {
		return
	}
	c.next[partition] = kafka.Offset(offset + 1)
	c.seen++
	c.tick(ctx)
}

// tick commits if it is time to. It is also called while no messages come.
func (c *commits) tick(ctx context.Context) {
	c.await(ctx, false)
	due := c.seen >= int64(c.every.Records)
	if c.every.Records == 0 {
		due = time.Since(c.last) >= time.Duration(c.every.For)
	}
	if due && len(c.next) > 0 {
		c.commit(ctx)
	}
}

// commit stores, commits, or commits and waits, as the mode says. While an asynchronous commit is outstanding nothing
// happens: its offsets stay for the next time.
func (c *commits) commit(ctx context.Context) {
	if c.mode == driver.CommitAuto {
		c.store()
		return
	}
	c.await(ctx, c.mode == driver.CommitSync)
	if c.out {
		return
	}
	c.work <- c.take()
	c.out = true
	c.await(ctx, c.mode == driver.CommitSync)
}

// await takes the answer of the outstanding commit if it is there, or waits for it until ctx is done.
func (c *commits) await(ctx context.Context, wait bool) {
	if !c.out {
		return
	}
	if !wait {
		select {
		case err := <-c.answer:
			c.answered(err)
		default:
		}
		return
	}
	select {
	case err := <-c.answer:
		c.answered(err)
	case <-ctx.Done():
	}
}

func (c *commits) answered(err error) {
	c.out = false
	c.told(err)
}

// told hears how a commit ended, also one that the library made by itself. That there was nothing to commit is no failure.
func (c *commits) told(err error) {
	if err != nil && codeOf(err) != kafka.ErrNoOffset {
		c.fails.Add(1)
	}
}

// store hands the offsets to the library, which commits them at its interval and when partitions are taken away.
// It refuses those of partitions that are not this consumer's any more, as it should.
func (c *commits) store() {
	maps.Copy(c.stored, c.next)
	_, _ = c.kc.StoreOffsets(c.take())
}

// take returns what has been read since the last time, and forgets it.
func (c *commits) take() []kafka.TopicPartition {
	offsets := c.named(c.next)
	clear(c.next)
	c.seen, c.last = 0, time.Now()
	return offsets
}

// named returns offsets as the library has them.
func (c *commits) named(next map[int32]kafka.Offset) []kafka.TopicPartition {
	offsets := make([]kafka.TopicPartition, 0, len(next))
	for partition, offset := range next {
		offsets = append(offsets, kafka.TopicPartition{Topic: &c.topic, Partition: partition, Offset: offset})
	}
	return offsets
}

// finish commits what is left, and waits for it. That goes for auto too, as Java's consumer does it when it closes or
// loses partitions: the commit that this library sends by itself then is neither waited for nor tried again, and is gone
// if other members leave at the same time.
func (c *commits) finish() {
	ctx, cancel := context.WithTimeout(context.Background(), commitLimit)
	defer cancel()
	c.await(ctx, true)
	if len(c.next) > 0 && !c.out {
		c.commit(ctx)
		c.await(ctx, true)
	}
	if len(c.stored) > 0 && !c.out {
		c.work <- c.named(c.stored)
		c.out = true
		clear(c.stored)
		c.await(ctx, true)
	}
}

// revoke commits while the partitions are still this consumer's. When they are lost, another may have them already.
func (c *commits) revoke(parts []kafka.TopicPartition, lost bool) {
	if !lost {
		c.finish()
	}
	for _, p := range parts {
		delete(c.next, p.Partition)
		delete(c.stored, p.Partition)
	}
}
