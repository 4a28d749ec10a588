package report

import (
	"math"
	"slices"
	"strings"
	"testing"

	"kbench/internal/result"
)

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
