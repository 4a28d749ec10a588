package report

import (
	"bytes"
	"strings"
	"testing"

	"kbench/internal/result"
	"kbench/internal/scenario"
)

func TestThresholdsInWords(t *testing.T) {
	t.Parallel()
	rate := scenario.Threshold{Metric: "acked_per_s", Op: ">=", Value: 40e3, Text: "acked_per_s >= 40k", Abort: true}
	median := rate
	median.Abort, median.Scope = false, scenario.ScopeCase
	limit := func(ths ...scenario.Threshold) change { return func(t *result.Trial) { t.Plan.Thresholds = ths } }
	slow := func(t *result.Trial) { t.Rates.AckedPerS = 30e3 }
	stopped := func(t *result.Trial) {
		t.Aborted, t.MeasureNs = &result.Abort{Threshold: rate.Text, AfterNs: 3e9, Why: "30.0 k/s"}, 3e9
	}
	for _, tt := range []struct {
		why    string
		trials []*result.Trial
		want   []string // in the terminal, in this order
	}{
		{"one was stopped over it: that comes first", []*result.Trial{newTrial("a", 1, limit(rate)), newTrial("a", 2, limit(rate), slow, stopped)}, []string{
			"Thresholds: 1 of 1 missed. acked_per_s >= 40k held in 1 of 2 trials; worst: 30.0 k/s after 3s in a, repeat 2, which was stopped for it.",
			"Trust: ok.",
			"Stopped after 3.00 s, with the numbers of that time: acked_per_s >= 40k was 30.0 k/s.",
		}},
		{"the median of a case holds", []*result.Trial{newTrial("a", 1, limit(median)), newTrial("a", 2, limit(median), slow), newTrial("a", 3, limit(median))}, []string{
			"Trust: ok.", "Thresholds: held. The threshold held in the median of the case.",
		}},
		{"and does not", []*result.Trial{newTrial("a", 1, limit(median)), newTrial("b", 1, limit(median), slow)}, []string{
			"Thresholds: 1 of 1 missed. acked_per_s >= 40k held in 1 of 2 medians of cases; worst: 30.0 k/s, the median of b.", "Trust: ok.",
		}},
		{"the same limit, in both ways", []*result.Trial{newTrial("a", 1, limit(rate, median)), newTrial("a", 2, limit(rate, median))}, []string{
			"Thresholds: held. Both thresholds held in every trial, or in the median of every case where that is asked for.",
		}},
		{"no number, with its reason", []*result.Trial{newTrial("a", 1, acks("0"), limit(scenario.Threshold{Metric: "response_p99", Op: "<=", Value: 1, Text: "response_p99 <= 1ns"}))}, []string{
			"Thresholds: 1 of 1 missed. response_p99 <= 1ns held in 0 of 1 trials (no number in 1: acks are 0, so nothing acknowledges); worst: no number.",
		}},
	} {
		r, err := New(&result.Run{Trials: tt.trials})
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		if err := Terminal(&b, r); err != nil {
			t.Fatal(err)
		}
		rest := strings.Join(strings.Fields(b.String()), " ") // lines are folded
		for _, want := range tt.want {
			_, after, found := strings.Cut(rest, want)
			if !found {
				t.Errorf("%s: no %q, or not in its place, in\n%s", tt.why, want, b.String())
				break
			}
			rest = after
		}
	}
}
