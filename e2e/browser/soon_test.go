//go:build e2e

package browser

import (
	"io"
	"syscall"
	"testing"
	"time"

	"kbench/report"
)

// TestManyAreWrittenSoon holds the page of a thousand trials of a minute to 2 s. Where others use the machine too, what they take does not count:
// it goes by the time of its processors where that is shorter. Only three tries in a row that are too slow say something.
func TestManyAreWrittenSoon(t *testing.T) {
	const most = 2 * time.Second
	run := many(t, read(t, "acks-tradeoff-20261121T054645Z"), 1000)
	for try := 1; ; try++ {
		from, used := time.Now(), processors(t)
		r, err := report.New(run)
		if err != nil {
			t.Fatal(err)
		}
		if err := report.HTML(io.Discard, r); err != nil {
			t.Fatal(err)
		}
		took, own := time.Since(from), processors(t)-used
		t.Logf("try %d: %v, %v of processors", try, took, own)
		if min(took, own) < most {
			return
		}
		if try == 3 {
			t.Fatalf("three times in a row the page of 1,000 trials took %v or more; this time %v", most, min(took, own))
		}
	}
}

// processors returns how much of the machine's processors this process has used.
func processors(t *testing.T) time.Duration {
	t.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
