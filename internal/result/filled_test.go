package result

import (
	"encoding"
	"fmt"
	"reflect"
	"strings"
	"testing"
)

// samples are texts of which every scalar of a scenario takes at least one, and none of which is its zero value.
func samples() []string {
	return []string{"5ms", "200B", "50k/s", "17", "5%", "max", "response_p99 <= 20ms", "all", "1", "0.5", "1MB/s"}
}

// fill sets every field below v that JSON sees to something that is not zero.
func fill(t *testing.T, v reflect.Value, path string, n *int) {
	t.Helper()
	*n++
	if u, ok := v.Addr().Interface().(encoding.TextUnmarshaler); ok {
		for _, s := range samples() {
			if u.UnmarshalText([]byte(s)) == nil && !v.IsZero() {
				return
			}
		}
		t.Fatalf("%s: no sample is a %s", path, v.Type())
	}
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(t, v.Elem(), path, n)
	case reflect.Struct:
		for i := range v.NumField() {
			if f := v.Type().Field(i); f.Tag.Get("json") != "-" && !nested(f, path) {
				fill(t, v.Field(i), path+"."+f.Name, n)
			}
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		for i := range 2 {
			fill(t, v.Index(i), fmt.Sprintf("%s[%d]", path, i), n)
		}
	case reflect.Map:
		key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		fill(t, key, path+" key", n)
		fill(t, value, path+" value", n)
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(key, value)
	case reflect.String:
		v.SetString(fmt.Sprintf("s%d | \"<é>\n", *n))
	case reflect.Int, reflect.Int32, reflect.Int64:
		v.SetInt(int64(*n))
	case reflect.Uint64:
		v.SetUint(uint64(*n))
	case reflect.Float64:
		v.SetFloat(float64(*n) / 7)
	case reflect.Bool:
		v.SetBool(true)
	default:
		t.Fatalf("%s: fill does not know %s", path, v.Kind())
	}
}

// nested reports whether a field is the workloads of a workload, which has none.
func nested(f reflect.StructField, path string) bool {
	return f.Type == reflect.TypeFor[[]*Trial]() && strings.Contains(path, f.Name)
}

// zeros lists the paths below v that JSON sees and that are zero.
func zeros(v reflect.Value, path string) (found []string) {
	if v.IsZero() {
		return []string{path}
	}
	switch v.Kind() {
	case reflect.Pointer:
		return zeros(v.Elem(), path)
	case reflect.Struct:
		if _, text := v.Interface().(encoding.TextMarshaler); text {
			return nil
		}
		for i := range v.NumField() {
			if f := v.Type().Field(i); f.Tag.Get("json") != "-" && !nested(f, path) {
				found = append(found, zeros(v.Field(i), path+"."+f.Name)...)
			}
		}
	case reflect.Slice:
		for i := range v.Len() {
			found = append(found, zeros(v.Index(i), path+"[]")...)
		}
	case reflect.Map:
		for _, k := range v.MapKeys() {
			found = append(found, zeros(v.MapIndex(k), path+"[]")...)
		}
	}
	return found
}

// filled returns a trial in which every field is set, with the words that readers check.
func filled(t *testing.T) *Trial {
	t.Helper()
	trial, n := &Trial{}, 0
	fill(t, reflect.ValueOf(trial).Elem(), "Trial", &n)
	if z := zeros(reflect.ValueOf(trial).Elem(), "Trial"); len(z) > 0 {
		t.Fatalf("not filled: %s", strings.Join(z, ", "))
	}
	trial.Schema, trial.Status, trial.Case = Schema, StatusOK, "base"
	trial.Counts.Scheduled = trial.Counts.Acked + trial.Counts.Failed + trial.Counts.Unresolved
	return trial
}
