package drivertest

import (
	"context"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"kbench/internal/driver"
)

// A transactor is a sender whose records go into transactions.
type transactor struct {
	*sender
	driver.Transactional
}

// limited returns a context for a wait of the test.
func (x *transactor) limited() context.Context {
	ctx, cancel := context.WithTimeout(x.t.Context(), limit)
	x.t.Cleanup(cancel)
	return ctx
}

// transact opens a producer with transactions under an id, which lives as long as t.
func (s suite) transact(t *testing.T, topic, id string) *transactor {
	t.Helper()
	cfg := s.idempotent(config(topic))
	cfg.Transaction.Records, cfg.TransactionalID = 500, id
	x := s.open(t, cfg)
	tx, ok := x.Producer.(driver.Transactional)
	if !ok {
		t.Fatalf("a producer with transactions is a %T, which has no calls for them", x.Producer)
	}
	return &transactor{sender: x, Transactional: tx}
}

// begin begins a transaction of the records and hands them over.
func (x *transactor) begin(records []*driver.Record) {
	x.t.Helper()
	if err := x.Begin(); err != nil {
		x.t.Fatalf("beginning a transaction: %v", err)
	}
	ctx := x.limited()
	for _, r := range records {
		if err := x.send(ctx, r); err != nil {
			x.t.Fatalf("record %d: %v", r.Seq, err)
		}
	}
}

// want fails unless a transaction ended as it should have, and left no record without an ack.
func (x *transactor) want(want driver.Outcome, got driver.Outcome, err error) {
	x.t.Helper()
	wantOneLine(x.t, err)
	if got != want {
		x.t.Fatalf("the transaction's outcome is %s (%v), want %s", got, err, want)
	}
	x.settled()
}

// commitsAndAborts holds a reader of each isolation against what was committed.
func (s suite) commitsAndAborts(t *testing.T) {
	topic := s.topic(t, 1)
	x := s.transact(t, topic, topic)
	var committed, all []uint64
	for k := range 12 {
		batch := records(500*k, 500, false)
		x.begin(batch)
		commit := k%3 != 1
		var got driver.Outcome
		var err error
		if commit {
			got, err = x.Commit(x.limited())
			x.want(driver.Committed, got, err)
		} else {
			got, err = x.Abort(x.limited())
			x.want(driver.Aborted, got, err)
		}
		if err != nil {
			t.Errorf("transaction %d: %v", k, err)
		}
		for _, r := range batch {
			all = append(all, r.Seq)
			if commit {
				committed = append(committed, r.Seq)
			}
		}
	}
	x.acked()
	for isolation, want := range map[driver.Isolation][]uint64{driver.ReadCommitted: committed, driver.ReadUncommitted: all} {
		cfg := static(readConfig(topic, topic+"-"+string(isolation)), 0)
		cfg.Isolation = isolation
		r := s.consume(t, cfg, nil)
		r.await(len(want)) // the last transaction is a committed one, so nothing can come after these
		r.stop()
		got := r.messages()
		if len(got) != len(want) {
			t.Fatalf("%s: %d messages were read, want %d", isolation, len(got), len(want))
		}
		for i, m := range got {
			if m.seq() != want[i] {
				t.Fatalf("%s: message %d is record %d, want %d", isolation, i, m.seq(), want[i])
			}
		}
	}
}

// abortsFailed has one record of a transaction fail: none of the others may be read, and the next transaction may.
func (s suite) abortsFailed(t *testing.T) {
	topic := s.topic(t, 1)
	x := s.transact(t, topic, topic)
	bad := records(0, 3, false)
	bad[1].Value = make([]byte, 2<<20)
	noise := rand.NewChaCha8([32]byte{})
	noise.Read(bad[1].Value)
	x.begin(bad[:2])
	_ = x.send(x.limited(), bad[2]) // a library may refuse it, since it knows by now that the transaction is over
	got, err := x.Commit(x.limited())
	x.want(driver.Aborted, got, err)
	if err == nil {
		t.Error("a transaction was aborted instead of committed, and nobody says why")
	}
	x.begin(records(3, 5, false))
	got, err = x.Commit(x.limited())
	x.want(driver.Committed, got, err)
	cfg := static(readConfig(topic, topic+"-read"), 0)
	cfg.Isolation = driver.ReadCommitted
	r := s.consume(t, cfg, nil)
	r.await(5)
	r.stop()
	for i, m := range r.messages() {
		if m.seq() != uint64(3+i) {
			t.Errorf("message %d is record %d, want %d: the transaction before it was aborted", i, m.seq(), 3+i)
		}
	}
}

// fences opens a second producer under the id of a first, in the midst of a transaction.
func (s suite) fences(t *testing.T) {
	topic := s.topic(t, 1)
	x := s.transact(t, topic, topic)
	x.begin(records(0, 5, false))
	if err := x.Flush(x.limited()); err != nil {
		t.Fatal(err)
	}
	second := s.transact(t, topic, topic)
	got, err := x.Commit(x.limited())
	classes := []string{"PRODUCER_FENCED", "INVALID_PRODUCER_EPOCH"}
	if s.o.fake != nil {
		classes = append(classes, "INVALID_TXN_STATE") // its word by the newest form of the request
	}
	if got == driver.Committed || !slices.Contains(classes, driver.ClassOf(err)) {
		t.Errorf("the first producer's commit: %s, %v; want a class of %v", got, err, classes)
	}
	wantOneLine(t, err)
	if err := x.Begin(); err == nil {
		t.Error("a producer that was fenced begins another transaction")
	} else {
		wantOneLine(t, err)
	}
	second.begin(records(0, 5, false))
	got, err = second.Commit(second.limited())
	second.want(driver.Committed, got, err)
}

// leavesDoubt has brokers fall silent before a commit: nobody can say what became of it, and nothing hangs.
func (s suite) leavesDoubt(t *testing.T) {
	topic := s.topic(t, 1)
	x := s.transact(t, topic, topic)
	x.begin(records(0, 5, false))
	if err := x.Flush(x.limited()); err != nil {
		t.Fatal(err)
	}
	resume := s.o.Silence(t)
	t.Cleanup(resume)
	ctx, cancel := context.WithTimeout(x.limited(), 300*time.Millisecond)
	defer cancel()
	got, err := x.Commit(ctx)
	if class := driver.ClassOf(err); got != driver.Unknown || class != driver.ErrTimedOut {
		t.Errorf("a commit that nobody answers: %s, %v; want %s with class %s", got, err, driver.Unknown, driver.ErrTimedOut)
	}
	wantOneLine(t, err)
	x.close()
}

func (s suite) transactionCases() []testCase {
	all := []testCase{
		{"commits and aborts", s.commitsAndAborts},
		{"aborts what has failed", s.abortsFailed},
		{"fences", s.fences},
		{"forwards exactly once", s.forwards},
	}
	if s.o.Silence != nil {
		all = append(all, testCase{"leaves a commit in doubt", s.leavesDoubt})
	}
	return all
}
