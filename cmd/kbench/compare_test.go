package main

import (
	"testing"

	"kbench/report"
)

func TestComparisonCode(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		why, verdict, onOpen string
		want                 int
	}{
		{"nothing is worse", report.Pass, openFail, 0},
		{"a warning is not held against anybody", report.Warn, openFail, 0},
		{"a regression", report.Fail, openPass, exitMissed},
		{"a regression, however open answers are taken", report.Fail, openFail, exitMissed},
		{"open, and let through", report.Inconclusive, openPass, 0},
		{"open, and warned of", report.Inconclusive, openWarn, 0},
		{"open, and not let through", report.Inconclusive, openFail, exitFailed},
		{"nothing to trust", report.Untrusted, openPass, exitUntrusted},
	} {
		if got := comparisonCode(&report.Comparison{Verdict: tc.verdict}, tc.onOpen); got != tc.want {
			t.Errorf("%s: got %d, want %d", tc.why, got, tc.want)
		}
	}
}
