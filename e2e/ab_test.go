//go:build e2e

package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"kbench/internal/result"
	"kbench/report"
)

const sides = `
name: sides
load: {rate: 2k/s, warmup: 500ms, measure: 1s, drain: 10s}
producer: {linger: 5ms}
`

// startAB starts kbench ab with the text of a scenario.
func startAB(t *testing.T, scenario string, flags ...string) running {
	t.Helper()
	dir := t.TempDir()
	file, out := filepath.Join(dir, "scenario.yaml"), filepath.Join(dir, "results")
	if err := os.WriteFile(file, []byte(scenario), 0o644); err != nil {
		t.Fatal(err)
	}
	return running{start(t, append([]string{"ab", file, "--out", out, "--progress", "json"}, flags...)...), out}
}

// answer judges the pairs of a run of kbench ab.
func (r run) answer(t *testing.T) *report.Comparison {
	t.Helper()
	c, err := report.NewPaired(r.result.Manifest.Comparison, r.result.Trials)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// ab proves that kbench ab finds a difference that is there, none that is not, and says so by its exit code; and that it leaves a
// readable part when it is interrupted. What the machine spoils it must call untrusted.
func (k *kafka) ab(t *testing.T) {
	for _, tt := range []struct {
		name  string
		flags []string
		want  string
		code  int
	}{
		{"20 ms of linger", []string{"--gate", "response_p50=5%", "--b", "producer.linger=20ms"}, report.Fail, 1},
		{"the same", []string{"--gate", "response_p50=50%"}, report.Pass, 0},
		{"half of the records", []string{"--gate", "acked_per_s=5%", "--b", "load.rate=1k/s"}, report.Fail, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := startAB(t, sides, k.on(append(tt.flags, "--pairs", "6", "--rest", "100ms")...)...).finish()
			answer := r.answer(t)
			t.Logf("%s Exit %d, %d trials", answer.Sentence, r.code, len(r.result.Trials))
			if answer.Verdict == report.Untrusted && r.code == 4 {
				return // the machine was busy with something else, three times in a pair
			}
			if answer.Verdict != tt.want || r.code != tt.code {
				t.Errorf("%s, exit %d; want %s and %d:\n%s", answer.Verdict, r.code, tt.want, tt.code, r.stdout)
			}
		})
	}
	t.Run("interrupted", func(t *testing.T) {
		c := startAB(t, sides, k.on()...)
		c.await("its third trial", func(p progress) bool { return p.Trial == 3 && p.Phase == "" })
		c.signal(syscall.SIGINT)
		r := c.finish()
		if r.code != 130 || r.result.Manifest.Status != result.StatusInterrupted || len(r.result.Trials) < 2 {
			t.Errorf("exit %d, %s, %d trials; want 130, interrupted, and the two that were whole", r.code, r.result.Manifest.Status, len(r.result.Trials))
		}
		if text := string(reports(t, r.folder)["report.md"]); !strings.Contains(text, "nterrupted") {
			t.Errorf("the report does not say so:\n%s", text)
		}
	})
}
