package main

import (
	"math"
	"strings"
	"testing"

	"kbench/internal/result"
	"kbench/internal/scenario"
	"kbench/report"
)

// abTrials makes the records of pairs, of which b acks so many records a second where a acks 1000.
func abTrials(acked ...float64) (trials []*result.Trial) {
	for i, b := range acked {
		for side, perS := range map[string]float64{result.SideA: 1000, result.SideB: b} {
			trials = append(trials, &result.Trial{
				Case: side, Repeat: i + 1, Status: result.StatusOK, MeasureNs: 1e9, Verdict: result.Verdict{Trust: result.TrustOK},
				Pair: &result.Pair{Number: i + 1, Attempt: 1, Side: side}, Rates: result.Rates{AckedPerS: perS},
				Plan: scenario.Scenario{Producer: scenario.Default().Producer},
			})
		}
	}
	return trials
}

func TestExperimentExitCode(t *testing.T) {
	t.Parallel()
	same := []float64{1001, 999, 1002, 998, 1000, 1001, 999, 1000}
	half := []float64{501, 499, 502, 498, 500, 501, 499, 500}
	wild := []float64{500, 2000, 700, 1500, 400, 2500, 900, 1100}
	spoil := func(trials []*result.Trial, from, attempt int) []*result.Trial {
		for _, tr := range trials {
			if tr.Pair.Number >= from {
				tr.Pair.Attempt, tr.Verdict.Trust = attempt, result.TrustInvalid
			}
		}
		return trials
	}
	for _, tt := range []struct {
		why    string
		trials []*result.Trial
		fail   bool // when inconclusive
		want   int
	}{
		{"no difference", abTrials(same...), true, 0},
		{"a regression", abTrials(half...), false, exitMissed},
		{"the answer is open", abTrials(wild...), false, 0},
		{"it is open, and was told to fail then", abTrials(wild...), true, exitFailed},
		{"three pairs of eight are left", spoil(abTrials(same...), 4, 3), false, exitUntrusted},
		{"what was run again does not count", append(spoil(abTrials(half...)[:2], 1, 1), func() []*result.Trial {
			again := abTrials(same...)
			for _, tr := range again[:2] {
				tr.Pair.Attempt = 2
			}
			return again
		}()...), false, 0},
		{"a trial failed, three times", func() []*result.Trial {
			trials := abTrials(same...)
			trials[0].Status, trials[0].Verdict.Trust = result.StatusFailed, result.TrustInvalid
			return trials
		}(), false, exitFailed},
		{"a threshold of the scenario is missed", func() []*result.Trial {
			trials := abTrials(same...)
			th, err := scenario.ParseThreshold("acked_per_s >= 2k/s")
			if err != nil {
				t.Fatal(err)
			}
			for _, tr := range trials {
				tr.Plan.Thresholds = []scenario.Threshold{th}
			}
			return trials
		}(), false, exitMissed},
		{"side a alone misses one", func() []*result.Trial {
			trials := abTrials(same...)
			for _, tr := range trials {
				if tr.Pair.Side == result.SideA {
					tr.Plan.Thresholds = []scenario.Threshold{{Metric: "acked_per_s", Op: ">=", Value: 1e6, Text: "acked_per_s >= 1M"}}
				}
			}
			return trials
		}(), false, 0},
	} {
		x := &experiment{fail: tt.fail, declared: result.Comparison{
			A: "one", B: "other", Pairs: 8, Gates: []result.Gate{{Metric: "acked_per_s", Margin: 0.05}},
		}}
		answer, err := report.NewPaired(&x.declared, tt.trials)
		if err != nil {
			t.Fatal(err)
		}
		if got := x.exitCode(answer, tt.trials); got != tt.want {
			t.Errorf("%s: exit %d, want %d", tt.why, got, tt.want)
		}
	}
}

// TestOnInconclusive goes from the flag's words to what they do where the answer is open.
func TestOnInconclusive(t *testing.T) {
	t.Parallel()
	wild := abTrials(500, 2000, 700, 1500, 400, 2500, 900, 1100)
	for _, tt := range []struct {
		flag   string
		extend bool
		want   int
	}{
		{"warn", false, 0},
		{"fail", false, exitFailed},
		{"extend", true, 0},
		{"extend,warn", true, 0},
		{"extend,fail", true, exitFailed},
	} {
		f := abFlags{pairs: 8, gates: []string{"acked_per_s"}, onOpen: strings.Split(tt.flag, ",")}
		x, err := f.experiment("-", strings.NewReader("producer: {client: \"null\"}\n"))
		if err != nil {
			t.Errorf("%s: %v", tt.flag, err)
			continue
		}
		if open := undecided(&x.declared, wild); x.declared.Extend != tt.extend || !open {
			t.Errorf("%s: extends %v, open %v; want %v, true", tt.flag, x.declared.Extend, open, tt.extend)
		}
		answer, err := report.NewPaired(&x.declared, wild)
		if err != nil {
			t.Fatal(err)
		}
		if code := x.exitCode(answer, wild); code != tt.want {
			t.Errorf("%s: exit %d, want %d", tt.flag, code, tt.want)
		}
	}
}

func TestReadVariant(t *testing.T) {
	t.Parallel()
	v, err := readVariant("a", []string{"producer.linger=5ms", "client=franz", "brokers=x:1,y:2", "scenario=other.yaml", "producer.config.a=b=c"})
	if err != nil {
		t.Fatal(err)
	}
	got := []string{strings.Join(v.set, " "), v.client, strings.Join(v.brokers, " "), v.scenario, v.text}
	want := []string{
		"producer.linger=5ms producer.config.a=b=c", "franz", "x:1 y:2", "other.yaml",
		"producer.linger=5ms client=franz brokers=x:1,y:2 scenario=other.yaml producer.config.a=b=c",
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("got %q, want %q", got[i], want[i])
		}
	}
	if v, err := readVariant("b", nil); err != nil || v.text != asItIs {
		t.Errorf("nothing is %q, %v, want %q", v.text, err, asItIs)
	}
	set := v.settings(&scenario.Scenario{Producer: scenario.Default().Producer})
	if n := len(set); n != 5 {
		t.Errorf("%d settings are shown, want the scenario, the brokers, one client and two keys: %v", n, set)
	}
}

func TestGatesText(t *testing.T) {
	t.Parallel()
	gates, err := readGates([]string{"response_p99=10%", "acked_per_s=2.5%"})
	if err != nil {
		t.Fatal(err)
	}
	if got := gatesText(gates); got != "response_p99=10% acked_per_s=2.5%" || math.Abs(gates[0].Margin-0.1) > 1e-12 {
		t.Errorf("got %q, %v", got, gates)
	}
}
