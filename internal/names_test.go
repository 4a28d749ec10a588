package internal_test

import (
	"io/fs"
	"os"
	"regexp"
	"strings"
	"testing"
)

// TestNamesOnKafka holds the tests below internal/ that need an Apache Kafka to the names by which make e2e finds them.
func TestNamesOnKafka(t *testing.T) {
	t.Parallel()
	name := regexp.MustCompile(`(?m)^func (Test\w+)\(`)
	found := 0
	err := fs.WalkDir(os.DirFS("."), ".", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil || !strings.HasPrefix(string(text), "//go:build e2e\n") {
			return err
		}
		for _, m := range name.FindAllStringSubmatch(string(text), -1) {
			found++
			if !strings.HasPrefix(m[1], "TestKafka") && !strings.HasPrefix(m[1], "TestJava") {
				t.Errorf("%s: make e2e does not run %s: its name must begin with TestKafka or TestJava", path, m[1])
			}
		}
		return nil
	})
	if err != nil || found == 0 {
		t.Errorf("%d tests found, %v", found, err)
	}
}
