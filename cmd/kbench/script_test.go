package main

import (
	"errors"
	"flag"
	"os/exec"
	"strconv"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

var update = flag.Bool("update", false, "rewrite the golden parts of the scripts")

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"kbench": main})
}

// TestScripts runs the command line as users do: each script is a session, with its files below it.
func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		UpdateScripts:       *update,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(e *testscript.Env) error {
			// What a user's shell may hold must not change what a script sees.
			e.Setenv("KBENCH_BROKERS", "")
			e.Setenv("KBENCH_CLIENT_CONFIG", "")
			e.Setenv("XDG_STATE_HOME", e.WorkDir+"/state")
			e.Setenv("XDG_CACHE_HOME", e.WorkDir+"/cache")
			e.Setenv("HOME", e.WorkDir)
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"exits": exits},
	})
}

// exits runs kbench and checks its exit code: exits CODE ARG... A 0 and a 1 allow 4 too: whether the machine was quiet
// enough for the numbers to be trusted is not what the scripts are about.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE ARG...")
	}
	got := 0
	if err := ts.Exec("kbench", args[1:]...); err != nil {
		var e *exec.ExitError
		if !errors.As(err, &e) {
			ts.Fatalf("kbench: %v", err)
		}
		got = e.ExitCode()
	}
	if got == exitUntrusted && (args[0] == "0" || args[0] == "1") {
		return
	}
	if strconv.Itoa(got) != args[0] {
		ts.Fatalf("kbench exited with %d, want %s", got, args[0])
	}
}
