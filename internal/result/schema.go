package result

import (
	"encoding"
	"encoding/json"
	"maps"
	"reflect"
	"strings"
)

// An object is a piece of JSON Schema.
type object = map[string]any

// RecordSchema returns the JSON Schema (2020-12) of a record: of the file that a trial leaves. Few of its keys must be there, since
// records that an older kbench left have fewer.
func RecordSchema() ([]byte, error) {
	words := func(s ...string) object { return object{"enum": s} }
	return JSONSchema(reflect.TypeFor[Trial](), "kbench record", false, map[string]object{
		"result.Trial":         {"required": []string{"schema", "id", "run", "scenario", "case", "repeat", "plan", "start", "status", "verdict", "counts", "rates", "windows"}},
		"result.Trial.schema":  {"const": Schema},
		"result.Trial.status":  words(StatusOK, StatusFailed, StatusInterrupted),
		"result.Verdict.trust": words(TrustOK, TrustClientBound, TrustInvalid, ""),
		"result.Finding.level": words(Expected, Violation),
		"result.Pair.side":     words(SideA, SideB),
		"scenario.Threshold": {"anyOf": []any{ // the text where that says all, else a mapping
			object{"type": "string"},
			object{"type": "object", "properties": object{"metric": object{"type": "string"}, "abort": object{"type": "boolean"}, "scope": words("trial", "case")}, "required": []string{"metric"}},
		}},
	})
}

// JSONSchema returns the JSON Schema (2020-12) of what encoding/json makes of values of t. exact lays keywords over those that types
// give, by package and type, or by package, type and key: result.Trial.status; it must tell of types that make their own JSON.
// whole says that every key that is not omitted when empty is there. Keys that the schema does not have are allowed, since a
// later kbench may add some.
func JSONSchema(t reflect.Type, title string, whole bool, exact map[string]object) ([]byte, error) {
	m := schemaMaker{defs: object{}, whole: whole, exact: exact}
	root := m.value(t)
	root["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	root["title"] = title
	root["description"] = "Numbers are in base units, which their keys name. null is unknown or undefined, and never stands for zero."
	root["$defs"] = m.defs
	b, err := json.MarshalIndent(root, "", "  ")
	return append(b, '\n'), err
}

// A schemaMaker goes over types as encoding/json does. Each named struct becomes a definition.
type schemaMaker struct {
	defs  object
	whole bool
	exact map[string]object
}

func (m schemaMaker) value(t reflect.Type) object {
	switch {
	case t.Kind() == reflect.Pointer:
		return orNull(m.value(t.Elem()))
	case t.Implements(reflect.TypeFor[json.Marshaler]()):
		return maps.Clone(m.exact[t.String()])
	case t.Implements(reflect.TypeFor[encoding.TextMarshaler]()):
		return object{"type": "string"}
	}
	switch t.Kind() {
	case reflect.String:
		return object{"type": "string"}
	case reflect.Bool:
		return object{"type": "boolean"}
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return object{"type": "integer"}
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return object{"type": "integer", "minimum": 0}
	case reflect.Float32, reflect.Float64:
		return object{"type": "number"}
	case reflect.Slice, reflect.Array:
		return object{"type": "array", "items": m.value(t.Elem())}
	case reflect.Map:
		return object{"type": "object", "additionalProperties": m.value(t.Elem())}
	case reflect.Struct:
		name := t.String()
		if _, seen := m.defs[name]; !seen {
			m.defs[name] = nil // it may hold itself
			m.defs[name] = m.keys(t)
		}
		return object{"$ref": "#/$defs/" + name}
	}
	return object{} // anything
}

// keys describes a struct. A key that may be left out is not required; an empty list or mapping that may not be is null.
func (m schemaMaker) keys(t reflect.Type) object {
	properties, required := object{}, []string{}
	for _, f := range reflect.VisibleFields(t) {
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		if !f.IsExported() || name == "-" || f.Anonymous && name == "" {
			continue
		}
		optional := strings.Contains(options, "omit")
		s := m.value(f.Type)
		if kind := f.Type.Kind(); !optional && (kind == reflect.Slice || kind == reflect.Map) {
			s = orNull(s)
		}
		maps.Copy(s, m.exact[t.String()+"."+name])
		properties[name] = s
		if !optional {
			required = append(required, name)
		}
	}
	keys := object{"type": "object", "properties": properties}
	if m.whole {
		keys["required"] = required
	}
	maps.Copy(keys, m.exact[t.String()])
	return keys
}

// orNull allows null beside what s allows.
func orNull(s object) object {
	if kind, ok := s["type"].(string); ok {
		s["type"] = []string{kind, "null"}
		return s
	}
	return object{"anyOf": []any{s, object{"type": "null"}}}
}
