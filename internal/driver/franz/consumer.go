package franz

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"sync"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"kbench/internal/driver"
)

const (
	pollMost   = 500                    // records at once, as Kafka's own client; a rebalance waits for them
	idleLimit  = 100 * time.Millisecond // for one wait for records, so that commits are made in time
	leaveLimit = 3 * time.Second
)

// A consumer reads in the goroutine that calls Consume. The library calls back about rebalances from its own, but never
// while polled records are being dealt with: between a poll and AllowRebalance.
type consumer struct {
	client
	driver.Member
	cancel  context.CancelFunc // ends whatever the library is waiting for
	cfg     driver.ConsumerConfig
	commits *commits
	session *kgo.GroupTransactSession // of one that writes what it reads; else nil

	used     atomic.Bool // Consume has been called
	crashed  atomic.Bool // and Crash: nothing is committed any more
	ending   atomic.Bool // its context is done; a context's own word costs more than the rest of what is done for a record
	shutOnce sync.Once
	shutErr  error
}

func (library) NewConsumer(ctx context.Context, at driver.Cluster, cfg driver.ConsumerConfig) (driver.Consumer, error) {
	opts, err := consumerOptions(at, cfg)
	if err != nil {
		return nil, err
	}
	life, cancel := context.WithCancel(context.Background())
	c := &consumer{cancel: cancel, cfg: cfg, commits: newCommits(cfg)}
	opts = append(opts, kgo.WithContext(life))
	c.wire.times = driver.NewStopwatch(consumerParts(cfg)...)
	c.wire.failed = func(err error) {
		if c.used.Load() { // before, it is for reach to tell
			c.count(err)
		}
	}
	if cfg.Assign != driver.AssignStatic && cfg.Protocol != driver.ProtocolShare {
		opts = append(opts, kgo.OnPartitionsAssigned(c.onAssigned), kgo.OnPartitionsRevoked(c.onRevoked), kgo.OnPartitionsLost(c.onLost))
		if cfg.Commit == driver.CommitAuto {
			opts = append(opts, kgo.AutoCommitCallback(c.commits.committed))
		}
	}
	open := func() error { return c.open("consumer", opts) }
	if cfg.Forward.Records > 0 {
		open = func() error { return c.openForwarder(at, opts) }
	}
	if err := open(); err != nil {
		cancel()
		return nil, err
	}
	c.commits.start(c.kc)
	if err = c.reach(ctx, at); err == nil {
		err = c.checkProtocol(ctx, at)
	}
	if err != nil {
		_ = c.Close() // err is the reason
		return nil, err
	}
	return c, nil
}

// checkProtocol makes sure that the group will run by the protocol that was asked for.
func (c *consumer) checkProtocol(ctx context.Context, at driver.Cluster) error {
	request := kmsg.ConsumerGroupHeartbeat
	switch {
	case c.cfg.Assign == driver.AssignStatic || c.cfg.Protocol == driver.ProtocolClassic:
		return nil
	case c.cfg.Protocol == driver.ProtocolShare:
		request = kmsg.ShareFetch
	}
	ctx, cancel := context.WithTimeout(ctx, cmp.Or(at.DialTimeout, 10*time.Second))
	defer cancel()
	brokers, err := kadm.NewClient(c.kc).ApiVersions(ctx)
	if err != nil {
		return asError(err)
	}
	for _, b := range brokers {
		if most, ok := b.KeyMaxVersion(int16(request)); ok && most >= 1 {
			return nil
		}
	}
	return driver.Unsupported(name, "consumer.protocol", string(c.cfg.Protocol), "these brokers do not offer it: use classic")
}

func (c *consumer) Consume(ctx context.Context, fn func(*driver.Message)) error {
	if c.used.Swap(true) {
		return errors.New("franz: consume: it can be called once only")
	}
	err := c.join(ctx)
	switch {
	case err != nil:
	case c.cfg.Protocol == driver.ProtocolShare:
		c.pollShare(ctx, fn)
	case c.session != nil:
		err = c.forward(ctx, fn)
	default:
		c.poll(ctx, fn)
	}
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
	c.kc.AddConsumeTopics(c.cfg.Topic)
	return nil
}

// poll is the hot loop. It ends when ctx is done, with everything committed that has been read.
func (c *consumer) poll(ctx context.Context, fn func(*driver.Message)) {
	defer context.AfterFunc(ctx, func() { c.ending.Store(true) })()
	var m driver.Message // one for all: it is valid only during the call
	for done := false; !done; {
		for _, f := range c.fetch(ctx) {
			for _, t := range f.Topics {
				for i := range t.Partitions {
					c.read(ctx, &t.Partitions[i], &m, fn)
				}
			}
		}
		c.commits.tick(ctx)
		if done = ctx.Err() != nil || c.crashed.Load(); done && !c.crashed.Load() {
			c.commits.finish()
		}
		c.kc.AllowRebalance()
	}
}

// fetch returns what there is, or waits for it for a while.
func (c *consumer) fetch(ctx context.Context) kgo.Fetches {
	ctx, cancel := context.WithTimeout(ctx, idleLimit)
	defer cancel()
	return c.kc.PollRecords(ctx, pollMost)
}

// read calls fn for the records of one partition, until ctx is done.
func (c *consumer) read(ctx context.Context, p *kgo.FetchPartition, m *driver.Message, fn func(*driver.Message)) {
	if p.Err != nil && !errors.Is(p.Err, context.Canceled) && !errors.Is(p.Err, context.DeadlineExceeded) { // of fetch's wait
		c.count(p.Err)
	}
	if c.ending.Load() {
		return
	}
	last := len(p.Records) - 1
	for i, r := range p.Records {
		full := c.commits.count() // then a commit comes before the next message
		*m = driver.Message{Partition: r.Partition, Offset: r.Offset, Key: r.Key, Value: r.Value, More: i < last && !full}
		fn(m)
		ending := c.ending.Load() // once: what was given to fn must be noted before the end
		if full || i == last || ending {
			c.commits.read(ctx, r)
		}
		if ending {
			return
		}
	}
}

func (c *consumer) onAssigned(_ context.Context, _ *kgo.Client, parts map[string][]int32) {
	c.Assign(parts[c.cfg.Topic])
}

// onRevoked commits while the partitions are still this consumer's.
func (c *consumer) onRevoked(_ context.Context, _ *kgo.Client, parts map[string][]int32) {
	if !c.crashed.Load() {
		c.commits.finish()
	}
	c.Revoke(parts[c.cfg.Topic])
}

// onLost commits nothing: another member may have the partitions already.
func (c *consumer) onLost(_ context.Context, _ *kgo.Client, parts map[string][]int32) {
	c.commits.forget(parts[c.cfg.Topic])
	c.Revoke(parts[c.cfg.Topic])
}

func (c *consumer) count(err error) { c.Fail(class(err)) }

func (c *consumer) Settings() map[string]string {
	m := consumerSettings(c.kc)
	if c.cfg.Assign == driver.AssignStatic {
		maps.Copy(m, staticSettings(c.cfg))
	}
	return m
}

func (c *consumer) Stats() driver.Stats {
	s := c.stats()
	s.WireBytes = c.wire.read.Load()
	s.CommitFails = c.commits.fails.Load()
	_, s.Rebalances = c.Assigned()
	return s
}

func (c *consumer) Times() driver.Times {
	c.wire.times.Note(driver.PartBuffered, -1, -1, c.kc.BufferedFetchRecords())
	return c.wire.times.Take()
}

func (c *consumer) Close() error { return c.shut() }

// shut leaves the group and frees the client, once. The library's Close would wait for a broker that does not answer, and
// longer than it says.
func (c *consumer) shut() error {
	c.shutOnce.Do(func() {
		c.shutErr = within("closing the consumer", func() {
			limit := time.AfterFunc(leaveLimit, c.cancel) // then the brokers have to find out by themselves
			defer limit.Stop()
			c.kc.CloseAllowingRebalance()
			c.commits.stop()
			c.cancel()
		})
	})
	return c.shutErr
}
