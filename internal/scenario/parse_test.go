package scenario

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"kbench/scenarios"
)

var update = flag.Bool("update", false, "write the golden files instead of comparing with them")

// inTests is what a binary would add: two clients and a few metrics.
func inTests() Options {
	return Options{
		Clients: []string{"confluent", "null"},
		Metrics: []string{"response_p50", "response_p99", "acked_per_s", "failed_ratio", "lost"},
		CannotAbort: func(th Threshold) string {
			if th.Metric == "lost" {
				return "lost is not known before the trial is over"
			}
			return ""
		},
		ReadFile: func(path string, _ int) ([]byte, error) {
			text, is := map[string]string{
				"good.csv": "# a trace\n1s,100\n2s,0\r\n\n500ms, 1k\n",
				"bad.csv":  "time,records\n1s\n1s,-1\n0s,5\n1s,1G\n",
			}[path]
			if !is {
				return nil, errors.New("read " + path + ": no such file")
			}
			return []byte(text), nil
		},
	}
}

// golden compares got with a file, or writes it.
func golden(t *testing.T, file string, got []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs; see what changed with -update\ngot:\n%s\nwant:\n%s", file, got, want)
	}
}

func read(t testing.TB, file string) []byte {
	t.Helper()
	src, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return src
}

// parsed parses what has to be right.
func parsed(t *testing.T, file, src string, o Options) *Plan {
	t.Helper()
	p, err := Parse(file, []byte(src), o)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestBad holds every broken file of testdata to the exact text of its problems.
func TestBad(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*.bad.yaml")
	if err != nil || len(files) < 35 {
		t.Fatalf("%d broken files in testdata: %v", len(files), err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			src := read(t, file)
			p, err := Parse(filepath.Base(file), src, inTests())
			var ps Problems
			if !errors.As(err, &ps) || len(ps) == 0 || p != nil {
				t.Fatalf("got plan %v and error %v, want problems", p, err)
			}
			inside(t, src, ps)
			golden(t, strings.TrimSuffix(file, "yaml")+"golden", []byte(err.Error()+"\n"))
		})
	}
}

// inside checks that each problem of a file stands in it, one line each.
func inside(t *testing.T, src []byte, ps Problems) {
	t.Helper()
	lines := strings.Split(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(string(src)), "\n")
	for _, p := range ps {
		if strings.ContainsAny(p.String(), "\n\r") {
			t.Errorf("%q is more than a line", p)
		}
		if strings.HasPrefix(p.File, "--") {
			continue
		}
		if p.Line < 1 || p.Line > len(lines) || p.Col < 1 || p.Col > utf8.RuneCountInString(lines[p.Line-1])+1 {
			t.Errorf("%d:%d is outside of the file: %v", p.Line, p.Col, p)
		}
	}
}

func TestFiles(t *testing.T) {
	t.Parallel()
	laughs := "producer: {}\nthresholds: &a [" + strings.Repeat("lol, ", 2000) + "]\n"
	for name := 'b'; name < 'j'; name++ {
		laughs += "x" + string(name) + ": &" + string(name) + " [" + strings.Repeat("*"+string(name-1)+", ", 200) + "]\n"
	}
	tests := []struct {
		why, src string
		want     string // the first problem; empty: loads
	}{
		{"a byte order mark is not content", "\ufeffproducer: {}\n", ""},
		{"Windows' line ends are line ends", "producer:\r\n  acks: 1\r\n", ""},
		{"no newline at the end", "producer: {}", ""},
		{"JSON is YAML", `{"producer": {"acks": "1"}}`, ""},
		{"a document marker is allowed", "---\nproducer: {}\n...\n", ""},
		{"as large as may be", "producer: {}\n#" + strings.Repeat("x", int(maxBytes)-15) + "\n", ""},
		{"larger", "producer: {}\n#" + strings.Repeat("x", int(maxBytes)) + "\n", "f.yaml:1:1: the file has 1048591 bytes; a scenario has at most 1048576"},
		{"more than the parser takes in time", strings.Repeat("a: 1\n", 7000), "f.yaml:6667:4: too much YAML: a scenario has at most 20000 words and signs"},
		{"deep", strings.Repeat("[", 15000), "f.yaml:1:15000: not valid YAML: sequence end token ']' not found"},
		{"aliases of aliases cost nothing", laughs, `f.yaml:2:17: thresholds[0]: "lol" is not a threshold: it is METRIC OP VALUE, where OP is <=, <, >=, >, == or != (examples: response_p99 <= 20ms, lost == 0)`},
		{"NUL is not text", "producer: {}\nname: a\x00b\n", "f.yaml:2:8: not valid UTF-8 text; save the file as UTF-8"},
		{"a long value", "producer: {}\nname: " + strings.Repeat("a", maxText+1), "f.yaml:2:7: name: the value has 10001 bytes; it may have 10000"},
		{"a long number", "producer: {}\nrepeats: " + strings.Repeat("1", maxScalar+1), "f.yaml:2:10: repeats: the value has 201 bytes; it may have 200"},
		{"old Macintosh's line ends are line ends", "producer: {}\rname: a\x00b", "f.yaml:2:8: not valid UTF-8 text; save the file as UTF-8"},
		{"no search is no search", "producer: {}\nload: {rate: 5k/s, find_max: null}", ""},
	}
	for _, tt := range tests {
		t.Run(tt.why, func(t *testing.T) {
			t.Parallel()
			_, err := Parse("f.yaml", []byte(tt.src), Options{})
			if got := firstLine(err); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func firstLine(err error) string {
	if err == nil {
		return ""
	}
	line, _, _ := strings.Cut(err.Error(), "\n")
	return line
}

// TestProblemsAreBounded: a file of nothing but mistakes does not print them all.
func TestProblemsAreBounded(t *testing.T) {
	t.Parallel()
	var src strings.Builder
	for i := range 300 {
		src.WriteString(strings.Repeat("x", i+1) + ": 1\n")
	}
	_, err := Parse("f.yaml", []byte(src.String()), Options{})
	lines := strings.Split(err.Error(), "\n")
	if got, want := lines[len(lines)-1], "and 200 more problems"; len(lines) != maxProblems+1 || got != want {
		t.Errorf("got %d lines, the last %q; want %d and %q", len(lines), got, maxProblems+1, want)
	}
}

// TestNullWords: YAML's null is a word where a word is wanted, and nothing where a section is.
func TestNullWords(t *testing.T) {
	t.Parallel()
	for _, src := range []string{"producer: {client: null}", "producer: {client: 'null'}", "producer: {client: \"null\"}\nconsumer: null", "producer: {client: null}\nconsumer: ~"} {
		s := parsed(t, "f.yaml", src, Options{}).Cases[0].Scenario
		if s.Producer == nil || s.Producer.Client != "null" || s.Consumer != nil {
			t.Errorf("%s: got producer %+v and consumer %+v, want client null alone", src, s.Producer, s.Consumer)
		}
	}
}

func TestNames(t *testing.T) {
	t.Parallel()
	tests := []struct{ why, file, src, want string }{
		{"the file's", "/tmp/acks-tradeoff.yaml", "producer: {}", "acks-tradeoff"},
		{"the key wins", "x.yaml", "producer: {}\nname: y", "y"},
		{"an empty key is none", "x.yaml", "producer: {}\nname: ''", "x"},
		{"what folders may not have is replaced", "my first (copy).yml", "producer: {}", "my-first-copy"},
		{"standard input has no name", "-", "producer: {}", "scenario"},
		{"no longer than a name may be", strings.Repeat("n", 100), "producer: {}", strings.Repeat("n", 64)},
	}
	for _, tt := range tests {
		p := parsed(t, tt.file, tt.src, Options{})
		if p.Name != tt.want || p.Cases[0].Scenario.Name != tt.want {
			t.Errorf("%s: got %q, in the case %q, want %q", tt.why, p.Name, p.Cases[0].Scenario.Name, tt.want)
		}
	}
}

// TestLength: what is not in force is not in the plan either.
func TestLength(t *testing.T) {
	t.Parallel()
	p := parsed(t, "f.yaml", "producer: {}\nload: {rate: 1k/s, records: 5k, warmup: 1s}", Options{})
	if l := p.Cases[0].Scenario.Load; l.Measure != 0 || l.Records != 5000 {
		t.Errorf("got measure %v and records %v, want 0s and 5k", l.Measure, l.Records)
	}
	for load, want := range map[string]string{
		"{rate: 1k/s, records: 5k, warmup: 1s}": "6s",
		"{rate: max, records: 5k, warmup: 1s}":  "0s", // nobody knows
		"{rate: max, measure: 8s, warmup: 2s}":  "10s",
	} {
		p := parsed(t, "f.yaml", "producer: {}\nload: "+load, Options{})
		if got := p.Cases[0].Duration().String(); got != want {
			t.Errorf("load %s: got a length of %s, want %s", load, got, want)
		}
	}
}

func TestWarnings(t *testing.T) {
	t.Parallel()
	src := "producer: {batch_size: 16KB}\ntopic: {name: orders, partitions: 3}\nmessage: {keys: {pick: sequential}}\n" +
		"matrix: {message.size: [40B, 100B, 20KB], producer.mode: [async, sync]}"
	want := []string{
		"message.size: 40B has no room for the stamp of 48B: e2e and integrity are off (case size=40B,mode=async and 1 more)",
		"message.keys.pick: without effect, since keys.count is 0",
		"topic.partitions: without effect, since topic.name is used as it is",
		"producer.linger: in mode sync every record waits the whole 5ms (case size=40B,mode=sync and 2 more)",
		"producer.batch_size: 16KB is smaller than a record of 20KB: each record is a batch of its own (case size=20KB,mode=async and 1 more)",
	}
	if got := parsed(t, "f.yaml", src, Options{}).Warnings; !reflect.DeepEqual(got, want) {
		t.Errorf("got:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	got := parsed(t, "f.yaml", src, Options{Only: []string{"size=40B,*"}}).Warnings
	if want := "message.size: 40B has no room for the stamp of 48B: e2e and integrity are off"; got[0] != want || len(got) != 4 {
		t.Errorf("with one case left out of --only: got %q, want 4 of which the first is %q", got, want)
	}
	got = parsed(t, "f.yaml", "producer: {}\nthresholds: [lost == 0]\nload: {measure: 4s, find_max: {slo: [lost == 0, response_p50 <= 1s, response_p999 <= 1s], from: 2k/s}}", Options{}).Warnings
	if want := []string{
		"load.measure: in less than 5s a search can't tell whether a backlog grows",
		"thresholds: without effect on a search, which overloads on purpose; its objectives are load.find_max.slo",
		"load.find_max.slo[2]: response_p999 takes 10000 records, and at 2k/s for 4s there are 8000: it is not known there, and does not hold",
	}; !reflect.DeepEqual(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	got = parsed(t, "f.yaml", "topic: {name: orders}\nconsumer: {}\nload: {rate: 5/s}", Options{}).Warnings
	if want := []string{"load.rate: without effect, since there is no producer"}; !reflect.DeepEqual(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	got = parsed(t, "f.yaml", "producer: {batch_size: 10MB}\nmessage: {size: 2MB}", Options{}).Warnings
	if want := []string{"message.size: 2MB is above Kafka's own limit of 1048588B: set topic.config.max.message.bytes"}; !reflect.DeepEqual(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// roundTrip checks that a plan is the same after JSON.
func roundTrip(t *testing.T, p *Plan) {
	t.Helper()
	b, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	var back Plan
	if err := json.Unmarshal(b, &back); err != nil {
		t.Fatalf("%v in %s", err, b)
	}
	if !reflect.DeepEqual(*p, back) {
		t.Errorf("JSON changed the plan:\ngot  %+v\nwant %+v", back, *p)
	}
}

func TestBuiltIn(t *testing.T) {
	t.Parallel()
	want := []string{
		"acks-and-partitions", "acks-tradeoff", "acks-under-failure", "backlog-drain", "batching", "broker-pause", "burst", "capacity",
		"client-settings", "clients", "commit-modes", "compression", "consume-max", "consumer-groups", "duplicate-consumption", "e2e-latency", "exactly-once", "fan-out",
		"group-protocols", "hot-partition",
		"leader-kill", "many-partitions", "many-producers", "max-throughput", "message-size-sweep", "noisy-neighbour", "partition-scaling", "partitioners",
		"quickstart", "ramp-to-break", "rebalance-storm", "rolling-restart", "share-group", "slow-network", "sync-vs-async", "tls-cost", "transactions-cost",
	}
	if got := scenarios.Names(); !reflect.DeepEqual(got, want) {
		t.Fatalf("got %q, want %q", got, want)
	}
	for _, name := range scenarios.Names() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			src, err := scenarios.Read(name)
			if err != nil {
				t.Fatal(err)
			}
			o := inTests()
			o.Clients = nil // they may name any
			o.Metrics = append(o.Metrics, "duplicated", "aborted_read")
			p := parsed(t, name, string(src), o)
			if p.Name != name || len(p.Warnings) > 0 {
				t.Errorf("got name %q and warnings %q, want %q and none", p.Name, p.Warnings, name)
			}
			if got := p.Cases[0].Scenario.Description; got == "" || got != scenarios.Question(name) {
				t.Errorf("the description is %q, the question %q; want the same", got, scenarios.Question(name))
			}
			roundTrip(t, p)
		})
	}
}

func FuzzParse(f *testing.F) {
	files, err := filepath.Glob("testdata/*.yaml")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		f.Add(read(f, file), "producer.acks=1")
	}
	for _, name := range scenarios.Names() {
		src, err := scenarios.Read(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(src, "load.rate=5k/s")
	}
	f.Fuzz(func(t *testing.T, src []byte, set string) {
		p, err := Parse("f.yaml", src, Options{Set: []string{set}})
		var ps Problems
		switch {
		case err == nil:
			roundTrip(t, p)
		case !errors.As(err, &ps) || len(ps) == 0:
			t.Fatalf("%T: %v, want problems", err, err)
		default:
			inside(t, src, ps)
		}
	})
}
