//go:build e2e

package e2e

import (
	"path/filepath"
	"testing"

	"kbench/internal/doctest"
)

// TestDocuments runs what the documents tell people to run, on an Apache Kafka that kbench cluster up has started.
func TestDocuments(t *testing.T) {
	state := t.TempDir()
	t.Setenv("XDG_STATE_HOME", state)
	if o := start(t, "cluster", "up", "--engine", "java").wait(); o.code != 0 {
		t.Fatalf("cluster up ended with %d:\n%s", o.code, o.stderr)
	}
	t.Cleanup(func() {
		if o := start(t, "cluster", "down").wait(); o.code != 0 {
			t.Errorf("cluster down ended with %d:\n%s", o.code, o.stderr)
		}
	})
	for _, name := range []string{"README.md", "docs/tutorial.md", "docs/migrate.md"} {
		doctest.Run(t, filepath.Join("..", name), doctest.Options{Root: "..", OnPath: name == "docs/migrate.md", Kafka: true, Env: []string{"XDG_STATE_HOME=" + state}})
	}
}
