package report

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// forbid allows no keys but a schema's own, so that what is validated against it shows what it lacks.
func forbid(schema any) {
	switch s := schema.(type) {
	case map[string]any:
		if _, has := s["properties"].(map[string]any); has && s["type"] == "object" {
			s["additionalProperties"] = false
		}
		for _, part := range s {
			forbid(part)
		}
	case []any:
		for _, part := range s {
			forbid(part)
		}
	}
}

// TestSchema holds the schemas to their goldens, and every report and comparison to its own.
func TestSchema(t *testing.T) {
	t.Parallel()
	reports, compared := map[string]any{}, map[string]any{}
	for name, run := range runs() {
		r, err := New(run)
		if err != nil {
			t.Fatal(err)
		}
		reports[name] = r
	}
	for name, c := range comparisons(t) {
		compared[name] = c
	}
	for _, tt := range []struct {
		file   string
		schema func() ([]byte, error)
		docs   map[string]any
	}{
		{"report.schema.json", Schema, reports},
		{"comparison.schema.json", ComparisonSchema, compared},
	} {
		s := compiled(t, tt.file, tt.schema)
		for name, doc := range tt.docs {
			text, err := json.Marshal(doc)
			if err != nil {
				t.Fatal(err)
			}
			v, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
			if err == nil {
				err = s.Validate(v)
			}
			if err != nil {
				t.Errorf("%s, %s: %v", tt.file, name, err)
			}
		}
	}
}

// compiled holds a schema to its golden, and returns it as one that allows no keys but its own.
func compiled(t *testing.T, name string, schema func() ([]byte, error)) *jsonschema.Schema {
	t.Helper()
	got, err := schema()
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join("testdata", name)
	if flag.Lookup("update").Value.String() == "true" {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if want, err := os.ReadFile(file); err != nil || !bytes.Equal(got, want) {
		t.Errorf("%s is not the schema (%v); look at the difference after go test ./report -update", file, err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(got))
	if err != nil {
		t.Fatal(err)
	}
	forbid(doc)
	c := jsonschema.NewCompiler()
	if err := c.AddResource(name, doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile(name)
	if err != nil {
		t.Fatal(err)
	}
	return s
}
