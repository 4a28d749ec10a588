package scenario

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// A dimension is one path of the matrix with its values.
type dimension struct {
	path   string
	steps  []string
	typ    reflect.Type // of what is at path
	at     pos
	values []choice
	sets   []string // every path that one of values sets: path itself, or what is below a section
}

// A choice is one value of a dimension.
type choice struct {
	name string // in the names of cases, in tables and CSV
	node *node  // is laid over what is at the path
}

// Variant is the path of the whole scenario in a matrix: keys of several sections vary together in it.
const Variant = "variant"

// wholeRun reports whether a key belongs to the run, so that cases cannot differ in it.
func wholeRun(path string) bool {
	return slices.Contains([]string{"name", "description", "preheat", "matrix", "repeats", "order"}, path)
}

// dimensions reads the matrix, in the file's order.
func (d *decoder) dimensions(n *node) (dims []dimension) {
	if n == nil || n.kind == broken {
		return nil
	}
	if n.kind != mapping {
		d.problem(n.at, "matrix", "a mapping of paths to lists is wanted here, not a %s (example: {producer.acks: [\"1\", all]})", n.describe())
		return nil
	}
	for _, e := range n.entries {
		here := "matrix." + clip(e.key)
		steps, end, err := resolve(e.key)
		read := d.single
		if e.key == Variant {
			end, err, read = reflect.TypeFor[Scenario](), nil, d.variant
		} else if err == nil && isSection(end) {
			read = d.named
		}
		switch hint := suggest(e.key, []string{Variant}); {
		case err != nil && hint != "":
			d.problem(e.at, here, "unknown key%s", hint)
		case err != nil:
			d.problem(e.at, here, "%v", err)
		case wholeRun(e.key):
			d.problem(e.at, here, "%s holds for the whole run, so cases cannot differ in it", e.key)
		case unsettable(e.key, end) != "" && !isSection(end):
			d.problem(e.at, here, "%s", unsettable(e.key, end))
		default:
			dims = append(dims, dimension{path: e.key, steps: steps, typ: end, at: e.at, values: d.choices(e.value, here, read)})
		}
	}
	d.distinct(dims)
	return dims
}

// distinct finds what each dimension sets, and refuses what two of them set: which one won would be a guess.
func (d *decoder) distinct(dims []dimension) {
	for i := range dims {
		a := &dims[i]
		for _, c := range a.values {
			a.sets = c.node.settings(a.sets, strings.Join(a.steps, "."), a.typ)
			slices.Sort(a.sets)
			a.sets = slices.Compact(a.sets)
		}
		for _, b := range dims[:i] {
			if !isSection(a.typ) && !isSection(b.typ) {
				continue // paths differ already, and a name of Kafka's may be the beginning of another
			}
			for _, path := range a.sets {
				if own := b.touched(path); own != "" {
					d.problem(a.at, "matrix."+clip(a.path), "sets %s, which matrix.%s sets too; leave it to one of the two", clip(own), clip(b.path))
					break
				}
			}
		}
	}
}

// touched returns the first of what is set here that is path, or above or below it; empty if there is none.
func (d *dimension) touched(path string) string {
	within := func(a, b string) bool { return strings.HasPrefix(a, b) && (a == b || a[len(b)] == '.') }
	i := slices.IndexFunc(d.sets, func(own string) bool { return within(path, own) || within(own, path) })
	if i < 0 {
		return ""
	}
	return d.sets[i]
}

// choices reads the values of one dimension, each by read.
func (d *decoder) choices(n *node, here string, read func(n *node, at string) choice) (out []choice) {
	if n.kind == broken {
		d.broken = true
		return nil
	}
	if n.kind != list || len(n.items) == 0 {
		d.problem(n.at, here, "a list of values is wanted here%s", n.remedy("["+clip(n.text)+"]"))
		return nil
	}
	seen := map[string]bool{}
	for i, v := range n.items {
		at := fmt.Sprintf("%s[%d]", here, i)
		if v.kind == broken {
			d.broken = true
			continue
		}
		c := read(v, at)
		if c.node == nil {
			continue // and read has said why
		}
		if seen[c.name] {
			d.problem(v.at, at, "%q is in the list already", clip(c.name))
		}
		seen[c.name] = true
		out = append(out, c)
	}
	return out
}

// single reads a value of a path that ends in one. A choice without a node is wrong, which has been said then.
func (d *decoder) single(n *node, at string) choice {
	if n.kind != scalar {
		d.problem(n.at, at, "a single value is wanted here, not a %s", n.describe())
		return choice{}
	}
	return choice{n.text, n}
}

// named reads a value of a path that ends in a section: keys, and the name that they have together.
func (d *decoder) named(n *node, at string) choice {
	if n.kind != mapping {
		d.problem(n.at, at, "a mapping of keys is wanted here, not a %s (example: {as: a name for it, KEY: VALUE})", n.describe())
		return choice{}
	}
	as := n.get("as")
	switch {
	case as == nil:
		d.problem(n.at, at, "as is missing: the name that these keys have together in tables and names of cases")
	case as.kind == broken:
		d.broken = true
	case as.kind != scalar || as.text == "" || len(as.text) > maxScalar:
		d.problem(as.at, at+".as", "a name of 1 to %d bytes is wanted here", maxScalar)
	default:
		return choice{as.text, n.without([]string{"as"})}
	}
	return choice{}
}

// variant reads a value of the whole scenario.
func (d *decoder) variant(n *node, at string) choice {
	c := d.named(n, at)
	if c.node == nil {
		return c
	}
	if list := c.node.get("workloads"); list != nil {
		c.node = c.node.with([]string{"workloads"}, d.byName(list, join(at, "workloads")))
	}
	for _, e := range c.node.entries {
		if wholeRun(e.key) {
			d.problem(e.at, join(at, e.key), "%s holds for the whole run, so cases cannot differ in it", e.key)
		}
	}
	return c
}
