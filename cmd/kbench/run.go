package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"kbench/internal/admin"
	"kbench/internal/cluster"
	"kbench/internal/host"
	"kbench/internal/meter"
	"kbench/internal/result"
	"kbench/internal/run"
	"kbench/internal/scenario"
	"kbench/report"
)

type runFlags struct {
	brokers    []string
	cluster    string
	set, only  []string
	repeats    int
	seed       uint64
	out        string
	dryRun     bool
	progress   string
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
  kbench run max-throughput --dry-run`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return runScenarios(cmd, args, f) },
	}
	f.bindBrokers(cmd)
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
	flags.BoolVar(&f.keepTopics, "keep-topics", false, "leave the topics and groups that kbench makes")
	flags.BoolVarP(&f.quiet, "quiet", "q", false, "print the table and errors only")
}

// bindBrokers adds the flags that say which brokers.
func (f *runFlags) bindBrokers(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringSliceVarP(&f.brokers, "brokers", "b", brokersFromEnv(), "brokers to test, `HOST:PORT,..` (KBENCH_BROKERS)")
	flags.StringSliceVar(&f.brokers, "bootstrap-server", brokersFromEnv(), "the same as --brokers")
	flags.StringVar(&f.cluster, "cluster", "", "brokers that kbench provides: embedded, java[:N], docker[:N], or running (from kbench cluster up)")
}

// chooseBrokers lets --cluster win over the environment's brokers, and refuses both flags together.
func (f *runFlags) chooseBrokers(cmd *cobra.Command) error {
	if f.cluster != "" && !cmd.Flags().Changed("brokers") && !cmd.Flags().Changed("bootstrap-server") {
		f.brokers = nil
	}
	if len(f.brokers) > 0 && f.cluster != "" {
		return errors.New("--brokers and --cluster exclude each other: the brokers are either yours or kbench's")
	}
	return nil
}

// brokersFromEnv reads KBENCH_BROKERS, which --brokers and --cluster win over.
func brokersFromEnv() []string {
	if v := os.Getenv("KBENCH_BROKERS"); v != "" {
		return strings.Split(v, ",")
	}
	return nil
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
	plans := make([]*scenario.Plan, 0, len(args))
	for _, arg := range args {
		p, err := loadScenario(arg, cmd.InOrStdin(), f.options())
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
	if err := f.chooseBrokers(cmd); err != nil {
		return exitWith(exitUsage, err)
	}
	s := &session{flags: f, out: cmd.OutOrStdout(), log: cmd.ErrOrStderr(), show: show, command: os.Args}
	defer s.close()
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
	return scenario.Options{Set: f.set, Only: f.only, Repeats: f.repeats, Seed: f.seed, Metrics: result.Names(), CannotAbort: result.CannotAbort, Clients: driverNames()}
}

// A session is the brokers and the facts that several scenarios of one command share.
type session struct {
	flags   runFlags
	out     io.Writer
	log     io.Writer
	show    *progress
	command []string

	cluster *cluster.Cluster
	env     run.Env
}

// open brings up or finds the brokers and checks every plan against them, before anything is measured.
func (s *session) open(ctx context.Context, plans []*scenario.Plan) error {
	s.env = run.Env{Drivers: drivers(), Host: host.Read(version()), Sampler: host.NewSampler(), Seed: s.flags.seed, Progress: s.show.tell}
	s.env.Cluster.Kind = "none"
	if !slices.ContainsFunc(plans, needsBrokers) {
		return nil
	}
	s.env.Brokers = s.flags.brokers
	if len(s.env.Brokers) == 0 {
		if err := s.openCluster(ctx, plans); err != nil {
			return err
		}
	} else if err := checkFaults(plans, "", 0); err != nil {
		return err
	}
	a, err := admin.Open(ctx, s.env.Brokers, "kbench")
	if err != nil {
		return err
	}
	s.env.Admin = a
	for _, p := range plans {
		if err := s.env.Preflight(ctx, p); err != nil {
			return fmt.Errorf("%s: %w", p.Name, err)
		}
	}
	if s.env.Cluster.Kind == admin.KindKafka {
		s.removeLeftovers(ctx)
	}
	return nil
}

// sweepWithin bounds the removal of what killed runs have left. It goes on at the next run.
const sweepWithin = 30 * time.Second

// removeLeftovers removes what runs that were killed have left on the brokers. What it can't do stops nothing.
func (s *session) removeLeftovers(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, sweepWithin)
	defer cancel()
	removed, err := run.RemoveLeftovers(ctx, s.env.Admin, time.Now())
	for _, l := range removed {
		s.say("removed %s, which a run that was killed has left", l)
	}
	if err != nil {
		s.say("look for what killed runs have left: %s", strings.ReplaceAll(err.Error(), "\n", "; "))
	}
}

// coldFor is how long a JVM broker is cold after its start, as far as it has not been used: see docs/method.md.
const coldFor = time.Minute

func (s *session) openCluster(ctx context.Context, plans []*scenario.Plan) error {
	word := s.flags.cluster
	if word == "" {
		word = "embedded"
		s.say("no --brokers given: using the embedded broker, a fake; its figures are not Kafka's")
	}
	spec, err := cluster.Parse(word)
	if err != nil {
		return exitWith(exitUsage, err)
	}
	if spec.Engine != cluster.Running { // what that is, is known when it is open
		if err := checkFaults(plans, spec.Engine, spec.Nodes); err != nil {
			return err
		}
	}
	c, err := cluster.Open(ctx, spec, clusterOptions(s.log))
	if err != nil {
		return err
	}
	s.cluster = c
	s.env.Links, s.env.Nodes = c.Links, nodesOf(c)
	if err := checkFaults(plans, c.Engine(), len(s.env.Nodes)); err != nil {
		return err
	}
	s.env.Brokers, s.env.Started = c.Brokers(), c.Started()
	s.env.Fresh = c.Fresh() || time.Since(c.Started()) < coldFor
	s.env.Cluster.Engine = string(c.Engine())
	return nil
}

func (s *session) close() {
	if s.env.Sampler != nil {
		s.env.Sampler.Close()
	}
	if s.env.Admin != nil {
		s.env.Admin.Close()
	}
	if s.cluster != nil {
		ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
		defer cancel()
		if err := s.cluster.Close(ctx); err != nil {
			fmt.Fprintf(s.log, "kbench: end the cluster: %v\n", err)
		}
	}
}

func (s *session) say(format string, args ...any) {
	if !s.flags.quiet {
		fmt.Fprintf(s.log, format+"\n", args...)
	}
}

// needsBrokers says whether any case has a client that talks to one.
func needsBrokers(p *scenario.Plan) bool {
	return slices.ContainsFunc(p.Cases, func(c scenario.Case) bool {
		return c.Scenario.Consumer != nil || c.Scenario.Producer.Client != "null"
	})
}

// run carries out one plan and returns the exit code that its records ask for.
func (s *session) run(ctx context.Context, p *scenario.Plan) (int, error) {
	defer s.env.MakeRoom(p)()
	stored, err := s.keep(ctx, p, nil, func(name string, sink run.Sink) error {
		return s.env.Run(ctx, p, name, s.flags.keepTopics, sink)
	})
	if err != nil {
		return exitFailed, err
	}
	return exitCode(stored), nil
}

// keep makes a folder for the trials that carryOut carries out, and returns what was stored in it. declared is nil outside of
// a comparison.
func (s *session) keep(ctx context.Context, p *scenario.Plan, declared *result.Comparison, carryOut func(name string, sink run.Sink) error) (*result.Run, error) {
	for _, w := range p.Warnings {
		s.say("%s: warning: %s", p.Name, w)
	}
	start := time.Now()
	folder, err := result.Create(s.flags.out, p.Name, start, result.Manifest{
		Kbench: version(), Start: start.UTC().Format(time.RFC3339), Command: s.command, Host: s.env.Host, Plan: p, Comparison: declared,
	})
	if err != nil {
		return nil, err
	}
	s.show.begin(p)
	runErr := carryOut(folder.Name(), &store{folder: folder, show: s.show})
	s.show.end()
	status := result.StatusComplete
	switch {
	case ctx.Err() != nil:
		status = result.StatusInterrupted
	case runErr != nil:
		status = result.StatusFailed
	}
	stored, err := s.conclude(folder, status, p)
	if runErr != nil && ctx.Err() == nil {
		return nil, runErr // what concluding met after it has the same cause
	}
	return stored, err
}

// conclude closes the folder, writes the reports from what was stored, which it returns, and prints the table.
func (s *session) conclude(folder *result.Folder, status string, p *scenario.Plan) (*result.Run, error) {
	if err := folder.Finish(status, time.Now()); err != nil {
		return nil, err
	}
	stored, err := result.Open(folder.Path())
	if err != nil {
		return nil, err
	}
	r, err := report.New(stored)
	if err != nil {
		return nil, err
	}
	files, err := writeReports(folder.Path(), r)
	if err != nil {
		return nil, err
	}
	if err := report.Terminal(s.out, r); err != nil {
		return nil, err
	}
	s.tellCI(p, r)
	s.say("\nreports: %s\nrecords: %s", strings.Join(files, " "), folder.Path())
	return stored, nil
}

// exitCode reads the exit code off the records.
func exitCode(stored *result.Run) int {
	codes := searchCodes(stored.Trials)
	for _, t := range stored.Trials {
		switch {
		case t.Search != nil && t.Status != result.StatusInterrupted: // its search has judged it
		case t.Status == result.StatusFailed:
			codes = append(codes, exitFailed)
		case t.Status == result.StatusInterrupted:
			codes = append(codes, exitInterrupted)
		case t.Verdict.Trust == result.TrustInvalid:
			codes = append(codes, exitUntrusted)
		}
	}
	if slices.ContainsFunc(result.CheckAll(stored.Trials), func(c result.Checked) bool { return !c.OK }) {
		codes = append(codes, exitMissed)
	}
	return worst(codes)
}

// A store keeps each trial as it ends.
type store struct {
	folder *result.Folder
	show   *progress
}

// Journal implements run.Sink.
func (s *store) Journal(head *result.Trial) (*result.Journal, error) { return s.folder.Journal(head) }

// Trial implements run.Sink.
func (s *store) Trial(t *result.Trial, m *meter.Meter) error {
	if err := s.folder.SaveTrial(t); err != nil {
		return err
	}
	start, err := time.Parse(time.RFC3339Nano, t.Start)
	if err == nil {
		err = result.WriteAtomic(s.folder.HDRPath(t.Case, t.Repeat), func(w io.Writer) error { return m.WriteLog(w, start) })
		if err != nil {
			return err
		}
	}
	s.show.trial(t)
	return nil
}
