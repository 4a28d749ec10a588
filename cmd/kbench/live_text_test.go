package main

import (
	"strings"
	"testing"
	"unicode"
)

func TestCut(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		why  string
		in   string
		most int
		want string
	}{
		{"it fits", "abc", 3, "abc"},
		{"it does not", "abcd", 3, "ab…"},
		{"a wide one that would lie half outside", "a日本", 4, "a日…"},
		{"a mark stays with the letter before it", "e\u0301e\u0301e\u0301", 2, "e\u0301…"},
		{"room for the mark alone", "abcd", 1, "…"},
		{"no room", "abcd", 0, ""},
		{"less than none", "abcd", -1, ""},
		{"nothing", "", 0, ""},
	} {
		if got := cut(tt.in, tt.most, "…"); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.why, got, tt.want)
		}
	}
}

func FuzzCut(f *testing.F) {
	f.Add("acks=all,compression=lz4", 10)
	f.Add("a\x1b[2J日本\u202e", 5)
	f.Add("\xff\xfe", 1)
	f.Fuzz(func(t *testing.T, s string, most int) {
		safe := inert(s)
		if i := strings.IndexFunc(safe, func(r rune) bool { return !unicode.IsPrint(r) }); i >= 0 {
			t.Errorf("%q became %q, which holds what can't be printed", s, safe)
		}
		got := cut(safe, most, "…")
		if n := widthOf(got); n > max(0, most) {
			t.Errorf("%q cut to %d columns takes %d", safe, most, n)
		}
		if !strings.HasPrefix(safe, strings.TrimSuffix(got, "…")) {
			t.Errorf("%q is not the beginning of %q", got, safe)
		}
	})
}

func TestPictures(t *testing.T) {
	t.Parallel()
	values := func(v ...float64) (out []*float64) {
		for i := range v {
			out = append(out, &v[i])
		}
		return out
	}
	unicode, ascii := newPen(true), newPen(false)
	for _, tt := range []struct{ why, got, want string }{
		{"from nothing to the highest", unicode.spark(values(0, 1, 2, 3, 4, 5, 6, 7, 8)), "▁▂▃▄▅▆▇██"},
		{"in ASCII", ascii.spark(values(0, 4, 8)), "_=#"},
		{"a gap", unicode.spark([]*float64{values(1)[0], nil, values(1)[0]}), "█ █"},
		{"all nothing", unicode.spark(values(0, 0)), "▁▁"},
		{"no values", unicode.spark(nil), ""},
		{"a bar", unicode.bar(0.25, 8), "██░░░░░░"},
		{"past its end", ascii.bar(1.5, 4), "####"},
		{"before its beginning", ascii.bar(-1, 4), "...."},
	} {
		if tt.got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.why, tt.got, tt.want)
		}
	}
}

func TestUnicodeTerminal(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		why  string
		env  map[string]string
		want bool
	}{
		{"nothing is set: it may be anything", nil, false},
		{"the usual", map[string]string{"LANG": "en_US.UTF-8"}, true},
		{"written another way", map[string]string{"LANG": "de_DE.utf8"}, true},
		{"the one that is said to count first", map[string]string{"LANG": "en_US.UTF-8", "LC_ALL": "C"}, false},
		{"characters alone", map[string]string{"LANG": "C", "LC_CTYPE": "C.UTF-8"}, true},
	} {
		if got := unicodeTerminal(func(name string) string { return tt.env[name] }); got != tt.want {
			t.Errorf("%s: got %v, want %v", tt.why, got, tt.want)
		}
	}
}
