package properties

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"
	"unicode/utf8"
)

func TestParse(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		why, text string
		want      []Property
	}{
		{"nothing", "", nil},
		{"blank lines and comments", "\n  \t\n# a=b\n  ! c=d\\\n", nil},
		{"equals", "a=b", []Property{{1, "a", "b"}}},
		{"a colon, and blanks around it", "  a\t: b ", []Property{{1, "a", "b "}}},
		{"a blank alone separates", "a b=c", []Property{{1, "a", "b=c"}}},
		{"the first sign counts", "a=b=c:d", []Property{{1, "a", "b=c:d"}}},
		{"one sign only is taken away", "a = = b", []Property{{1, "a", "= b"}}},
		{"no value", "a\nb=\nc:  ", []Property{{1, "a", ""}, {2, "b", ""}, {3, "c", ""}}},
		{"no name", "=x", []Property{{1, "", "x"}}},
		{"every end of line", "a=1\rb=2\r\nc=3\nd=4", []Property{{1, "a", "1"}, {2, "b", "2"}, {3, "c", "3"}, {4, "d", "4"}}},
		{"twice", "a=1\na=2", []Property{{1, "a", "1"}, {2, "a", "2"}}},
		{"a comment sign within a line is none", "a=b # c", []Property{{1, "a", "b # c"}}},
		{"a line that goes on", "a=b,\\\n   c,\\\r\n\td\ne=f", []Property{{1, "a", "b,c,d"}, {4, "e", "f"}}},
		{"what looks like a comment continues too", "a=b\\\n#c", []Property{{1, "a", "b#c"}}},
		{"two backslashes are one, and end the line", "a=b\\\\\nc=d", []Property{{1, "a", `b\`}, {2, "c", "d"}}},
		{"it goes on to the end of the file", "a=b\\", []Property{{1, "a", "b"}}},
		{"a blank line ends it", "a=b\\\n\nc=d", []Property{{1, "a", "b"}, {3, "c", "d"}}},
		{"signs in a name", `a\=b\:c\ d=e`, []Property{{1, "a=b:c d", "e"}}},
		{"controls", `a=\t\n\r\f`, []Property{{1, "a", "\t\n\r\f"}}},
		{"any other letter stands for itself", `a=\q\"\z\\`, []Property{{1, "a", `q"z\`}}},
		{"unicode", `a=\u00E4\u20ac`, []Property{{1, "a", "ä€"}}},
		{"a character of two", `a=\ud83d\uDE00!`, []Property{{1, "a", "😀!"}}},
		{"a byte is a character of ISO 8859-1", "a=\xe4", []Property{{1, "a", "ä"}}},
		{
			"what Kafka's clients have",
			"sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required \\\n  username=\"a\" \\\n  password=\"b\\\\c\";\n",
			[]Property{{1, "sasl.jaas.config", `org.apache.kafka.common.security.plain.PlainLoginModule required username="a" password="b\c";`}},
		},
	} {
		got, err := Parse([]byte(tt.text))
		if err != nil || !slices.Equal(got, tt.want) {
			t.Errorf("%s: got %+v and error %v, want %+v", tt.why, got, err, tt.want)
		}
	}
}

func TestParseText(t *testing.T) {
	t.Parallel()
	got, err := ParseText("a=ä\\\n  € \\u00e4")
	if want := []Property{{1, "a", "ä€ ä"}}; err != nil || !slices.Equal(got, want) {
		t.Errorf("got %+v and error %v, want %+v", got, err, want)
	}
}

func TestParseErrors(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		why, text string
		line      int
	}{
		{"too few digits", "a=1\nb=hunter2\\u12", 2},
		{"no digits", `a=hunter2\uhunt`, 1},
		{"in a name", `hunter2\u00G0=1`, 1},
		{"half of a character", `a=hunter2\ud83d`, 1},
		{"two first halves", `a=hunter2\ud83d\ud83d`, 1},
		{"a second half alone", `a=hunter2\ude00`, 1},
		{"the line on which it begins", "a=1\nb=hunter2\\\n  \\u00\nc=d", 2},
	} {
		_, err := Parse([]byte(tt.text))
		var e *Error
		if !errors.As(err, &e) || e.Line != tt.line || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: got %v, want an error in line %d that shows nothing of it", tt.why, err, tt.line)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"a=b", "a\\\n b", `\u00e4:\ud83d\ude00`, "#\\\n=", "a\\", "\r\n\xff = \\x"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		got, err := Parse(text)
		if err != nil {
			return
		}
		for _, p := range got {
			if p.Line < 1 || !utf8.ValidString(p.Name) || !utf8.ValidString(p.Value) {
				t.Fatalf("%q: got %+v", text, p)
			}
		}
		// What was read, written in the plainest way, reads the same.
		again, err := Parse([]byte(write(got)))
		if err != nil || len(again) != len(got) {
			t.Fatalf("%q: again %+v, %v; want %+v", text, again, err, got)
		}
		for i := range got {
			if got[i].Name != again[i].Name || got[i].Value != again[i].Value {
				t.Fatalf("%q: again %+v, want %+v", text, again[i], got[i])
			}
		}
	})
}

// write escapes every character that is no letter.
func write(ps []Property) string {
	var b strings.Builder
	escape := func(s string) {
		for _, r := range s {
			switch {
			case r > 0xff:
				b.WriteString(escapeUnicode(r))
			case r == '\n':
				b.WriteString(`\n`)
			case r == '\r':
				b.WriteString(`\r`)
			case r == '\t':
				b.WriteString(`\t`)
			case r == '\f':
				b.WriteString(`\f`)
			case strings.ContainsRune(" =:#!\\", r):
				b.WriteString(`\` + string(r))
			default:
				b.WriteByte(byte(r))
			}
		}
	}
	for _, p := range ps {
		escape(p.Name)
		b.WriteByte('=')
		escape(p.Value)
		b.WriteByte('\n')
	}
	return b.String()
}

func escapeUnicode(r rune) string {
	var b strings.Builder
	for _, unit := range utf16.Encode([]rune{r}) {
		fmt.Fprintf(&b, `\u%04x`, unit)
	}
	return b.String()
}

func TestIsName(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		why, name string
		want      bool
	}{
		{"Java's", "ssl.keystore.key", true},
		{"a library's own", "Producer.Flush.Messages", true},
		{"with the other signs", "broker_1.session-timeout", true},
		{"without a dot", "partitioner", true},
		{"nothing", "", false},
		{"begins with a digit", "2a.b", false},
		{"begins with a hyphen", "-----BEGIN", false},
		{"another sign", "sasl.password=x", false},
		{"no English letter", "ä.b", false},
		{"a line of a key", "MIIEvgIBADANBgkqhkiG9w0BAQEFAASCBKgwggSkAgEAAoIBAQC7VJTUt9Us8cKj", false},
		{"as long as can be", "a." + strings.Repeat("b", 78), true},
		{"longer", "a." + strings.Repeat("b", 79), false},
	} {
		if got := IsName(tt.name); got != tt.want {
			t.Errorf("%s: %q is a name: %v, want %v", tt.why, tt.name, got, tt.want)
		}
	}
}
