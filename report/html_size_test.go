package report

import (
	"fmt"
	"io"
	"runtime"
	"testing"

	"kbench/internal/result"
)

// TestHTMLHoldsNoMore writes a thousand trials of a minute. What it may take is counted in bytes, since time is the machine's. It is not
// parallel: what others allocate would count too.
func TestHTMLHoldsNoMore(t *testing.T) {
	for _, tt := range []struct {
		trials, cases int
		limit         int
	}{{100, 34, 2 << 20}, {1000, 334, 12 << 20}, {1000, 1000, 12 << 20}} {
		run, counted := manySeconds(tt.trials, tt.cases), &counter{}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		r, err := New(run)
		if err != nil {
			t.Fatal(err)
		}
		if err := HTML(counted, r); err != nil {
			t.Fatal(err)
		}
		runtime.ReadMemStats(&after)
		if counted.n > tt.limit {
			t.Errorf("%d trials of %d cases: %d bytes, want %d or fewer", tt.trials, tt.cases, counted.n, tt.limit)
		}
		if mb := (after.TotalAlloc - before.TotalAlloc) >> 20; mb > 500 { // what is held at a time is less
			t.Errorf("%d trials of %d cases: %d MB are allocated, want 500 or less", tt.trials, tt.cases, mb)
		}
		t.Logf("%d trials of %d cases: %d bytes, %d MB allocated", tt.trials, tt.cases, counted.n, (after.TotalAlloc-before.TotalAlloc)>>20)
	}
}

// manySeconds is a run of so many trials of a minute, with warm-up.
func manySeconds(trials, cases int) *result.Run {
	var names []string
	var out []*result.Trial
	repeats := (trials + cases - 1) / cases
	for i := range cases {
		name := fmt.Sprintf("acks=all,linger=%dms", i)
		names = append(names, name)
		for repeat := 1; repeat <= repeats && len(out) < trials; repeat++ {
			out = append(out, newTrial(name, repeat, withSeconds(5, 55)))
		}
	}
	return newRun(result.StatusComplete, names, repeats, out...)
}

type counter struct{ n int }

func (c *counter) Write(b []byte) (int, error) {
	c.n += len(b)
	return len(b), nil
}

// BenchmarkHTML writes a thousand trials of a minute: it is to stay under 2 s and 500 MB.
func BenchmarkHTML(b *testing.B) {
	run := manySeconds(1000, 334)
	b.ReportAllocs()
	for b.Loop() {
		r, err := New(run)
		if err != nil {
			b.Fatal(err)
		}
		if err := HTML(io.Discard, r); err != nil {
			b.Fatal(err)
		}
	}
}
