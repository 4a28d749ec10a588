package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"kbench/internal/driver"
	"kbench/internal/result"
	"kbench/internal/run"
	"kbench/internal/scenario"
	"kbench/internal/unit"
	"kbench/report"
	"kbench/scenarios"
)

// maxScenario bounds what is read from standard input.
const maxScenario = 1 << 20

// readScenario returns the text of a file, a built-in scenario, or standard input for "-". A file wins over a built-in
// name only if it looks like one: it has a slash or a dot.
func readScenario(arg string, in io.Reader) (name string, text []byte, err error) {
	if arg == "-" {
		text, err := io.ReadAll(io.LimitReader(in, maxScenario+1))
		return "stdin", text, err
	}
	if !strings.ContainsAny(arg, "/.") {
		text, err := scenarios.Read(arg)
		return arg + ".yaml", text, err
	}
	text, err = os.ReadFile(arg)
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		err = fmt.Errorf("read scenario %s: %w", arg, p.Err)
	}
	return arg, text, err
}

func loadScenario(arg string, in io.Reader, o scenario.Options) (*scenario.Plan, error) {
	name, text, err := readScenario(arg, in)
	if err != nil {
		return nil, err
	}
	o.ReadFile = filesBeside(name)
	p, err := scenario.Parse(name, text, o)
	if err != nil {
		return nil, err
	}
	return p, checkClients(name, p)
}

// checkClients asks the clients for what they cannot do, before anything runs. All cases are looked at, each complaint is
// made once.
func checkClients(file string, p *scenario.Plan) error {
	byName := map[string]driver.Driver{}
	for _, d := range drivers() {
		byName[d.Name()] = d
	}
	seen := map[string]bool{}
	var errs []error
	complain := func(c *scenario.Case, err error) {
		if err != nil && !seen[err.Error()] {
			seen[err.Error()] = true
			errs = append(errs, fmt.Errorf("%s: case %s: %w", file, c.Name, err))
		}
	}
	for i := range p.Cases {
		for _, part := range p.Cases[i].Parts() {
			c := &part
			if producer := c.Scenario.Producer; producer != nil {
				complain(c, byName[producer.Client].CheckProducer(producer.ProducerConfig))
			}
			if consumer := c.Scenario.Consumer; consumer != nil {
				complain(c, byName[consumer.Client].CheckConsumer(consumer.ForClient()))
			}
		}
	}
	return errors.Join(errs...)
}

func newValidate() *cobra.Command {
	return &cobra.Command{
		Use:     "validate FILE...",
		Short:   "Check scenarios: every problem, one a line",
		Example: "  kbench validate my.yaml scenarios/*.yaml",
		Args:    cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			bad := false
			for _, arg := range args {
				p, err := loadScenario(arg, cmd.InOrStdin(), scenario.Options{Metrics: result.Names(), CannotAbort: result.CannotAbort, Clients: driverNames(), Seed: 1})
				if err != nil {
					bad = true
					fmt.Fprintln(cmd.OutOrStdout(), err)
					continue
				}
				fmt.Fprintf(cmd.OutOrStdout(), "%s: ok, %s\n", arg, trialsOf(p))
				for _, w := range p.Warnings {
					fmt.Fprintf(cmd.ErrOrStderr(), "%s: warning: %s\n", arg, w)
				}
			}
			if bad {
				return exitWith(exitUsage, nil)
			}
			return nil
		},
	}
}

func newScenarios() *cobra.Command {
	return &cobra.Command{
		Use:   "scenarios [NAME]",
		Short: "List the built-in scenarios, or print one",
		Example: `  kbench scenarios
  kbench scenarios acks-tradeoff > mine.yaml`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 {
				text, err := scenarios.Read(args[0])
				if err != nil {
					return exitWith(exitUsage, err)
				}
				_, err = cmd.OutOrStdout().Write(text)
				return err
			}
			w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
			for _, name := range scenarios.Names() {
				text, err := scenarios.Read(name)
				if err != nil {
					return err
				}
				p, err := scenario.Parse(name, text, scenario.Options{Metrics: result.Names()}) // listed in a binary without its client too
				if err != nil {
					return fmt.Errorf("built-in %s: %w", name, err)
				}
				fmt.Fprintf(w, "%s\t%s\t%s\n", name, lengthOf(p), p.Cases[0].Scenario.Description)
			}
			return w.Flush()
		},
	}
}

func newSchema() *cobra.Command {
	schemas := map[string]func() ([]byte, error){"scenario": scenario.Schema, "record": result.RecordSchema, "report": report.Schema, "comparison": report.ComparisonSchema}
	return &cobra.Command{
		Use:   "schema [scenario|record|report|comparison]",
		Short: "Print the JSON Schema of scenario files, for editors, or of what a run leaves",
		Long: `Print a JSON Schema (2020-12): of scenario files, which editors complete and check from; of a record, the JSON file that
each trial leaves; or of what kbench report, or kbench compare, prints with --format json.`,
		Example: `  kbench schema > kbench.schema.json
  # then, as the first line of a scenario: # yaml-language-server: $schema=kbench.schema.json
  kbench schema record > record.schema.json`,
		Args:      cobra.MatchAll(cobra.MaximumNArgs(1), cobra.OnlyValidArgs),
		ValidArgs: []string{"scenario", "record", "report", "comparison"},
		RunE: func(cmd *cobra.Command, args []string) error {
			of := "scenario"
			if len(args) == 1 {
				of = args[0]
			}
			b, err := schemas[of]()
			if err != nil {
				return err
			}
			_, err = cmd.OutOrStdout().Write(b)
			return err
		},
	}
}

// lengthOf prints about how long a plan takes, without topics and drains.
func lengthOf(p *scenario.Plan) string {
	var sum time.Duration
	for _, s := range p.Order {
		d := time.Duration(p.Cases[s.Case].Duration())
		if d == 0 {
			return "until its records are done"
		}
		sum += d
	}
	return sum.Round(time.Second).String()
}

func trialsOf(p *scenario.Plan) string {
	what := "trial"
	if p.Cases[0].Scenario.Load.FindMax != nil {
		what = "search"
	}
	return fmt.Sprintf("%s, %s", plural(len(p.Cases), "case"), plural(len(p.Order), what))
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	if strings.HasSuffix(noun, "ch") {
		noun += "e"
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// printPlan shows what a run would do: cases with their size, and the order.
func printPlan(w io.Writer, p *scenario.Plan) error {
	fmt.Fprintf(w, "%s: %s, about %s and for each trial its topic and drain\n", p.Name, trialsOf(p), lengthOf(p))
	if d := p.Cases[0].Scenario.Description; d != "" {
		fmt.Fprintf(w, "%s\n", d)
	}
	for _, warning := range p.Warnings {
		fmt.Fprintf(w, "warning: %s\n", warning)
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "\ncase\ttime\trate\trecords\tbytes\ttopic\n")
	for i := range p.Cases {
		for _, c := range p.Cases[i].Parts() {
			records, bytes := planned(&c)
			fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\n", c.Name, caseLength(&c), rateOf(&c), records, bytes, topicOf(&c))
		}
	}
	if err := t.Flush(); err != nil {
		return err
	}
	fmt.Fprintf(w, "\norder (seed %d):\n", p.Seed)
	for i, s := range p.Order {
		fmt.Fprintf(w, "%3d  %s r%d\n", i+1, p.Cases[s.Case].Name, s.Repeat)
	}
	return nil
}

func rateOf(c *scenario.Case) string {
	if c.Scenario.Producer == nil {
		return "as read"
	}
	if of := searchRange(&c.Scenario); of != "" {
		return of
	}
	if len(c.Scenario.Load.Profile) > 0 {
		least, most := c.Scenario.Load.RateBounds()
		return fmt.Sprintf("%v to %v", least, most)
	}
	return c.Scenario.Load.Rate.String()
}

func caseLength(c *scenario.Case) string {
	if d := c.Duration(); d > 0 {
		if c.Scenario.Load.Warmup.Auto {
			return "up to " + d.String()
		}
		return d.String()
	}
	return "open"
}

// planned prints how many records and bytes a trial of the case sends, as far as that is known before.
func planned(c *scenario.Case) (records, bytes string) {
	s := &c.Scenario
	n := float64(s.Preload)
	if s.Producer != nil {
		n = s.Load.Rate.PerSecond() * time.Duration(c.Duration()).Seconds()
		switch {
		case s.Load.Rate == unit.MaxRate:
			n = float64(s.Load.Records)
		case len(s.Load.Profile) > 0:
			n = float64(run.Scheduled(s.Load))
		}
	}
	if n == 0 {
		return "as many as go", "-"
	}
	if s.Message.FromFile() {
		return unit.Human(n), "as its lines"
	}
	return unit.Human(n), unit.HumanBytes(n * s.Message.Size.Mean())
}

func topicOf(c *scenario.Case) string {
	t := c.Scenario.Topic
	if t.Name != "" {
		return t.Name + " (kept)"
	}
	replication := "max"
	if t.ReplicationFactor > 0 {
		replication = fmt.Sprint(int(t.ReplicationFactor))
	}
	return fmt.Sprintf("fresh, %s, replication %s", plural(t.Partitions, "partition"), replication)
}
