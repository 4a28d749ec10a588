package sarama

import (
	"context"

	"github.com/IBM/sarama"

	"kbench/internal/driver"
)

// consumeGroup is a member of the group until ctx is done. The library's Consume ends with each rebalance of the eager
// protocol, and with what it does not recover from by itself; then it joins again.
func (c *consumer) consumeGroup(ctx context.Context, fn func(*driver.Message)) error {
	g, err := sarama.NewConsumerGroupFromClient(c.cfg.Group, c.client)
	if err != nil {
		return asError(err)
	}
	c.pauser.use(g)
	heard := make(chan struct{})
	go func() {
		defer close(heard)
		for err := range g.Errors() {
			c.count(err)
		}
	}()
	for err == nil && ctx.Err() == nil {
		err = c.again(ctx, func() error { return g.Consume(ctx, []string{c.cfg.Topic}, &member{c, fn}) })
	}
	if closed := g.Close(); closed != nil {
		c.count(closed) // it could not leave, or another error of the channel: the group will find out by itself
	}
	<-heard
	return err
}

// A member is the library's handler of a session. Each claim has a goroutine of its own.
type member struct {
	*consumer
	fn func(*driver.Message)
}

// Setup implements sarama.ConsumerGroupHandler.
func (m *member) Setup(s sarama.ConsumerGroupSession) error {
	m.dealt.begin(s)
	return nil
}

// Cleanup implements sarama.ConsumerGroupHandler. Every claim has ended by then.
func (m *member) Cleanup(sarama.ConsumerGroupSession) error {
	m.dealt.end()
	return nil
}

// ConsumeClaim implements sarama.ConsumerGroupHandler.
func (m *member) ConsumeClaim(s sarama.ConsumerGroupSession, claim sarama.ConsumerGroupClaim) error {
	topic, partition := claim.Topic(), claim.Partition()
	m.pauser.begin(topic, partition)
	mark := func(next int64) { s.MarkOffset(topic, partition, next, "") }
	if m.cfg.Commit == driver.CommitNone {
		mark = func(int64) {}
	}
	m.deliver(s.Context().Done(), claim.Messages(), s, mark, m.fn)
	return nil
}
