package report

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"kbench/internal/result"
)

// noisy multiplies latencies, CPU and throughput by what a machine does: other numbers for another seed, and the same for the same.
func noisy(seed int, by float64) change {
	return func(t *result.Trial) {
		r := rand.New(rand.NewPCG(uint64(seed), 3))
		faster(math.Exp(-by * r.NormFloat64()))(t)
		t.Rates.AckedPerS *= math.Exp(by / 10 * r.NormFloat64())
		cpu := *t.Cost.CPUNsPerRecord * math.Exp(by*r.NormFloat64())
		t.Cost.CPUNsPerRecord = &cpu
	}
}

func side(number, attempt int, name string) change {
	return func(t *result.Trial) { t.Pair = &result.Pair{Number: number, Attempt: attempt, Side: name} }
}

func invalid(t *result.Trial) {
	t.Verdict = result.Verdict{Trust: result.TrustInvalid, Reasons: []string{"the host took 9 % of the machine's CPU time away (limit 2 %)"}}
}

// experiment is a run of kbench ab with so many pairs, all with the changes of side b.
func experiment(declared result.Comparison, pairs int, noise float64, ofB ...change) *result.Run {
	if declared.Gates == nil {
		declared.Gates = DefaultGates()
	}
	if declared.A == "" {
		declared.A, declared.B = "producer.linger=5ms", "producer.linger=10ms"
	}
	var trials []*result.Trial
	for _, name := range []string{"a", "b"} {
		for n := 1; n <= pairs; n++ {
			changes := []change{side(n, 1, name), noisy(2*n+len(name)*int(name[0]), noise)}
			if name == "b" {
				changes = append(changes, ofB...)
			}
			t := newTrial("base", 2, changes...) // the same wobble for all
			t.Case, t.Repeat = name, n
			trials = append(trials, t)
		}
	}
	run := newRun(result.StatusComplete, []string{"a", "b"}, pairs, trials...)
	run.Manifest.Comparison = &declared
	return run
}

// repeats are so many trials of a case.
func repeats(name string, n int, noise float64, changes ...change) (trials []*result.Trial) {
	for repeat := 1; repeat <= n; repeat++ {
		t := newTrial(name, repeat, append([]change{noisy(repeat+10*len(name), noise), acks("1")}, changes...)...)
		t.Position = 2*repeat - len(name)%2
		trials = append(trials, t)
	}
	return trials
}

// stored is a result of its own, of another day.
func stored(name string, trials ...*result.Trial) Stored {
	return Stored{Name: name, Run: &result.Run{
		Manifest: result.Manifest{Schema: result.Schema, Name: name, Status: result.StatusComplete, Start: name, Kbench: "v0.3.0"}, Trials: trials,
	}}
}

// comparisons are those of the goldens, by name.
func comparisons(t *testing.T) map[string]*Comparison {
	t.Helper()
	must := func(c *Comparison, err error) *Comparison {
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	ab := func(run *result.Run) *Comparison { return must(NewPaired(run.Manifest.Comparison, run.Trials)) }
	bad := experiment(result.Comparison{Pairs: 10}, 10, 0.01, faster(0.8))
	invalid(bad.Trials[3])
	again := newTrial("base", 2, side(4, 2, "a"), noisy(77, 0.01))
	pair := newTrial("base", 2, side(4, 2, "b"), noisy(78, 0.01), faster(0.8))
	again.Case, again.Repeat, pair.Case, pair.Repeat = "a", 21, "b", 21
	bad.Trials = append(bad.Trials, again, pair)
	bad.Trials[5].Status, bad.Trials[5].Failure = result.StatusFailed, "no broker answered"
	bad.Trials[12].Verdict.Trust = result.TrustClientBound
	few := experiment(result.Comparison{Pairs: 8}, 8, 0.01)
	invalid(few.Trials[0])
	invalid(few.Trials[1])
	open := experiment(result.Comparison{Pairs: 10, Extend: true}, 20, 0.3)
	same := experiment(result.Comparison{Pairs: 7, A: "as it is", B: "as it is"}, 7, 0.01)
	night := func(name string, slower float64) Stored {
		return stored(name, slices.Concat(repeats("acks=1", 6, 0.01, faster(1/slower)), repeats("acks=all", 6, 0.01))...)
	}
	oneRun := stored("run", slices.Concat(repeats("a", 10, 0.01), repeats("bb", 10, 0.01, faster(1.2)))...)
	of := func(name string) Stored {
		s := oneRun
		s.Name, s.Case = "run:"+name, name
		return s
	}
	broken := stored("broken", repeats("acks=1", 4, 0.01, func(t *result.Trial) {
		t.Plan.Producer.Linger *= 2
		t.Host.Kernel, t.Fingerprint, t.Cluster.Version = "6.19.0", "else", "4.4.0"
		if t.Repeat == 4 {
			invalid(t)
		}
	})...)
	return map[string]*Comparison{
		"ab-pass":          ab(same),
		"ab-fail":          ab(bad),
		"ab-untrusted":     ab(few),
		"ab-extended":      ab(open),
		"stored-cases":     must(NewStored(night("monday", 1), night("tuesday", 1.5), nil, false)),
		"stored-few":       must(NewStored(night("monday", 1), broken, []result.Gate{{Metric: "response_p99", Margin: 0.1}}, true)),
		"stored-one-run":   must(NewStored(of("a"), of("bb"), nil, false)),
		"stored-one-other": must(NewStored(of("bb"), of("a"), []result.Gate{{Metric: "response_p50", Margin: 0.05}, {Metric: "response_p999", Margin: 2}}, false)),
	}
}
