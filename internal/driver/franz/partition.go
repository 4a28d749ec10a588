package franz

import (
	"hash/crc32"
	"math/rand/v2"

	"github.com/twmb/franz-go/pkg/kgo"

	"kbench/internal/driver"
)

// A partitioner puts a record into the partition that it names, and leaves any other to one of the library's.
type partitioner struct {
	kgo.Partitioner
	word driver.Partitioner
}

// partitionerFor returns the partitioner for a word. Records without a key stay with one partition for each batch, but
// for those of round_robin and random.
func partitionerFor(word driver.Partitioner) (partitioner, error) {
	p := partitioner{word: word}
	switch word {
	case driver.PartitionerSticky, driver.PartitionerMurmur2, driver.PartitionerManual:
		p.Partitioner = kgo.StickyKeyPartitioner(nil) // murmur2 as Kafka's Java client
	case driver.PartitionerCRC32:
		p.Partitioner = kgo.StickyKeyPartitioner(func(key []byte, n int) int { return int(crc32.ChecksumIEEE(key) % uint32(n)) })
	case driver.PartitionerFNV1a:
		p.Partitioner = kgo.StickyKeyPartitioner(func(key []byte, n int) int { return int(fnv1a(key) % uint32(n)) })
	case driver.PartitionerRoundRobin:
		p.Partitioner = kgo.RoundRobinPartitioner()
	case driver.PartitionerRandom:
		p.Partitioner = random{}
	default:
		return p, driver.Unsupported(name, "producer.partitioner", string(word), "")
	}
	return p, nil
}

// fnv1a is librdkafka's: the 32-bit FNV-1a hash as a signed number, without its sign.
func fnv1a(key []byte) uint32 {
	h := uint32(2166136261)
	for _, b := range key {
		h = (h ^ uint32(b)) * 16777619
	}
	if int32(h) < 0 {
		return -h
	}
	return h
}

// ForTopic implements kgo.Partitioner.
func (p partitioner) ForTopic(topic string) kgo.TopicPartitioner {
	own := p.Partitioner.ForTopic(topic)
	if sticky, ok := own.(kgo.TopicPartitionerOnNewBatch); ok {
		return struct {
			named
			kgo.TopicPartitionerOnNewBatch
		}{named{own}, sticky}
	}
	return named{own}
}

// named puts the partition that a record names before what the library would choose.
type named struct{ own kgo.TopicPartitioner }

// RequiresConsistency implements kgo.TopicPartitioner.
func (p named) RequiresConsistency(r *kgo.Record) bool {
	return slotOf(r).rec.Partition >= 0 || p.own.RequiresConsistency(r)
}

// Partition implements kgo.TopicPartitioner. What it returns for a partition that is not there makes the library fail the
// record, in words that have no class.
func (p named) Partition(r *kgo.Record, n int) int {
	s := slotOf(r)
	at := int(s.rec.Partition)
	if at < 0 {
		return p.own.Partition(r, n)
	}
	if at >= n {
		s.astray = true
		return -1
	}
	return at
}

// random is both kinds of the library's partitioners. It has no state.
type random struct{}

func (random) ForTopic(string) kgo.TopicPartitioner        { return random{} }
func (random) RequiresConsistency(*kgo.Record) bool        { return false }
func (random) Partition(_ *kgo.Record, partitions int) int { return rand.IntN(partitions) }
