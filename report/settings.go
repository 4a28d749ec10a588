package report

import (
	"maps"
	"slices"
	"strings"

	"kbench/internal/result"
)

// A sideOf is one side of a trial: what its client has in force, and what was asked for under the same names.
type sideOf struct {
	name           string
	inForce, asked map[string]string
}

func sides(t *result.Trial) []sideOf {
	var out []sideOf
	if c, p := t.Client.Producer, t.Plan.Producer; c != nil && p != nil {
		out = append(out, sideOf{"producer", c.Settings, p.Asked()})
	}
	if c, p := t.Client.Consumer, t.Plan.Consumer; c != nil && p != nil {
		out = append(out, sideOf{"consumer", c.Settings, p.Asked()})
	}
	return out
}

// differences lists what a trial asked for that was not in force.
func differences(t *result.Trial) (out []Setting) {
	for _, s := range sides(t) {
		for _, name := range slices.Sorted(maps.Keys(s.asked)) {
			if got, told := s.inForce[name]; told && got != s.asked[name] {
				out = append(out, Setting{Side: s.name, Name: name, InForce: got, Asked: s.asked[name]})
			}
		}
	}
	return out
}

// settings lists what the libraries said was in force, over all trials.
func settings(trials []*result.Trial) []Setting {
	inForce, asked := map[[2]string][]string{}, map[[2]string][]string{}
	for _, t := range trials {
		for _, s := range sides(t) {
			for name, value := range s.inForce {
				key := [2]string{s.name, name}
				inForce[key] = unique(inForce[key], value)
			}
		}
		for _, d := range differences(t) {
			key := [2]string{d.Side, d.Name}
			asked[key] = unique(asked[key], d.Asked)
		}
	}
	keys := slices.SortedFunc(maps.Keys(inForce), func(a, b [2]string) int {
		if c := strings.Compare(b[0], a[0]); c != 0 { // producer before consumer
			return c
		}
		return strings.Compare(a[1], b[1])
	})
	var out []Setting
	for _, k := range keys {
		out = append(out, Setting{Side: k[0], Name: k[1], InForce: someOf(inForce[k], " / ", 6), Asked: someOf(asked[k], " / ", 6)})
	}
	return out
}
