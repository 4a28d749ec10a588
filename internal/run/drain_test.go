package run

import (
	"testing"

	"kbench/internal/scenario"
)

func TestExpected(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		why, workload string
		thresholds    []string
		want          string // metric of the one that counts; empty for none
	}{
		{"none is there", "", nil, ""},
		{"of the whole", "a", []string{"lost == 0", "failed <= 5"}, "failed"},
		{"of this workload", "a", []string{"b.failed <= 5", "a.failed_ratio < 1%"}, "failed_ratio"},
		{"of another", "a", []string{"b.failed <= 5"}, ""},
		{"none may", "", []string{"failed == 0", "failed_ratio <= 0", "failed < 0"}, ""},
		{"just so many", "", []string{"failed == 5"}, "failed"},
		{"some", "", []string{"failed != 0"}, "failed"},
		{"any number", "", []string{"failed >= 0"}, "failed"},
	} {
		var all []scenario.Threshold
		for _, text := range tt.thresholds {
			th, err := scenario.ParseThreshold(text)
			if err != nil {
				t.Fatal(err)
			}
			th.Abort = true
			all = append(all, th)
		}
		got := ""
		if th := expected(all, tt.workload); th != nil {
			got = th.Metric
			if th.Abort {
				t.Errorf("%s: it would stop the load", tt.why)
			}
		}
		if got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.why, got, tt.want)
		}
	}
}
