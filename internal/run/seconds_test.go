package run

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"kbench/internal/driver"
	"kbench/internal/result"
)

// TestSecondsCountFailures holds the seconds of a record, and what is told while they pass, to the rule of the whole: what failed is
// longer than all that completed.
func TestSecondsCountFailures(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := produceOnly("2k/s", time.Second, 6*time.Second)
		c.Scenario.Producer.OnFull = driver.OnFullFail
		r, told, _ := watched(t, c, fake{delay: time.Millisecond, stall: 3 * time.Second, until: 3500 * time.Millisecond, buffer: 300, fail: true})
		failing, bounds := map[time.Duration]bool{}, 0
		for _, w := range r.Windows {
			l := w.Latency[result.Response]
			got, want := slices.Contains(l.AtLeast, "p99"), 100*w.Failed > w.Scheduled
			if got != want || w.Acked+w.Failed != w.Scheduled || l.Count != w.Acked {
				t.Errorf("second %d: %d of %d failed, and its p99 is a lower bound: %v", w.Index, w.Failed, w.Scheduled, got)
			}
			failing[time.Duration(w.Index+1)*time.Second] = want
		}
		for _, p := range told {
			if p.Second == nil {
				continue
			}
			if got := slices.Contains(p.AtLeast, "p99"); got != failing[*p.Second] {
				t.Errorf("told of the second at %v: lower bounds are %v, in the record: %v", *p.Second, p.AtLeast, failing[*p.Second])
			} else if got {
				bounds++
			}
		}
		if bounds == 0 {
			t.Errorf("no second that was told of has a lower bound; failed are %d", r.Counts.Failed)
		}
	})
}

// TestProgressOfWhatIsOut has records that are out for longer than a second is waited for. They have not failed, and no more is said of
// them than is known.
func TestProgressOfWhatIsOut(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		why   string
		delay time.Duration
		want  *time.Duration // of p50 and p99, as lower bounds; nil: the delay itself
	}{
		{"all have come", 4 * time.Millisecond, nil},
		{"half of them are out", 1500 * time.Millisecond, new(time.Second)},
	} {
		synctest.Test(t, func(t *testing.T) {
			r, told, _ := watched(t, produceOnly("2k/s", 0, 5*time.Second), fake{delay: tt.delay})
			seen := false
			for _, p := range told {
				if p.Second == nil || p.At > 5*time.Second {
					continue
				}
				seen = true
				want, bounds := tt.delay, 0
				if tt.want != nil {
					want, bounds = *tt.want, 2
				}
				if len(p.AtLeast) != bounds || p.P50Ns == nil || !near(ms(p.P50Ns), 1e3*want.Seconds(), 5) || !near(ms(p.P99Ns), 1e3*want.Seconds(), 5) {
					t.Errorf("%s: at %v: p50 %.1f ms, p99 %.1f ms, lower bounds %v; want %v", tt.why, p.At, ms(p.P50Ns), ms(p.P99Ns), p.AtLeast, want)
				}
			}
			for _, w := range r.Windows { // by then all have come
				if l := w.Latency[result.Response]; len(l.AtLeast) > 0 || !near(ms(l.P99Ns), 1e3*tt.delay.Seconds(), 5) {
					t.Errorf("%s: second %d: p99 %.1f ms, lower bounds %v", tt.why, w.Index, ms(l.P99Ns), l.AtLeast)
				}
			}
			if !seen {
				t.Errorf("%s: told of no second", tt.why)
			}
		})
	}
}
