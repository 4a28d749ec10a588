// Kbench measures Apache Kafka: scenario files in, load on brokers, tables of throughput and latency out.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"syscall"

	"github.com/spf13/cobra"
)

// Exit codes. When several apply, the first of this order wins: interrupted, failed, untrusted, missed.
const (
	exitMissed      = 1 // a threshold missed
	exitUsage       = 2 // wrong usage or scenario
	exitFailed      = 3 // a trial failed
	exitUntrusted   = 4 // a measurement that can't be trusted
	exitInterrupted = 130
	exitTerminated  = 143
)

// An exitError is an error that knows its exit code. One without text has been told already.
type exitError struct {
	code int
	err  error
}

func (e *exitError) Error() string {
	if e.err == nil {
		return ""
	}
	return e.err.Error()
}

func (e *exitError) Unwrap() error { return e.err }

// exitWith gives an error its exit code, unless one from deeper down knows better.
func exitWith(code int, err error) error {
	if e, ok := errors.AsType[*exitError](err); ok {
		code = e.code
	}
	return &exitError{code: code, err: err}
}

func main() { os.Exit(mainCode(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) }

// mainCode is main for tests too: it alone turns errors into exit codes and signals into the context's end.
func mainCode(args []string, in io.Reader, out, log io.Writer) int {
	said := newScreen(log)
	if jsonAsked(args) {
		said.speakJSON()
	}
	ctx, caught, release := withSignals(context.Background(), said)
	defer release()
	root := newRoot()
	root.SetArgs(args)
	root.SetIn(in)
	root.SetOut(out)
	root.SetErr(said)
	err := root.ExecuteContext(ctx)
	if err != nil && err.Error() != "" {
		said.fail(err)
	}
	if s := caught(); s != nil {
		return signalCode(s)
	}
	if err == nil {
		return 0
	}
	if e, ok := errors.AsType[*exitError](err); ok {
		return e.code
	}
	return exitUsage // what cobra itself refuses: unknown flags and commands, wrong arguments
}

// jsonAsked says whether a command line asks for JSON progress. Arguments are looked at before flags are read, since what is wrong
// with those is told in JSON then too.
func jsonAsked(args []string) bool {
	if end := slices.Index(args, "--"); end >= 0 {
		args = args[:end]
	}
	i := slices.Index(args, "--progress") + 1
	return slices.Contains(args, "--progress=json") || i > 0 && i < len(args) && args[i] == "json"
}

// signalCode is 128 and the signal's number, as shells have it.
func signalCode(s os.Signal) int {
	if s == syscall.SIGTERM {
		return exitTerminated
	}
	return exitInterrupted
}

// withSignals returns a context that the first SIGINT or SIGTERM ends, and what was caught. A second one ends the
// process at once, for those who won't wait for a tidy end.
func withSignals(parent context.Context, log io.Writer) (ctx context.Context, caught func() os.Signal, release func()) {
	ctx, cancel := context.WithCancel(parent)
	signals := make(chan os.Signal, 2)
	first := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		s, ok := <-signals
		if !ok {
			return
		}
		first <- s
		fmt.Fprintln(log, "kbench: stopping; results so far are kept (again to stop at once)")
		cancel()
		if s, ok := <-signals; ok {
			os.Exit(signalCode(s))
		}
	}()
	caught = func() os.Signal {
		select {
		case s := <-first:
			return s
		default:
			return nil
		}
	}
	release = func() {
		signal.Stop(signals)
		close(signals)
		cancel()
	}
	return ctx, caught, release
}

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:   "kbench",
		Short: "Benchmarks and load tests for Apache Kafka",
		Long: `kbench measures Apache Kafka: throughput and latency of producers and consumers, from scenario files.

Latency counts from the instant a record was due, so that a stall can't hide; loss and duplication stand beside speed;
and each result says whether to trust it.`,
		Example: `  kbench run quickstart                                   # on an embedded fake broker, no Kafka needed
  kbench run acks-tradeoff --cluster java                 # on an Apache Kafka that kbench starts here
  kbench run my.yaml --brokers kafka1:9092,kafka2:9092    # on yours`,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.NoArgs,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.AddCommand(newRun(), newAB(), newCompare(), newReport(), newValidate(), newScenarios(), newSchema(), newConvert(), newDoctor(), newCluster(), newVersion(), newMan(), newEmbeddedBroker())
	completeAll(root)
	root.CompletionOptions.HiddenDefaultCmd = false
	return root
}
