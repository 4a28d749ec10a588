//go:build e2e

package e2e

import (
	"context"
	"maps"
	"strconv"
	"testing"
	"time"

	"kbench/internal/result"
)

const groups = `
name: groups
topic: {partitions: 6}
load: {rate: 2k/s, warmup: 500ms, measure: 1s, drain: 15s}
producer: {}
consumer: {groups: 2, members: 3, commit_every: 200ms}
matrix:
  consumer.assign: [subscribe, static]
  consumer.protocol: [classic, consumer]
  consumer.commit: [auto, sync, async, none]
repeats: 1
`

// groups proves that each of two groups reads every record once, however partitions are dealt out, and that what kbench
// says was committed is what the broker holds. A commit at the end that is forgotten, or one made under commit none,
// shows only on the broker.
func (k *kafka) groups(t *testing.T) {
	// A static assignment has no group protocol, so one word of it is enough.
	r := runScenario(t, groups, k.on("--keep-topics", "--only", "assign=subscribe,*", "--only", "assign=static,protocol=classic,*")...)
	if len(r.result.Trials) != 12 {
		t.Fatalf("%d trials, want 12", len(r.result.Trials))
	}
	for _, trial := range r.result.Trials {
		k.deleteLater(t, trial.Cluster.Topic)
		if trial.Counts.Acked != 2000 {
			t.Errorf("%s: acked %d, want 2000", trial.Case, trial.Counts.Acked)
		}
		readByAll(t, trial, 2)
		ends, commit := k.ends(t, trial.Cluster.Topic), setting(t, trial, "consumer.commit")
		for _, g := range trial.Groups {
			got := k.committed(t, g.Name, trial.Cluster.Topic)
			if commit == "none" {
				if len(got) != 0 || g.Committed != nil {
					t.Errorf("%s: %s has committed %v, the record says %s; want none", trial.Case, g.Name, got, show(g.Committed))
				}
				continue
			}
			if !maps.Equal(got, ends) || !is(g.Committed, sum(ends)) || g.End != sum(ends) {
				t.Errorf("%s: %s: the broker holds commits %v and ends %v; the record says %s of %d", trial.Case, g.Name, got, ends, show(g.Committed), g.End)
			}
		}
	}
}

const readBack = `
name: read-back
load: {rate: 5k/s, warmup: 200ms, measure: 800ms, drain: 15s}
producer: {}
consumer: {}
matrix: {producer.acks: ["1", all]}
repeats: 6
`

// readBack proves that nothing counts as lost on brokers that replicate. With acks 1 a record is acked before consumers
// may see it, so a trial that asks where the log ends too soon stops its readers too soon.
func (k *kafka) readBack(t *testing.T) {
	for _, trial := range runScenario(t, readBack, k.on()...).result.Trials {
		if trial.Counts.Acked != 4000 {
			t.Errorf("%s r%d: acked %d, want 4000", trial.Case, trial.Repeat, trial.Counts.Acked)
		}
		readByAll(t, trial, 1)
	}
}

// readByAll holds a trial to every group having read every record once.
func readByAll(t *testing.T, trial *result.Trial, groups int64) {
	t.Helper()
	c := trial.Counts
	if c.Consumed != groups*c.Acked {
		t.Errorf("%s: consumed %d, want %d times %d", trial.Case, c.Consumed, groups, c.Acked)
	}
	if !is(c.Lost, 0) || !is(c.Duplicated, 0) || !is(c.Reordered, 0) || !is(c.Corrupt, 0) || !is(c.Truncated, 0) {
		t.Errorf("%s: lost %s, duplicated %s, reordered %s, corrupt %s, truncated %s; want 0 of each", trial.Case,
			show(c.Lost), show(c.Duplicated), show(c.Reordered), show(c.Corrupt), show(c.Truncated))
	}
	if int64(len(trial.Groups)) != groups {
		t.Errorf("%s: %d groups, want %d", trial.Case, len(trial.Groups), groups)
	}
	for _, g := range trial.Groups {
		if g.Consumed != c.Acked {
			t.Errorf("%s: %s consumed %d of %d", trial.Case, g.Name, g.Consumed, c.Acked)
		}
	}
}

const startWhere = `
name: start
topic: {name: e2e-start}
load: {warmup: 0s, measure: 2s}
consumer: {}
repeats: 1
`

// start proves that a group without commits begins where it is told: at the first record, or at those that come after
// it. Reading a topic that already has records is the only case in which the two differ.
func (k *kafka) start(t *testing.T) {
	const topic, before = "e2e-start", 50_000
	k.createTopic(t, topic, 3)
	if err := k.write(t.Context(), topic, before); err != nil {
		t.Fatal(err)
	}
	trial := runScenario(t, startWhere, k.on("--set", "consumer.start=earliest")...).trial(t)
	if trial.Counts.Consumed != before {
		t.Errorf("earliest: consumed %d, want all %d", trial.Counts.Consumed, before)
	}

	// Records come all the time, since nobody tells when the group is there; far fewer of them than were there before.
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	written := make(chan int, 1)
	go func() {
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		n := 0
		for ; ctx.Err() == nil && n < before/2; <-tick.C {
			if k.write(ctx, topic, 10) == nil {
				n += 10
			}
		}
		written <- n
	}()
	trial = runScenario(t, startWhere, k.on("--set", "consumer.start=latest")...).trial(t)
	stop()
	n := <-written
	t.Logf("latest: consumed %d of %d that came meanwhile, with %d before", trial.Counts.Consumed, n, before)
	if got := trial.Counts.Consumed; got == 0 || got > int64(n)+10 { // a last write may have been cut short
		t.Errorf("latest: consumed %d, want some of the %d that came meanwhile and none of the %d before", got, n, before)
	}
}

const namedTopic = `
name: named
topic: {name: e2e-named}
load: {rate: 1k/s, warmup: 500ms, measure: 1s, drain: 15s}
producer: {}
consumer: {}
matrix: {consumer.start: [earliest, latest]}
repeats: 1
`

// namedTopic proves that a topic of the user's own survives kbench with all its records, that others' records in it are
// never taken for the trial's, and that kbench's groups go all the same.
func (k *kafka) namedTopic(t *testing.T) {
	const topic, before = "e2e-named", 5000
	k.createTopic(t, topic, 3)
	if err := k.write(t.Context(), topic, before); err != nil {
		t.Fatal(err)
	}
	r := runScenario(t, namedTopic, k.on()...)
	var acked int64
	for _, trial := range r.result.Trials {
		readByAll(t, trial, 1)
		if trial.Counts.Acked != 1000 {
			t.Errorf("%s: acked %d, want 1000", trial.Case, trial.Counts.Acked)
		}
		acked += trial.Counts.Acked + trial.WarmupCounts.Acked
	}
	if held := sum(k.ends(t, topic)); held < before+acked { // and some probes, to find out whether consumers are ready
		t.Errorf("the topic holds %d records, fewer than %d before and %d acked", held, before, acked)
	}
	groups, err := k.admin.ListGroups(asking(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, trial := range r.result.Trials {
		if name := trial.Groups[0].Name; groups[name].Group != "" {
			t.Errorf("%s is left on the broker", name)
		}
	}
}

// preload proves that what a consume-only scenario writes first is all there, and read once.
func (k *kafka) preload(t *testing.T) {
	const n = 200_000
	out := t.TempDir()
	flags := k.on("--out", out, "--repeats", "1", "--keep-topics", "--set", "preload="+strconv.Itoa(n), "--set", "load.warmup=0s")
	r := asPlanned(t, running{start(t, append([]string{"run", "consume-max"}, flags...)...), out}.finish())
	if len(r.result.Trials) != 2 {
		t.Fatalf("%d trials, want 2", len(r.result.Trials))
	}
	for _, trial := range r.result.Trials {
		k.deleteLater(t, trial.Cluster.Topic)
		read, held := trial.Counts.Consumed, sum(k.ends(t, trial.Cluster.Topic))
		t.Logf("%s: read %d, %.0f/s", trial.Case, read, trial.Rates.ConsumedPerS)
		if read != n || held != n {
			t.Errorf("%s: read %d, the broker holds %d, want %d", trial.Case, read, held, n)
		}
	}
}

const numberOfRecords = `
name: number-of-records
load: {warmup: 0s, records: 1k}
preload: 3k
consumer: {start: earliest, processing: 1ms}
repeats: 1
`

// numberOfRecords proves that a trial that is to read a number of records reads that many, however slowly.
func (k *kafka) numberOfRecords(t *testing.T) {
	trial := runScenario(t, numberOfRecords, k.on()...).trial(t)
	if n := trial.Counts.Consumed; n < 1000 || n >= 3000 {
		t.Errorf("consumed %d, want 1000 and little more", n)
	}
}
