package main

import (
	"bytes"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"kbench/internal/compare"
	"kbench/internal/result"
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

Exit status: 0 pass or warn, 1 fail or a threshold missed on side b, 2 wrong usage or scenario, 3 a trial failed (or inconclusive, with
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
	if err := s.serveMetrics(cmd.Context()); err != nil {
		return exitWith(exitUsage, err)
	}
	code, err := s.compare(cmd.Context(), x)
	if cmd.Context().Err() != nil && err == nil {
		code = exitInterrupted
	}
	if code != 0 || err != nil {
		return exitWith(code, err)
	}
	return nil
}
