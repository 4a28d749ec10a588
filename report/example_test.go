package report

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"kbench/internal/result"
)

// TestCommittedExamples holds the results that are kept, and the README shows, to what this version makes of their records.
func TestCommittedExamples(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"acks-tradeoff-20261121T054645Z", "acks-under-failure-20261121T152656Z"} {
		folder := filepath.Join("../results", name)
		want, err := os.ReadFile(filepath.Join(folder, "report.md"))
		if err != nil {
			t.Fatal(err)
		}
		run, err := result.Open(folder)
		if err != nil {
			t.Fatal(err)
		}
		r, err := New(run)
		if err != nil {
			t.Fatal(err)
		}
		var got bytes.Buffer
		if err := Markdown(&got, r); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got.Bytes(), want) {
			t.Errorf("%s/report.md is not what its records give now: run kbench report on the folder", folder)
		}
	}
}
