package report

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"kbench/internal/result"
	"kbench/internal/scenario"
	"kbench/internal/search"
	"kbench/internal/unit"
)

// A simulated cluster is what a simulated cluster can do, and from which rate on nobody can tell; 0: it can always be told.
type simulated struct{ perS, tell float64 }

// searched carries out a search on it. cut ends it after so many steps; 0: it is carried out to its end.
func searched(name string, number, repeat int, c simulated, curve bool, cut int) (trials []*result.Trial) {
	f := scenario.FindMax{
		SLO:  []scenario.Threshold{{Metric: "response_p99", Op: "<=", Value: 20e6, Text: "response_p99 <= 20ms"}},
		From: 1e3 * unit.PerSecond, To: 2e6 * unit.PerSecond, Precision: 0.05, Curve: curve,
	}
	s := search.New(search.Config{From: 1e3, To: 2e6, Precision: 0.05, Curve: curve, Seed: 1})
	for step, ok := s.Next(); ok && (cut == 0 || len(trials) < cut); step, ok = s.Next() {
		t := newTrial(name, repeat+len(trials), produceOnly)
		t.Plan.Load.FindMax = &f
		t.Search = &result.Search{Number: number, Step: len(trials) + 1, Phase: string(step.Phase), RatePerS: step.Rate}
		rate, pass := step.Rate, step.Rate <= c.perS
		switch {
		case step.Phase == search.Blast:
			closedLoop(t)
			rate = c.perS
		case c.tell > 0 && step.Rate > c.tell:
			t.Verdict = result.Verdict{Trust: result.TrustClientBound, Reasons: []string{"kbench used 91 % of its CPU allowance"}}
			t.Search.Why = t.Verdict.Reasons[0]
		default:
			faster(max(0.45, 2-2*rate/c.perS))(t)
			t.Search.Pass = &pass
			if !pass {
				t.Search.Why = fmt.Sprintf("%s/s of %s/s were acked; response_p99 is 1.23 s, not <= 20.0 ms", unit.Human(c.perS), unit.Human(rate))
			}
		}
		t.Rates = result.Rates{OfferedPerS: rate, AckedPerS: min(rate, c.perS), AckedBytesPerS: 200 * min(rate, c.perS)}
		if step.Phase == search.Blast {
			t.Rates.OfferedPerS = 0
		}
		s.Done(step, t.Outcome())
		trials = append(trials, t)
	}
	return trials
}

// searchRun has two cases that search: one is found twice and has a curve, in the other kbench gives out first.
func searchRun() *result.Run {
	first := searched("acks=1", 1, 1, simulated{82_000, 0}, true, 0)
	second := searched("acks=1", 2, 1+len(first), simulated{80_000, 0}, false, 0)
	limited := searched("acks=all", 1, 1, simulated{82_000, 60_000}, false, 0)
	cut := searched("acks=all", 2, 1+len(limited), simulated{82_000, 0}, false, 3)
	run := newRun(result.StatusInterrupted, []string{"acks=1", "acks=all"}, 2, slices.Concat(first, second, limited, cut)...)
	for i := range run.Manifest.Plan.Cases {
		run.Manifest.Plan.Cases[i].Scenario.Load.FindMax = first[0].Plan.Load.FindMax
	}
	return run
}

func TestCapacityHeadline(t *testing.T) {
	t.Parallel()
	below, above := simulated{500, 0}, simulated{1e9, 0}
	flap := searched("base", 1, 1, simulated{82_000, 0}, false, 0)
	for _, trial := range flap {
		if trial.Search.Phase == "blast" {
			trial.Rates.AckedPerS = 41_000
		}
	}
	tests := []struct {
		why           string
		trials        []*result.Trial
		verdict, text string
	}{
		{"it was found", searched("base", 1, 1, simulated{82_000, 0}, false, 0), "Capacity: 80.3 k/s to 83.1 k/s (3.6 %) under response_p99 <= 20ms", "Confirmed. Above it: 82.0 k/s of "},
		{"the lowest rate failed", searched("base", 1, 1, below, false, 0), "Capacity: below 1.00 k/s under response_p99 <= 20ms", "None passed. "},
		{"the highest rate passed", searched("base", 1, 1, above, false, 0), "Capacity: 2.00 M/s or more under response_p99 <= 20ms", "Confirmed."},
		{"kbench gave out", searched("base", 1, 1, simulated{82_000, 60_000}, false, 0), "Capacity: 58.", "Harness-limited. Above it: kbench used 91 % of its CPU allowance."},
		{"kbench gave out at once", searched("base", 1, 1, simulated{82_000, 1}, false, 0), "Capacity: not found under ", "Harness-limited. "},
		{"it was cut short", searched("base", 1, 1, simulated{82_000, 0}, false, 1), "Capacity: not found under ", "Unfinished."},
		{"throughput falls when there is too much", flap, "Capacity: ", "Confirmed, unstable. "},
		{
			"two searches", slices.Concat(searched("base", 1, 1, simulated{82_000, 0}, false, 0), searched("base", 2, 50, simulated{80_000, 0}, false, 0)),
			"Capacity: ", "Medians of 2 searches, which agree within 2.5 %. Confirmed.",
		},
	}
	for _, tt := range tests {
		got := capacityHeadlines(tt.trials)
		if len(got) != 1 || !strings.HasPrefix(got[0].Verdict, tt.verdict) || !strings.HasPrefix(got[0].Text, tt.text) {
			t.Errorf("%s: got %q, want %q and %q", tt.why, got, tt.verdict, tt.text)
		}
	}
	if got := capacityHeadlines(searchRun().Trials); len(got) != 2 || !strings.HasPrefix(got[1].Verdict, "Capacity of acks=all: ") {
		t.Errorf("got %q, want one for each case", got)
	}
}

// TestOverloadHasNoPercentiles: how long one gets there depends on how long the trial lasts.
func TestOverloadHasNoPercentiles(t *testing.T) {
	t.Parallel()
	r, err := New(searchRun())
	if err != nil || len(r.Searches.Curves) != 1 {
		t.Fatalf("got %v and %d curves, want one", err, len(r.Searches.Curves))
	}
	c := r.Searches.Curves[0]
	last := c.Rows[len(c.Rows)-1].Cells
	if len(c.Rows) != 11 || last[len(last)-1].Text != "overloaded" || last[2].Number == nil || last[3].Number != nil || last[5].Number != nil {
		t.Errorf("got %d rows, the last %+v", len(c.Rows), last)
	}
	knees := 0
	for _, row := range c.Rows {
		if strings.HasPrefix(row.Cells[len(row.Cells)-1].Text, "knee") {
			knees++
		}
	}
	if knees == 0 || !strings.Contains(c.Caption, "The knee") || len(r.Result.Columns) != 0 {
		t.Errorf("got %d knees, the caption %q and a result of %v", knees, c.Caption, r.Result.Columns)
	}
}

func TestKnees(t *testing.T) {
	t.Parallel()
	yes := true
	point := func(rate, factor float64) *result.Trial {
		return newTrial("base", 1, faster(factor), func(t *result.Trial) {
			t.Search = &result.Search{Phase: "curve", RatePerS: rate, Pass: &yes}
			t.Rates = result.Rates{OfferedPerS: rate, AckedPerS: rate}
		})
	}
	tests := []struct {
		why    string
		trials []*result.Trial
		says   string
		knees  int
	}{
		{"nothing was measured", nil, "No knee: no response was measured.", 0},
		{"latency does not rise", []*result.Trial{point(1e3, 1), point(2e3, 1), point(3e3, 1)}, "Up to 3.00 k/s there is no knee: throughput over mean response still grows there.", 0},
		{"both see it", []*result.Trial{point(1e3, 1), point(2e3, 1), point(3e3, 0.1)}, "The knee, where throughput over mean response is highest, is at 2.00 k/s; Kneedle says the same.", 1},
		{"a queue, where they differ", []*result.Trial{point(2e3, 8), point(4e3, 6), point(5e3, 5), point(7e3, 3), point(9e3, 1)}, "The knee, where throughput over mean response is highest, is at 5.00 k/s; Kneedle, which goes by the bend alone, says 7.00 k/s.", 2},
	}
	for _, tt := range tests {
		knees, says := kneesOf(tt.trials)
		if says != tt.says || len(knees) != tt.knees {
			t.Errorf("%s: got %d and %q, want %d and %q", tt.why, len(knees), says, tt.knees, tt.says)
		}
	}
}
