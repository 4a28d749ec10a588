package drivertest

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"

	"kbench/internal/driver"
)

// waitsWhileFull sends far more than fits, without ever hurrying the library.
func (s suite) waitsWhileFull(t *testing.T) {
	cfg := config(s.topic(t, 1))
	cfg.Buffer, cfg.Linger = 10, 5e6
	x := s.open(t, cfg)
	x.sendAll(records(0, 500, false))
	x.acked()
	if st := x.Stats(); x.waited <= 0 || st.QueueFull <= 0 || st.QueueWait <= 0 {
		t.Errorf("500 records through a buffer of 10: Send waited %s, Stats say %d times and %s; want all above 0",
			x.waited, st.QueueFull, st.QueueWait)
	}
}

// failsWhileFull fills the buffer of a producer whose records nobody acks. A library makes room a moment after an ack, so
// that of the first record may still take its place.
func (s suite) failsWhileFull(t *testing.T) {
	const buffer, more = 10, 50
	x := s.stalled(t, func(c *driver.ProducerConfig) { c.Buffer, c.OnFull = buffer, driver.OnFullFail })
	next, accepted := 1, 0
	try := func() {
		switch err := x.send(t.Context(), records(next, 1, false)[0]); driver.ClassOf(err) {
		case "":
			accepted++
		case driver.ErrQueueFull:
		default:
			t.Fatalf("record %d: got %v, want class %s", next, err, driver.ErrQueueFull)
		}
		next++
	}
	eventually(t, "filling the buffer", func() bool {
		try()
		return accepted == buffer
	})
	for range more {
		try()
	}
	failed := int64(next - 1 - accepted)
	if st := x.Stats(); accepted != buffer || st.QueueFull != failed || st.Queued != buffer || x.waited != 0 {
		t.Errorf("%d records into a buffer of %d: %d accepted, Stats say %d full and %d queued, waited %s; want %d, %d, %d, 0",
			next-1, buffer, accepted, st.QueueFull, st.Queued, x.waited, buffer, failed, buffer)
	}
	x.close()
	x.settled()
}

func (s suite) stopsWaiting(t *testing.T) {
	x := s.stalled(t, func(c *driver.ProducerConfig) { c.Buffer = 10 })
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	var err error
	for _, r := range records(1, 11, false) {
		if err = x.send(ctx, r); err != nil {
			break
		}
	}
	if driver.ClassOf(err) != driver.ErrCanceled || x.waited <= 0 {
		t.Errorf("the context ended while the buffer was full: got %v after waiting %s, want %s and a wait", err, x.waited, driver.ErrCanceled)
	}
	if flushed := x.Flush(ctx); flushed == nil {
		t.Error("Flush returned nil with records in flight and a context that is done")
	}
	x.close()
	x.settled()
}

func (s suite) closesInFlight(t *testing.T) {
	x := s.stalled(t, func(*driver.ProducerConfig) {})
	for _, r := range records(1, 1000, false) {
		if err := x.send(t.Context(), r); err != nil {
			t.Fatalf("record %d: %v", r.Seq, err)
		}
	}
	if n := x.Stats().Queued; n != 1000 {
		t.Errorf("%d records are queued, want 1000", n)
	}
	x.close()
	for seq, a := range x.settled()[1:] {
		if got := driver.ClassOf(a.err); got != driver.ErrClosed {
			t.Fatalf("record %d: got %v, want class %s", seq+1, a.err, driver.ErrClosed)
		}
	}
}

// givesUp lets records fail by the timeout, and by what the broker says where there are no retries.
func (s suite) givesUp(t *testing.T) {
	late := s.stalled(t, func(c *driver.ProducerConfig) { c.Timeout = 1e9 })
	s.fails(t, late, driver.ErrTimedOut)
	if s.o.fake == nil {
		return // a paused broker says nothing
	}
	refused := s.stalled(t, func(c *driver.ProducerConfig) { c.Retries = 0 })
	s.fails(t, refused, "NOT_ENOUGH_REPLICAS")
}

// sendsAgain has records refused for a while, or not answered: then each is acked once, and in the order in which it was
// sent, since only one request is under way at a time.
func (s suite) sendsAgain(t *testing.T) {
	const n = 500
	cfg := config(s.topic(t, 1))
	cfg.MaxInFlight = 1
	x := s.open(t, cfg)
	x.sendAll(records(0, 1, false))
	var refused *kfake.FaultHandle
	if s.o.fake != nil {
		refused = s.o.fake.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Produce}, Topic: cfg.Topic, Observe: true, Count: -1})
		t.Cleanup(refused.Remove)
	}
	resume := s.o.Stall(t, cfg.Topic)
	t.Cleanup(resume)
	for _, r := range records(1, n-1, false) {
		if err := x.send(t.Context(), r); err != nil {
			t.Fatalf("record %d: %v", r.Seq, err)
		}
	}
	if refused != nil {
		struck(t, refused, 3)
	}
	resume()
	x.sendAll(records(n, 1, false))
	var runs []string // of records that stand one after the other
	shift := int64(0)
	for seq, a := range x.acked() {
		if by := a.at.Offset - int64(seq); seq == 0 || by != shift {
			shift = by
			runs = append(runs, fmt.Sprintf("from record %d on at offset %d", seq, a.at.Offset))
		}
	}
	if len(runs) != 1 || shift != 0 {
		t.Errorf("%s; want each record at the offset of its number", strings.Join(runs, ", "))
	}
}

// fails sends a few records and wants each acked with an error of the class.
func (s suite) fails(t *testing.T, x *sender, class string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	sent := records(1, 5, false)
	for _, r := range sent {
		if err := x.send(ctx, r); err != nil {
			t.Fatalf("record %d: %v", r.Seq, err)
		}
	}
	if err := x.Flush(ctx); err != nil {
		t.Fatalf("waiting for records to fail: %v", err)
	}
	for _, r := range sent {
		clear(r.Value) // they are ours again: the race detector tells if the library still reads them
	}
	for seq, a := range x.settled()[1:] {
		if got := driver.ClassOf(a.err); got != class {
			t.Fatalf("record %d: got %v, want class %s", seq+1, a.err, class)
		}
	}
}
