package scenario

import (
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// kind is what a node is.
type kind int

const (
	empty   kind = iota // a key with nothing after it
	scalar              // one value
	list                // a sequence
	mapping             // keys with values
	broken              // something with a problem of its own, about which there is no more to say
)

// pos is where something was written: a place in the file, or a flag.
type pos struct {
	flag      string // such as --set producer.acks=2; empty for the file
	line, col int
}

// A node is a piece of a scenario as it was written, with nothing interpreted. Nodes are shared, by aliases and between
// cases, so a node is not changed once built: with and without return new ones.
type node struct {
	kind    kind
	at      pos
	text    string // of a scalar, without its quotes
	quoted  bool
	items   []*node
	entries []entry // each key once
}

// An entry is one key of a mapping.
type entry struct {
	key   string
	at    pos
	value *node
}

// isNull reports whether n is YAML's null. A key may also want the word itself, as client: null does.
func (n *node) isNull() bool {
	return n.kind == scalar && !n.quoted && (n.text == "~" || strings.EqualFold(n.text, "null"))
}

// get returns the value of a key of a mapping, or nil.
func (n *node) get(key string) *node {
	if n == nil {
		return nil
	}
	for _, e := range n.entries {
		if e.key == key {
			return e.value
		}
	}
	return nil
}

// under returns what is at the end of steps, or nil.
func (n *node) under(steps []string) *node {
	for _, key := range steps {
		n = n.get(key)
	}
	return n
}

// with returns n with value at the end of steps. Sections on the way that are not there are made.
func (n *node) with(steps []string, value *node) *node {
	if len(steps) == 0 {
		return value
	}
	out := &node{kind: mapping, at: value.at}
	if n != nil && n.kind == mapping {
		out.at = n.at
		out.entries = slices.Clone(n.entries)
	}
	changed := entry{steps[0], value.at, n.get(steps[0]).with(steps[1:], value)}
	for i, e := range out.entries {
		if e.key == steps[0] {
			out.entries[i].value = changed.value
			return out
		}
	}
	out.entries = append(out.entries, changed)
	return out
}

// without returns n without what is at the end of steps.
func (n *node) without(steps []string) *node {
	child := n.get(steps[0])
	if child == nil {
		return n
	}
	if len(steps) > 1 {
		return n.with(steps[:1], child.without(steps[1:]))
	}
	out := *n
	out.entries = slices.DeleteFunc(slices.Clone(n.entries), func(e entry) bool { return e.key == steps[0] })
	return &out
}

// laid returns n with top laid over it; t is the type of both. Sections and mappings with free keys are joined key by key,
// anything else is taken from top.
func (n *node) laid(top *node, t reflect.Type) *node {
	if n == nil || n.kind != mapping || top.kind != mapping || !byKey(t) {
		return top
	}
	out, index := *n, map[string]int{}
	out.entries = slices.Clone(n.entries)
	for i, e := range n.entries {
		index[e.key] = i
	}
	for _, e := range top.entries {
		if i, there := index[e.key]; there {
			out.entries[i].value = out.entries[i].value.laid(e.value, below(t, e.key))
		} else {
			out.entries = append(out.entries, e)
		}
	}
	return &out
}

// settings adds to paths what n sets where it is laid over the value at path, of type t.
func (n *node) settings(paths []string, path string, t reflect.Type) []string {
	if n.kind != mapping || !byKey(t) {
		return append(paths, path)
	}
	for _, e := range n.entries {
		if at := join(path, e.key); e.value.kind == mapping && len(e.value.entries) == 0 {
			paths = append(paths, at) // that it is there
		} else {
			paths = e.value.settings(paths, at, below(t, e.key))
		}
	}
	return paths
}

// byKey reports whether values of t are laid over each other key by key.
func byKey(t reflect.Type) bool {
	return t != nil && (bare(t).Kind() == reflect.Map || isSection(t) || isWorkloads(t))
}

// find returns where path was written. If it was not, given is false and at is the nearest section's place.
func (n *node) find(path string) (at pos, given bool) {
	at = n.at
	for path != "" {
		next, rest := n.step(path)
		if next == nil {
			return at, false
		}
		n, path, at = next, rest, next.at
	}
	return at, true
}

// step goes one key or one list item down along path. Keys may hold dots themselves, as Kafka's settings do.
func (n *node) step(path string) (next *node, rest string) {
	if index, after, ok := strings.Cut(strings.TrimPrefix(path, "["), "]"); ok && path[0] == '[' {
		if i, err := strconv.Atoi(index); err == nil && i >= 0 && i < len(n.items) {
			return n.items[i], strings.TrimPrefix(after, ".")
		}
		return nil, path
	}
	for _, e := range n.entries {
		after, ok := strings.CutPrefix(path, e.key)
		switch {
		case !ok || e.key == "":
		case after == "" || after[0] == '[':
			return e.value, after
		case after[0] == '.':
			return e.value, after[1:]
		}
	}
	return nil, path
}
