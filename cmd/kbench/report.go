package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"kbench/internal/result"
	"kbench/report"
)

func newReport() *cobra.Command {
	var f reportFlags
	cmd := &cobra.Command{
		Use:   "report RESULT...",
		Short: "Render stored results again: folders, or single records",
		Long: `Render stored results again, from their records alone. A RESULT is a folder that kbench run made, finished or not, or
one record in it. Without --format the folder's report.md, report.html, report.csv and junit.xml are written again and the
table is printed.

Formats: md and text for people; html, one page with pictures that needs no network; comment for a pull request, at most
60,000 bytes; csv, a row for each trial, and json, which kbench schema report describes; junit for CI servers; benchfmt for
benchstat; otava, a row for each case, for Apache Otava.`,
		Example: `  kbench report results/acks-tradeoff-20261121T020304Z
  kbench report --format csv -o acks.csv results/acks-tradeoff-20261121T020304Z
  kbench report --format otava --append history.csv results/nightly-*`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			f.format = formatNamed(f.format)
			if err := f.check(args); err != nil {
				return exitWith(exitUsage, err)
			}
			for _, arg := range args {
				if err := f.render(cmd, arg); err != nil {
					return exitWith(exitUsage, err)
				}
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&f.format, "format", "", strings.Join(formats(), ", "))
	cmd.Flags().StringVarP(&f.out, "out", "o", "", "file to write, - for standard output (the default with --format)")
	cmd.Flags().StringVar(&f.history, "append", "", "CSV `FILE` to add the rows to that it does not have yet, with --format otava or csv")
	return cmd
}

type reportFlags struct {
	format, out, history string
}

// textFormat is the format of what is printed; who says terminal means it too.
const textFormat = "text"

func formatNamed(word string) string {
	if word == "terminal" {
		return textFormat
	}
	return word
}

// check refuses flags that contradict each other or the arguments.
func (f *reportFlags) check(args []string) error {
	switch {
	case f.format == "" && f.out != "":
		return errors.New("-o needs --format: say what the file is to hold")
	case len(args) > 1 && f.out != "" && f.out != "-":
		return errors.New("-o FILE holds one result: leave it out, or name one")
	case f.history != "" && f.format != "otava" && f.format != "csv":
		return errors.New("--append adds rows to a CSV: it needs --format otava or csv")
	case f.history != "" && f.out != "":
		return errors.New("--append and -o exclude each other: rows are added to a file, or a file is written anew")
	}
	return nil
}

// formats lists what kbench report can render.
func formats() []string { return slices.Sorted(maps.Keys(report.Renderers())) }

// render renders one result.
func (f *reportFlags) render(cmd *cobra.Command, path string) error {
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
	if f.format == "" {
		return rewriteReports(cmd, path, r)
	}
	renderers := report.Renderers()
	if f.out == "" || f.out == "-" {
		renderers[textFormat] = report.TerminalOf(columnsOf(cmd.OutOrStdout()))
	}
	render, ok := renderers[f.format]
	if !ok {
		return fmt.Errorf("--format %s: it is one of %s", f.format, strings.Join(formats(), ", "))
	}
	if f.format == "otava" {
		for _, w := range report.LeftOut(r) {
			fmt.Fprintf(cmd.ErrOrStderr(), "kbench: %s: %s\n", path, w)
		}
	}
	switch {
	case f.history != "":
		var rows strings.Builder
		if err := render(&rows, r); err != nil {
			return err
		}
		return appendRows(f.history, rows.String())
	case f.out == "" || f.out == "-":
		return render(cmd.OutOrStdout(), r)
	}
	return result.WriteAtomic(f.out, func(w io.Writer) error { return render(w, r) })
}

// appendRows adds the rows of a CSV to those of a file, which must have the same header and gets it where it is not there. A
// row that the file has is not added again, so that a job that is repeated does no harm. No cell has a line's end in it.
func appendRows(file, csv string) error {
	head, rows, _ := strings.Cut(csv, "\n")
	text, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) || err == nil && len(text) == 0 {
		text, err = []byte(head+"\n"), nil
	}
	if err != nil {
		return err
	}
	old := strings.Split(strings.TrimSuffix(strings.ReplaceAll(string(text), "\r\n", "\n"), "\n"), "\n")
	if old[0] != head {
		return fmt.Errorf("--append %s: its header is not the one of these rows, so numbers would stand under wrong names; begin a new file", file)
	}
	have := map[string]bool{}
	for _, line := range old {
		have[line] = true
	}
	for row := range strings.Lines(rows) {
		if row = strings.TrimSuffix(row, "\n"); !have[row] {
			old = append(old, row)
		}
	}
	return result.WriteAtomic(file, func(w io.Writer) error {
		_, err := io.WriteString(w, strings.Join(old, "\n")+"\n")
		return err
	})
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
	return report.TerminalOf(columnsOf(cmd.OutOrStdout()))(cmd.OutOrStdout(), r)
}

// writeReports writes the reports that every results folder has, and returns their paths.
func writeReports(folder string, r *report.Report) ([]string, error) {
	var files []string
	for _, f := range []struct{ format, name string }{{"md", "report.md"}, {"html", "report.html"}, {"csv", "report.csv"}, {"junit", "junit.xml"}} {
		file := filepath.Join(folder, f.name)
		render := report.Renderers()[f.format]
		if err := result.WriteAtomic(file, func(w io.Writer) error { return render(w, r) }); err != nil {
			return files, err
		}
		files = append(files, file)
	}
	return files, nil
}
