package result

import (
	"testing"

	"kbench/internal/scenario"
)

func threshold(t *testing.T, text string) scenario.Threshold {
	t.Helper()
	th, err := scenario.ParseThreshold(text)
	if err != nil {
		t.Fatal(err)
	}
	return th
}

// TestThresholdsOfWorkloads: NAME.METRIC is of one workload, METRIC of all together.
func TestThresholdsOfWorkloads(t *testing.T) {
	t.Parallel()
	p99 := func(ns int64, atLeast ...string) map[Span]*Latency {
		return map[Span]*Latency{Response: {Count: 5000, P99Ns: &ns, AtLeast: atLeast}}
	}
	trial := &Trial{
		Case: "base", Repeat: 1, Status: StatusOK, MeasureNs: 1e9,
		Plan: scenario.Scenario{Workloads: []scenario.Workload{{Name: "a", Producer: &scenario.Producer{}}, {Name: "b", Producer: &scenario.Producer{}}}},
		Workloads: []*Trial{
			{Workload: "a", MeasureNs: 1e9, Latency: p99(5e6)},
			{Workload: "b", MeasureNs: 1e9, Latency: p99(9e6, "p99")},
		},
	}
	for _, tt := range []struct {
		why, text string
		missed    bool
		unknown   string
	}{
		{"one that holds", "a.response_p99 <= 5ms", false, ""},
		{"one that does not", "a.response_p99 < 5ms", true, ""},
		{"a lower bound", "b.response_p99 <= 1s", true, ""},
		{"the whole has no such span", "response_p99 <= 1s", true, "not every workload has it; a.response_p99 is of one"},
		{"one has no such span", "a.e2e_p99 <= 1s", true, "the scenario has no producer"},
		{"a case that leaves it out", "c.response_p99 <= 1ns", false, ""},
	} {
		trial.Plan.Thresholds = []scenario.Threshold{threshold(t, tt.text)}
		all := CheckAll([]*Trial{trial})
		if (len(all) == 1 && !all[0].OK) != tt.missed || len(all) == 1 && all[0].Why != tt.unknown {
			t.Errorf("%s: got %+v", tt.why, all)
		}
	}
	if m, ok := Lookup("a.response_p99"); !ok || m.Unit != UnitNs || m.Name != "a.response_p99" || !trial.AtLeast("b.response_p99") || trial.AtLeast("a.response_p99") {
		t.Errorf("got %+v", m)
	}
}

// TestSplit: rows of reports, and what they leave as it is.
func TestSplit(t *testing.T) {
	t.Parallel()
	plain, one := &Trial{Case: "x"}, &Trial{Case: "x", Workloads: []*Trial{{Case: "x", Workload: "a"}}}
	two := &Trial{Case: "x", Workloads: []*Trial{{Case: "x", Workload: "a"}, {Case: "x", Workload: "b"}}}
	var names string
	for _, s := range SplitAll([]*Trial{plain, one, two}) {
		names += s.Case + ";"
	}
	if want := "x;x / a;x / a;x / b;x / all;"; names != want || two.Case != "x" || two.Workloads[0].Case != "x" {
		t.Errorf("got %s, want %s", names, want)
	}
}

func TestWorseTrust(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ a, b, want string }{
		{TrustOK, TrustInvalid, TrustInvalid}, {TrustClientBound, TrustOK, TrustClientBound}, {TrustInvalid, TrustClientBound, TrustInvalid}, {TrustOK, "", TrustOK},
	} {
		if got := WorseTrust(tt.a, tt.b); got != tt.want {
			t.Errorf("of %q and %q: got %q, want %q", tt.a, tt.b, got, tt.want)
		}
	}
}

// TestSecretsOfWorkloads: they are masked in the plan of the whole and in the records of the workloads.
func TestSecretsOfWorkloads(t *testing.T) {
	t.Parallel()
	producer := func() *scenario.Producer {
		p := &scenario.Producer{}
		p.Config = map[string]string{"sasl.password": "hunter2"}
		return p
	}
	s := scenario.Scenario{Workloads: []scenario.Workload{{Name: "a", Producer: producer()}}}
	masked := maskScenario(s)
	if got := masked.Workloads[0].Producer.Config["sasl.password"]; got != "***" || s.Workloads[0].Producer.Config["sasl.password"] != "hunter2" {
		t.Errorf("got %q, and before it %v", got, s.Workloads[0].Producer.Config)
	}
	if !hasSecret(&scenario.Case{Scenario: s}) {
		t.Error("the source has a secret, and nobody says so")
	}
}
