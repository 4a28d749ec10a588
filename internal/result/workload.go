package result

import (
	"slices"

	"kbench/internal/scenario"
)

// Trust is from best to worst.
func trustOrder() []string { return []string{TrustOK, TrustClientBound, TrustInvalid} }

// WorseTrust returns the worse of two words of trust.
func WorseTrust(a, b string) string {
	order := trustOrder()
	return order[max(slices.Index(order, a), slices.Index(order, b), 0)]
}

// Split returns what reports have rows of: the trial itself, or where it has workloads each of them, and if they are several then the
// whole, all as trials of cases of their own, CASE / WORKLOAD. What it returns is not written to.
func (t *Trial) Split() []*Trial {
	if len(t.Workloads) == 0 {
		return []*Trial{t}
	}
	var out []*Trial
	all := slices.Clone(t.Workloads)
	if len(all) > 1 {
		all = append(all, t)
	}
	for _, w := range all {
		part := *w
		name := w.Workload
		if w == t {
			name = scenario.All
			part.Plan.Producer, part.Plan.Consumer = nil, nil // which are what workloads have that leave them out
		}
		part.Case = scenario.PartName(t.Case, name)
		out = append(out, &part)
	}
	return out
}

// SplitAll returns Split of each of the trials, in their order.
func SplitAll(trials []*Trial) (out []*Trial) {
	for _, t := range trials {
		out = append(out, t.Split()...)
	}
	return out
}

// workload returns the record of a workload, nil where there is none of that name.
func (t *Trial) workload(name string) *Trial {
	i := slices.IndexFunc(t.Workloads, func(w *Trial) bool { return w.Workload == name })
	if i < 0 {
		return nil
	}
	return t.Workloads[i]
}

// lacks reports whether a threshold is about a workload that the trial's case leaves out, and so says nothing of it.
func (t *Trial) lacks(th scenario.Threshold) bool {
	name, _ := th.Split()
	return name != "" && !slices.ContainsFunc(t.Plan.Workloads, func(w scenario.Workload) bool { return w.Name == name })
}

// ofWorkload is the metric NAME.METRIC, of one workload of a trial.
func (m Metric) ofWorkload(name string) Metric {
	of := m.Of
	m.Name = name + "." + m.Name
	m.Of = func(t *Trial) (float64, bool) {
		if w := t.workload(name); w != nil {
			return of(w)
		}
		return 0, false
	}
	return m
}

// whyNotTogether says why the whole of several workloads has no number for a metric, where its workloads may have one.
func (t *Trial) whyNotTogether(metric string) string {
	if span, _ := spanOf(metric); t.Latency[span] != nil && t.Latency[span].Count > 0 {
		return "fewer than 10 samples lie beyond it"
	}
	return "not every workload has it; " + t.Workloads[0].Workload + "." + metric + " is of one"
}
