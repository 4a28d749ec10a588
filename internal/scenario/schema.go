package scenario

import (
	"encoding/json"
	"reflect"
	"strings"
)

// Schema returns the JSON Schema (2020-12) of scenario files. Editors complete and check from it.
func Schema() ([]byte, error) {
	d := Default()
	m := schemaMaker{limits: limitsByPath()}
	s := m.section(reflect.ValueOf(d), "")
	s["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	s["title"] = "kbench scenario"
	b, err := json.MarshalIndent(s, "", "  ")
	return append(b, '\n'), err
}

// A schemaMaker goes over the types as a decoder does. Values are the defaults, and give the types.
type schemaMaker struct {
	limits map[string]limit
}

func (m schemaMaker) section(v reflect.Value, path string) object {
	properties := object{}
	for _, f := range fields(v.Type()) {
		value := v.FieldByIndex(f.index)
		p := m.value(value, join(path, f.name), f.words)
		p["description"] = f.doc
		if value, ok := defaultOf(value, f.words, m.limits[join(path, f.name)]); ok {
			p["default"] = value
		}
		properties[f.name] = p
	}
	return object{"type": "object", "additionalProperties": false, "properties": properties}
}

func (m schemaMaker) value(v reflect.Value, path string, words []string) object {
	t := v.Type()
	switch {
	case path == "matrix":
		return m.matrix()
	case t.Kind() == reflect.Pointer:
		return object{"oneOf": []any{m.value(present(v), path, words), object{"type": "null"}}}
	case t == reflect.TypeFor[Sizes]():
		mapping := m.section(v, path)
		mapping["minProperties"], mapping["maxProperties"] = 1, 1
		return object{"oneOf": []any{textForm(reflect.TypeOf(Sizes{}.Fixed)).schema, mapping}}
	case t == reflect.TypeFor[Threshold]():
		mapping := m.section(v, path)
		mapping["required"] = []string{"metric"}
		text := object{"type": "string", "pattern": thresholdForm}
		mapping["properties"].(object)["metric"].(object)["pattern"] = thresholdForm
		return object{"oneOf": []any{text, mapping}}
	case isScalar(t):
		return scalarForm(t, words, m.limits[path]).schema
	case isWorkloads(t):
		return m.workloads(path)
	case t.Kind() == reflect.Slice:
		return object{"type": "array", "items": m.value(fresh(t.Elem()).Elem(), path+"[]", nil)}
	case t.Kind() == reflect.Map:
		return object{"type": "object", "additionalProperties": m.value(fresh(t.Elem()).Elem(), path, nil)}
	}
	return m.section(v, path)
}

// matrix is the mapping of every path that a matrix may have to a list: of mappings where the path ends in a section.
func (m schemaMaker) matrix() object {
	lists := func(items object) object {
		return object{"type": "array", "minItems": 1, "uniqueItems": true, "items": items}
	}
	named := func(keys object) object {
		as := textForm(reflect.TypeFor[string]()).schema
		as["description"] = "The name of these keys in names of cases, tables and CSV."
		keys["as"] = as
		return lists(object{"type": "object", "additionalProperties": false, "properties": keys, "required": []string{"as"}})
	}
	paths := []string{Variant}
	sections, all := object{}, object{}
	walk(func(k key) {
		_, end, err := resolve(k.path)
		if err != nil || wholeRun(k.path) {
			return
		}
		if !strings.Contains(k.path, ".") {
			all[k.path] = m.value(k.value, k.path, k.words)
		}
		switch {
		case isSection(end):
			sections[k.path] = named(m.section(present(k.value), k.path)["properties"].(object))
		case unsettable(k.path, end) != "":
			return
		}
		paths = append(paths, k.path)
	})
	sections[Variant] = named(all)
	return object{
		"type":       "object",
		"properties": sections,
		"propertyNames": object{"anyOf": []any{
			object{"enum": paths},
			object{"pattern": `^(topic|producer|consumer)\.config\..+$`},
			object{"pattern": workloadForm},
		}},
		"patternProperties":    object{workloadForm: lists(object{})},
		"additionalProperties": lists(object{"type": []string{"string", "number", "boolean", "null"}}),
	}
}

// defaultOf returns a default as it would be written in a file, if the key has one: not where its zero value is out of
// its own range, and so stands for unset.
func defaultOf(v reflect.Value, words []string, l limit) (any, bool) {
	t := v.Type()
	if !isScalar(t) && t != reflect.TypeFor[Sizes]() || l.check(v) != "" || words != nil && v.IsZero() {
		return nil, false
	}
	if s, ok := v.Interface().(Sizes); ok {
		return s.Fixed.String(), true
	}
	var out any
	b, err := json.Marshal(v.Interface())
	if err == nil {
		err = json.Unmarshal(b, &out)
	}
	return out, err == nil
}
