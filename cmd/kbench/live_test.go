package main

import (
	"cmp"
	"encoding/json"
	"io"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"kbench/internal/result"
	"kbench/internal/run"
	"kbench/internal/scenario"
)

// loaded is a second of a trial's load.
func loaded(at int) run.Progress {
	wave := float64(at%7) / 7
	return run.Progress{
		Trial: 4, Trials: 18, Scenario: "acks-tradeoff", Case: "acks=all,compression=lz4", Repeat: 2,
		At: time.Duration(at) * time.Second, Of: 25 * time.Second, Warmup: at < 5, Second: new(time.Duration(at-2) * time.Second),
		OfferedPerS: new(50e3), AckedPerS: new(50e3 - 3e3*wave), ConsumedPerS: new(49.8e3), ConsumerLag: new(int64(120 + 10*at)),
		Span: result.Response, P50Ns: new(int64(1.33e6)), P99Ns: new(int64(4e6 + 8e6*wave)), Failed: new(int64(0)),
	}
}

// eighteen are the lengths of the 18 trials.
func eighteen() lengths { return slices.Repeat(lengths{25 * time.Second}, 18) }

func TestView(t *testing.T) {
	t.Parallel()
	seconds := func(n int) (out []run.Progress) {
		for at := 2; at <= n; at++ {
			out = append(out, loaded(at))
		}
		return out
	}
	changed := func(change func(*run.Progress)) []run.Progress {
		p := loaded(12)
		change(&p)
		return append(seconds(11), p)
	}
	for _, tt := range []struct {
		name    string // of the golden file
		ascii   bool
		columns int // 80 where it is 0
		rows    int // 24 likewise
		told    []run.Progress
	}{
		{name: "waiting", told: []run.Progress{{Trial: 4, Trials: 18, Scenario: "acks-tradeoff", Case: "acks=all,compression=lz4", Repeat: 2, Phase: "waiting for consumers"}}},
		{name: "warm-up", told: seconds(3)},
		{name: "load", told: seconds(17)},
		{name: "ascii", ascii: true, told: seconds(17)},
		{name: "long", told: func() (out []run.Progress) {
			for _, p := range seconds(200) {
				p.Of = 10 * time.Minute
				out = append(out, p)
			}
			return out
		}()},
		{name: "narrow", columns: 40, told: seconds(80)},
		{name: "tiny", columns: 8, rows: 4, told: seconds(12)},
		{name: "wide", columns: 200, rows: 50, told: seconds(12)},
		{name: "drain", told: append(seconds(25), run.Progress{Trial: 4, Trials: 18, Scenario: "acks-tradeoff", Case: "acks=all,compression=lz4", Repeat: 2, Phase: "drain"})},
		{name: "failing", told: changed(func(p *run.Progress) {
			p.Failed, p.Errors = new(int64(1312)), map[string]int64{"TIMED_OUT": 1300, "QUEUE_FULL": 12}
			p.AckedPerS, p.P50Ns, p.P99Ns, p.Span = new(0.0), nil, nil, ""
		})},
		{name: "rate-max", told: changed(func(p *run.Progress) { p.Span, p.Of = result.Service, 0 })},
		{name: "hostile", told: changed(func(p *run.Progress) {
			p.Scenario, p.Case = "\x1b[2J<b>\u202e", "a\nb\t"+strings.Repeat("日本", 60)
			p.Errors, p.Failed = map[string]int64{"\x1b]0;x\x07": 1}, new(int64(1))
		})},
		{name: "next-trial", told: append(seconds(25), run.Progress{Trial: 5, Trials: 18, Scenario: "acks-tradeoff", Case: "acks=1,compression=none", Repeat: 1, Phase: "waiting for consumers"})},
		{name: "preheat", told: []run.Progress{{
			Trials: 18, Scenario: "acks-tradeoff", Case: "preheat of the brokers, thrown away", At: 7 * time.Second, Of: 20 * time.Second,
			Failed: new(int64(0)), Second: new(5 * time.Second), OfferedPerS: new(1.2e6), AckedPerS: new(1.1e6), Span: result.Service, P50Ns: new(int64(5e6)),
		}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			m := newTerminal(t, cmp.Or(tt.columns, 80), cmp.Or(tt.rows, 24))
			s := onTerminal(m)
			s.pen = newPen(!tt.ascii)
			p := &progress{mode: "tty", screen: s, view: view{pen: s.pen}, plan: eighteen()}
			p.trial(&result.Trial{Case: "acks=1", Repeat: 1, Status: result.StatusOK})
			for _, r := range tt.told {
				p.tell(r)
			}
			golden(t, tt.name, m.String())
			p.end()
			if got := m.String(); got != "acks=1 r1: ok\n" && tt.columns != 8 { // which breaks the line
				t.Errorf("what is left is %q", got)
			}
		})
	}
}

// golden holds what a test has got against a file in testdata/live.
func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", "live", name+".golden")
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("it differs from %s; go test -update writes it anew\n got:\n%s\nwant:\n%s", file, got, want)
	}
}

// TestPlainProgress has a line at each new phase, and else one each five seconds.
func TestPlainProgress(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	now := time.Unix(0, 0)
	p := &progress{mode: "plain", screen: newScreen(&b), clock: func() time.Time { return now }}
	tell := func(r run.Progress) {
		p.tell(r)
		now = now.Add(time.Second)
	}
	tell(run.Progress{Trials: 18, Case: "preheat of the brokers, thrown away", Phase: "pause"})
	for at := 2; at < 14; at++ {
		r := loaded(at)
		if at > 9 {
			r.Failed, r.ConsumerLag, r.P99Ns = new(int64(3)), new(int64(0)), nil
		}
		tell(r)
	}
	tell(run.Progress{Trial: 4, Trials: 18, Case: "a\x1b[1mb", Repeat: 2, Phase: "drain"})
	p.trial(&result.Trial{
		Case: "acks=all", Repeat: 2, Status: result.StatusFailed, Failure: "broker says \x1b[31mno\r\n",
		Verdict: result.Verdict{Trust: result.TrustInvalid, Reasons: []string{"one", "two"}},
	})
	golden(t, "plain", b.String())
}

func TestProgressMode(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		why      string
		mode     string
		terminal bool
		env      map[string]string
		want     string // empty: an error
	}{
		{"a terminal", "auto", true, nil, "tty"},
		{"a pipe", "auto", false, nil, "plain"},
		{"a terminal that can't be drawn on", "auto", true, map[string]string{"TERM": "dumb"}, "plain"},
		{"CI that pretends to be a terminal", "auto", true, map[string]string{"CI": "true"}, "plain"},
		{"CI that says no", "auto", true, map[string]string{"CI": "false"}, "tty"},
		{"somebody wants it in CI", "tty", true, map[string]string{"CI": "1"}, "tty"},
		{"a view on a pipe", "tty", false, nil, ""},
		{"a view where nothing can be drawn", "tty", true, map[string]string{"TERM": "dumb"}, ""},
		{"lines on a terminal", "plain", true, nil, "plain"},
		{"JSON on a terminal", "json", true, nil, "json"},
		{"nothing", "none", true, nil, "none"},
		{"a word that is none", "loud", true, nil, ""},
	} {
		got, err := progressMode(tt.mode, tt.terminal, func(name string) string { return tt.env[name] })
		if got != tt.want || (err == nil) != (tt.want != "") {
			t.Errorf("%s: got %q, %v; want %q", tt.why, got, err, tt.want)
		}
	}
}

func TestLeft(t *testing.T) {
	t.Parallel()
	plan := lengths{10 * time.Second, 20 * time.Second, 30 * time.Second}
	for _, tt := range []struct {
		why  string
		plan lengths
		p    run.Progress
		want *time.Duration
	}{
		{"before the first trial", plan, run.Progress{Trials: 3}, new(time.Minute)},
		{"a preheat comes on top", plan, run.Progress{Trials: 3, At: 5 * time.Second, Of: 20 * time.Second}, new(75 * time.Second)},
		{"in the first", plan, run.Progress{Trial: 1, Trials: 3, At: 4 * time.Second, Of: 10 * time.Second}, new(56 * time.Second)},
		{"whose end is not known yet", plan, run.Progress{Trial: 1, Trials: 3, At: 4 * time.Second}, new(56 * time.Second)},
		{"in the drain of the last", plan, run.Progress{Trial: 3, Trials: 3, At: 33 * time.Second, Of: 30 * time.Second}, new(time.Duration(0))},
		{"there are more than were planned: as long as those on average", plan, run.Progress{Trial: 4, Trials: 6, At: time.Second, Of: 10 * time.Second}, new(49 * time.Second)},
		{"a plan that can't say", nil, run.Progress{Trial: 1, Trials: 3}, nil},
	} {
		if got := tt.plan.left(tt.p); !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%s: got %v, want %v", tt.why, got, tt.want)
		}
	}
	known := func(change func(*scenario.Scenario)) int {
		c := scenario.Case{Scenario: scenario.Default()}
		change(&c.Scenario)
		return len(lengthsOf(&scenario.Plan{Cases: []scenario.Case{c}, Order: []scenario.Step{{}, {}}}))
	}
	if n := known(func(*scenario.Scenario) {}); n != 2 {
		t.Errorf("%d lengths of a plan with two trials", n)
	}
	if n := known(func(s *scenario.Scenario) { s.Load.FindMax = &scenario.FindMax{} }); n != 0 {
		t.Errorf("%d lengths of a plan that searches, want none", n)
	}
}

// TestKeysAreDocumented holds the JSON of progress against docs/live.md.
func TestKeysAreDocumented(t *testing.T) {
	t.Parallel()
	r := loaded(3)
	r.Phase, r.Errors, r.AtLeast = "drain", map[string]int64{"TIMED_OUT": 1}, []string{"p99"}
	b, err := json.Marshal(progressJSON{r, new(time.Second)})
	if err != nil {
		t.Fatal(err)
	}
	var told map[string]any
	if err := json.Unmarshal(b, &told); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile("../../docs/live.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(text), "## JSON lines")
	section, _, _ = strings.Cut(section, "\n## ")
	var listed []string
	for _, row := range regexp.MustCompile("(?m)^\\| (`[^|]*)\\|").FindAllStringSubmatch(section, -1) {
		for _, key := range regexp.MustCompile("`(\\w+)`").FindAllStringSubmatch(row[1], -1) {
			listed = append(listed, key[1])
		}
	}
	slices.Sort(listed)
	if want := slices.Sorted(maps.Keys(told)); !slices.Equal(listed, want) {
		t.Errorf("docs/live.md lists %v, and progress has %v", listed, want)
	}
}

// TestViewIsCheap counts what a second costs that is shown, rather than time it: a minute into a trial it may not cost more than at its
// beginning, and both are far below a hundredth of a core.
func TestViewIsCheap(t *testing.T) { //nolint:paralleltest // testing.AllocsPerRun takes no company
	var writes, bytes int
	s := &screen{w: writerFunc(func(b []byte) { writes, bytes = writes+1, bytes+len(b) }), size: func() (int, int) { return 200, 50 }, pen: newPen(true)}
	p := &progress{mode: "tty", screen: s, view: view{pen: s.pen}, plan: eighteen()}
	at := 2
	second := func() {
		p.tell(loaded(at))
		at++
	}
	for at < 2+minute { // until nothing gets longer
		second()
	}
	writes, bytes = 0, 0
	const runs = 100
	if n := testing.AllocsPerRun(runs, second); n > 500 {
		t.Errorf("a second that is shown allocates %.0f times", n)
	}
	if seconds := runs + 1; writes != seconds || bytes > 2000*seconds { // it runs once more, to warm up
		t.Errorf("%d seconds took %d writes of %d bytes in all", seconds, writes, bytes)
	}
}

// A writerFunc is told what is written.
type writerFunc func(b []byte)

// Write implements io.Writer.
func (f writerFunc) Write(b []byte) (int, error) {
	f(b)
	return len(b), nil
}

// BenchmarkView is what a second costs that is shown: a kbench that draws once a second takes that much of a core.
func BenchmarkView(b *testing.B) {
	s := &screen{w: io.Discard, size: func() (int, int) { return 80, 24 }, pen: newPen(true)}
	p := &progress{mode: "tty", screen: s, view: view{pen: s.pen}, plan: eighteen()}
	b.ReportAllocs()
	for at := 2; b.Loop(); at++ {
		p.tell(loaded(at))
	}
}
