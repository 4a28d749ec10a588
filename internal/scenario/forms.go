package scenario

import (
	"reflect"
	"slices"
	"strconv"

	"kbench/internal/driver"
	"kbench/internal/unit"
)

// An object is a piece of JSON Schema.
type object = map[string]any

// A form is how values of a scalar type are written: for people, and for JSON Schema. The schema is for editors: it
// takes everything that Parse takes when written in the usual way, and leaves to Parse what a pattern cannot say.
type form struct {
	says   string
	schema object
}

// scalarForm returns the form of a scalar type whose values may be words, or a number in the range of l.
func scalarForm(t reflect.Type, words []string, l limit) form {
	if words != nil {
		return wordForm(words)
	}
	f := textForm(t)
	if l.path == "" {
		return f
	}
	f.says += ", " + l.describe(t)
	if f.schema["type"] == "integer" || f.schema["type"] == "number" {
		f.schema["maximum"] = l.max
		f.schema["minimum"] = l.min
		if l.above {
			delete(f.schema, "minimum")
			f.schema["exclusiveMinimum"] = l.min
		}
	}
	return f
}

// textForm returns the form of a type on its own.
func textForm(t reflect.Type) form {
	const decimal = `[0-9]*\.?[0-9]+ ?`
	pattern := func(p string) object { return object{"type": "string", "pattern": "^(" + p + ")$"} }
	number := func(least float64) object { return object{"type": "number", "minimum": least} }
	either := func(of ...any) object { return object{"anyOf": of} }
	duration := either(pattern(`([0-9]*\.?[0-9]+(ns|us|µs|ms|s|m|h))+|0`), object{"const": 0})
	count := either(pattern(decimal+`[kKMG]?`), number(0))
	rate := pattern(`max|` + decimal + `[kKMG]?/[smh]`)
	switch reflect.Zero(t).Interface().(type) {
	case unit.Duration:
		return form{"time", duration}
	case unit.Size:
		return form{"size", either(pattern(decimal+`([kKMG]?B|[KMG]iB)?`), number(0))}
	case unit.Count:
		return form{"count", count}
	case unit.Rate:
		return form{"rate, or max", rate}
	case Bandwidth:
		return form{"size a second", pattern(decimal + `([kKMG]?B|[KMG]iB)?/s`)}
	case Replication:
		return form{"number from 1, or max", either(object{"const": "max"}, number(1))}
	case driver.Retries:
		return form{"number from 0, or max", either(object{"const": "max"}, number(0))}
	case driver.Every:
		return form{"time, or count", either(duration, count)}
	case Warmup:
		return form{"time, or auto", either(object{"const": "auto"}, duration)}
	case Percent:
		return form{"percentage", pattern(`[0-9]*\.?[0-9]+%`)}
	case Positive:
		return form{"number above 0", object{"type": "number", "exclusiveMinimum": 0}}
	}
	switch t.Kind() {
	case reflect.Bool:
		return form{"true or false", object{"type": "boolean"}}
	case reflect.Int:
		return form{"whole number", object{"type": "integer"}}
	case reflect.Float64:
		return form{"number", object{"type": "number"}}
	}
	return form{"text", object{"type": []string{"string", "number", "boolean"}}} // unquoted 1 and true are text too
}

// wordForm is one of words. Some of them are words only in quotes: YAML takes 0 for a number and null for nothing.
func wordForm(words []string) form {
	var values []any
	for _, w := range words {
		values = append(values, w)
		if n, err := strconv.Atoi(w); err == nil {
			values = append(values, n)
		}
	}
	if slices.Contains(words, "null") {
		values = append(values, nil)
	}
	return form{alternatives(words), object{"enum": values}}
}
