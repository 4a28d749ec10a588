package report

import (
	"strings"
	"testing"
	"unicode/utf8"

	"kbench/internal/result"
)

// TestMarkdownFits holds report.md to what a pull request takes, whatever the records have, and to saying what it leaves out.
func TestMarkdownFits(t *testing.T) {
	t.Parallel()
	wide := strings.Repeat("𝄞|", 400)
	clients := func(t *result.Trial) { t.Breakdown = breakdown("confluent", 1) }
	var names []string
	var trials []*result.Trial
	for i := range 25 {
		names = append(names, "acks="+strings.Repeat("x", i+1))
		trials = append(trials, newTrial(names[i], 1, clients, killed(3e9, new(int64(4)))), newTrial(names[i], 2, clients, killed(4e9, nil)))
	}
	for _, tt := range []struct {
		why  string
		run  *result.Run
		says []string // nil: nothing is left out
	}{
		{"a few cases", acksRun(), nil},
		{"a hundred trials", manySeconds(100, 34), []string{"No picture: 34 cases"}},
		{"a thousand trials", manySeconds(1000, 334), []string{"No picture: 334 cases", "more: report.html has them"}},
		{"a thousand cases", manySeconds(1000, 1000), []string{"No picture: 1000 cases", "more: report.html has them"}},
		{"brokers and faults of each", newRun(result.StatusComplete, names, 2, trials...), []string{"more: report.html has them"}},
		{"much to say of each", doubtful(300, "", 0), []string{"more: report.html has them"}},
		{"long names", doubtful(25, wide, 0), []string{"more: report.html has them"}},
		{"many warnings", doubtful(3, wide, 500), []string{"- and 4"}},
		{"pairs", experiment(result.Comparison{Pairs: 60, A: wide, B: wide}, 60, 0.3), nil},
		{"a search", searchRun(), nil},
	} {
		r, err := New(tt.run)
		if err != nil {
			t.Fatal(err)
		}
		text := render(t, "md", r)
		if len(text) > markdownLimit || !utf8.ValidString(text) {
			t.Errorf("%s: %d bytes", tt.why, len(text))
		}
		for _, says := range tt.says {
			if !strings.Contains(text, says) {
				t.Errorf("%s: it does not say %q", tt.why, says)
			}
		}
		if left := strings.Contains(text, "report.html has them") || strings.Contains(text, "Left out of"); left && tt.says == nil {
			t.Errorf("%s: something is left out", tt.why)
		}
		t.Logf("%s: %d bytes", tt.why, len(text))
	}
}

// TestBounded holds the form of what is cut.
func TestBounded(t *testing.T) {
	t.Parallel()
	columns := []Column{{Head: "case"}, {Head: "rate", Metric: "acked_per_s"}}
	rows := [][]string{{"a", "1"}, {"a long name", "2"}, {"c", "3"}}
	write := func(fill func(*bounded)) string {
		b, out := &bounded{more: ", elsewhere"}, &strings.Builder{}
		fill(b)
		if err := b.write(out, "left: %s\n"); err != nil {
			t.Fatal(err)
		}
		return out.String()
	}
	long := strings.Repeat("x", markdownLimit)
	for _, tt := range []struct {
		why  string
		fill func(*bounded)
		want string
	}{
		{"a table with room lines up", func(b *bounded) { b.table("t", columns, rows, 1000) }, "| case        | rate |\n| ----------- | ---: |\n| a           |    1 |\n| a long name |    2 |\n| c           |    3 |\n"},
		{"with less it does not", func(b *bounded) { b.table("t", columns, rows, 75) }, "| case | rate |\n| --- | --: |\n| a | 1 |\n| a long name | 2 |\n| c | 3 |\n"},
		{"with little it is cut", func(b *bounded) { b.table("t", columns, rows, 45) }, "| case | rate |\n| --- | --: |\n| a | 1 |\n\nand 2 more, elsewhere\n"},
		{"lines that fit", func(b *bounded) { b.lines("l", []string{"- a\n", "- b\n"}, 8) }, "- a\n- b\n"},
		{"lines that don't", func(b *bounded) { b.lines("l", []string{"- a\n", "- b\n", "- c\n"}, 7) }, "- a\n- and 2 more, elsewhere\n"},
		{"a part that is too long is named, once, and a later one that fits is not", func(b *bounded) {
			b.add("long", long)
			b.add("long", long)
			b.add("short", "y\n")
		}, "y\nleft: long\n"},
	} {
		if got := write(tt.fill); got != tt.want {
			t.Errorf("%s: got\n%s\nwant\n%s", tt.why, got, tt.want)
		}
	}
}
