package report

import (
	"encoding/csv"
	"io"
	"slices"
	"strconv"
	"strings"

	"kbench/internal/result"
)

// CSV writes one row for each trial: run, scenario, case, repeat, status and trust, then a column for each path of the
// matrix, then every metric in base units, empty where the trial has none. After them at_least names the metrics whose
// true value is larger than the one in the row, and cluster tells Kafka from the embedded fake. Where a trial has several workloads
// there is a column workload after the trust: empty in the row of the trial, which is the first of its rows and about all of them, and
// with the name of the workload in one more row for each.
func CSV(w io.Writer, r *Report) error {
	out := csv.NewWriter(w)
	head := []string{"run", "scenario", "case", "repeat", "status", "trust"}
	several := slices.ContainsFunc(r.Trials, func(t *result.Trial) bool { return len(t.Workloads) > 0 })
	if several {
		head = append(head, "workload")
	}
	for _, path := range r.Paths {
		head = append(head, plain(path))
	}
	metrics := result.Metrics()
	for _, m := range metrics {
		head = append(head, m.Column())
	}
	if err := out.Write(append(head, "at_least", "cluster")); err != nil {
		return err
	}
	for _, t := range withWorkloads(r.Trials) {
		row := []string{plain(t.Run), plain(t.Scenario), plain(t.Case), strconv.Itoa(t.Repeat), plain(t.Status), plain(t.Verdict.Trust)}
		if several {
			row = append(row, plain(t.Workload))
		}
		for _, path := range r.Paths {
			value := ""
			for _, s := range t.Set {
				if s.Path == path {
					value = s.Value
				}
			}
			row = append(row, plain(value))
		}
		var atLeast []string
		for _, m := range metrics {
			cell := ""
			if v, known := m.Of(t); known {
				cell = strconv.FormatFloat(v, 'f', -1, 64)
				if t.AtLeast(m.Name) {
					atLeast = append(atLeast, m.Name)
				}
			}
			row = append(row, cell)
		}
		if err := out.Write(append(row, strings.Join(atLeast, " "), plain(t.Cluster.Kind))); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// plain makes a text that no spreadsheet takes for a formula. Numbers stay what they are, signs included.
func plain(s string) string {
	s = clean(s)
	if s == "" || !strings.ContainsRune("=+-@", rune(s[0])) {
		return s
	}
	if _, err := strconv.ParseFloat(s, 64); err == nil {
		return s
	}
	return "'" + s
}
