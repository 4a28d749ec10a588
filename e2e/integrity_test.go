//go:build e2e

package e2e

import (
	"encoding/binary"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"kbench/internal/result"
)

// TestIntegrity does to records what kbench says that it would see: each is made to happen on Kafka, so often and no
// oftener, and must be counted as what it is.
func TestIntegrity(t *testing.T) {
	t.Parallel()
	k := up(t, 1)
	t.Run("truncated", k.truncated)
	t.Run("corrupt", k.corrupt)
	t.Run("answers lost", k.answersLost)
}

const account = `
name: account
topic: {partitions: 1}
load: {rate: 1k/s, warmup: 0s, measure: 8s, drain: 20s}
producer: {}
consumer: {start: earliest, commit_every: 100ms}
repeats: 1
`

// own returns the topic of the trial that runs now.
func (k *kafka) own(t *testing.T, prefix string) string {
	t.Helper()
	names := slices.DeleteFunc(k.topics(t), func(name string) bool { return !strings.HasPrefix(name, prefix) })
	if len(names) != 1 {
		t.Fatalf("topics %q, want one that begins with %s", names, prefix)
	}
	return names[0]
}

// truncated proves that what retention takes away before it was read is told from what is lost: the group is held up, a
// hundred records that it has not had are deleted, and that many are truncated.
func (k *kafka) truncated(t *testing.T) {
	p := k.inFront(t)
	c := startScenario(t, account, "--brokers", p.addr)
	c.await("its first second", second(time.Second))
	p.holdFetches()
	topic := k.own(t, "kbench-account-")
	var at int64
	still := func(since time.Time) bool { // what came before has been read and committed
		if now := k.committed(t, topic+"-g1", topic)[0]; now != at {
			at = now
			return false
		}
		return time.Since(since) > 2*time.Second && at > 0
	}
	eventually(t, "the group to stand still", still)
	eventually(t, "more records", func(time.Time) bool { return k.ends(t, topic)[0] >= at+500 })
	var offsets kadm.Offsets
	offsets.Add(kadm.Offset{Topic: topic, Partition: 0, At: at + 100})
	deleted, err := k.admin.DeleteRecords(asking(t), offsets)
	if err == nil {
		err = deleted.Error()
	}
	if err != nil {
		t.Fatal(err)
	}
	p.passFetches()
	trial := asPlanned(t, c.finish()).trial(t)
	if n := trial.Counts; !is(n.Truncated, 100) || !is(n.Lost, 0) {
		t.Errorf("truncated %s, lost %s; want the 100 that were deleted, and 0", show(n.Truncated), show(n.Lost))
	}
}

// corrupt proves that one byte that is not as it was sent shows, as one record: another producer writes a copy of one
// of kbench's own with one bit flipped.
func (k *kafka) corrupt(t *testing.T) {
	c := startScenario(t, account, k.on()...)
	c.await("its first second", second(time.Second))
	topic := k.own(t, "kbench-account-")
	var copied []byte
	k.each(t, topic, func(r *kgo.Record) { copied = slices.Clone(r.Value) })
	copied[len(copied)-1] ^= 1
	client, err := kgo.NewClient(kgo.SeedBrokers(k.cluster.Brokers()...), kgo.DefaultProduceTopic(topic))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	if err := client.ProduceSync(asking(t), &kgo.Record{Value: copied}).FirstErr(); err != nil {
		t.Fatal(err)
	}
	trial := asPlanned(t, c.finish()).trial(t)
	if n := trial.Counts; !is(n.Corrupt, 1) || !is(n.Lost, 0) || !is(n.Duplicated, 0) {
		t.Errorf("corrupt %s, lost %s, duplicated %s; want the one that was written, 0 and 0", show(n.Corrupt), show(n.Lost), show(n.Duplicated))
	}
	found(t, trial, "corrupt", result.Violation)
}

// answersLost proves that duplicates which retries make are counted, as many as the log has, and that idempotence makes
// none: the broker appends, and the connection ends before its answer is there.
func (k *kafka) answersLost(t *testing.T) {
	for client, inFlight := range map[string]string{"confluent": "5", "franz": "5", "sarama": "1"} { // what each can with idempotence
		for _, idempotent := range []string{"false", "true"} {
			t.Run(client+"/idempotence "+idempotent, func(t *testing.T) {
				p := k.inFront(t)
				p.cutAnswers(func(n int) bool { return n%40 == 0 && n <= 400 })
				trial := runScenario(t, account, "--brokers", p.addr, "--keep-topics", "--set", "load.measure=4s", "--set", "producer.max_in_flight="+inFlight,
					"--set", "producer.client="+client, "--set", "producer.idempotence="+idempotent).trial(t)
				n, want := trial.Counts, k.twice(t, trial.Cluster.Topic)
				t.Logf("%d answers lost, %s duplicated, the log has %d records twice", p.cuts, show(n.Duplicated), want)
				if p.cuts == 0 || !is(n.Duplicated, want) || (want == 0) != (idempotent == "true") {
					t.Errorf("%d answers lost, %s duplicated, the log has %d twice; want some, as many as the log, and none with idempotence", p.cuts, show(n.Duplicated), want)
				}
				if want > 0 {
					found(t, trial, "duplicated", result.Expected)
				}
				if !is(n.Lost, 0) {
					t.Errorf("lost %s: each was sent again", show(n.Lost))
				}
			})
		}
	}
}

// found holds a trial to having judged its only finding so.
func found(t *testing.T, trial *result.Trial, what, level string) {
	t.Helper()
	if f := trial.Integrity; len(f) != 1 || f[0].What != what || f[0].Level != level {
		t.Errorf("found %+v, want %s %s", f, level, what)
	}
}

// twice returns how many copies a topic has of records that it had already.
func (k *kafka) twice(t *testing.T, topic string) (copies int64) {
	t.Helper()
	had := map[uint64]bool{} // by seq; there is one producer
	k.each(t, topic, func(r *kgo.Record) {
		const flagsAt, probe, seqAt = 5, 1, 16
		if r.Value[flagsAt]&probe != 0 {
			return
		}
		seq := binary.LittleEndian.Uint64(r.Value[seqAt:])
		if had[seq] {
			copies++
		}
		had[seq] = true
	})
	return copies
}
