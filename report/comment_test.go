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
	}{
		{"no thresholds are no pass", one(), "measured; no thresholds are set"},
		{"all held", one(thresholds), "all 3 thresholds held"},
		{"with acks 1 a loss may be, and misses a threshold", one(thresholds, acks(driver.AcksLeader), lostOne), "1 of 3 thresholds missed"},
		{"a promise was broken, whatever the thresholds say", one(lostOne), "integrity violated"},
		{"doubt comes before what the numbers say", one(thresholds, stalled), "1 of 1 trials can't be trusted"},
		{"a failure comes before doubt", newRun(result.StatusFailed, []string{"base"}, 2, newTrial("base", 1, stalled), newTrial("base", 2, failed("x"))), "1 of 2 trials failed"},
		{"an interruption comes before all", newRun(result.StatusInterrupted, []string{"base"}, 2, newTrial("base", 1, failed("x"))), "interrupted"},
		{"still going, or killed", newRun(result.StatusRunning, []string{"base"}, 2, newTrial("base", 1)), "unfinished"},
		{"a comparison's own verdict", experiment(result.Comparison{Pairs: 10}, 10, 0.01, faster(1/1.3)), "fail"},
		{"a pass too", experiment(result.Comparison{Pairs: 10}, 10, 0.01), "pass"},
		{"what a comparison could not use does not fail it again", experiment(result.Comparison{Pairs: 8}, 10, 0.01, func(t *result.Trial) {
			if t.Pair.Number == 1 {
				invalid(t)
			}
		}), "pass"},
		{"nothing at all", newRun(result.StatusComplete, []string{"base"}, 1), "nothing was measured"},
	} {
		r, err := New(tt.run)
		if err != nil {
			t.Fatal(err)
		}
		if got := r.verdict(); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.why, got, tt.want)
		}
	}
}

// TestCommentFits holds comments to the limit, whatever the records have.
func TestCommentFits(t *testing.T) {
	t.Parallel()
	many := func(n int, name string) *result.Run {
		var cases []string
		var trials []*result.Trial
		for i := range n {
			c := fmt.Sprintf("acks=%d%s", i, name)
			cases = append(cases, c)
			trials = append(trials, newTrial(c, 1, thresholds, func(t *result.Trial) { t.Warnings = []string{c} }), newTrial(c, 2, thresholds, stalled))
		}
		return newRun(result.StatusComplete, cases, 2, trials...)
	}
	wide := strings.Repeat("𝄞|", 400)
	doubtful := many(3, wide)
	for range 500 {
		doubtful.Warnings = append(doubtful.Warnings, wide)
	}
	for _, tt := range []struct {
		why  string
		run  *result.Run
		left bool // something does not fit
	}{
		{"a few cases", many(9, ""), false},
		{"many cases", many(300, ""), true},
		{"long names, each rune of which needs four bytes and each second one a backslash", many(25, wide), true},
		{"many warnings", doubtful, true},
	} {
		r, err := New(tt.run)
		if err != nil {
			t.Fatal(err)
		}
		text := render(t, "comment", r)
		if len(text) > commentLimit {
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
