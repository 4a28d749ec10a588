package lab

import (
	"context"
	"errors"
	"io"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestRun(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		why    string
		script string
		in     string
		ok     []int
		out    string
		wrong  string
	}{
		{why: "what goes in comes out", script: "cat", in: "hello", out: "hello"},
		{why: "an exit code that is no failure", script: "exit 4", ok: []int{4}},
		{why: "one that is", script: "echo no broker >&2; exit 3", ok: []int{4}, wrong: "sh: exit status 3: no broker"},
		{why: "complaints of several lines are one", script: "printf 'a\\nb\\n' >&2; exit 1", wrong: "a b"},
	} {
		out, _, err := Run(t.Context(), Command{Argv: []string{"sh", "-c", tc.script}, Stdin: strings.NewReader(tc.in), OK: tc.ok})
		switch {
		case tc.wrong == "" && (err != nil || string(out) != tc.out):
			t.Errorf("%s: got %q, %v; want %q", tc.why, out, err, tc.out)
		case tc.wrong != "" && (err == nil || !strings.Contains(err.Error(), tc.wrong)):
			t.Errorf("%s: got %v, want an error with %q", tc.why, err, tc.wrong)
		}
	}
	if _, _, err := Run(t.Context(), Command{Argv: []string{"/no/such/program"}}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a program that is not there: got %v", err)
	}
}

// TestUsage makes a process spend CPU time, and sees it afterwards and on the way.
func TestUsage(t *testing.T) {
	t.Parallel()
	var lines []string
	var onTheWay time.Duration
	var resident int64
	known, pid := false, 0
	in, end := io.Pipe() // the process waits for its end
	_, used, err := Run(t.Context(), Command{
		Argv: []string{"sh", "-c", "i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done; echo one; echo two; cat"}, Stdin: in,
		Started: func(is int) { pid = is },
		Line: func(is int, line string) {
			lines = append(lines, line)
			if len(lines) == 1 && is == pid {
				onTheWay, known = CPUSoFar(pid)
				resident, _ = RSSNow(pid)
				end.Close()
			}
		},
	})
	if err != nil || !slices.Equal(lines, []string{"one", "two"}) {
		t.Errorf("lines %q, %v", lines, err)
	}
	if used.CPU <= 0 || used.RSSBytes < 100<<10 || used.RSSBytes > 1<<30 {
		t.Errorf("a shell that counts took %v of CPU and %d bytes", used.CPU, used.RSSBytes)
	}
	if runtime.GOOS == "linux" && (!known || onTheWay <= 0 || onTheWay > used.CPU+20*time.Millisecond || resident <= 0) { // ticks of 10 ms
		t.Errorf("on the way it had taken %v (known: %v) and %d bytes, in all %+v", onTheWay, known, resident, used)
	}
	if _, ok := CPUSoFar(-1); ok {
		t.Error("the CPU time of a process that is not there is known")
	}
}

func TestRunEndsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	_, _, err := Run(ctx, Command{Argv: []string{"sh", "-c", "echo up; exec sleep 600"}, Line: func(int, string) { cancel() }})
	if err == nil {
		t.Error("a process that was interrupted ended well")
	}
}
