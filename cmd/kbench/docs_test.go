package main

import (
	"path/filepath"
	"testing"

	"kbench/internal/doctest"
)

// TestDocuments runs what the documents tell people to run, with the embedded broker where they would have a Kafka. e2e runs the
// same on one.
func TestDocuments(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"README.md", "docs/tutorial.md", "docs/migrate.md"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			root := filepath.Join("..", "..")
			doctest.Run(t, filepath.Join(root, name), doctest.Options{Root: root, OnPath: name == "docs/migrate.md"})
		})
	}
}
