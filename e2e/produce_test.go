//go:build e2e

package e2e

import (
	"maps"
	"slices"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"

	"kbench/internal/result"
)

const acksAndCompression = `
name: acks-compression
load: {rate: 5k/s, warmup: 500ms, measure: 1500ms, drain: 10s}
producer: {}
message: {size: 500B, compress_to: 0.3}
matrix:
  producer.acks: ["0", "1", all]
  producer.compression: [none, gzip, snappy, lz4, zstd]
repeats: 1
`

// acksAndCompression proves that what kbench counts as acked is what the brokers hold, and that the codec asked for is
// the one in their logs. A client that counts what it only queued, or a setting that never reaches the library, fails it.
func (k *kafka) acksAndCompression(t *testing.T) {
	r := runScenario(t, acksAndCompression, k.on("--keep-topics")...)
	if len(r.result.Trials) != 15 {
		t.Fatalf("%d trials, want 15", len(r.result.Trials))
	}
	sizes := map[string]map[string]int64{} // bytes on disk by acks and codec
	for _, trial := range r.result.Trials {
		k.deleteLater(t, trial.Cluster.Topic)
		acks, codec := setting(t, trial, "producer.acks"), setting(t, trial, "producer.compression")
		k.heldByBrokers(t, trial, acks)
		if got := k.codec(t, trial.Cluster.Topic); got != codec {
			t.Errorf("%s: the broker's batches are of codec %s", trial.Case, got)
		}
		if sizes[acks] == nil {
			sizes[acks] = map[string]int64{}
		}
		sizes[acks][codec] = k.diskBytes(t, trial.Cluster.Topic)
		if acks != "0" && !is(trial.Cluster.DiskBytes, sizes[acks][codec]) {
			t.Errorf("%s: disk_bytes is %s, the brokers say %d", trial.Case, show(trial.Cluster.DiskBytes), sizes[acks][codec])
		}
	}
	for _, acks := range slices.Sorted(maps.Keys(sizes)) {
		t.Logf("acks %s: bytes on disk %v", acks, sizes[acks])
		for codec, bytes := range sizes[acks] {
			// A third of each value and its stamp are random, so no codec can halve it twice.
			if none := sizes[acks]["none"]; codec != "none" && (bytes > none*4/5 || bytes < none/4) {
				t.Errorf("acks %s: %d bytes by %s, %d without", acks, bytes, codec, none)
			}
		}
	}
}

// heldByBrokers holds a trial's counts against end offsets. With acks 0 nobody promises that what was sent has arrived.
func (k *kafka) heldByBrokers(t *testing.T, trial *result.Trial, acks string) {
	t.Helper()
	if trial.Counts.Scheduled != 7500 || trial.WarmupCounts.Scheduled != 2500 {
		t.Errorf("%s: scheduled %d and %d, want 7500 and 2500", trial.Case, trial.Counts.Scheduled, trial.WarmupCounts.Scheduled)
	}
	acked, held := trial.Counts.Acked+trial.WarmupCounts.Acked, sum(k.ends(t, trial.Cluster.Topic))
	if acked != 10_000 {
		t.Errorf("%s: acked %d, want all 10000", trial.Case, acked)
	}
	if acks == "0" {
		t.Logf("%s: %d acked, the brokers hold %d", trial.Case, acked, held)
		if held > acked {
			t.Errorf("%s: the brokers hold %d records, more than the %d that were sent", trial.Case, held, acked)
		}
		if trial.Latency[result.Response] != nil || trial.Latency[result.Service] != nil {
			t.Errorf("%s: it has latencies of acks, and nothing was acknowledged", trial.Case)
		}
		return
	}
	if held != acked || trial.Cluster.EndOffsets != held {
		t.Errorf("%s: acked %d and end_offsets %d, the brokers hold %d", trial.Case, acked, trial.Cluster.EndOffsets, held)
	}
}

// codec returns the codec of a topic's batches by Kafka's name; they must all have the same.
func (k *kafka) codec(t *testing.T, topic string) string {
	t.Helper()
	seen := map[uint8]bool{}
	k.each(t, topic, func(r *kgo.Record) { seen[r.Attrs.CompressionType()] = true })
	if len(seen) != 1 {
		t.Errorf("%s has batches of codecs %v", topic, seen)
	}
	for number := range seen {
		return []string{"none", "gzip", "snappy", "lz4", "zstd"}[number]
	}
	return ""
}
