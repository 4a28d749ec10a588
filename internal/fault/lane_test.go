package fault

import (
	"context"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// A trip is a lane with both its ends, in a bubble of fake time.
type trip struct {
	*lane
	in, out net.Conn
	ended   sync.WaitGroup
}

// newTrip starts a lane that ends with the test's bubble.
func newTrip(t *testing.T) *trip {
	t.Helper()
	in, from := net.Pipe()
	to, out := net.Pipe()
	ctx, cancel := context.WithCancel(t.Context())
	r := &trip{lane: newLane(), in: in, out: out}
	end := func() {
		cancel()
		_ = from.Close()
		_ = to.Close()
	}
	r.ended.Go(func() { r.carry(ctx, end, from, to) })
	return r
}

// put writes n bytes.
func (r *trip) put(t *testing.T, n int) {
	t.Helper()
	if _, err := io.WriteString(r.in, strings.Repeat("x", n)); err != nil {
		t.Fatal(err)
	}
}

// take returns when n bytes have come, since an instant.
func (r *trip) take(t *testing.T, n int, since time.Time) time.Duration {
	t.Helper()
	if _, err := io.ReadFull(r.out, make([]byte, n)); err != nil {
		t.Fatal(err)
	}
	return time.Since(since)
}

func (r *trip) close() {
	_ = r.in.Close()
	r.ended.Wait()
}

func TestLane(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		why   string
		delay time.Duration
		rate  int64
		sizes []int // written at once
		want  []time.Duration
	}{
		{"transparent until it is made slow", 0, 0, []int{10, 20_000}, []time.Duration{0, 0}},
		{"a delay moves everything by as much", 50 * time.Millisecond, 0, []int{10, 20_000, 10}, []time.Duration{50 * time.Millisecond, 50 * time.Millisecond, 50 * time.Millisecond}},
		{"a rate spaces bytes", 0, 1000, []int{500, 1000, 250}, []time.Duration{500 * time.Millisecond, 1500 * time.Millisecond, 1750 * time.Millisecond}},
		{"both: the delay comes once, on top of the rate", 2 * time.Second, 1000, []int{500, 500}, []time.Duration{2500 * time.Millisecond, 3 * time.Second}},
	} {
		synctest.Test(t, func(t *testing.T) {
			r := newTrip(t)
			defer r.close()
			r.slow(tt.delay, tt.rate)
			start := time.Now()
			for _, n := range tt.sizes {
				r.put(t, n)
			}
			for i, n := range tt.sizes {
				if got := r.take(t, n, start); got != tt.want[i] {
					t.Errorf("%s: piece %d came after %v, want %v", tt.why, i, got, tt.want[i])
				}
			}
		})
	}
}

func TestLaneSavesNoRate(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newTrip(t)
		defer r.close()
		r.slow(0, 1000)
		<-time.After(time.Minute) // of nothing: what was not used then is gone
		start := time.Now()
		r.put(t, 1000)
		if got := r.take(t, 1000, start); got != time.Second {
			t.Errorf("after a pause 1000 bytes took %v, want 1s", got)
		}
	})
}

func TestLaneIsClearedForWhatWaits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newTrip(t)
		defer r.close()
		r.slow(time.Hour, 1)
		start := time.Now()
		r.put(t, 100)
		r.put(t, 100)
		time.AfterFunc(time.Second, func() { r.slow(0, 0) })
		if got := r.take(t, 200, start); got != time.Second {
			t.Errorf("what waited came after %v, want 1s: when the lane was cleared", got)
		}
	})
}

// What a lane holds is bounded: a writer that nobody reads from waits.
func TestLaneIsBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newTrip(t)
		r.slow(time.Hour, 0)
		written := make(chan int)
		go func() {
			n := 0
			for {
				if _, err := r.in.Write(make([]byte, pieceBytes)); err != nil {
					break
				}
				n++
			}
			written <- n
		}()
		<-time.After(time.Minute)
		_ = r.in.SetWriteDeadline(time.Now())
		// One more is in the hands of the reader, one in those of the writer.
		if got := <-written; got < pieces || got > pieces+2 {
			t.Errorf("%d pieces went in, want %d", got, pieces)
		}
		_ = r.out.Close()
		r.slow(0, 0)
		r.close()
	})
}

func TestLaneEnds(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		why string
		end func(r *trip)
	}{
		{"its writer has gone", func(r *trip) { _ = r.in.Close() }},
		{"its reader has gone", func(r *trip) { _ = r.out.Close(); _, _ = r.in.Write([]byte("x")) }},
	} {
		synctest.Test(t, func(t *testing.T) {
			t.Log(tt.why) // a deadlock tells no more
			r := newTrip(t)
			tt.end(r)
			r.ended.Wait() // or the bubble deadlocks, which fails the test
		})
	}
}
