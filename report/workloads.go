package report

import (
	"slices"
	"strings"

	"kbench/internal/result"
	"kbench/internal/scenario"
)

// loads returns what was asked of clients: each workload of a trial, or the trial itself where it is one load.
func loads(trials []*result.Trial) (out []*result.Trial) {
	for _, t := range trials {
		if len(t.Workloads) == 0 {
			out = append(out, t)
		}
		out = append(out, t.Workloads...)
	}
	return out
}

// withWorkloads returns each trial, and after it those of its workloads.
func withWorkloads(trials []*result.Trial) (out []*result.Trial) {
	for _, t := range trials {
		out = append(append(out, t), t.Workloads...)
	}
	return out
}

// valuesOfLoads lists what differs between loads, with the name of the workload before it where there is one.
func valuesOfLoads(trials []*result.Trial, of func(*result.Trial) string) (values []string) {
	for _, t := range trials {
		v := of(t)
		switch {
		case v == "":
		case t.Workload != "":
			values = unique(values, t.Workload+": "+v)
		default:
			values = unique(values, v)
		}
	}
	return values
}

// A loadGroups is the cases in which one workload is, under their own names.
type loadGroups struct {
	says   string // whose they are, to begin a sentence with; empty where there are no workloads
	groups []*group
}

// groupsByLoad returns the groups of each workload, since the numbers of one are no answer to what another does; those of all together
// where there are no workloads.
func groupsByLoad(trials []*result.Trial) (out []loadGroups) {
	for _, g := range groupByCase(trials) {
		name, says := "", ""
		switch t := g.all[0]; {
		case len(t.Workloads) > 0: // the whole of what is named by itself
			continue
		case t.Workload != "":
			name, says = scenario.PartName("", t.Workload), "Workload "+clean(t.Workload)+": "
		}
		own := *g
		own.name = strings.TrimSuffix(g.name, name)
		i := slices.IndexFunc(out, func(l loadGroups) bool { return l.says == says })
		if i < 0 {
			i = len(out)
			out = append(out, loadGroups{says: says})
		}
		out[i].groups = append(out[i].groups, &own)
	}
	return out
}
