package report

import (
	"bytes"
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

// TestSchema holds the schema to its golden, and every report to the schema.
func TestSchema(t *testing.T) {
	t.Parallel()
	got, err := Schema()
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join("testdata", "report.schema.json")
	if flag.Lookup("update").Value.String() == "true" {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if want, err := os.ReadFile(file); err != nil || !bytes.Equal(got, want) {
		t.Errorf("%s is not the schema of reports (%v); look at the difference after go test ./report -update", file, err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(got))
	if err != nil {
		t.Fatal(err)
	}
	forbid(doc)
	c := jsonschema.NewCompiler()
	if err := c.AddResource("report.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("report.json")
	if err != nil {
		t.Fatal(err)
	}
	for name, run := range runs() {
		r, err := New(run)
		if err != nil {
			t.Fatal(err)
		}
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader([]byte(render(t, "json", r))))
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Validate(doc); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
