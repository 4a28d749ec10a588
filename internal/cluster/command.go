package cluster

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"
)

// A command is a program that does something and ends.
type command struct {
	path string
	args []string
	dir  string // to run it in; "": this process's
}

// run runs c until it or ctx has ended; in that case it is killed with all that it has started. The error says what
// the program said.
func run(ctx context.Context, c command) (stdout, stderr string, err error) {
	cmd := exec.CommandContext(ctx, c.path, c.args...)
	cmd.Dir = c.dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = time.Second
	var out, errs tail
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		what := strings.Join(append([]string{filepath.Base(c.path)}, c.args[:min(1, len(c.args))]...), " ")
		return "", "", fmt.Errorf("%s: %w%s", what, cmp.Or(context.Cause(ctx), err), lastLines(out.String()+"\n"+errs.String()))
	}
	return out.String(), errs.String(), nil
}

// A tail keeps the last 4 KB of what is written to it. It is safe for concurrent use.
type tail struct {
	mu  sync.Mutex
	end bytes.Buffer
}

// Write implements io.Writer.
func (t *tail) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.end.Write(b[max(0, len(b)-4096):])
	t.end.Next(max(0, t.end.Len()-4096))
	return len(b), nil
}

// String returns what was kept.
func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.end.String()
}

// lastLines returns the last three lines of a program's output that hold anything, as the end of a one-line message.
func lastLines(out string) string {
	const n = 3
	var lines []string
	for line := range strings.Lines(out) {
		if line = strings.Join(strings.Fields(line), " "); line != "" {
			lines = append(lines, line)
		}
	}
	if len(lines) == 0 {
		return ""
	}
	return "; it said: " + strings.Join(lines[max(0, len(lines)-n):], " | ")
}
