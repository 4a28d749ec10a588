package report

import (
	"math"
	"strings"
	"testing"

	"kbench/internal/result"
)

func TestParseGate(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		text string
		want float64
		err  string
	}{
		{"response_p99=10%", 0.10, ""},
		{"response_p99", 0.10, ""},
		{"response_p9999", 0.10, ""},
		{"e2e_max", 0.10, ""},
		{"response_p50", 0.05, ""},
		{"response_p95", 0.05, ""},
		{"acked_per_s", 0.05, ""},
		{"acked_per_s=0%", 0, ""},
		{"cpu_ns_per_record=2.5%", 0.025, ""},
		{"response_p50=1000%", 10, ""},
		{"response_p50=1001%", 0, "as bad as it likes"},
		{"acked_per_s=100%", 0, "as bad as it likes"},
		{"response_p99=10", 0, "no margin"},
		{"response_p99=", 0, "no margin"},
		{"response_p99=%", 0, "no margin"},
		{"response_p99=-1%", 0, "no margin"},
		{"response_p99=1e1%", 0, "no margin"},
		{"response_p99=NaN%", 0, "no margin"},
		{"response_p99 = 5%", 0, "not a metric"},
		{"nosuch", 0, "not a metric"},
		{"", 0, "not a metric"},
		{"offered_per_s", 0, "neither better nor worse"},
		{"lost", 0, "lost == 0"},
		{"queue_full=5%", 0, "count"},
	} {
		got, err := ParseGate(tc.text)
		if tc.err != "" {
			if err == nil || !strings.Contains(err.Error(), tc.err) {
				t.Errorf("%q: got %v, want %q", tc.text, err, tc.err)
			}
			continue
		}
		if name, _, _ := strings.Cut(tc.text, "="); err != nil || got.Metric != name || math.Abs(got.Margin-tc.want) > 1e-15 {
			t.Errorf("%q: got %+v (%v), want %v", tc.text, got, err, tc.want)
		}
	}
}

func FuzzParseGate(f *testing.F) {
	f.Add("response_p99=10%")
	f.Add("acked_per_s=99.9%")
	f.Fuzz(func(t *testing.T, s string) {
		g, err := ParseGate(s)
		if err != nil {
			if strings.Contains(err.Error(), "\n") {
				t.Fatalf("%q: two lines: %v", s, err)
			}
			return
		}
		m, ok := result.Lookup(g.Metric)
		if !ok || !(g.Margin >= 0 && g.Margin <= maxMargin) || m.Better > 0 && g.Margin >= 1 || m.Better == 0 {
			t.Fatalf("%q: %+v", s, g)
		}
	})
}
