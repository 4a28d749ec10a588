// Package null is a driver without a client: it acks each record at once, in the goroutine that sends it. What is
// measured with it is the harness itself, the floor under every other driver's figures.
//
// It needs no broker and has no partitioner: a record goes to the partition that it names, and without one to
// partition 0. Each partition counts its own offsets from 0. What only a client or a broker could do (compression,
// idempotence, transactions, partitioning by key, raw properties, reading) is refused. Acks, linger, batch size,
// requests in flight, buffer, retries and the timeout say how long to wait for what never keeps anybody waiting here.
package null

import (
	"context"
	"slices"
	"sync/atomic"
	"time"

	"kbench/internal/driver"
)

// maxPartition bounds the offsets' table: far more than a Kafka cluster carries.
const maxPartition = 1 << 20

// New returns the driver.
func New() driver.Driver { return null{} }

type null struct{}

func (null) Name() string    { return "null" }
func (null) Library() string { return "none" }
func (null) Version() string { return "1" }

func (null) ByValue() bool { return false }

func (null) Partitioners() []driver.Partitioner {
	return []driver.Partitioner{driver.PartitionerSticky}
}

func (null) CheckProducer(cfg driver.ProducerConfig) error { return check(cfg) }

func (null) CheckConsumer(driver.ConsumerConfig) error {
	return driver.Unsupported("null", "consumer.client", "null", "nothing is stored that could be read")
}

func (n null) NewConsumer(_ context.Context, _ driver.Cluster, cfg driver.ConsumerConfig) (driver.Consumer, error) {
	return nil, n.CheckConsumer(cfg)
}

func (null) NewProducer(_ context.Context, _ driver.Cluster, cfg driver.ProducerConfig, ack driver.AckFunc) (driver.Producer, error) {
	if err := check(cfg); err != nil {
		return nil, err
	}
	return &producer{ack: ack, known: cfg.Acks != driver.AcksNone}, nil
}

// check refuses what this driver would have to ignore.
func check(cfg driver.ProducerConfig) error {
	switch {
	case !slices.Contains(driver.Choices(cfg.Acks), string(cfg.Acks)):
		return driver.Unsupported("null", "producer.acks", string(cfg.Acks), "use 0, 1 or all")
	case cfg.Compression != "none":
		return driver.Unsupported("null", "producer.compression", string(cfg.Compression), "there are no batches: use none")
	case cfg.CompressionLevel != 0:
		return driver.Unsupported("null", "producer.compression_level", "above 0", "there are no batches: use 0")
	case cfg.Idempotence:
		return driver.Unsupported("null", "producer.idempotence", "true", "there is no broker: use false")
	case cfg.Transaction.Records > 0:
		return driver.Unsupported("null", "producer.transaction.records", cfg.Transaction.Records.String(), "there is no broker: use 0")
	case len(cfg.Config) > 0:
		return driver.Unsupported("null", "producer.config", "a client's property", "there is no client: leave it empty")
	}
	switch cfg.Partitioner {
	case driver.PartitionerSticky, driver.PartitionerRoundRobin, driver.PartitionerManual:
		return nil
	}
	return driver.Unsupported("null", "producer.partitioner", string(cfg.Partitioner), "use sticky, round_robin or manual")
}

type producer struct {
	ack    driver.AckFunc
	known  bool // whether acks tell offsets: not with acks=0
	closed atomic.Bool
	next   []int64 // the next offset of each partition; Send's own
}

func (p *producer) Send(_ context.Context, r *driver.Record) (time.Duration, error) {
	if p.closed.Load() {
		return 0, &driver.Error{Class: driver.ErrClosed, Msg: "the producer has been closed"}
	}
	at := driver.Ack{Partition: max(r.Partition, 0), Offset: -1}
	if at.Partition >= maxPartition {
		return 0, &driver.Error{Class: "UNKNOWN_TOPIC_OR_PARTITION", Msg: "a partition beyond what Kafka carries"}
	}
	if grow := int(at.Partition) + 1 - len(p.next); grow > 0 {
		p.next = append(p.next, make([]int64, grow)...)
	}
	if p.known {
		at.Offset = p.next[at.Partition]
		p.next[at.Partition]++
	}
	p.ack(r, at, nil)
	return 0, nil
}

func (*producer) Flush(context.Context) error { return nil }

// Settings is empty: there is no library that could have any in force.
func (*producer) Settings() map[string]string { return map[string]string{} }

// Stats is all zeros, which is the truth: nothing queues, and nothing goes over a wire.
func (*producer) Stats() driver.Stats { return driver.Stats{} }

// Times is empty: there is no library that could tell any.
func (*producer) Times() driver.Times { return driver.Times{} }

func (p *producer) Close() error {
	p.closed.Store(true)
	return nil
}
