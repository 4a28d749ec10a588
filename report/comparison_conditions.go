package report

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"kbench/internal/result"
	"kbench/internal/scenario"
	"kbench/internal/unit"
)

// conditions says in what the fingerprints of two sides differ; nothing where they do not.
func conditions(a, b []*result.Trial) string {
	prints := func(trials []*result.Trial) (out []string) {
		for _, t := range trials {
			if usable(t) {
				out = unique(out, t.Fingerprint)
			}
		}
		return out
	}
	before, after := prints(a), prints(b)
	if len(before) == 0 || len(after) == 0 || len(before) == 1 && slices.Equal(before, after) {
		return ""
	}
	var out []string
	for _, f := range []struct {
		name string
		of   func(*result.Trial) string
	}{
		{"cluster", func(t *result.Trial) string { return strings.TrimSpace(t.Cluster.Kind + " " + t.Cluster.Version) }},
		{"nodes", func(t *result.Trial) string { return strconv.Itoa(t.Cluster.Nodes) }},
		{"CPU", func(t *result.Trial) string { return t.Host.CPUModel }},
		{"CPUs", func(t *result.Trial) string { return strconv.Itoa(t.Host.CPUs) }},
		{"CPU limit", func(t *result.Trial) string { return strconv.FormatFloat(t.Host.CPULimit, 'g', -1, 64) }},
		{"CPU governor", func(t *result.Trial) string { return t.Host.Governor }},
		{"memory", func(t *result.Trial) string { return unit.HumanBytes(float64(t.Host.MemBytes)) }},
		{"memory limit", func(t *result.Trial) string { return unit.HumanBytes(float64(t.Host.MemLimit)) }},
		{"system", func(t *result.Trial) string { return t.Host.OS + " " + t.Host.Arch + " " + t.Host.Kernel }},
		{"virtualisation", func(t *result.Trial) string { return t.Host.Virt }},
		{"clock", func(t *result.Trial) string { return t.Host.Clock }},
		{"huge pages", func(t *result.Trial) string { return t.Host.THP }},
		{"Go", func(t *result.Trial) string { return t.Host.GoVersion }},
		{"GOMAXPROCS", func(t *result.Trial) string { return strconv.Itoa(t.Host.GOMAXPROCS) }},
		{"GOGC", func(t *result.Trial) string { return t.Host.GOGC }},
		{"GC ballast", func(t *result.Trial) string { return unit.HumanBytes(float64(t.Host.GCBallast)) }},
	} {
		values := func(trials []*result.Trial) (out []string) {
			for _, t := range trials {
				if usable(t) {
					out = unique(out, cmp.Or(f.of(t), "unknown"))
				}
			}
			return out
		}
		x, y := values(a), values(b)
		if len(x) > 1 || !slices.Equal(x, y) {
			out = append(out, fmt.Sprintf("%s %s against %s", f.name, join(x), join(y)))
		}
	}
	if len(out) == 0 {
		out = []string{fmt.Sprintf("fingerprint %s against %s", join(before), join(after))}
	}
	return strings.Join(out, ", ")
}

// askedOtherwise lists the settings in which two plans differ, but for what is said of them and what is made of their numbers.
func askedOtherwise(a, b scenario.Scenario) (out []string) {
	x, y := flat(a), flat(b)
	for _, path := range slices.Sorted(maps.Keys(x)) {
		if x[path] != y[path] {
			out = append(out, fmt.Sprintf("%s %s against %s", path, x[path], cmp.Or(y[path], "none")))
		}
	}
	for _, path := range slices.Sorted(maps.Keys(y)) {
		if _, both := x[path]; !both {
			out = append(out, fmt.Sprintf("%s none against %s", path, y[path]))
		}
	}
	return out
}

// flat returns every setting of a scenario by its path.
func flat(s scenario.Scenario) map[string]string {
	out := map[string]string{}
	text, err := json.Marshal(s)
	var tree map[string]any
	if err != nil || json.Unmarshal(text, &tree) != nil {
		return out // it was read from JSON: it is one
	}
	for _, key := range []string{"name", "description", "thresholds", "matrix", "repeats", "order"} {
		delete(tree, key)
	}
	var walk func(path string, v any)
	walk = func(path string, v any) {
		if m, ok := v.(map[string]any); ok {
			for key, below := range m {
				walk(strings.TrimPrefix(path+"."+key, "."), below)
			}
			return
		}
		out[path] = fmt.Sprint(v)
	}
	walk("", tree)
	return out
}
