package report

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"flag"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode"

	"kbench/internal/result"
)

// noisy multiplies latencies, CPU and throughput by what a machine does: other numbers for another seed, and the same for the same.
func noisy(seed int, by float64) change {
	return func(t *result.Trial) {
		r := rand.New(rand.NewPCG(uint64(seed), 3))
		faster(math.Exp(-by * r.NormFloat64()))(t)
		t.Rates.AckedPerS *= math.Exp(by / 10 * r.NormFloat64())
		cpu := *t.Cost.CPUNsPerRecord * math.Exp(by*r.NormFloat64())
		t.Cost.CPUNsPerRecord = &cpu
	}
}

func side(number, attempt int, name string) change {
	return func(t *result.Trial) { t.Pair = &result.Pair{Number: number, Attempt: attempt, Side: name} }
}

func invalid(t *result.Trial) {
	t.Verdict = result.Verdict{Trust: result.TrustInvalid, Reasons: []string{"the host took 9 % of the machine's CPU time away (limit 2 %)"}}
}

// experiment is a run of kbench ab with so many pairs, all with the changes of side b.
func experiment(declared result.Comparison, pairs int, noise float64, ofB ...change) *result.Run {
	if declared.Gates == nil {
		declared.Gates = DefaultGates()
	}
	if declared.A == "" {
		declared.A, declared.B = "producer.linger=5ms", "producer.linger=10ms"
	}
	var trials []*result.Trial
	for _, name := range []string{"a", "b"} {
		for n := 1; n <= pairs; n++ {
			changes := []change{side(n, 1, name), noisy(2*n+len(name)*int(name[0]), noise)}
			if name == "b" {
				changes = append(changes, ofB...)
			}
			t := newTrial("base", 2, changes...) // the same wobble for all
			t.Case, t.Repeat = name, n
			trials = append(trials, t)
		}
	}
	run := newRun(result.StatusComplete, []string{"a", "b"}, pairs, trials...)
	run.Manifest.Comparison = &declared
	return run
}

// repeats are so many trials of a case.
func repeats(name string, n int, noise float64, changes ...change) (trials []*result.Trial) {
	for repeat := 1; repeat <= n; repeat++ {
		t := newTrial(name, repeat, append([]change{noisy(repeat+10*len(name), noise), acks("1")}, changes...)...)
		t.Position = 2*repeat - len(name)%2
		trials = append(trials, t)
	}
	return trials
}

// stored is a result of its own, of another day.
func stored(name string, trials ...*result.Trial) Stored {
	return Stored{Name: name, Run: &result.Run{
		Manifest: result.Manifest{Schema: result.Schema, Name: name, Status: result.StatusComplete, Start: name, Kbench: "v0.3.0"}, Trials: trials,
	}}
}

// comparisons are those of the goldens, by name.
func comparisons(t *testing.T) map[string]*Comparison {
	t.Helper()
	must := func(c *Comparison, err error) *Comparison {
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	ab := func(run *result.Run) *Comparison { return must(NewPaired(run.Manifest.Comparison, run.Trials)) }
	bad := experiment(result.Comparison{Pairs: 10}, 10, 0.01, faster(0.8))
	invalid(bad.Trials[3])
	again := newTrial("base", 2, side(4, 2, "a"), noisy(77, 0.01))
	pair := newTrial("base", 2, side(4, 2, "b"), noisy(78, 0.01), faster(0.8))
	again.Case, again.Repeat, pair.Case, pair.Repeat = "a", 21, "b", 21
	bad.Trials = append(bad.Trials, again, pair)
	bad.Trials[5].Status, bad.Trials[5].Failure = result.StatusFailed, "no broker answered"
	bad.Trials[12].Verdict.Trust = result.TrustClientBound
	few := experiment(result.Comparison{Pairs: 8}, 8, 0.01)
	invalid(few.Trials[0])
	invalid(few.Trials[1])
	open := experiment(result.Comparison{Pairs: 10, Extend: true}, 20, 0.3)
	same := experiment(result.Comparison{Pairs: 7, A: "as it is", B: "as it is"}, 7, 0.01)
	night := func(name string, slower float64) Stored {
		return stored(name, slices.Concat(repeats("acks=1", 6, 0.01, faster(1/slower)), repeats("acks=all", 6, 0.01))...)
	}
	oneRun := stored("run", slices.Concat(repeats("a", 10, 0.01), repeats("bb", 10, 0.01, faster(1.2)))...)
	of := func(name string) Stored {
		s := oneRun
		s.Name, s.Case = "run:"+name, name
		return s
	}
	broken := stored("broken", repeats("acks=1", 4, 0.01, func(t *result.Trial) {
		t.Plan.Producer.Linger *= 2
		t.Host.Kernel, t.Fingerprint, t.Cluster.Version = "6.19.0", "else", "4.4.0"
		if t.Repeat == 4 {
			invalid(t)
		}
	})...)
	return map[string]*Comparison{
		"ab-pass":          ab(same),
		"ab-fail":          ab(bad),
		"ab-untrusted":     ab(few),
		"ab-extended":      ab(open),
		"stored-cases":     must(NewStored(night("monday", 1), night("tuesday", 1.5), nil, false)),
		"stored-few":       must(NewStored(night("monday", 1), broken, []result.Gate{{Metric: "response_p99", Margin: 0.1}}, true)),
		"stored-one-run":   must(NewStored(of("a"), of("bb"), nil, false)),
		"stored-one-other": must(NewStored(of("bb"), of("a"), []result.Gate{{Metric: "response_p50", Margin: 0.05}, {Metric: "response_p999", Margin: 2}}, false)),
	}
}

// TestComparisonGoldens holds also that every rendering for people begins with the verdict, and that what is unpaired says so
// everywhere.
func TestComparisonGoldens(t *testing.T) {
	t.Parallel()
	for name, c := range comparisons(t) {
		for format, render := range ComparisonRenderers() {
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
			if (format == "md" || format == "terminal") && !strings.Contains(first, strings.ToUpper(c.Verdict)) {
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

func TestStoredRefused(t *testing.T) {
	t.Parallel()
	good := stored("x", repeats("acks=1", 5, 0.01)...)
	two := stored("x", slices.Concat(repeats("acks=1", 5, 0.01), repeats("acks=all", 5, 0.01))...)
	named := func(s Stored, name string) Stored { s.Case = name; return s }
	other := func(changes ...change) Stored { return stored("y", repeats("acks=1", 5, 0.01, changes...)...) }
	for _, tc := range []struct {
		why        string
		base, head Stored
		want       string
	}{
		{"another Kafka", good, other(func(t *result.Trial) { t.Fingerprint, t.Cluster.Version = "f", "4.4.0" }), "cluster kafka 4.3.0 against kafka 4.4.0; --allow-different"},
		{"another machine", good, other(func(t *result.Trial) { t.Fingerprint, t.Host.CPUs, t.Host.CPUModel = "f", 4, "" }), "CPU AMD EPYC 7763 against unknown, CPUs 8 against 4"},
		{"nobody knows what", good, other(func(t *result.Trial) { t.Fingerprint = "f" }), "fingerprint 5f2c9a10 against f"},
		{"a machine that changed meanwhile", good, other(func(t *result.Trial) {
			if t.Repeat == 2 {
				t.Fingerprint, t.Host.GOGC = "f", "50"
			}
		}), "GOGC 100 against 100 and 50"},
		{"no such case", good, named(two, "acks=2"), "there is no case acks=2, but acks=1, acks=all"},
		{"no case in both", stored("z", slices.Concat(repeats("p", 5, 0), repeats("q", 5, 0))...), two, "no case is in both (p, q; acks=1, acks=all)"},
		{"the same", two, two, "they are the same trials"},
		{"the same case", named(two, "acks=1"), named(two, "acks=1"), "they are the same trials"},
		{"a case with all of its run", named(two, "acks=1"), two, "they are the same trials"},
		{"nothing there", good, stored("y"), "it has no record"},
		{"steps of a search", good, other(func(t *result.Trial) { t.Search = &result.Search{Number: 1} }), "of a search"},
		{"no run", good, Stored{Name: "y"}, "no run"},
	} {
		if _, err := NewStored(tc.base, tc.head, nil, false); err == nil || !strings.Contains(err.Error(), tc.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: got %v, want %q", tc.why, err, tc.want)
		}
	}
	if c, err := NewStored(good, other(invalid), nil, false); err != nil || c.Verdict != Untrusted || c.LeftOut != 5 {
		t.Errorf("nothing that can be trusted: %+v, %v", c, err)
	}
}

// TestStoredPairs holds when the trials of one run are pairs.
func TestStoredPairs(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		why    string
		change change
		want   string
	}{
		{"round by round", func(*result.Trial) {}, PairedTrials},
		{"one case after the other", func(t *result.Trial) { t.Position = len(t.Case)*10 + t.Repeat }, UnpairedTrials},
		{"a record of an older form knows no position", func(t *result.Trial) { t.Position = 0 }, UnpairedTrials},
	} {
		s := stored("run", slices.Concat(repeats("a", 8, 0.01, tc.change), repeats("bb", 8, 0.01, tc.change))...)
		for _, trial := range s.Run.Trials {
			tc.change(trial)
		}
		base, head := s, s
		base.Case, head.Case = "a", "bb"
		c, err := NewStored(base, head, nil, false)
		if err != nil || c.Pairing != tc.want {
			t.Errorf("%s: %+v, %v", tc.why, c, err)
		}
	}
	for _, tc := range []struct {
		why      string
		pairs    int
		spoiled  int
		want     string
		sentence string
	}{
		{"three repeats say too little", 3, 0, Inconclusive, "response_p50, 3 pairs have it, and 6 are needed"},
		{"six that can't be trusted all are another matter", 6, 1, Untrusted, "5 pairs of 6 can be used"},
		{"none that can", 3, 3, Untrusted, "0 trials of base"},
		{"enough, and better", 7, 0, Pass, "not worse"},
	} {
		s := stored("run", slices.Concat(repeats("a", tc.pairs, 0.01), repeats("bb", tc.pairs, 0.01, faster(2)))...)
		for _, trial := range s.Run.Trials[:tc.spoiled] {
			invalid(trial)
		}
		base, head := s, s
		base.Case, head.Case = "a", "bb"
		c, err := NewStored(base, head, nil, false)
		if err != nil || c.Verdict != tc.want || !strings.Contains(c.Sentence, tc.sentence) {
			t.Errorf("%s: got %s, %q (%v); want %s, %q", tc.why, c.Verdict, c.Sentence, err, tc.want, tc.sentence)
		}
	}
}

func TestParseGate(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		text string
		want float64
		err  string
	}{
		{"response_p99=10%", 0.10, ""},
		{"response_p99", 0.10, ""},
		{"response_p9999", 0.10, ""},
		{"e2e_max", 0.10, ""},
		{"response_p50", 0.05, ""},
		{"response_p95", 0.05, ""},
		{"acked_per_s", 0.05, ""},
		{"acked_per_s=0%", 0, ""},
		{"cpu_ns_per_record=2.5%", 0.025, ""},
		{"response_p50=1000%", 10, ""},
		{"response_p50=1001%", 0, "as bad as it likes"},
		{"acked_per_s=100%", 0, "as bad as it likes"},
		{"response_p99=10", 0, "no margin"},
		{"response_p99=", 0, "no margin"},
		{"response_p99=%", 0, "no margin"},
		{"response_p99=-1%", 0, "no margin"},
		{"response_p99=1e1%", 0, "no margin"},
		{"response_p99=NaN%", 0, "no margin"},
		{"response_p99 = 5%", 0, "not a metric"},
		{"nosuch", 0, "not a metric"},
		{"", 0, "not a metric"},
		{"offered_per_s", 0, "neither better nor worse"},
		{"lost", 0, "lost == 0"},
		{"queue_full=5%", 0, "count"},
	} {
		got, err := ParseGate(tc.text)
		if tc.err != "" {
			if err == nil || !strings.Contains(err.Error(), tc.err) {
				t.Errorf("%q: got %v, want %q", tc.text, err, tc.err)
			}
			continue
		}
		if name, _, _ := strings.Cut(tc.text, "="); err != nil || got.Metric != name || math.Abs(got.Margin-tc.want) > 1e-15 {
			t.Errorf("%q: got %+v (%v), want %v", tc.text, got, err, tc.want)
		}
	}
}

func FuzzParseGate(f *testing.F) {
	f.Add("response_p99=10%")
	f.Add("acked_per_s=99.9%")
	f.Fuzz(func(t *testing.T, s string) {
		g, err := ParseGate(s)
		if err != nil {
			if strings.Contains(err.Error(), "\n") {
				t.Fatalf("%q: two lines: %v", s, err)
			}
			return
		}
		m, ok := result.Lookup(g.Metric)
		if !ok || !(g.Margin >= 0 && g.Margin <= maxMargin) || m.Better > 0 && g.Margin >= 1 || m.Better == 0 {
			t.Fatalf("%q: %+v", s, g)
		}
	})
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

// TestMeans holds the geometric means against a way of their own.
func TestMeans(t *testing.T) {
	t.Parallel()
	day := func(name string) Stored {
		return stored(name, slices.Concat(repeats("acks=1", 3, 0.1), repeats("acks=all", 4, 0.1))...)
	}
	c, err := NewStored(day("monday"), day("tuesday"), nil, false)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range c.Means {
		a, b, n := 1.0, 1.0, 0
		for _, r := range c.Rows {
			if r.Metric == m.Metric {
				a, b, n = a*r.A.Value, b*r.B.Value, n+1
			}
		}
		a, b = math.Pow(a, 1/float64(n)), math.Pow(b, 1/float64(n))
		if n != 2 || m.Cases != n || math.Abs(m.A/a-1) > 1e-12 || math.Abs(m.B/b-1) > 1e-12 || math.Abs(m.Ratio-b/a) > 1e-12 {
			t.Errorf("%s: got %+v, want %v and %v of %d", m.Metric, m, a, b, n)
		}
	}
	if len(c.Means) < 5 {
		t.Errorf("only %d means", len(c.Means))
	}
}
