package scenario

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"kbench/internal/unit"
)

const neighbours = `
load: {rate: 1k/s, warmup: 1s, measure: 3s}
producer: {acks: "1", linger: 7ms, config: {a: b}}
message: {size: 1KB}
workloads:
  - {name: steady, consumer: {members: 2}}
  - {name: heavy, load: {rate: max}, producer: {acks: all, config: {c: d}}, message: {keys: {count: 5}}, topic: {partitions: 9}}
`

func workloadOf(t *testing.T, c *Case, name string) *Workload {
	t.Helper()
	i := slices.IndexFunc(c.Scenario.Workloads, func(w Workload) bool { return w.Name == name })
	if i < 0 {
		t.Fatalf("case %s has no workload %s", c.Name, name)
	}
	return &c.Scenario.Workloads[i]
}

// TestWorkloads: what a workload leaves out it has from the top level, key by key.
func TestWorkloads(t *testing.T) {
	t.Parallel()
	c := &parsed(t, "f.yaml", neighbours, Options{}).Cases[0]
	steady, heavy := workloadOf(t, c, "steady"), workloadOf(t, c, "heavy")
	if steady.Consumer == nil || steady.Consumer.Members != 2 || heavy.Consumer != nil {
		t.Errorf("consumers are %+v and %+v; want two members, and none", steady.Consumer, heavy.Consumer)
	}
	if steady.Producer.Acks != "1" || heavy.Producer.Acks != "all" || heavy.Producer.Linger != 7e6 {
		t.Errorf("producers are %+v and %+v", steady.Producer, heavy.Producer)
	}
	if want := map[string]string{"a": "b", "c": "d"}; !reflect.DeepEqual(heavy.Producer.Config, want) {
		t.Errorf("config is %v, want %v", heavy.Producer.Config, want)
	}
	if steady.Load.Rate != 1e3*unit.PerSecond || heavy.Load.Rate != unit.MaxRate || heavy.Load.Measure != 3e9 || heavy.Load.Warmup.For != 1e9 {
		t.Errorf("loads are %+v and %+v", steady.Load, heavy.Load)
	}
	if heavy.Message.Size.Fixed != 1000 || heavy.Message.Keys.Count != 5 || heavy.Topic.Partitions != 9 || steady.Topic.Partitions != 3 {
		t.Errorf("got %+v, %+v and %+v", heavy.Message, heavy.Topic, steady.Topic)
	}
	parts := c.Parts()
	if len(parts) != 2 || parts[0].Name != "base / steady" || parts[1].Scenario.Topic.Partitions != 9 || len(parts[1].Scenario.Workloads) != 0 {
		t.Errorf("parts are %+v", parts)
	}
}

// TestWorkloadsBySet: --set and the matrix reach into workloads by their names.
func TestWorkloadsBySet(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		why, more string
		set       []string
		want      string // of the last case: workloads with their rates and consumers
		wrong     string // the first problem
	}{
		{"as it stands", "", nil, "steady 1k/s consumer, heavy max", ""},
		{"a key of one", "", []string{"workloads.heavy.load.rate=5k/s"}, "steady 1k/s consumer, heavy 5k/s", ""},
		{"a key of all that leave it out", "", []string{"load.rate=2k/s"}, "steady 2k/s consumer, heavy max", ""},
		{"one left out", "", []string{"workloads.heavy=none"}, "steady 1k/s consumer", ""},
		{"one at rest", "", []string{"workloads.heavy.load.rate=0/s"}, "steady 1k/s consumer", ""},
		{"a side that the top level has", "consumer: {}\n", []string{"workloads.heavy.consumer=null"}, "steady 1k/s consumer, heavy max", ""},
		{"a side of the top level", "", []string{"consumer.members=3"}, "steady 1k/s consumer, heavy max consumer", ""},
		{"a matrix", "matrix: {workloads.steady.load.rate: [1k/s, 3k/s]}\n", nil, "steady 3k/s consumer, heavy max", ""},
		{"a matrix of whether it is there", "matrix: {workloads.heavy.load.rate: [max, 0/s]}\n", nil, "steady 1k/s consumer", ""},
		{"a flag for a matrix", "matrix: {workloads.heavy.load.rate: [max, 0/s]}\n", []string{"workloads.heavy.load.rate=7k/s"}, "steady 1k/s consumer, heavy 7k/s", ""},
		{"a section of one", "matrix: {workloads.heavy.load: [{as: slow, rate: 1/s}]}\n", nil, "steady 1k/s consumer, heavy 1/s", ""},
		{"a variant that has one more", "matrix: {variant: [{as: more, workloads: [{name: third, load: {rate: 9/s}}]}]}\n", nil, "steady 1k/s consumer, heavy max, third 9/s", ""},
		{"none of that name", "", []string{"workloads.havy.load.rate=1/s"}, "", "--set workloads.havy.load.rate=1/s: workloads.havy: there is no workload of that name; there are steady or heavy"},
		{"none of that name, to be left out", "", []string{"workloads.havy=none"}, "", "--set workloads.havy=none: workloads.havy: there is no workload of that name; there are steady or heavy"},
		{"no key", "", []string{"workloads.heavy.laod.rate=1/s"}, "", "--set workloads.heavy.laod.rate=1/s: workloads.heavy.laod.rate: unknown key; did you mean load?"},
		{"what is common", "", []string{"workloads.heavy.load.measure=1s"}, "", "--set workloads.heavy.load.measure=1s: workloads.heavy.load.measure: load.measure is common to all workloads, and stands at the top level; a workload has rate, profile, trace or arrival for itself"},
		{"all left out", "", []string{"workloads.heavy=none", "workloads.steady=none"}, "", "f.yaml:6:3: workloads: every workload is left out; leave one"},
		{"a list", "", []string{"workloads=steady"}, "", "--set workloads=steady: workloads: a list, which only the file can have"},
		{"two that set the same", "matrix: {workloads.heavy.load.rate: [1/s], workloads.heavy: [{as: x, load: {rate: 2/s}}]}\n", nil, "", "f.yaml:8:44: matrix.workloads.heavy: sets workloads.heavy.load.rate, which matrix.workloads.heavy.load.rate sets too; leave it to one of the two"},
	} {
		p, err := Parse("f.yaml", []byte(neighbours+tt.more), Options{Set: tt.set})
		if tt.wrong != "" {
			if first, _, _ := strings.Cut(errorOf(err), "\n"); first != tt.wrong {
				t.Errorf("%s:\ngot  %s\nwant %s", tt.why, first, tt.wrong)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", tt.why, err)
			continue
		}
		var got []string
		for _, w := range p.Cases[len(p.Cases)-1].Scenario.Workloads {
			text := w.Name + " " + w.Load.Rate.String()
			if w.Consumer != nil {
				text += " consumer"
			}
			got = append(got, text)
		}
		if all := strings.Join(got, ", "); all != tt.want {
			t.Errorf("%s: got %s, want %s", tt.why, all, tt.want)
		}
	}
}

func errorOf(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
