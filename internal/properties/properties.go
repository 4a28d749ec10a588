// Package properties reads Java's .properties files, as java.util.Properties does.
package properties

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// A Property is one line of a file, with those that continue it.
type Property struct {
	Line        int // where it begins, from 1
	Name, Value string
}

// An Error says where a file is not in the format, and why. It shows nothing of what stands there, which may be a secret.
type Error struct {
	Line int // from 1
	Msg  string
}

// Error prints the line and what is wrong with it.
func (e *Error) Error() string { return fmt.Sprintf("line %d: %s", e.Line, e.Msg) }

// Parse returns the properties of a file in its order. A name that stands there twice is there twice. As in Java, a byte is
// a character of ISO 8859-1, and \uXXXX stands for any other. The error is an *Error.
func Parse(file []byte) ([]Property, error) { return ParseText(latin1(file)) }

// ParseText is Parse for text whose characters are known: what Java reads out of a string. It must be valid UTF-8.
func ParseText(text string) ([]Property, error) {
	var out []Property
	s := scanner{line: 1, left: text}
	for s.left != "" {
		begin := s.line
		logical := s.logical()
		if logical == "" {
			continue
		}
		name, value := split(logical)
		p := Property{Line: begin}
		var err error
		if p.Name, err = unescape(name); err == nil {
			p.Value, err = unescape(value)
		}
		if err != nil {
			return nil, &Error{begin, err.Error()}
		}
		out = append(out, p)
	}
	return out, nil
}

// IsName reports whether s looks like the name of a property, and so may be shown: a letter, then letters, digits, dots, underscores
// and hyphens, 80 at most, with a dot among them or not longer than any known name without one. A line of a key that lacks the
// backslash at the end of the line before is taken for a name too, and is a secret.
func IsName(s string) bool {
	const most, mostPlain = 80, 24
	if len(s) > most || len(s) > mostPlain && !strings.Contains(s, ".") {
		return false
	}
	for i, c := range []byte(s) {
		letter := c|0x20 >= 'a' && c|0x20 <= 'z'
		if !letter && (i == 0 || (c < '0' || c > '9') && c != '.' && c != '_' && c != '-') {
			return false
		}
	}
	return s != ""
}

// latin1 reads bytes as ISO 8859-1, whose characters have the numbers of Unicode's first 256.
func latin1(text []byte) string {
	var b strings.Builder
	b.Grow(len(text))
	for _, c := range text {
		b.WriteRune(rune(c))
	}
	return b.String()
}

// blank is what separates words. Ends of lines are no part of it.
const blank = " \t\f"

// A scanner takes a file apart into lines.
type scanner struct {
	line int // number of the next one
	left string
}

// natural returns the next line, without what ends it: \n, \r, or both in this order.
func (s *scanner) natural() string {
	line, rest := s.left, ""
	if end := strings.IndexAny(s.left, "\r\n"); end >= 0 {
		line, rest = s.left[:end], s.left[end+1:]
		if s.left[end] == '\r' {
			rest = strings.TrimPrefix(rest, "\n")
		}
	}
	s.left = rest
	s.line++
	return line
}

// logical returns the next line with those that continue it, "" for a blank one or a comment. A comment is never continued.
func (s *scanner) logical() string {
	line := strings.TrimLeft(s.natural(), blank)
	if line == "" || line[0] == '#' || line[0] == '!' {
		return ""
	}
	var b strings.Builder
	for continued(line) {
		b.WriteString(line[:len(line)-1])
		line = strings.TrimLeft(s.natural(), blank)
	}
	b.WriteString(line)
	return b.String()
}

// continued reports whether a line ends in a backslash that no other backslash escapes.
func continued(line string) bool {
	slashes := len(line) - len(strings.TrimRight(line, `\`))
	return slashes%2 == 1
}

// split parts a line at the first =, : or blank that is not escaped, and takes away the blanks around it.
func split(line string) (name, value string) {
	end := len(line)
	for i := 0; i < len(line); i++ {
		if line[i] == '\\' {
			i++ // whatever follows belongs to the name
		} else if strings.IndexByte("=:"+blank, line[i]) >= 0 {
			end = i
			break
		}
	}
	value = strings.TrimLeft(line[end:], blank)
	if value != "" && (value[0] == '=' || value[0] == ':') {
		value = strings.TrimLeft(value[1:], blank)
	}
	return line[:end], value
}

// unescape puts the characters in that stand behind backslashes.
func unescape(s string) (string, error) {
	if !strings.Contains(s, `\`) {
		return s, nil
	}
	var b strings.Builder
	for s != "" {
		plain, rest, found := strings.Cut(s, `\`)
		b.WriteString(plain)
		if !found || rest == "" { // a backslash at the end of the file continues with nothing
			break
		}
		if rest[0] == 'u' {
			r, size, err := unicodeEscape(rest)
			if err != nil {
				return "", err
			}
			b.WriteRune(r)
			s = rest[size:]
			continue
		}
		r, size := utf8.DecodeRuneInString(rest)
		b.WriteRune(control(r))
		s = rest[size:]
	}
	return b.String(), nil
}

// control returns what a letter stands for behind a backslash: itself, for most.
func control(r rune) rune {
	switch r {
	case 't':
		return '\t'
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 'f':
		return '\f'
	}
	return r
}

// unicodeEscape reads uXXXX, or two of them that make one character between them: uD83D\uDE00.
func unicodeEscape(s string) (r rune, size int, err error) {
	if r, err = hex4(s); err != nil || !utf16.IsSurrogate(r) {
		return r, 5, err
	}
	if strings.HasPrefix(s[5:], `\u`) {
		low, err := hex4(s[6:])
		if err != nil {
			return 0, 0, err
		}
		if r = utf16.DecodeRune(r, low); r != utf8.RuneError {
			return r, 11, nil
		}
	}
	return 0, 0, errors.New(`\u is followed by half of a character: one above FFFF takes two of them, \uD8xx\uDCxx`)
}

// hex4 reads uXXXX.
func hex4(s string) (r rune, err error) {
	bad := errors.New(`\u is not followed by four hexadecimal digits`)
	if len(s) < 5 {
		return 0, bad
	}
	for _, c := range []byte(s[1:5]) {
		digit := strings.IndexByte("0123456789abcdefABCDEF", c)
		if digit < 0 {
			return 0, bad
		}
		if digit > 15 {
			digit -= 6
		}
		r = r<<4 | rune(digit)
	}
	return r, nil
}
