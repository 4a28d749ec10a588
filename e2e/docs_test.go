//go:build e2e

package e2e

import (
	"path/filepath"
	"testing"

	"kbench/internal/doctest"
)

// TestDocuments runs what the documents tell people to run, on an Apache Kafka that kbench cluster up has started.
func TestDocuments(t *testing.T) {
	state := ownCluster(t, "--engine", "java")
	for _, name := range []string{"README.md", "docs/tutorial.md", "docs/migrate.md"} {
		doctest.Run(t, filepath.Join("..", name), doctest.Options{Root: "..", OnPath: name == "docs/migrate.md", Kafka: true, Env: []string{"XDG_STATE_HOME=" + state}})
	}
}
