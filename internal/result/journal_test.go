package result

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"kbench/internal/driver"
	"kbench/internal/scenario"
)

// seconds are two of a trial with a warm-up of a second: the later one corrects a window of the earlier one.
func seconds() []*Second {
	p99 := int64(5e6)
	return []*Second{
		{
			AtNs: 2e9, MeasureNs: 1e9, Counts: Counts{Scheduled: 10, Acked: 9, Unresolved: 1}, Rates: Rates{AckedPerS: 9},
			Windows: []Window{{Index: 0, Scheduled: 10, Acked: 9}, {Index: -1, Scheduled: 10, Acked: 10}}, Events: []Event{{AtNs: 1, What: "first"}},
		},
		{
			AtNs: 3e9, MeasureNs: 2e9, Counts: Counts{Scheduled: 20, Acked: 20}, Rates: Rates{AckedPerS: 10},
			Latency: map[Span]*Latency{Response: {Count: 20, P99Ns: &p99}},
			Windows: []Window{{Index: 1, Scheduled: 10, Acked: 10}, {Index: 0, Scheduled: 10, Acked: 10}},
			Events:  []Event{{AtNs: 2, What: "second"}}, Warnings: []string{"late"},
		},
	}
}

// inFlight begins the journal of a trial.
func inFlight(t *testing.T, f *Folder, head *Trial, seconds ...*Second) *Journal {
	t.Helper()
	j, err := f.Journal(head)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { j.Close() })
	for _, s := range seconds {
		if err := j.Add(s); err != nil {
			t.Fatal(err)
		}
	}
	return j
}

func head() *Trial {
	return &Trial{Case: "base", Repeat: 2, Status: StatusOK, WarmupNs: 1e9, Start: "2026-11-21T02:03:04Z"}
}

func open(t *testing.T, path string) *Run {
	t.Helper()
	r, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestJournalOfAKill leaves a folder as a killed kbench does: the journal is neither closed nor replaced.
func TestJournalOfAKill(t *testing.T) {
	t.Parallel()
	f := create(t, Manifest{Plan: &scenario.Plan{Cases: []scenario.Case{{Name: "base"}}}})
	save(t, f, &Trial{Case: "base", Repeat: 1, Status: StatusOK})
	inFlight(t, f, head(), seconds()...)
	r := open(t, f.Path())
	if len(r.Trials) != 2 || len(r.Warnings) > 0 {
		t.Fatalf("got %d trials, warnings %q; want the whole one, the one in flight and none", len(r.Trials), r.Warnings)
	}
	got := r.Trials[1]
	if got.ID != f.Name()+"/base.r2" || got.Status != StatusInterrupted || !strings.HasPrefix(got.Failure, "cut off at second 3,") || got.Verdict.Trust != TrustInvalid {
		t.Errorf("got %s: %s: %s; %v", got.ID, got.Status, got.Failure, got.Verdict)
	}
	if got.MeasureNs != 2e9 || got.WarmupNs != 1e9 || got.Counts.Acked != 20 || got.Rates.AckedPerS != 10 || *got.Latency[Response].P99Ns != 5e6 {
		t.Errorf("totals are not those of the last second: %+v", got)
	}
	want := []Window{{Index: -1, Scheduled: 10, Acked: 10}, {Index: 0, Scheduled: 10, Acked: 10}, {Index: 1, Scheduled: 10, Acked: 10}}
	if !reflect.DeepEqual(got.Windows, want) {
		t.Errorf("windows %+v, want them in order, and the later line of each", got.Windows)
	}
	if len(got.Events) != 2 || len(got.Warnings) != 1 {
		t.Errorf("events %v, warnings %q; want those of all lines", got.Events, got.Warnings)
	}
}

func TestRecordReplacesJournal(t *testing.T) {
	t.Parallel()
	f := create(t, Manifest{})
	inFlight(t, f, head(), seconds()...)
	path := filepath.Join(f.Path(), journalFile)
	left, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	save(t, f, &Trial{Case: "base", Repeat: 2, Status: StatusOK})
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the journal is still there: %v", err)
	}
	write(t, path, string(left)) // a kill between the two
	if r := open(t, f.Path()); len(r.Trials) != 1 || r.Trials[0].Status != StatusOK || len(r.Warnings) > 0 {
		t.Errorf("got %d trials, warnings %q; want the record alone", len(r.Trials), r.Warnings)
	}
	inFlight(t, f, head()) // the next trial begins: nothing of the last one is left
	if b, err := os.ReadFile(path); err != nil || bytes.Count(b, []byte("\n")) != 1 {
		t.Errorf("the next journal begins with %q, %v", b, err)
	}
}

// TestJournalTornAnywhere cuts a journal off after each of its bytes, as a kill in the middle of a write does.
func TestJournalTornAnywhere(t *testing.T) {
	t.Parallel()
	f := create(t, Manifest{})
	inFlight(t, f, head(), seconds()...)
	whole, err := os.ReadFile(filepath.Join(f.Path(), journalFile))
	if err != nil {
		t.Fatal(err)
	}
	for n := range whole {
		cut := whole[:n]
		lines := bytes.Count(cut, []byte("\n"))
		torn := n > 0 && cut[n-1] != '\n' && whole[n] != '\n' // a line lacks nothing but its end is whole
		if !torn && n > 0 && whole[n] == '\n' {
			lines++
		}
		trial, err := readJournal(bytes.NewReader(cut))
		if (trial != nil) != (lines > 0) || (err != nil) != torn {
			t.Fatalf("cut after %d bytes: trial %v, %v; want %d lines", n, trial != nil, err, lines)
		}
		if want := []int{0, 0, 2, 3}[lines]; trial != nil && len(trial.Windows) != want {
			t.Fatalf("cut after %d bytes: %d windows, want %d", n, len(trial.Windows), want)
		}
	}
}

func TestJournalDamaged(t *testing.T) {
	t.Parallel()
	const line = `{"trial": {"schema": 1, "status": "ok", "case": "a", "repeat": 1}}` + "\n"
	const second = `{"second": {"at_ns": 1000000000, "windows": [{"index": 0}]}}` + "\n"
	for _, tt := range []struct {
		why, text string
		windows   int // -1: no trial
		want      string
	}{
		{"nothing yet", "", -1, ""},
		{"a head that is torn", line[:20], -1, "1 of its lines, first line 1: unexpected end of JSON input"},
		{"no head", second, -1, "first line 1: it is not the beginning of a trial"},
		{"a head of a later kbench", strings.Replace(line, `"schema": 1`, `"schema": 99`, 1), -1, "use the newer one"},
		{"a head alone", line, 0, ""},
		{"a line in the middle", line + "{\n" + second, 1, "1 of its lines, first line 2: "},
		{"two heads", line + line + second, 1, "first line 2: it has no second"},
		{"counts that contradict each other", line + `{"second": {"counts": {"scheduled": 2, "acked": 1}}}`, 0, "does not add up: 2 scheduled, but 1 acked"},
	} {
		t.Run(tt.why, func(t *testing.T) {
			t.Parallel()
			f := create(t, Manifest{})
			write(t, filepath.Join(f.Path(), journalFile), tt.text)
			r := open(t, f.Path())
			if got := strings.Join(r.Warnings, "\n"); !strings.Contains(got, tt.want) || (tt.want == "") != (got == "") || strings.Contains(got, "\n") {
				t.Errorf("warnings %q, want one with %q", r.Warnings, tt.want)
			}
			if tt.windows < 0 != (len(r.Trials) == 0) || len(r.Trials) > 0 && len(r.Trials[0].Windows) != tt.windows {
				t.Errorf("got %+v, want %d windows", r.Trials, tt.windows)
			}
		})
	}
}

func TestJournalHasNoSecrets(t *testing.T) {
	t.Parallel()
	f := create(t, Manifest{})
	h := head()
	h.Plan.Producer = &scenario.Producer{ProducerConfig: driver.ProducerConfig{Config: map[string]string{"sasl.password": "hunter2"}}}
	h.Set = []scenario.Setting{{Path: "producer.config.sasl.password", Value: "hunter2"}}
	h.Client.Producer = &Client{Settings: map[string]string{"sasl.password": "hunter2"}}
	settings := h.Client.Producer.Settings
	inFlight(t, f, h)
	b, err := os.ReadFile(filepath.Join(f.Path(), journalFile))
	if err != nil || bytes.Contains(b, []byte("hunter2")) || !bytes.Contains(b, []byte(masked)) {
		t.Errorf("the journal has %s, %v", b, err)
	}
	if settings["sasl.password"] != "hunter2" {
		t.Error("the trial's own settings were changed")
	}
}

// FuzzJournal holds that whatever a journal has, it is read as nothing, or as a trial that a record can have.
func FuzzJournal(f *testing.F) {
	f.Add([]byte(`{"trial": {"schema": 1, "status": "ok", "case": "a", "repeat": 1}}` + "\n" + `{"second": {"windows": [{"index": -1}, {"index": -1, "latency": {"e2e": null}}]}}`))
	f.Add([]byte(`{"trial": {"schema": 1, "status": "ok", "case": "a", "repeat": 1}}` + "\n{\n\n" + `{"second": {"at_ns": -9223372036854775808, "latency": null}}` + "\n"))
	f.Add([]byte("null\n{\"trial\": null}\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		trial, err := readJournal(bytes.NewReader(b))
		if err != nil && strings.Contains(err.Error(), "\n") {
			t.Fatalf("%q is not one line", err)
		}
		if trial == nil {
			return
		}
		if err := trial.check(); err != nil || trial.Status != StatusInterrupted || trial.Verdict.Trust != TrustInvalid || trial.Failure == "" {
			t.Fatalf("got %v, %s, %v, %q", err, trial.Status, trial.Verdict, trial.Failure)
		}
		for i := range trial.Windows[min(1, len(trial.Windows)):] {
			if trial.Windows[i].Index >= trial.Windows[i+1].Index {
				t.Fatalf("windows %+v are not in order", trial.Windows)
			}
		}
		if c := trial.Plan.Consumer; c != nil && c.CommitEvery == (driver.Every{}) {
			return // see FuzzRecord
		}
		if err := encode(io.Discard, trial); err != nil {
			t.Fatalf("a journal that was read does not encode: %v", err)
		}
		for _, m := range Metrics() {
			m.Of(trial)
		}
	})
}
