package main

import (
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"kbench/internal/result"
)

// A listener takes what a run says, and scrapes its metrics while the run stands still: in the moment that it tells that a trial
// has ended.
type listener struct {
	mu     sync.Mutex
	said   strings.Builder
	scrape func(url string) string
	got    []string // a scrape after each trial
}

// Write implements io.Writer.
func (l *listener) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.said.Write(b)
	if strings.Contains(string(b), " r1: ok") {
		_, url, _ := strings.Cut(l.said.String(), "metrics: ")
		url, _, _ = strings.Cut(url, "\n")
		l.got = append(l.got, l.scrape(url))
	}
	return len(b), nil
}

// TestScrapeAddsUp holds what a run serves at the end of each trial against its records.
func TestScrapeAddsUp(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "null.yaml")
	text := `
name: floor
load: {rate: 2k/s, warmup: 500ms, measure: 2s, drain: 5s}
producer: {client: "null"}
matrix: {message.size: [100B, 200B]}
repeats: 1
order: listed
`
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	l := &listener{scrape: func(url string) string {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			return err.Error()
		}
		got, err := http.DefaultClient.Do(r)
		if err != nil {
			return err.Error()
		}
		defer got.Body.Close()
		b, err := io.ReadAll(got.Body)
		if err != nil {
			return err.Error()
		}
		return string(b)
	}}
	out := filepath.Join(dir, "out")
	if code := mainCode([]string{"run", file, "--metrics-addr", "0", "--progress", "plain", "-o", out}, strings.NewReader(""), io.Discard, l); code != 0 && code != exitUntrusted {
		t.Fatalf("exit code %d:\n%s", code, &l.said)
	}
	folders, err := os.ReadDir(out)
	if err != nil || len(folders) != 1 || len(l.got) != 2 {
		t.Fatalf("%d folders, %v; %d scrapes:\n%s", len(folders), err, len(l.got), &l.said)
	}
	r, err := result.Open(filepath.Join(out, folders[0].Name()))
	if err != nil {
		t.Fatal(err)
	}
	for i, trial := range r.Trials {
		for _, text := range l.got[i:] { // what a trial has counted stays as it is
			for part, c := range map[string]result.Counts{"measured": trial.Counts, "warmup": trial.WarmupCounts} {
				for name, want := range map[string]int64{
					"records_scheduled_total": c.Scheduled, "records_acked_total": c.Acked, "records_failed_total": c.Failed,
					"records_consumed_total": c.Consumed, "response_seconds_count": c.Acked, "lag_seconds_count": c.Scheduled,
				} {
					if got := served(text, name, trial.Case, part); got != want || want == 0 && strings.Contains(name, "acked") {
						t.Errorf("trial %d, %s: %s is %d, and the record has %d:\n%s", i+1, part, name, got, want, text)
					}
				}
			}
		}
		if want := `kbench_run_info{cluster="none",scenario="floor",version="`; !strings.Contains(l.got[i], want) {
			t.Errorf("no %s in\n%s", want, l.got[i])
		}
		if want := "kbench_trial_number " + strconv.Itoa(i+1) + "\n"; !strings.Contains(l.got[i], want) {
			t.Errorf("no %s in\n%s", want, l.got[i])
		}
	}
	if _, err := http.Get(strings.TrimSpace(regexp.MustCompile(`http://\S+`).FindString(l.said.String()))); err == nil {
		t.Error("the metrics are still served after the run")
	}
}

// served returns the value of a metric in Prometheus's text format; -1 where it is not there.
func served(text, name, caseName, part string) int64 {
	line := regexp.MustCompile(`(?m)^kbench_` + name + `\{case="` + regexp.QuoteMeta(caseName) + `",(?:class="",)?part="` + part + `",scenario="floor"\} (\S+)$`).FindStringSubmatch(text)
	if line == nil {
		return -1
	}
	v, err := strconv.ParseFloat(line[1], 64)
	if err != nil {
		return -1
	}
	return int64(v)
}
