package report

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"kbench/internal/driver"
	"kbench/internal/result"
)

func TestVerdict(t *testing.T) {
	t.Parallel()
	one := func(changes ...change) *result.Run {
		return newRun(result.StatusComplete, []string{"base"}, 1, newTrial("base", 1, changes...))
	}
	lostOne := func(t *result.Trial) { t.Counts.Lost = new(int64(1)) }
	for _, tt := range []struct {
		why  string
		run  *result.Run
		want string
		tone string
	}{
		{"no thresholds are no pass", one(), "measured; no thresholds are set", ""},
		{"all held", one(thresholds), "all 3 thresholds held", toneGood},
		{"with acks 1 a loss may be, and misses a threshold", one(thresholds, acks(driver.AcksLeader), lostOne), "1 of 3 thresholds missed", toneBad},
		{"a promise was broken, whatever the thresholds say", one(lostOne), "integrity violated", toneBad},
		{"doubt comes before what the numbers say", one(thresholds, stalled), "1 of 1 trials can't be trusted", toneBad},
		{"a failure comes before doubt", newRun(result.StatusFailed, []string{"base"}, 2, newTrial("base", 1, stalled), newTrial("base", 2, failed("x"))), "1 of 2 trials failed", toneBad},
		{"an interruption comes before all", newRun(result.StatusInterrupted, []string{"base"}, 2, newTrial("base", 1, failed("x"))), "interrupted", toneWarn},
		{"still going, or killed", newRun(result.StatusRunning, []string{"base"}, 2, newTrial("base", 1)), "unfinished", toneWarn},
		{"a comparison's own verdict", experiment(result.Comparison{Pairs: 10}, 10, 0.01, faster(1/1.3)), "fail", toneBad},
		{"a pass too", experiment(result.Comparison{Pairs: 10}, 10, 0.01), "pass", toneGood},
		{"what a comparison could not use does not fail it again", experiment(result.Comparison{Pairs: 8}, 10, 0.01, func(t *result.Trial) {
			if t.Pair.Number == 1 {
				invalid(t)
			}
		}), "pass", toneGood},
		{"nothing at all", newRun(result.StatusComplete, []string{"base"}, 1), "nothing was measured", toneWarn},
	} {
		r, err := New(tt.run)
		if err != nil {
			t.Fatal(err)
		}
		if got, tone := r.verdict(); got != tt.want || tone != tt.tone {
			t.Errorf("%s: got %q, %q; want %q, %q", tt.why, got, tone, tt.want, tt.tone)
		}
	}
}

// doubtful is a run of so many cases, with much to say of each, and warnings of its own.
func doubtful(n int, name string, warnings int) *result.Run {
	var cases []string
	var trials []*result.Trial
	for i := range n {
		c := fmt.Sprintf("acks=%d%s", i, name)
		cases = append(cases, c)
		trials = append(trials, newTrial(c, 1, thresholds, func(t *result.Trial) { t.Warnings = []string{c} }), newTrial(c, 2, thresholds, stalled))
	}
	run := newRun(result.StatusComplete, cases, 2, trials...)
	for range warnings {
		run.Warnings = append(run.Warnings, name)
	}
	return run
}

// TestCommentFits holds comments to the limit, whatever the records have.
func TestCommentFits(t *testing.T) {
	t.Parallel()
	wide := strings.Repeat("𝄞|", 400)
	for _, tt := range []struct {
		why  string
		run  *result.Run
		left bool // something does not fit
	}{
		{"a few cases", doubtful(9, "", 0), false},
		{"many cases", doubtful(300, "", 0), true},
		{"long names, each rune of which needs four bytes and each second one a backslash", doubtful(25, wide, 0), true},
		{"many warnings", doubtful(3, wide, 500), true},
	} {
		r, err := New(tt.run)
		if err != nil {
			t.Fatal(err)
		}
		text := render(t, "comment", r)
		if len(text) > markdownLimit {
			t.Errorf("%s: %d bytes", tt.why, len(text))
		}
		if !utf8.ValidString(text) || strings.Count(text, "<details>") != strings.Count(text, "</details>") {
			t.Errorf("%s: cut where it may not be", tt.why)
		}
		if left := strings.Contains(text, " more\n") || strings.Contains(text, "Too long for a comment"); left != tt.left {
			t.Errorf("%s: something is said to be left out: %v\n%s", tt.why, left, clip(text, 3000))
		}
	}
}

// TestCommentOfComparison: the comparison comes first, and what follows is not taken for a part of what is folded.
func TestCommentOfComparison(t *testing.T) {
	t.Parallel()
	r, err := New(experiment(result.Comparison{Pairs: 10}, 10, 0.01, faster(1/1.3)))
	if err != nil {
		t.Fatal(err)
	}
	text := render(t, "comment", r)
	if !strings.Contains(text, "\n**FAIL**: b is worse than a by more than the margin: response_p50 +") {
		t.Errorf("the sentence is not there:\n%s", text)
	}
	if strings.Index(text, "| gate |") > strings.Index(text, "- **Trust") || !strings.Contains(text, "</details>\n\n- **") {
		t.Errorf("not in order:\n%s", text)
	}
}

func TestCommentMark(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ why, name, want string }{
		{"a name", "acks-tradeoff", "<!-- kbench acks-tradeoff -->\n"},
		{"a name that would end the comment", "x --> <b>", "<!-- kbench x______b_ -->\n"},
	} {
		r, err := New(newRun(result.StatusComplete, []string{"base"}, 1, newTrial("base", 1, func(t *result.Trial) { t.Scenario = tt.name })))
		if err != nil {
			t.Fatal(err)
		}
		if got := render(t, "comment", r); !strings.HasPrefix(got, tt.want) {
			t.Errorf("%s: got %q, want %q", tt.why, clip(got, 60), tt.want)
		}
	}
}
