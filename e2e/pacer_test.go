//go:build e2e

package e2e

import (
	"math"
	"testing"

	"kbench/internal/result"
)

const pacer = `
name: pacer
load: {warmup: 1s, measure: 10s, drain: 5s}
producer: {client: "null"}
message: {size: 200B}
matrix: {load.rate: [1k/s, 10k/s, 100k/s, 1M/s]}
repeats: 1
`

// TestPacer holds the pacer to its figures where nothing competes with it: the schedule is met, each record leaves within
// a fraction of a millisecond, and waiting costs less than half a core. A pacer on Go's own timers fails it: they wake a
// millisecond late.
func TestPacer(t *testing.T) {
	for _, rate := range []string{"1k/s", "10k/s", "100k/s", "1M/s"} {
		trial := trusted(t, func() run { return runScenario(t, pacer, "--only", "rate="+rate) })
		rates := trial.Rates
		cores := trial.Usage.CPUCores
		t.Logf("%s: offered %.1f/s, acked %.1f/s; %s; hiccups p99 %.3f ms; steal %.2f %%; %.2f cores; trust %s", rate, rates.OfferedPerS, rates.AckedPerS, latencies(trial, result.Lag), float64(trial.Usage.HiccupP99Ns)/1e6, 100*trial.Usage.StealPart, cores, trial.Verdict.Trust)
		if off := math.Abs(rates.AckedPerS/rates.OfferedPerS - 1); off > 0.001 {
			t.Errorf("%s: achieved is off by %.3f %%, want 0.1 %% at most", rate, 100*off)
		}
		// Where the machine wakes even a thread late that does nothing but sleep, no pacer is better than that thread.
		idle := float64(trial.Usage.HiccupP99Ns) / 1e6
		between(t, trial, "lag_p50", 0, 0.1)
		between(t, trial, "lag_p99", 0, max(0.25, 1.5*idle))
		// A million records a second are work, not waiting.
		if rate != "1M/s" && cores > 0.4 {
			t.Errorf("%s: %.2f cores, want 0.4 at most", rate, cores)
		}
	}
}
