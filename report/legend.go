package report

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"kbench/internal/result"
	"kbench/internal/scenario"
)

// legend says what the names stand for that a matrix gives to keys of a section: the keys that are not the same under
// each of the names.
func legend(run *result.Run) (out []Fact) {
	for _, path := range paths(run) {
		if !scenario.IsSection(path) {
			continue
		}
		names, meanings := meaning(run, path)
		for _, name := range names {
			var parts []string
			for _, key := range slices.Sorted(maps.Keys(meanings[name])) {
				values := meanings[name][key]
				differs := func(other string) bool { return !slices.Equal(meanings[other][key], values) }
				within := path == scenario.Variant || strings.HasPrefix(key, path+".")
				if within && len(values) == 1 && slices.ContainsFunc(names, differs) {
					parts = append(parts, strings.TrimPrefix(key, path+".")+" "+values[0])
				}
			}
			out = append(out, Fact{path + "=" + name, someOf(parts, ", ", 40)})
		}
	}
	return out
}

// meaning returns the names at a path, in their order, and by name and key the values that its cases have: several where
// the matrix varies the key by other means too.
func meaning(run *result.Run, path string) (names []string, meanings map[string]map[string][]string) {
	meanings = map[string]map[string][]string{}
	add := func(set []scenario.Setting, s scenario.Scenario) {
		for _, setting := range set {
			if setting.Path != path {
				continue
			}
			names = unique(names, setting.Value)
			if meanings[setting.Value] == nil {
				meanings[setting.Value] = map[string][]string{}
			}
			for key, value := range leaves(s) {
				meanings[setting.Value][key] = unique(meanings[setting.Value][key], value)
			}
		}
	}
	if p := run.Manifest.Plan; p != nil {
		for _, c := range p.Cases {
			add(c.Set, c.Scenario)
		}
		return names, meanings
	}
	for _, t := range run.Trials {
		add(t.Set, t.Plan)
	}
	return names, meanings
}

// leaves returns every key of a scenario that has a value, by its path. A side that is not there is none.
func leaves(s scenario.Scenario) map[string]string {
	out := map[string]string{}
	var walk func(path string, v any)
	walk = func(path string, v any) {
		section, ok := v.(map[string]any)
		if !ok {
			text, _ := v.(string)
			if text == "" {
				b, _ := json.Marshal(v) // it has been read from JSON
				text = string(b)
			}
			out[strings.TrimSuffix(path, ".fixed")] = text // one size rather than a distribution
			return
		}
		for key, value := range section {
			walk(strings.TrimPrefix(path+"."+key, "."), value)
		}
	}
	var all map[string]any
	b, err := json.Marshal(s)
	if err == nil {
		d := json.NewDecoder(bytes.NewReader(b))
		d.UseNumber() // as it was written
		err = d.Decode(&all)
	}
	if err != nil {
		return nil // cannot be: the record was read from JSON
	}
	for _, side := range []string{"producer", "consumer"} {
		if all[side] == nil {
			all[side] = "none"
		}
	}
	walk("", all)
	return out
}
