package drivertest

import (
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"kbench/internal/driver"
)

// forwards has the members of a group write what they read to another topic, while one comes and one goes: each record must be
// there once. A library that can't must say so.
func (s suite) forwards(t *testing.T) {
	const n = 4000
	from, to := s.topic(t, 2), s.topic(t, 2)
	cfg := readConfig(from, from+"-group")
	cfg.Isolation, cfg.Forward.Records, cfg.Forward.Topic = driver.ReadCommitted, 50, to
	if err := s.d.CheckConsumer(cfg); errors.Is(err, driver.ErrUnsupported) {
		_, opening := s.d.NewConsumer(t.Context(), s.cluster(), cfg)
		wantUnsupported(t, "writing what it reads", opening, err)
		return
	}
	var committed atomic.Int64
	cfg.Forward.Ended = func(outcome driver.Outcome, reason error, commit time.Duration) {
		if outcome == driver.Committed {
			committed.Add(1)
		}
		if outcome != driver.Committed && reason == nil || commit <= 0 {
			t.Errorf("a transaction ended within %s: %s, and nobody says why", commit, outcome)
		}
	}
	member := func(i int) *reader {
		c := cfg
		c.Forward.TransactionalID = fmt.Sprintf("%s-%d", from, i)
		return s.consume(t, c, nil)
	}
	read := static(readConfig(to, to+"-read"), 0, 1)
	read.Isolation = driver.ReadCommitted
	out := s.consume(t, read, nil)

	in := config(from)
	in.Partitioner = driver.PartitionerManual
	x := s.open(t, in)
	send := func(first int) {
		batch := records(first, n/2, true)
		for i, r := range batch {
			r.Partition = int32(i % 2)
		}
		x.sendAll(batch)
	}
	first := member(1)
	send(0)
	out.await(n / 4)
	member(2)
	send(n / 2)
	out.await(3 * n / 4)
	first.stop()
	out.await(n)
	out.stop()
	seen := map[uint64]int{}
	for _, m := range out.messages() {
		seen[m.seq()]++
	}
	if len(out.messages()) != n || len(seen) != n {
		t.Errorf("%d messages were read, of %d records; want each of %d once", len(out.messages()), len(seen), n)
	}
	if got := committed.Load(); got < n/50/2 {
		t.Errorf("%d transactions were committed; want at least half of the %d that the records fill", got, n/50)
	}
}
