package report

import (
	"bytes"
	"fmt"
	"io"
	"unicode"
	"unicode/utf16"
)

// escaping is a writer of JSON that spells out what would steer a terminal or turn the direction of writing, as JSON may: a program
// that reads it gets the same texts. Each write is of whole runes.
type escaping struct{ w io.Writer }

// Write implements io.Writer.
func (e escaping) Write(p []byte) (int, error) {
	var b bytes.Buffer
	for _, r := range string(p) {
		switch {
		case r == '\n' || unicode.IsPrint(r):
			b.WriteRune(r)
		case r > 0xffff:
			high, low := utf16.EncodeRune(r)
			fmt.Fprintf(&b, `\u%04x\u%04x`, high, low)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	if _, err := e.w.Write(b.Bytes()); err != nil {
		return 0, err
	}
	return len(p), nil
}
