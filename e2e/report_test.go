//go:build e2e

package e2e

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kbench/internal/result"
)

const logged = `
name: logged
load: {rate: 2k/s, warmup: 1s, measure: 3s, drain: 10s}
producer: {}
consumer: {}
repeats: 1
`

// histogramLogs proves that the .hlog files are what they claim to be: the Java library that defines the format reads
// them, and finds in them the counts and latencies of the record.
func (k *kafka) histogramLogs(t *testing.T) {
	r := runScenario(t, logged, k.on()...)
	trial := r.trial(t)
	lines := java(t, "HistogramLog.java", filepath.Join(r.folder, "hdr", "base.r1.hlog"), "1")
	if len(lines) != 5 {
		t.Fatalf("Java found %q, want five tags", lines)
	}
	for _, line := range lines {
		var tag string
		var count, p50, p99, most int64
		if _, err := fmt.Sscan(line, &tag, &count, &p50, &p99, &most); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		l := trial.Latency[result.Span(tag)]
		t.Logf("by Java: %s; by kbench: %s", line, latencies(trial, result.Span(tag)))
		if l == nil || l.Count != count {
			t.Errorf("%s: Java counts %d, the record has %+v", tag, count, l)
			continue
		}
		for what, pair := range map[string][2]int64{"p50": {p50, *l.P50Ns}, "p99": {p99, *l.P99Ns}, "max": {most, *l.MaxNs}} {
			if diff := math.Abs(float64(pair[0] - pair[1])); diff > 0.001*float64(pair[1])+1 { // three digits
				t.Errorf("%s: %s is %d ns by Java, %d ns in the record", tag, what, pair[0], pair[1])
			}
		}
	}
}

const small = `
name: small
load: {rate: 1k/s, warmup: 200ms, measure: 1s, drain: 10s}
producer: {}
consumer: {}
matrix: {producer.compression: [none, lz4]}
repeats: 2
`

// reportAgain proves that reports are made from records alone: without the old ones, without histogram logs, and in
// another place, every byte is the same. A figure that lived only in the run, or a path or clock in a report, fails it.
func (k *kafka) reportAgain(t *testing.T) {
	r := runScenario(t, small, k.on()...)
	want := reports(t, r.folder)
	copied := filepath.Join(t.TempDir(), "elsewhere")
	if err := os.CopyFS(copied, os.DirFS(r.folder)); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(filepath.Join(copied, "hdr")); err != nil {
		t.Fatal(err)
	}
	for _, folder := range []string{r.folder, copied} {
		for name := range want {
			if err := os.Remove(filepath.Join(folder, name)); err != nil {
				t.Fatal(err)
			}
		}
		o := start(t, "report", folder).wait()
		if o.code != 0 || o.stdout != r.stdout {
			t.Errorf("kbench report ended with %d, and its table is the run's: %v\n%s", o.code, o.stdout == r.stdout, o.stderr)
		}
		for name, text := range reports(t, folder) {
			if !bytes.Equal(text, want[name]) {
				t.Errorf("%s differs from the one that the run wrote:\n%s\nwant:\n%s", filepath.Join(folder, name), text, want[name])
			}
		}
	}
	if o := start(t, "report", "--format", "csv", "-o", "-", copied).wait(); o.code != 0 || o.stdout != string(want["report.csv"]) {
		t.Errorf("--format csv ended with %d:\n%s%s", o.code, o.stdout, o.stderr)
	}
	if n := strings.Count(string(want["report.csv"]), "\n"); n != 5 {
		t.Errorf("report.csv has %d lines, want a head and four trials", n)
	}
}

// reports reads the reports of a results folder.
func reports(t *testing.T, folder string) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	for _, name := range []string{"report.md", "report.csv", "junit.xml"} {
		text, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil {
			t.Fatal(err)
		}
		files[name] = text
	}
	return files
}
