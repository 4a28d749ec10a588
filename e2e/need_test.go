//go:build e2e

package e2e

import (
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// lacking skips a test that lacks something, or fails it where that must be there: where KBENCH_NEED, a list with commas, has it. .ci/run
// and the Makefile's e2e-docker set it, so that nothing is left out there in silence.
func lacking(t testing.TB, what, why string) {
	t.Helper()
	if slices.Contains(strings.Split(os.Getenv("KBENCH_NEED"), ","), what) {
		t.Fatal(why)
	}
	t.Skip(why)
}

// needs looks for a program.
func needs(t *testing.T, program string) {
	t.Helper()
	if _, err := exec.LookPath(program); err != nil {
		lacking(t, program, err.Error())
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
			lacking(v, what, "it is not there")
			if v.failed != (what != "nothing") {
				t.Errorf("%s: a test that lacks %s fails: %v", tt.file, what, v.failed)
			}
		}
	}
}
