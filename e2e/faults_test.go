//go:build e2e

package e2e

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"kbench/internal/result"
)

// TestFaults does to one node what scenarios can: to a Kafka that another kbench has started, so that its processes are
// nobody's children.
func TestFaults(t *testing.T) {
	ownCluster(t)
	for _, tt := range []struct {
		name string
		test func(*testing.T)
	}{
		{"pause", pausedByKbench},
		{"kill with acks all", killedWithAcksAll},
		{"kill with acks 0", killedWithAcks0},
		{"slow", slowedByKbench},
		{"interrupted", interruptedFault},
		{"refused", refusedFaults},
	} {
		t.Run(tt.name, tt.test)
	}
}

// theFault returns the only fault of a trial, which must have been done and undone.
func theFault(t *testing.T, trial *result.Trial) result.Fault {
	t.Helper()
	if len(trial.Faults) != 1 {
		t.Fatalf("%d faults are in the record, want 1", len(trial.Faults))
	}
	f := trial.Faults[0]
	text, _ := json.Marshal(f)
	t.Logf("%s", text)
	if f.Problem != "" || f.AtNs == nil || f.EndNs == nil {
		t.Fatalf("the fault was not done as planned: %q", f.Problem)
	}
	for _, e := range trial.Events {
		t.Logf("%v %s", time.Duration(e.AtNs), e.What)
	}
	return f
}

// pausedByKbench proves that a pause that the scenario asks for does what the same signal from outside does.
func pausedByKbench(t *testing.T) {
	trial := trusted(t, func() run {
		return runScenario(t, `
name: pause
preheat: 0s
load: {rate: 1k/s, warmup: 2s, measure: 10s}
producer: {}
consumer: {}
faults: [{at: 5s, do: pause, node: leader, for: 1s}]
repeats: 1
`, "--cluster", "running")
	})
	f := theFault(t, trial)
	between(t, trial, "response_p95", 450, 560)
	between(t, trial, "response_p99", 860, 960)
	between(t, trial, "response_max", 950, 1150)
	if lasted := time.Duration(*f.EndNs - *f.AtNs); lasted < 990*time.Millisecond || lasted > 1100*time.Millisecond {
		t.Errorf("the pause lasted %v, want 1s", lasted)
	}
	if f.During.P99Ns == nil || *f.During.P99Ns < 900e6 || f.Before.P99Ns == nil || *f.Before.P99Ns > 100e6 {
		t.Errorf("before %+v, during %+v", f.Before, f.During)
	}
	// A hiccup of brokers that are still cold makes a later second a slow one too, which is then the last that is not as before.
	if f.RecoverNs == nil || *f.RecoverNs < 500e6 || *f.RecoverNs > 4500e6 {
		t.Errorf("back after %s ns, want about 1 s, and 4.5 s at most", show(f.RecoverNs))
	}
	if !is(f.Failed, 0) || !is(f.Lost, 0) || trial.Counts.Acked != 10_000 {
		t.Errorf("failed %s, lost %s, acked %d; a pause loses nothing", show(f.Failed), show(f.Lost), trial.Counts.Acked)
	}
}

// crashed is a scenario whose only node crashes in the middle of the load and comes back three seconds later.
const crashed = `
name: crashed
preheat: 0s
load: {rate: 10k/s, warmup: 2s, measure: 15s, drain: 60s}
producer: {timeout: 60s}
consumer: {}
faults: [{at: 6s, do: kill, node: 1, for: 3s}]
repeats: 1
`

// killedWithAcksAll proves that nothing acknowledged is lost when the broker's process crashes.
func killedWithAcksAll(t *testing.T) {
	trial := runScenario(t, crashed, "--cluster", "running").trial(t)
	f := theFault(t, trial)
	if !is(f.Lost, 0) || !is(trial.Counts.Lost, 0) || trial.Counts.Acked != 150_000 {
		t.Errorf("lost %s, acked %d of 150000; want 0 and all", show(trial.Counts.Lost), trial.Counts.Acked)
	}
	if f.During.P99Ns == nil || *f.During.P99Ns < 2e9 {
		t.Errorf("during %+v, want a p99 above the 2 s for which the node was surely away", f.During)
	}
}

// killedWithAcks0 proves that the loss that acks 0 has is seen. What was on its way at that instant may be nothing, hence
// three tries.
func killedWithAcks0(t *testing.T) {
	for range 3 {
		trial := runScenario(t, crashed, "--cluster", "running", "--set", "producer.acks=0").trial(t)
		if f := theFault(t, trial); f.Lost != nil && *f.Lost > 0 {
			return
		}
	}
	t.Error("acks 0 lost nothing in three crashes")
}

// slowedByKbench proves that a slow link adds its delay, both ways, to every record, and only while it is slow.
func slowedByKbench(t *testing.T) {
	trial := trusted(t, func() run {
		return runScenario(t, `
name: slow
preheat: 0s
topic: {partitions: 1}
load: {rate: 1k/s, warmup: 2s, measure: 15s}
producer: {max_in_flight: 100} # none waits for the answer to another
consumer: {}
faults: [{at: 7s, do: slow, node: all, for: 5s, delay: 50ms}]
repeats: 1
`, "--cluster", "running")
	})
	f := theFault(t, trial)
	// The seconds that the fault touched are six, the last of them hardly.
	if f.During.P50Ns == nil || *f.During.P50Ns < 100e6 || *f.During.P50Ns > 130e6 {
		t.Errorf("during %s, want a p50 of 100 ms and what it was before", show(f.During.P50Ns))
	}
	if f.Before.P50Ns == nil || *f.Before.P50Ns > 20e6 {
		t.Errorf("before, through a link that is not slow: p50 %s", show(f.Before.P50Ns))
	}
	if f.RecoverNs == nil || *f.RecoverNs < 4e9 || *f.RecoverNs > 7e9 || !is(trial.Counts.Lost, 0) {
		t.Errorf("back after %s ns, lost %s; want about 5 s and 0", show(f.RecoverNs), show(trial.Counts.Lost))
	}
}

// interruptedFault proves that Ctrl-C in the middle of a fault leaves no node stopped.
func interruptedFault(t *testing.T) {
	c := startScenario(t, `
name: interrupted
preheat: 0s
load: {rate: 1k/s, warmup: 1s, measure: 60s}
producer: {}
faults: [{at: 3s, do: pause, node: 1, for: 50s}]
repeats: 1
`, "--cluster", "running")
	c.await("the fault", second(5*time.Second))
	began := time.Now()
	c.signal(os.Interrupt)
	isInterrupted(t, c.finish(), 130, began, endWithin)
	r := runScenario(t, "{name: after, preheat: 0s, load: {rate: 1k/s, warmup: 1s, measure: 3s}, producer: {}, repeats: 1}", "--cluster", "running")
	if got := r.trial(t).Counts.Acked; got != 3000 {
		t.Errorf("afterwards %d of 3000 were acked", got)
	}
}

// refusedFaults proves that a fault that this cluster can't have is refused before anything runs.
func refusedFaults(t *testing.T) {
	o := start(t, "run", "rolling-restart", "--cluster", "running", "--out", t.TempDir()).wait()
	if o.code != 2 || !strings.Contains(o.stderr, "there is no such node, the last one is 1") {
		t.Errorf("a fault to node 2 of 1: exit %d, %s", o.code, o.stderr)
	}
}

// TestAcksUnderFailure proves what the built-in scenario is for: with acks all a crash of the leader loses nothing, with
// acks 0 it does.
func TestAcksUnderFailure(t *testing.T) {
	t.Parallel()
	out := t.TempDir()
	r := running{start(t, "run", "acks-under-failure", "--cluster", "java:3", "--repeats", "1", "--set", "load.measure=25s", "--set", "preheat=0s", "--out", out, "--progress", "json"), out}.finish()
	asPlanned(t, r)
	lost := map[string]*int64{}
	for _, trial := range r.result.Trials {
		f := theFault(t, trial)
		acks := setting(t, trial, "producer.acks")
		lost[acks] = f.Lost
		t.Logf("acks %s: lost %s, duplicated %s, reordered %s", acks, show(f.Lost), show(f.Duplicated), show(f.Reordered))
		if before := trial.Cluster.LeadersBefore["0"]; !slices.Equal(f.Nodes, []int32{before}) {
			t.Errorf("acks %s: node %v was killed, and the leader was %d", acks, f.Nodes, before)
		}
	}
	if !is(lost["all"], 0) {
		t.Errorf("acks all lost %s records", show(lost["all"]))
	}
	if lost["0"] == nil || *lost["0"] == 0 {
		t.Errorf("acks 0 lost %s records: a crash of the leader must show", show(lost["0"]))
	}
	if lost["1"] == nil {
		t.Error("what acks 1 lost is not known")
	}
}
