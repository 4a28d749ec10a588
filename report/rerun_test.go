package report

import (
	"strings"
	"testing"

	"kbench/internal/result"
)

// TestPairsThatWereRunAgain: what was run again, since a trial was invalid, is no reason to distrust what came of it.
func TestPairsThatWereRunAgain(t *testing.T) {
	t.Parallel()
	run := experiment(result.Comparison{Pairs: 8}, 8, 0.01)
	invalid(run.Trials[3])
	for n, name := range []string{"a", "b"} {
		again := newTrial("base", 2, side(4, 2, name), noisy(77+n, 0.01))
		again.Case, again.Repeat = name, 21
		run.Trials = append(run.Trials, again)
	}
	made := func() (r *Report, trust string) {
		r, err := New(run)
		if err != nil {
			t.Fatal(err)
		}
		for _, h := range r.Headlines {
			trust += h.Verdict + ". " + h.Text
		}
		return r, trust
	}
	r, trust := made()
	if want := "Trust: ok. kbench kept up in all 16 trials"; !strings.HasPrefix(trust, want) {
		t.Errorf("%q, want %q", trust, want)
	}
	if !strings.Contains(r.Result.Caption, "8 repeats") {
		t.Errorf("the table's caption is %q; want it to be of 8 repeats", r.Result.Caption)
	}
	invalid(run.Trials[len(run.Trials)-1])
	if _, trust = made(); !strings.HasPrefix(trust, "Trust: invalid") {
		t.Errorf("%q; want the last attempt to count", trust)
	}
}
