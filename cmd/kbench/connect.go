package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"kbench/internal/connect"
	"kbench/internal/driver/security"
	"kbench/internal/scenario"
)

// A connection is what flags and the environment say of how to reach brokers.
type connection struct {
	brokers []string
	cluster string
	file    string   // of a Kafka client's properties
	words   []string // NAME=VALUE each

	elsewhere bool             // brokers are named for sides of a comparison too
	settings  connect.Settings // that read has read
}

// bind adds the flags that say which brokers, and how to connect to them.
func (c *connection) bind(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringSliceVarP(&c.brokers, "brokers", "b", brokersFromEnv(), "brokers to test, `HOST:PORT,..` (KBENCH_BROKERS)")
	flags.StringSliceVar(&c.brokers, "bootstrap-server", brokersFromEnv(), "the same as --brokers")
	flags.StringVar(&c.cluster, "cluster", "", "brokers that kbench provides: embedded, java[:N], docker[:N], or running (from kbench cluster up)")
	flags.StringVar(&c.file, "client-config", os.Getenv("KBENCH_CLIENT_CONFIG"), "a Kafka client's `FILE` of properties, which says how to connect (KBENCH_CLIENT_CONFIG)")
	flags.StringArrayVarP(&c.words, "property", "X", nil, "a client's property, `NAME=VALUE`, or NAME=env:VARIABLE for a secret (repeatable)")
}

// brokersFromEnv reads KBENCH_BROKERS, which --brokers and --cluster win over.
func brokersFromEnv() []string {
	if v := os.Getenv("KBENCH_BROKERS"); v != "" {
		return strings.Split(v, ",")
	}
	return nil
}

// read reads what --client-config names and -X says, and settles which brokers are meant. What a user must know goes to log,
// quiet or not; what is left aside only where not quiet.
func (c *connection) read(cmd *cobra.Command, quiet bool) (err error) {
	changed, log := cmd.Flags().Changed, cmd.ErrOrStderr()
	if c.cluster != "" && !changed("brokers") && !changed("bootstrap-server") {
		c.brokers = nil // --cluster wins over the environment
	}
	if len(c.brokers) > 0 && c.cluster != "" {
		return errors.New("--brokers and --cluster exclude each other: the brokers are either yours or kbench's")
	}
	if c.cluster != "" && !changed("client-config") {
		c.file = "" // likewise
	}
	if c.settings, err = readSettings(c.file, c.words); err != nil {
		return err
	}
	own := len(c.brokers) > 0
	if !own && c.cluster == "" {
		c.brokers = c.settings.Brokers
	} else if own && len(c.settings.Brokers) > 0 {
		c.settings.Notes = append(c.settings.Notes, fmt.Sprintf("%s: bootstrap.servers is left aside: --brokers names others", c.file))
	}
	if len(c.brokers) == 0 && !c.elsewhere && c.settings.Security != (security.Config{}) {
		if changed("client-config") || changed("property") {
			return errors.New("--client-config and -X say how to connect, and no brokers are named: use --brokers; those that kbench starts itself are not secured")
		}
		c.settings.Security = security.Config{} // the environment's, which waits for brokers
	}
	tellSettings(log, c.settings, quiet)
	return nil
}

func readSettings(file string, words []string) (connect.Settings, error) {
	return connect.Read(connect.Source{File: file, Words: words, Lookup: os.LookupEnv})
}

// tellSettings warns of what is dangerous, and says what of a file was left aside.
func tellSettings(log io.Writer, s connect.Settings, quiet bool) {
	for _, name := range s.Exposed {
		fmt.Fprintf(log, "kbench: warning: -X %s: everybody on this machine can read its value in the list of processes; use -X %s=env:VARIABLE, or a file with --client-config\n", name, name)
	}
	if s.Security.TLS.AnyName {
		fmt.Fprintln(log, "kbench: WARNING: the names in the brokers' certificates are NOT checked, as ssl.endpoint.identification.algorithm asks: whoever has any certificate from an authority that is believed can answer in their place, and be told the password")
	}
	if quiet {
		return
	}
	for _, note := range s.Notes {
		fmt.Fprintf(log, "kbench: %s\n", note)
	}
}

// checkUsed refuses properties that no client of a plan takes.
func (c *connection) checkUsed(p *scenario.Plan) error {
	producers, consumers := false, false
	for i := range p.Cases {
		for _, part := range p.Cases[i].Parts() {
			producers, consumers = producers || part.Scenario.Producer != nil, consumers || part.Scenario.Consumer != nil
		}
	}
	if names := c.settings.Unused(producers, consumers); len(names) > 0 {
		return fmt.Errorf("-X %s: scenario %s has no client that takes it: leave it out", names[0], p.Name)
	}
	return nil
}

// become makes it the connection of one side of a comparison.
func (c *connection) become(v variant, log io.Writer, quiet bool) error {
	if len(v.brokers) > 0 {
		c.brokers, c.cluster = v.brokers, ""
	}
	if v.config != "" {
		settings, err := readSettings(v.config, c.words)
		if err != nil {
			return err
		}
		if c.settings = settings; len(c.brokers) == 0 {
			c.brokers, c.cluster = settings.Brokers, ""
		}
		tellSettings(log, connect.Settings{Security: settings.Security, Notes: settings.Notes}, quiet)
	}
	if len(c.brokers) == 0 {
		return errors.New("client-config says how to connect, and no brokers are named: add brokers=HOST:PORT to the side")
	}
	return nil
}
