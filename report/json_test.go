package report

import (
	"bytes"
	"encoding/json"
	"testing"
)

func TestEscaping(t *testing.T) {
	t.Parallel()
	for why, text := range map[string]string{
		"what needs nothing":             "é 日本 😀 <a>",
		"a control sequence of one rune": "\u009b2J",
		"the direction of writing":       "\u202eabc",
		"beyond 16 bits":                 "\U000e0001x",
		"a space that is none":           "a\u00a0b\u2028",
	} {
		var b bytes.Buffer
		e := json.NewEncoder(escaping{&b})
		e.SetEscapeHTML(false)
		if err := e.Encode(text); err != nil {
			t.Fatal(err)
		}
		var back string
		if err := json.Unmarshal(b.Bytes(), &back); err != nil || back != text {
			t.Errorf("%s: got %q back (%v), want %q from %s", why, back, err, text, &b)
		}
		printable(t, b.String())
	}
}
