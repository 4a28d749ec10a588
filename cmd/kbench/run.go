package main

import (
	"fmt"
	"os"
	"slices"

	"github.com/spf13/cobra"

	"kbench/internal/result"
	"kbench/internal/scenario"
)

type runFlags struct {
	connection
	set, only  []string
	repeats    int
	seed       uint64
	out        string
	dryRun     bool
	progress   string
	metrics    string // where to serve them, as the user wrote it; empty for nowhere
	keepTopics bool
	quiet      bool
}

func newRun() *cobra.Command {
	var f runFlags
	cmd := &cobra.Command{
		Use:   "run SCENARIO...",
		Short: "Carry out scenarios: a file, a built-in name, or - for standard input",
		Long: `Carry out scenarios: each is a file, the name of a built-in one (see kbench scenarios), or - for standard input.

The table of results goes to standard output, everything else to standard error. Results are kept in a folder of their
own, from which kbench report makes the reports again.

Without --brokers and --cluster an embedded broker is used: a fake that speaks Kafka's protocol, to try scenarios out.
Its figures are not Kafka's.

Exit status: 0 all good, 1 a threshold missed, 2 wrong usage or scenario, 3 a trial failed, 4 a measurement that can't be
trusted, 130 or 143 interrupted (partial results are kept).`,
		Example: `  kbench run quickstart
  kbench run acks-tradeoff --cluster java:3 --repeats 5
  kbench run my.yaml -b kafka1:9092,kafka2:9092 --set producer.linger=20ms --only 'acks=all*'
  kbench run my.yaml -b kafka1:9093 --client-config client.properties -X sasl.password=env:KAFKA_PASSWORD
  kbench run max-throughput --dry-run`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return runScenarios(cmd, args, f) },
	}
	f.bind(cmd)
	f.bindScenario(cmd)
	cmd.Flags().IntVar(&f.repeats, "repeats", 0, "trials of each case, instead of the scenario's")
	f.bindOutput(cmd)
	return cmd
}

// bindScenario adds the flags that say what of the scenario is run.
func (f *runFlags) bindScenario(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringArrayVar(&f.set, "set", nil, "set a scenario key, `PATH=VALUE`, before the matrix (repeatable)")
	flags.StringArrayVar(&f.only, "only", nil, "run the cases that match a `GLOB` (repeatable)")
	flags.Uint64Var(&f.seed, "seed", 1, "seed of the order of trials, of keys and of payloads")
	flags.BoolVar(&f.dryRun, "dry-run", false, "show the plan and touch nothing")
}

// bindOutput adds the flags that say what is left behind and told.
func (f *runFlags) bindOutput(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVarP(&f.out, "out", "o", "results", "folder for results; each run makes a folder of its own in it")
	flags.StringVar(&f.progress, "progress", "auto", "auto, tty, plain, json or none")
	flags.StringVar(&f.metrics, "metrics-addr", "", "serve Prometheus metrics at `HOST:PORT`; without a host, to this machine only")
	flags.BoolVar(&f.keepTopics, "keep-topics", false, "leave the topics and groups that kbench makes")
	flags.BoolVarP(&f.quiet, "quiet", "q", false, "print the table and errors only")
}

// runScenarios carries out one scenario after the other, and answers for all with one exit code.
func runScenarios(cmd *cobra.Command, args []string, f runFlags) error {
	if cmd.Flags().Changed("repeats") && f.repeats < 1 {
		return exitWith(exitUsage, fmt.Errorf("--repeats %d: it is 1 or more", f.repeats))
	}
	show, err := newProgress(f.progress, f.quiet, cmd.ErrOrStderr())
	if err != nil {
		return exitWith(exitUsage, err)
	}
	if err := f.read(cmd, f.quiet); err != nil {
		return exitWith(exitUsage, err)
	}
	plans := make([]*scenario.Plan, 0, len(args))
	for _, arg := range args {
		p, err := loadScenario(arg, cmd.InOrStdin(), f.options())
		if err == nil {
			err = f.checkUsed(p)
		}
		if err != nil {
			return exitWith(exitUsage, err)
		}
		plans = append(plans, p)
	}
	if f.dryRun {
		for _, p := range plans {
			if err := printPlan(cmd.OutOrStdout(), p); err != nil {
				return err
			}
		}
		return nil
	}
	s := &session{flags: f, out: cmd.OutOrStdout(), log: cmd.ErrOrStderr(), show: show, command: os.Args}
	defer s.close()
	if err := s.serveMetrics(cmd.Context()); err != nil {
		return exitWith(exitUsage, err)
	}
	if err := s.open(cmd.Context(), plans); err != nil {
		return exitWith(exitFailed, err)
	}
	codes := make([]int, 0, len(plans))
	for _, p := range plans {
		code, err := s.run(cmd.Context(), p)
		if err != nil {
			return exitWith(code, err)
		}
		codes = append(codes, code)
		if cmd.Context().Err() != nil {
			return exitWith(exitInterrupted, nil)
		}
	}
	if code := worst(codes); code != 0 {
		return exitWith(code, nil)
	}
	return nil
}

// worst returns the exit code that stands for all.
func worst(codes []int) int {
	for _, c := range []int{exitTerminated, exitInterrupted, exitFailed, exitUntrusted, exitMissed} {
		if slices.Contains(codes, c) {
			return c
		}
	}
	return 0
}

func (f *runFlags) options() scenario.Options {
	return scenario.Options{Set: f.set, Only: f.only, Repeats: f.repeats, Seed: f.seed, Metrics: result.Names(), CannotAbort: result.CannotAbort, Clients: driverNames(), Producer: f.settings.Producer, Consumer: f.settings.Consumer}
}
