package lab

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestSection(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		why, page, want, wrong string
	}{
		{why: "an empty one", page: "a\n<!-- x -->\n\n<!-- /x -->\nb\n", want: "a\n<!-- x -->\n\nnew\n\n<!-- /x -->\nb\n"},
		{why: "one with text, and another beside it", page: "<!-- x -->\nold\n<!-- /x -->\n<!-- y -->\nkept\n<!-- /y -->\n", want: "<!-- x -->\n\nnew\n\n<!-- /x -->\n<!-- y -->\nkept\n<!-- /y -->\n"},
		{why: "no markers", page: "a\n", wrong: "lacks the markers"},
		{why: "no end: the rest of the page must stay", page: "<!-- x -->\na\n", wrong: "lacks the markers"},
		{why: "the wrong way round", page: "<!-- /x -->\n<!-- x -->\n", wrong: "lacks the markers"},
	} {
		got, err := section(tc.page, "x", "\nnew\n")
		if tc.wrong != "" {
			if err == nil || !strings.Contains(err.Error(), tc.wrong) {
				t.Errorf("%s: got %v, want an error with %q", tc.why, err, tc.wrong)
			}
			continue
		}
		if err != nil || got != tc.want {
			t.Errorf("%s: got %q, %v; want %q", tc.why, got, err, tc.want)
		}
		if again, err := section(got, "x", "new"); err != nil || again != got {
			t.Errorf("%s: written twice it is %q, %v", tc.why, again, err)
		}
	}
}

// TestPage holds the page that the programs write into against what they look for.
func TestPage(t *testing.T) {
	t.Parallel()
	b, err := os.ReadFile("../../docs/performance.md")
	if err != nil {
		t.Fatal(err)
	}
	page := filepath.Join(t.TempDir(), "page.md")
	if err := os.WriteFile(page, b, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"bench-peers", "bench-scale"} {
		if err := WriteSection(page, name, "figures of "+name); err != nil {
			t.Error(err)
		}
	}
	got, err := os.ReadFile(page)
	if err != nil || strings.Count(string(got), "figures of bench-") != 2 {
		t.Errorf("the page has not both sections: %v", err)
	}
}
