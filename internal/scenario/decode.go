package scenario

import (
	"encoding"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// Bounds of one value in bytes: of text, and of what is read as a number, a word or a unit.
const (
	maxText   = 10_000
	maxScalar = 200
)

// A decoder lays a tree over a value that holds the defaults, and notes every problem on the way: one does not hide
// the next. Scalars are read from their literal text, so acks: 0, acks: "0" and --set producer.acks=0 are the same.
type decoder struct {
	limits   map[string]limit
	problems []found
	broken   bool // a broken node was met: what stands for it is not what was meant
}

// found is a problem before the file has a name.
type found struct {
	at   pos
	path string
	msg  string
}

func (d *decoder) problem(at pos, path, format string, args ...any) {
	d.problems = append(d.problems, found{at, path, fmt.Sprintf(format, args...)})
}

// section decodes a mapping into a struct. A pointer whose key is absent becomes nil; present, it begins with defaults.
func (d *decoder) section(n *node, v reflect.Value, path string) {
	if n.kind != mapping {
		d.problem(n.at, path, "a mapping of keys is wanted here, not a %s%s", n.describe(), n.remedy("{}"))
		return
	}
	known := fields(v.Type())
	for _, f := range known {
		target, child := v.FieldByIndex(f.index), n.get(f.name)
		if child != nil {
			d.value(child, target, join(path, f.name), f.words)
		} else if target.Kind() == reflect.Pointer {
			target.SetZero()
		}
	}
	for _, e := range n.entries {
		if !slices.ContainsFunc(known, func(f field) bool { return f.name == e.key }) {
			d.problem(e.at, join(path, clip(e.key)), "%v", unknown(e.key, v.Type()))
		}
	}
	d.complete(n, v, path)
}

// complete runs a struct's own check, unless there are problems with its keys already.
func (d *decoder) complete(n *node, v reflect.Value, path string) {
	c, ok := v.Addr().Interface().(completer)
	if !ok || d.broken || slices.ContainsFunc(d.problems, func(p found) bool { return p.path == path || strings.HasPrefix(p.path, path+".") }) {
		return
	}
	if err := c.complete(); err != nil {
		d.problem(n.at, path, "%v", err)
	}
}

// value decodes any node into any of the types that scenarios are made of.
func (d *decoder) value(n *node, v reflect.Value, path string, words []string) {
	t := v.Type()
	switch {
	case n.kind == broken:
		d.broken = true
	case n.kind == empty:
		d.problem(n.at, path, "no value; %s, or leave it out", instead(t))
	case t.Kind() == reflect.Pointer && n.isNull():
		v.SetZero()
	case t.Kind() == reflect.Pointer:
		if v.IsNil() {
			v.Set(fresh(t.Elem()))
		}
		d.value(n, v.Elem(), path, words)
	case isUnion(t) && n.kind == scalar:
		d.text(n, v, path, v.Addr().Interface().(union).setText)
	case isUnion(t):
		v.SetZero()
		d.section(n, v, path)
	case isScalar(t):
		d.scalar(n, v, path, words)
	case t.Kind() == reflect.Struct:
		d.section(n, v, path)
	case isWorkloads(t): // each is decoded over the keys of the top level, by the loader
	case t.Kind() == reflect.Slice:
		d.list(n, v, path)
	case t.Kind() == reflect.Map:
		d.table(n, v, path)
	}
}

// instead says what to write for a key that has nothing after it.
func instead(t reflect.Type) string {
	if t = bare(t); t.Kind() == reflect.Map || t.Kind() == reflect.Struct && !isScalar(t) {
		return "write {} for its defaults"
	}
	return "give one"
}

func (d *decoder) list(n *node, v reflect.Value, path string) {
	if n.kind != list {
		d.problem(n.at, path, "a list is wanted here, not a %s%s", n.describe(), n.remedy("["+clip(n.text)+"]"))
		return
	}
	v.SetZero()
	for i, item := range n.items {
		to := fresh(v.Type().Elem()).Elem()
		d.value(item, to, path+"["+strconv.Itoa(i)+"]", words(to.Type()))
		v.Set(reflect.Append(v, to))
	}
}

// table decodes a mapping with free keys onto what the map holds.
func (d *decoder) table(n *node, v reflect.Value, path string) {
	if n.kind != mapping {
		d.problem(n.at, path, "a mapping of names to values is wanted here, not a %s%s", n.describe(), n.remedy("{}"))
		return
	}
	if v.IsNil() {
		v.Set(reflect.MakeMap(v.Type()))
	}
	for _, e := range n.entries {
		to := fresh(v.Type().Elem()).Elem()
		d.value(e.value, to, join(path, clip(e.key)), words(to.Type()))
		v.SetMapIndex(reflect.ValueOf(e.key), to)
	}
}

// remedy says what to write instead of a single value.
func (n *node) remedy(instead string) string {
	if n.kind == scalar {
		return "; write " + instead
	}
	return ""
}

// scalar decodes one value by its literal text.
func (d *decoder) scalar(n *node, v reflect.Value, path string, words []string) {
	d.text(n, v, path, func(s string) error {
		if words != nil && !slices.Contains(words, s) {
			return fmt.Errorf("%q is not allowed: it is %s%s", clip(s), alternatives(words), suggest(s, words))
		}
		return setScalar(v, s)
	})
}

// text has set read the text of n, and then holds the value against its limits.
func (d *decoder) text(n *node, v reflect.Value, path string, set func(string) error) {
	if n.kind != scalar {
		d.problem(n.at, path, "a single value is wanted here, not a %s", n.describe())
		return
	}
	most := maxScalar
	if v.Kind() == reflect.String {
		most = maxText
	}
	if len(n.text) > most {
		d.problem(n.at, path, "the value has %d bytes; it may have %d", len(n.text), most)
		return
	}
	if err := set(n.text); err != nil {
		d.problem(n.at, path, "%v", err)
		return
	}
	if msg := d.limits[pattern(path)].check(v); msg != "" {
		d.problem(n.at, path, "%s", msg)
	}
}

// setScalar sets v, of a scalar type, by text.
func setScalar(v reflect.Value, s string) error {
	if u, ok := v.Addr().Interface().(encoding.TextUnmarshaler); ok {
		return u.UnmarshalText([]byte(s))
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(s)
	case reflect.Bool:
		if s != "true" && s != "false" {
			return fmt.Errorf("%q is not allowed: it is true or false", clip(s))
		}
		v.SetBool(s == "true")
	case reflect.Int:
		i, err := strconv.Atoi(s)
		if err != nil {
			return fmt.Errorf("%q is not a whole number (examples: 1, 12)", clip(s))
		}
		v.SetInt(int64(i))
	case reflect.Float64:
		f, err := strconv.ParseFloat(s, 64)
		if err != nil || math.IsNaN(f) || math.IsInf(f, 0) {
			return fmt.Errorf("%q is not a number (examples: 0.5, 1)", clip(s))
		}
		v.SetFloat(f)
	}
	return nil
}

// pattern is path with list indexes left out: load.profile[2].for is load.profile[].for.
func pattern(path string) string {
	var b strings.Builder
	inside := false
	for _, c := range path {
		inside = inside && c != ']'
		if !inside {
			b.WriteRune(c)
		}
		inside = inside || c == '['
	}
	return b.String()
}
