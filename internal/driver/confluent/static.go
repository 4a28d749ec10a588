//go:build cgo && (linux || darwin) && (amd64 || arm64)

package confluent

import (
	"context"
	"slices"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"

	"kbench/internal/driver"
)

// joinStatic takes the partitions that were dealt to this consumer.
func (c *consumer) joinStatic(ctx context.Context) error {
	parts, err := c.committed(ctx)
	if err != nil || ctx.Err() != nil {
		return err
	}
	if err := c.kc.Assign(parts); err != nil {
		return asError(err)
	}
	c.Assign(c.cfg.Partitions)
	c.countMissing(ctx)
	return nil
}

// committed returns the partitions with where to begin: the committed offset, or else where Start says. The library would
// find that out by itself, but it waits for ever where a broker answers that it has no such group, as the fake does.
func (c *consumer) committed(ctx context.Context) ([]kafka.TopicPartition, error) {
	start := kafka.OffsetEnd
	if c.cfg.Start == driver.StartEarliest {
		start = kafka.OffsetBeginning
	}
	parts := make([]kafka.TopicPartition, len(c.cfg.Partitions))
	for i, n := range c.cfg.Partitions {
		parts[i] = kafka.TopicPartition{Topic: &c.cfg.Topic, Partition: n, Offset: start}
	}
	for ctx.Err() == nil {
		known, err := c.kc.Committed(parts, 5*pollMillis)
		switch {
		case err == nil:
			for i, p := range known {
				if p.Offset >= 0 {
					parts[i].Offset = p.Offset
				}
			}
			return parts, nil
		case codeOf(err) == kafka.ErrGroupIDNotFound:
			return parts, nil
		case !driver.Passing(class(codeOf(err))):
			return nil, asError(err)
		}
		c.kc.Poll(pollMillis) // some errors come at once; what it returns is of no use before there are partitions
	}
	return nil, nil
}

// countMissing counts an error for each partition that is not there. The library waits for it, and tells only where the
// topic is as new to it as the assignment. A broker may be slow to answer, so it is asked again.
func (c *consumer) countMissing(ctx context.Context) {
	for ctx.Err() == nil {
		m, err := c.kc.GetMetadata(&c.cfg.Topic, false, 5*pollMillis)
		switch {
		case err == nil:
			there := m.Topics[c.cfg.Topic].Partitions
			for _, n := range c.cfg.Partitions {
				if !slices.ContainsFunc(there, func(p kafka.PartitionMetadata) bool { return p.ID == n }) {
					c.Fail(class(kafka.ErrUnknownPartition))
				}
			}
			return
		case !driver.Passing(class(codeOf(err))):
			c.count(err)
			return
		}
	}
}
