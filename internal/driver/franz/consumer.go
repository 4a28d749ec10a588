package franz

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
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
	cfg     driver.ConsumerConfig
	commits *commits

	used     atomic.Bool // Consume has been called
	shutOnce sync.Once
	shutErr  error

	mu       sync.Mutex // guards what follows
	assigned map[int32]bool
	times    int64
	failed   map[string]int64
}

func (library) NewConsumer(ctx context.Context, at driver.Cluster, cfg driver.ConsumerConfig) (driver.Consumer, error) {
	opts, err := consumerOptions(at, cfg)
	if err != nil {
		return nil, err
	}
	c := &consumer{cfg: cfg, assigned: map[int32]bool{}, failed: map[string]int64{}}
	c.commits = newCommits(cfg)
	c.wire.failed = func(err error) {
		if c.used.Load() { // before, it is for reach to tell
			c.count(err)
		}
	}
	if cfg.Assign != driver.AssignStatic {
		opts = append(opts, kgo.OnPartitionsAssigned(c.onAssigned), kgo.OnPartitionsRevoked(c.onRevoked), kgo.OnPartitionsLost(c.onLost))
		if cfg.Commit == driver.CommitAuto {
			opts = append(opts, kgo.AutoCommitCallback(c.commits.committed))
		}
	}
	if err := c.open("consumer", opts); err != nil {
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
	if c.cfg.Assign == driver.AssignStatic || c.cfg.Protocol != driver.ProtocolConsumer {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, cmp.Or(at.DialTimeout, 10*time.Second))
	defer cancel()
	brokers, err := kadm.NewClient(c.kc).ApiVersions(ctx)
	if err != nil {
		return asError(err)
	}
	for _, b := range brokers {
		if most, ok := b.KeyMaxVersion(int16(kmsg.ConsumerGroupHeartbeat)); ok && most >= 1 {
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
	if err == nil {
		c.poll(ctx, fn)
	}
	if closed := c.shut(); err == nil {
		err = closed
	}
	return err
}

// join asks for partitions: of the group, or those that were dealt to it, from the committed offset or else where Start
// says.
func (c *consumer) join(ctx context.Context) error {
	if c.cfg.Assign != driver.AssignStatic {
		c.kc.AddConsumeTopics(c.cfg.Topic)
		return nil
	}
	known, err := kadm.NewClient(c.kc).FetchOffsets(ctx, c.cfg.Group)
	switch {
	case ctx.Err() != nil:
		return nil //nolint:nilerr // the end of the context is no error of Consume
	case err != nil && class(err) != "GROUP_ID_NOT_FOUND": // a group that nobody knows has committed nothing
		return asError(err)
	}
	from := map[int32]kgo.Offset{}
	for _, n := range c.cfg.Partitions {
		from[n] = opt[kgo.Offset](c.kc, kgo.ConsumeStartOffset)
		if o, ok := known.Lookup(c.cfg.Topic, n); ok && o.Err == nil && o.At >= 0 {
			from[n] = kgo.NewOffset().At(o.At)
		}
	}
	c.kc.AddConsumePartitions(map[string]map[int32]kgo.Offset{c.cfg.Topic: from})
	c.assign(c.cfg.Partitions)
	return nil
}

// poll is the hot loop. It ends when ctx is done, with everything committed that has been read.
func (c *consumer) poll(ctx context.Context, fn func(*driver.Message)) {
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
		if done = ctx.Err() != nil; done {
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
	last := len(p.Records) - 1
	for i, r := range p.Records {
		if ctx.Err() != nil {
			return
		}
		*m = driver.Message{Partition: r.Partition, Offset: r.Offset, Key: r.Key, Value: r.Value}
		fn(m)
		if full := c.commits.count(); full || i == last || ctx.Err() != nil {
			c.commits.read(ctx, r)
		}
	}
}

func (c *consumer) onAssigned(_ context.Context, _ *kgo.Client, parts map[string][]int32) {
	c.assign(parts[c.cfg.Topic])
}

// onRevoked commits while the partitions are still this consumer's.
func (c *consumer) onRevoked(_ context.Context, _ *kgo.Client, parts map[string][]int32) {
	c.commits.finish()
	c.unassign(parts[c.cfg.Topic])
}

// onLost commits nothing: another member may have the partitions already.
func (c *consumer) onLost(_ context.Context, _ *kgo.Client, parts map[string][]int32) {
	c.commits.forget(parts[c.cfg.Topic])
	c.unassign(parts[c.cfg.Topic])
}

func (c *consumer) assign(parts []int32) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.times++
	for _, p := range parts {
		c.assigned[p] = true
	}
}

func (c *consumer) unassign(parts []int32) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, p := range parts {
		delete(c.assigned, p)
	}
}

// count counts an error, unless it is of the consumer's own end.
func (c *consumer) count(err error) {
	if word := class(err); word != driver.ErrClosed && word != driver.ErrCanceled {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.failed[word]++
	}
}

func (c *consumer) Assigned() (partitions []int32, times int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Sorted(maps.Keys(c.assigned)), c.times
}

func (c *consumer) Settings() map[string]string { return consumerSettings(c.kc) }

func (c *consumer) Stats() driver.Stats {
	s := c.stats()
	s.WireBytes = c.wire.read.Load()
	s.CommitFails = c.commits.fails.Load()
	_, s.Rebalances = c.Assigned()
	return s
}

func (c *consumer) Errors() map[string]int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return maps.Clone(c.failed)
}

func (c *consumer) Close() error { return c.shut() }

// shut leaves the group and frees the client, once. The library's Close would wait for a broker that does not answer.
func (c *consumer) shut() error {
	c.shutOnce.Do(func() {
		c.shutErr = within("closing the consumer", func() {
			ctx, cancel := context.WithTimeout(context.Background(), leaveLimit)
			defer cancel()
			_ = c.kc.LeaveGroupContext(ctx) // the brokers find out by themselves in the end
			c.kc.CloseAllowingRebalance()
			c.commits.stop()
		})
	})
	return c.shutErr
}
