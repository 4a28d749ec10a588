package scenario

import (
	"encoding"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"kbench/internal/driver"
)

// A field is one key of a section, as its struct declares it. Decoding, --set, the schema and the reference all go by
// fields, so that they cannot disagree.
type field struct {
	name  string
	doc   string
	kafka string   // properties of Kafka's Java client that it stands for, with spaces between
	rd    string   // those of librdkafka
	words []string // the values allowed; nil: the type decides
	typ   reflect.Type
	index []int // for reflect.Value.FieldByIndex
}

// fields lists the keys of a struct, those of inline structs among them, in the struct's order.
func fields(t reflect.Type) []field {
	var out []field
	for _, f := range reflect.VisibleFields(t) {
		name, _, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		if name == "" || name == "-" {
			continue
		}
		k := field{name: name, doc: f.Tag.Get("doc"), kafka: f.Tag.Get("kafka"), rd: f.Tag.Get("librdkafka"), words: words(f.Type), typ: f.Type, index: f.Index}
		if tag := f.Tag.Get("words"); tag != "" {
			k.words = strings.Fields(tag)
		}
		out = append(out, k)
	}
	return out
}

// words returns the values allowed for a word type, nil for any other.
func words(t reflect.Type) []string {
	switch v := reflect.Zero(t).Interface().(type) {
	case Order:
		return []string{"shuffled", "listed"}
	case Arrival:
		return []string{"constant", "poisson"}
	case Mode:
		return []string{"async", "sync"}
	case Pick:
		return []string{"uniform", "sequential", "zipf", "hot"}
	case Scope:
		return []string{"trial", "case"}
	default:
		return driver.Choices(v)
	}
}

// A union is a struct that is written as one value, or as a mapping of its tagged fields.
type union interface{ setText(string) error }

// A completer checks a struct once its keys are read, for what holds between them.
type completer interface{ complete() error }

// A defaulter is a struct with defaults of its own, for a section that need not be there.
type defaulter interface{ setDefaults() }

var (
	textType  = reflect.TypeFor[encoding.TextUnmarshaler]()
	unionType = reflect.TypeFor[union]()
)

// isUnion reports whether values of t may be written in two ways.
func isUnion(t reflect.Type) bool { return reflect.PointerTo(t).Implements(unionType) }

// isScalar reports whether t is written as one value and in no other way.
func isScalar(t reflect.Type) bool {
	if isUnion(t) {
		return false
	}
	switch t.Kind() {
	case reflect.String, reflect.Bool, reflect.Int, reflect.Float64:
		return true
	}
	return reflect.PointerTo(t).Implements(textType)
}

// isSection reports whether values of t are written as a mapping of its fields, and in no other way.
func isSection(t reflect.Type) bool {
	t = bare(t)
	return t.Kind() == reflect.Struct && !isScalar(t) && !isUnion(t)
}

// IsSection reports whether a path of a matrix has mappings for values, so that a Setting's value is a name.
func IsSection(path string) bool {
	_, end, err := resolve(path)
	return path == Variant || err == nil && isSection(end)
}

// below returns the type of a key of t, nil where t is no section or mapping, or has no such key.
func below(t reflect.Type, key string) reflect.Type {
	switch t = bare(t); {
	case isWorkloads(t):
		return reflect.TypeFor[Workload]()
	case t.Kind() == reflect.Map:
		return t.Elem()
	case isSection(t):
		if i := slices.IndexFunc(fields(t), func(f field) bool { return f.name == key }); i >= 0 {
			return fields(t)[i].typ
		}
	}
	return nil
}

// fresh returns a new value of t with t's own defaults.
func fresh(t reflect.Type) reflect.Value {
	v := reflect.New(t)
	if d, ok := v.Interface().(defaulter); ok {
		d.setDefaults()
	}
	return v
}

// present returns what v stands for: what it points to if it is a pointer, with defaults where it points to nothing.
func present(v reflect.Value) reflect.Value {
	switch {
	case v.Kind() != reflect.Pointer:
		return v
	case v.IsNil():
		return fresh(v.Type().Elem()).Elem()
	}
	return v.Elem()
}

// bare strips the pointer from an optional section's or value's type.
func bare(t reflect.Type) reflect.Type {
	if t.Kind() == reflect.Pointer {
		return t.Elem()
	}
	return t
}

// resolve splits a dotted path, as in --set and in a matrix, into the keys on the way, and returns the type at its end.
// Everything after the name of a map, such as topic.config, is one key of it.
func resolve(path string) (steps []string, end reflect.Type, err error) {
	if path == "" {
		return nil, nil, fmt.Errorf("a path is missing (example: producer.acks)")
	}
	end = reflect.TypeFor[Scenario]()
	for rest := path; rest != ""; {
		switch end = bare(end); {
		case end.Kind() == reflect.Map:
			return append(steps, rest), end.Elem(), nil
		case isWorkloads(end):
			name, after, more := strings.Cut(rest, ".")
			if more && after == "" {
				return nil, nil, fmt.Errorf("a path does not end with a dot")
			}
			steps, rest, end = append(steps, name), after, end.Elem()
		case end.Kind() == reflect.Struct && (isUnion(end) || !isScalar(end)):
			name, after, more := strings.Cut(rest, ".")
			if more && after == "" {
				return nil, nil, fmt.Errorf("a path does not end with a dot")
			}
			i := slices.IndexFunc(fields(end), func(f field) bool { return f.name == name })
			if i < 0 {
				return nil, nil, unknown(name, end)
			}
			steps, rest, end = append(steps, name), after, fields(end)[i].typ
		default:
			return nil, nil, fmt.Errorf("%s has no keys of its own", strings.Join(steps, "."))
		}
	}
	return steps, end, nil
}

// unknown says that a section has no such key, and which it has.
func unknown(name string, section reflect.Type) error {
	var names []string
	for _, f := range fields(section) {
		names = append(names, f.name)
	}
	if hint := suggest(name, names); hint != "" {
		return fmt.Errorf("unknown key%s", hint)
	}
	if at := elsewhere(name); at != "" {
		return fmt.Errorf("unknown key; did you mean %s?", at)
	}
	return fmt.Errorf("unknown key; here it may be %s", alternatives(names))
}

// elsewhere returns the path of the one section that has the key name, or nothing.
func elsewhere(name string) string {
	found := map[string]bool{}
	for _, section := range fields(reflect.TypeFor[Scenario]()) {
		if t := bare(section.typ); t.Kind() == reflect.Struct {
			for _, f := range fields(t) {
				if f.name == name {
					found[section.name+"."+name] = true
				}
			}
		}
	}
	return alternatives(slices.Sorted(maps.Keys(found)))
}

// alternatives lists words: a, b or c.
func alternatives(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " or " + words[last]
}
