package drivertest

import (
	"os"
	"runtime"
	"strings"
	"testing"
	"time"
)

// noLeaks fails t if goroutines or files are left when everything that t cleans up has been cleaned up. It must be the
// first thing that a test does. Libraries end a little after their Close returns, and sarama's circuit breaker 10 s after it
// opened, so it looks until the counts are back.
func noLeaks(t *testing.T) {
	if r, w, err := os.Pipe(); err == nil { // the first use makes the runtime open files of its own, for good
		r.Close()
		w.Close()
	}
	before, files := goroutines(), openFiles(t)
	t.Cleanup(func() {
		if t.Failed() {
			return // it may have stopped anywhere
		}
		tick := time.NewTicker(5 * time.Millisecond)
		defer tick.Stop()
		for end := time.Now().Add(limit / 2); len(goroutines()) > len(before) || openFiles(t) > files; <-tick.C {
			if time.Now().After(end) {
				t.Fatalf("%d goroutines were %d, %d files were %d; the goroutines are:\n%s", len(goroutines()), len(before),
					openFiles(t), files, strings.Join(goroutines(), "\n\n"))
			}
		}
	})
}

// goroutines returns the stacks of all goroutines but the fake broker's, which keeps one for each group that it knows.
func goroutines() []string {
	text := make([]byte, 1<<20)
	text = text[:runtime.Stack(text, true)]
	var own []string
	for stack := range strings.SplitSeq(string(text), "\n\n") {
		if !strings.Contains(stack, "/pkg/kfake") {
			own = append(own, stack)
		}
	}
	return own
}

func openFiles(t *testing.T) int {
	list, err := os.ReadDir("/dev/fd")
	if err != nil {
		t.Fatalf("counting open files: %v", err)
	}
	return len(list)
}
