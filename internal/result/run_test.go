package result

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"kbench/internal/driver"
	"kbench/internal/scenario"
)

func start() time.Time { return time.Date(2026, 11, 21, 2, 3, 4, 0, time.UTC) }

func create(t *testing.T, m Manifest) *Folder {
	t.Helper()
	f, err := Create(t.TempDir(), "acks", start(), m)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func save(t *testing.T, f *Folder, trials ...*Trial) {
	t.Helper()
	for _, trial := range trials {
		if err := f.SaveTrial(trial); err != nil {
			t.Fatal(err)
		}
	}
}

func TestRoundTrip(t *testing.T) {
	t.Parallel()
	want := filled(t)
	f := create(t, Manifest{})
	save(t, f, want)
	r, err := Open(f.Path())
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Trials) != 1 || len(r.Warnings) > 0 {
		t.Fatalf("got %d trials, warnings %q", len(r.Trials), r.Warnings)
	}
	if got := r.Trials[0]; !reflect.DeepEqual(got, want) {
		a, _ := json.MarshalIndent(got, "", " ")
		b, _ := json.MarshalIndent(want, "", " ")
		t.Errorf("got %s\nwant %s", a, b)
	}
}

func TestOpenOrder(t *testing.T) {
	t.Parallel()
	f := create(t, Manifest{Plan: &scenario.Plan{Cases: []scenario.Case{{Name: "b/1"}, {Name: "a"}}}})
	save(t, f,
		&Trial{Case: "a", Repeat: 10, Status: StatusOK}, &Trial{Case: "stray", Repeat: 1, Status: StatusOK},
		&Trial{Case: "a", Repeat: 2, Status: StatusFailed}, &Trial{Case: "b/1", Repeat: 1, Status: StatusInterrupted})
	r, err := Open(f.Path())
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, trial := range r.Trials {
		got = append(got, strings.TrimPrefix(trial.ID, f.Name()+"/"))
	}
	if want := []string{"b/1.r1", "a.r2", "a.r10", "stray.r1"}; !reflect.DeepEqual(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if r.Manifest.Status != StatusRunning {
		t.Errorf("got status %q before Finish, want running", r.Manifest.Status)
	}
	if err := f.Finish(StatusComplete, start().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	if r, err = Open(filepath.Join(f.Path(), manifestFile)); err != nil {
		t.Fatal(err)
	}
	if m := r.Manifest; m.Status != StatusComplete || m.End != "2026-11-21T02:04:04Z" || m.Start != "2026-11-21T02:03:04Z" {
		t.Errorf("got %s from %s to %s", m.Status, m.Start, m.End)
	}
}

func TestOpenBroken(t *testing.T) {
	t.Parallel()
	tests := []struct{ why, file, text, want string }{
		{"cut off by a crash of the disk", "cut.r1.json", `{"schema": 1, "status": "o`, "cut.r1.json was left out: not written by kbench, or damaged: unexpected end"},
		{"empty", "empty.json", "", "empty.json was left out: not written by kbench, or damaged: unexpected end"},
		{"another program's", "foreign.json", `{"a": 1}`, "foreign.json was left out: not written by kbench: it has no schema number"},
		{"no file of ours at all", "notes.txt", "remember", "notes.txt was left out: not written by kbench, or damaged: invalid character"},
		{"a later kbench's", "later.json", `{"schema": 2, "status": "ok"}`, "later.json was left out: written by a newer kbench: its schema is 2, this kbench reads up to 1"},
		{"a number that is text", "typed.json", `{"schema": 1, "counts": {"acked": "5"}}`, "cannot unmarshal string into Go struct field Counts.counts.acked"},
		{"a number that is not whole", "whole.json", `{"schema": 1, "counts": {"acked": 5.5}}`, "cannot unmarshal number 5.5"},
		{"a status that nobody writes", "status.json", `{"schema": 1, "status": "fine"}`, `its status is "fine"`},
		{"the same trial under another name", "copy.json", `{"schema": 1, "status": "ok", "case": "base", "repeat": 1}`, "copy.json was left out: another file has case base, repeat 1"},
		{"records that vanished", "sum.json", `{"schema": 1, "status": "ok", "case": "c", "repeat": 1, "counts": {"scheduled": 3, "acked": 2}}`, "sum.json does not add up: 3 scheduled, but 2 acked"},
	}
	for _, tt := range tests {
		t.Run(tt.why, func(t *testing.T) {
			t.Parallel()
			f := create(t, Manifest{})
			save(t, f, &Trial{Case: "base", Repeat: 1, Status: StatusOK})
			write(t, filepath.Join(f.Path(), recordsDir, tt.file), tt.text)
			r, err := Open(f.Path())
			if err != nil {
				t.Fatal(err)
			}
			if len(r.Trials) == 0 || len(r.Warnings) != 1 || !strings.Contains(r.Warnings[0], tt.want) || strings.Contains(r.Warnings[0], f.Path()) {
				t.Errorf("got %d trials, warnings %q, want %q", len(r.Trials), r.Warnings, tt.want)
			}
		})
	}
}

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, sub := range []string{"none", "later", "pipe"} {
		if err := os.MkdirAll(filepath.Join(dir, sub, recordsDir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	write(t, filepath.Join(dir, "later", manifestFile), `{"schema": 99}`)
	write(t, filepath.Join(dir, "single.json"), `{"schema": 99, "status": "ok", "case": "a", "repeat": 1}`)
	tests := []struct{ why, path, want string }{
		{"nothing there", "absent", "no such file"},
		{"some other folder", "none", "is no results folder: it has no manifest.json"},
		{"a run of a later kbench", "later", "use the newer one"},
		{"a record of a later kbench", "single.json", "use the newer one"},
	}
	for _, tt := range tests {
		_, err := Open(filepath.Join(dir, tt.path))
		if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: got %v, want one line with %q", tt.why, err, tt.want)
		}
	}
}

func TestOpenRecord(t *testing.T) {
	t.Parallel()
	f := create(t, Manifest{})
	save(t, f, &Trial{Case: "base", Repeat: 1, Status: StatusFailed, Start: "2026-11-21T02:03:04Z"})
	r, err := Open(filepath.Join(f.Path(), recordsDir, "base.r1.json"))
	if err != nil {
		t.Fatal(err)
	}
	if m := r.Manifest; len(r.Trials) != 1 || m.Name != f.Name() || m.Status != StatusFailed {
		t.Errorf("got %d trials of %+v", len(r.Trials), m)
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// FuzzRecord holds that a file is refused, or is a record that writes and reads back as the same.
func FuzzRecord(f *testing.F) {
	f.Add([]byte(`{"schema": 1, "status": "ok", "case": "a", "repeat": 1, "latency": {"response": {"p99_ns": 5}, "e2e": null}}`))
	f.Add([]byte(`{"schema": 1, "status": "failed", "case": "a", "repeat": 1, "plan": {"consumer": {"commit_every": "5s"}}}`))
	f.Add([]byte(`null`))
	f.Fuzz(func(t *testing.T, b []byte) {
		path := filepath.Join(t.TempDir(), "a.json")
		write(t, path, string(b))
		trial, err := readTrial(path)
		if err != nil {
			return
		}
		if c := trial.Plan.Consumer; c != nil && c.CommitEvery == (driver.Every{}) {
			return // no scenario has it, and it does not read back: commit_every is above zero
		}
		var once, twice bytes.Buffer
		if err := encode(&once, trial); err != nil {
			t.Fatalf("a record that was read does not encode: %v", err)
		}
		write(t, path, once.String())
		again, err := readTrial(path)
		if err != nil {
			t.Fatalf("a record that was written does not decode: %v\n%s", err, once.Bytes())
		}
		if err := encode(&twice, again); err != nil || !bytes.Equal(once.Bytes(), twice.Bytes()) {
			t.Fatalf("got %s\nwant %s (%v)", twice.Bytes(), once.Bytes(), err)
		}
		for _, m := range Metrics() {
			m.Of(trial)
		}
	})
}
