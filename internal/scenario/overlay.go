package scenario

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// An override is one --set, or another flag that stands for one.
type override struct {
	text  string // as the user wrote it
	path  string
	steps []string
	value *node // nil: the section is left out
}

// rivals are keys of which a scenario has one: a flag for one takes the file's others away.
func rivals() [][]string {
	return [][]string{{"load.rate", "load.profile", "load.trace", "load.find_max"}, {"load.measure", "load.records"}}
}

// isOptionalSection reports whether --set can leave the section at path out.
func isOptionalSection(path string) bool {
	_, path = cutWorkload(path)
	return path == "producer" || path == "consumer"
}

// parseOverride reads PATH=VALUE. text is what problems quote.
func parseOverride(text, set string) (override, []Problem) {
	at := pos{flag: text}
	path, value, ok := strings.Cut(set, "=")
	o := override{text: text, path: path, value: &node{kind: scalar, at: at, text: value}}
	fail := func(format string, args ...any) (override, []Problem) {
		return o, []Problem{{File: text, Msg: fmt.Sprintf(format, args...)}}
	}
	if !ok || path == "" {
		return fail("it takes PATH=VALUE (example: --set producer.acks=1)")
	}
	if none := o.value.isNull() || value == "none"; none && isOptionalSection(path) && !strings.Contains(path, ".") {
		o.steps, o.value = []string{path}, nil
		return o, nil
	} else if none && ofWorkload(path) { // null, or it would have the top level's
		o.steps, o.value = strings.Split(path, "."), &node{kind: scalar, at: at, text: "null"}
		return o, nil
	}
	steps, end, err := resolve(path)
	if err != nil {
		return fail("%s: %v", path, err)
	}
	if why := unsettable(path, end); why != "" {
		return fail("%s: %s", path, why)
	}
	o.steps = steps
	return o, nil
}

// unsettable says why --set and a matrix cannot set the key at path, whose type is t; nothing if they can.
func unsettable(path string, t reflect.Type) string {
	t = bare(t)
	switch {
	case isScalar(t) || isUnion(t):
		return ""
	case path == "matrix" || strings.HasPrefix(path, "matrix."):
		return "set the key itself: that takes the place of its values in the matrix"
	case t.Kind() == reflect.Slice:
		return "a list, which only the file can have"
	case isOptionalSection(path):
		return fmt.Sprintf("a section, not a value; set one of its keys, or %s=null to leave it out", path)
	}
	return "a section, not a value; set one of its keys"
}

// overrides reads every flag that changes the scenario, in the order they apply.
func (o *Options) overrides() (out []override, problems []Problem) {
	add := func(text, set string) {
		f, ps := parseOverride(text, set)
		problems = append(problems, ps...)
		if len(ps) == 0 {
			out = append(out, f)
		}
	}
	for _, set := range o.Set {
		add("--set "+clip(set), set)
	}
	if o.Repeats != 0 {
		add(fmt.Sprintf("--repeats %d", o.Repeats), fmt.Sprintf("repeats=%d", o.Repeats))
	}
	return out, problems
}

// against returns what a dimension sets and the flag cannot: what it would leave out, or what a section's mappings set,
// whose names would then be wrong. It is empty where the two do not meet.
func (o *override) against(d dimension) string {
	if o.value != nil && !isSection(d.typ) {
		return ""
	}
	return d.touched(o.path)
}

// apply lays it over the scenario. A dimension of the matrix with the same path keeps only the flag's value.
func (o *override) apply(root *node, dims []dimension) *node {
	for i, d := range dims {
		if d.path == o.path && o.value != nil {
			dims[i].values = []choice{{o.value.text, o.value}}
			return root
		}
	}
	if o.value == nil {
		return root.without(o.steps)
	}
	prefix, path := cutWorkload(o.path)
	for _, group := range rivals() {
		if slices.Contains(group, path) {
			for _, rival := range group {
				if rival != path {
					root = root.without(strings.Split(prefix+rival, "."))
				}
			}
		}
	}
	return root.with(o.steps, o.value)
}
