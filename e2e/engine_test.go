//go:build e2e && linux

package e2e

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"kbench/internal/need"
)

// An engine is a docker daemon of the test's own. It has processes, mounts and a network of its own, so that nothing that
// it makes is left when it ends, and no port that it publishes is taken: they are on a loopback that only what joins the
// engine's network sees.
type engine struct {
	dir string // its socket, data and log
	pid int    // of the process whose end is the end of all of the engine's
}

// engineScript is that process. It ends when its standard input does, and so with the test, however that ends.
const engineScript = `
mount --make-rprivate /
mount -t proc proc /proc
mount -t tmpfs tmpfs /run
mkdir -p /etc/docker
mount -t tmpfs tmpfs /etc/docker
ip link set lo up
dockerd --host "unix://$0/docker.sock" --data-root "$0/data" --cgroup-parent "$1" >"$0/log" 2>&1 </dev/null &
read -r _
`

// needDocker skips the test, with the reason, on a machine that lacks what it takes. Where it must be there, it fails.
func needDocker(t *testing.T) {
	t.Helper()
	var lacks []string
	for _, tool := range []string{"dockerd", "docker", "debootstrap", "apt-get", "ip", "nsenter"} {
		if _, err := exec.LookPath(tool); err != nil {
			lacks = append(lacks, tool)
		}
	}
	if _, err := exec.LookPath("docker-compose"); err != nil && !works("docker", "compose", "version") {
		lacks = append(lacks, "docker-compose")
	}
	if os.Geteuid() != 0 {
		lacks = append(lacks, "root's rights")
	}
	if len(lacks) > 0 {
		need.Lacking(t, "docker", "this takes a Debian with docker.io, docker-compose, debootstrap, iproute2 and root's rights, and here is no "+strings.Join(lacks, ", "))
	}
}

// startEngine starts a docker daemon that ends with the test, and makes docker talk to it.
func startEngine(t *testing.T) *engine {
	t.Helper()
	e := &engine{dir: t.TempDir()}
	group := fmt.Sprintf("/kbench-e2e-%d", os.Getpid())
	cmd := exec.Command("/bin/sh", "-c", engineScript, e.dir, group)
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Setpgid:    true,
		Cloneflags: syscall.CLONE_NEWPID | syscall.CLONE_NEWNS | syscall.CLONE_NEWNET | syscall.CLONE_NEWIPC | syscall.CLONE_NEWUTS,
	}
	alive, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		need.Lacking(t, "docker", "no namespaces for a docker daemon are to be had here: "+err.Error())
	}
	t.Cleanup(func() {
		_ = alive.Close()
		late := time.AfterFunc(30*time.Second, func() { _ = cmd.Process.Kill() })
		defer late.Stop()
		_ = cmd.Wait() // its last words are dockerd's, in the log
		removeGroups(t, group)
	})
	e.pid = cmd.Process.Pid
	t.Setenv("DOCKER_HOST", "unix://"+filepath.Join(e.dir, "docker.sock"))
	t.Setenv("DOCKER_BUILDKIT", "0") // Debian's docker has no other builder
	if !becomes(time.Minute, func() bool { return works("docker", "version") }) {
		log, _ := os.ReadFile(filepath.Join(e.dir, "log"))
		need.Lacking(t, "docker", "dockerd does not start here; the end of its log:\n"+string(log[max(0, len(log)-2000):]))
	}
	return e
}

// removeGroups removes the control groups of containers that are gone, which the kernel leaves.
func removeGroups(t *testing.T, group string) {
	var found []string
	for _, pattern := range []string{"/sys/fs/cgroup/*", "/sys/fs/cgroup"} {
		roots, _ := filepath.Glob(pattern + group)
		for _, root := range roots {
			_ = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
				if err == nil && d.IsDir() {
					found = append(found, path)
				}
				return err
			})
		}
	}
	for _, dir := range slices.Backward(found) { // the inner ones first
		if err := os.Remove(dir); err != nil {
			t.Logf("a control group stays: %v", err)
		}
	}
}

// becomes reports whether done became true within a limit.
func becomes(limit time.Duration, done func() bool) bool {
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for !done() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return false
		}
	}
	return true
}

// works reports whether a program that only asks something ends well.
func works(name string, args ...string) bool {
	ctx, cancel := context.WithTimeout(context.Background(), 15*time.Second)
	defer cancel()
	return exec.CommandContext(ctx, name, args...).Run() == nil
}

// kbench starts kbench in the engine's network, where the containers' ports are.
func (e *engine) kbench(t *testing.T, args ...string) *command {
	t.Helper()
	return startCommand(t, "nsenter", append([]string{fmt.Sprintf("--net=/proc/%d/ns/net", e.pid), "kbench"}, args...)...)
}

// must runs a program that may take minutes and must work, and returns what it prints.
func must(t *testing.T, name string, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 15*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	var said strings.Builder
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		all := string(out) + said.String()
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, all[max(0, len(all)-4000):])
	}
	return strings.TrimSpace(string(out))
}
