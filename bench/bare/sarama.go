package bare

import (
	"context"
	"errors"
	"sync"

	"github.com/IBM/sarama" //nolint:depguard // a bare loop is the client itself
)

// saramaConfig speaks the newest protocol that both sides know, as kbench does.
func saramaConfig() *sarama.Config {
	conf := sarama.NewConfig()
	conf.Version = sarama.MaxVersion
	conf.Metadata.Full = false
	return conf
}

// produceSarama feeds the asynchronous producer, whose input blocks while it has enough.
func produceSarama(j *Job, t *tally) error {
	s := &settings{in: j.Producer}
	s.must("enable.idempotence", "false")
	conf := saramaConfig()
	p := &conf.Producer
	p.RequiredAcks = map[string]sarama.RequiredAcks{"all": sarama.WaitForAll, "1": sarama.WaitForLocal, "0": sarama.NoResponse}[s.word("acks")]
	p.Flush.Frequency = s.millis("linger.ms")
	p.MaxMessageBytes = s.number("batch.size")
	conf.Net.MaxOpenRequests = s.number("max.in.flight.requests.per.connection")
	batch := p.MaxMessageBytes / j.Size
	p.Partitioner = func(string) sarama.Partitioner { return &turns{batch: batch} }
	p.Return.Successes, p.Return.Errors = true, true
	if err := p.Compression.UnmarshalText([]byte(s.word("compression.type"))); err != nil {
		return err
	}
	if s.err != nil {
		return s.err
	}
	producer, err := sarama.NewAsyncProducer(j.Brokers, conf)
	if err != nil {
		return err
	}
	var free pool[sarama.ProducerMessage]
	var reading sync.WaitGroup
	reading.Go(func() {
		for m := range producer.Successes() {
			t.records.Add(1)
			free.put(m)
		}
	})
	reading.Go(func() {
		for e := range producer.Errors() {
			t.fail(e)
		}
	})
	values := j.values
	encoded := make([]sarama.Encoder, len(values)) // once, since an interface made of a slice is an allocation
	for i, v := range values {
		encoded[i] = sarama.ByteEncoder(v)
	}
	for i := 0; !t.over.Load(); i++ {
		m := free.get()
		m.Topic, m.Value = j.Topic, encoded[i%len(encoded)]
		producer.Input() <- m
	}
	producer.AsyncClose()
	reading.Wait()
	return nil
}

// turns gives a batch to each partition in turn: what kbench's sticky does, which the library has not.
type turns struct{ batch, sent int }

func (p *turns) Partition(_ *sarama.ProducerMessage, partitions int32) (int32, error) {
	p.sent++
	return int32(p.sent/p.batch) % partitions, nil
}

func (p *turns) RequiresConsistency() bool { return false }

// consumeSarama is a group's only member, with commits at the library's interval. Each partition has a goroutine.
func consumeSarama(j *Job, t *tally) error {
	s := &settings{in: j.Consumer}
	conf := saramaConfig()
	c := &conf.Consumer
	c.Offsets.Initial = sarama.OffsetOldest
	c.Offsets.AutoCommit.Interval = s.millis("auto.commit.interval.ms")
	c.MaxWaitTime = s.millis("fetch.max.wait.ms")
	c.Fetch.Min = int32(s.number("fetch.min.bytes"))
	c.Fetch.Default = int32(s.number("max.partition.fetch.bytes"))
	if s.err != nil {
		return s.err
	}
	group, err := sarama.NewConsumerGroup(j.Brokers, j.Group, conf)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() {
		<-t.done
		cancel()
	}()
	err = group.Consume(ctx, []string{j.Topic}, claims{t})
	return errors.Join(err, group.Close())
}

// claims reads the partitions of one session.
type claims struct{ *tally }

// Setup implements sarama.ConsumerGroupHandler.
func (c claims) Setup(sarama.ConsumerGroupSession) error {
	close(c.ready)
	return nil
}

// Cleanup implements sarama.ConsumerGroupHandler.
func (c claims) Cleanup(sarama.ConsumerGroupSession) error { return nil }

// ConsumeClaim implements sarama.ConsumerGroupHandler. It ends when the library closes the channel.
func (c claims) ConsumeClaim(session sarama.ConsumerGroupSession, claim sarama.ConsumerGroupClaim) error {
	for m := range claim.Messages() {
		c.records.Add(1)
		c.bytes.Add(int64(len(m.Key) + len(m.Value)))
		session.MarkMessage(m, "")
	}
	return nil
}
