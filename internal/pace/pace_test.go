package pace

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

func TestWaitIsNeverEarlyAndNeverReBased(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		p := NewSleeping(start)
		for i := range 1000 {
			at := time.Duration(i) * 10 * time.Millisecond
			if i == 500 {
				time.Sleep(3 * time.Second) // a stall of the sender
			}
			now, err := p.Wait(t.Context(), at)
			if err != nil || now < at || now != time.Since(start) {
				t.Fatalf("wait for %v returned %v (%v); the clock says %v", at, now, err, time.Since(start))
			}
			late := now - at
			if ahead := i > 0 && i < 500 || i >= 800; p.Slept() != ahead {
				t.Fatalf("record %d: slept is %v, want %v: 800 is the first one after the stall that is not overdue", i, p.Slept(), ahead)
			}
			switch {
			case i < 500 && late > Quantum:
				t.Fatalf("record %d is %v late, more than a quantum", i, late)
			case i == 500 && late < 2990*time.Millisecond:
				t.Fatalf("record %d is %v late, want the whole stall of about 3 s: the schedule was moved", i, late)
			}
		}
		if got := p.Now(); got < 9990*time.Millisecond || got > 9991*time.Millisecond {
			t.Errorf("1000 records end after %v, want 9.99 s: the stall was caught up", got)
		}
	})
}

func TestWaitReleasesAQuantumTogether(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sleeps := 0
		p := NewSleeping(time.Now())
		sleep := p.sleep
		p.sleep = func(d time.Duration) { sleeps++; sleep(d) }
		for i := range 100_000 { // a million a second
			if _, err := p.Wait(t.Context(), time.Duration(i)*time.Microsecond); err != nil {
				t.Fatal(err)
			}
		}
		if sleeps > 1001 {
			t.Errorf("%d sleeps for 100 ms of a million records a second, want at most one for each 100 µs", sleeps)
		}
	})
}

func TestWaitEndsWithContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		start := time.Now()
		time.AfterFunc(time.Second, cancel)
		_, err := NewSleeping(start).Wait(ctx, time.Hour)
		if !errors.Is(err, context.Canceled) || time.Since(start) > time.Second+longest {
			t.Errorf("got %v after %v, want canceled within %v of 1 s", err, time.Since(start), longest)
		}
	})
}

func TestPreciseWaitKeepsOrder(t *testing.T) {
	t.Parallel()
	p := New(time.Now())
	defer p.Close()
	for i := range 100 {
		at := time.Duration(i) * 200 * time.Microsecond
		if now, err := p.Wait(t.Context(), at); err != nil || now < at {
			t.Fatalf("wait for %v returned %v (%v)", at, now, err)
		}
	}
	before := time.Now()
	Sleep(300 * time.Microsecond)
	Sleep(6 * time.Millisecond)
	if got := time.Since(before); got < 6300*time.Microsecond {
		t.Errorf("slept %v, want at least 6.3 ms", got)
	}
}

func TestWaitAllocatesNothing(t *testing.T) {
	p := New(time.Now())
	defer p.Close()
	ctx := context.Background()
	if got := testing.AllocsPerRun(1000, func() { _, _ = p.Wait(ctx, 0) }); got != 0 {
		t.Errorf("%v allocations a wait, want 0", got)
	}
}
