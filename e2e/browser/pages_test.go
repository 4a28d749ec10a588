//go:build e2e

package browser

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"

	"kbench/internal/result"
	"kbench/internal/scenario"
	"kbench/internal/search"
	"kbench/internal/unit"
	"kbench/report"
)

// pages writes pages, all of them or those named, and returns their files by name. Their records are those of the runs that are kept in
// results, and what is made of them here: the form is that of real ones, the numbers of the latter say nothing.
func pages(t *testing.T, names ...string) map[string]string {
	t.Helper()
	acks := func() *result.Run { return read(t, "acks-tradeoff-20261121T054645Z") }
	runs := map[string]func() *result.Run{
		"acks":       acks,
		"failure":    func() *result.Run { return read(t, "acks-under-failure-20261121T152656Z") },
		"comparison": func() *result.Run { return compared(t, acks(), 10) },
		"linger":     func() *result.Run { return read(t, "linger-20261122T021437Z") },
		"search":     func() *result.Run { return searched(t, acks()) },
		"matrix":     func() *result.Run { return matrix(t, acks()) },
		"many":       func() *result.Run { return many(t, acks(), 1000) },
		"failing":    func() *result.Run { return failing(t, acks()) },
		"far":        func() *result.Run { return far(compared(t, acks(), 10)) },
		"empty": func() *result.Run {
			run := acks()
			run.Trials, run.Manifest.Status = nil, result.StatusRunning
			return run
		},
	}
	dir, out := t.TempDir(), map[string]string{}
	keep := func(name string, write func(w io.Writer) error) {
		out[name] = filepath.Join(dir, name+".html")
		if err := result.WriteAtomic(out[name], write); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
	for name, run := range runs {
		if len(names) > 0 && !slices.Contains(names, name) {
			continue
		}
		r, err := report.New(run())
		if err != nil {
			t.Fatal(err)
		}
		keep(name, func(w io.Writer) error { return report.HTML(w, r) })
	}
	if len(names) == 0 {
		experiment := compared(t, acks(), 10)
		c, err := report.NewStored(report.Stored{Name: "monday", Run: sideOf(experiment, "a")}, report.Stored{Name: "tuesday", Run: sideOf(experiment, "b")}, nil, false)
		if err != nil {
			t.Fatal(err)
		}
		keep("stored", func(w io.Writer) error { return report.ComparisonRenderers()["html"](w, c) })
	}
	return out
}

func read(t *testing.T, name string) *result.Run {
	t.Helper()
	run, err := result.Open(filepath.Join("..", "..", "results", name))
	if err != nil {
		t.Fatal(err)
	}
	return run
}

// like returns a trial like another, slower by a factor.
func like(t *testing.T, of *result.Trial, name string, repeat int, slower float64) *result.Trial {
	t.Helper()
	text, err := json.Marshal(of)
	var out result.Trial
	if err == nil {
		err = json.Unmarshal(text, &out)
	}
	if err != nil {
		t.Fatal(err)
	}
	scale := func(latencies map[result.Span]*result.Latency) {
		for _, l := range latencies {
			for _, p := range []*int64{l.MinNs, l.P50Ns, l.P90Ns, l.P95Ns, l.P99Ns, l.P999Ns, l.P9999Ns, l.MaxNs} {
				if p != nil {
					*p = int64(float64(*p) * slower)
				}
			}
			if l.MeanNs != nil {
				*l.MeanNs *= slower
			}
		}
	}
	scale(out.Latency)
	for i := range out.Windows {
		scale(out.Windows[i].Latency)
	}
	out.ID, out.Case, out.Repeat, out.Position, out.Set = fmt.Sprintf("%s.r%d", name, repeat), name, repeat, repeat, nil
	return &out
}

// runOf is a run that planned the trials that it has.
func runOf(like *result.Run, name, question string, trials ...*result.Trial) *result.Run {
	m := like.Manifest
	plan := scenario.Plan{Name: name, Seed: 1}
	at := map[string]int{}
	for _, t := range trials {
		t.Scenario, t.Run, t.Plan.Description = name, name, question
		if _, known := at[t.Case]; !known {
			at[t.Case] = len(plan.Cases)
			plan.Cases = append(plan.Cases, scenario.Case{Name: t.Case, Set: t.Set, Scenario: t.Plan})
		}
		plan.Order = append(plan.Order, scenario.Step{Case: at[t.Case], Repeat: t.Repeat})
	}
	m.Name, m.Plan, m.Comparison = name, &plan, nil
	return &result.Run{Manifest: m, Trials: trials}
}

// acked returns a trial that has response times.
func acked(t *testing.T, run *result.Run) *result.Trial {
	t.Helper()
	for _, trial := range run.Trials {
		if trial.Latency[result.Response] != nil {
			return trial
		}
	}
	t.Fatal("no trial has response times")
	return nil
}

// compared is a run of kbench ab, side b of which is slower by a fifth.
func compared(t *testing.T, of *result.Run, pairs int) *result.Run {
	t.Helper()
	r := rand.New(rand.NewPCG(1, 2))
	var trials []*result.Trial
	for _, side := range []string{result.SideA, result.SideB} {
		for n := 1; n <= pairs; n++ {
			slower := math.Exp(0.03 * r.NormFloat64())
			if side == result.SideB {
				slower *= 1.2
			}
			trial := like(t, acked(t, of), side, n, slower)
			trial.Pair = &result.Pair{Number: n, Attempt: 1, Side: side}
			trials = append(trials, trial)
		}
	}
	run := runOf(of, "linger", "Does a longer linger cost latency?", trials...)
	run.Manifest.Comparison = &result.Comparison{A: "producer.linger=5ms", B: "producer.linger=10ms", Pairs: pairs, Gates: report.DefaultGates(), OnOpen: "warn"}
	return run
}

// sideOf is one side of a comparison, as a run of its own.
func sideOf(run *result.Run, side string) *result.Run {
	out := &result.Run{Manifest: run.Manifest}
	out.Manifest.Name, out.Manifest.Comparison = side, nil
	for _, trial := range run.Trials {
		if trial.Case == side {
			one := *trial
			one.Case, one.Pair, one.Run = "base", nil, side
			out.Trials = append(out.Trials, &one)
		}
	}
	return out
}

// searched is a search on a cluster that can do 82k/s.
func searched(t *testing.T, of *result.Run) *result.Run {
	t.Helper()
	const most = 82e3
	f := scenario.FindMax{
		SLO:  []scenario.Threshold{{Metric: "response_p99", Op: "<=", Value: 20e6, Text: "response_p99 <= 20ms"}},
		From: 1e3 * unit.PerSecond, To: 2e6 * unit.PerSecond, Precision: 0.05, Curve: true,
	}
	s := search.New(search.Config{From: 1e3, To: 2e6, Precision: 0.05, Curve: true, Seed: 1})
	var trials []*result.Trial
	for step, ok := s.Next(); ok; step, ok = s.Next() {
		rate, pass := step.Rate, step.Rate <= most
		trial := like(t, acked(t, of), "base", len(trials)+1, 1/math.Max(0.04, 1-rate/most))
		trial.Plan.Load.FindMax = &f
		trial.Search = &result.Search{Number: 1, Step: len(trials) + 1, Phase: string(step.Phase), RatePerS: step.Rate, Pass: &pass}
		if step.Phase == search.Blast {
			rate, trial.Search.Pass, trial.Closed = most, nil, true
		}
		trial.Rates = result.Rates{OfferedPerS: rate, AckedPerS: math.Min(rate, most), AckedBytesPerS: 200 * math.Min(rate, most)}
		trial.Windows = nil
		s.Done(step, trial.Outcome())
		trials = append(trials, trial)
	}
	return runOf(of, "capacity", "What is the highest rate with a response p99 of 20 ms or less?", trials...)
}

// matrix is a run with throughput that differs, so that there is something to trade.
func matrix(t *testing.T, of *result.Run) *result.Run {
	t.Helper()
	r := rand.New(rand.NewPCG(3, 4))
	var trials []*result.Trial
	for i, linger := range []string{"0s", "1ms", "5ms", "20ms", "100ms"} {
		for j, codec := range []string{"none", "lz4", "zstd"} {
			name := "linger=" + linger + ",compression=" + codec
			for repeat := 1; repeat <= 3; repeat++ {
				noise := math.Exp(0.05 * r.NormFloat64())
				trial := like(t, acked(t, of), name, repeat, noise*math.Pow(2.1, float64(i))*(1+0.3*math.Abs(float64(j)-1)))
				trial.Set = []scenario.Setting{{Path: "producer.linger", Value: linger}, {Path: "producer.compression", Value: codec}}
				trial.Rates.OfferedPerS = 500e3
				trial.Rates.AckedPerS = 9e4 * (1 + float64(i)) * (1.3 - 0.25*math.Abs(float64(j)-1)) * math.Exp(0.02*r.NormFloat64())
				trials = append(trials, trial)
			}
		}
	}
	trials[4].Verdict = result.Verdict{Trust: result.TrustInvalid, Reasons: []string{"the host took 9 % of the machine's CPU time away (limit 2 %)"}}
	return runOf(of, "batching", "Which linger and which codec suit small records?", trials...)
}

// many is a run of so many trials of a minute, three of each case.
func many(t *testing.T, of *result.Run, trials int) *result.Run {
	t.Helper()
	var all []*result.Trial
	base := acked(t, of)
	for i := range trials {
		value := fmt.Sprintf("%dms", i/3)
		trial := new(*base)
		if i%100 == 0 { // a copy is not for nothing
			trial = like(t, base, "", 0, 1.3)
			base = trial
		}
		trial.Case, trial.Repeat = "linger="+value, i%3+1
		trial.Set = []scenario.Setting{{Path: "producer.linger", Value: value}}
		windows := trial.Windows
		trial.Windows, trial.WarmupNs, trial.MeasureNs = nil, 5e9, 55e9
		for at := -5; at < 55; at++ {
			w := windows[(at+5)%len(windows)]
			w.Index = at
			trial.Windows = append(trial.Windows, w)
		}
		all = append(all, trial)
	}
	return runOf(of, "many", "How does a page of a thousand trials look?", all...)
}
