package convert

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// parseProperties reads the form of Java's .properties files, which librdkafka's configuration files share where they are
// plain: NAME=VALUE lines, with # or ! before a comment and \ before the end of a line that goes on.
func parseProperties(text string) (pairs, error) {
	var out pairs
	if len(text) > maxInput {
		return nil, fmt.Errorf("%d bytes of properties; at most %d are read", len(text), maxInput)
	}
	if !utf8.ValidString(text) {
		return nil, fmt.Errorf("properties are not valid UTF-8 text")
	}
	text = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text)
	whole, from := "", 0
	for i, part := range strings.Split(text, "\n") {
		part = strings.TrimLeft(part, " \t\f")
		if whole == "" && (part == "" || part[0] == '#' || part[0] == '!') {
			continue
		}
		if whole == "" {
			from = i + 1
		}
		if cut, goesOn := continued(part); goesOn {
			whole += cut
			continue
		}
		name, value := splitProperty(whole + part)
		whole = ""
		if name, value = unescape(name), unescape(value); name != "" {
			out.put(name, value, lineAt(from))
		}
	}
	if whole != "" { // the last line went on into nothing
		if name, value := splitProperty(whole); name != "" {
			out.put(unescape(name), unescape(value), lineAt(from))
		}
	}
	return out, nil
}

// lineAt names a line, from 1.
func lineAt(n int) string { return "line " + strconv.Itoa(n) + ":" }

// continued reports whether a line ends in a backslash that is not escaped itself.
func continued(s string) (cut string, goesOn bool) {
	slashes := len(s) - len(strings.TrimRight(s, `\`))
	if slashes%2 == 0 {
		return s, false
	}
	return s[:len(s)-1], true
}

// splitProperty cuts a line at the first separator that is not escaped: =, : or white space.
func splitProperty(s string) (name, value string) {
	end := len(s)
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' {
			i++
			continue
		}
		if strings.IndexByte("=: \t\f", s[i]) >= 0 {
			end = i
			break
		}
	}
	rest := strings.TrimLeft(s[end:], " \t\f")
	if rest != "" && (rest[0] == '=' || rest[0] == ':') {
		rest = strings.TrimLeft(rest[1:], " \t\f")
	}
	return s[:end], strings.TrimRight(rest, " \t\f")
}

// unescape takes the backslashes out.
func unescape(s string) string {
	if !strings.Contains(s, `\`) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 == len(s) {
			b.WriteByte(s[i])
			continue
		}
		i++
		switch c := s[i]; c {
		case 't', 'n', 'r', 'f':
			b.WriteByte(map[byte]byte{'t': '\t', 'n': '\n', 'r': '\r', 'f': '\f'}[c])
		case 'u':
			digits := s[i+1 : min(i+5, len(s))]
			n, err := strconv.ParseUint(digits, 16, 16)
			if err != nil || len(digits) < 4 {
				b.WriteByte(c)
				continue
			}
			b.WriteRune(rune(n))
			i += 4
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}
