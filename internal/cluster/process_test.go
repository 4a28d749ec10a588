package cluster

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"
)

func TestProcessIdentity(t *testing.T) {
	t.Parallel()
	self, err := identify(os.Getpid())
	if err != nil || !self.alive() {
		t.Fatalf("this process is %+v, %v, alive %v", self, err, self.alive())
	}
	// The same pid with another start is what is left when a pid was used again.
	for _, p := range []process{{}, {self.PID, self.Start + "0"}, {self.PID, ""}, {1 << 30, self.Start}, {0, ""}} {
		if p.alive() || !errors.Is(p.signal(0), errEnded) {
			t.Errorf("%+v is taken for a running process", p)
		}
	}
	if _, err := identify(1 << 30); !errors.Is(err, errEnded) {
		t.Errorf("a pid that cannot be: %v", err)
	}
}

func TestZombieIsNotAlive(t *testing.T) {
	t.Parallel()
	cmd := exec.Command("/bin/sleep", "60")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p, err := identify(cmd.Process.Pid)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.kill(); err != nil || p.alive() { // nobody has waited for it yet
		t.Errorf("kill: %v, alive %v", err, p.alive())
	}
	if err := p.kill(); err != nil {
		t.Errorf("killing what is dead: %v", err)
	}
	_ = cmd.Wait()
}

func TestKeptProcess(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	log := filepath.Join(dir, "log")
	k, err := startKept([]string{"/bin/sh", "-c", "trap 'echo told; exit' TERM; echo ready; while :; do sleep 0.05; done"}, dir, log)
	if err != nil {
		t.Fatal(err)
	}
	said := func(want string) func() bool {
		return func() bool { b, _ := os.ReadFile(log); return string(b) == want }
	}
	eventually(t, "it writes to its log", said("ready\n"))
	if err := k.signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	// A paused process has to be resumed to obey.
	if err := k.stop(t.Context()); err != nil || k.alive() {
		t.Errorf("stop: %v, alive %v", err, k.alive())
	}
	if err := k.join(); err != nil {
		t.Error(err)
	}
	eventually(t, "it was asked before it was killed", said("ready\ntold\n"))
	if err := k.stop(t.Context()); !errors.Is(err, errEnded) {
		t.Errorf("stopping what has ended: %v", err)
	}
	if _, err := os.Stat(log); err != nil {
		t.Errorf("the folder of a process that ended before its owner is gone: %v", err)
	}
}

func TestStopGivesUp(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	log := filepath.Join(dir, "log")
	k, err := startKept([]string{"/bin/sh", "-c", "trap '' TERM; echo ready; while :; do sleep 0.05; done"}, dir, log)
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, "it is deaf", func() bool { b, _ := os.ReadFile(log); return len(b) > 0 })
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := k.stop(ctx); !errors.Is(err, context.DeadlineExceeded) || !k.alive() {
		t.Errorf("stop of a deaf process: %v, alive %v", err, k.alive())
	}
	if err := errors.Join(k.kill(), k.join()); err != nil || k.alive() {
		t.Errorf("kill: %v, alive %v", err, k.alive())
	}
}

func TestKeptProcessEndsWithItsOwner(t *testing.T) {
	t.Parallel()
	top := filepath.Join(t.TempDir(), "top")
	dir := filepath.Join(top, "node-1")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	cmd, word := owner(t, "own-process", dir, filepath.Join(dir, "log"), "/bin/sh", "-c", "echo ready; exec sleep 600")
	eventually(t, "it runs", func() bool { b, _ := os.ReadFile(filepath.Join(dir, "log")); return len(b) > 0 })
	pid, err := strconv.Atoi(word)
	if err != nil {
		t.Fatal(err)
	}
	p, err := identify(pid)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.signal(syscall.SIGSTOP); err != nil { // even when it is paused
		t.Fatal(err)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "what a killed owner has started ends", func() bool { return !p.alive() })
	eventually(t, "its folder goes", func() bool { _, err := os.Stat(top); return errors.Is(err, os.ErrNotExist) })
}

func TestDetachedProcess(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	log := filepath.Join(dir, "log")
	p, err := startDetached([]string{"/bin/sh", "-c", "echo here; exec sleep 60"}, dir, log)
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, "it writes to its log", func() bool { b, _ := os.ReadFile(log); return string(b) == "here\n" })
	if !p.alive() {
		t.Error("it is not alive")
	}
	if err := p.stop(t.Context()); err != nil || p.alive() {
		t.Errorf("stop: %v, alive %v", err, p.alive())
	}
}

func TestStartFails(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if _, err := startKept([]string{"/bin/true"}, filepath.Join(dir, "absent"), filepath.Join(dir, "log")); err == nil {
		t.Error("startKept in a folder that is not there succeeded")
	}
	if _, err := startKept([]string{"/bin/true"}, dir, filepath.Join(dir, "absent", "log")); err == nil {
		t.Error("startKept with a log that cannot be succeeded")
	}
	if _, err := startDetached([]string{"/bin/true"}, filepath.Join(dir, "absent"), filepath.Join(dir, "log")); err == nil {
		t.Error("startDetached in a folder that is not there succeeded")
	}
}
