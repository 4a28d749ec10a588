package report

import (
	"fmt"
	"io"
	"strings"

	"kbench/internal/result"
)

// Annotate writes workflow commands that GitHub Actions shows beside the code: an error for each trial that failed, each
// threshold that was missed and each search without an answer, and a warning for each trial and answer that can't be trusted. place
// says where a threshold, by its text, is written: in which file, by its path from the root of the repository, and at which line; ""
// and 0 where that is not known. https://docs.github.com/actions/reference/workflow-commands-for-github-actions has the form; of each
// kind, GitHub shows ten a step.
func Annotate(w io.Writer, r *Report, place func(threshold string) (file string, line int)) error {
	if r.Comparison != nil {
		if err := AnnotateComparison(w, r.Comparison); err != nil {
			return err
		}
	}
	for _, t := range outside(r.Trials) {
		if t.Pair != nil { // the comparison has judged it
			continue
		}
		name := fmt.Sprintf("%s: %s, %s", r.Title, t.Case, trialName(t))
		switch {
		case t.Status == result.StatusFailed:
			if err := annotation(w, "error", "", 0, "kbench: a trial failed", name+": "+sentence(t.Failure)); err != nil {
				return err
			}
		case t.Verdict.Trust == result.TrustInvalid:
			if err := annotation(w, "warning", "", 0, "kbench: not to be trusted", name+": "+strings.Join(t.Verdict.Reasons, "; ")); err != nil {
				return err
			}
		}
	}
	for _, f := range result.Searches(r.Trials) {
		if f.Sure() {
			continue
		}
		kind, title := "error", "kbench: no highest rate"
		if f.Pass > 0 && !f.Open {
			kind, title = "warning", "kbench: not to be trusted"
		}
		text := fmt.Sprintf("%s: %s, search %d: %s", r.Title, f.Case, f.Number, searchVerdict([]result.Found{f}))
		if err := annotation(w, kind, "", 0, title, text); err != nil {
			return err
		}
	}
	for _, th := range r.Thresholds {
		if th.Missed == 0 {
			continue
		}
		file, line := place(th.Text)
		text := fmt.Sprintf("%s: %s held in %s; worst: %s", r.Title, th.Text, th.held(), th.worst())
		if err := annotation(w, "error", file, line, "kbench: threshold missed", text); err != nil {
			return err
		}
	}
	return nil
}

// AnnotateComparison writes what a comparison says as workflow commands: an error for a regression, a warning for what is not sure.
func AnnotateComparison(w io.Writer, c *Comparison) error {
	switch c.Verdict {
	case Pass:
		return nil
	case Fail:
		return annotation(w, "error", "", 0, "kbench: regression", c.Sentence)
	}
	return annotation(w, "warning", "", 0, "kbench: "+c.Verdict, c.Sentence)
}

// annotation writes one command. A line needs a file.
func annotation(w io.Writer, kind, file string, line int, title, text string) error {
	place := ""
	if file != "" {
		place = "file=" + property(file) + ","
		if line > 0 {
			place += fmt.Sprintf("line=%d,", line)
		}
	}
	_, err := fmt.Fprintf(w, "::%s %stitle=%s::%s\n", kind, place, property(title), data(text))
	return err
}

// data escapes the text of a command.
func data(s string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A").Replace(clean(s))
}

// property escapes the value of a property of a command.
func property(s string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C").Replace(s)
}
