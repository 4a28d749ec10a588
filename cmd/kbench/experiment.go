package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"kbench/internal/compare"
	"kbench/internal/result"
	"kbench/internal/run"
	"kbench/internal/scenario"
	"kbench/report"
)

// An experiment is a comparison that is ready to be run.
type experiment struct {
	declared result.Comparison
	sides    [2]variant
	plan     *scenario.Plan // of two cases: side a, and side b
	rest     time.Duration  // before each trial
	fail     bool           // where the answer is inconclusive
}

// experiment checks all that was asked for, before anything runs.
func (f *abFlags) experiment(base string, in io.Reader) (*experiment, error) {
	gates, err := readGates(f.gates)
	if err != nil {
		return nil, err
	}
	if f.rest < 0 || f.rest > time.Hour {
		return nil, fmt.Errorf("--rest %v: it is 0s to 1h", f.rest)
	}
	x := &experiment{rest: f.rest, declared: result.Comparison{Pairs: f.pairs, Gates: gates, Seed: f.run.seed, OnOpen: strings.Join(f.onOpen, ",")}}
	for _, word := range f.onOpen {
		switch word {
		case openExtend:
			x.declared.Extend = true
		case openFail:
			x.fail = true
		case openWarn:
		default:
			return nil, fmt.Errorf("--on-inconclusive %s: it is %s or %s, and %s before that", word, openWarn, openFail, openExtend)
		}
	}
	if x.fail && slices.Contains(f.onOpen, openWarn) {
		return nil, fmt.Errorf("--on-inconclusive %s: it is %s or %s, not both", strings.Join(f.onOpen, ","), openWarn, openFail)
	}
	looks := 1
	if x.declared.Extend {
		looks = 2
	}
	fewest := compare.FewestFor(len(gates), looks)
	if most := compare.Most / looks; f.pairs < fewest || f.pairs > most {
		return nil, fmt.Errorf("--pairs %d: with %d gated metrics it is %d to %d; fewer can't fail, whatever they show", f.pairs, len(gates), fewest, most)
	}
	if x.sides[0], err = readVariant(result.SideA, f.a); err != nil {
		return nil, err
	}
	if x.sides[1], err = readVariant(result.SideB, f.b); err != nil {
		return nil, err
	}
	var text []byte
	if slices.Contains([]string{base, x.sides[0].scenario, x.sides[1].scenario}, "-") { // it is there once, for both sides
		if text, err = io.ReadAll(in); err != nil {
			return nil, err
		}
	}
	a, err := x.sides[0].plan(result.SideA, base, text, f.run.options())
	if err != nil {
		return nil, err
	}
	b, err := x.sides[1].plan(result.SideB, base, text, f.run.options())
	if err != nil {
		return nil, err
	}
	x.declared.A, x.declared.B = x.sides[0].text, x.sides[1].text
	x.plan = x.join(a, b)
	return x, nil
}

// join makes one plan of the sides' two. The file is b's, whose thresholds are the ones that count.
func (x *experiment) join(a, b *scenario.Plan) *scenario.Plan {
	p := *b
	p.Cases = nil
	for i, side := range []*scenario.Plan{a, b} {
		c := side.Cases[0]
		c.Name, c.Set = []string{result.SideA, result.SideB}[i], x.sides[i].settings(&c.Scenario)
		p.Cases = append(p.Cases, c)
	}
	p.Order = x.order(len(p.Cases))
	for _, w := range a.Warnings {
		if !slices.Contains(p.Warnings, w) {
			p.Warnings = append(slices.Clip(p.Warnings), w)
		}
	}
	return &p
}

// only returns the plan of the sides that are asked for, for the brokers that only those meet.
func (x *experiment) only(sides ...int) *scenario.Plan {
	p := *x.plan
	p.Cases = nil
	for _, side := range sides {
		p.Cases = append(p.Cases, x.plan.Cases[side])
	}
	p.Order = x.order(len(p.Cases))
	return &p
}

// order has so many cases take turns, as pairs do.
func (x *experiment) order(cases int) (steps []scenario.Step) {
	for pair := range x.declared.Pairs {
		for c := range cases {
			steps = append(steps, scenario.Step{Case: c, Repeat: pair + 1})
		}
	}
	return steps
}

// compare carries out an experiment, and returns the exit code that its records ask for.
func (s *session) compare(ctx context.Context, x *experiment) (int, error) {
	var own [2]*session // sides with brokers of their own
	var shared []int    // the other sides
	var places []place
	for i, v := range x.sides {
		if len(v.brokers) == 0 && v.config == "" {
			shared = append(shared, i)
			continue
		}
		flags := s.flags
		if err := flags.become(v, s.log, flags.quiet); err != nil {
			return exitUsage, fmt.Errorf("side %s: %w", x.plan.Cases[i].Name, err)
		}
		own[i] = &session{flags: flags, out: s.out, log: s.log, show: s.show, command: s.command, metrics: s.metrics}
		defer own[i].close()
		p := x.only(i)
		if err := own[i].open(ctx, []*scenario.Plan{p}); err != nil {
			return exitFailed, fmt.Errorf("side %s: %w", x.plan.Cases[i].Name, err)
		}
		places = append(places, place{&own[i].env, p})
	}
	if len(shared) > 0 {
		p := x.only(shared...)
		if err := s.open(ctx, []*scenario.Plan{p}); err != nil {
			return exitFailed, err
		}
		places = append(places, place{&s.env, p})
	} else {
		s.env.Host, s.env.Progress = own[0].env.Host, s.show.tell
	}
	defer s.env.MakeRoom(x.plan)()
	pairing := run.Pairing{
		A: run.Side{Case: &x.plan.Cases[0]}, B: run.Side{Case: &x.plan.Cases[1]}, Pairs: x.declared.Pairs, Rest: x.rest, Seed: x.declared.Seed,
	}
	for i, side := range []*run.Side{&pairing.A, &pairing.B} {
		if own[i] != nil {
			own[i].env.Host = s.env.Host // with the room that was made
			side.Env = &own[i].env
		}
	}
	if x.declared.Extend {
		pairing.Extend = func(trials []*result.Trial) bool { return undecided(&x.declared, trials) }
	}
	r, err := s.keep(ctx, x.plan, &x.declared, func(name string, sink run.Sink) error {
		for _, at := range places {
			restore, err := at.env.Prepare(ctx, at.plan, name)
			if err != nil {
				return err
			}
			defer restore()
		}
		return s.env.Follow(ctx, run.Paired(pairing), name, s.flags.keepTopics, sink)
	})
	if err != nil {
		return exitFailed, err
	}
	return x.exitCode(r.Comparison, r.Trials), nil
}

// A place is brokers, and a plan of the cases that meet them.
type place struct {
	env  *run.Env
	plan *scenario.Plan
}

// undecided says whether the pairs so far leave the answer open.
func undecided(c *result.Comparison, trials []*result.Trial) bool {
	answer, err := report.NewPaired(c, trials)
	return err == nil && answer.Verdict == report.Inconclusive
}

// exitCode reads the exit code off the comparison, and off the last attempt at each pair: what was run again does not count.
func (x *experiment) exitCode(answer *report.Comparison, trials []*result.Trial) int {
	onOpen := openWarn
	if x.fail {
		onOpen = openFail
	}
	codes := []int{comparisonCode(answer, onOpen)}
	for _, t := range result.LastAttempts(trials) {
		if t.Status == result.StatusFailed {
			codes = append(codes, exitFailed)
		}
	}
	return worst(append(codes, thresholdCodes(trials)...))
}
