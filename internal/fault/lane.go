package fault

import (
	"context"
	"io"
	"sync"
	"time"
)

// What may be on its way in one direction of a connection: pieces of so many bytes at most each.
const (
	pieces     = 128
	pieceBytes = 32 << 10
)

// A lane is one direction of a link, shared by the link's connections.
type lane struct {
	buffers sync.Pool

	mu      sync.Mutex
	delay   time.Duration
	rate    int64         // bytes a second; 0: no limit
	free    time.Time     // when all that was let onto the lane has left its start
	changed chan struct{} // closed when the above no longer holds
}

// A piece is what one read brought.
type piece struct {
	came   time.Time
	buffer *[pieceBytes]byte
	n      int
}

func newLane() *lane {
	return &lane{changed: make(chan struct{}), buffers: sync.Pool{New: func() any { return new([pieceBytes]byte) }}}
}

// slow sets delay and rate. What waits is reckoned anew.
func (l *lane) slow(delay time.Duration, rate int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.delay, l.rate, l.free = delay, rate, time.Time{}
	close(l.changed)
	l.changed = make(chan struct{})
}

// due lets n bytes that came at an instant onto the lane, and returns when they arrive at its end; and what is closed when
// that no longer holds.
func (l *lane) due(came time.Time, n int) (time.Time, <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	at := came
	if l.rate > 0 {
		if l.free.After(at) {
			at = l.free
		}
		at = at.Add(time.Duration(float64(n) / float64(l.rate) * float64(time.Second)))
		l.free = at
	}
	return at.Add(l.delay), l.changed
}

// carry copies from one side to the other until there is no more, one side fails, or ctx is done. It calls end, which
// closes both sides, and returns when its reader has seen that.
func (l *lane) carry(ctx context.Context, end func(), from io.Reader, to io.Writer) {
	queue := make(chan piece, pieces)
	go func() {
		defer close(queue)
		l.read(ctx, from, queue)
	}()
	defer func() {
		end()
		for p := range queue {
			l.buffers.Put(p.buffer)
		}
	}()
	for p := range queue {
		if !l.await(ctx, p) {
			return
		}
		_, err := to.Write(p.buffer[:p.n])
		l.buffers.Put(p.buffer)
		if err != nil {
			return
		}
	}
}

// read queues what comes, with the instant.
func (l *lane) read(ctx context.Context, from io.Reader, queue chan<- piece) {
	for {
		p := piece{buffer: l.buffers.Get().(*[pieceBytes]byte)}
		n, err := from.Read(p.buffer[:])
		p.came, p.n = time.Now(), n
		if n > 0 {
			select {
			case queue <- p:
			case <-ctx.Done():
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// await returns when p is due, true; or when ctx is done.
func (l *lane) await(ctx context.Context, p piece) bool {
	for {
		at, changed := l.due(p.came, p.n)
		left := time.Until(at)
		if left <= 0 {
			return ctx.Err() == nil
		}
		timer := time.NewTimer(left)
		select {
		case <-timer.C:
			return true
		case <-changed:
			timer.Stop()
		case <-ctx.Done():
			timer.Stop()
			return false
		}
	}
}
