package franz

import (
	"context"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"kbench/internal/driver"
)

// joinStatic takes the partitions that were dealt to this consumer, from the committed offset or else where Start says.
func (c *consumer) joinStatic(ctx context.Context) error {
	known, err := c.committed(ctx)
	if err != nil || ctx.Err() != nil {
		return err
	}
	from := map[int32]kgo.Offset{}
	for _, n := range c.cfg.Partitions {
		from[n] = opt[kgo.Offset](c.kc, kgo.ConsumeStartOffset)
		if o, ok := known.Lookup(c.cfg.Topic, n); ok && o.Err == nil && o.At >= 0 {
			from[n] = kgo.NewOffset().At(o.At)
		}
	}
	c.kc.AddConsumePartitions(map[string]map[int32]kgo.Offset{c.cfg.Topic: from})
	c.Assign(c.cfg.Partitions)
	c.countMissing(ctx)
	return nil
}

// committed returns the offsets of the group. A coordinator that is not there yet it asks again, which the library does
// not do. A group that nobody knows has committed nothing.
func (c *consumer) committed(ctx context.Context) (kadm.OffsetResponses, error) {
	tick := time.NewTicker(askEvery)
	defer tick.Stop()
	for {
		known, err := kadm.NewClient(c.kc).FetchOffsets(ctx, c.cfg.Group)
		switch word := class(err); {
		case err == nil, word == "GROUP_ID_NOT_FOUND", ctx.Err() != nil: // its end is no error of Consume
			return known, nil
		case !driver.Passing(word):
			return nil, asError(err)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
		}
	}
}

// countMissing counts an error for each partition that is not there. The library waits for it without a word.
func (c *consumer) countMissing(ctx context.Context) {
	topics, err := kadm.NewClient(c.kc).ListTopics(ctx, c.cfg.Topic)
	if err != nil {
		c.count(err)
		return
	}
	for _, n := range c.cfg.Partitions {
		if _, there := topics[c.cfg.Topic].Partitions[n]; !there {
			c.count(kerr.UnknownTopicOrPartition)
		}
	}
}

// staticSettings are what the library cannot tell: it knows of no group then, and the commits are this driver's.
func staticSettings(cfg driver.ConsumerConfig) map[string]string {
	m := map[string]string{"group.id": cfg.Group}
	asked := cfg.Asked()
	for _, key := range []string{"enable.auto.commit", "auto.commit.interval.ms"} {
		if value, ok := asked[key]; ok {
			m[key] = value
		}
	}
	return m
}
