package scenario

import (
	"fmt"
	"io"
	"reflect"
	"strings"

	"kbench/internal/unit"
)

// Reference writes the reference of every key as markdown.
func Reference(w io.Writer) error {
	var top, inner strings.Builder
	limits, section := limitsByPath(), ""
	walk(func(k key) {
		out := &inner
		if first, _, nested := strings.Cut(k.path, "."); !nested {
			out = &top
		} else if first != section {
			section = first
			fmt.Fprintf(out, "\n## %s\n\n%s", strings.TrimSuffix(first, "[]"), tableHead)
		}
		fmt.Fprintf(out, "| `%s` | %s | %s | %s |\n", k.path, k.allowed(limits[k.path]), k.defaults(limits[k.path]), k.doc)
	})
	_, err := fmt.Fprintf(w, referenceHead, tableHead+top.String(), inner.String())
	return err
}

const tableHead = "| Key | Allowed | Default | Meaning |\n|---|---|---|---|\n"

const referenceHead = `<!-- Written by go test ./internal/scenario -update. Do not edit. -->
# Scenario files

YAML, one scenario a file. Every key has a default; an unknown key is an error. A time is written 5ms, 20s or 1m30s; a size 200B,
1KiB or 16MB; a count 500, 500k or 1M; a rate 50k/s, 90/m or max. The flag --set PATH=VALUE sets any single value over the file.
What this kbench reads and cannot do yet, it refuses by name.

%s%s`

// A key is one row of the reference.
type key struct {
	field
	path  string
	value reflect.Value // its default
}

// walk visits each key of a scenario in the order of the structs, a section before what is in it.
func walk(visit func(key)) { walkSection(reflect.ValueOf(Default()), "", visit) }

func walkSection(v reflect.Value, path string, visit func(key)) {
	for _, f := range fields(v.Type()) {
		k := key{f, join(path, f.name), v.FieldByIndex(f.index)}
		visit(k)
		if f.typ == reflect.TypeFor[[]Threshold]() && path != "" {
			continue // its keys are listed once, at the top
		}
		switch t := f.typ; {
		case t.Kind() == reflect.Slice && !isScalar(t.Elem()):
			walkSection(fresh(t.Elem()).Elem(), k.path+"[]", visit)
		case t.Kind() == reflect.Pointer && k.value.IsNil() && !isScalar(t.Elem()):
			walkSection(fresh(t.Elem()).Elem(), k.path, visit)
		case t.Kind() == reflect.Pointer && !isScalar(t.Elem()):
			walkSection(k.value.Elem(), k.path, visit)
		case t.Kind() == reflect.Struct && !isScalar(t):
			walkSection(k.value, k.path, visit)
		}
	}
}

// allowed says what may be written.
func (k key) allowed(l limit) string {
	t := bare(k.typ)
	switch {
	case isUnion(t):
		return textForm(reflect.TypeFor[unit.Size]()).says + ", " + l.describe(t) + ", or one of the keys below"
	case isScalar(t):
		return scalarForm(t, k.words, l).says
	case t.Kind() == reflect.Slice && isScalar(t.Elem()):
		return "list of " + textForm(t.Elem()).says + "s"
	case t == reflect.TypeFor[[]Threshold]():
		return "list of text, or of mappings with the keys of thresholds[]"
	case t.Kind() == reflect.Slice:
		return "list of mappings with the keys below"
	case k.path == "matrix":
		return "mapping of paths to lists of values"
	case t.Kind() == reflect.Map:
		return "mapping to " + textForm(t.Elem()).says
	case k.typ.Kind() == reflect.Pointer:
		return "section, optional"
	}
	return "section"
}

// defaults prints the default as it would be written in a file, where there is one.
func (k key) defaults(l limit) string {
	if value, ok := defaultOf(k.value, k.words, l); ok && value != "" {
		return fmt.Sprintf("`%v`", value)
	}
	return ""
}
