package lab

import (
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
