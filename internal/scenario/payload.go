package scenario

import (
	"bytes"
	"fmt"
	"strings"

	"kbench/internal/unit"
)

// Bounds of a file of values. It is held in memory for the whole run.
const (
	maxPayloadBytes = 64 << 20
	maxPayloadLines = 1_000_000
)

// payloads lists what a payload may be that is no file.
func payloads() []string { return []string{"random", "zeros", "text", "json"} }

// isFile reports whether a payload is a file of lines rather than a word.
func isFile(payload string) bool { return strings.ContainsAny(payload, "/.") }

// FromFile reports whether values are the lines of a file, which Payload names. Size is without effect then.
func (m *Message) FromFile() bool { return isFile(m.Payload) }

// Varies reports whether values may differ in size.
func (m *Message) Varies() bool { return m.FromFile() || m.Size.Fixed == 0 }

// longest returns the length of the longest value, without the stamp before a line.
func (m *Message) longest() (most unit.Size) {
	if !m.FromFile() {
		_, most = m.Size.Bounds()
	}
	for _, line := range m.Lines {
		most = max(most, unit.Size(len(line)))
	}
	return most
}

// HasStamp reports whether every value has room for the stamp.
func (m *Message) HasStamp() bool {
	least, _ := m.Size.Bounds()
	return m.FromFile() || least >= StampSize
}

// A payloadFile is what came of reading a file of values. Cases share the lines, and nobody changes them.
type payloadFile struct {
	lines [][]byte
	wrong string
}

// payload reads the file that a message's payload names, where it is one, once for all cases. It returns what is wrong with it.
func (l *loader) payload(m *Message) (wrong string) {
	if !m.FromFile() {
		return ""
	}
	known, is := l.payloads[m.Payload]
	if !is {
		known.lines, known.wrong = l.readPayload(m.Payload)
		if l.payloads == nil {
			l.payloads = map[string]payloadFile{}
		}
		l.payloads[m.Payload] = known
	}
	m.Lines = known.lines
	return known.wrong
}

func (l *loader) readPayload(file string) (lines [][]byte, wrong string) {
	if l.o.ReadFile == nil {
		return nil, fmt.Sprintf("%s can't be read from here", clip(file))
	}
	src, err := l.o.ReadFile(file, maxPayloadBytes)
	if err != nil {
		return nil, err.Error()
	}
	lines = splitLines(src)
	switch n := len(lines); {
	case n == 0:
		return nil, clip(file) + " is empty; each of its lines is a value"
	case n > maxPayloadLines:
		return nil, fmt.Sprintf("%s has %d lines; kbench takes %d, so cut it", clip(file), n, maxPayloadLines)
	}
	return lines, ""
}

// splitLines returns the lines of a text without their ends, a line feed or a carriage return and one. An empty line is one too; the
// end of the last one may be missing.
func splitLines(src []byte) (lines [][]byte) {
	for line := range bytes.Lines(src) {
		line = bytes.TrimSuffix(line, []byte("\n"))
		lines = append(lines, bytes.TrimSuffix(line, []byte("\r")))
	}
	return lines
}
