package cluster

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Limits on how long a process may take to end.
const (
	stopLimit = 30 * time.Second // after SIGTERM
	killLimit = 10 * time.Second // after SIGKILL
)

// A process is named by its pid and by when it was started, as the system tells it, so that a pid that has gone to
// another process since is never signalled. The zero value is no process.
type process struct {
	PID   int    `json:"pid"`
	Start string `json:"start"`
}

// errEnded says that a process is not there any more.
var errEnded = errors.New("it is not running")

// identify names a process that is known to be there.
func identify(pid int) (process, error) {
	start, _ := startOf(pid)
	if start == "" {
		return process{}, fmt.Errorf("process %d: %w", pid, errEnded)
	}
	return process{pid, start}, nil
}

// alive reports whether p runs. One that has ended and whose parent has not yet asked for its status does not.
func (p process) alive() bool {
	start, ended := startOf(p.PID)
	return p.PID > 0 && start == p.Start && !ended
}

func (p process) signal(s syscall.Signal) error {
	if !p.alive() {
		return errEnded
	}
	switch err := syscall.Kill(p.PID, s); {
	case errors.Is(err, syscall.ESRCH): // just now
		return errEnded
	case err != nil:
		return fmt.Errorf("signal %v: %w", s, err)
	}
	return nil
}

// pause freezes p, and returns when its last thread stands still: one that was running may go on for a moment.
func (p process) pause(ctx context.Context) error {
	if err := p.signal(syscall.SIGSTOP); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, killLimit)
	defer cancel()
	for p.alive() && !isStopped(p.PID) {
		select {
		case <-ctx.Done():
			return fmt.Errorf("process %d has not stopped: %w", p.PID, ctx.Err())
		case <-time.After(time.Millisecond):
		}
	}
	return nil
}

// kill ends p at once. It is no error if p has ended already.
func (p process) kill() error {
	if err := p.signal(syscall.SIGKILL); err != nil && !errors.Is(err, errEnded) {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), killLimit)
	defer cancel()
	return p.wait(ctx)
}

// stop asks p to end, and waits until it has. A paused process is resumed, or it could not obey.
func (p process) stop(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, stopLimit)
	defer cancel()
	if err := p.signal(syscall.SIGTERM); err != nil {
		return err
	}
	if err := p.signal(syscall.SIGCONT); err != nil && !errors.Is(err, errEnded) {
		return err
	}
	return p.wait(ctx)
}

// wait returns when p has ended. p need not be a child of this process, so it looks again and again.
func (p process) wait(ctx context.Context) error {
	for p.alive() {
		select {
		case <-ctx.Done():
			return fmt.Errorf("process %d is still running: %w", p.PID, ctx.Err())
		case <-time.After(20 * time.Millisecond):
		}
	}
	return nil
}

// A kept process ends when its owner does, however that ends.
type kept struct {
	process
	done chan struct{} // closed once the process has ended and its status was fetched
}

// startKept starts argv in folder dir, with its output going to the file log. When this process ends first, even by
// SIGKILL, argv is killed and dir removed, with the folder above if that is empty then.
//
// The kernel's own means (PDEATHSIG) goes by the thread that started the child, which the Go runtime may end at any
// time. So a shell of two lines does it: one half of it waits for the end of a pipe whose only writer is this
// process, and the other becomes argv, whose pid is therefore known to both. If argv is paused when this process ends,
// the kernel hangs up on both; the first half must outlive that.
func startKept(argv []string, dir, log string) (*kept, error) {
	const script = `trap "" HUP; { read -r _ <&3 || { kill -KILL $$; sleep 1; rm -rf "$0"; rmdir "${0%/*}"; } 2>/dev/null; } & trap - HUP; exec "$@" 3<&-`
	out, err := os.OpenFile(log, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
	if err != nil {
		return nil, err
	}
	defer func() { _ = out.Close() }()
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer func() { _ = r.Close() }()
	cmd := exec.Command("/bin/sh", append([]string{"-c", script, dir}, argv...)...)
	cmd.Dir, cmd.Stdout, cmd.Stderr, cmd.ExtraFiles = dir, out, out, []*os.File{r}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // Ctrl-C is for kbench, which ends its nodes in order
	if err := cmd.Start(); err != nil {
		_ = w.Close()
		return nil, err
	}
	// Until Wait has been called the pid cannot go to another process.
	p, err := identify(cmd.Process.Pid)
	k := &kept{process: p, done: make(chan struct{})}
	go func() {
		defer close(k.done)
		_ = cmd.Wait() // how it ended is told by its log
		_, _ = io.WriteString(w, "ended\n")
		_ = w.Close() // the keeper goes without killing what may have the pid by now
	}()
	if err != nil {
		_ = cmd.Process.Kill()
		<-k.done
		return nil, err
	}
	return k, nil
}

// join returns when the process, which was killed, has been taken off the system's table.
func (k *kept) join() error {
	select {
	case <-k.done:
		return nil
	case <-time.After(killLimit):
		return fmt.Errorf("process %d is still there %v after it was killed", k.PID, killLimit)
	}
}

// startDetached starts argv in folder dir, with its output going to the file log, so that it stays when this process
// and its terminal have ended.
func startDetached(argv []string, dir, log string) (process, error) {
	const script = `"$@" </dev/null >>"$0" 2>&1 & echo $!`
	cmd := exec.Command("/bin/sh", append([]string{"-c", script, log}, argv...)...)
	cmd.Dir = dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	out, err := cmd.Output()
	if err != nil {
		return process{}, err
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(out)))
	if err != nil {
		return process{}, fmt.Errorf("the shell told no pid: %w", err)
	}
	return identify(pid)
}
