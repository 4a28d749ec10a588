//go:build e2e

package e2e

import (
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"kbench/internal/cluster"
	"kbench/internal/result"
)

const long = `
name: long
load: {rate: 1k/s, warmup: 3s, measure: 60s, drain: 30s}
producer: {}
consumer: {}
repeats: 2
`

// endWithin is how long an interrupted kbench may take to end: what is out gets two seconds, clean-up as long as
// healthy brokers need.
const endWithin = 15 * time.Second

// interrupted proves that a signal ends kbench soon, with the exit code that shells know, and that what was measured so
// far is kept and readable.
func (k *kafka) interrupted(t *testing.T) {
	for _, tt := range []struct {
		name   string
		at     time.Duration
		signal os.Signal
		code   int
		some   bool // records were measured
	}{
		{"in warm-up", time.Second, os.Interrupt, 130, false},
		{"in the measured part", 5 * time.Second, os.Interrupt, 130, true},
		{"by SIGTERM", 5 * time.Second, syscall.SIGTERM, 143, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			before := k.topics(t)
			c := startScenario(t, long, k.on()...)
			c.await("its load", second(tt.at))
			began := time.Now()
			c.signal(tt.signal)
			r := c.finish()
			trial := isInterrupted(t, r, tt.code, began, endWithin)
			n := trial.Counts.Scheduled
			t.Logf("%d measured, ended %.1f s after the signal", n, time.Since(began).Seconds())
			// A record that was due while the signal came may not have been sent.
			if tt.some != (n > 1000) || n > 10_000 || trial.Counts.Unresolved > 20 {
				t.Errorf("%d measured, %d of them unresolved", n, trial.Counts.Unresolved)
			}
			k.settle(t, before) // its own topic is gone
		})
	}
}

// isInterrupted holds a run that got a signal to a tidy end, and returns its trial: the second one never began.
func isInterrupted(t *testing.T, r run, code int, began time.Time, limit time.Duration) *result.Trial {
	t.Helper()
	if took := time.Since(began); r.code != code || took > limit {
		t.Errorf("exit %d after %v, want %d within %v:\n%s", r.code, took, code, limit, r.stderr)
	}
	trial := r.trial(t)
	checkCounts(t, trial)
	if trial.Status != result.StatusInterrupted || r.result.Manifest.Status != result.StatusInterrupted {
		t.Errorf("the record is %s, the manifest %s, want interrupted", trial.Status, r.result.Manifest.Status)
	}
	o := start(t, "report", "--format", "md", r.folder).wait()
	if o.code != 0 || !strings.Contains(o.stdout, "interrupted") {
		t.Errorf("kbench report ended with %d, and says interrupted: %v\n%s", o.code, strings.Contains(o.stdout, "interrupted"), o.stderr)
	}
	return trial
}

const drained = `
name: drained
load: {rate: 1k/s, warmup: 1s, measure: 3s, drain: 60s}
producer: {timeout: 60s}
repeats: 1
`

// interruptedDrain proves that a drain that would last a minute, since the broker does not answer, ends on Ctrl-C: the
// broker's silence must not hold up clean-up either.
func (k *kafka) interruptedDrain(t *testing.T) {
	c := startScenario(t, drained, k.on()...)
	c.await("its third second", second(3*time.Second))
	k.pause(t)
	c.await("its drain", func(p progress) bool { return p.Phase == "drain" })
	began := time.Now()
	c.signal(os.Interrupt)
	r := c.finish()
	trial := isInterrupted(t, r, 130, began, time.Minute)
	t.Logf("%d of %d unresolved, ended %.1f s after the signal", trial.Counts.Unresolved, trial.Counts.Scheduled, time.Since(began).Seconds())
	if trial.Counts.Scheduled != 3000 || trial.Counts.Unresolved < 500 {
		t.Errorf("%d of %d unresolved, want about 1000 of 3000: the broker stood still for the last second", trial.Counts.Unresolved, trial.Counts.Scheduled)
	}
}

// interruptedTwice proves that a second signal does not wait for a broker that does not answer.
func (k *kafka) interruptedTwice(t *testing.T) {
	for _, tt := range []struct {
		signal os.Signal
		code   int
	}{{os.Interrupt, 130}, {syscall.SIGTERM, 143}} {
		t.Run(tt.signal.String(), func(t *testing.T) {
			c := startScenario(t, drained, k.on()...)
			c.await("its second second", second(2*time.Second))
			resume := k.pause(t)
			began := time.Now()
			c.signal(tt.signal)
			c.await("its drain", func(p progress) bool { return p.Phase == "drain" })
			c.signal(tt.signal)
			o := c.wait()
			resume()
			if took := time.Since(began); o.code != tt.code || took > endWithin {
				t.Errorf("exit %d after %v, want %d at once:\n%s", o.code, took, tt.code, o.stderr)
			}
			k.sweep(t)
		})
	}
}

// sweep deletes what a kbench that was ended at once has left.
func (k *kafka) sweep(t *testing.T) {
	t.Helper()
	topics, err := k.admin.ListTopics(asking(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range topics.Names() {
		if strings.HasPrefix(name, "kbench-drained-") {
			k.deleteLater(t, name)
		}
	}
}

// pause stops the only broker, until the test ends or resume is called.
func (k *kafka) pause(t *testing.T) (resume func()) {
	t.Helper()
	node := k.cluster.Nodes()[0]
	if err := node.Pause(asking(t)); err != nil {
		t.Fatal(err)
	}
	resume = func() {
		if err := node.Resume(asking(t)); err != nil {
			t.Error(err)
		}
	}
	t.Cleanup(resume)
	return resume
}

const killed = `
name: killed
load: {rate: 1k/s, warmup: 1s, measure: 10s, drain: 3s}
producer: {}
repeats: 1
thresholds: [response_p99 <= 20ms]
`

// killedBroker proves that a broker that dies 8 s into 10 s of load is told as what it is: the run ends and fails, no
// record is forgotten, and no percentile reads as if the last two seconds had been answered.
func (k *kafka) killedBroker(t *testing.T) { k.killedWhile(t) }

func (k *kafka) killedWhile(t *testing.T, flags ...string) {
	t.Helper()
	c := startScenario(t, killed, k.on(flags...)...)
	c.await("its eighth measured second", second(9*time.Second))
	if err := k.cluster.Nodes()[0].Kill(asking(t)); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	r := c.finish()
	took := time.Since(began)
	trial := r.trial(t)
	checkCounts(t, trial)
	counts := trial.Counts
	t.Logf("%.1f s after the kill: %s; %d acked, %d failed, %d unresolved; %s", took.Seconds(), trial.Failure, counts.Acked, counts.Failed, counts.Unresolved, latencies(trial, result.Response))
	if r.code != 3 || trial.Status != result.StatusFailed || trial.Failure == "" || strings.Contains(trial.Failure, "\n") {
		t.Errorf("exit %d, %s: %q; want 3, failed and one line", r.code, trial.Status, trial.Failure)
	}
	if took > 40*time.Second { // two seconds of load, three of drain, and questions that nobody answers
		t.Errorf("ended after %v", took)
	}
	if n := counts.Failed + counts.Unresolved; counts.Scheduled != 10_000 || n < 1900 || n > 2100 {
		t.Errorf("scheduled %d, failed or unresolved %d; want 10000 and about 2000", counts.Scheduled, n)
	}
	l := trial.Latency[result.Response]
	if l == nil || !slices.Contains(l.AtLeast, "p99") || slices.Contains(l.AtLeast, "p50") {
		t.Errorf("response %+v; want p99 as a lower bound and p50 as it is", l)
	}
	for name, sign := range map[string]string{"report.md": "worst: ≥", "report.csv": " response_p99 "} {
		if text := reports(t, r.folder)[name]; !strings.Contains(string(text), sign) {
			t.Errorf("%s shows no lower bound (%q):\n%s", name, sign, text)
		}
	}
}

// TestOwnCluster proves that a Kafka that kbench run starts for itself is a Kafka, is known as fresh, and is gone with
// its data when the run has ended, or was interrupted.
func TestOwnCluster(t *testing.T) {
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	const scenario = short + "preheat: 1s\n"
	trial := runScenario(t, scenario, "--cluster", "java").trial(t)
	if c := trial.Cluster; c.Kind != "kafka" || c.Engine != string(cluster.Java) || c.UpNs <= 0 || c.Nodes != 1 {
		t.Errorf("cluster %+v", c)
	}
	gone(t, temp)
	c := startScenario(t, scenario, "--cluster", "java", "--set", "load.measure=60s")
	c.await("its load", second(time.Second))
	began := time.Now()
	c.signal(os.Interrupt)
	isInterrupted(t, c.finish(), 130, began, endWithin)
	gone(t, temp)
}

// gone fails if a Kafka is left: its folder, or a process that was started in it.
func gone(t *testing.T, temp string) {
	t.Helper()
	for _, name := range fileNames(t, temp) {
		if strings.HasPrefix(name, "kbench-kafka-") {
			t.Errorf("%s is left", name)
		}
	}
	for line := range strings.Lines(execute(t, "ps", "-e", "-ww", "-o", "pid=,args=")) {
		if strings.Contains(line, temp) && strings.Contains(line, "kafka.Kafka") {
			t.Errorf("a broker is left: %s", strings.TrimSpace(line)[:40])
		}
	}
}
