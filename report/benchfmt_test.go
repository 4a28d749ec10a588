package report

import (
	"math"
	"slices"
	"strings"
	"testing"

	"golang.org/x/perf/benchfmt"
	"golang.org/x/perf/benchmath"

	"kbench/internal/result"
	"kbench/internal/scenario"
)

// readBench reads the Go benchmark format as benchstat does.
func readBench(t *testing.T, text string) (results []*benchfmt.Result, units benchfmt.UnitMetadataMap) {
	t.Helper()
	in := benchfmt.NewReader(strings.NewReader(text), "it")
	for in.Scan() {
		switch rec := in.Result().(type) {
		case *benchfmt.Result:
			results = append(results, rec.Clone())
		case *benchfmt.SyntaxError:
			t.Fatalf("%v in\n%s", rec, text)
		}
	}
	if err := in.Err(); err != nil {
		t.Fatal(err)
	}
	return results, in.Units()
}

// TestBenchfmt holds that what benchstat's own reader finds in each run are the numbers of its trusted trials, in base units.
func TestBenchfmt(t *testing.T) {
	t.Parallel()
	for name, run := range runs() {
		r, err := New(run)
		if err != nil {
			t.Fatal(err)
		}
		results, units := readBench(t, render(t, "benchfmt", r))
		trials := slices.DeleteFunc(outside(run.Trials), func(t *result.Trial) bool { return !trusted(t) })
		var answers []float64
		for _, f := range result.Searches(run.Trials) {
			if f.Pass > 0 && !f.Open && !f.HarnessLimited {
				answers = append(answers, f.Pass)
			}
		}
		if len(results) != len(trials)+len(answers) {
			t.Errorf("%s: got %d results, want %d of trials and %d of searches", name, len(results), len(trials), len(answers))
			continue
		}
		for i, want := range answers {
			if got, _ := results[len(trials)+i].Value("capacity/s"); got != want || units.GetBetter("capacity/s") != 1 {
				t.Errorf("%s: search %d found %v, want %v, and more is better", name, i+1, got, want)
			}
		}
		for i, got := range results[:len(trials)] {
			for _, m := range benchMetrics(r) {
				want, known := m.Of(trials[i])
				v, there := got.Value(benchUnit(m))
				if there != (known && !trials[i].AtLeast(m.Name)) {
					t.Errorf("%s: %s: %s is there: %v", name, got.Name, m.Name, there)
				}
				if m.Unit == result.UnitNs {
					want /= 1e9
				}
				if there && math.Abs(v-want) > 1e-12*math.Abs(want) {
					t.Errorf("%s: %s: %s is %v, want %v", name, got.Name, m.Name, v, want)
				}
				if better := units.GetBetter(benchUnit(m)); better != m.Better {
					t.Errorf("%s: %s is better %+d, want %+d", name, m.Name, better, m.Better)
				}
			}
			if got.GetConfig("cpu") != "AMD EPYC 7763" || got.GetConfig("kbench") != "v0.3.0" {
				t.Errorf("%s: configuration %v", name, got.Config)
			}
		}
	}
}

// TestBenchUnits: each metric has a unit of its own that is one word, and that benchstat does not scale behind our back.
func TestBenchUnits(t *testing.T) {
	t.Parallel()
	seen := map[string]string{}
	for _, m := range result.Metrics() {
		u := benchUnit(m)
		if other := seen[u]; other != "" || strings.ContainsAny(u, " \t") {
			t.Errorf("%s and %s are both %q", m.Name, other, u)
		}
		seen[u] = m.Name
		results, _ := readBench(t, "BenchmarkX 1 0 "+u+"\nBenchmarkX 1 2 "+u+"\n")
		for _, got := range results {
			if got.Values[0].Unit != u {
				t.Errorf("%s is read as %s", u, got.Values[0].Unit)
			}
		}
	}
	for name, want := range map[string]string{
		"response_p99": "response_p99-sec", "acked_per_s": "acked/s", "acked_bytes_per_s": "acked-B/s", "rss_max_bytes": "rss_max-B",
		"cpu_ns_per_record": "cpu_per_record-sec", "lost": "lost", "compression_ratio": "compression_ratio",
	} {
		if m, ok := result.Lookup(name); !ok || benchUnit(m) != want {
			t.Errorf("%s: got %q, want %q", name, benchUnit(m), want)
		}
	}
}

func TestBenchName(t *testing.T) {
	t.Parallel()
	set := func(pairs ...string) change {
		return func(t *result.Trial) {
			t.Set = nil
			for i := 0; i < len(pairs); i += 2 {
				t.Set = append(t.Set, scenario.Setting{Path: pairs[i], Value: pairs[i+1]})
			}
		}
	}
	pair := func(side string) change {
		return func(t *result.Trial) { t.Pair = &result.Pair{Number: 1, Attempt: 1, Side: side} }
	}
	for _, tt := range []struct {
		why   string
		trial *result.Trial
		want  string
	}{
		{"no matrix", newTrial("base", 1), "Kbench/acks-tradeoff/base-12"},
		{"a key and its value", newTrial("acks=all", 1), "Kbench/acks-tradeoff/acks=all-12"},
		{"paths that end in the same are written out", newTrial("x", 1, set("producer.client", "franz", "consumer.client", "sarama")), "Kbench/acks-tradeoff/producer.client=franz/consumer.client=sarama-12"},
		{"a rate has a slash, which would part the name", newTrial("x", 1, set("load.rate", "50k/s")), "Kbench/acks-tradeoff/rate=50k%2Fs-12"},
		{"a value with a space and one that ends in a number", newTrial("x", 1, set("topic.config.a", "b c", "variant", "v-5")), "Kbench/acks-tradeoff/a=b%20c/variant=v-5-12"},
		{"both sides of a comparison are one benchmark", newTrial("a", 1, set("producer.linger", "5ms"), pair("a")), "Kbench/acks-tradeoff/side=a-12"},
		{"the other side", newTrial("b", 1, pair("b")), "Kbench/acks-tradeoff/side=b-12"},
	} {
		r, err := New(newRun(result.StatusComplete, []string{tt.trial.Case}, 1, tt.trial))
		if err != nil {
			t.Fatal(err)
		}
		results, _ := readBench(t, render(t, "benchfmt", r))
		if len(results) != 1 || results[0].Name.String() != tt.want {
			t.Errorf("%s: got %v, want %s", tt.why, results, tt.want)
		}
	}
}

// TestBenchmath: the numbers go through benchstat's arithmetic, and a change of 20 % is found with its direction.
func TestBenchmath(t *testing.T) {
	t.Parallel()
	sample := func(factor float64) (*benchmath.Sample, int) {
		var trials []*result.Trial
		for repeat := range 10 {
			trials = append(trials, newTrial("base", repeat+1, faster(factor*(1+float64(repeat)/1000))))
		}
		r, err := New(newRun(result.StatusComplete, []string{"base"}, 10, trials...))
		if err != nil {
			t.Fatal(err)
		}
		results, units := readBench(t, render(t, "benchfmt", r))
		var values []float64
		for _, res := range results {
			v, _ := res.Value("response_p99-sec")
			values = append(values, v)
		}
		return benchmath.NewSample(values, &benchmath.DefaultThresholds), units.GetBetter("response_p99-sec")
	}
	old, better := sample(1.2 * 1.2)
	slow, _ := sample(1)
	c := benchmath.AssumeNothing.Compare(old, slow)
	if c.P > 0.01 || better != -1 {
		t.Errorf("p is %v and better %+d, want a difference that is bad", c.P, better)
	}
}
