package report

import (
	"encoding/csv"
	"slices"
	"strconv"
	"strings"
	"testing"

	"kbench/internal/result"
)

func TestOtava(t *testing.T) {
	t.Parallel()
	invalid := func(t *result.Trial) { t.Verdict = result.Verdict{Trust: result.TrustInvalid, Reasons: []string{"x"}} }
	run := newRun(result.StatusComplete, []string{"acks=1", "acks=all", "acks=0"}, 3,
		newTrial("acks=1", 1), newTrial("acks=1", 2, faster(0.1), invalid), newTrial("acks=1", 3),
		newTrial("acks=all", 1, func(t *result.Trial) { t.Verdict.Trust = result.TrustClientBound }),
		newTrial("acks=0", 1, failed("x")), newTrial("acks=0", 2, invalid),
	)
	r, err := New(run)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(strings.NewReader(render(t, "otava", r))).ReadAll()
	if err != nil || len(rows) != 3 {
		t.Fatalf("got %d rows (%v), want the header and two cases", len(rows), err)
	}
	column := func(row int, name string) string { return rows[row][slices.Index(rows[0], name)] }
	for _, tt := range []struct {
		why, column, first, second string
	}{
		{"the time is the run's", "time", "2026-11-21T02:03:04Z", "2026-11-21T02:03:04Z"},
		{"the case is what Otava tells series apart by", "branch", "acks=1", "acks=all"},
		{"what can't be trusted does not count", "trials", "2", "1"},
		{"a doubt goes along", "trust", "ok", "client_bound"},
		{"what was measured", "kafka", "4.3.0", "4.3.0"},
	} {
		if got := []string{column(1, tt.column), column(2, tt.column)}; got[0] != tt.first || got[1] != tt.second {
			t.Errorf("%s: %s is %q, want %q and %q", tt.why, tt.column, got, tt.first, tt.second)
		}
	}
	want := result.Summarize([]float64{float64(*run.Trials[0].Latency[result.Response].P99Ns), float64(*run.Trials[2].Latency[result.Response].P99Ns)}).Median
	if got, err := strconv.ParseFloat(column(1, "response_p99_ns"), 64); err != nil || got != want {
		t.Errorf("the median of the trials that can be trusted is %v (%v), want %v", got, err, want)
	}
	if got := LeftOut(r); len(got) != 1 || !strings.Contains(got[0], "case acks=0 has no row: none of its trials can be trusted (failed: x)") {
		t.Errorf("got %q, want one line on acks=0", got)
	}
}

// TestOtavaHeader: rows of any runs can stand in one file.
func TestOtavaHeader(t *testing.T) {
	t.Parallel()
	heads := map[string]bool{}
	for _, run := range runs() {
		r, err := New(run)
		if err != nil {
			t.Fatal(err)
		}
		head, _, _ := strings.Cut(render(t, "otava", r), "\n")
		heads[head] = true
	}
	if len(heads) != 1 {
		t.Errorf("there are %d headers, want one", len(heads))
	}
}
