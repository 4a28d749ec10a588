package convert

import (
	"reflect"
	"strings"
	"testing"
)

func TestParseProperties(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		why, text string
		want      pairs
	}{
		{"each separator", "a=1\nb: 2\nc 3\n  d = 4 ", pairs{{"a", "1", "line 1:"}, {"b", "2", "line 2:"}, {"c", "3", "line 3:"}, {"d", "4", "line 4:"}}},
		{"comments and empty lines", "# x=1\n\n! y\na=#1", pairs{{"a", "#1", "line 4:"}}},
		{"a line that goes on", "a=1,\\\n   2\nb=\\\\\nc=3", pairs{{"a", "1,2", "line 1:"}, {"b", `\`, "line 3:"}, {"c", "3", "line 4:"}}},
		{"the last line goes on into nothing", "a=1\\", pairs{{"a", "1", "line 1:"}}},
		{"escapes", `a\=b=c\u0041\t\q`, pairs{{"a=b", "cA\tq", "line 1:"}}},
		{"an escape that is none", `a=\u00`, pairs{{"a", "u00", "line 1:"}}},
		{"a name alone", "a", pairs{{"a", "", "line 1:"}}},
		{"no name", "=1", nil},
		{"the last one counts, in the place of the first", "a=1\nb=2\na=3", pairs{{"a", "3", "line 3:"}, {"b", "2", "line 2:"}}},
		{"ends of lines of other systems", "a=1\r\nb=2\rc=3", pairs{{"a", "1", "line 1:"}, {"b", "2", "line 2:"}, {"c", "3", "line 3:"}}},
	} {
		got, err := parseProperties(tc.text)
		if err != nil || !reflect.DeepEqual(got, tc.want) {
			t.Errorf("%s: got %q (%v), want %q", tc.why, got, err, tc.want)
		}
	}
	for why, text := range map[string]string{"not UTF-8": "a=\xff", "too long": strings.Repeat("a", maxInput+1)} {
		if _, err := parseProperties(text); err == nil {
			t.Errorf("%s: no error", why)
		}
	}
}

func FuzzProperties(f *testing.F) {
	f.Add("a=1\\\n b:2\\u00e9\n#c\n\\ d e")
	f.Fuzz(func(t *testing.T, text string) {
		props, err := parseProperties(text)
		if err != nil {
			return
		}
		seen := map[string]bool{}
		for _, p := range props {
			if p.name == "" || seen[p.name] {
				t.Fatalf("%q: the name %q", text, p.name)
			}
			seen[p.name] = true
		}
	})
}
