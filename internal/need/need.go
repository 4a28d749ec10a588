// Package need says what becomes of a test that lacks something of its machine. It is for tests only.
package need

import (
	"os"
	"slices"
	"strings"
	"testing"
)

// Lacking skips a test that lacks something, or fails it where that must be there: where KBENCH_NEED, a list with commas, has it. .ci/run
// and the Makefile's e2e-docker set it, so that nothing is left out there in silence. It does not return, unless t is no test's own.
func Lacking(t testing.TB, what, why string) {
	t.Helper()
	if slices.Contains(strings.Split(os.Getenv("KBENCH_NEED"), ","), what) {
		t.Fatal(why)
	}
	t.Skip(why)
}
