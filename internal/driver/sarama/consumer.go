package sarama

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"sync/atomic"
	"time"

	"github.com/IBM/sarama"

	"kbench/internal/driver"
)

const (
	leaveLimit = 3 * time.Second        // how long the end of Consume waits for brokers: last commits, leaving the group
	retryPause = 250 * time.Millisecond // between two tries to read
)

// A consumer has one goroutine for each partition that it reads, which calls fn.
type consumer struct {
	driver.Member
	net      *network
	client   sarama.Client
	cfg      driver.ConsumerConfig
	settings map[string]string
	commits  *commits
	pauser   pauser
	fails    atomic.Int64 // commits that a broker refused

	used   atomic.Bool // Consume has been called
	closed atomic.Bool
	dealt  assignment // by the group
}

func (library) NewConsumer(ctx context.Context, at driver.Cluster, cfg driver.ConsumerConfig) (driver.Consumer, error) {
	conf, err := consumerConfig(at, cfg)
	if err != nil {
		return nil, err
	}
	if cfg.Group == "" {
		return nil, driver.Unsupported(name, "consumer group", `""`, "name one, with a static assignment too")
	}
	ctx, cancel := within(ctx, at)
	defer cancel()
	if _, err := reach(ctx, at.Brokers, conf); err != nil {
		return nil, err
	}
	quiet(cfg.Topic)
	n := attach(conf, consumerParts(cfg)...)
	client, err := sarama.NewClient(at.Brokers, conf)
	if err != nil {
		n.cut()
		return nil, fmt.Errorf("sarama: new client: %w", asError(err))
	}
	return &consumer{
		net: n, client: client, cfg: cfg, settings: consumerSettings(conf, cfg), commits: newCommits(cfg, n.counts.times),
	}, nil
}

func (c *consumer) Consume(ctx context.Context, fn func(*driver.Message)) error {
	if c.used.Swap(true) {
		return errors.New("sarama: consume: it can be called once only")
	}
	ended := make(chan struct{})
	defer close(ended)
	stop := context.AfterFunc(ctx, func() {
		limit := time.NewTimer(leaveLimit)
		defer limit.Stop()
		select {
		case <-ended:
		case <-limit.C:
			c.net.cut()
		}
	})
	defer stop()
	if c.cfg.Assign == driver.AssignStatic {
		return c.consumeStatic(ctx, fn)
	}
	return c.consumeGroup(ctx, fn)
}

// deliver calls fn for each message until messages is closed or done is. mark is called once fn has returned, with the
// offset after the message. In the end what was marked is committed, if that is ours to do.
func (c *consumer) deliver(done <-chan struct{}, messages <-chan *sarama.ConsumerMessage, s session, mark func(next int64), fn func(*driver.Message)) {
	defer c.commits.finish(s)
	var tick <-chan time.Time
	if every := c.commits.ticker(); every > 0 {
		t := time.NewTicker(every)
		defer t.Stop()
		tick = t.C
	}
	var m driver.Message // one for all: it is valid only during the call
	for {
		select {
		case got, ok := <-messages:
			if !ok {
				return
			}
			there := 0 // messages that were there with it, as many as will be read before the clock of commits is looked at
			if !c.commits.wait {
				there = len(messages)
			}
			for more := true; more; there-- {
				more = there > 0 && !ended(done)
				m = driver.Message{Partition: got.Partition, Offset: got.Offset, Key: got.Key, Value: got.Value, More: more}
				fn(&m)
				mark(got.Offset + 1)
				c.commits.read(s)
				if more {
					got = <-messages // it is there, and nobody else reads it
				}
			}
		case <-tick:
			c.commits.tick(s)
		case <-done:
			return
		}
	}
}

// ended says whether the channel is closed, without waiting.
func ended(done <-chan struct{}) bool {
	select {
	case <-done:
		return true
	default:
		return false
	}
}

// again tries until it succeeds or ctx is done, and counts what went wrong. It returns the error of a refusal.
func (c *consumer) again(ctx context.Context, try func() error) error {
	for ctx.Err() == nil {
		err := try()
		if err == nil || ctx.Err() != nil {
			return nil //nolint:nilerr // the end of the context is no error of Consume
		}
		if refusal(class(err)) {
			return asError(err)
		}
		c.count(err)
		rest(ctx, retryPause)
	}
	return nil
}

// count takes an error that the library or this driver recovers from.
func (c *consumer) count(err error) {
	class := class(err)
	if ofCommit(class) {
		c.fails.Add(1)
	}
	c.Fail(class)
}

// Assigned asks the group's session: the library tells nobody when the cooperative protocol changes what it has.
func (c *consumer) Assigned() (partitions []int32, times int64) {
	if c.cfg.Assign == driver.AssignStatic {
		return c.Member.Assigned()
	}
	return c.dealt.now(c.cfg.Topic)
}

func (c *consumer) Settings() map[string]string { return maps.Clone(c.settings) }

func (c *consumer) Stats() driver.Stats {
	_, times := c.Assigned()
	return driver.Stats{
		WireBytes: c.net.counts.read.Count(), Requests: c.net.counts.requests.Count(), Retries: -1,
		Rebalances: times, CommitFails: c.fails.Load(), Backlog: -1,
	}
}

func (c *consumer) Times() driver.Times { return c.net.counts.times.Take() }

// Close frees the client. Nothing in it waits for brokers once the connections are cut.
func (c *consumer) Close() error {
	if c.closed.Swap(true) {
		return nil
	}
	c.net.cut()
	c.commits.stop()
	if err := c.client.Close(); err != nil {
		return fmt.Errorf("sarama: close consumer: %w", asError(err))
	}
	return nil
}
