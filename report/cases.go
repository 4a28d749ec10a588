package report

import (
	"fmt"
	"slices"

	"kbench/internal/result"
	"kbench/internal/scenario"
)

// A group is the trials of one case.
type group struct {
	name  string
	set   map[string]string
	all   []*result.Trial
	used  []*result.Trial // those whose numbers count: finished ones, else cut short ones, else what failed ones measured
	parts bool            // used are trials that were cut short
}

// newGroup returns the group of a trial's case, without trials.
func newGroup(t *result.Trial) *group {
	g := &group{name: t.Case, set: map[string]string{}}
	for _, s := range t.Set {
		g.set[s.Path] = s.Value
	}
	return g
}

// groupByCase keeps the order of the trials. The steps of a search are no repeats of anything, and are left out. Each workload of a
// case is a case of its own, and so are all of them together.
func groupByCase(trials []*result.Trial) []*group {
	return groupTrials(result.SplitAll(outside(trials)))
}

// groupTrials groups trials by their case as it is.
func groupTrials(trials []*result.Trial) []*group {
	var groups []*group
	for _, t := range trials {
		i := slices.IndexFunc(groups, func(g *group) bool { return g.name == t.Case })
		if i < 0 {
			i = len(groups)
			groups = append(groups, newGroup(t))
		}
		groups[i].all = append(groups[i].all, t)
	}
	for _, g := range groups {
		g.used = withStatus(g.all, result.StatusOK)
		if len(g.used) == 0 {
			g.used = withStatus(g.all, result.StatusInterrupted)
			g.parts = len(g.used) > 0
		}
		if len(g.used) == 0 {
			g.used = slices.DeleteFunc(withStatus(g.all, result.StatusFailed), func(t *result.Trial) bool { return !hasNumbers(t) })
		}
	}
	return groups
}

// hasNumbers reports whether a trial came so far that something was measured.
func hasNumbers(t *result.Trial) bool {
	return t.MeasureNs > 0 && t.Counts.Scheduled+t.Counts.Consumed > 0
}

func withStatus(trials []*result.Trial, status string) (out []*result.Trial) {
	for _, t := range trials {
		if t.Status == status {
			out = append(out, t)
		}
	}
	return out
}

// planned returns how many trials the plan has, or how many there are where there is no plan.
func planned(run *result.Run) int {
	if run.Manifest.Plan != nil {
		return len(run.Manifest.Plan.Order)
	}
	return len(run.Trials)
}

// paths lists what the matrix sets, in the order of the scenario.
func paths(run *result.Run) (out []string) {
	add := func(path string) {
		if !slices.Contains(out, path) {
			out = append(out, path)
		}
	}
	if run.Manifest.Plan != nil {
		for _, c := range run.Manifest.Plan.Cases {
			for _, s := range c.Set {
				add(s.Path)
			}
		}
	}
	for _, t := range run.Trials {
		for _, s := range t.Set {
			add(s.Path)
		}
	}
	return out
}

// labels are the columns that tell the cases of a table apart.
type labels struct {
	heads []string
	paths []string // none: the case's name is the label
}

// newLabels takes the paths in which cases differ, those that have not run yet included, so that the columns of an
// unfinished run are those of the finished one.
func newLabels(run *result.Run, groups []*group) labels {
	var l labels
	for _, path := range paths(run) {
		var values []string
		for _, g := range groups {
			values = unique(values, g.set[path])
		}
		if run.Manifest.Plan != nil {
			for _, c := range run.Manifest.Plan.Cases {
				for _, s := range c.Set {
					if s.Path == path {
						values = unique(values, s.Value)
					}
				}
			}
		}
		if len(values) > 1 {
			l.paths = append(l.paths, path)
		}
	}
	var rows []string
	for _, g := range groups {
		rows = unique(rows, fmt.Sprintf("%q", l.values(g)))
	}
	if len(rows) < len(groups) { // they differ in something else
		l.paths = nil
	}
	if len(l.paths) == 0 && len(groups) > 1 {
		l.heads = []string{"case"}
	}
	for _, path := range l.paths {
		l.heads = append(l.heads, l.head(path))
	}
	return l
}

// head returns the last part of a path, or all of it where another path ends in the same.
func (l labels) head(path string) string {
	last := scenario.ShortPath
	same := 0
	for _, p := range l.paths {
		if last(p) == last(path) {
			same++
		}
	}
	if same > 1 {
		return path
	}
	return last(path)
}

// values returns what stands in the label columns of a case.
func (l labels) values(g *group) []string {
	if len(l.paths) == 0 {
		if len(l.heads) == 0 {
			return nil
		}
		return []string{g.name}
	}
	var out []string
	for _, path := range l.paths {
		out = append(out, g.set[path])
	}
	return out
}

// unique appends s unless it is there.
func unique[T comparable](list []T, s T) []T {
	if slices.Contains(list, s) {
		return list
	}
	return append(list, s)
}
