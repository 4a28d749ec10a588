//go:build e2e

package e2e

import (
	"testing"

	"kbench/internal/result"
)

// TestTransactions holds what is read against what was committed, on an Apache Kafka.
func TestTransactions(t *testing.T) {
	ownCluster(t)
	t.Run("a million records, and the node killed", committedThroughAKill)
	for client, inFlight := range map[string]string{"confluent": "5", "franz": "5", "sarama": "1"} {
		t.Run("aborted ones are there for "+client, func(t *testing.T) { abortedAreThere(t, client, inFlight) })
	}
	for _, client := range []string{"confluent", "franz"} {
		t.Run("exactly once by "+client, func(t *testing.T) { exactlyOnce(t, client) })
	}
}

// committedSet fails unless readers got each record that was committed, once, and no other.
func committedSet(t *testing.T, trial *result.Trial) *result.Transactions {
	t.Helper()
	c, x := trial.Counts, trial.Transactions
	t.Logf("scheduled %d, acked %d, failed %d, unresolved %d, aborted %d, consumed %d; transactions %+v; warnings %q",
		c.Scheduled, c.Acked, c.Failed, c.Unresolved, c.Aborted, c.Consumed, x, trial.Warnings)
	if trial.Status != result.StatusOK || x == nil {
		t.Fatalf("the trial is %s: %s; transactions: %+v", trial.Status, trial.Failure, x)
	}
	checkCounts(t, trial)
	if !is(c.Lost, 0) || !is(c.Duplicated, 0) || !is(c.AbortedRead, 0) {
		t.Errorf("lost %s, duplicated %s, of aborted transactions and read %s; want 0 each", show(c.Lost), show(c.Duplicated), show(c.AbortedRead))
	}
	return x
}

func committedThroughAKill(t *testing.T) {
	trial := runScenario(t, `
name: million
preheat: 0s
load: {rate: 20k/s, warmup: 0s, records: 1M, drain: 2m}
producer: {idempotence: true, timeout: 60s, transaction: {records: 500, abort_ratio: 0.1}}
consumer: {isolation: read_committed}
faults: [{at: 15s, do: kill, node: leader, for: 3s}]
repeats: 1
`, "--cluster", "running").trial(t)
	x := committedSet(t, trial)
	theFault(t, trial)
	c := trial.Counts
	if c.Scheduled != 1_000_000 {
		t.Errorf("%d records were due, want a million", c.Scheduled)
	}
	// What failed stands in an aborted transaction; only of what is unresolved it is not known whether it was committed.
	if sure := c.Acked - c.Aborted; c.Consumed < sure || c.Consumed > sure+c.Unresolved {
		t.Errorf("%d records were read, want those of the %d acked that were not aborted, %d, and at most the %d unresolved ones beside them",
			c.Consumed, c.Acked, sure, c.Unresolved)
	}
	if part := float64(x.Aborted) / float64(x.Aborted+x.Committed+x.Unknown); part < 0.08 || part > 0.12 {
		t.Errorf("%.3f of the transactions were aborted, want about 0.1", part)
	}
}

// abortedAreThere proves that there was something not to be read: a group that reads uncommitted records gets the aborted ones
// too, of the same load.
func abortedAreThere(t *testing.T, client, inFlight string) {
	for isolation, all := range map[string]bool{"read_committed": false, "read_uncommitted": true} {
		trial := runScenario(t, `
name: isolation
preheat: 0s
load: {rate: 5k/s, warmup: 0s, records: 20k, drain: 1m}
producer: {idempotence: true, transaction: {records: 100, abort_ratio: 0.3}}
repeats: 1
`, "--cluster", "running", "--set", "producer.client="+client, "--set", "consumer.client="+client,
			"--set", "producer.max_in_flight="+inFlight, "--set", "consumer.isolation="+isolation).trial(t)
		c := trial.Counts
		if trial.Status != result.StatusOK || !is(c.Lost, 0) || !is(c.Duplicated, 0) {
			t.Errorf("%s: %s %s; lost %s, duplicated %s", isolation, trial.Status, trial.Failure, show(c.Lost), show(c.Duplicated))
		}
		want := c.Acked - c.Aborted
		if all {
			want = c.Acked
		} else {
			committedSet(t, trial)
		}
		if c.Consumed != want || c.Aborted == 0 {
			t.Errorf("%s: %d records were read, want %d; %d acked, %d of them aborted", isolation, c.Consumed, want, c.Acked, c.Aborted)
		}
	}
}

// exactlyOnce has two members write what they read to a second topic: each record must be there once.
func exactlyOnce(t *testing.T, client string) {
	trial := runScenario(t, `
name: exactly-once
preheat: 0s
load: {rate: 1k/s, warmup: 0s, records: 10k, drain: 2m}
producer: {idempotence: true}
consumer: {members: 2, isolation: read_committed, commit: none, start: earliest, forward: {records: 200}}
repeats: 1
`, "--cluster", "running", "--set", "producer.client="+client, "--set", "consumer.client="+client).trial(t)
	c, x := trial.Counts, trial.Transactions
	t.Logf("transactions %+v; warnings %q", x, trial.Warnings)
	if !is(c.Lost, 0) || !is(c.Duplicated, 0) || c.Consumed != 10_000 {
		t.Errorf("lost %s, duplicated %s, read %d; want 0, 0 and 10,000", show(c.Lost), show(c.Duplicated), c.Consumed)
	}
	if x == nil || x.Committed == 0 {
		t.Errorf("transactions are %+v, want some that were committed", x)
	}
}
