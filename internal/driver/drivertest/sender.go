package drivertest

import (
	"context"
	"encoding/binary"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"kbench/internal/driver"
)

// A sender is a producer whose every ack is kept. Records are told apart by Seq, from 0.
type sender struct {
	driver.Producer
	t testing.TB

	mu       sync.Mutex
	acks     [][]answer // by Seq
	accepted []bool     // by Seq
	waited   time.Duration
	followed int         // acks that say that they were there with the one before
	inside   atomic.Bool // an ack is being given
	overlap  atomic.Bool // two were at once
}

type answer struct {
	at  driver.Ack
	err error
}

// config returns settings for tests: as a scenario's defaults, with a shorter timeout.
func config(topic string) driver.ProducerConfig {
	cfg := driver.DefaultProducer()
	cfg.Topic, cfg.Timeout, cfg.Linger, cfg.SeqOf = topic, 20e9, 1e6, seqOf
	return cfg
}

// seqOf reads what records wrote.
func seqOf(value []byte) (seq uint64, ok bool) {
	if len(value) < 8 {
		return 0, false
	}
	return binary.LittleEndian.Uint64(value), true
}

// open returns a producer that is closed with t.
func (s suite) open(t testing.TB, cfg driver.ProducerConfig) *sender {
	t.Helper()
	x := &sender{t: t}
	p, err := s.d.NewProducer(t.Context(), s.cluster(), cfg, x.ack)
	if err != nil {
		t.Fatalf("opening a producer: %v", err)
	}
	x.Producer = p
	t.Cleanup(func() { x.close() })
	return x
}

func (x *sender) close() {
	x.t.Helper()
	if err := x.Close(); err != nil {
		x.t.Errorf("closing the producer: %v", err)
	}
	if x.overlap.Load() {
		x.t.Error("two acks were given at once")
	}
}

func (x *sender) ack(r *driver.Record, at driver.Ack, err error) {
	if x.inside.Swap(true) {
		x.overlap.Store(true)
	}
	follows := at.Follows
	at.Follows = false // places are compared
	x.mu.Lock()
	x.acks[r.Seq] = append(x.acks[r.Seq], answer{at, err})
	if follows {
		x.followed++
	}
	x.mu.Unlock()
	x.inside.Store(false)
}

// send sends r, and returns Send's error.
func (x *sender) send(ctx context.Context, r *driver.Record) error {
	x.t.Helper()
	x.mu.Lock()
	for int(r.Seq) >= len(x.acks) {
		x.acks, x.accepted = append(x.acks, nil), append(x.accepted, false)
	}
	x.accepted[r.Seq] = true
	x.mu.Unlock()
	waited, err := x.Send(ctx, r)
	x.mu.Lock()
	defer x.mu.Unlock()
	if waited < 0 {
		x.t.Errorf("record %d: Send says that it waited for %s", r.Seq, waited)
	}
	x.waited += waited
	x.accepted[r.Seq] = err == nil
	return err
}

// sendAll sends every record and waits for all acks.
func (x *sender) sendAll(records []*driver.Record) {
	x.t.Helper()
	ctx, cancel := context.WithTimeout(x.t.Context(), limit)
	defer cancel()
	for _, r := range records {
		if err := x.send(ctx, r); err != nil {
			x.t.Fatalf("record %d: %v", r.Seq, err)
		}
	}
	if err := x.Flush(ctx); err != nil {
		x.t.Fatalf("flushing %d records: %v", len(records), err)
	}
	x.settled()
	if n := x.Stats().Queued; n != 0 {
		x.t.Errorf("after Flush %d records are queued, want 0", n)
	}
}

// settled fails unless each accepted record has had one ack, and each other none. It returns the acks, by Seq.
func (x *sender) settled() []answer {
	x.t.Helper()
	x.mu.Lock()
	defer x.mu.Unlock()
	one := make([]answer, len(x.acks))
	for seq, got := range x.acks {
		want := 0
		if x.accepted[seq] {
			want = 1
		}
		if len(got) != want {
			x.t.Fatalf("record %d: %d acks, want %d: %v", seq, len(got), want, got)
		}
		if want == 1 {
			one[seq] = got[0]
			wantOneLine(x.t, got[0].err)
		}
	}
	return one
}

// wantOneLine fails where an error takes more than one line of a record or a terminal.
func wantOneLine(t testing.TB, err error) {
	t.Helper()
	if err != nil && strings.Contains(err.Error(), "\n") {
		t.Errorf("the error has more than one line: %v", err)
	}
}

// acked is settled where no record may have failed.
func (x *sender) acked() []answer {
	x.t.Helper()
	all := x.settled()
	for seq, a := range all {
		if a.err != nil {
			x.t.Fatalf("record %d: %v", seq, a.err)
		}
	}
	return all
}

// records returns n records of 100 bytes that tell their Seq, numbered from first. Every second one has a key, if keys.
func records(first, n int, keys bool) []*driver.Record {
	all := make([]*driver.Record, n)
	for i := range all {
		seq := uint64(first + i)
		value := make([]byte, 100)
		binary.LittleEndian.PutUint64(value, seq)
		all[i] = &driver.Record{Value: value, Partition: -1, Seq: seq}
		if keys && i%2 == 1 {
			all[i].Key = fmt.Appendf(nil, "key-%d", seq)
		}
	}
	return all
}
