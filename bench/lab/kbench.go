package lab

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"kbench/internal/result"
)

// untrusted is kbench's exit code for a measurement that it doubts itself. The record says so too.
const untrusted = 4

// Kbench runs the program at path with a scenario of one case and one repeat, as a user would, and returns what it
// recorded. Everything is at its default but what the scenario says. started is told when it runs; it may be nil.
func Kbench(ctx context.Context, path string, brokers []string, scenario string, started func(pid int)) (*result.Trial, Usage, error) {
	dir, err := os.MkdirTemp("", "kbench-bench-")
	if err != nil {
		return nil, Usage{}, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	argv := []string{path, "run", "-", "--brokers", strings.Join(brokers, ","), "--out", dir, "--quiet", "--progress", "none"}
	_, used, err := Run(ctx, Command{Argv: argv, Stdin: strings.NewReader(scenario), OK: []int{untrusted}, Started: started})
	if err != nil {
		return nil, used, err
	}
	made, err := os.ReadDir(dir)
	if err != nil || len(made) != 1 {
		return nil, used, errors.Join(fmt.Errorf("kbench left %d results in %s, want 1", len(made), dir), err)
	}
	run, err := result.Open(dir + "/" + made[0].Name())
	switch {
	case err != nil:
		return nil, used, err
	case len(run.Trials) != 1:
		return nil, used, fmt.Errorf("kbench left %d records, want 1: %s", len(run.Trials), strings.Join(run.Warnings, "; "))
	case run.Trials[0].Status != result.StatusOK:
		return nil, used, fmt.Errorf("kbench's trial %s: %s", run.Trials[0].Status, run.Trials[0].Failure)
	}
	return run.Trials[0], used, nil
}
