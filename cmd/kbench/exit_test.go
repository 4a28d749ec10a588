package main

import (
	"os"
	"syscall"
	"testing"

	"kbench/internal/result"
	"kbench/internal/scenario"
)

func TestExitCodes(t *testing.T) {
	t.Parallel()
	limit := []scenario.Threshold{{Metric: "acked_per_s", Op: ">=", Value: 10, Text: "acked_per_s >= 10"}}
	trial := func(status, trust string, acked float64) *result.Trial {
		return &result.Trial{
			Status: status, Verdict: result.Verdict{Trust: trust}, MeasureNs: 1e9, Rates: result.Rates{AckedPerS: acked},
			Plan: scenario.Scenario{Producer: &scenario.Producer{}, Thresholds: limit},
		}
	}
	good := trial(result.StatusOK, result.TrustOK, 20)
	slow := trial(result.StatusOK, result.TrustOK, 5)
	bad := trial(result.StatusOK, result.TrustInvalid, 20)
	failed := trial(result.StatusFailed, result.TrustInvalid, 20)
	cut := trial(result.StatusInterrupted, result.TrustInvalid, 20)
	for _, tt := range []struct {
		why    string
		trials []*result.Trial
		want   int
	}{
		{"all good", []*result.Trial{good, good}, 0},
		{"a threshold missed", []*result.Trial{good, slow}, exitMissed},
		{"untrusted outweighs missed", []*result.Trial{slow, bad}, exitUntrusted},
		{"failed outweighs untrusted", []*result.Trial{bad, failed, slow}, exitFailed},
		{"interrupted outweighs all", []*result.Trial{failed, bad, slow, cut}, exitInterrupted},
		{"a client-bound trial is a result", []*result.Trial{trial(result.StatusOK, result.TrustClientBound, 20)}, 0},
	} {
		if got := exitCode(&result.Run{Trials: tt.trials}); got != tt.want {
			t.Errorf("%s: got %d, want %d", tt.why, got, tt.want)
		}
	}
	if a, b := signalCode(os.Interrupt), signalCode(syscall.SIGTERM); a != 130 || b != 143 {
		t.Errorf("signals give %d and %d, want 130 and 143", a, b)
	}
}
