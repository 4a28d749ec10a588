package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"kbench/internal/admin"
	"kbench/internal/cluster"
	"kbench/internal/host"
	"kbench/internal/meter"
	"kbench/internal/metrics"
	"kbench/internal/result"
	"kbench/internal/run"
	"kbench/internal/scenario"
	"kbench/report"
)

// A session is the brokers and the facts that several scenarios of one command share.
type session struct {
	flags   runFlags
	out     io.Writer
	log     io.Writer
	show    *progress
	command []string

	cluster *cluster.Cluster
	env     run.Env
	metrics *metrics.Collector // nil where nobody asked for metrics
	server  *metrics.Server    // that serves them; the session's own
}

// open brings up or finds the brokers and checks every plan against them, before anything is measured.
func (s *session) open(ctx context.Context, plans []*scenario.Plan) error {
	s.env = run.Env{Drivers: drivers(), Host: host.Read(version()), Sampler: host.NewSampler(), Seed: s.flags.seed, Progress: s.show.tell, Observe: s.observer()}
	s.env.Cluster.Kind = "none"
	if !slices.ContainsFunc(plans, needsBrokers) {
		return nil
	}
	s.env.Brokers = s.flags.brokers
	if len(s.env.Brokers) > 0 { // else they are kbench's own
		s.env.Security = s.flags.settings.Security
	}
	if len(s.env.Brokers) == 0 {
		if err := s.openCluster(ctx, plans); err != nil {
			return err
		}
	} else if err := checkFaults(plans, "", 0); err != nil {
		return err
	}
	a, err := admin.Dialer{ClientID: "kbench", Security: s.env.Security}.Open(ctx, s.env.Brokers)
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
	if s.server != nil {
		defer s.server.Close() // last: what ends takes time, and can be watched
	}
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

// tell says what programs have a use for: they get an object.
func (s *session) tell(object any, format string, args ...any) {
	if s.show.mode == "json" {
		s.show.screen.object(object)
		return
	}
	s.say(format, args...)
}

// needsBrokers says whether any case has a client that talks to one.
func needsBrokers(p *scenario.Plan) bool {
	return slices.ContainsFunc(p.Cases, func(c scenario.Case) bool {
		return slices.ContainsFunc(c.Parts(), func(part scenario.Case) bool {
			return part.Scenario.Consumer != nil || part.Scenario.Producer.Client != "null"
		})
	})
}

// run carries out one plan and returns the exit code that its records ask for.
func (s *session) run(ctx context.Context, p *scenario.Plan) (int, error) {
	defer s.env.MakeRoom(p)()
	r, err := s.keep(ctx, p, nil, func(name string, sink run.Sink) error {
		return s.env.Run(ctx, p, name, s.flags.keepTopics, sink)
	})
	if err != nil {
		return exitFailed, err
	}
	return exitCode(r.Trials), nil
}

// keep makes a folder for the trials that carryOut carries out, and returns the report of what was stored in it. declared is nil
// outside of a comparison.
func (s *session) keep(ctx context.Context, p *scenario.Plan, declared *result.Comparison, carryOut func(name string, sink run.Sink) error) (*report.Report, error) {
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
	r, err := s.conclude(folder, status, p)
	if runErr != nil && ctx.Err() == nil {
		return nil, runErr // what concluding met after it has the same cause
	}
	return r, err
}

// conclude closes the folder, makes the report of what was stored, writes it in every form, and prints the table.
func (s *session) conclude(folder *result.Folder, status string, p *scenario.Plan) (*report.Report, error) {
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
	if err := report.TerminalOf(columnsOf(s.out))(s.out, r); err != nil {
		return nil, err
	}
	s.tellCI(p, r)
	s.tell(keptJSON{files, folder.Path()}, "\nreports: %s\nrecords: %s", strings.Join(files, " "), folder.Path())
	return r, nil
}

// exitCode reads the exit code off the records.
func exitCode(trials []*result.Trial) int {
	codes := searchCodes(trials)
	for _, t := range trials {
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
	return worst(append(codes, thresholdCodes(trials)...))
}

// thresholdCodes returns the exit code that thresholds ask for, none where all held.
func thresholdCodes(trials []*result.Trial) []int {
	if slices.ContainsFunc(result.CheckAll(trials), func(c result.Checked) bool { return !c.OK }) {
		return []int{exitMissed}
	}
	return nil
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
