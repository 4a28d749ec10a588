//go:build e2e

package e2e

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"kbench/internal/need"
)

// needs looks for a program.
func needs(t *testing.T, program string) {
	t.Helper()
	if _, err := exec.LookPath(program); err != nil {
		need.Lacking(t, program, err.Error())
	}
}

// A verdict is what becomes of a test that lacks something.
type verdict struct {
	testing.TB
	failed bool
}

func (v *verdict) Helper()      {}
func (v *verdict) Skip(...any)  {}
func (v *verdict) Fatal(...any) { v.failed = true }

// TestNothingIsLeftOut holds the places that must leave nothing out to saying so, and what they say to being understood.
func TestNothingIsLeftOut(t *testing.T) {
	for _, tt := range []struct {
		file string
		must []string
	}{
		{"../.ci/run", []string{"browser", "tmux", "script"}},
		{"../Makefile", []string{"docker"}},
	} {
		text, err := os.ReadFile(tt.file)
		if err != nil {
			t.Fatal(err)
		}
		_, rest, ok := strings.Cut(string(text), "KBENCH_NEED=")
		if !ok {
			t.Fatalf("%s sets no KBENCH_NEED", tt.file)
		}
		t.Setenv("KBENCH_NEED", strings.Fields(rest)[0])
		for _, what := range append(tt.must, "nothing") {
			v := &verdict{TB: t}
			need.Lacking(v, what, "it is not there")
			if v.failed != (what != "nothing") {
				t.Errorf("%s: a test that lacks %s fails: %v", tt.file, what, v.failed)
			}
		}
	}
}
