package sarama

import (
	"math/rand/v2"
	"time"

	"github.com/IBM/sarama"

	"kbench/internal/driver"
)

// leastSticking is how long records without a key stay with one partition at least, also without a linger.
const leastSticking = 10 * time.Millisecond

// partitioning returns the maker of the library's partitioners; each of those serves one topic, in one goroutine.
func partitioning(cfg driver.ProducerConfig) (sarama.PartitionerConstructor, error) {
	var rest sarama.PartitionerConstructor
	switch cfg.Partitioner {
	case driver.PartitionerSticky:
		rest = func(topic string) sarama.Partitioner {
			return &sticky{
				keyed: sarama.NewMurmur2Partitioner(topic), most: int(cfg.BatchSize),
				during: max(2*time.Duration(cfg.Linger), leastSticking), current: -1,
			}
		}
	case driver.PartitionerRoundRobin:
		rest = sarama.NewRoundRobinPartitioner
	case driver.PartitionerRandom:
		rest = sarama.NewRandomPartitioner
	case driver.PartitionerMurmur2:
		rest = sarama.NewMurmur2Partitioner
	case driver.PartitionerCRC32:
		rest = sarama.NewConsistentCRCHashPartitioner
	case driver.PartitionerFNV1a:
		rest = sarama.NewHashPartitioner
	case driver.PartitionerManual:
		rest = sarama.NewManualPartitioner // for a record that names none, which it refuses
	default:
		return nil, driver.Unsupported(name, "producer.partitioner", string(cfg.Partitioner), "")
	}
	return func(topic string) sarama.Partitioner { return named{rest(topic)} }, nil
}

// named goes by the partition that a record names, and by another partitioner where it names none.
type named struct{ rest sarama.Partitioner }

func (p named) Partition(m *sarama.ProducerMessage, partitions int32) (int32, error) {
	if n := m.Metadata.(*slot).partition; n >= 0 {
		return n, nil
	}
	return p.rest.Partition(m, partitions)
}

func (p named) RequiresConsistency() bool { return true }

// MessageRequiresConsistency reports whether partitions without a leader count too.
func (p named) MessageRequiresConsistency(m *sarama.ProducerMessage) bool {
	if m.Metadata.(*slot).partition >= 0 {
		return true
	}
	if d, ok := p.rest.(sarama.DynamicConsistencyPartitioner); ok {
		return d.MessageRequiresConsistency(m)
	}
	return p.rest.RequiresConsistency()
}

// sticky puts records with a key as Kafka's Java client does, and the others into one partition until a batch of it is
// full or has surely been sent.
type sticky struct {
	keyed   sarama.Partitioner
	most    int           // bytes for one partition before the next one's turn
	during  time.Duration // likewise
	current int32         // -1 before the first
	bytes   int           // that current has had
	since   time.Time     // when the first of them came
}

func (p *sticky) Partition(m *sarama.ProducerMessage, partitions int32) (int32, error) {
	if m.Key != nil {
		return p.keyed.Partition(m, partitions)
	}
	if p.current < 0 || p.current >= partitions || p.bytes >= p.most || m.Timestamp.Sub(p.since) >= p.during {
		p.current = another(p.current, partitions)
		p.bytes, p.since = 0, m.Timestamp
	}
	if m.Value != nil {
		p.bytes += m.Value.Length()
	}
	return p.current, nil
}

func (p *sticky) RequiresConsistency() bool { return true }

func (p *sticky) MessageRequiresConsistency(m *sarama.ProducerMessage) bool { return m.Key != nil }

// another returns any of the partitions but current, where there is a choice.
func another(current, partitions int32) int32 {
	if current < 0 || current >= partitions || partitions == 1 {
		return rand.Int32N(partitions)
	}
	return (current + 1 + rand.Int32N(partitions-1)) % partitions
}
