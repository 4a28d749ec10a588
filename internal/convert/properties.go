package convert

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"kbench/internal/properties"
)

// parseFile reads a .properties file of Java's. Its bytes are characters of ISO 8859-1.
func parseFile(file []byte) (pairs, error) {
	if err := readable(len(file)); err != nil {
		return nil, err
	}
	found, err := properties.Parse(file)
	return asPairs(found, err)
}

// parseText reads properties in UTF-8: those that stand in another file, and librdkafka's files, which have the same form
// where they are plain.
func parseText(text string) (pairs, error) {
	if err := readable(len(text)); err != nil {
		return nil, err
	}
	if !utf8.ValidString(text) {
		return nil, fmt.Errorf("properties are not valid UTF-8 text")
	}
	found, err := properties.ParseText(text)
	return asPairs(found, err)
}

func readable(size int) error {
	if size > maxInput {
		return fmt.Errorf("%d bytes of properties; at most %d are read", size, maxInput)
	}
	return nil
}

// asPairs keeps the last value of each name, as Java does, without the blanks around it, as Kafka's client does.
func asPairs(found []properties.Property, err error) (out pairs, _ error) {
	if err != nil {
		return nil, err
	}
	for _, p := range found {
		at := lineAt(p.Line)
		if p.Name == "" {
			return nil, fmt.Errorf("%s a value without a name", at)
		}
		out.put(p.Name, strings.TrimFunc(p.Value, func(c rune) bool { return c <= ' ' }), at)
	}
	return out, nil
}

// lineAt names a line, from 1.
func lineAt(n int) string { return "line " + strconv.Itoa(n) + ":" }
