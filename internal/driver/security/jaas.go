package security

import (
	"errors"
	"fmt"
	"strings"
)

// A loginModule is the value of sasl.jaas.config: a Java class, and its options.
type loginModule struct {
	class   string
	options map[string]string
}

// parseJAAS reads the one entry that sasl.jaas.config is: CLASS required NAME=VALUE ...; with values in quotes or bare. Its
// errors show no value.
func parseJAAS(text string) (loginModule, error) {
	s := jaasScanner{left: text}
	m := loginModule{options: map[string]string{}}
	var err error
	if m.class, err = s.word(); err != nil || m.class == "" {
		return m, errors.New("it does not begin with the class of a login module")
	}
	flag, err := s.word()
	if err != nil {
		return m, err
	}
	switch strings.ToLower(flag) {
	case "required", "requisite", "sufficient", "optional":
	default:
		return m, errors.New("the login module's class is not followed by the word required")
	}
	for !s.end() {
		name, err := s.word()
		if err != nil {
			return m, err
		}
		if name == "" || !s.sign('=') {
			return m, errors.New(`after "required" come NAME="VALUE" and so on, and then a semicolon`)
		}
		value, err := s.word()
		if err != nil {
			return m, fmt.Errorf("option %s: %w", name, err)
		}
		if _, twice := m.options[name]; twice {
			return m, fmt.Errorf("option %s is there twice", name)
		}
		m.options[name] = value
	}
	if !s.sign(';') {
		return m, errors.New("its last character must be a semicolon")
	}
	if s.skip(); s.left != "" {
		return m, errors.New("it has more than one login module: keep one")
	}
	return m, nil
}

// A jaasScanner takes such a text apart.
type jaasScanner struct{ left string }

// skip goes past blanks.
func (s *jaasScanner) skip() { s.left = strings.TrimLeft(s.left, " \t\r\n\f") }

// end reports whether nothing follows but perhaps a semicolon.
func (s *jaasScanner) end() bool {
	s.skip()
	return s.left == "" || s.left[0] == ';'
}

// sign goes past a sign if it comes next.
func (s *jaasScanner) sign(c byte) bool {
	s.skip()
	if s.left == "" || s.left[0] != c {
		return false
	}
	s.left = s.left[1:]
	return true
}

// word returns what comes next: what stands between quotes, single or double, or else all up to a blank, = or ;.
func (s *jaasScanner) word() (string, error) {
	s.skip()
	if s.left == "" {
		return "", errors.New("it ends too soon")
	}
	if quote := s.left[0]; quote == '"' || quote == '\'' {
		return s.quoted(quote)
	}
	end := strings.IndexAny(s.left, " \t\r\n\f=;\"'")
	if end < 0 {
		end = len(s.left)
	}
	word := s.left[:end]
	s.left = s.left[end:]
	return word, nil
}

// quoted returns what stands up to the next quote. A backslash goes before a quote and before another backslash, and makes
// \n, \r, \t, \b and \f controls.
func (s *jaasScanner) quoted(quote byte) (string, error) {
	var b strings.Builder
	for i := 1; i < len(s.left); i++ {
		c := s.left[i]
		switch {
		case c == quote:
			s.left = s.left[i+1:]
			return b.String(), nil
		case c == '\n' || c == '\r':
			return "", errors.New("a quote ends on another line than it began")
		case c == '\\' && i+1 < len(s.left):
			i++
			if at := strings.IndexByte("nrtbf", s.left[i]); at >= 0 {
				b.WriteByte("\n\r\t\b\f"[at])
			} else {
				b.WriteByte(s.left[i])
			}
		default:
			b.WriteByte(c)
		}
	}
	return "", errors.New("a quote has no end")
}
