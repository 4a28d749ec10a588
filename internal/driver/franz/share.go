package franz

import (
	"context"
	"errors"

	"github.com/twmb/franz-go/pkg/kgo"

	"kbench/internal/driver"
)

// shareOptions maps what is about a share group. Where it begins and which transactions it sees is set at the brokers, by group.
func shareOptions(cfg driver.ConsumerConfig) ([]kgo.Opt, error) {
	switch {
	case cfg.Assign != driver.AssignSubscribe:
		return nil, driver.Unsupported(name, "consumer.assign", string(cfg.Assign), "with protocol share use subscribe")
	case cfg.Start != driver.StartLatest:
		return nil, driver.Unsupported(name, "consumer.start", string(cfg.Start), "with protocol share the brokers decide, by the group's share.auto.offset.reset: use latest")
	case cfg.Isolation != driver.ReadUncommitted:
		return nil, driver.Unsupported(name, "consumer.isolation", string(cfg.Isolation), "with protocol share the brokers decide, by the group's share.isolation.level: use read_uncommitted")
	case cfg.Commit != driver.CommitAuto:
		return nil, driver.Unsupported(name, "consumer.commit", string(cfg.Commit), "with protocol share each record is acknowledged: use auto")
	}
	return []kgo.Opt{kgo.ShareGroup(cfg.Group), kgo.ShareMaxRecords(pollMost)}, nil
}

// shareSettings replaces what does not hold in a share group.
func shareSettings(m map[string]string, group string) {
	delete(m, "auto.offset.reset")
	delete(m, "isolation.level")
	m["group.id"], m["group.protocol"] = group, string(driver.ProtocolShare)
	m["share.acknowledgement.mode"] = "implicit"
}

// pollShare is the hot loop of a share group's member: each poll accepts what the last one returned. In the end what was read is
// accepted and what was not goes back, so that nobody has to wait for it.
func (c *consumer) pollShare(ctx context.Context, fn func(*driver.Message)) {
	defer context.AfterFunc(ctx, func() { c.ending.Store(true) })()
	var m driver.Message // one for all: it is valid only during the call
	for ctx.Err() == nil {
		for _, f := range c.fetch(ctx) {
			for _, t := range f.Topics {
				for i := range t.Partitions {
					c.readShared(&t.Partitions[i], &m, fn)
				}
			}
		}
	}
	flushing, cancel := context.WithTimeout(context.WithoutCancel(ctx), commitLimit)
	defer cancel()
	c.kc.MarkAcks(kgo.AckAccept) // those that have no other mark
	if err := c.kc.FlushAcks(flushing); err != nil {
		c.commits.fails.Add(1)
	}
}

func (c *consumer) readShared(p *kgo.FetchPartition, m *driver.Message, fn func(*driver.Message)) {
	if p.Err != nil && !errors.Is(p.Err, context.Canceled) && !errors.Is(p.Err, context.DeadlineExceeded) { // of fetch's wait
		c.count(p.Err)
	}
	last := len(p.Records) - 1
	for i, r := range p.Records {
		if c.ending.Load() {
			c.kc.MarkAcks(kgo.AckRelease, p.Records[i:]...)
			return
		}
		*m = driver.Message{
			Partition: r.Partition, Offset: r.Offset, Key: r.Key, Value: r.Value, Deliveries: r.DeliveryCount(), More: i < last,
		}
		fn(m)
	}
}
