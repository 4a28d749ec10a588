package main

import (
	"strings"
	"testing"

	"kbench/internal/run"
)

// TestLowerBoundsAreMarked: what is longer than it can be said to be has its mark wherever it is told.
func TestLowerBoundsAreMarked(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		why                     string
		atLeast                 []string
		line, percentiles, edge string
	}{
		{"what all records tell", nil, "response p99 4.00 ms", "p50 1.33 ms, p99 4.00 ms", " 4.00 ms"},
		{"more records failed than p99 leaves out", []string{"p99"}, "response p99 >= 4.00 ms", "p50 1.33 ms, p99 >= 4.00 ms", " >=4.00 ms"},
		{"more than half failed", []string{"p50", "p99"}, "response p99 >= 4.00 ms", "p50 >= 1.33 ms, p99 >= 4.00 ms", " >=4.00 ms"},
	} {
		p := loaded(7)
		p.AtLeast = tt.atLeast
		if got := progressLine(p); !strings.Contains(got, tt.line) {
			t.Errorf("%s: the line is %q, want %q in it", tt.why, got, tt.line)
		}
		v := view{pen: newPen(false)}
		v.take(p, nil)
		lines := v.lines(widest)
		if got := lines[4]; !strings.HasSuffix(got, tt.percentiles) {
			t.Errorf("%s: the view has %q, want %q", tt.why, got, tt.percentiles)
		}
		if got := lines[7]; !strings.HasSuffix(got, tt.edge) || widthOf(got) > widest {
			t.Errorf("%s: the curve is %q, want %q beside it", tt.why, got, tt.edge)
		}
		next := loaded(8) // the curve has both seconds, and its highest may be of either
		v.take(next, nil)
		if got := strings.Contains(v.lines(widest)[7], ">="); got != (tt.atLeast != nil) {
			t.Errorf("%s: a second later the curve is %q", tt.why, v.lines(widest)[7])
		}
		if v.take(run.Progress{Trial: 5}, nil); len(v.bound) != 0 {
			t.Errorf("%s: another trial has marks of this one", tt.why)
		}
	}
}
