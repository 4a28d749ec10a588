package report

import (
	"bytes"
	"strings"
	"testing"

	"kbench/internal/result"
	"kbench/internal/scenario"
)

// paused makes a trial one with two pauses: one whose backlog was caught up after some seconds, 0 for never, while the load went on,
// and one that ended with the load.
func paused(seconds int64) change {
	return func(t *result.Trial) {
		second := int64(1e9)
		reader := *t.Plan.Consumer
		reader.Pause = []scenario.Pause{{At: 10e9, For: 5e9}, {At: 20e9, For: 5e9}}
		t.Plan.Consumer = &reader
		t.Pauses = []result.Pause{
			{AtNs: new(10 * second), EndNs: new(15 * second), LagBefore: new(int64(40)), LagMax: new(int64(250_000)), Phases: []result.PausePhase{
				{Name: result.PhaseBefore, ForNs: 4 * second, AckedPerS: 50e3, ConsumedPerS: 50e3, Lag: 20, Response: latency(200e3, 3e6)},
				{Name: result.PhasePaused, ForNs: 5 * second, AckedPerS: 50e3, Lag: 250_000, Response: latency(250e3, 2e6)},
				{Name: result.PhaseCatchingUp, ForNs: 2 * second, AckedPerS: 49e3, ConsumedPerS: 170e3, Lag: 30, Response: latency(100e3, 9e6)},
			}},
			{AtNs: new(20 * second), EndNs: new(25 * second), CatchUpNs: new(2 * second), Phases: []result.PausePhase{
				{Name: result.PhasePaused, ForNs: 5 * second, AckedPerS: 50e3, Lag: 250_000},
				{Name: result.PhaseAfterLoad, ForNs: 2 * second, ConsumedPerS: 125e3},
			}},
		}
		if seconds > 0 {
			t.Pauses[0].CatchUpNs = new(seconds * second)
		}
	}
}

func TestBacklog(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		why     string
		changes []change // by repeat
		rows    []string // in Markdown; of the table
	}{
		{"nothing was paused", []change{acks("all")}, nil},
		{"two pauses", []change{paused(2)}, []string{
			"| 10s for 5s | before | 4.00 s | 50.0 k/s | 50.0 k/s | 7.29 ms | 20 | – |",
			"| 10s for 5s | paused | 5.00 s | 50.0 k/s | 0/s | 4.86 ms | 250,000 | – |",
			"| 10s for 5s | catching up | 2.00 s | 49.0 k/s | 170 k/s | 21.9 ms | 30 | 2.00 s |",
			"| 20s for 5s | paused | 5.00 s | 50.0 k/s | 0/s | – | 250,000 | – |",
			"| 20s for 5s | after the load | 2.00 s | – | 125 k/s | – | 0 | 2.00 s |",
		}},
		{"the median of the repeats", []change{paused(2), paused(5), paused(3)}, []string{"| 10s for 5s | catching up | 2.00 s | 49.0 k/s | 170 k/s | 21.9 ms | 30 | 3.00 s |"}},
		{"one of them was not caught up", []change{paused(2), paused(0), paused(4)}, []string{"| 10s for 5s | catching up | 2.00 s | 49.0 k/s | 170 k/s | 21.9 ms | 30 | ≥ 3.00 s |"}},
		{"none of them was", []change{paused(0)}, []string{"| 10s for 5s | catching up | 2.00 s | 49.0 k/s | 170 k/s | 21.9 ms | 30 | – |"}},
	} {
		var trials []*result.Trial
		for i, c := range tt.changes {
			trials = append(trials, newTrial("base", i+1, c))
		}
		r, err := New(newRun(result.StatusOK, []string{"base"}, len(trials), trials...))
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		if err := Markdown(&b, r); err != nil {
			t.Fatal(err)
		}
		text := strings.Join(strings.Fields(b.String()), " ") // without the columns' widths
		if got := strings.Contains(text, "### Backlog"); got != (tt.rows != nil) {
			t.Errorf("%s: there is a table: %v", tt.why, got)
		}
		for _, row := range tt.rows {
			if !strings.Contains(text, row) {
				t.Errorf("%s: no row %q in\n%s", tt.why, row, b.String())
			}
		}
	}
}
