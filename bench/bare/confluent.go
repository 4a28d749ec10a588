//go:build cgo && (linux || darwin) && (amd64 || arm64)

package bare

import (
	"errors"
	"strings"
	"time"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka" //nolint:depguard // a bare loop is the client itself
)

// confluentMap takes librdkafka's properties as they are in force in kbench, but for those that kbench has for itself:
// the library's statistics, and offsets that count as read only later than when they are handed out.
func confluentMap(j *Job, in map[string]string) kafka.ConfigMap {
	m := kafka.ConfigMap{"bootstrap.servers": strings.Join(j.Brokers, ","), "log_level": 0} // or it prints by itself
	for name, value := range in {
		switch name {
		case "statistics.interval.ms", "enable.auto.offset.store":
		case "fetch.max.wait.ms": // Kafka's name; all others are the library's too
			m["fetch.wait.max.ms"] = value
		default:
			m[name] = value
		}
	}
	return m
}

// fullPause is how long a full queue is left alone. A thousand records are acked in about a millisecond.
const fullPause = time.Millisecond

// produceConfluent uses one message for all records, since the library copies what it points to, and reads delivery
// reports without keys and values from one channel.
func produceConfluent(j *Job, t *tally) error {
	m := confluentMap(j, j.Producer)
	m["go.delivery.report.fields"] = "none"
	producer, err := kafka.NewProducer(&m)
	if err != nil {
		return err
	}
	read := make(chan struct{})
	go func() {
		defer close(read)
		for ev := range producer.Events() {
			switch e := ev.(type) {
			case *kafka.Message:
				if e.TopicPartition.Error != nil {
					t.fail(e.TopicPartition.Error)
				}
				t.records.Add(1)
			case kafka.Error:
				if e.IsFatal() {
					t.fail(e)
				}
			}
		}
	}()
	defer func() {
		producer.Flush(int(endWithin.Milliseconds()))
		producer.Close()
		<-read
	}()
	values := j.values
	msg := kafka.Message{TopicPartition: kafka.TopicPartition{Topic: &j.Topic, Partition: kafka.PartitionAny}}
	full := time.NewTimer(0)
	defer full.Stop()
	for i := 0; !t.over.Load(); i++ {
		msg.Value = values[i%len(values)]
		for err := producer.Produce(&msg, nil); err != nil; err = producer.Produce(&msg, nil) {
			if e, ok := errors.AsType[kafka.Error](err); !ok || e.Code() != kafka.ErrQueueFull {
				return err
			}
			full.Reset(fullPause)
			<-full.C
		}
	}
	return nil
}

// consumeConfluent polls as a group's only member.
func consumeConfluent(j *Job, t *tally) error {
	m := confluentMap(j, j.Consumer)
	m["group.id"], m["auto.offset.reset"] = j.Group, "earliest"
	if j.Channel {
		m["go.events.channel.enable"] = true
	}
	consumer, err := kafka.NewConsumer(&m)
	if err != nil {
		return err
	}
	defer func() { _ = consumer.Close() }() // nothing is lost that was measured
	assigned := func(c *kafka.Consumer, ev kafka.Event) error {
		if e, ok := ev.(kafka.AssignedPartitions); ok {
			defer close(t.ready)
			return c.Assign(e.Partitions)
		}
		return c.Unassign()
	}
	if err := consumer.Subscribe(j.Topic, assigned); err != nil {
		return err
	}
	next := func() kafka.Event { return consumer.Poll(int(pollFor.Milliseconds())) }
	if j.Channel {
		next = func() kafka.Event {
			select {
			case e := <-consumer.Events(): //nolint:staticcheck // deprecated; to be compared with what is not
				return e
			case <-t.done:
				return nil
			}
		}
	}
	for !t.over.Load() {
		switch e := next().(type) {
		case *kafka.Message:
			if e.TopicPartition.Error != nil {
				return e.TopicPartition.Error
			}
			t.records.Add(1)
			t.bytes.Add(int64(len(e.Key) + len(e.Value)))
		case kafka.Error:
			if e.IsFatal() {
				return e
			}
		}
	}
	return nil
}
