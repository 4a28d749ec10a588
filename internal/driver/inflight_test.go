package driver

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

func TestInFlight(t *testing.T) {
	t.Parallel()
	f := NewInFlight()
	for range 3 {
		f.Send()
	}
	for _, tt := range []struct {
		why  string
		do   func()
		out  int64
		full bool // for 3
	}{
		{"three were sent", func() {}, 3, true},
		{"one was acked", f.Done, 2, false},
		{"another was sent", f.Send, 3, true},
		{"which was refused", f.Unsent, 2, false},
		{"two were acked", func() { f.Done(); f.Done() }, 0, false},
	} {
		tt.do()
		if out, full := f.Out(), f.Full(3); out != tt.out || full != tt.full {
			t.Errorf("%s: %d are out, full %v; want %d, %v", tt.why, out, full, tt.out, tt.full)
		}
	}
}

func TestInFlightWait(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := NewInFlight()
		if err := f.Wait(t.Context()); err != nil {
			t.Errorf("none is out: %v", err)
		}
		for range 1000 {
			f.Send()
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := f.Wait(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("all are out: %v, want the context's end", err)
		}
		go func() {
			for range 1000 {
				f.Done()
			}
		}()
		if err := f.Wait(t.Context()); err != nil || f.Out() != 0 {
			t.Errorf("all came back: %v, %d are out", err, f.Out())
		}
	})
}
