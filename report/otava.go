package report

import (
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"kbench/internal/result"
)

// Otava writes CSV for Apache Otava, which looks for changes in the history of a benchmark: a row for each case, with the
// medians over those of its trials that can be trusted. The header is the same for every scenario, so that the rows of many runs
// can be put into one file. Otava reads a file as one series, unless it has a column named branch: that column is the case.
// A metric that a case does not have is empty, and Otava refuses it by name if it is asked for. A case that searched for the
// highest rate has that one number, the median of its searches.
//
// LeftOut lists the cases that have no row.
func Otava(w io.Writer, r *Report) error {
	out := csv.NewWriter(w)
	metrics := result.Metrics()
	head := []string{"time", "branch", "run", "scenario", "kbench", "kafka", "producer", "consumer", "fingerprint", "trust", "trials", "at_least", "capacity_per_s"}
	for _, m := range metrics {
		head = append(head, m.Column())
	}
	if err := out.Write(head); err != nil {
		return err
	}
	for _, g := range trustedGroups(r) {
		if err := out.Write(otavaRow(r, g, metrics, "")); err != nil {
			return err
		}
	}
	for _, g := range answeredGroups(r) {
		capacity := result.Summarize(g.answers).Median
		if err := out.Write(otavaRow(r, g.group, metrics, strconv.FormatFloat(capacity, 'f', -1, 64))); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// LeftOut says which cases have no row in what Otava writes, and why; one line each.
func LeftOut(r *Report) (out []string) {
	for _, g := range groupByCase(r.Trials) {
		if !slices.ContainsFunc(g.all, trusted) {
			out = append(out, fmt.Sprintf("case %s has no row: none of its trials can be trusted (%s)", clean(g.name), clean(distrust(g.all[0]))))
		}
	}
	rows := answeredGroups(r)
	for _, f := range result.Searches(r.Trials) {
		if !slices.ContainsFunc(rows, func(a *answered) bool { return a.name == f.Case }) {
			out = unique(out, fmt.Sprintf("case %s has no row: its search found no highest rate of the brokers for sure (%s)", clean(f.Case), answer(&f)))
		}
	}
	return out
}

// An answered is a case whose searches have found a highest rate that is the brokers' own.
type answered struct {
	*group            // of the searches that found one: the first step of each
	answers []float64 // records a second
}

func answeredGroups(r *Report) (out []*answered) {
	for _, f := range result.Searches(r.Trials) {
		if !f.Sure() {
			continue
		}
		i := slices.IndexFunc(out, func(a *answered) bool { return a.name == f.Case })
		if i < 0 {
			i = len(out)
			out = append(out, &answered{group: newGroup(f.Steps[0])})
		}
		out[i].all = append(out[i].all, f.Steps[0])
		out[i].answers = append(out[i].answers, f.Pass)
	}
	return out
}

// trustedGroups are the cases with a trial that can be trusted, and of each those trials alone.
func trustedGroups(r *Report) []*group {
	groups := groupByCase(r.Trials)
	for _, g := range groups {
		g.used = slices.DeleteFunc(slices.Clone(g.all), func(t *result.Trial) bool { return !trusted(t) })
	}
	return slices.DeleteFunc(groups, func(g *group) bool { return len(g.used) == 0 })
}

func otavaRow(r *Report, g *group, metrics []result.Metric, capacity string) []string {
	t := g.all[0]
	library := func(c *result.Client) string {
		if c == nil {
			return ""
		}
		return strings.TrimSpace(c.Library + " " + c.Version)
	}
	trust, trials := result.TrustOK, len(g.used)
	if capacity != "" { // searches, whose steps have no medians
		trials = len(g.all)
	}
	for _, t := range g.used {
		if t.Verdict.Trust != result.TrustOK {
			trust = t.Verdict.Trust
		}
	}
	var atLeast, numbers []string
	for _, m := range metrics {
		cell := ""
		if v := (spec{metric: m.Name}).number(g); v != nil {
			cell = strconv.FormatFloat(v.Value, 'f', -1, 64)
			if v.AtLeast {
				atLeast = append(atLeast, m.Name)
			}
		}
		numbers = append(numbers, cell)
	}
	row := []string{
		r.run.Manifest.Start, g.name, r.Run, r.Title, t.Host.Kbench, clusterVersion(t), library(t.Client.Producer), library(t.Client.Consumer),
		t.Fingerprint, trust, strconv.Itoa(trials), strings.Join(atLeast, " "), capacity,
	}
	for i := range row {
		row[i] = plain(row[i])
	}
	return append(row, numbers...)
}
