package convert

import (
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
)

// TestDocumented holds docs/migrate.md to say what becomes of each flag and property that is known.
func TestDocumented(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../docs/migrate.md")
	if err != nil {
		t.Fatal(err)
	}
	names := slices.Concat(
		slices.Collect(maps.Keys(producerFlags())), slices.Collect(maps.Keys(consumerFlags())), slices.Collect(maps.Keys(rdkafkaFlags())),
		slices.Collect(maps.Keys(producerMeanings())), slices.Collect(maps.Keys(consumerMeanings())),
	)
	for _, name := range names {
		if !strings.Contains(string(text), "`"+name+"`") && !strings.Contains(string(text), "`"+name+" ") {
			t.Errorf("docs/migrate.md does not have %s", name)
		}
	}
}
