//go:build e2e

// Package e2e tests kbench on Apache Kafka as its users have it: the program is built and run, and what it says, by
// exit code, output and records, is held against what the brokers say of themselves. It needs Java 17 and Maven, and
// takes some minutes:
//
//	make e2e
package e2e

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"kbench/internal/result"
)

func TestMain(m *testing.M) { os.Exit(mainCode(m)) }

// mainCode builds kbench and puts it first on the path, so that tests start it as users do.
func mainCode(m *testing.M) int {
	dir, err := os.MkdirTemp("", "kbench-e2e-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	if out, err := exec.Command("go", "build", "-o", dir, "kbench/cmd/kbench").CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "build kbench: %v\n%s", err, out)
		return 1
	}
	for name, value := range map[string]string{
		"PATH":                 dir + string(os.PathListSeparator) + os.Getenv("PATH"),
		"KBENCH_BROKERS":       "", // the user's own brokers are never tested on
		"KBENCH_CLIENT_CONFIG": "",
	} {
		if err := os.Setenv(name, value); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
	}
	return m.Run()
}

// commandLimit ends a kbench that does not end by itself. The longest needs about two minutes.
const commandLimit = 4 * time.Minute

// A command is a kbench that was started.
type command struct {
	t        *testing.T
	cmd      *exec.Cmd
	stdout   bytes.Buffer
	stderr   strings.Builder // without progress, as people have it
	progress chan progress
	done     chan struct{} // closed when it has ended and all it said was read
}

// progress is what a test wants to know of a line of --progress json.
type progress struct {
	Trial  int
	Phase  string
	At     time.Duration `json:"at_ns"`
	Warmup bool
}

// start starts kbench. It is killed when the test ends.
func start(t *testing.T, args ...string) *command {
	t.Helper()
	return startCommand(t, "kbench", args...)
}

func startCommand(t *testing.T, name string, args ...string) *command {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), commandLimit)
	k := &command{t: t, cmd: exec.CommandContext(ctx, name, args...), progress: make(chan progress, 1000), done: make(chan struct{})}
	k.cmd.Stdout = &k.stdout
	stderr, err := k.cmd.StderrPipe()
	if err == nil {
		err = k.cmd.Start()
	}
	if err != nil {
		cancel()
		t.Fatal(err)
	}
	go func() {
		defer close(k.done)
		k.listen(stderr)
		_ = k.cmd.Wait() // its state is read from the command
	}()
	t.Cleanup(func() {
		cancel()
		<-k.done
	})
	return k
}

// listen parts progress from the rest of what kbench says. It ends with kbench's standard error.
func (k *command) listen(stderr io.Reader) {
	defer close(k.progress)
	lines := bufio.NewScanner(stderr)
	for lines.Scan() {
		var line struct {
			progress
			Note, Error string
			Trials      *int // progress has it
		}
		switch err := json.Unmarshal(lines.Bytes(), &line); {
		case err != nil:
			k.stderr.WriteString(lines.Text() + "\n")
		case line.Note != "":
			k.stderr.WriteString(line.Note + "\n")
		case line.Error != "":
			k.stderr.WriteString("kbench: " + line.Error + "\n")
		case line.Trials != nil:
			select {
			case k.progress <- line.progress:
			default: // nobody waits for it
			}
		}
	}
}

// await returns when kbench has reported progress that fits.
func (k *command) await(what string, fits func(progress) bool) {
	k.t.Helper()
	limit := time.After(time.Minute)
	for {
		select {
		case p, ok := <-k.progress:
			if !ok {
				k.t.Fatalf("kbench ended before %s:\n%s", what, &k.stderr)
			}
			if fits(p) {
				return
			}
		case <-limit:
			k.t.Fatalf("kbench has not come to %s in a minute", what)
		}
	}
}

// second fits when the load has run for that long, warm-up included.
func second(at time.Duration) func(progress) bool {
	return func(p progress) bool { return p.Phase == "" && p.At >= at }
}

func (k *command) signal(s os.Signal) {
	k.t.Helper()
	if err := k.cmd.Process.Signal(s); err != nil {
		k.t.Fatal(err)
	}
}

// An outcome is what became of a kbench that has ended.
type outcome struct {
	code           int
	stdout, stderr string
}

func (k *command) wait() outcome {
	<-k.done
	return outcome{k.cmd.ProcessState.ExitCode(), k.stdout.String(), k.stderr.String()}
}

// A run is the outcome of kbench run, with the results that it left.
type run struct {
	outcome
	folder string
	result *result.Run
}

// trial returns the only trial.
func (r run) trial(t *testing.T) *result.Trial {
	t.Helper()
	if len(r.result.Trials) != 1 {
		t.Fatalf("%d trials, want 1; kbench ended with %d:\n%s", len(r.result.Trials), r.code, r.stderr)
	}
	return r.result.Trials[0]
}

// A running is a kbench run that was started.
type running struct {
	*command
	out string // where it makes its folder
}

// startScenario starts kbench run with the text of a scenario.
func startScenario(t *testing.T, scenario string, flags ...string) running {
	t.Helper()
	dir := t.TempDir()
	file := filepath.Join(dir, "scenario.yaml")
	if err := os.WriteFile(file, []byte(scenario), 0o644); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(dir, "results")
	return running{start(t, append([]string{"run", file, "--out", out, "--progress", "json"}, flags...)...), out}
}

// finish waits for a kbench run and reads its results, which must be there.
func (k running) finish() run {
	k.t.Helper()
	r := run{outcome: k.wait()}
	folders, err := os.ReadDir(k.out)
	if err != nil || len(folders) != 1 {
		k.t.Fatalf("results %v, %v; want one folder; kbench ended with %d:\n%s", folders, err, r.code, r.stderr)
	}
	r.folder = filepath.Join(k.out, folders[0].Name())
	if r.result, err = result.Open(r.folder); err != nil {
		k.t.Fatal(err)
	}
	for _, w := range r.result.Warnings {
		k.t.Errorf("reading the results: %s", w)
	}
	return r
}

// runScenario runs a scenario whose every trial must end as planned.
func runScenario(t *testing.T, scenario string, flags ...string) run {
	t.Helper()
	return asPlanned(t, startScenario(t, scenario, flags...).finish())
}

// asPlanned holds a run to every trial having ended as planned. What kbench does not trust counts too, since what else
// the machine does at the time changes no record's fate.
func asPlanned(t *testing.T, r run) run {
	t.Helper()
	if r.code != 0 && r.code != 4 {
		t.Fatalf("kbench ended with %d:\n%s", r.code, r.stderr)
	}
	for _, trial := range r.result.Trials {
		if trial.Status != result.StatusOK {
			t.Errorf("%s: %s: %s", trial.Case, trial.Status, trial.Failure)
		}
		checkCounts(t, trial)
	}
	return r
}

// trusted returns the first trial that kbench trusts, of three at most: a machine that is busy with something else can
// make one invalid, and kbench must say so; the figures of a valid one must hold. It skips the test where the machine's host
// can be seen to have spoilt all three.
func trusted(t *testing.T, carryOut func() run) *result.Trial {
	t.Helper()
	spoilt := 0
	for range 3 {
		trial := carryOut().trial(t)
		if trial.Verdict.Trust != result.TrustInvalid {
			return trial
		}
		t.Logf("again, since this one is not trusted: %s", strings.Join(trial.Verdict.Reasons, "; "))
		if robbed(trial) {
			spoilt++
		}
	}
	if spoilt == 3 {
		t.Skip("the host of this machine took its CPUs away in each of three trials: nothing can be measured on it")
	}
	t.Fatal("no trial of three could be trusted, and the machine's host does not explain it")
	return nil
}

// robbed says that the machine's host took so much of the CPUs away during a trial that its tails are the host's, whether
// kbench still trusts the rest or not.
func robbed(trial *result.Trial) bool { return trial.Usage.StealPart > 0.005 }

// checkCounts holds a record to what is always true.
func checkCounts(t *testing.T, trial *result.Trial) {
	t.Helper()
	for part, c := range map[string]result.Counts{"measured": trial.Counts, "warm-up": trial.WarmupCounts} {
		if c.Scheduled != c.Acked+c.Failed+c.Unresolved {
			t.Errorf("%s, %s: scheduled %d is not acked %d + failed %d + unresolved %d", trial.Case, part, c.Scheduled, c.Acked, c.Failed, c.Unresolved)
		}
	}
}

// setting returns the value that the matrix gave a path in a trial.
func setting(t *testing.T, trial *result.Trial, path string) string {
	t.Helper()
	for _, s := range trial.Set {
		if s.Path == path {
			return s.Value
		}
	}
	t.Fatalf("%s: the matrix does not set %s", trial.Case, path)
	return ""
}

// metric returns a number of a trial in its base unit. One that is not known ends the test: it would pass any limit.
func metric(t *testing.T, trial *result.Trial, name string) float64 {
	t.Helper()
	m, ok := result.Lookup(name)
	if !ok {
		t.Fatalf("there is no metric %s", name)
	}
	v, known := m.Of(trial)
	if !known {
		t.Fatalf("%s: %s is not known", trial.Case, name)
	}
	return v
}

// between holds a metric to a range, both ends included, given in millions of its base unit: ns to ms, bytes to MB.
func between(t *testing.T, trial *result.Trial, name string, least, most float64) {
	t.Helper()
	if got := metric(t, trial, name) / 1e6; got < least || got > most {
		t.Errorf("%s is %.3f, want %g to %g", name, got, least, most)
	}
}

// is reports whether a count is known and has the value.
func is(p *int64, want int64) bool { return p != nil && *p == want }

// show prints a count that may not be known.
func show(n *int64) string {
	if n == nil {
		return "unknown"
	}
	return strconv.FormatInt(*n, 10)
}

// latencies prints a span's figures.
func latencies(trial *result.Trial, span result.Span) string {
	line := string(span)
	for _, stat := range []string{"p50", "p95", "p99", "p999", "max"} {
		m, _ := result.Lookup(string(span) + "_" + stat)
		if v, known := m.Of(trial); known {
			line += fmt.Sprintf(" %s %.3f", stat, v/1e6)
		}
	}
	return line + " ms"
}

// fileNames lists a folder; one that is not there has none.
func fileNames(t *testing.T, dir string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}
