//go:build e2e

package e2e

import (
	"os"
	"path/filepath"
	"testing"
)

// TestScenarios runs built-in scenarios for a second each, at a rate that any machine has, and holds them to what hangs on no
// machine: each trial ends as planned, nothing is lost, and there is a report. Scenarios whose pauses and churn lie at fixed
// instants take longer than a second to be of use, and are left to make gallery.
func TestScenarios(t *testing.T) {
	t.Parallel()
	k := up(t, 1)
	for _, tt := range []struct {
		name  string
		cases string // of its cases these; the others are more of the same
		reads bool   // so that it is known whether anything is lost
		sets  []string
	}{
		{"hot-partition", "records=50%", true, []string{"load.rate=200/s"}},
		{"message-size-sweep", "size=30KB", false, []string{"load.rate=200/s"}},
		{"transactions-cost", "producer=10 each", true, []string{"load.rate=200/s"}},
		{"transactions-cost", "producer=1000 each", true, []string{"load.rate=200/s", "producer.client=sarama", "producer.max_in_flight=1", "consumer.client=sarama"}},
		{"exactly-once", "records=20", true, []string{"load.rate=200/s"}},
		{"many-producers", "count=64", false, []string{"load.rate=1k/s"}},
		{"burst", "variant=[rb]*", true, nil},
		{"noisy-neighbour", "bulk.rate=2k/s", true, []string{"workloads.service.load.rate=100/s", "load.drain=60s"}},
		{"share-group", "protocol=share", true, []string{"load.rate=100/s"}},
	} {
		t.Run(tt.name+" "+tt.cases, func(t *testing.T) {
			out := t.TempDir()
			args := append([]string{"run", tt.name, "--out", out, "--progress", "json", "--only", tt.cases, "--repeats", "1"}, k.on()...)
			for _, set := range append([]string{"load.warmup=0s", "load.measure=1s"}, tt.sets...) {
				args = append(args, "--set", set)
			}
			r := asPlanned(t, running{start(t, args...), out}.finish())
			if len(r.result.Trials) == 0 {
				t.Error("no trial")
			}
			for _, trial := range r.result.Trials {
				if lost := trial.Counts.Lost; tt.reads && !is(lost, 0) {
					t.Errorf("%s: %s records lost, want 0", trial.Case, show(lost))
				}
				if trial.Counts.Acked == 0 {
					t.Errorf("%s: nothing was acked", trial.Case)
				}
			}
			if report, err := os.Stat(filepath.Join(r.folder, "report.md")); err != nil || report.Size() == 0 {
				t.Errorf("the report: %v", err)
			}
		})
	}
}
