package cluster

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"kbench/docker"
)

// fakeDocker puts a program in the place of docker, and of docker-compose, whose name is then the first argument. It notes its
// arguments in a file, one call a line, with the state folder as STATE, and then does what the script says.
func fakeDocker(t *testing.T, script string) (o Options, calls func() string) {
	t.Helper()
	dir := t.TempDir()
	log := filepath.Join(dir, "calls")
	o = Options{StateDir: filepath.Join(dir, "state"), Log: new(strings.Builder)}
	text := "#!/bin/sh\necho \"$*\" >>" + log + "\n" + script
	for name, text := range map[string]string{
		"docker":         text,
		"docker-compose": "#!/bin/sh\nexec " + dir + "/docker docker-compose \"$@\"\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", dir+":"+os.Getenv("PATH"))
	return o, func() string {
		b, err := os.ReadFile(log)
		if err != nil {
			t.Fatal(err)
		}
		return strings.ReplaceAll(string(b), o.StateDir, "STATE")
	}
}

// fakePorts runs nodes that answer where docker's are looked for.
func fakePorts(t *testing.T, nodes int) []int {
	t.Helper()
	c, _, err := newFake(nodes)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	var ports []int
	for _, addr := range c.ListenAddrs() {
		_, port, _ := net.SplitHostPort(addr)
		n, err := strconv.Atoi(port)
		if err != nil {
			t.Fatal(err)
		}
		ports = append(ports, n)
	}
	return ports
}

const (
	callsCheck = "version --format {{.Server.Version}}\ncompose version\n"
	callsFind  = "compose version\n"
	callsUp3   = "compose -p kbench -f STATE/compose.yaml --profile kafka-3 up --detach\n"
	callsDown  = "compose -p kbench -f STATE/compose.yaml --profile kafka --profile kafka-3 --profile ui down --volumes --timeout 5\n"
)

func TestOpenDocker(t *testing.T) {
	o, calls := fakeDocker(t, `case "$*" in inspect*) echo true;; esac`)
	o.dockerPorts = fakePorts(t, 3)
	ctx := t.Context()
	c, err := Open(ctx, Spec{Docker, 3}, o)
	if err != nil {
		t.Fatal(err)
	}
	if c.Kind() != "kafka" || c.Engine() != Docker || !c.Fresh() || c.Version() == "" {
		t.Errorf("kind %s, engine %s, fresh %v, version %q", c.Kind(), c.Engine(), c.Fresh(), c.Version())
	}
	if b, err := os.ReadFile(filepath.Join(o.StateDir, "compose.yaml")); err != nil || string(b) != docker.Compose() {
		t.Errorf("docker does not get the compose file: %v", err)
	}
	if _, err := Open(ctx, Spec{Docker, 1}, o); err == nil || !strings.Contains(err.Error(), "another kbench holds") {
		t.Errorf("a second one at the same time: %v", err)
	}
	n := c.Nodes()[1]
	if err := errors.Join(n.Pause(ctx), n.Resume(ctx), n.Kill(ctx), n.Start(ctx), n.Restart(ctx), c.Close(ctx), c.Close(ctx)); err != nil {
		t.Error(err)
	}
	want := callsCheck + callsUp3 + callsCheck +
		"pause kbench-kafka-2\n" +
		"inspect --format {{.State.Paused}} kbench-kafka-2\nunpause kbench-kafka-2\n" +
		"kill kbench-kafka-2\nstart kbench-kafka-2\n" +
		"stop -t 30 kbench-kafka-2\nstart kbench-kafka-2\n" +
		callsDown
	if got := calls(); got != want {
		t.Errorf("docker was called\n%s\nwant\n%s", got, want)
	}
}

func TestResumeWhatIsNotPaused(t *testing.T) {
	_, calls := fakeDocker(t, `echo false`)
	if err := dockerAct(t.Context(), "kbench-kafka", actResume); err != nil {
		t.Error(err)
	}
	if got := calls(); strings.Contains(got, "unpause") {
		t.Errorf("docker was called %q", got)
	}
}

func TestDockerUpAndDown(t *testing.T) {
	o, calls := fakeDocker(t, `case "$*" in ps*) echo kbench-kafka-1; echo kbench-kafka-2; echo kbench-kafka-3;; esac`)
	o.dockerPorts = fakePorts(t, 3)
	ctx := t.Context()
	s, err := Up(ctx, Docker, 3, o)
	if err != nil || len(s.Brokers) != 3 || s.Started.IsZero() {
		t.Fatalf("Up = %+v, %v", s, err)
	}
	if _, err := Up(ctx, Docker, 3, o); err != nil {
		t.Errorf("up again: %v", err)
	}
	if _, err := Up(ctx, Java, 1, o); err == nil || !strings.Contains(err.Error(), "a docker:3 cluster is up already, and java was asked for") {
		t.Errorf("up with another engine: %v", err)
	}
	if _, err := Open(ctx, Spec{Docker, 1}, o); err == nil || !strings.Contains(err.Error(), "use --cluster running") {
		t.Errorf("a second one beside it: %v", err)
	}
	c, err := Open(ctx, Spec{Engine: Running}, o)
	if err != nil || c.Fresh() || c.Engine() != Docker || len(c.Nodes()) != 3 || !c.Started().Equal(s.Started) {
		t.Errorf("running: %+v, %v", c, err)
	}
	if err := c.Close(ctx); err != nil {
		t.Error(err)
	}
	for i := range 2 {
		if was, err := Down(ctx, o); err != nil || (was != nil) != (i == 0) {
			t.Errorf("down %d: %+v, %v", i, was, err)
		}
	}
	const ps = "ps --filter name=kbench-kafka --format {{.Names}}\n"
	resume := ""
	for _, name := range []string{"kbench-kafka-1", "kbench-kafka-2", "kbench-kafka-3"} {
		resume += "inspect --format {{.State.Paused}} " + name + "\n"
	}
	if got, want := calls(), callsCheck+callsUp3+ps+ps+callsCheck+ps+resume+callsFind+callsDown; got != want {
		t.Errorf("docker was called\n%s\nwant\n%s", got, want)
	}
}

func TestDockerPartlyUp(t *testing.T) {
	o, _ := fakeDocker(t, `case "$*" in ps*) echo kbench-kafka-2;; esac`)
	o.dockerPorts = fakePorts(t, 3)
	ctx := t.Context()
	if _, err := Up(ctx, Docker, 3, o); err != nil {
		t.Fatal(err)
	}
	st, err := ReadStatus(ctx, o)
	if err != nil || st.Stale() || st.Whole() || !slices.Equal(st.Running, []bool{false, true, false}) {
		t.Errorf("ReadStatus = %+v, %v, want the second node only", st, err)
	}
	const want = "not all of its nodes are: run kbench cluster down"
	if _, err := Up(ctx, Docker, 3, o); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("Up = %v, want %q", err, want)
	}
	if _, err := Open(ctx, Spec{Engine: Running}, o); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("Open = %v, want %q", err, want)
	}
}

func TestDockerFails(t *testing.T) {
	for _, tt := range []struct {
		what, script, want string
	}{
		{"no daemon", `case $1 in version) echo Cannot connect to the daemon >&2; exit 1;; esac`, "its daemon does not answer: docker version: exit status 1; it said: Cannot connect to the daemon; start it"},
		{"no compose", `case $* in *"compose version") echo unknown command >&2; exit 1;; esac`, "it has no compose plugin"},
		{"no image", `case $* in *up*) echo no such image >&2; exit 1;; esac`, "no such image"},
	} {
		o, calls := fakeDocker(t, tt.script)
		if _, err := Open(t.Context(), Spec{Docker, 1}, o); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: Open = %v, want %q", tt.what, err, tt.want)
		}
		if _, err := Up(t.Context(), Docker, 1, o); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: Up = %v, want %q", tt.what, err, tt.want)
		}
		// What was begun is taken down, and only that.
		if got, want := strings.Count(calls(), " down "), strings.Count(calls(), " up "); got != want {
			t.Errorf("%s: docker was called\n%s", tt.what, calls())
		}
		if s, err := ReadStatus(t.Context(), o); s != nil || err != nil {
			t.Errorf("%s: the state is %+v, %v", tt.what, s, err)
		}
	}
	t.Setenv("PATH", t.TempDir())
	if _, err := Open(t.Context(), Spec{Docker, 1}, Options{StateDir: t.TempDir()}); err == nil || !strings.Contains(err.Error(), "install Docker with its compose plugin") {
		t.Errorf("no docker: %v", err)
	}
}

// TestContainerEnds proves that nobody waits for a Kafka that has ended already.
func TestContainerEnds(t *testing.T) {
	o, _ := fakeDocker(t, `case "$*" in ps*) echo kbench-kafka-1; echo kbench-kafka-3;; logs*) echo it begins; echo no space left >&2;; esac`)
	var err error
	if o.dockerPorts, err = freePorts(3); err != nil {
		t.Fatal(err)
	}
	_, err = Up(t.Context(), Docker, 3, o)
	if want := "container kbench-kafka-2 has ended; it said: it begins | no space left"; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("Up = %v, want %q", err, want)
	}
}

func TestDockerThatHangs(t *testing.T) {
	// The child of the script keeps its output open, as a plugin of docker does.
	fakeDocker(t, "sleep 600 & wait")
	if _, err := runDocker(expired(t, 0), askLimit, "version"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, want the context's end", err)
	}
	if _, err := runDocker(t.Context(), 1, "version"); err == nil || !strings.Contains(err.Error(), "no answer after 1ns") {
		t.Errorf("got %v, want the limit", err)
	}
}

func TestDockerEndsWithItsOwner(t *testing.T) {
	o, calls := fakeDocker(t, "")
	release, err := downWithOwner(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	release(true)
	if got := calls(); got != callsFind {
		t.Errorf("a cluster that was released was taken down: %s", got)
	}
	told := func(times int) func() bool {
		return func() bool {
			return strings.Count(calls(), callsDown) == times
		}
	}
	cmd, _ := owner(t, "own-docker", o.StateDir)
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the containers of a killed owner go", told(1))
	if release, err = downWithOwner(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	release(false)
	eventually(t, "what could not be taken down is tried again", told(2))
}
