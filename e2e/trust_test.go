//go:build e2e

package e2e

import (
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"kbench/internal/result"
)

// TestTrust holds kbench's judgement of itself to trials that are known to be good, and to trials that are known to be not.
func TestTrust(t *testing.T) {
	k := up(t, 1)
	warmUp(t, k)
	t.Run("floor", k.floor)
	for _, client := range []string{"confluent", "franz", "sarama"} {
		t.Run("stall in sync mode/"+client, func(t *testing.T) { k.stallSync(t, client) })
		if client != "confluent" { // that one's is TestFigures'
			t.Run("stall/"+client, func(t *testing.T) { k.stallOf(t, client) })
		}
	}
	t.Run("quota", k.quota)
	t.Run("kbench stopped", k.kbenchStopped)
	t.Run("tampered", k.tampered)
	t.Run("clean", k.clean)
	for _, client := range []string{"franz", "sarama"} { // last: the broker that they leave is a cold one
		t.Run("killed broker/"+client, func(t *testing.T) { k.killedUnder(t, client) })
	}
}

const warming = `
name: warming
load: {rate: 50k/s, warmup: 0s, measure: 20s, drain: 10s}
producer: {linger: 0s}
consumer: {}
preheat: 15s
repeats: 1
`

// warmUp puts load on brokers that have just started: a cold JVM has stalls of its own.
func warmUp(t *testing.T, k *kafka) {
	t.Helper()
	runScenario(t, warming, k.on()...)
}

const clean = `
name: clean
load: {rate: 10k/s, warmup: 1s, measure: 3s, drain: 10s}
producer: {}
consumer: {}
repeats: 20
`

// clean proves that kbench trusts itself where nothing is wrong, twenty times in a row: a verdict that cries wolf is not read.
// Something may be wrong with the machine, and then kbench must say so; hence three tries, and a trial that the machine's host
// can be seen to have spoilt is doubted with reason.
func (k *kafka) clean(t *testing.T) {
	for range 3 {
		r := runScenario(t, clean, k.on()...)
		if len(r.result.Trials) != 20 {
			t.Fatalf("%d trials, want 20", len(r.result.Trials))
		}
		doubts, spoilt := 0, 0
		for _, trial := range r.result.Trials {
			u := trial.Usage
			t.Logf("r%d %s %q; %s; hiccups p99 %.3f ms, max %.3f ms; goroutines waited p99 %.3f ms, max %.3f ms; paused for %.3f ms at most", trial.Repeat, trial.Verdict.Trust, trial.Verdict.Reasons,
				latencies(trial, result.LagHarness), float64(u.HiccupP99Ns)/1e6, float64(u.HiccupMaxNs)/1e6, float64(u.SchedP99Ns)/1e6, float64(u.SchedMaxNs)/1e6, float64(u.GCPauseMaxNs)/1e6)
			switch {
			case trial.Verdict.Trust == result.TrustOK:
			case robbed(trial):
				spoilt++
			default:
				doubts++
			}
			meansAddUp(t, trial)
		}
		t.Logf("%d of 20 were doubted without reason, %d more as the host took the CPUs away; exit %d", doubts, spoilt, r.code)
		if doubts == 0 && (r.code == 0 || spoilt > 0) {
			return
		}
	}
	t.Error("no twenty trials in a row were trusted, of three times twenty")
}

// meansAddUp holds a trial whose records were all acked to lag and service being what response is made of.
func meansAddUp(t *testing.T, trial *result.Trial) {
	t.Helper()
	response := metric(t, trial, "response_mean")
	if off := (metric(t, trial, "lag_mean")+metric(t, trial, "service_mean"))/response - 1; math.Abs(off) > 0.005 {
		t.Errorf("%s r%d: mean lag and mean service are off from mean response by %.2f %%", trial.Case, trial.Repeat, 100*off)
	}
}

const floor = `
name: floor
load: {rate: 5k/s, warmup: 2s, measure: 5s, drain: 10s}
producer: {linger: 0s}
repeats: 1
`

// floor proves that kbench adds little where little is to be measured, whatever GOMAXPROCS it is started with: with too few
// of Go's processors its own threads wait for each other, and the tail reads as the brokers'.
func (k *kafka) floor(t *testing.T) {
	t.Setenv("GOMAXPROCS", "1")
	for _, tt := range []struct {
		name           string
		flags          []string
		p50, p99, p999 float64 // ms
	}{
		{"on the embedded broker", []string{"--cluster", "embedded"}, 0.5, 2, 5},
		{"on Kafka", k.on(), 1, 6, 20}, // whose own threads are on the same cores
	} {
		trial := trusted(t, func() run { return runScenario(t, floor, tt.flags...) })
		t.Logf("%s: GOMAXPROCS %d, steal %.2f %%; %s; %s", tt.name, trial.Host.GOMAXPROCS, 100*trial.Usage.StealPart, latencies(trial, result.Response), latencies(trial, result.LagHarness))
		looser := 1.0
		if robbed(trial) {
			looser = 3
		}
		if got := trial.Host.GOMAXPROCS; got < 5 {
			t.Errorf("%s: GOMAXPROCS is %d, want 2 for the producer and 3 more", tt.name, got)
		}
		between(t, trial, "response_p50", 0, looser*tt.p50)
		between(t, trial, "response_p99", 0, looser*tt.p99)
		between(t, trial, "response_p999", 0, looser*tt.p999)
		meansAddUp(t, trial)
	}
}

const syncMode = `
name: sync
load: {rate: 100/s, warmup: 2s, measure: 10s, drain: 10s}
producer: {mode: sync, linger: 0s}
repeats: 1
`

// stallSync proves that one record in flight hides nothing: service sees the one that was out when the broker stood still, and
// response the hundred that were due.
func (k *kafka) stallSync(t *testing.T, client string) {
	var folder string
	trial := trusted(t, func() run {
		r := k.stalledIn(t, syncMode, 1000, "--set", "producer.client="+client)
		folder = r.folder
		return r
	})
	t.Logf("%s; %s; %s", latencies(trial, result.Response), latencies(trial, result.Service), latencies(trial, result.LagHarness))
	// What was due in the middle of the stall waits for half of it, and then for the fifty that were due before it, one at a time.
	between(t, trial, "response_p95", 450, 515+50*metric(t, trial, "service_p50")/1e6)
	between(t, trial, "lag_harness_p99", 0, heldUpBy)
	meansAddUp(t, trial)
	long, some := 0, 0
	for _, ms := range slowest(t, filepath.Join(folder, "hdr", "base.r1.hlog"), result.Service) {
		if ms > 500 {
			long++
		} else if ms > 50 {
			some++
		}
	}
	if long != 1 || some > 1 {
		t.Errorf("service: %d above 500 ms and %d more above 50 ms, want 1 and at most 1", long, some)
	}
}

// slowest returns the measured values above 50 ms of a span in a histogram log, in ms.
func slowest(t *testing.T, file string, span result.Span) (ms []float64) {
	t.Helper()
	eachSecond(t, file, span, func(_ time.Duration, h *hdrhistogram.Histogram) {
		for _, bar := range h.Distribution() {
			for range bar.Count {
				if bar.To > 50e6 {
					ms = append(ms, float64(bar.To)/1e6)
				}
			}
		}
	})
	return ms
}

// stallOf is stall for another client.
func (k *kafka) stallOf(t *testing.T, client string) {
	trial := trusted(t, func() run { return k.stalledIn(t, stall, 10_000, "--set", "producer.client="+client) })
	t.Logf("%s; %s", latencies(trial, result.Response), latencies(trial, result.LagHarness))
	between(t, trial, "response_p95", 450, 560)
	between(t, trial, "response_p99", 860, 960)
	between(t, trial, "response_max", 950, 1150)
	meansAddUp(t, trial)
}

// killedUnder is killedBroker for another client, and starts the broker again.
func (k *kafka) killedUnder(t *testing.T, client string) {
	k.killedWhile(t, "--set", "producer.client="+client)
	if err := k.cluster.Nodes()[0].Start(asking(t)); err != nil {
		t.Fatal(err)
	}
	for ctx := asking(t); ; {
		if _, err := k.admin.ListTopics(ctx); err == nil {
			return
		} else if ctx.Err() != nil {
			t.Fatalf("the broker is not back: %v", err)
		}
	}
}

// kbenchStopped proves that a kbench that stood still says so, and does not blame the brokers for what it measured then.
func (k *kafka) kbenchStopped(t *testing.T) {
	c := startScenario(t, stall, k.on()...)
	c.await("its third measured second", second(5*time.Second))
	c.signal(syscall.SIGSTOP)
	<-time.After(time.Second) // the fault itself, no waiting for anything
	c.signal(syscall.SIGCONT)
	r := asPlanned(t, c.finish())
	trial := r.trial(t)
	t.Logf("%s; %s; stood still for %.0f ms; %v", latencies(trial, result.Response), latencies(trial, result.LagHarness), float64(trial.Usage.StillNs)/1e6, trial.Verdict.Reasons)
	between(t, trial, "response_p99", 860, 960)
	doubted(t, r, result.TrustInvalid, "stood still for")
	if !slices.ContainsFunc(trial.Events, func(e result.Event) bool { return strings.Contains(e.What, "stood still") }) {
		t.Errorf("events %v; want one that says when", trial.Events)
	}
}

// doubted holds a run to a verdict for one of these reasons, that the report begins with, and to the exit code.
func doubted(t *testing.T, r run, trust string, because ...string) {
	t.Helper()
	trial := r.trial(t)
	reasons := strings.Join(trial.Verdict.Reasons, "; ")
	if trial.Verdict.Trust != trust || !slices.ContainsFunc(because, func(s string) bool { return strings.Contains(reasons, s) }) {
		t.Errorf("%v, want %s because of %q", trial.Verdict, trust, because)
	}
	if want := map[string]int{result.TrustInvalid: 4}[trust]; r.code != want {
		t.Errorf("exit %d, want %d", r.code, want)
	}
	word := strings.ReplaceAll(trust, "_", "-")
	text := string(reports(t, r.folder)["report.md"])
	if before, _, _ := strings.Cut(text, "\n|"); !strings.Contains(before, "Trust: "+word) {
		t.Errorf("the report does not say %s before its first table:\n%s", word, text)
	}
}

const busy = `
name: busy
load: {rate: 20k/s, warmup: 1s, measure: 6s, drain: 20s}
producer: {}
repeats: 1
`

// tampered proves that a harness that somebody else keeps from its CPUs says so.
func (k *kafka) tampered(t *testing.T) {
	t.Run("busy loops", func(t *testing.T) {
		for range 2 * runtime.NumCPU() {
			startCommand(t, "sh", "-c", "while :; do :; done") // killed with the test
		}
		r := asPlanned(t, startScenario(t, busy, k.on()...).finish())
		t.Log(r.trial(t).Verdict.Reasons)
		doubted(t, r, result.TrustInvalid, "were sent late", "did not get to run")
	})
	t.Run("one CPU for more than it can do", func(t *testing.T) {
		c := startBy(t, []string{"taskset", "-c", "0"}, busy, k.on("--set", "load.rate=max", "--set", "producer.compression=gzip")...)
		r := asPlanned(t, c.finish())
		trial := r.trial(t)
		t.Log(trial.Verdict.Reasons)
		if reasons := strings.Join(trial.Verdict.Reasons, "; "); trial.Verdict.Trust == result.TrustOK || !strings.Contains(reasons, "kbench used") && !strings.Contains(reasons, "sent late") {
			t.Errorf("%s because of %q, at %.2f of one core", trial.Verdict.Trust, reasons, trial.Usage.CPUCores)
		}
	})
	t.Run("half a CPU", func(t *testing.T) {
		c := startBy(t, []string{"sh", "-c", `echo $$ > "$0" && exec "$@"`, halfCPU(t)}, busy, k.on("--set", "load.rate=100k/s")...)
		r := asPlanned(t, c.finish())
		t.Log(r.trial(t).Verdict.Reasons)
		doubted(t, r, result.TrustInvalid, "control group throttled kbench")
	})
}

// startBy starts kbench run as startScenario does, by another program that becomes it.
func startBy(t *testing.T, program []string, scenario string, flags ...string) running {
	t.Helper()
	dir := t.TempDir()
	file, out := filepath.Join(dir, "scenario.yaml"), filepath.Join(dir, "results")
	if err := os.WriteFile(file, []byte(scenario), 0o644); err != nil {
		t.Fatal(err)
	}
	args := slices.Concat(program[1:], []string{"kbench", "run", file, "--out", out, "--progress", "json"}, flags)
	return running{startCommand(t, program[0], args...), out}
}

// halfCPU makes a control group that may use half of one CPU, and returns the file that takes the processes of it.
func halfCPU(t *testing.T) (procs string) {
	t.Helper()
	name := "kbench-e2e-" + strconv.Itoa(os.Getpid())
	for _, version := range []struct{ root, file, limit string }{
		{"/sys/fs/cgroup/cpu", "cpu.cfs_quota_us", "50000"}, // version 1: of a period of 100,000
		{"/sys/fs/cgroup", "cpu.max", "50000 100000"},
	} {
		dir := filepath.Join(version.root, name)
		err := os.Mkdir(dir, 0o755)
		if err == nil {
			t.Cleanup(func() {
				if err := os.Remove(dir); err != nil {
					t.Error(err)
				}
			})
			err = os.WriteFile(filepath.Join(dir, version.file), []byte(version.limit), 0o644)
		}
		if err == nil {
			return filepath.Join(dir, "cgroup.procs")
		}
		t.Logf("make a control group in %s: %v", version.root, err)
	}
	t.Skip("this machine lets nobody make a control group with a CPU limit")
	return ""
}
