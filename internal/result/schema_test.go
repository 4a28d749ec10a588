package result

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// strictly compiles a schema that allows no keys but its own, so that what is validated against it shows what it lacks.
func strictly(t *testing.T, schema []byte) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(schema))
	if err != nil {
		t.Fatal(err)
	}
	var forbid func(any)
	forbid = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			if _, has := v["properties"].(map[string]any); has && v["type"] == "object" {
				v["additionalProperties"] = false
			}
			for _, child := range v {
				forbid(child)
			}
		case []any:
			for _, child := range v {
				forbid(child)
			}
		}
	}
	forbid(doc)
	c := jsonschema.NewCompiler()
	if err := c.AddResource("schema.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func validate(t *testing.T, s *jsonschema.Schema, text []byte) error {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return s.Validate(doc)
}

func recordSchema(t *testing.T) []byte {
	t.Helper()
	b, err := RecordSchema()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestRecordSchemaGolden(t *testing.T) {
	t.Parallel()
	got, file := recordSchema(t), filepath.Join("testdata", "record.schema.json")
	if flag.Lookup("update").Value.String() == "true" {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("%s is not the schema of records (%v); look at the difference after go test ./internal/result -update", file, err)
	}
}

// TestRecordsFitTheSchema: records with every key, with none, and those that are kept as examples.
func TestRecordsFitTheSchema(t *testing.T) {
	t.Parallel()
	s := strictly(t, recordSchema(t))
	check := func(name string, text []byte) {
		if err := validate(t, s, text); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	full, n := Trial{}, 0
	fill(t, reflect.ValueOf(&full).Elem(), "", &n)
	for _, x := range append(full.Workloads, &full) {
		x.Schema, x.Status, x.Verdict.Trust = Schema, StatusOK, TrustOK
		x.Integrity[0].Level, x.Integrity[1].Level, x.Pair.Side = Expected, Violation, SideA
	}
	for name, trial := range map[string]Trial{"every key": full, "no key": {Schema: Schema, Status: StatusFailed}} {
		b, err := json.Marshal(trial)
		if err != nil {
			t.Fatal(err)
		}
		check(name, b)
	}
	files, err := filepath.Glob("../../results/*/records/*.json")
	if err != nil || len(files) < 10 {
		t.Fatalf("%d records are kept (%v), want some", len(files), err)
	}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		check(file, b)
	}
}

// TestRecordSchemaRefuses: null for a number that is always known, a word that no record has, a text for a number.
func TestRecordSchemaRefuses(t *testing.T) {
	t.Parallel()
	s := strictly(t, recordSchema(t))
	for _, tt := range []struct {
		why    string
		change func(record map[string]any)
	}{
		{"a count that is always known", func(r map[string]any) { r["counts"].(map[string]any)["acked"] = nil }},
		{"a number as a text", func(r map[string]any) { r["counts"].(map[string]any)["acked"] = "7" }},
		{"another schema", func(r map[string]any) { r["schema"] = Schema + 1 }},
		{"a status that there is not", func(r map[string]any) { r["status"] = "fine" }},
		{"a key that must be there", func(r map[string]any) { delete(r, "verdict") }},
		{"a duration as a number", func(r map[string]any) { r["plan"].(map[string]any)["load"].(map[string]any)["measure"] = 5 }},
	} {
		b, err := json.Marshal(Trial{Schema: Schema, Status: StatusOK})
		if err != nil {
			t.Fatal(err)
		}
		var record map[string]any
		if err := json.Unmarshal(b, &record); err != nil {
			t.Fatal(err)
		}
		tt.change(record)
		if b, err = json.Marshal(record); err != nil {
			t.Fatal(err)
		}
		if validate(t, s, b) == nil {
			t.Errorf("%s: the schema allows it", tt.why)
		}
	}
}
