package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"

	"kbench/internal/scenario"
	"kbench/report"
)

// tellCI tells GitHub Actions what came out of a plan, where kbench runs in it: as the summary of the step, and beside the code.
// What it can't write changes no result.
func (s *session) tellCI(p *scenario.Plan, r *report.Report) {
	tellGitHub(s.log,
		func(w io.Writer) error { return report.Comment(w, r) },
		func(w io.Writer) error {
			file := inRepository(p)
			return report.Annotate(w, r, func(th string) (string, int) { return file, p.Lines[th] })
		})
}

// tellComparison is tellCI for a comparison of stored results.
func tellComparison(log io.Writer, c *report.Comparison) {
	tellGitHub(log,
		func(w io.Writer) error { return report.ComparisonRenderers()["comment"](w, c) },
		func(w io.Writer) error { return report.AnnotateComparison(w, c) })
}

func tellGitHub(log io.Writer, summarize, annotate func(io.Writer) error) {
	if file := os.Getenv("GITHUB_STEP_SUMMARY"); file != "" {
		if err := addSummary(file, summarize); err != nil {
			fmt.Fprintf(log, "kbench: write the summary of the step: %v\n", err)
		}
	}
	if os.Getenv("GITHUB_ACTIONS") == "true" {
		if err := annotate(log); err != nil {
			fmt.Fprintf(log, "kbench: write annotations: %v\n", err)
		}
	}
}

// addSummary adds to the file that GitHub shows below a step.
func addSummary(file string, summarize func(io.Writer) error) error {
	f, err := os.OpenFile(file, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	if _, err = f.WriteString("\n"); err == nil { // or what stands before, if it ends with a tag, would take the heading in
		err = summarize(f)
	}
	if e := f.Close(); err == nil {
		err = e
	}
	return err
}

// inRepository returns the path of a plan's scenario from the root of the repository, or nothing where it is not a file: a
// built-in scenario has a file's name too, but not the text of one.
func inRepository(p *scenario.Plan) string {
	text, err := os.ReadFile(p.File)
	if err != nil || string(text) != p.Source {
		return ""
	}
	path, err := filepath.Abs(p.File)
	if err != nil {
		return ""
	}
	if rel, err := filepath.Rel(os.Getenv("GITHUB_WORKSPACE"), path); err == nil && filepath.IsLocal(rel) {
		return filepath.ToSlash(rel)
	}
	return filepath.ToSlash(p.File)
}
