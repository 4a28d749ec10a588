package report

import (
	"bytes"
	"strings"
	"testing"

	"kbench/internal/result"
)

func TestAnnotate(t *testing.T) {
	t.Parallel()
	tests := []struct {
		why, file string
		run       *result.Run
		want      string
	}{
		{"all is well", "perf/gate.yaml", newRun(result.StatusComplete, []string{"base"}, 1, newTrial("base", 1, thresholds)), ""},
		{
			"a miss is an error at its line, a doubt a warning", "perf/gate, 100%.yaml", newRun(result.StatusComplete, []string{"base"}, 1, newTrial("base", 1, thresholds, stalled)),
			"::warning title=kbench%3A not to be trusted::acks-tradeoff: base, repeat 1: 2 partitions were under-replicated before the trial\n" +
				"::error file=perf/gate%2C 100%25.yaml,line=20,title=kbench%3A threshold missed::acks-tradeoff: response_p99 <= 20ms held in 0 of 1 trials; worst: ≥ 7.80 ms in base, repeat 1\n" +
				"::error file=perf/gate%2C 100%25.yaml,line=21,title=kbench%3A threshold missed::acks-tradeoff: acked_per_s >= 49k held in 0 of 1 trials; worst: 48.9 k/s in base, repeat 1\n" +
				"::error file=perf/gate%2C 100%25.yaml,line=22,title=kbench%3A threshold missed::acks-tradeoff: lost == 0 held in 0 of 1 trials; worst: 12 in base, repeat 1\n",
		},
		{
			"a built-in scenario has no file, and no line", "", newRun(result.StatusComplete, []string{"base"}, 1, newTrial("base", 1, thresholds, func(t *result.Trial) { t.Counts.Lost = new(int64(1)) })),
			"::error title=kbench%3A threshold missed::acks-tradeoff: lost == 0 held in 0 of 1 trials; worst: 1 in base, repeat 1\n",
		},
		{
			"a failure", "", newRun(result.StatusFailed, []string{"base"}, 1, newTrial("base", 1, failed("90% of it:\nno broker"))),
			"::error title=kbench%3A a trial failed::acks-tradeoff: base, repeat 1: 90%25 of it: no broker.\n",
		},
	}
	for _, tt := range tests {
		r, err := New(tt.run)
		if err != nil {
			t.Fatal(err)
		}
		place := func(threshold string) (string, int) {
			return tt.file, map[string]int{"response_p99 <= 20ms": 20, "acked_per_s >= 49k": 21, "lost == 0": 22}[threshold]
		}
		var got bytes.Buffer
		if err := Annotate(&got, r, place); err != nil {
			t.Fatal(err)
		}
		if got.String() != tt.want {
			t.Errorf("%s: got\n%s\nwant\n%s", tt.why, &got, tt.want)
		}
	}
}

func TestAnnotateComparison(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ verdict, want string }{
		{Pass, ""},
		{Warn, "::warning title=kbench%3A warn::It: 5%25.\n"},
		{Inconclusive, "::warning title=kbench%3A inconclusive::It: 5%25.\n"},
		{Untrusted, "::warning title=kbench%3A untrusted::It: 5%25.\n"},
		{Fail, "::error title=kbench%3A regression::It: 5%25.\n"},
	} {
		var got bytes.Buffer
		if err := AnnotateComparison(&got, &Comparison{Verdict: tt.verdict, Sentence: "It: 5%."}); err != nil || got.String() != tt.want {
			t.Errorf("%s: got %q (%v), want %q", tt.verdict, &got, err, tt.want)
		}
	}
}

// FuzzAnnotation holds that no text begins a command of its own, and that GitHub reads back what was written.
func FuzzAnnotation(f *testing.F) {
	f.Add("a.yaml", "title", "text")
	f.Add("a,line=1::b", "%0A::error::x", "100%\r\n::add-mask::x")
	f.Fuzz(func(t *testing.T, file, title, text string) {
		if !strings.ContainsFunc(file+title, func(r rune) bool { return r == 0xFFFD }) && file != "" {
			var b bytes.Buffer
			if err := annotation(&b, "error", file, 7, title, text); err != nil {
				t.Fatal(err)
			}
			line, rest, _ := strings.Cut(b.String(), "\n")
			if rest != "" {
				t.Fatalf("more than one line: %q", b.String())
			}
			properties, message, ok := strings.Cut(strings.TrimPrefix(line, "::error "), "::")
			parts := strings.Split(properties, ",")
			if !ok || len(parts) != 3 || parts[1] != "line=7" {
				t.Fatalf("read as %q: %q", parts, line)
			}
			back := strings.NewReplacer("%0A", "\n", "%0D", "\r", "%3A", ":", "%2C", ",", "%25", "%").Replace
			if got := back(strings.TrimPrefix(parts[0], "file=")); got != file {
				t.Fatalf("file %q is read as %q", file, got)
			}
			if got := back(message); got != clean(text) {
				t.Fatalf("text %q is read as %q", text, got)
			}
		}
	})
}
