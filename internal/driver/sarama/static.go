package sarama

import (
	"context"
	"errors"
	"sync"

	"github.com/IBM/sarama"

	"kbench/internal/driver"
)

// A static reads the partitions that were dealt out, without the group protocol. The group is where offsets are kept.
type static struct {
	*consumer
	lib     sarama.Consumer
	offsets sarama.OffsetManager
	fn      func(*driver.Message)
	hearers sync.WaitGroup // of the library's channels of errors
}

// consumeStatic reads until ctx is done, or brokers refuse it.
func (c *consumer) consumeStatic(ctx context.Context, fn func(*driver.Message)) error {
	lib, err := sarama.NewConsumerFromClient(c.client)
	if err != nil {
		return asError(err)
	}
	offsets, err := sarama.NewOffsetManagerFromClient(c.cfg.Group, c.client)
	if err != nil {
		return asError(err)
	}
	c.pauser.use(lib)
	c.Assign(c.cfg.Partitions)
	s := &static{consumer: c, lib: lib, offsets: offsets, fn: fn}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	refused := make(chan error, len(c.cfg.Partitions))
	var readers sync.WaitGroup
	for _, partition := range c.cfg.Partitions {
		readers.Go(func() {
			if err := s.read(ctx, partition); err != nil {
				refused <- err
				cancel()
			}
		})
	}
	<-ctx.Done()
	readers.Wait()
	err = errors.Join(offsets.Close(), lib.Close()) // with CommitAuto the first commits what is left
	s.hearers.Wait()
	select {
	case err := <-refused:
		return err
	default:
		return asError(err)
	}
}

// read reads one partition until ctx is done.
func (s *static) read(ctx context.Context, partition int32) error {
	var kept sarama.PartitionOffsetManager
	err := s.again(ctx, func() (err error) {
		kept, err = s.manage(partition)
		return err
	})
	if err != nil || kept == nil {
		return err
	}
	s.hear(kept.Errors())
	next, _ := kept.NextOffset()
	mark := func(n int64) {
		next = n
		if s.cfg.Commit != driver.CommitNone {
			kept.MarkOffset(n, "")
		}
	}
	for ctx.Err() == nil {
		var p sarama.PartitionConsumer
		err := s.again(ctx, func() (err error) {
			p, err = s.lib.ConsumePartition(s.cfg.Topic, partition, next)
			if errors.Is(err, sarama.ErrOffsetOutOfRange) {
				next = s.client.Config().Consumer.Offsets.Initial
			}
			return err
		})
		if err != nil || p == nil {
			return err
		}
		s.pauser.begin(s.cfg.Topic, partition)
		s.hear(p.Errors())
		s.deliver(ctx.Done(), p.Messages(), s.offsets, mark, s.fn)
		p.AsyncClose()
		for range p.Messages() { // until it has closed
			continue
		}
	}
	return nil
}

// hear counts errors until the library closes the channel.
func (s *static) hear(failures <-chan *sarama.ConsumerError) {
	s.hearers.Go(func() {
		for err := range failures {
			s.count(err)
		}
	})
}

// manage asks where the group has left off, and keeps that from now on. A broker that has no such group makes it on an
// empty commit.
func (s *static) manage(partition int32) (sarama.PartitionOffsetManager, error) {
	kept, err := s.offsets.ManagePartition(s.cfg.Topic, partition)
	if !errors.Is(err, sarama.ErrGroupIDNotFound) {
		return kept, err
	}
	coordinator, err := s.client.Coordinator(s.cfg.Group)
	if err != nil {
		return nil, err
	}
	_, err = coordinator.CommitOffset(&sarama.OffsetCommitRequest{
		Version: 8, ConsumerGroup: s.cfg.Group, ConsumerGroupGeneration: sarama.GroupGenerationUndefined,
	})
	if err != nil {
		return nil, err
	}
	return s.offsets.ManagePartition(s.cfg.Topic, partition)
}
