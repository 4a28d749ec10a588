package scenario

import (
	"bytes"
	"reflect"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"kbench/scenarios"
)

// compiled returns the schema as an editor would use it.
func compiled(t *testing.T) *jsonschema.Schema {
	t.Helper()
	b, err := Schema()
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("scenario.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("scenario.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// validate holds YAML against the schema.
func validate(s *jsonschema.Schema, src []byte) error {
	b, err := yaml.YAMLToJSON(src)
	if err != nil {
		return err
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(b))
	if err != nil {
		return err
	}
	return s.Validate(doc)
}

func TestSchemaAllows(t *testing.T) {
	t.Parallel()
	s := compiled(t)
	for _, file := range []string{"testdata/full.yaml", "testdata/good.yaml", "testdata/variants.yaml"} {
		if err := validate(s, read(t, file)); err != nil {
			t.Errorf("%s: %v", file, err)
		}
	}
	for _, name := range scenarios.Names() {
		src, err := scenarios.Read(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := validate(s, src); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestSchemaRefuses: a schema sees types, words, ranges and unknown keys. Rules between keys are Parse's alone.
func TestSchemaRefuses(t *testing.T) {
	t.Parallel()
	s := compiled(t)
	for _, name := range []string{
		"acks", "bool", "client-not-built-in", "commit-every", "count", "duration", "fault", "find-max", "fraction", "key-of-a-section",
		"list-at-the-top", "list-for-a-value", "many", "matrix-list", "matrix-path", "matrix-section-keys", "matrix-sections", "matrix-shape", "ranges", "rate", "replication", "retries", "size",
		"sizes-two", "sizes-weight", "text-at-the-top", "threshold-form", "threshold-mapping", "transaction", "unknown-key",
		"unknown-nothing-near", "unknown-section", "value-for-a-list", "value-for-a-map", "value-for-a-section", "whole-number", "word-typo",
	} {
		if err := validate(s, read(t, "testdata/"+name+".bad.yaml")); err == nil {
			t.Errorf("%s: the schema allows it", name)
		}
	}
}

// TestSchemaDefaults: what the schema and the reference give as a default can be written, and changes nothing.
func TestSchemaDefaults(t *testing.T) {
	t.Parallel()
	limits := limitsByPath()
	walk(func(k key) {
		text := strings.Trim(k.defaults(limits[k.path]), "`")
		steps, _, err := resolve(k.path)
		if text == "" || err != nil || strings.HasPrefix(k.path, "load.find_max") || strings.HasPrefix(k.path, "message.size.") {
			return // no default, or one within what is not there by default
		}
		root := (&node{kind: mapping}).with([]string{"producer"}, &node{kind: mapping}).with([]string{"consumer"}, &node{kind: mapping})
		d, got := decoder{limits: limits}, Default()
		d.section(root.with(steps, &node{kind: scalar, text: text}), reflect.ValueOf(&got).Elem(), "")
		if len(d.problems) > 0 || !reflect.DeepEqual(got, Default()) {
			t.Errorf("%s: writing its default %q gave %+v and problems %v", k.path, text, got, d.problems)
		}
	})
}
