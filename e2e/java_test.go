//go:build e2e

package e2e

import (
	"context"
	"errors"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// java runs a program of one source file in testdata, with the libraries that the pom.xml there names, and returns the
// lines that it prints.
func java(t *testing.T, program string, args ...string) []string {
	t.Helper()
	libs := t.TempDir()
	execute(t, "mvn", "-q", "-B", "-f", filepath.Join("testdata", "pom.xml"), "dependency:copy-dependencies", "-DoutputDirectory="+libs)
	out := execute(t, "java", append([]string{"-cp", libs + "/*", filepath.Join("testdata", program)}, args...)...)
	return strings.Split(strings.TrimSpace(out), "\n")
}

func execute(t *testing.T, name string, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	out, err := exec.CommandContext(ctx, name, args...).Output()
	if err != nil {
		if failed, ok := errors.AsType[*exec.ExitError](err); ok {
			t.Fatalf("%s: %v\n%s%s", name, err, out, failed.Stderr)
		}
		t.Fatal(err)
	}
	return string(out)
}
