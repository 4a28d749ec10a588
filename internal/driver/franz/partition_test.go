package franz

import (
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"

	"kbench/internal/driver"
)

func TestFNV1a(t *testing.T) {
	t.Parallel()
	for key, want := range map[string]uint32{"kafka": 0xd33c4e1, "giberish123456789": 0x77a58295, "": 0x7ee3623b} { // librdkafka's, in rdfnv1a.c
		if got := fnv1a([]byte(key)); got != want {
			t.Errorf("%q: got %#x, want %#x", key, got, want)
		}
	}
}

func TestPartition(t *testing.T) {
	t.Parallel()
	for _, word := range append(library{}.Partitioners(), driver.PartitionerManual) {
		p, err := partitionerFor(word)
		if err != nil {
			t.Fatalf("%s: %v", word, err)
		}
		own := p.ForTopic("any")
		s := slotFor(&driver.Record{Partition: 2}, "any")
		if got := own.Partition(&s.own, 3); got != 2 || !own.RequiresConsistency(&s.own) {
			t.Errorf("%s: a record that names partition 2 went to %d", word, got)
		}
		s = slotFor(&driver.Record{Partition: 3}, "any")
		if got := own.Partition(&s.own, 3); got != -1 || !s.astray {
			t.Errorf("%s: a record that names one of 3 partitions too many went to %d, astray is %v", word, got, s.astray)
		}
		if s = slotFor(s.rec, "any"); s.astray {
			t.Errorf("%s: a record that went astray is so for ever", word)
		}
	}
}

// A record's own Partition is what the library chose at first, when it asks again for a new batch.
func TestSticksUntilNewBatch(t *testing.T) {
	t.Parallel()
	p, err := partitionerFor(driver.PartitionerSticky)
	if err != nil {
		t.Fatal(err)
	}
	own := p.ForTopic("any")
	s := slotFor(&driver.Record{Partition: -1}, "any")
	first := own.Partition(&s.own, 2)
	s.own.Partition = int32(first)
	if got := own.Partition(&s.own, 2); got != first {
		t.Errorf("within a batch: partition %d, want %d as before", got, first)
	}
	own.(kgo.TopicPartitionerOnNewBatch).OnNewBatch()
	if got := own.Partition(&s.own, 2); got == first {
		t.Errorf("a new batch: partition %d again, want the other", got)
	}
	keyed := slotFor(&driver.Record{Partition: -1, Key: []byte("k")}, "any")
	if own.RequiresConsistency(&s.own) || !own.RequiresConsistency(&keyed.own) {
		t.Error("only a key is bound to a partition that cannot be written to")
	}
}

func TestCodecs(t *testing.T) {
	t.Parallel()
	rows := []struct {
		name  driver.Compression
		level int
		ok    bool
	}{
		{"none", 0, true},
		{"gzip", 0, true},
		{"gzip", 1, true},
		{"gzip", 9, true},
		{"snappy", 0, true},
		{"lz4", 0, true},
		{"lz4", 9, true},
		{"zstd", 0, true},
		{"zstd", 1, true},
		{"zstd", 11, true},
		{"none", 1, false},
		{"gzip", 10, false},
		{"gzip", -1, false},
		{"snappy", 1, false},
		{"lz4", 10, false},
		{"zstd", 2, false},
		{"zstd", 12, false},
		{"brotli", 0, false},
		{"", 0, false},
	}
	for _, r := range rows {
		own, err := codecFor(driver.ProducerConfig{Compression: r.name, CompressionLevel: r.level})
		if (err == nil) != r.ok {
			t.Errorf("%s %d: got error %v, want ok %v", r.name, r.level, err, r.ok)
		}
		if back := codecOf(own); r.ok && (back.name != r.name || back.level != r.level) {
			t.Errorf("%s %d reads back as %s %d", r.name, r.level, back.name, back.level)
		}
	}
}
