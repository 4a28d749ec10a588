package lab

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"
)

// Usage is what a process took in all, as the kernel tells when it has ended.
type Usage struct {
	CPU      time.Duration // in user and kernel
	RSSBytes int64         // at its largest
}

// stopWithin is how long a process that is told to end may take before it is killed.
const stopWithin = 15 * time.Second

// A Command is a process to run to its end.
type Command struct {
	Argv  []string
	Stdin io.Reader
	// Started is told when the process runs; nil for nobody.
	Started func(pid int)
	// Line is called for each line that the process writes to its standard output, as it comes; nil: they are returned
	// instead.
	Line func(pid int, line string)
	// OK are the exit codes besides 0 that are no failure.
	OK []int
}

// Run starts the process and waits for its end. When ctx ends, the process is interrupted. An error is one line, with
// what the process last wrote to its standard error.
func Run(ctx context.Context, c Command) (stdout []byte, used Usage, err error) {
	cmd := exec.CommandContext(ctx, c.Argv[0], c.Argv[1:]...)
	cmd.Stdin = c.Stdin
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGINT) }
	cmd.WaitDelay = stopWithin
	var complaints bytes.Buffer
	cmd.Stderr = &complaints
	var out bytes.Buffer
	var lines io.ReadCloser
	if c.Line == nil {
		cmd.Stdout = &out
	} else if lines, err = cmd.StdoutPipe(); err != nil {
		return nil, used, err
	}
	if err := cmd.Start(); err != nil {
		return nil, used, err
	}
	if c.Started != nil {
		c.Started(cmd.Process.Pid)
	}
	if lines != nil {
		for s := bufio.NewScanner(lines); s.Scan(); {
			c.Line(cmd.Process.Pid, s.Text())
		}
	}
	err = cmd.Wait()
	if r, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		used = Usage{CPU: time.Duration(r.Utime.Nano() + r.Stime.Nano()), RSSBytes: maxRSS(r)}
	}
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		for _, code := range c.OK {
			if exit.ExitCode() == code {
				err = nil
			}
		}
	}
	if err != nil {
		words := strings.Fields(complaints.String())
		err = fmt.Errorf("%s: %w: %s", filepath.Base(c.Argv[0]), err, strings.Join(words[max(0, len(words)-60):], " "))
	}
	return out.Bytes(), used, err
}

// maxRSS reads what Linux counts in KiB and macOS in bytes.
func maxRSS(r *syscall.Rusage) int64 {
	if runtime.GOOS == "linux" {
		return r.Maxrss << 10
	}
	return r.Maxrss
}

// RSSNow returns how much memory a process has in use. It is not ok where the system does not tell.
func RSSNow(pid int) (bytes int64, ok bool) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
	if err != nil {
		return 0, false
	}
	var size, resident int64
	if _, err := fmt.Sscan(string(b), &size, &resident); err != nil {
		return 0, false
	}
	return resident * int64(os.Getpagesize()), true
}

// CPUSoFar returns the CPU time of a process that runs, to 10 ms. It is not ok where the system does not tell.
func CPUSoFar(pid int) (used time.Duration, ok bool) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, false
	}
	// Fields are counted from behind the program's name, which may hold anything.
	_, rest, found := strings.Cut(string(b), ") ")
	fields := strings.Fields(rest)
	if !found || len(fields) < 13 {
		return 0, false
	}
	var user, system int64
	if _, err := fmt.Sscan(fields[11]+" "+fields[12], &user, &system); err != nil {
		return 0, false
	}
	return time.Duration(user+system) * (time.Second / clockTicks), true
}

// clockTicks is USER_HZ, which Linux has fixed at 100 on every machine that Go runs on.
const clockTicks = 100
