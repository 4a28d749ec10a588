//go:build e2e

package e2e

import (
	"maps"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"
)

const pairs = `
name: pairs
topic: {partitions: 7}
load: {rate: 4k/s, warmup: 0s, records: 4k, drain: 20s}
producer: {compression: zstd}
consumer: {}
message: {keys: {count: 200}}
matrix:
  producer.client: [confluent, franz, sarama]
  consumer.client: [confluent, franz, sarama]
repeats: 1
`

// clients proves that what each client writes each of them reads, once and whole.
func (k *kafka) clients(t *testing.T) {
	r := runScenario(t, pairs, k.on("--keep-topics")...)
	if len(r.result.Trials) != 9 {
		t.Fatalf("%d trials, want 9", len(r.result.Trials))
	}
	for _, trial := range r.result.Trials {
		k.deleteLater(t, trial.Cluster.Topic)
		if p, c := setting(t, trial, "producer.client"), setting(t, trial, "consumer.client"); trial.Client.Producer.Name != p || trial.Client.Consumer.Name != c {
			t.Errorf("%s: carried out by %s and %s", trial.Case, trial.Client.Producer.Name, trial.Client.Consumer.Name)
		}
		n := trial.Counts
		if n.Acked != 4000 || n.Consumed != 4000 || !is(n.Lost, 0) || !is(n.Duplicated, 0) || !is(n.Reordered, 0) || !is(n.Corrupt, 0) {
			t.Errorf("%s: acked %d, consumed %d, lost %s, duplicated %s, reordered %s, corrupt %s; want 4000 of each, and none", trial.Case,
				n.Acked, n.Consumed, show(n.Lost), show(n.Duplicated), show(n.Reordered), show(n.Corrupt))
		}
		if got := k.codec(t, trial.Cluster.Topic); got != "zstd" {
			t.Errorf("%s: the broker's batches are of codec %s", trial.Case, got)
		}
	}
}

const sameKeys = `
name: same-keys
topic: {partitions: 7}
load: {rate: 4k/s, warmup: 0s, records: 4k, drain: 20s}
producer: {}
message: {keys: {count: 500}}
matrix:
  producer.client: [confluent, franz, sarama]
  producer.partitioner: [murmur2, crc32, fnv1a]
repeats: 1
`

// sameKeys proves on the broker that a key's partition does not hang on the client that sends it: who reads by key may
// change a producer's library.
func (k *kafka) sameKeys(t *testing.T) {
	r := runScenario(t, sameKeys, k.on("--keep-topics")...)
	if len(r.result.Trials) != 9 {
		t.Fatalf("%d trials, want 9", len(r.result.Trials))
	}
	first := map[string]map[string]int32{} // partitions of keys, by partitioner
	for _, trial := range r.result.Trials {
		k.deleteLater(t, trial.Cluster.Topic)
		name, found := setting(t, trial, "producer.partitioner"), map[string]int32{}
		where := reference(name)
		k.each(t, trial.Cluster.Topic, func(r *kgo.Record) {
			if want := where(r.Key); r.Partition != want {
				t.Errorf("%s: key %s is on partition %d, want %d", trial.Case, r.Key, r.Partition, want)
			}
			found[string(r.Key)] = r.Partition
		})
		if len(found) < 450 {
			t.Errorf("%s: %d keys of 500 in 4000 records", trial.Case, len(found))
		}
		if first[name] == nil {
			first[name] = found
		} else if !maps.Equal(first[name], found) {
			t.Errorf("%s: keys are on other partitions than another client put them", trial.Case)
		}
	}
}
