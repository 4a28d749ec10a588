package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"kbench/internal/admin"
	"kbench/internal/cluster"
	"kbench/internal/doctor"
	"kbench/internal/host"
)

func newDoctor() *cobra.Command {
	var (
		f      runFlags
		asJSON bool
	)
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Look for what would spoil a measurement: this machine, kbench and its clients, the brokers",
		Long: `Look for what would spoil a measurement, before anything is measured. In about 15 seconds kbench tells

  machine  what it is, and what goes on there now
  results  whether there is room for them
  floor    how late kbench is by itself: below that nothing can be measured here
  ceiling  how fast each client is on the embedded broker: above that nothing can be measured here
  brokers  with --brokers or --cluster: each can be reached, replicas are in sync, and kbench may do what a run does.
           That is tried on a topic that kbench makes and removes again

Each line is ok, warn or fail, with the figure; where it is not ok the line below says what to do.

Exit status: 0 nothing failed, 2 wrong usage, 3 a run would fail (brokers, permissions, a client, the results folder), 4 it
would not be trusted (floor, machine), 130 or 143 interrupted.`,
		Example: `  kbench doctor
  kbench doctor -b kafka1:9092,kafka2:9092
  kbench doctor -b kafka1:9093 --client-config client.properties
  kbench doctor --cluster running --json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return examine(cmd, f, asJSON) },
	}
	f.bind(cmd)
	cmd.Flags().StringVarP(&f.out, "out", "o", "results", "folder for results that is looked at")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print a JSON array of the checks instead")
	return cmd
}

// examine makes the checks, prints them, and answers with one exit code.
func examine(cmd *cobra.Command, f runFlags, asJSON bool) error {
	if err := f.read(cmd, false); err != nil {
		return exitWith(exitUsage, err)
	}
	if names := f.settings.Unused(false, false); len(names) > 0 {
		return exitWith(exitUsage, fmt.Errorf("-X %s: doctor tells its clients nothing but how to connect: leave it out", names[0]))
	}
	if len(f.brokers) > 0 {
		if err := admin.CheckBrokers(f.brokers); err != nil {
			return exitWith(exitUsage, err)
		}
	}
	if f.cluster != "" {
		if _, err := cluster.Parse(f.cluster); err != nil {
			return exitWith(exitUsage, err)
		}
	}
	if len(f.brokers) == 0 && f.cluster == "" {
		fmt.Fprintln(cmd.ErrOrStderr(), "no --brokers given: looking at this machine and the embedded broker alone")
	}
	out, checks := cmd.OutOrStdout(), []doctor.Check{}
	d := &doctor.Doctor{Drivers: drivers(), Host: host.Read(version()), Cluster: clusterOptions(cmd.ErrOrStderr()), Folder: f.out, Security: f.settings.Security}
	d.Tell = func(c doctor.Check) {
		if !asJSON {
			printCheck(out, c, len(checks) == 0 || checks[len(checks)-1].Part != c.Part)
		}
		checks = append(checks, c)
	}
	ctx := cmd.Context()
	err := d.CheckMachine(ctx)
	if err == nil {
		err = examineBrokers(ctx, d, f, cmd.ErrOrStderr())
	}
	if asJSON {
		enc := json.NewEncoder(out)
		enc.SetIndent("", "  ")
		if err := enc.Encode(checks); err != nil {
			return err
		}
	} else if err == nil {
		fmt.Fprintf(out, "\n%s\n", diagnosis(checks))
	}
	if err != nil {
		return exitWith(exitInterrupted, nil) // the only error there is
	}
	if code := doctorCode(checks); code != 0 {
		return exitWith(code, nil)
	}
	return nil
}

// examineBrokers checks the brokers that are named, or those that kbench provides: these are started only now, when the
// machine has been looked at without them.
func examineBrokers(ctx context.Context, d *doctor.Doctor, f runFlags, log io.Writer) error {
	if len(f.brokers) == 0 && f.cluster == "" {
		return nil
	}
	s := &session{flags: f, log: log}
	defer s.close()
	s.env.Brokers = f.brokers
	if len(f.brokers) == 0 {
		if err := s.openCluster(ctx, nil); err != nil {
			if ctx.Err() == nil {
				d.Tell(doctor.Check{
					Part: doctor.Brokers, Name: "bootstrap", Level: doctor.Fail, Said: "--cluster " + f.cluster + ": " + err.Error(),
					Figures: map[string]any{"named": nil, "answered": nil}, Do: "name brokers with --brokers, or another cluster",
				})
			}
			return ctx.Err()
		}
	}
	return d.CheckBrokers(ctx, s.env.Brokers)
}

// printCheck prints a check, below the name of its part where that is a new one.
func printCheck(w io.Writer, c doctor.Check, newPart bool) {
	if newPart {
		fmt.Fprintf(w, "%s\n", c.Part)
	}
	fmt.Fprintf(w, "  %-4s  %-14s  %s\n", c.Level, c.Name, c.Said)
	if c.Do != "" {
		fmt.Fprintf(w, "        %-14s  to do: %s\n", "", c.Do)
	}
}

// diagnosis sums the checks up.
func diagnosis(checks []doctor.Check) string {
	count := map[doctor.Level]int{}
	for _, c := range checks {
		count[c.Level]++
	}
	parts := []string{plural(len(checks), "check")}
	if n := count[doctor.Fail]; n > 0 {
		parts = append(parts, fmt.Sprintf("%d failed", n))
	}
	if n := count[doctor.Warn]; n > 0 {
		parts = append(parts, plural(n, "warning"))
	}
	if len(parts) == 1 {
		parts = append(parts, "all ok")
	}
	return strings.Join(parts, ", ")
}

// doctorCode is the exit code that the checks ask for: that of the run which they foretell.
func doctorCode(checks []doctor.Check) int {
	var codes []int
	for _, c := range checks {
		switch {
		case c.Level != doctor.Fail:
		case c.Part == doctor.Machine || c.Part == doctor.Floor:
			codes = append(codes, exitUntrusted)
		default:
			codes = append(codes, exitFailed)
		}
	}
	return worst(codes)
}
