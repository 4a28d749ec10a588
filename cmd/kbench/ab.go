package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"kbench/internal/compare"
	"kbench/internal/result"
	"kbench/internal/run"
	"kbench/internal/scenario"
	"kbench/report"
)

// abFlags are what kbench ab has beside what it shares with kbench run.
type abFlags struct {
	run    runFlags
	a, b   []string
	pairs  int
	gates  []string
	onOpen []string
	rest   time.Duration
}

func newAB() *cobra.Command {
	var f abFlags
	cmd := &cobra.Command{
		Use:   "ab SCENARIO --a SET --b SET",
		Short: "Compare two variants of a scenario in interleaved pairs, with a verdict",
		Long: `Compare two variants of a scenario. Trials of both are run in pairs, one right after the other, in an order that is drawn
for each pair; what changes on the machine meanwhile is in both. The answer is the ratio of b to a with an interval that holds
the true one in 95 of 100 experiments, and a verdict for each gated metric: fail where b is worse by more than the margin, pass
where it is not, warn where it is worse by less, inconclusive where more pairs are needed to tell.

A side is made by --a and --b, each as often as needed: PATH=VALUE as in --set, client=NAME for both of the scenario's clients,
scenario=FILE for another scenario, brokers=HOST:PORT,.. for other brokers. A side that is not given is the scenario as it is;
where neither is, both sides are the same, and the answer is how well this machine can tell two things apart.

A pair of which a trial is invalid is run again, at most twice, and that is counted.

Exit status: 0 pass or warn, 1 fail or a threshold missed, 2 wrong usage or scenario, 3 a trial failed (or inconclusive, with
--on-inconclusive fail), 4 too few pairs that can be trusted, 130 or 143 interrupted (partial results are kept).`,
		Example: `  kbench ab quickstart --a producer.linger=5ms --b producer.linger=10ms
  kbench ab my.yaml --a brokers=old:9092 --b brokers=new:9092 --gate response_p99=10% --pairs 12
  kbench ab my.yaml --a client=confluent --b client=franz --cluster java
  kbench ab my.yaml --cluster java`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return runAB(cmd, args[0], f) },
	}
	flags := cmd.Flags()
	f.run.bindBrokers(cmd)
	flags.StringArrayVar(&f.a, "a", nil, "what makes side a: `PATH=VALUE`, client=, scenario= or brokers= (repeatable)")
	flags.StringArrayVar(&f.b, "b", nil, "what makes side b, likewise (repeatable)")
	flags.IntVar(&f.pairs, "pairs", 10, fmt.Sprintf("pairs, %d to %d", compare.Fewest, compare.Most))
	flags.StringArrayVar(&f.gates, "gate", nil, "a `METRIC` that decides, with the part by which it may be worse: response_p99=10% (repeatable; default "+gatesText(report.DefaultGates())+")")
	flags.StringSliceVar(&f.onOpen, "on-inconclusive", []string{openWarn}, "what an inconclusive answer is: warn or fail; with extend, as many pairs are run again first")
	flags.DurationVar(&f.rest, "rest", 2*time.Second, "quiet before each trial, for brokers to be done with the one before")
	f.run.bindScenario(cmd)
	f.run.bindOutput(cmd)
	return cmd
}

// What --on-inconclusive takes.
const (
	openWarn   = "warn"
	openFail   = "fail"
	openExtend = "extend"
)

// A variant is one side as the user asked for it.
type variant struct {
	set      []string // PATH=VALUE
	scenario string   // "" for the one that both have
	brokers  []string // nil likewise
	client   string
	text     string // all of it, for people
}

// asItIs is the text of a side that changes nothing.
const asItIs = "as it is"

func readVariant(side string, words []string) (variant, error) {
	v := variant{text: asItIs}
	if len(words) > 0 {
		v.text = strings.Join(words, " ")
	}
	for _, w := range words {
		name, value, ok := strings.Cut(w, "=")
		if !ok || value == "" {
			return v, fmt.Errorf("--%s %q: it is PATH=VALUE, client=NAME, scenario=FILE or brokers=HOST:PORT,HOST:PORT", side, w)
		}
		switch name {
		case "scenario":
			v.scenario = value
		case "brokers":
			v.brokers = strings.Split(value, ",")
		case "client":
			v.client = value
		default:
			v.set = append(v.set, w)
		}
	}
	return v, nil
}

// plan reads the one case that a side is. text is what a base of "-" stands for.
func (v variant) plan(side, base string, text []byte, o scenario.Options) (*scenario.Plan, error) {
	from := base
	if v.scenario != "" {
		from = v.scenario
	}
	o.Repeats, o.Set = 1, slices.Concat(o.Set, v.set)
	p, err := loadScenario(from, bytes.NewReader(text), o)
	if err != nil {
		return nil, err
	}
	if v.client != "" {
		s := &p.Cases[0].Scenario
		for path, there := range map[string]bool{"producer.client=": s.Producer != nil, "consumer.client=": s.Consumer != nil} {
			if there {
				o.Set = append(o.Set, path+v.client)
			}
		}
		if p, err = loadScenario(from, bytes.NewReader(text), o); err != nil {
			return nil, err
		}
	}
	if len(p.Cases) != 1 {
		return nil, fmt.Errorf("side %s of %s has %d cases: a comparison is of one; choose it by --only, or take the matrix out", side, from, len(p.Cases))
	}
	if p.Cases[0].Scenario.Load.FindMax != nil {
		return nil, fmt.Errorf("side %s of %s searches for the highest rate: a comparison needs a load that is the same on both sides", side, from)
	}
	return p, nil
}

// settings lists what the side sets, for the report's columns.
func (v variant) settings(s *scenario.Scenario) (set []scenario.Setting) {
	if v.scenario != "" {
		set = append(set, scenario.Setting{Path: "scenario", Value: v.scenario})
	}
	if len(v.brokers) > 0 {
		set = append(set, scenario.Setting{Path: "brokers", Value: strings.Join(v.brokers, ",")})
	}
	if v.client != "" && s.Producer != nil {
		set = append(set, scenario.Setting{Path: "producer.client", Value: v.client})
	}
	if v.client != "" && s.Consumer != nil {
		set = append(set, scenario.Setting{Path: "consumer.client", Value: v.client})
	}
	for _, w := range v.set {
		path, value, _ := strings.Cut(w, "=")
		set = append(set, scenario.Setting{Path: path, Value: value})
	}
	return set
}

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
	p.Cases, p.Order = nil, nil
	for i, side := range []*scenario.Plan{a, b} {
		c := side.Cases[0]
		c.Name, c.Set = []string{result.SideA, result.SideB}[i], x.sides[i].settings(&c.Scenario)
		p.Cases = append(p.Cases, c)
	}
	for pair := range x.declared.Pairs {
		p.Order = append(p.Order, scenario.Step{Case: 0, Repeat: pair + 1}, scenario.Step{Case: 1, Repeat: pair + 1})
	}
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
	p.Cases, p.Order = nil, nil
	for i, side := range sides {
		p.Cases = append(p.Cases, x.plan.Cases[side])
		for pair := range x.declared.Pairs {
			p.Order = append(p.Order, scenario.Step{Case: i, Repeat: pair + 1})
		}
	}
	return &p
}

// readGates reads METRIC=MARGIN% each, or takes the default ones.
func readGates(words []string) ([]result.Gate, error) {
	if len(words) == 0 {
		return report.DefaultGates(), nil
	}
	var gates []result.Gate
	for _, w := range words {
		g, err := report.ParseGate(w)
		if err != nil {
			return nil, fmt.Errorf("--gate %s: %w", w, err)
		}
		if slices.ContainsFunc(gates, func(o result.Gate) bool { return o.Metric == g.Metric }) {
			return nil, fmt.Errorf("--gate %s: %s has one already", w, g.Metric)
		}
		gates = append(gates, g)
	}
	return gates, nil
}

// gatesText prints gates as --gate takes them.
func gatesText(gates []result.Gate) string {
	words := make([]string, 0, len(gates))
	for _, g := range gates {
		words = append(words, g.Metric+"="+strconv.FormatFloat(100*g.Margin, 'g', -1, 64)+"%")
	}
	return strings.Join(words, " ")
}

func runAB(cmd *cobra.Command, base string, f abFlags) error {
	show, err := newProgress(f.run.progress, f.run.quiet, cmd.ErrOrStderr())
	if err != nil {
		return exitWith(exitUsage, err)
	}
	x, err := f.experiment(base, cmd.InOrStdin())
	if err != nil {
		return exitWith(exitUsage, err)
	}
	if f.run.dryRun {
		return printPlan(cmd.OutOrStdout(), x.plan)
	}
	if err := f.run.chooseBrokers(cmd); err != nil {
		return exitWith(exitUsage, err)
	}
	s := &session{flags: f.run, out: cmd.OutOrStdout(), log: cmd.ErrOrStderr(), show: show, command: os.Args}
	defer s.close()
	code, err := s.compare(cmd.Context(), x)
	if cmd.Context().Err() != nil && err == nil {
		code = exitInterrupted
	}
	if code != 0 || err != nil {
		return exitWith(code, err)
	}
	return nil
}

// compare carries out an experiment, and returns the exit code that its records ask for.
func (s *session) compare(ctx context.Context, x *experiment) (int, error) {
	var own [2]*session // sides with brokers of their own
	var shared []int    // the other sides
	for i, v := range x.sides {
		if len(v.brokers) == 0 {
			shared = append(shared, i)
			continue
		}
		flags := s.flags
		flags.brokers, flags.cluster = v.brokers, ""
		own[i] = &session{flags: flags, out: s.out, log: s.log, show: s.show, command: s.command}
		defer own[i].close()
		if err := own[i].open(ctx, []*scenario.Plan{x.only(i)}); err != nil {
			return exitFailed, fmt.Errorf("side %s: %w", x.plan.Cases[i].Name, err)
		}
	}
	if len(shared) > 0 {
		if err := s.open(ctx, []*scenario.Plan{x.only(shared...)}); err != nil {
			return exitFailed, err
		}
	} else {
		s.env.Host, s.env.Progress = own[0].env.Host, s.show.tell
	}
	defer s.env.MakeRoom(x.plan)()
	pairing := run.Pairing{
		A: run.Side{Case: &x.plan.Cases[0]}, B: run.Side{Case: &x.plan.Cases[1]}, Pairs: x.declared.Pairs, Rest: x.rest, Seed: x.declared.Seed,
	}
	plans := map[*run.Env]*scenario.Plan{}
	for i, side := range []*run.Side{&pairing.A, &pairing.B} {
		if own[i] != nil {
			own[i].env.Host = s.env.Host // with the room that was made
			side.Env = &own[i].env
			plans[side.Env] = x.only(i)
		}
	}
	if len(shared) > 0 {
		plans[&s.env] = x.only(shared...)
	}
	if x.declared.Extend {
		pairing.Extend = func(trials []*result.Trial) bool { return undecided(&x.declared, trials) }
	}
	r, err := s.keep(ctx, x.plan, &x.declared, func(name string, sink run.Sink) error {
		for e, p := range plans {
			restore, err := e.Prepare(ctx, p, name)
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
	last := map[int]int{} // attempt by pair
	for _, t := range trials {
		last[t.Pair.Number] = max(last[t.Pair.Number], t.Pair.Attempt)
	}
	for _, t := range trials {
		if t.Pair.Attempt == last[t.Pair.Number] && t.Status == result.StatusFailed {
			codes = append(codes, exitFailed)
		}
	}
	if slices.ContainsFunc(result.CheckAll(trials), func(c result.Checked) bool { return !c.OK }) {
		codes = append(codes, exitMissed)
	}
	return worst(codes)
}
