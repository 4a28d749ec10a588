package main

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"kbench/internal/compare"
	"kbench/internal/result"
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
scenario=FILE for another scenario, brokers=HOST:PORT,.. for other brokers, client-config=FILE for another way to connect. A side that is not given is the scenario as it is;
where neither is, both sides are the same, and the answer is how well this machine can tell two things apart.

A pair of which a trial is invalid is run again, at most twice, and that is counted.

Exit status: 0 pass or warn, 1 fail or a threshold missed on side b, 2 wrong usage or scenario, 3 a trial failed (or inconclusive, with
--on-inconclusive fail), 4 too few pairs that can be trusted, 130 or 143 interrupted (partial results are kept).`,
		Example: `  kbench ab quickstart --a producer.linger=5ms --b producer.linger=10ms
  kbench ab my.yaml --a brokers=old:9092 --b brokers=new:9092 --gate response_p99=10% --pairs 12
  kbench ab my.yaml --a client=confluent --b client=franz --cluster java
  kbench ab my.yaml --a brokers=kafka1:9092 --b brokers=kafka1:9093 --b client-config=tls.properties
  kbench ab my.yaml --cluster java`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return runAB(cmd, args[0], f) },
	}
	flags := cmd.Flags()
	f.run.bind(cmd)
	flags.StringArrayVar(&f.a, "a", nil, "what makes side a: `PATH=VALUE`, client=, scenario=, brokers= or client-config= (repeatable)")
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
	f.run.elsewhere = namesBrokers(f.a) || namesBrokers(f.b)
	if err := f.run.read(cmd, f.run.quiet); err != nil {
		return exitWith(exitUsage, err)
	}
	x, err := f.experiment(base, cmd.InOrStdin())
	if err == nil {
		err = f.run.checkUsed(x.plan)
	}
	if err != nil {
		return exitWith(exitUsage, err)
	}
	if f.run.dryRun {
		return printPlan(cmd.OutOrStdout(), x.plan)
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
