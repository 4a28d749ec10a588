package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// objects reads each line of what was said as a JSON object.
func objects(t *testing.T, said string) (out []map[string]any) {
	t.Helper()
	for line := range strings.Lines(said) {
		var o map[string]any
		if err := json.Unmarshal([]byte(line), &o); err != nil || !strings.HasSuffix(line, "\n") {
			t.Errorf("no JSON object a line (%v): %q", err, line)
		}
		out = append(out, o)
	}
	return out
}

// TestJSONAlone runs commands that ask for JSON: each line is an object, however they end.
func TestJSONAlone(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "null.yaml")
	text := "{name: floor, load: {rate: 1k/s, warmup: 0s, measure: 3s, drain: 1s}, producer: {client: \"null\"}, repeats: 1, thresholds: [acked_per_s >= 9M]}"
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		why  string
		args []string
		keys []string // each in one line at least
		code int
	}{
		{"a run", []string{"run", file, "--progress", "json", "--metrics-addr", "0"}, []string{"phase", "second_ns", "metrics", "reports", "records"}, exitMissed},
		{"one whose scenario has problems", []string{"run", file, "--progress=json", "--set", "load.rate=-1", "--set", "repeats=x"}, []string{"error"}, exitUsage},
		{"a flag that is none, read before the one that asks", []string{"run", file, "--frobnicate", "--progress", "json"}, []string{"error"}, exitUsage},
		{"a quiet one", []string{"run", file, "-q", "--progress", "json", "--cluster", "cloud", "--set", "producer.client=confluent"}, []string{"error"}, exitUsage},
		{"a comparison", []string{"ab", file, "--progress", "json", "--pairs", "1"}, []string{"error"}, exitUsage},
	} {
		t.Run(tt.why, func(t *testing.T) {
			t.Parallel()
			var said bytes.Buffer
			code := mainCode(append(tt.args, "-o", filepath.Join(dir, tt.why)), strings.NewReader(""), io.Discard, &said)
			if code != tt.code && code != exitUntrusted {
				t.Errorf("exit code %d, want %d", code, tt.code)
			}
			told := objects(t, said.String())
			for _, key := range tt.keys {
				if !slices.ContainsFunc(told, func(o map[string]any) bool { return o[key] != nil }) {
					t.Errorf("no line has %s:\n%s", key, said.String())
				}
			}
			for _, o := range told {
				if failed, has := o["failed"]; has && (failed == nil) != (o["at_ns"] == 0.0) {
					t.Errorf("failed is %v at %v: it is null of a phase alone", failed, o["at_ns"])
				}
			}
		})
	}
}

// TestNotes has lines in pieces, several at once and hostile ones.
func TestNotes(t *testing.T) {
	t.Parallel()
	var said bytes.Buffer
	s := newScreen(&said)
	s.speakJSON()
	for _, text := range []string{"\nbegun, ", "and \"ended\"\ntwo\x1b[2J\n\n  three\u202e\n", "four"} {
		fmt.Fprint(s, text)
	}
	s.fail(fmt.Errorf("one\x1b\ntwo"))
	want := "{\"note\":\"begun, and \\\"ended\\\"\"}\n{\"note\":\"two[2J\"}\n{\"note\":\"three\"}\n{\"error\":\"one\\ntwo\"}\n"
	if said.String() != want {
		t.Errorf("got %s\nwant %s", &said, want)
	}
}

func TestJSONAsked(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		why, args string
		want      bool
	}{
		{"two words", "run a --progress json", true},
		{"one word", "run --progress=json a", true},
		{"another form", "run a --progress plain", false},
		{"its word is missing", "run a --progress", false},
		{"the command line of another tool", "convert -- tool --progress json", false},
	} {
		if got := jsonAsked(strings.Fields(tt.args)); got != tt.want {
			t.Errorf("%s: got %v", tt.why, got)
		}
	}
}
