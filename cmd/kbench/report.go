package main

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"kbench/internal/result"
	"kbench/report"
)

func newReport() *cobra.Command {
	var format, out string
	cmd := &cobra.Command{
		Use:   "report RESULT...",
		Short: "Render stored results again: folders, or single records",
		Long: `Render stored results again, from their records alone. A RESULT is a folder that kbench run made, finished or not, or
one record in it. Without --format the folder's report.md and report.csv are written again and the table is printed.`,
		Example: `  kbench report results/acks-tradeoff-20261121T020304Z
  kbench report --format csv -o acks.csv results/acks-tradeoff-20261121T020304Z`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if format == "" && out != "" {
				return exitWith(exitUsage, errors.New("-o needs --format: say what the file is to hold"))
			}
			if len(args) > 1 && out != "" && out != "-" {
				return exitWith(exitUsage, errors.New("-o FILE holds one result: leave it out, or name one"))
			}
			for _, arg := range args {
				if err := renderResult(cmd, arg, format, out); err != nil {
					return exitWith(exitUsage, err)
				}
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&format, "format", "", strings.Join(formats(), ", "))
	cmd.Flags().StringVarP(&out, "out", "o", "", "file to write, - for standard output (the default with --format)")
	return cmd
}

// formats lists what kbench report can render.
func formats() []string { return slices.Sorted(maps.Keys(report.Renderers())) }

func renderResult(cmd *cobra.Command, path, format, out string) error {
	stored, err := result.Open(path)
	if err != nil {
		return err
	}
	r, err := report.New(stored)
	if err != nil {
		return err
	}
	for _, w := range stored.Warnings {
		fmt.Fprintf(cmd.ErrOrStderr(), "kbench: %s: %s\n", path, w)
	}
	if format == "" {
		return rewriteReports(cmd, path, r)
	}
	render, ok := report.Renderers()[format]
	if !ok {
		return fmt.Errorf("--format %s: it is one of %s", format, strings.Join(formats(), ", "))
	}
	if out == "" || out == "-" {
		return render(cmd.OutOrStdout(), r)
	}
	return result.WriteAtomic(out, func(w io.Writer) error { return render(w, r) })
}

// rewriteReports makes a folder's reports again, and prints the table.
func rewriteReports(cmd *cobra.Command, path string, r *report.Report) error {
	if filepath.Ext(path) != ".json" {
		files, err := writeReports(path, r)
		if err != nil {
			return err
		}
		fmt.Fprintf(cmd.ErrOrStderr(), "reports: %s\n", strings.Join(files, " "))
	}
	return report.Terminal(cmd.OutOrStdout(), r)
}

// writeReports writes the reports that every results folder has, and returns their paths.
func writeReports(folder string, r *report.Report) ([]string, error) {
	var files []string
	for _, format := range []string{"md", "csv"} {
		file := filepath.Join(folder, "report."+format)
		render := report.Renderers()[format]
		if err := result.WriteAtomic(file, func(w io.Writer) error { return render(w, r) }); err != nil {
			return files, err
		}
		files = append(files, file)
	}
	return files, nil
}
