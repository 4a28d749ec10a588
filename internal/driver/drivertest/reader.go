package drivertest

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"kbench/internal/driver"
)

// A reader is a consumer that keeps what it reads.
type reader struct {
	driver.Consumer
	t      testing.TB
	cancel context.CancelFunc
	ended  chan struct{} // closed when Consume has returned
	err    error         // what it returned, once it has
	once   sync.Once
	each   func(count int) // called within fn

	mu  sync.Mutex
	got []message
}

type message struct {
	at         driver.Ack
	key, value []byte
	more       bool
	deliveries int32
}

func (m message) seq() uint64 { return binary.LittleEndian.Uint64(m.value) }

// readConfig returns settings that read a topic from its beginning and commit nothing.
func readConfig(topic, group string) driver.ConsumerConfig {
	cfg := driver.DefaultConsumer()
	cfg.Topic, cfg.Group, cfg.Start, cfg.Commit = topic, group, driver.StartEarliest, driver.CommitNone
	return cfg
}

// static returns cfg for partitions that are dealt out without the group.
func static(cfg driver.ConsumerConfig, partitions ...int32) driver.ConsumerConfig {
	cfg.Assign, cfg.Partitions = driver.AssignStatic, partitions
	return cfg
}

// consume opens a consumer and begins to read, until stop or t's end. each may be nil.
func (s suite) consume(t testing.TB, cfg driver.ConsumerConfig, each func(count int)) *reader {
	t.Helper()
	c, err := s.d.NewConsumer(t.Context(), s.cluster(), cfg)
	if err != nil {
		t.Fatalf("opening a consumer: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	r := &reader{Consumer: c, t: t, cancel: cancel, ended: make(chan struct{}), each: each}
	go func() {
		defer close(r.ended)
		r.err = c.Consume(ctx, r.keep)
	}()
	t.Cleanup(r.stop)
	return r
}

func (r *reader) keep(m *driver.Message) {
	r.mu.Lock()
	r.got = append(r.got, message{driver.Ack{Partition: m.Partition, Offset: m.Offset}, bytes.Clone(m.Key), bytes.Clone(m.Value), m.More, m.Deliveries})
	n := len(r.got)
	r.mu.Unlock()
	if r.each != nil {
		r.each(n)
	}
}

// end cancels, waits for Consume, and closes twice. It returns what went wrong. Again it does nothing.
func (r *reader) end() (err error) {
	r.t.Helper()
	r.once.Do(func() {
		r.cancel()
		select {
		case <-r.ended:
		case <-time.After(limit):
			r.t.Fatalf("Consume had not returned %s after its context ended", limit)
		}
		err = errors.Join(r.err, r.Close(), r.Close())
		if all := r.Errors(); all[driver.ErrClosed]+all[driver.ErrCanceled] > 0 {
			r.t.Errorf("errors by class are %v; its own end is none", all)
		}
	})
	return err
}

// stop ends the consumer, in which nothing may go wrong.
func (r *reader) stop() {
	r.t.Helper()
	if err := r.end(); err != nil {
		r.t.Errorf("ending the consumer: %v", err)
	}
}

// alive fails if Consume has returned.
func (r *reader) alive() {
	r.t.Helper()
	select {
	case <-r.ended:
		r.t.Fatalf("Consume has returned: %v", r.err)
	default:
	}
}

// messages returns what has been read so far.
func (r *reader) messages() []message {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]message(nil), r.got...)
}

// await waits until n messages have been read.
func (r *reader) await(n int) {
	r.t.Helper()
	group{r}.await(r.t, fmt.Sprintf("reading %d messages", n), n)
}

// read returns what the partitions of a topic hold, which must be n messages.
func (s suite) read(t testing.TB, topic string, partitions []int32, n int) []message {
	t.Helper()
	r := s.consume(t, static(readConfig(topic, topic+"-read"), partitions...), nil)
	r.await(n)
	r.stop()
	if got := len(r.messages()); got != n {
		t.Fatalf("%d messages were read, want %d", got, n)
	}
	return r.messages()
}
