package report

import (
	"fmt"
	"testing"
	"time"

	"kbench/internal/result"
	"kbench/internal/scenario"
)

func TestStretches(t *testing.T) {
	t.Parallel()
	p99 := func(v int64) map[result.Span]*result.Latency {
		return map[result.Span]*result.Latency{result.Response: {P99Ns: &v}}
	}
	trial := &result.Trial{
		WarmupNs: 1.5e9, MeasureNs: 6.5e9, Plan: scenario.Scenario{Consumer: &scenario.Consumer{}},
		Windows: []result.Window{
			{Index: -2, Scheduled: 50, AckedPerS: 80, Latency: p99(9e9)}, // of which half a second is in the trial
			{Index: -1, Scheduled: 100, AckedPerS: 100},
			{Index: 0, Scheduled: 100, AckedPerS: 90, ConsumedPerS: 70, Latency: p99(5), ConsumerLag: new(int64(20))},
			{Index: 1, Scheduled: 200, AckedPerS: 100, ConsumedPerS: 100, Latency: p99(3), ConsumerLag: new(int64(30))},
			// Nothing happens in between.
			{Index: 5, AckedPerS: 120},
			{Index: 6, Scheduled: 300, AckedPerS: 100}, // half a second again
			{Index: 7, Scheduled: 0, AckedPerS: 0},     // in the drain
		},
	}
	for _, tt := range []struct {
		why   string
		width time.Duration
		want  []string // from, to, offered, acked, consumed, behind, response p99, lag
	}{
		{"of 2 s", 2 * time.Second, []string{
			"0s 2s 300 190 170 120 5 30", "2s 4s 0 0 0 120 - -", "4s 6s 0 120 0 0 - -", "6s 6.5s 300 50 0 250 - -",
		}},
		{"longer than the trial", time.Minute, []string{"0s 6.5s 600 360 170 250 5 30"}},
	} {
		got := stretches(trial, tt.width)
		if len(got) != len(tt.want) {
			t.Errorf("%s: %d stretches, want %d", tt.why, len(got), len(tt.want))
			continue
		}
		show := func(v *int64) string {
			if v == nil {
				return "-"
			}
			return fmt.Sprint(*v)
		}
		for i, s := range got {
			if text := fmt.Sprint(s.from, s.to, s.offered, s.acked, s.consumed, s.behind) + " " + show(s.response.ns) + " " + show(s.lag); text != tt.want[i] {
				t.Errorf("%s: stretch %d is %s, want %s", tt.why, i, text, tt.want[i])
			}
		}
	}
	if got := stretches(&result.Trial{}, time.Second); len(got) != 0 {
		t.Errorf("nothing was measured, and there are %d stretches", len(got))
	}
}

// TestTimelineLowerBounds: a p99 that leaves out records which failed says so, wherever it is shown.
func TestTimelineLowerBounds(t *testing.T) {
	t.Parallel()
	second := func(of map[result.Span]*result.Latency, w result.Window) result.Window {
		w.Scheduled, w.Latency = 1000, of
		return w
	}
	p99 := func(v int64, bounds ...string) map[result.Span]*result.Latency {
		return map[result.Span]*result.Latency{result.Response: {P99Ns: &v, AtLeast: bounds}, result.E2E: {P99Ns: &v, AtLeast: bounds}}
	}
	whole := result.Window{Acked: 1000, Consumed: 1000}
	for _, tt := range []struct {
		why           string
		windows       []result.Window
		response, e2e string
	}{
		{"all was done", []result.Window{second(p99(2e6), whole), second(p99(3e6), whole)}, "3.00 ms", "3.00 ms"},
		{"another percentile is a bound", []result.Window{second(p99(2e6, "p999", "max"), whole)}, "2.00 ms", "2.00 ms"},
		{"of one second it is one", []result.Window{second(p99(2e6, "p99"), whole), second(p99(3e6), whole)}, "≥ 3.00 ms", "≥ 3.00 ms"},
		{"nothing of a second was done", []result.Window{second(p99(2e6), whole), second(nil, result.Window{Failed: 1000})}, "≥ 2.00 ms", "≥ 2.00 ms"},
		{"all of it was aborted", []result.Window{second(p99(2e6), whole), second(nil, result.Window{Acked: 1000, Aborted: 1000})}, "2.00 ms", "2.00 ms"},
		{"it was not read", []result.Window{second(p99(2e6), whole), second(nil, result.Window{Acked: 1000})}, "2.00 ms", "≥ 2.00 ms"},
		{"nothing is known", []result.Window{second(nil, result.Window{Failed: 1000})}, "-", "-"},
	} {
		trial := newTrial("base", 1, ramped(60e3), func(t *result.Trial) {
			t.WarmupNs, t.MeasureNs, t.Windows = 0, int64(len(tt.windows))*1e9, tt.windows
			for i := range t.Windows {
				t.Windows[i].Index = i
			}
		})
		trials := [][]stretch{stretches(trial, time.Minute)}
		for _, s := range timelineSpecs() {
			want, is := map[string]string{"response_p99": tt.response, "e2e_p99": tt.e2e}[s.key]
			if !is {
				continue
			}
			got := "-"
			if n := s.number(trials, 0); n != nil {
				got = cellText(n, s.unit)
			}
			if got != want {
				t.Errorf("%s: %s is %s, want %s", tt.why, s.head, got, want)
			}
		}
	}
}

func TestTimelineWidth(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ measured, want time.Duration }{
		{0, time.Second},
		{20 * time.Second, time.Second},
		{20*time.Second + 1, 2 * time.Second},
		{time.Minute, 5 * time.Second},
		{72 * time.Hour, 12960 * time.Second},
	} {
		g := &group{used: []*result.Trial{{MeasureNs: int64(time.Second)}, {MeasureNs: int64(tt.measured)}}}
		if got := timelineWidth(g); got != tt.want {
			t.Errorf("%v in stretches of %v, want %v", tt.measured, got, tt.want)
		}
	}
}
