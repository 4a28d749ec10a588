//go:build e2e

package e2e

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"kbench/internal/result"
)

// TestOutputs holds what kbench writes for other programs against those programs: Apache Otava and a validator of XML schemas from
// PyPI, and benchstat from its module. They are run by the commands of docs/ci.md.
func TestOutputs(t *testing.T) {
	t.Parallel()
	tools := t.TempDir()
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", filepath.Join(tools, "bin", "benchstat"), "golang.org/x/perf/cmd/benchstat").CombinedOutput(); err != nil {
		t.Fatalf("build benchstat: %v\n%s", err, out)
	}
	seed := seedTrial(t)
	t.Run("benchstat finds a planted difference", func(t *testing.T) { benchstatFinds(t, tools, seed) })
	t.Run("benchstat on a matrix", func(t *testing.T) { benchstatMatrix(t, tools) })
	t.Run("from PyPI", func(t *testing.T) {
		python(t, tools)
		t.Run("otava finds a planted step", func(t *testing.T) { otavaFindsStep(t, tools, seed) })
		t.Run("otava does not mix cases", func(t *testing.T) { otavaParts(t, tools) })
		t.Run("junit is valid", func(t *testing.T) { junitIsValid(t, tools) })
	})
}

// python makes an environment with what is needed from PyPI.
func python(t *testing.T, dir string) {
	t.Helper()
	path, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("there is no python3, so nothing from PyPI can be tried")
	}
	if out, err := exec.CommandContext(t.Context(), path, "-m", "venv", dir).CombinedOutput(); err != nil {
		t.Skipf("python3 makes no environment, so nothing from PyPI can be tried: %v\n%s", err, out)
	}
	o := startCommand(t, filepath.Join(dir, "bin", "pip"), "install", "--quiet", "--disable-pip-version-check", "apache-otava>=0.8", "xmlschema>=4").wait()
	if o.code != 0 {
		t.Fatalf("pip ended with %d:\n%s%s", o.code, o.stdout, o.stderr)
	}
}

// nullClient is a scenario that needs no broker.
const nullClient = `
name: gate
description: What does the harness cost?
load: {rate: 5k/s, warmup: 100ms, measure: 1s, drain: 1s}
producer: {client: "null"}
repeats: 1
`

// seedTrial is a real record, of which histories are made.
func seedTrial(t *testing.T) *result.Run {
	t.Helper()
	return asPlanned(t, startScenario(t, nullClient).finish()).result
}

// store writes a results folder with one trial for each factor, by which the seed's latencies are longer.
func store(t *testing.T, parent string, seed *result.Run, at time.Time, factors ...float64) string {
	t.Helper()
	folder, err := result.Create(parent, "gate", at, seed.Manifest)
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(seed.Trials[0])
	if err != nil {
		t.Fatal(err)
	}
	for i, factor := range factors {
		trial := &result.Trial{}
		if err := json.Unmarshal(text, trial); err != nil {
			t.Fatal(err)
		}
		trial.Repeat, trial.Start = i+1, at.Add(time.Duration(i)*time.Minute).Format(time.RFC3339Nano)
		trial.Verdict = result.Verdict{Trust: result.TrustOK} // whatever this machine did meanwhile
		for _, p := range []**int64{&trial.Latency[result.Response].P50Ns, &trial.Latency[result.Response].P99Ns} {
			*p = new(int64(1e6 * factor))
		}
		if err := folder.SaveTrial(trial); err != nil {
			t.Fatal(err)
		}
	}
	if err := folder.Finish(result.StatusComplete, at.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	return folder.Path()
}

// believe makes every record of a folder one that can be trusted: whether this machine was quiet is not what other programs read.
func believe(t *testing.T, folder string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "records", "*.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("records %q, %v", files, err)
	}
	for _, file := range files {
		trial := &result.Trial{}
		text, err := os.ReadFile(file)
		if err == nil {
			err = json.Unmarshal(text, trial)
		}
		if err != nil {
			t.Fatal(err)
		}
		trial.Verdict = result.Verdict{Trust: result.TrustOK}
		if text, err = json.Marshal(trial); err == nil {
			err = os.WriteFile(file, text, 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// documented returns a file that docs/ci.md holds.
func documented(t *testing.T, name string) string {
	t.Helper()
	_, text, found := strings.Cut(document(t), fmt.Sprintf(" title=%q\n", name))
	text, _, ended := strings.Cut(text, "\n```")
	if !found || !ended {
		t.Fatalf("docs/ci.md has no %s", name)
	}
	return text + "\n"
}

func document(t *testing.T) string {
	t.Helper()
	b, err := os.ReadFile("../docs/ci.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// commandOf returns the command of a program as docs/ci.md has it, which is the same wherever it stands.
func commandOf(t *testing.T, program string) string {
	t.Helper()
	var all []string
	for _, m := range regexp.MustCompile(`(?m)^ +(?:run: |- |sh ['"])(`+program+` .*?)['"]?$`).FindAllStringSubmatch(document(t), -1) {
		if !slices.Contains(all, m[1]) {
			all = append(all, m[1])
		}
	}
	if len(all) != 1 {
		t.Fatalf("docs/ci.md runs %s in %d ways, want one: %q", program, len(all), all)
	}
	return all[0]
}

// inShell runs a command in a folder, with the tools first on the path.
func inShell(t *testing.T, tools, dir, command string) outcome {
	t.Helper()
	script := fmt.Sprintf("cd %q; PATH=%q:$PATH; %s", dir, filepath.Join(tools, "bin"), command)
	return startCommand(t, "bash", "-e", "-o", "pipefail", "-c", script).wait()
}

// history lets kbench put results into history.csv.
func history(t *testing.T, dir string, folders ...string) {
	t.Helper()
	args := append([]string{"report", "--format", "otava", "--append", filepath.Join(dir, "history.csv")}, folders...)
	if o := start(t, args...).wait(); o.code != 0 || o.stdout != "" {
		t.Fatalf("kbench report ended with %d:\n%s%s", o.code, o.stdout, o.stderr)
	}
}

// otavaFindsStep makes 40 nights of five trials, from the 26th on 15 % slower, with noise of 3 % a trial, and asks Otava when that was.
func otavaFindsStep(t *testing.T, tools string, seed *result.Run) {
	const nights, step = 40, 25
	random := rand.New(rand.NewPCG(1, 2))
	dir, night := t.TempDir(), func(i int) time.Time { return time.Date(2026, 9, 1, 2, 17, 0, 0, time.UTC).AddDate(0, 0, i) }
	var folders []string
	for i := range nights {
		var factors []float64
		for range 5 {
			factor := 1 + 0.03*random.NormFloat64()
			if i >= step {
				factor *= 1.15
			}
			factors = append(factors, factor)
		}
		folders = append(folders, store(t, filepath.Join(dir, "results"), seed, night(i), factors...))
	}
	history(t, dir, folders[:nights-1]...)
	history(t, dir, folders...) // the last night; the others are there already
	rows, err := os.ReadFile(filepath.Join(dir, "history.csv"))
	if err != nil || strings.Count(string(rows), "\n") != nights+1 {
		t.Fatalf("the history has %d lines (%v), want a header and %d nights", strings.Count(string(rows), "\n"), err, nights)
	}
	if err := os.MkdirAll(filepath.Join(dir, "perf"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "perf/otava.yaml"), []byte(documented(t, "perf/otava.yaml")), 0o644); err != nil {
		t.Fatal(err)
	}
	o := inShell(t, tools, dir, commandOf(t, "otava"))
	t.Logf("%s\n%s%s", commandOf(t, "otava"), o.stdout, o.stderr)
	if o.code != 0 || !strings.Contains(o.stdout, night(step).Format("2006-01-02 15:04:05")) {
		t.Fatalf("otava ended with %d", o.code)
	}
	o = inShell(t, tools, dir, commandOf(t, "otava")+" --output json")
	var found map[string][]struct {
		Time    int64
		Changes []struct {
			Metric        string
			ForwardChange any `json:"forward_change_percent"`
		}
	}
	if err := json.Unmarshal([]byte(o.stdout), &found); err != nil {
		t.Fatalf("%v: otava said\n%s%s", err, o.stdout, o.stderr)
	}
	points := found["gate"]
	if len(points) != 1 || points[0].Time != night(step).Unix() {
		t.Fatalf("otava finds %+v, want one change, at %v", points, night(step))
	}
	var metrics []string
	for _, c := range points[0].Changes {
		metrics = append(metrics, c.Metric)
	}
	if slices.Sort(metrics); !slices.Equal(metrics, []string{"p50", "p99"}) {
		t.Errorf("otava finds changes of %q, want p50 and p99", metrics)
	}
}

// otavaParts holds what docs/ci.md says of several cases in one file: Otava refuses to take them for one series.
func otavaParts(t *testing.T, tools string) {
	r := asPlanned(t, startScenario(t, nullClient+"matrix: {load.rate: [1k/s, 2k/s]}\n").finish())
	believe(t, r.folder)
	dir := t.TempDir()
	history(t, dir, r.folder)
	config := strings.Replace(documented(t, "perf/otava.yaml"), "history.csv", filepath.Join(dir, "history.csv"), 1)
	if err := os.WriteFile(filepath.Join(dir, "otava.yaml"), []byte(config), 0o644); err != nil {
		t.Fatal(err)
	}
	o := inShell(t, tools, dir, "otava analyze --config-file otava.yaml gate")
	if !strings.Contains(o.stderr, "multiple branches") || !strings.Contains(o.stderr, "rate=1k/s") {
		t.Errorf("otava takes two cases for one: exit %d\n%s%s", o.code, o.stdout, o.stderr)
	}
	o = inShell(t, tools, dir, "otava analyze --config-file otava.yaml --branch rate=2k/s gate")
	if o.code != 0 || strings.Count(o.stdout, "+0000") != 1 {
		t.Errorf("otava reads one case as: exit %d\n%s%s", o.code, o.stdout, o.stderr)
	}
}

// benchstatFinds gives benchstat two results of which the second is 20 % slower.
func benchstatFinds(t *testing.T, tools string, seed *result.Run) {
	dir, random := t.TempDir(), rand.New(rand.NewPCG(3, 4))
	for i, name := range []string{"old", "new"} {
		var factors []float64
		for range 10 {
			factors = append(factors, (1+0.2*float64(i))*(1+0.02*random.NormFloat64()))
		}
		folder := store(t, filepath.Join(dir, name), seed, time.Date(2026, 9, 1+i, 0, 0, 0, 0, time.UTC), factors...)
		if o := start(t, "report", "--format", "benchfmt", "-o", filepath.Join(dir, name+".txt"), folder).wait(); o.code != 0 {
			t.Fatalf("kbench report ended with %d:\n%s", o.code, o.stderr)
		}
	}
	o := inShell(t, tools, dir, "benchstat -filter .unit:response_p99-sec old.txt new.txt")
	t.Logf("benchstat:\n%s%s", o.stdout, o.stderr)
	m := regexp.MustCompile(`Kbench/gate/base-\d+ .* \+(1[7-9]|2[0-3])\.\d+% \(p=0\.000 n=10\)`).FindString(o.stdout)
	if o.code != 0 || m == "" {
		t.Errorf("benchstat ended with %d, and does not say +20 %%", o.code)
	}
}

// benchstatMatrix runs the command of docs/ci.md over a matrix, without a broker.
func benchstatMatrix(t *testing.T, tools string) {
	dir := t.TempDir()
	o := start(t, "run", "acks-and-partitions", "--set", "producer.client=null", "--set", "consumer=null", "--set", "load.rate=5k/s", "--set", "load.warmup=0s",
		"--set", "load.measure=1s", "--repeats", "1", "--out", filepath.Join(dir, "results")).wait()
	if o.code != 0 && o.code != 4 {
		t.Fatalf("kbench run ended with %d:\n%s", o.code, o.stderr)
	}
	folders, err := filepath.Glob(filepath.Join(dir, "results", "*"))
	if err != nil || len(folders) != 1 {
		t.Fatalf("results %q, %v; want one folder", folders, err)
	}
	believe(t, folders[0])
	for _, command := range []string{"kbench report --format benchfmt -o settings.txt results/acks-and-partitions-*", commandOf(t, "benchstat")} {
		if !strings.Contains(document(t), command) {
			t.Errorf("docs/ci.md does not have %s", command)
		}
		o = inShell(t, tools, dir, command)
		if o.code != 0 {
			t.Fatalf("%s ended with %d:\n%s%s", command, o.code, o.stdout, o.stderr)
		}
	}
	t.Logf("benchstat:\n%s", o.stdout)
	for _, want := range []string{"cpu_per_record-sec", "│ +0 +│ +1 +│ +all +│", "(?m)^24 "} {
		if !regexp.MustCompile(want).MatchString(o.stdout) {
			t.Errorf("benchstat's table has no %s", want)
		}
	}
}

// junitIsValid validates what a run left against the schema that Jenkins uses, by a library that knows all of XML Schema, and by
// xmllint where that is installed.
func junitIsValid(t *testing.T, tools string) {
	r := startScenario(t, nullClient+"matrix: {load.rate: [1k/s, 2k/s]}\nthresholds: [\"acked_per_s >= 2k\", \"failed == 0\"]\n").finish()
	if r.code != 1 && r.code != 4 {
		t.Errorf("kbench ended with %d:\n%s", r.code, r.stderr)
	}
	xsd, err := filepath.Abs("../report/testdata/junit-10.xsd")
	if err != nil {
		t.Fatal(err)
	}
	validators := []string{`python -c 'import sys, xmlschema; xmlschema.XMLSchema(sys.argv[1]).validate(sys.argv[2])'`}
	if _, err := exec.LookPath("xmllint"); err == nil {
		validators = append(validators, "xmllint --noout --schema")
	}
	for _, v := range validators {
		if o := inShell(t, tools, r.folder, fmt.Sprintf("%s %q junit.xml", v, xsd)); o.code != 0 {
			t.Errorf("%s: exit %d\n%s%s", v, o.code, o.stdout, o.stderr)
		}
		if o := inShell(t, tools, r.folder, fmt.Sprintf("sed 's/failures=/faults=/' junit.xml > bad.xml; %s %q bad.xml", v, xsd)); o.code == 0 {
			t.Errorf("%s takes anything", v)
		}
	}
}
