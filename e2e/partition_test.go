//go:build e2e

package e2e

import (
	"encoding/hex"
	"hash/crc32"
	"hash/fnv"
	"slices"
	"strconv"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"

	"kbench/internal/load"
	"kbench/internal/result"
)

const (
	parts     = 7 // a prime: no hash's low bits alone decide
	producers = 3
	allSent   = 6000
)

const partitioners = `
name: partitioners
topic: {partitions: 7}
load: {rate: 4k/s, warmup: 0s, measure: 1500ms, drain: 10s}
producer: {count: 3}
matrix:
  producer.partitioner: [sticky, round_robin, random, murmur2, crc32, fnv1a, manual]
  message.keys.count: ["0", "500"]
repeats: 1
`

// A placed is a record as the broker has it.
type placed struct {
	key       []byte
	partition int32
	producer  uint32
	seq       uint64
}

// partitioners proves on the broker that each partitioner puts records where its definition says: kbench names
// partitions itself for some of them, and for others only chooses among the library's, so either can be wrong unseen.
func (k *kafka) partitioners(t *testing.T) {
	r := runScenario(t, partitioners, k.on("--keep-topics")...)
	if len(r.result.Trials) != 14 {
		t.Fatalf("%d trials, want 14", len(r.result.Trials))
	}
	table := load.StampTable()
	for _, trial := range r.result.Trials {
		topic := trial.Cluster.Topic
		k.deleteLater(t, topic)
		var records []placed
		k.each(t, topic, func(r *kgo.Record) {
			s, err := load.ReadStamp(r.Value, table)
			if err != nil {
				t.Errorf("%s: partition %d, offset %d: %v", trial.Case, r.Partition, r.Offset, err)
			}
			records = append(records, placed{slices.Clone(r.Key), r.Partition, s.Producer, s.Seq})
		})
		if len(records) != allSent || trial.Counts.Acked != allSent {
			t.Errorf("%s: %d records on the broker, %d acked, want %d", trial.Case, len(records), trial.Counts.Acked, allSent)
		}
		ends := k.ends(t, topic)
		for _, p := range trial.Partitions {
			if p.Acked != ends[p.Partition] {
				t.Errorf("%s: partition %d: %d acked, the broker holds %d", trial.Case, p.Partition, p.Acked, ends[p.Partition])
			}
		}
		k.placement(t, trial, records)
	}
}

// placement holds records against the definition of the trial's partitioner.
func (k *kafka) placement(t *testing.T, trial *result.Trial, records []placed) {
	t.Helper()
	name, keyed := setting(t, trial, "producer.partitioner"), setting(t, trial, "message.keys.count") != "0"
	switch {
	case name == "round_robin":
		for _, r := range records { // each producer on its own, so that their sum is even too
			if want := int32((r.seq + uint64(r.producer)) % parts); r.partition != want {
				t.Errorf("%s: record %d of producer %d is on partition %d, want %d", trial.Case, r.seq, r.producer, r.partition, want)
				break
			}
		}
	case name == "random":
		random(t, trial, records)
	case name == "manual" && !keyed:
		byProducer(t, trial, records)
	case !keyed: // sticky, and what the hashes do without a key, which is the library's choice and the same
		sticks(t, trial, records)
	default:
		where := reference(name)
		for _, r := range records {
			if want := where(r.key); r.partition != want {
				t.Errorf("%s: key %s is on partition %d, want %d", trial.Case, r.key, r.partition, want)
				break
			}
		}
		if name == "murmur2" {
			sameAsJava(t, trial, records)
		}
	}
}

func spread(records []placed) []int {
	counts := make([]int, parts)
	for _, r := range records {
		counts[r.partition]++
	}
	return counts
}

// random tests by chi-square that each partition is as likely, and that partitions change within what would be one batch.
func random(t *testing.T, trial *result.Trial, records []placed) {
	t.Helper()
	const critical = 38.26 // 6 degrees of freedom; a fair choice is above once in a million
	x, want := 0.0, float64(len(records))/parts
	for _, n := range spread(records) {
		x += (float64(n) - want) * (float64(n) - want) / want
	}
	length := runLength(records)
	t.Logf("%s: chi-square %.1f (limit %.2f), runs of %.2f records", trial.Case, x, critical, length)
	if x > critical || length > 2 {
		t.Errorf("%s: spread %v, runs of %.2f records: not random", trial.Case, spread(records), length)
	}
}

// sticks tests that records in a row share a partition, and that in the end all partitions get some.
func sticks(t *testing.T, trial *result.Trial, records []placed) {
	t.Helper()
	length := runLength(records)
	t.Logf("%s: runs of %.1f records, spread %v", trial.Case, length, spread(records))
	// 10 ms of 1,333 records a second is 13; a choice for each record would make 1.2.
	if length < 5 || slices.Min(spread(records)) == 0 {
		t.Errorf("%s: runs of %.1f records, spread %v: it does not stick, or leaves partitions out", trial.Case, length, spread(records))
	}
}

// runLength returns how many records that a producer sent in a row went to one partition, on average.
func runLength(records []placed) float64 {
	sorted := slices.SortedFunc(slices.Values(records), func(a, b placed) int {
		if a.producer != b.producer {
			return int(a.producer) - int(b.producer)
		}
		return int(a.seq) - int(b.seq)
	})
	runs := 0
	for i, r := range sorted {
		if i == 0 || r.producer != sorted[i-1].producer || r.partition != sorted[i-1].partition {
			runs++
		}
	}
	return float64(len(records)) / float64(max(runs, 1))
}

// byProducer tests that producer i writes to partitions i, i+3, ... in turn.
func byProducer(t *testing.T, trial *result.Trial, records []placed) {
	t.Helper()
	for _, r := range records {
		own := (parts - uint64(r.producer) + producers - 1) / producers
		want := int32(uint64(r.producer) + r.seq%own*producers)
		if r.partition != want {
			t.Errorf("%s: record %d of producer %d is on partition %d, want %d", trial.Case, r.seq, r.producer, r.partition, want)
			return
		}
	}
}

// reference returns where a key belongs, by implementations that are not kbench's: franz-go's of Kafka's murmur2 and of
// Sarama's FNV-1a, which librdkafka took over, and Go's CRC-32.
func reference(name string) func(key []byte) int32 {
	byHash := func(h kgo.PartitionerHasher) func([]byte) int32 {
		topic := kgo.StickyKeyPartitioner(h).ForTopic("")
		return func(key []byte) int32 { return int32(topic.Partition(&kgo.Record{Key: key}, parts)) }
	}
	switch name {
	case "crc32":
		return func(key []byte) int32 { return int32(crc32.ChecksumIEEE(key) % parts) }
	case "fnv1a":
		return byHash(kgo.SaramaCompatHasher(func(key []byte) uint32 {
			h := fnv.New32a()
			h.Write(key)
			return h.Sum32()
		}))
	case "manual": // the key's own index, which it spells out
		return func(key []byte) int32 {
			n, err := strconv.ParseUint(string(key), 16, 64)
			if err != nil {
				return -1
			}
			return int32(n % parts)
		}
	default:
		return byHash(nil)
	}
}

// sameAsJava asks Kafka's own Java code where keys belong.
func sameAsJava(t *testing.T, trial *result.Trial, records []placed) {
	t.Helper()
	where := map[string]int32{}
	var args []string
	for _, r := range records {
		if _, known := where[string(r.key)]; !known {
			args = append(args, hex.EncodeToString(r.key))
		}
		where[string(r.key)] = r.partition
	}
	lines := java(t, "Murmur2.java", append([]string{strconv.Itoa(parts)}, args...)...)
	if len(lines) != len(args) || len(args) < 400 {
		t.Fatalf("%d answers for %d keys", len(lines), len(args))
	}
	for i, line := range lines {
		key, _ := hex.DecodeString(args[i])
		if want := strconv.Itoa(int(where[string(key)])); line != want {
			t.Errorf("%s: Java puts key %s on partition %s, kbench on %s", trial.Case, key, line, want)
		}
	}
}
