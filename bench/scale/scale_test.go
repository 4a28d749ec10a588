package main

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"kbench/bench/lab"
	"kbench/internal/result"
)

// TestGenerate makes a result of the real one that is kept, and reads it back.
func TestGenerate(t *testing.T) {
	t.Parallel()
	records, err := filepath.Glob("../../results/*/records/*.json")
	if err != nil || len(records) == 0 {
		t.Fatalf("no real record to begin with: %v", err)
	}
	b, err := os.ReadFile(records[0])
	if err != nil {
		t.Fatal(err)
	}
	var seed result.Trial
	if err := json.Unmarshal(b, &seed); err != nil {
		t.Fatal(err)
	}
	path, err := generate(t.TempDir(), &seed, 3, 100)
	if err != nil {
		t.Fatal(err)
	}
	run, err := result.Open(path)
	if err != nil || len(run.Trials) != 3 || len(run.Warnings) != 0 || run.Manifest.Status != result.StatusComplete {
		t.Fatalf("%d trials, warnings %q, %v; want 3 without any", len(run.Trials), run.Warnings, err)
	}
	for _, trial := range run.Trials {
		if w := trial.Windows; len(w) != 100 || w[99].Index != 99 || w[99].Scheduled != seed.Windows[99%len(seed.Windows)].Scheduled {
			t.Errorf("repeat %d has %d windows, or not those of the real record in turn", trial.Repeat, len(w))
		}
	}
	if size, err := bytesIn(path); err != nil || size < 3*100*50 {
		t.Errorf("%d bytes, %v", size, err)
	}
}

func TestGrown(t *testing.T) {
	t.Parallel()
	at := func(mib ...int64) (samples []sample) {
		for i, m := range mib {
			samples = append(samples, sample{time.Duration(i+1) * 10 * time.Second, m << 20})
		}
		return samples
	}
	for _, tc := range []struct {
		why      string
		samples  []sample
		from, to int64 // MiB
		bad      bool
	}{
		{"what it takes to settle is no growth", at(10, 50, 80, 90, 95, 100, 100, 100, 100, 101), 100, 101, false},
		{"a peak at the end is chance", at(append(append([]int64{10, 50, 80, 90, 95}, slices.Repeat([]int64{100}, 34)...), 150)...), 100, 100, false},
		{"a leak", at(10, 50, 80, 90, 95, 100, 110, 120, 130, 140), 100, 140, false},
		{"too short a run", at(10, 20), 0, 0, true},
		{"no samples at all", nil, 0, 0, true},
	} {
		from, to, err := grown(tc.samples, time.Minute)
		if (err != nil) != tc.bad || !tc.bad && (from>>20 != tc.from || to>>20 != tc.to) {
			t.Errorf("%s: from %d to %d, %v", tc.why, from, to, err)
		}
	}
}

// TestWatch samples this process, and one that has ended.
func TestWatch(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("only Linux tells the memory of another process in a file")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if samples := watch(ctx, os.Getpid(), time.Millisecond); len(samples) == 0 || samples[0].bytes < 1<<20 {
		t.Errorf("of a process that runs: %v", samples)
	}
	ended := exec.Command("true")
	if err := ended.Run(); err != nil {
		t.Fatal(err)
	}
	if samples := watch(t.Context(), ended.Process.Pid, time.Millisecond); len(samples) != 0 {
		t.Errorf("of a process that has ended: %v", samples)
	}
}

func TestTable(t *testing.T) {
	t.Parallel()
	table := newTable("a", "b")
	table.add("1", median([]float64{3, 1, 2}, 1))
	table.add("2", median(nil, 1))
	if got, want := table.markdown(), "| a | b |\n|---|---|\n| 1 | 2.0 |\n| 2 | not known |\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestFlags(t *testing.T) {
	t.Parallel()
	for why, args := range map[string]string{
		"no trial at all":          "-repeats 0",
		"nothing is measured":      "-measure 0s",
		"too short to be settled":  "-soak 1s",
		"less than a minute":       "-windows 59",
		"no part of that name":     "-only consumers",
		"no program":               "-kbench /no/such/program",
		"a flag that is not there": "-pairs 6",
	} {
		err := run(t.Context(), strings.Fields(args), &strings.Builder{})
		if err == nil || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: got %v, want an error of one line", why, err)
		}
	}
}

// TestPage holds the page that the program writes into against the section that it looks for, one a part.
func TestPage(t *testing.T) {
	t.Parallel()
	page := filepath.Join(t.TempDir(), "page.md")
	b, err := os.ReadFile("../../docs/performance.md")
	if err != nil || os.WriteFile(page, b, 0o644) != nil {
		t.Fatal(err)
	}
	for _, p := range new(scale).parts() {
		if err := lab.WriteSection(page, p.section(), "figures"); err != nil {
			t.Error(err)
		}
	}
}
