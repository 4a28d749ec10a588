package doctest

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestPath has kbench found by its name only once a document has put it on the path, as somebody meets it who follows the document.
func TestPath(t *testing.T) {
	program, err := exec.LookPath("true")
	if err != nil {
		t.Fatal(err)
	}
	elsewhere := t.TempDir()
	if err := os.WriteFile(filepath.Join(elsewhere, "kbench"), []byte("#!/bin/sh\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", elsewhere+string(os.PathListSeparator)+os.Getenv("PATH"))
	r := newRunner(t, Options{Kbench: program})
	for _, tt := range []struct {
		why, script string
		ok          bool
	}{
		{"it is where make builds it", "bin/kbench version", true},
		{"not on the path, though this machine has another one there", "kbench version", false},
		{"until the document says so", `export PATH="$PWD/bin:$PATH"`, true},
		{"from then on", "kbench version", true},
		{"what fails is told", "false", false},
		{"and changes no path", "kbench version", true},
	} {
		if out, err := r.try(t, tt.script); (err == nil) != tt.ok {
			t.Errorf("%s: %s: %v\n%s", tt.why, tt.script, err, out)
		}
	}
	with := newRunner(t, Options{Kbench: program, OnPath: true})
	if out, err := with.try(t, "kbench version"); err != nil {
		t.Errorf("a document for those who have it: %v\n%s", err, out)
	}
}
