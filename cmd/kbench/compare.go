package main

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"kbench/internal/result"
	"kbench/report"
)

// openPass is what kbench compare calls an inconclusive answer that is let through.
const openPass = "pass"

// compareFlags are those of kbench compare.
type compareFlags struct {
	gates       []string
	format, out string
	onOpen      string
	different   bool
}

func newCompare() *cobra.Command {
	var f compareFlags
	cmd := &cobra.Command{
		Use:   "compare BASE HEAD | compare ABRESULT",
		Short: "Compare two stored results, with a verdict",
		Long: `Compare two stored results: folders, or single records. Cases of the same name are compared, or the one case that each
has; RESULT:CASE names one. Two cases of one run are paired by repeat, since its repeats were interleaved. All else is unpaired:
what changed on the machine between the two is taken for a difference. To gate a change, kbench ab is the better tool; a folder
that it made, given alone, has its comparison shown again.

Results whose fingerprints differ (machine, limits, Go, version of Kafka) are refused, and what differs is said. Trials that failed
or are invalid are left out and counted.

Exit status: 0 pass or warn, or inconclusive, 1 fail, 2 wrong usage or results that can't be compared, 3 inconclusive with
--on-inconclusive fail, 4 too little that can be trusted.`,
		Example: `  kbench compare results/nightly-20261120T020000Z results/nightly-20261121T020000Z
  kbench compare results/acks-tradeoff-20261121T054645Z:acks=1 results/acks-tradeoff-20261121T054645Z:acks=all
  kbench compare --format md -o comparison.md --gate response_p99=10% before after`,
		Args: cobra.RangeArgs(1, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			f.format = formatNamed(f.format)
			c, err := f.compare(cmd, args)
			if err == nil {
				err = f.render(cmd, c)
			}
			if err != nil {
				return exitWith(exitUsage, err)
			}
			tellComparison(cmd.ErrOrStderr(), c)
			if code := comparisonCode(c, f.onOpen); code != 0 {
				return exitWith(code, nil)
			}
			return nil
		},
	}
	flags := cmd.Flags()
	flags.StringArrayVar(&f.gates, "gate", nil, "a `METRIC` that decides, with the part by which it may be worse: response_p99=10% (repeatable; default "+gatesText(report.DefaultGates())+")")
	flags.StringVar(&f.format, "format", textFormat, strings.Join(comparisonFormats(), ", "))
	flags.StringVarP(&f.out, "out", "o", "-", "file to write, - for standard output")
	flags.StringVar(&f.onOpen, "on-inconclusive", openPass, "what an inconclusive answer is: pass or fail")
	flags.BoolVar(&f.different, "allow-different", false, "compare results that were measured under different conditions")
	return cmd
}

func comparisonFormats() []string {
	return slices.Sorted(maps.Keys(report.ComparisonRenderers()))
}

// compare reads the results and judges them.
func (f *compareFlags) compare(cmd *cobra.Command, args []string) (*report.Comparison, error) {
	if f.onOpen != openPass && f.onOpen != openFail {
		return nil, fmt.Errorf("--on-inconclusive %s: it is %s or %s", f.onOpen, openPass, openFail)
	}
	if !slices.Contains(comparisonFormats(), f.format) {
		return nil, fmt.Errorf("--format %s: it is one of %s", f.format, strings.Join(comparisonFormats(), ", "))
	}
	sides := make([]report.Stored, len(args))
	for i, arg := range args {
		var err error
		if sides[i], err = openStored(arg); err != nil {
			return nil, err
		}
		for _, w := range sides[i].Run.Warnings {
			fmt.Fprintf(cmd.ErrOrStderr(), "kbench: %s: %s\n", arg, w)
		}
	}
	if len(args) == 1 {
		return f.again(args[0], sides[0])
	}
	var gates []result.Gate
	if len(f.gates) > 0 {
		var err error
		if gates, err = readGates(f.gates); err != nil {
			return nil, err
		}
	}
	return report.NewStored(sides[0], sides[1], gates, f.different)
}

// again judges what kbench ab ran, by what was declared before it did.
func (f *compareFlags) again(arg string, s report.Stored) (*report.Comparison, error) {
	switch declared := s.Run.Manifest.Comparison; {
	case declared == nil || s.Case != "":
		return nil, fmt.Errorf("compare %s alone: it is no folder that kbench ab made; name the result to compare it with", arg)
	case len(f.gates) > 0:
		return nil, errors.New("--gate: the gates of kbench ab are declared before it runs; chosen after it they would prove nothing")
	default:
		return report.NewPaired(declared, s.Run.Trials)
	}
}

// openStored opens RESULT or RESULT:CASE. A case may have colons in its name: the shortest part that is there is the result.
func openStored(arg string) (report.Stored, error) {
	path, name := arg, ""
	if _, err := os.Stat(arg); err != nil {
		for i := range len(arg) {
			if arg[i] != ':' {
				continue
			}
			if _, err := os.Stat(arg[:i]); err == nil {
				path, name = arg[:i], arg[i+1:]
				break
			}
		}
	}
	run, err := result.Open(path)
	return report.Stored{Name: arg, Run: run, Case: name}, err
}

func (f *compareFlags) render(cmd *cobra.Command, c *report.Comparison) error {
	render := report.ComparisonRenderers()[f.format]
	if f.out == "" || f.out == "-" {
		if f.format == textFormat {
			render = report.ComparisonTerminalOf(columnsOf(cmd.OutOrStdout()))
		}
		return render(cmd.OutOrStdout(), c)
	}
	return result.WriteAtomic(f.out, func(w io.Writer) error { return render(w, c) })
}

// comparisonCode is the exit code that a comparison asks for, where an inconclusive one is to fail or not.
func comparisonCode(c *report.Comparison, onInconclusive string) int {
	switch c.Verdict {
	case report.Fail:
		return exitMissed
	case report.Untrusted:
		return exitUntrusted
	case report.Inconclusive:
		if onInconclusive == openFail {
			return exitFailed
		}
	}
	return 0
}
