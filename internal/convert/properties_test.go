package convert

import (
	"reflect"
	"strings"
	"testing"
)

func TestProperties(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		why, text string
		want      pairs
	}{
		{"places", "# x=1\n\na=1,\\\n   2\nb: 3", pairs{{"a", "1,2", "line 3:"}, {"b", "3", "line 5:"}}},
		{"the last one counts, in the place of the first", "a=1\nb=2\na=3", pairs{{"a", "3", "line 3:"}, {"b", "2", "line 2:"}}},
		{"blanks around a value", "a = 1 \t", pairs{{"a", "1", "line 1:"}}},
		{"a character of two", `a=\ud83d\uDE00`, pairs{{"a", "😀", "line 1:"}}},
		{"a name alone", "a", pairs{{"a", "", "line 1:"}}},
	} {
		for form, parse := range parsers() {
			if got, err := parse(tc.text); err != nil || !reflect.DeepEqual(got, tc.want) {
				t.Errorf("%s, %s: got %q (%v), want %q", tc.why, form, got, err, tc.want)
			}
		}
	}
	for _, tc := range []struct{ why, text, want string }{
		{"an escape that is none", "a=1\nb=geheim\\u00", `line 2: \u is not followed by four hexadecimal digits`},
		{"half of a character", `a=geheim\ud83d`, "line 1: "},
		{"no name", "=geheim", "line 1: a value without a name"},
		{"too long", strings.Repeat("a", maxInput+1), "at most 65536 are read"},
	} {
		for form, parse := range parsers() {
			if _, err := parse(tc.text); err == nil || !strings.Contains(err.Error(), tc.want) || strings.Contains(err.Error(), "geheim") {
				t.Errorf("%s, %s: got %v, want %s", tc.why, form, err, tc.want)
			}
		}
	}
}

// TestPropertiesCharset: what the bytes of a name or value mean hangs on where they stand.
func TestPropertiesCharset(t *testing.T) {
	t.Parallel()
	if got, err := parseText("a=ä"); err != nil || got[0].value != "ä" {
		t.Errorf("text: got %q (%v)", got, err)
	}
	if got, err := parseFile([]byte("a=\xe4")); err != nil || got[0].value != "ä" {
		t.Errorf("a file of Java's: got %q (%v)", got, err)
	}
	if _, err := parseText("a=\xe4"); err == nil {
		t.Error("text that is not UTF-8: no error")
	}
}

// parsers are both ways of reading properties.
func parsers() map[string]func(string) (pairs, error) {
	return map[string]func(string) (pairs, error){
		"text": parseText,
		"file": func(text string) (pairs, error) { return parseFile([]byte(text)) },
	}
}

func FuzzProperties(f *testing.F) {
	f.Add("a=1\\\n b:2\\u00e9\n#c\n\\ d e")
	f.Fuzz(func(t *testing.T, text string) {
		for _, parse := range parsers() {
			props, err := parse(text)
			if err != nil {
				continue
			}
			seen := map[string]bool{}
			for _, p := range props {
				if p.name == "" || seen[p.name] {
					t.Fatalf("%q: the name %q", text, p.name)
				}
				seen[p.name] = true
			}
		}
	})
}
