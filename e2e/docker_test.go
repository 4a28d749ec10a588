//go:build e2e && linux

package e2e

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"kbench/internal/result"
)

// TestDocker proves the engine docker and kbench's own image on a real docker daemon. It needs a Debian with docker.io,
// docker-compose and debootstrap, and root's rights:
//
//	make e2e-docker
func TestDocker(t *testing.T) {
	needDocker(t)
	e := startEngine(t)
	loadImages(t)
	t.Setenv("KBENCH_KAFKA_IMAGE", kafkaImage(t))
	t.Setenv("XDG_STATE_HOME", t.TempDir())
	t.Run("one node", e.oneNode)
	t.Run("three nodes", e.threeNodes)
	t.Run("ends with kbench", e.endsWithKbench)
	t.Run("own image", ownImage)
}

// up starts containers that stay until the test ends.
func (e *engine) up(t *testing.T, nodes string) {
	t.Helper()
	if o := e.kbench(t, "cluster", "up", "--engine", "docker", "--nodes", nodes).wait(); o.code != 0 {
		t.Fatalf("kbench cluster up ended with %d:\n%s", o.code, o.stderr)
	}
	t.Cleanup(func() {
		if o := e.kbench(t, "cluster", "down").wait(); o.code != 0 {
			t.Errorf("kbench cluster down ended with %d:\n%s", o.code, o.stderr)
		}
		if stays := left(); stays != "" {
			t.Errorf("kbench cluster down leaves %s", stays)
		}
	})
}

// left lists what the engine has of containers, volumes, and networks of kbench's.
func left() string {
	out, err := exec.Command("sh", "-c", "docker ps --all --quiet; docker volume ls --quiet; docker network ls --quiet --filter name=kbench").CombinedOutput()
	if err != nil {
		return err.Error()
	}
	return strings.TrimSpace(string(out))
}

// measure runs a scenario on the containers that are up. It must end as planned, with every record acked and none lost.
func (e *engine) measure(t *testing.T, scenario string) *result.Trial {
	t.Helper()
	dir := t.TempDir()
	file, out := filepath.Join(dir, "scenario.yaml"), filepath.Join(dir, "results")
	if err := os.WriteFile(file, []byte(scenario), 0o644); err != nil {
		t.Fatal(err)
	}
	k := e.kbench(t, "run", file, "--cluster", "running", "--out", out, "--progress", "json")
	trial := asPlanned(t, running{k, out}.finish()).trial(t)
	if c := trial.Counts; c.Acked != c.Scheduled || !is(c.Lost, 0) {
		t.Errorf("%d of %d acked, %s lost; want all and 0", c.Acked, c.Scheduled, show(c.Lost))
	}
	return trial
}

// wasDone holds fault i to having been done and undone, and to having kept records waiting for so long. That long a node was
// surely away, on whatever machine.
func wasDone(t *testing.T, trial *result.Trial, i int, atLeast time.Duration) result.Fault {
	t.Helper()
	f := trial.Faults[i]
	text, err := json.Marshal(f)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%s", text)
	if f.Problem != "" || f.AtNs == nil || f.EndNs == nil {
		t.Fatalf("fault %d was not done as planned: %q", i+1, f.Problem)
	}
	if f.During.P99Ns == nil || *f.During.P99Ns < int64(atLeast) {
		t.Errorf("fault %d: p99 during it is %s ns, want %v or more", i+1, show(f.During.P99Ns), atLeast)
	}
	return f
}

// oneNode pauses and kills the container of a Kafka that stays.
func (e *engine) oneNode(t *testing.T) {
	e.up(t, "1")
	if o := e.kbench(t, "cluster", "status").wait(); o.code != 0 || !strings.Contains(o.stdout, "docker") || !strings.Contains(o.stdout, ": up\n") {
		t.Errorf("kbench cluster status: exit %d, %s%s", o.code, o.stdout, o.stderr)
	}
	health := ""
	if !becomes(time.Minute, func() bool {
		health = must(t, "docker", "inspect", "--format", "{{.State.Health.Status}}", "kbench-kafka")
		return health == "healthy"
	}) {
		t.Errorf("the container's health is %q", health)
	}
	trial := e.measure(t, `
name: one
preheat: 0s
load: {rate: 1k/s, warmup: 2s, measure: 14s, drain: 3m}
producer: {timeout: 3m}
consumer: {}
faults:
  - {at: 4s, do: pause, node: leader, for: 1s}
  - {at: 9s, do: kill, node: 1, for: 2s}
repeats: 1
`)
	wasDone(t, trial, 0, 900*time.Millisecond)
	wasDone(t, trial, 1, 2*time.Second)
}

// threeNodes kills the leader of three, so that another takes over.
func (e *engine) threeNodes(t *testing.T) {
	e.up(t, "3")
	trial := e.measure(t, `
name: three
preheat: 0s
topic: {partitions: 1, replication_factor: 3, config: {min.insync.replicas: "2"}}
load: {rate: 500/s, warmup: 2s, measure: 12s, drain: 3m}
producer: {timeout: 3m}
consumer: {}
faults: [{at: 5s, do: kill, node: leader, for: 4s}]
repeats: 1
`)
	f := wasDone(t, trial, 0, time.Second)
	if before := trial.Cluster.LeadersBefore["0"]; !slices.Equal(f.Nodes, []int32{before}) {
		t.Errorf("node %v was killed, and the leader was %d", f.Nodes, before)
	}
}

// endsWithKbench proves that containers that kbench has started for a run go with it, even when it is killed.
func (e *engine) endsWithKbench(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "scenario.yaml")
	scenario := "{name: killed, preheat: 0s, load: {rate: 1k/s, warmup: 1s, measure: 5m}, producer: {}, repeats: 1}"
	if err := os.WriteFile(file, []byte(scenario), 0o644); err != nil {
		t.Fatal(err)
	}
	k := e.kbench(t, "run", file, "--cluster", "docker", "--out", filepath.Join(dir, "results"), "--progress", "json")
	if !becomes(3*time.Minute, func() bool {
		begun, _ := filepath.Glob(filepath.Join(dir, "results", "*", "journal.jsonl"))
		return len(begun) > 0
	}) {
		t.Fatal("the load has not begun in three minutes")
	}
	k.signal(os.Kill)
	stays := ""
	if !becomes(time.Minute, func() bool { stays = left(); return stays == "" }) {
		t.Errorf("after a kbench that was killed there stay %s", stays)
	}
}

// ownImage builds kbench's image as its file says, and runs the quickstart in it, as a user whom the image does not know and
// into a folder of that user's.
func ownImage(t *testing.T) {
	const image = "kbench-e2e/kbench"
	must(t, "docker", "build", "--file", "../docker/Dockerfile", "--build-arg", "GO_IMAGE="+golangImage, "--build-arg", "BASE_IMAGE="+debianImage,
		"--build-arg", "VERSION=v0.0.0-e2e", "--tag", image, "..")
	if got := must(t, "docker", "run", "--rm", image, "version"); !strings.Contains(got, "v0.0.0-e2e") || !strings.Contains(got, "confluent") {
		t.Errorf("kbench version in the image: %s", got)
	}
	if got := must(t, "docker", "run", "--rm", "--entrypoint", "id", image, "-u"); got != "10001" {
		t.Errorf("the image runs as user %s, want 10001", got)
	}
	const user = 12345
	work := t.TempDir()
	if err := os.Chown(work, user, user); err != nil {
		t.Fatal(err)
	}
	k := startCommand(t, "docker", "run", "--rm", "--user", "12345:12345", "--volume", work+":/work", image, "run", "quickstart", "--progress", "json")
	r := asPlanned(t, running{k, filepath.Join(work, "results")}.finish())
	if trial := r.trial(t); trial.Counts.Acked != 50_000 || !is(trial.Counts.Lost, 0) {
		t.Errorf("%d of 50000 acked, %s lost; want all and 0", trial.Counts.Acked, show(trial.Counts.Lost))
	}
	if !strings.Contains(r.stdout, "lost") {
		t.Errorf("the quickstart prints no table:\n%s", r.stdout)
	}
}
