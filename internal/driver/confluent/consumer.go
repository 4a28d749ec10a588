//go:build cgo && (linux || darwin) && (amd64 || arm64)

package confluent

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"

	"kbench/internal/driver"
)

// A consumer does everything in the goroutine that calls Consume, rebalances included, but for the commits.
type consumer struct {
	*client
	driver.Member
	kc      *kafka.Consumer
	cfg     driver.ConsumerConfig
	commits *commits
	forward *forwarder // nil: it only reads

	used     atomic.Bool // Consume has been called
	pausing  atomic.Bool // Pause has been called, and not Resume
	paused   bool        // what has come of it; Consume's own
	shutOnce sync.Once
	shutErr  error
}

func (library) NewConsumer(ctx context.Context, at driver.Cluster, cfg driver.ConsumerConfig) (driver.Consumer, error) {
	props, err := consumerProperties(at, cfg)
	if err != nil {
		return nil, err
	}
	c := &consumer{client: newClient(props, consumerParts(cfg)...), cfg: cfg}
	m := props.configMap(c.logs)
	if c.kc, err = kafka.NewConsumer(&m); err != nil {
		c.stopLogs()
		return nil, refused("consumer", err)
	}
	c.login = newLogin(at.Security, c.kc)
	c.commits = newCommits(c.kc, cfg, c.times)
	if err := c.reach(ctx, c.kc, at, c.hearErrors); err != nil {
		_ = c.Close() // err is the reason
		return nil, err
	}
	if c.forward, err = newForwarder(ctx, at, c.kc, cfg); err != nil {
		_ = c.Close() // err is the reason
		return nil, err
	}
	return c, nil
}

// hearErrors takes the events that came in before there is anything to consume.
func (c *consumer) hearErrors() {
	for ev := c.kc.Poll(0); ev != nil; ev = c.kc.Poll(0) {
		switch e := ev.(type) {
		case kafka.Error:
			c.note(e)
		case kafka.OAuthBearerTokenRefresh:
			c.login.renew()
		}
	}
}

func (c *consumer) Consume(ctx context.Context, fn func(*driver.Message)) error {
	if c.used.Swap(true) {
		return errors.New("confluent: consume: it can be called once only")
	}
	err := c.join(ctx)
	if err == nil {
		c.forward.start(ctx)
		err = c.poll(ctx, fn)
	}
	err = errors.Join(err, c.forward.finish())
	c.commits.finish()
	if closed := c.shut(); err == nil {
		err = closed
	}
	return err
}

// join asks for partitions: of the group, or those that were dealt to it.
func (c *consumer) join(ctx context.Context) error {
	if c.cfg.Assign == driver.AssignStatic {
		return c.joinStatic(ctx)
	}
	return asError(c.kc.Subscribe(c.cfg.Topic, c.rebalance))
}

// poll is the hot loop. It ends when ctx is done, or with what the library could not recover from.
func (c *consumer) poll(ctx context.Context, fn func(*driver.Message)) error {
	var m driver.Message // one for all: it is valid only during the call
	for ctx.Err() == nil && !c.forward.failed() {
		c.heed()
		switch e := c.kc.Poll(pollMillis).(type) {
		case *kafka.Message:
			if e.TopicPartition.Error != nil {
				c.count(e.TopicPartition.Error)
				break
			}
			m = driver.Message{Partition: e.TopicPartition.Partition, Offset: int64(e.TopicPartition.Offset), Key: e.Key, Value: e.Value}
			fn(&m)
			c.forward.take(e)
			c.commits.read(ctx, m.Partition, m.Offset)
		case kafka.Error:
			c.count(e)
			if e.IsFatal() {
				return asError(e)
			}
		case *kafka.Stats:
			c.measure(e.String())
		case kafka.OffsetsCommitted:
			c.commits.told(e.Error)
		case kafka.OAuthBearerTokenRefresh:
			c.login.renew()
		case nil:
			c.forward.idle()
			c.commits.tick(ctx)
		}
	}
	return nil
}

// rebalance is called by the library within Poll and Close. It must assign or unassign itself, see doc.go.
func (c *consumer) rebalance(kc *kafka.Consumer, ev kafka.Event) error {
	incremental := kc.GetRebalanceProtocol() == "COOPERATIVE"
	var err error
	switch e := ev.(type) {
	case kafka.AssignedPartitions:
		if incremental {
			err = kc.IncrementalAssign(e.Partitions)
		} else {
			err = kc.Assign(e.Partitions)
		}
		if err == nil {
			err = c.dealt(e.Partitions)
		}
		c.Assign(numbers(e.Partitions))
	case kafka.RevokedPartitions:
		c.forward.revoke(kc.AssignmentLost())
		c.commits.revoke(e.Partitions, kc.AssignmentLost())
		c.taken(e.Partitions)
		if incremental {
			err = kc.IncrementalUnassign(e.Partitions)
		} else {
			err = kc.Unassign()
		}
		c.Revoke(numbers(e.Partitions))
	}
	if err != nil {
		c.count(err)
	}
	return err
}

func numbers(parts []kafka.TopicPartition) (partitions []int32) {
	for _, p := range parts {
		partitions = append(partitions, p.Partition)
	}
	return partitions
}

func (c *consumer) count(err error) { c.Fail(class(codeOf(err))) }

func (c *consumer) Settings() map[string]string { return c.conf.all() }

func (c *consumer) Stats() driver.Stats {
	s, _, read := c.counted()
	s.WireBytes, s.Backlog = read, -1
	s.CommitFails = c.commits.fails.Load()
	_, s.Rebalances = c.Assigned()
	return s
}

func (c *consumer) Close() error { return c.shut() }

// unsubscribe lets the group go, and deals with what the library still has to tell of it; the callback to revoke may
// commit. An assignment that came in just before Close would be dealt with while the library ends, and hang there for ever.
// With Unsubscribe a static member would leave too, and Close alone lets it go without a word.
func (c *consumer) unsubscribe() {
	if c.cfg.Instance == "" {
		_ = c.kc.Unsubscribe() // fails only on a closed client
	}
	for nils := 0; nils < 3; nils++ { // there may be one assignment and one revocation, and each looks like nothing
		for c.kc.Poll(0) != nil {
			nils = 0
		}
	}
}

// shut leaves the group and frees the client, once. Consume ends with it, because only the library's own close waits
// until the group knows.
func (c *consumer) shut() error {
	c.shutOnce.Do(func() {
		c.shutErr = within("closing the consumer", func() {
			if c.cfg.Assign != driver.AssignStatic {
				c.unsubscribe()
			}
			_ = c.forward.close() // again, where it has finished
			c.login.end()
			_ = c.kc.Close() // fails only on a closed client
			c.commits.stop()
			c.stopLogs()
		})
	})
	return c.shutErr
}
