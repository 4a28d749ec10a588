package driver

import (
	"context"
	"sync/atomic"
)

// Line is a field that keeps what different goroutines write apart: a cache line that two processors write moves between
// them each time, which takes longer than most that is done for a record. It is two lines, since they are fetched in pairs.
type Line [128]byte

// InFlight counts the records of one producer that are out: sent, and neither acked nor failed. Send, Unsent and Full are
// for the goroutine that sends, Done for the one that acks; Out may be called from any. The zero value is none.
type InFlight struct {
	_       Line
	sent    atomic.Int64
	seen    int64 // of done, when the sender last looked
	_       Line
	done    atomic.Int64
	_       Line
	waiting atomic.Bool   // Wait is being called
	none    chan struct{} // holds one token when none was out while Wait was called
}

// NewInFlight returns one that Wait may be called of.
func NewInFlight() *InFlight { return &InFlight{none: make(chan struct{}, 1)} }

// Send counts a record that is about to be passed to the library: its ack may come before that returns.
func (f *InFlight) Send() { f.sent.Add(1) }

// Unsent takes back a Send that the library refused.
func (f *InFlight) Unsent() { f.sent.Add(-1) }

// Full reports whether limit records or more are out.
func (f *InFlight) Full(limit int64) bool {
	sent := f.sent.Load()
	if sent-f.seen < limit {
		return false
	}
	f.seen = f.done.Load()
	return sent-f.seen >= limit
}

// Done counts a record that was acked or has failed.
func (f *InFlight) Done() {
	f.done.Add(1)
	if f.waiting.Load() && f.Out() == 0 {
		select {
		case f.none <- struct{}{}:
		default:
		}
	}
}

// Out returns how many records are out.
func (f *InFlight) Out() int64 {
	done := f.done.Load() // first: what is sent meanwhile is then out, and never the other way round
	return f.sent.Load() - done
}

// Wait returns when no record is out, or with ctx's error. It is for the goroutine that sends.
func (f *InFlight) Wait(ctx context.Context) error {
	f.waiting.Store(true)
	defer f.waiting.Store(false)
	for f.Out() > 0 {
		select {
		case <-f.none:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}
