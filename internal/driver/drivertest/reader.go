package drivertest

import (
	"bytes"
	"context"
	"encoding/binary"
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
	ended  chan error // holds what Consume returned
	once   sync.Once
	each   func(count int) // called within fn

	mu  sync.Mutex
	got []message
}

type message struct {
	at         driver.Ack
	key, value []byte
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
	r := &reader{Consumer: c, t: t, cancel: cancel, ended: make(chan error, 1), each: each}
	go func() { r.ended <- c.Consume(ctx, r.keep) }()
	t.Cleanup(r.stop)
	return r
}

func (r *reader) keep(m *driver.Message) {
	r.mu.Lock()
	r.got = append(r.got, message{driver.Ack{Partition: m.Partition, Offset: m.Offset}, bytes.Clone(m.Key), bytes.Clone(m.Value)})
	n := len(r.got)
	r.mu.Unlock()
	if r.each != nil {
		r.each(n)
	}
}

// stop cancels, waits for Consume, and closes. Again it does nothing.
func (r *reader) stop() {
	r.t.Helper()
	r.once.Do(func() {
		r.cancel()
		select {
		case err := <-r.ended:
			if err != nil {
				r.t.Errorf("consuming: %v", err)
			}
		case <-time.After(limit):
			r.t.Fatalf("Consume had not returned %s after its context ended", limit)
		}
		for range 2 {
			if err := r.Close(); err != nil {
				r.t.Errorf("closing the consumer: %v", err)
			}
		}
	})
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
	eventually(r.t, fmt.Sprintf("reading %d messages", n), func() bool { return len(r.messages()) >= n })
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
