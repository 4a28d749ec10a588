package report

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"

	"kbench/internal/result"
)

// TestComparisonGoldens holds also that every rendering for people begins with the verdict, and that what is unpaired says so
// everywhere.
func TestComparisonGoldens(t *testing.T) {
	t.Parallel()
	for name, c := range comparisons(t) {
		for format, render := range ComparisonRenderers() {
			if format == "html" { // html_test.go holds it to its parts
				continue
			}
			var b bytes.Buffer
			if err := render(&b, c); err != nil {
				t.Fatal(err)
			}
			file := filepath.Join("testdata", "compared", name+"."+format)
			if flag.Lookup("update").Value.String() == "true" {
				if err := os.WriteFile(file, b.Bytes(), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if b.String() != string(want) {
				t.Errorf("%s is not what is rendered now; look at the difference after go test ./report -update\ngot\n%s", file, b.String())
			}
			first, _, _ := strings.Cut(b.String(), "\n")
			if (format == "md" || format == "text") && !strings.Contains(first, strings.ToUpper(c.Verdict)) {
				t.Errorf("%s begins with %q", file, first)
			}
			if c.Pairing == UnpairedTrials && !strings.Contains(strings.ToLower(b.String()), "unpaired") {
				t.Errorf("%s does not say that it is unpaired", file)
			}
		}
	}
}

func TestComparisonVerdicts(t *testing.T) {
	t.Parallel()
	none := func(t *result.Trial) { delete(t.Latency, result.Response) }
	bound := func(t *result.Trial) { t.Latency[result.Response].AtLeast = []string{"p50", "p99"} }
	drifting := func(t *result.Trial) { t.Steady.Class = "drifting" }
	some := func(c change) change {
		return func(t *result.Trial) {
			if t.Pair.Number%3 == 0 {
				c(t)
			}
		}
	}
	p50 := []result.Gate{{Metric: "response_p50", Margin: 0.05}}
	consuming := experiment(result.Comparison{Pairs: 10}, 10, 0)
	for _, trial := range consuming.Trials {
		consumeOnly(trial)
	}
	for _, tc := range []struct {
		why  string
		run  *result.Run
		want string
		says string
	}{
		{"nothing changed", experiment(result.Comparison{Pairs: 10}, 10, 0.01), Pass, "not worse"},
		{"half as fast again", experiment(result.Comparison{Pairs: 10}, 10, 0.01, faster(0.6)), Fail, "response_p50"},
		{"faster", experiment(result.Comparison{Pairs: 10}, 10, 0.01, faster(2)), Pass, "response_p50"},
		{"at the margin", experiment(result.Comparison{Pairs: 10, Gates: p50}, 10, 0.001, faster(1/1.05)), Warn, "not surely"},
		{"all noise", experiment(result.Comparison{Pairs: 10, Gates: p50}, 10, 0.5), Inconclusive, "pairs needed"},
		{"a default gate without a number is left out", experiment(result.Comparison{Pairs: 10}, 10, 0.01, none), Pass, "acked_per_s"},
		{"one that b alone lacks is not", experiment(result.Comparison{Pairs: 10}, 10, 0.01, none), Untrusted, "response_p50, no pair has it on both sides; response_p99"},
		{"one that some pairs of b lack is not", experiment(result.Comparison{Pairs: 10}, 10, 0.01, some(none)), Untrusted, "response_p50, 3 of 10 pairs have no number: no record of the measured part completed, in a trial of b"},
		{"b's seconds do not stay where they are, and a's do", experiment(result.Comparison{Pairs: 10, Gates: p50}, 10, 0.01, drifting), Inconclusive, "can't be told"},
		{"it may be worse than it looks, and is worse", experiment(result.Comparison{Pairs: 10, Gates: p50}, 10, 0.001, bound, faster(1/1.05)), Inconclusive, "can't be told"},
		{"one that the user chose is not", experiment(result.Comparison{Pairs: 10, Gates: p50}, 10, 0.01, none), Untrusted, "response_p50, no pair"},
		{"no default gate at all", consuming, Untrusted, "there is no gate"},
		{"seven of ten pairs are too few for three gates", experiment(result.Comparison{Pairs: 10}, 6, 0.01), Untrusted, "6 of 10 pairs"},
		{"and six for one", experiment(result.Comparison{Pairs: 10, Gates: p50}, 5, 0.01), Untrusted, "5 of 10 pairs can be used, and 6"},
		{"none has run", experiment(result.Comparison{Pairs: 10}, 0, 0), Untrusted, "0 of 10 pairs can be used, and 7"},
		{"b is worse than a lower bound says", experiment(result.Comparison{Pairs: 10, Gates: p50}, 10, 0.01, bound), Inconclusive, "can't be told"},
		{"b is worse, by a lower bound", experiment(result.Comparison{Pairs: 10, Gates: p50}, 10, 0.01, bound, faster(0.5)), Fail, "response_p50"},
		{"a zero has no ratio", experiment(result.Comparison{Pairs: 10, Gates: []result.Gate{{Metric: "failed_ratio"}}}, 10, 0.01), Untrusted, "a value of 0"},
		{"a metric that does not exist", experiment(result.Comparison{Pairs: 10, Gates: []result.Gate{{Metric: "nosuch"}}}, 10, 0.01), Untrusted, "nosuch"},
	} {
		if tc.want == Pass && tc.says == "acked_per_s" { // a has none either
			for _, trial := range tc.run.Trials {
				none(trial)
			}
		}
		c, err := NewPaired(tc.run.Manifest.Comparison, tc.run.Trials)
		if err != nil {
			t.Errorf("%s: %v", tc.why, err)
			continue
		}
		if c.Verdict != tc.want || !strings.HasPrefix(c.Sentence, strings.ToUpper(tc.want)+": ") || !strings.Contains(c.Sentence, tc.says) {
			t.Errorf("%s: %s, %q; want %s, %q", tc.why, c.Verdict, c.Sentence, tc.want, tc.says)
		}
	}
	lower := experiment(result.Comparison{Pairs: 10, Gates: p50}, 10, 0.01, faster(0.5))
	for _, trial := range lower.Trials[:10] {
		bound(trial)
	}
	if c, err := NewPaired(lower.Manifest.Comparison, lower.Trials); err != nil || c.Verdict != Inconclusive {
		t.Errorf("a is a lower bound, so b may not be worse: %v, %v", c.Verdict, err)
	}
	if _, err := NewPaired(nil, nil); err == nil {
		t.Error("a plain run has no comparison")
	}
	if _, err := NewPaired(&result.Comparison{Pairs: 10, Gates: []result.Gate{{Metric: "acked_per_s", Margin: -1}}}, lower.Trials); err == nil {
		t.Error("a margin below zero was taken")
	}
}

// TestReportHasComparison holds that the report of such a run begins with its answer, in every format for people.
func TestReportHasComparison(t *testing.T) {
	t.Parallel()
	run := experiment(result.Comparison{Pairs: 7}, 7, 0.01, faster(0.5))
	r, err := New(run)
	if err != nil {
		t.Fatal(err)
	}
	if r.Comparison == nil || r.Comparison.Verdict != Fail {
		t.Fatalf("got %+v", r.Comparison)
	}
	for _, format := range []string{"md", "text"} {
		if text := render(t, format, r); !strings.HasPrefix(strings.Trim(text, "*"), "FAIL") {
			t.Errorf("%s begins with %.60q", format, text)
		}
	}
	var again struct{ Comparison Comparison }
	if err := json.Unmarshal([]byte(render(t, "json", r)), &again); err != nil || again.Comparison.Sentence != r.Comparison.Sentence {
		t.Errorf("back from JSON: %+v (%v)", again.Comparison, err)
	}
	rows := again.Comparison.Rows
	if len(rows) < 5 || len(rows[0].Differences) != 7 || rows[0].MinDetectable == nil || rows[0].Metric != "acked_per_s" {
		t.Errorf("back from JSON: %+v", rows)
	}
}

func TestPercent(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		ratio float64
		want  string
	}{
		{1, "0 %"},
		{1.05, "+5 %"},
		{0.95, "-5 %"},
		{1.1234, "+12.3 %"},
		{2.981, "+198 %"},
		{0.99996, "0 %"},
		{1.00004, "0 %"},
		{0.5, "-50 %"},
		{1.0025, "+0.25 %"},
		{0.001, "-99.9 %"},
		{11, "+1000 %"},
	} {
		if got := relative(tc.ratio); got != tc.want {
			t.Errorf("%v: got %q, want %q", tc.ratio, got, tc.want)
		}
	}
}

// TestHostileComparison holds that no text of a record does anything where a comparison is shown.
func TestHostileComparison(t *testing.T) {
	t.Parallel()
	evil := "=cmd|' /C calc'!A0 | <script>alert(1)</script>\n# x \x1b[31m\u202e`a` [b](http://c)"
	run := experiment(result.Comparison{Pairs: 8, A: evil, B: "@" + evil}, 8, 0.01, func(t *result.Trial) {
		if t.Pair.Number == 1 {
			t.Status, t.Failure = result.StatusFailed, evil
		}
	})
	paired, err := NewPaired(run.Manifest.Comparison, run.Trials)
	if err != nil {
		t.Fatal(err)
	}
	apart, err := NewStored(stored(evil, repeats(evil, 4, 0.1)...), stored("x"+evil, repeats(evil, 4, 0.1)...), nil, false)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []*Comparison{paired, apart} {
		for format, render := range ComparisonRenderers() {
			var b bytes.Buffer
			if err := render(&b, c); err != nil {
				t.Fatal(err)
			}
			if format == "html" {
				before, _, _ := strings.Cut(b.String(), "<script>") // the library and the script are not of records
				b.Reset()
				b.WriteString(before)
			}
			for _, r := range b.String() {
				if format != "json" && r != '\n' && !unicode.IsPrint(r) {
					t.Errorf("%s: has %U", format, r)
				}
			}
			if format == "md" && (strings.Contains(b.String(), "<script") && !strings.Contains(b.String(), `\<script`) || strings.Contains(b.String(), "http://")) {
				t.Errorf("md is not inert: %s", b.String())
			}
			if format != "csv" {
				continue
			}
			rows, err := csv.NewReader(&b).ReadAll()
			if err != nil || len(rows) != len(c.Rows)+1 {
				t.Fatalf("csv: %d rows (%v), want %d", len(rows), err, len(c.Rows)+1)
			}
			for _, row := range rows {
				for _, cell := range row {
					if cell != "" && strings.ContainsRune("=+@", rune(cell[0])) {
						t.Errorf("csv: a spreadsheet computes %q", cell)
					}
				}
			}
		}
	}
}
