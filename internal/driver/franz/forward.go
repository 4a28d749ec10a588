package franz

import (
	"context"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"kbench/internal/driver"
)

// Limits of the end of a forwarder's transaction: while it reads, and once it has been told to end.
const (
	forwardLimit = 3 * time.Minute
	leavingLimit = 5 * time.Second
)

// openForwarder makes a client that reads and writes: the library's session keeps a transaction from being committed where a
// rebalance has taken its partitions away, and then goes back to what was committed.
func (c *consumer) openForwarder(at driver.Cluster, opts []kgo.Opt) error {
	to, err := producerOptions(at, c.cfg.Forward.Producing())
	if err != nil {
		return err
	}
	opts = append(append(to, opts...), kgo.RecordPartitioner(kgo.ManualPartitioner()), kgo.WithHooks(&c.wire))
	if c.session, err = kgo.NewGroupTransactSession(opts...); err != nil {
		return refused("consumer", err)
	}
	c.kc = c.session.Client()
	return nil
}

// A forwarding is a transaction that is open, and its records.
type forwarding struct {
	began  time.Time // zero: none is open
	count  int
	failed driver.FirstError
}

// forward is the hot loop of a consumer that writes what it reads. It ends when ctx is done, or with what the library can't
// go on after.
func (c *consumer) forward(ctx context.Context, fn func(*driver.Message)) error {
	defer context.AfterFunc(ctx, func() { c.ending.Store(true) })()
	most := int(c.cfg.Forward.Records)
	var f forwarding
	for {
		fetches := c.pollForwarder(ctx, min(most-f.count, pollMost))
		fetches.EachError(func(_ string, _ int32, err error) {
			if ctx.Err() == nil && class(err) != driver.ErrTimedOut {
				c.count(err)
			}
		})
		if fetches.NumRecords() > 0 {
			if err := c.write(ctx, &f, fetches, fn); err != nil {
				return err
			}
		}
		over := f.count >= most || fetches.NumRecords() == 0 || time.Since(f.began) > driver.ForwardWithin || ctx.Err() != nil
		if !f.began.IsZero() && over {
			if err := c.endForwarding(ctx, &f); err != nil {
				return err
			}
		}
		c.session.AllowRebalance()
		if ctx.Err() != nil {
			return nil
		}
	}
}

// pollForwarder returns what there is, or waits for it for a while.
func (c *consumer) pollForwarder(ctx context.Context, most int) kgo.Fetches {
	ctx, cancel := context.WithTimeout(ctx, driver.ForwardWithin)
	defer cancel()
	return c.session.PollRecords(ctx, most)
}

// write writes what was read, in the transaction that is open, or in a new one.
func (c *consumer) write(ctx context.Context, f *forwarding, fetches kgo.Fetches, fn func(*driver.Message)) error {
	if f.began.IsZero() {
		if err := c.session.Begin(); err != nil {
			return asError(err)
		}
		f.failed.Reset()
		f.began = time.Now()
	}
	failed := f.failed.Watch(func(*driver.Record, driver.Ack, error) {})
	fetches.EachRecord(func(r *kgo.Record) {
		fn(&driver.Message{Partition: r.Partition, Offset: r.Offset, Key: r.Key, Value: r.Value})
		out := &kgo.Record{Topic: c.cfg.Forward.Topic, Partition: r.Partition, Key: r.Key, Value: r.Value, Headers: r.Headers}
		c.session.Produce(ctx, out, func(_ *kgo.Record, err error) { failed(nil, driver.Ack{}, asError(err)) })
		f.count++
	})
	return nil
}

// endForwarding commits the transaction with the offsets read, or aborts it. What was not committed is read again.
func (c *consumer) endForwarding(reading context.Context, f *forwarding) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(reading), forwardLimit)
	defer cancel()
	defer context.AfterFunc(reading, func() { time.AfterFunc(leavingLimit, cancel) })()
	begin := time.Now()
	f.began, f.count = time.Time{}, 0
	_ = c.kc.Flush(ctx) // its error is ctx's, which the end meets too
	reason := f.failed.Err()
	committed, err := c.session.End(ctx, kgo.TransactionEndTry(reason == nil))
	outcome := driver.Aborted
	switch {
	case committed:
		outcome = driver.Committed
	case err != nil:
		outcome, reason = driver.Unknown, asError(err)
	case reason == nil:
		reason = &driver.Error{Class: "REBALANCE_IN_PROGRESS", Msg: "the library aborted the transaction, since its partitions may be another member's"}
	}
	c.cfg.Forward.Tell(outcome, reason, time.Since(begin))
	return asError(err)
}
