//go:build cgo && (linux || darwin) && (amd64 || arm64)

package confluent

import (
	"os/exec"
	"slices"
	"strings"
	"testing"

	"kbench/internal/scenario"
	"kbench/scenarios"
)

// TestDefaults holds what the built-in scenario calls this client's defaults to what the library says before anything is
// set: an update that changes one fails here.
func TestDefaults(t *testing.T) {
	t.Parallel()
	src, err := scenarios.Read("client-settings")
	if err != nil {
		t.Fatal(err)
	}
	plan, err := scenario.Parse("", src, scenario.Options{Only: []string{"variant=confluent defaults"}})
	if err != nil {
		t.Fatal(err)
	}
	own := libraryDefaults(t)
	s := plan.Cases[0].Scenario
	s.Consumer.Group = "any"
	producer, err := producerProperties(anyCluster(), s.Producer.ProducerConfig)
	if err != nil {
		t.Fatal(err)
	}
	consumer, err := consumerProperties(anyCluster(), s.Consumer.ConsumerConfig)
	if err != nil {
		t.Fatal(err)
	}
	kbenchs := []string{ // what kbench sets for itself in every scenario
		"bootstrap.servers", "client.id", "group.id", "debug", "statistics.interval.ms", "enable.metrics.push", "enable.auto.offset.store",
	}
	for side, properties := range map[string]properties{"producer": producer, "consumer": consumer} {
		for key, value := range properties {
			key, value = told(key, value)
			if want, known := own[key]; !slices.Contains(kbenchs, key) && (!known || value != want) {
				t.Errorf("%s: %s is %q, the library's own %q", side, key, value, want)
			}
		}
		if len(properties) < 25 {
			t.Errorf("%s: %d properties: %v", side, len(properties), properties)
		}
	}
}

// libraryDefaults asks the library, by a program of its own: a test cannot use C.
func libraryDefaults(t *testing.T) map[string]string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "run", "./testdata/defaults").Output()
	if err != nil {
		t.Fatal(err)
	}
	own := map[string]string{}
	for line := range strings.Lines(string(out)) {
		key, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "=")
		key, value = told(key, value)
		own[key] = value
	}
	return own
}
