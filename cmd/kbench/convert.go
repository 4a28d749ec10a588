package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"kbench/internal/convert"
	"kbench/internal/result"
	"kbench/internal/scenario"
)

func newConvert() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "convert WORKLOAD [DRIVER] | convert -- COMMAND ARG...",
		Short: "Make a scenario of another tool's files or command line",
		Long: `Make a scenario of what another load tool is told, and print it: of a workload file of OpenMessaging Benchmark, with the file of
its Kafka driver where there is one, or of the command line of one of

  ` + strings.Join(convert.Tools(), "\n  ") + `

What has no counterpart in kbench is named on standard error, and in the scenario's comments. What is printed is a valid scenario;
docs/migrate.md has each flag and key with what becomes of it.

Exit status: 0 printed, 2 something can't be read.`,
		Example: `  kbench convert workloads/1-topic-16-partitions-1kb.yaml driver-kafka/kafka.yaml > mine.yaml
  kbench convert -- kafka-producer-perf-test.sh --topic t --num-records 1000000 --record-size 200 --throughput 50000 \
    --producer-props bootstrap.servers=kafka1:9092 acks=all > mine.yaml`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := converted(cmd, args)
			if err != nil {
				return exitWith(exitUsage, err)
			}
			for _, w := range c.Warnings {
				fmt.Fprintf(cmd.ErrOrStderr(), "warning: %s\n", w)
			}
			if c.Brokers != "" {
				fmt.Fprintf(cmd.ErrOrStderr(), "run it with --brokers %s\n", c.Brokers)
			}
			_, err = cmd.OutOrStdout().Write(c.Scenario)
			return err
		},
	}
	cmd.Flags().SetInterspersed(false) // flags behind the first word are the other tool's
	return cmd
}

// converted reads what the arguments name, and holds the outcome to what kbench validate asks.
func converted(cmd *cobra.Command, args []string) (*convert.Converted, error) {
	var c *convert.Converted
	var err error
	switch {
	case convert.IsTool(args[0]) || cmd.ArgsLenAtDash() == 0:
		c, err = convert.Command(args, readInput)
	case len(args) > 2:
		return nil, fmt.Errorf("%d files: it takes a workload, and a driver file where there is one; before a command line stands --", len(args))
	default:
		files := make([][]byte, 2) // no driver is nil
		for i, name := range args {
			if files[i], err = readInput(name); err != nil {
				return nil, err
			}
		}
		c, err = convert.Workload(files[0], files[1])
	}
	if err != nil {
		return nil, err
	}
	return c, beyond(c, valid(c.Scenario))
}

// beyond says what of the input kbench does not take, where that is known: nobody has the scenario that problems have their places in.
func beyond(c *convert.Converted, err error) error {
	problems, ok := errors.AsType[scenario.Problems](err)
	if !ok {
		return err
	}
	for i := range problems {
		p := &problems[i]
		p.File, p.Line, p.Col = cmp.Or(c.Said(p.Path), "what comes out"), 0, 0
	}
	return problems
}

// valid is kbench validate. A binary without the default client can't ask it.
func valid(text []byte) error {
	p, err := scenario.Parse("converted", text, scenario.Options{Metrics: result.Names(), ReadFile: filesBeside("converted")})
	if err != nil {
		return err
	}
	s := p.Cases[0].Scenario
	if s.Producer != nil && !slices.Contains(driverNames(), s.Producer.Client) || s.Consumer != nil && !slices.Contains(driverNames(), s.Consumer.Client) {
		return nil
	}
	return checkClients("what comes out", p)
}

// readInput reads a file that an argument names, as far as any such file goes.
func readInput(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(io.LimitReader(f, maxScenario))
	_ = f.Close() // it was only read
	return text, err
}
