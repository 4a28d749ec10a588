package main

import (
	"os"
	"slices"
	"syscall"
	"testing"

	"kbench/internal/result"
	"kbench/internal/scenario"
	"kbench/internal/search"
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
	stopped := trial(result.StatusOK, result.TrustOK, 20)
	stopped.Aborted = &result.Abort{Threshold: limit[0].Text}
	cut := trial(result.StatusInterrupted, result.TrustInvalid, 20)
	yes, no := true, false
	step := func(number int, phase string, rate float64, pass *bool, trust string) *result.Trial {
		t := trial(result.StatusOK, trust, rate)
		t.Plan.Load.FindMax = &scenario.FindMax{From: 1e6, To: 9e6, Precision: 0.05} // 1k/s to 9k/s
		t.Search = &result.Search{Number: 1, Step: number, Phase: phase, RatePerS: rate, Pass: pass}
		return t
	}
	blast := step(1, "blast", 0, nil, result.TrustInvalid)
	blast.Rates.AckedPerS = 20_000
	top, surely := step(2, "bracket", 9_000, &yes, result.TrustOK), step(3, "confirm", 9_000, &yes, result.TrustOK)
	low, overloaded := step(3, "bracket", 1_000, &no, result.TrustOK), step(2, "bracket", 1_001, &no, result.TrustInvalid)
	overloaded.Status = result.StatusFailed
	bound := step(2, "bracket", 1_000, nil, result.TrustClientBound)
	blind := step(1, "blast", 0, nil, result.TrustOK)
	blind.Rates.AckedPerS = 1_000
	unsure := append([]*result.Trial{blast}, slices.Repeat([]*result.Trial{top}, search.MaxTrials)...)
	for _, tt := range []struct {
		why    string
		trials []*result.Trial
		want   int
	}{
		{"all good", []*result.Trial{good, good}, 0},
		{"a threshold missed", []*result.Trial{good, slow}, exitMissed},
		{"stopped over a threshold, whatever its number became", []*result.Trial{stopped}, exitMissed},
		{"untrusted outweighs missed", []*result.Trial{slow, bad}, exitUntrusted},
		{"failed outweighs untrusted", []*result.Trial{bad, failed, slow}, exitFailed},
		{"interrupted outweighs all", []*result.Trial{failed, bad, slow, cut}, exitInterrupted},
		{"a search that has an answer", []*result.Trial{blast, top, surely}, 0},
		{"a search whose lowest rate failed, after one that failed by overload", []*result.Trial{blind, overloaded, low}, exitMissed},
		{"a search that kbench limited", []*result.Trial{blind, bound}, exitUntrusted},
		{"a search whose answer no longer trial confirmed", unsure, exitUntrusted},
		{"a search that did not get to its end", []*result.Trial{blast, top}, exitFailed},
		{"a search and a trial", []*result.Trial{blast, top, surely, bad}, exitUntrusted},
		{"a client-bound trial is a result", []*result.Trial{trial(result.StatusOK, result.TrustClientBound, 20)}, 0},
	} {
		if got := exitCode(tt.trials); got != tt.want {
			t.Errorf("%s: got %d, want %d", tt.why, got, tt.want)
		}
	}
	if a, b := signalCode(os.Interrupt), signalCode(syscall.SIGTERM); a != 130 || b != 143 {
		t.Errorf("signals give %d and %d, want 130 and 143", a, b)
	}
}
