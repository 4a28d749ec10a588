package sarama

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/IBM/sarama"

	"kbench/internal/driver"
)

// chooser returns what partitions records among three, for a topic of which one record of 100 bytes after the other comes.
func chooser(t *testing.T, cfg driver.ProducerConfig) func(r driver.Record, at time.Time) int32 {
	t.Helper()
	choose, err := partitioning(cfg)
	if err != nil {
		t.Fatal(err)
	}
	p := choose("t")
	return func(r driver.Record, at time.Time) int32 {
		t.Helper()
		r.Value = make([]byte, 100)
		m := &load(&r, "t", new(atomic.Bool)).msg
		m.Timestamp = at
		n, err := p.Partition(m, 3)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
}

func TestSticky(t *testing.T) {
	t.Parallel()
	cfg := driver.DefaultProducer()
	cfg.BatchSize, cfg.Linger = 1000, 5e6
	choose := chooser(t, cfg)
	now := time.Now()
	keyless := driver.Record{Partition: -1}
	first := choose(keyless, now)
	for i := range 9 {
		if got := choose(keyless, now); got != first {
			t.Fatalf("record %d of a batch went to %d, want %d, where the first one is", i+1, got, first)
		}
	}
	second := choose(keyless, now)
	if second == first {
		t.Errorf("the batch was full, and the next record went to %d too", first)
	}
	if got := choose(keyless, now.Add(10*time.Millisecond-1)); got != second {
		t.Errorf("before two lingers were over a record went to %d, want %d", got, second)
	}
	choose(driver.Record{Partition: -1, Key: []byte("key")}, now) // does not count
	if got := choose(keyless, now.Add(10*time.Millisecond)); got == second {
		t.Errorf("two lingers were over, and the next record went to %d too", got)
	}
}

func TestNamedPartition(t *testing.T) {
	t.Parallel()
	for _, p := range driver.Choices(driver.Partitioner("")) {
		cfg := driver.DefaultProducer()
		cfg.Partitioner = driver.Partitioner(p)
		for want := range int32(3) {
			if got := chooser(t, cfg)(driver.Record{Partition: want, Key: []byte("k")}, time.Now()); got != want {
				t.Errorf("%s: a record that names %d went to %d", p, want, got)
			}
		}
	}
}

// A record whose partition is fixed counts on partitions without a leader too; any other goes where one is.
func TestConsistency(t *testing.T) {
	t.Parallel()
	named, keyed, neither := driver.Record{Partition: 1}, driver.Record{Partition: -1, Key: []byte("k")}, driver.Record{Partition: -1}
	rows := []struct {
		partitioner driver.Partitioner
		record      driver.Record
		want        bool
	}{
		{driver.PartitionerSticky, named, true},
		{driver.PartitionerSticky, keyed, true},
		{driver.PartitionerSticky, neither, false},
		{driver.PartitionerCRC32, keyed, true},
		{driver.PartitionerCRC32, neither, false},
		{driver.PartitionerRandom, named, true},
		{driver.PartitionerRandom, keyed, false},
		{driver.PartitionerRoundRobin, keyed, false},
	}
	for _, r := range rows {
		choose, err := partitioning(driver.ProducerConfig{Partitioner: r.partitioner, BatchSize: 1})
		if err != nil {
			t.Fatal(err)
		}
		p := choose("t").(sarama.DynamicConsistencyPartitioner)
		if got := p.MessageRequiresConsistency(&load(&r.record, "t", new(atomic.Bool)).msg); got != r.want {
			t.Errorf("%s, partition %d, key %q: got %v, want %v", r.partitioner, r.record.Partition, r.record.Key, got, r.want)
		}
	}
}
