package main

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"kbench/internal/admin"
	"kbench/internal/cluster"
	"kbench/internal/run"
)

func newCluster() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "cluster",
		Short: "A real Kafka on this machine: up, status, down",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newClusterUp(), newClusterStatus(), newClusterDown())
	return cmd
}

func clusterOptions(log io.Writer) cluster.Options {
	return cluster.Options{Log: log}
}

func newClusterUp() *cobra.Command {
	var engine string
	var nodes int
	cmd := &cobra.Command{
		Use:   "up",
		Short: "Start a Kafka that stays until kbench cluster down",
		Long: `Start a Kafka on this machine, on loopback only, that stays until kbench cluster down.

The engine java fetches Apache Kafka from Maven once and runs it as JVM nodes; it needs Java 17 or newer and Maven, or an
installed Kafka in KAFKA_HOME. KBENCH_KAFKA_VERSION names another version to fetch, from 3.3.1 on. The engine docker runs the
official image, or the one that KBENCH_KAFKA_IMAGE names, with docker compose.`,
		Example: `  kbench cluster up --engine java --nodes 3
  kbench run acks-tradeoff --cluster running`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if _, err := cluster.Parse(engine + ":" + strconv.Itoa(nodes)); err != nil {
				return exitWith(exitUsage, err)
			}
			s, err := cluster.Up(cmd.Context(), cluster.Engine(engine), nodes, clusterOptions(cmd.ErrOrStderr()))
			if err != nil {
				return exitWith(exitFailed, err)
			}
			fmt.Fprintln(cmd.OutOrStdout(), strings.Join(s.Brokers, ","))
			return nil
		},
	}
	cmd.Flags().StringVar(&engine, "engine", "java", "java or docker")
	cmd.Flags().IntVar(&nodes, "nodes", 1, "brokers")
	return cmd
}

func newClusterStatus() *cobra.Command {
	return &cobra.Command{
		Use:     "status",
		Short:   "Say which Kafka is up, and whether all of it is",
		Example: "  kbench cluster status",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := cluster.ReadStatus(cmd.Context(), clusterOptions(cmd.ErrOrStderr()))
			if err != nil {
				return exitWith(exitFailed, err)
			}
			out := cmd.OutOrStdout()
			if s == nil {
				fmt.Fprintln(out, "no cluster is up; kbench cluster up starts one")
				return nil
			}
			state := "up"
			switch {
			case s.Stale():
				state = "gone: kbench cluster down clears up after it"
			case !s.Whole():
				state = "not whole"
			}
			fmt.Fprintf(out, "%s %s: %s\nbrokers: %s\n", s.Spec(), s.Version, state, strings.Join(s.Brokers, ","))
			if !s.Started.IsZero() {
				fmt.Fprintf(out, "since: %s (%s)\n", s.Started.Format(time.RFC3339), time.Since(s.Started).Round(time.Second))
			}
			if s.Whole() {
				return printLeftovers(cmd.Context(), out, s.Brokers)
			}
			return nil
		},
	}
}

// printLeftovers lists what runs that were killed have left on the brokers.
func printLeftovers(ctx context.Context, w io.Writer, brokers []string) error {
	a, err := admin.Open(ctx, brokers, "kbench")
	if err != nil {
		return exitWith(exitFailed, err)
	}
	defer a.Close()
	left, err := run.Leftovers(ctx, a, time.Now())
	for _, l := range left {
		fmt.Fprintf(w, "left by a run that was killed, until the next one removes it: %s\n", l)
	}
	if err != nil {
		return exitWith(exitFailed, err)
	}
	return nil
}

func newClusterDown() *cobra.Command {
	return &cobra.Command{
		Use:     "down",
		Short:   "End the Kafka that kbench cluster up started, and remove its data",
		Example: "  kbench cluster down",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := cluster.Down(cmd.Context(), clusterOptions(cmd.ErrOrStderr()))
			if err != nil {
				return exitWith(exitFailed, err)
			}
			if s == nil {
				fmt.Fprintln(cmd.OutOrStdout(), "no cluster was up")
				return nil
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%s is down, its data is removed\n", s.Spec())
			return nil
		},
	}
}

// newEmbeddedBroker is what the embedded cluster runs this program as: a child that ends with its parent.
func newEmbeddedBroker() *cobra.Command {
	return &cobra.Command{
		Use:    cluster.EmbeddedWord + " NODES",
		Short:  "Serve the embedded broker until standard input ends",
		Hidden: true,
		Args:   cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			nodes, err := strconv.Atoi(args[0])
			if err != nil {
				return exitWith(exitUsage, fmt.Errorf("%q is not a number of nodes", args[0]))
			}
			return cluster.ServeEmbedded(cmd.Context(), cmd.InOrStdin(), cmd.OutOrStdout(), nodes)
		},
	}
}
