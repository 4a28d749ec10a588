package doctest_test

import (
	"reflect"
	"testing"

	"kbench/internal/doctest"
)

func TestBlocks(t *testing.T) {
	t.Parallel()
	document := "# A\n\n```sh kafka\necho a\n```\n\ntext `x`\n\n```\nfor people\n```\n\n```yaml foreign title=\"a b.yaml\"\nb: 1\n```\n"
	want := []doctest.Block{
		{Line: 3, Words: []string{"sh", "kafka"}, Text: "echo a\n"},
		{Line: 13, Words: []string{"yaml", "foreign"}, Title: "a b.yaml", Text: "b: 1\n"},
	}
	if got := doctest.Blocks(document); !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}
