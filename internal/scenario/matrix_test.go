package scenario

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"

	"kbench/internal/driver"
)

const matrixFile = `producer: {}
load: {measure: 10s}
topic: {config: {retention.ms: 1}}
matrix:
  producer.acks: ["1", all]
  producer.linger: [0s, 5ms, 1s]
`

func names(p *Plan) (out []string) {
	for _, c := range p.Cases {
		out = append(out, c.Name)
	}
	return out
}

func TestMatrix(t *testing.T) {
	t.Parallel()
	p := parsed(t, "f.yaml", matrixFile, Options{})
	want := []string{"acks=1,linger=0s", "acks=1,linger=5ms", "acks=1,linger=1s", "acks=all,linger=0s", "acks=all,linger=5ms", "acks=all,linger=1s"}
	if got := names(p); !slices.Equal(got, want) {
		t.Errorf("got %q, want the first dimension slowest: %q", got, want)
	}
	c := p.Cases[5]
	if set := []Setting{{"producer.acks", "all"}, {"producer.linger", "1s"}}; !reflect.DeepEqual(c.Set, set) {
		t.Errorf("got %v, want %v", c.Set, set)
	}
	if got := c.Scenario.Producer; got.Acks != driver.AcksAll || got.Linger != 1e9 {
		t.Errorf("got acks %s and linger %s, want all and 1s", got.Acks, got.Linger)
	}
	p.Cases[0].Scenario.Producer.Count, p.Cases[0].Scenario.Topic.Config["x"] = 9, "y"
	if s := p.Cases[1].Scenario; s.Producer.Count != 1 || len(s.Topic.Config) != 1 {
		t.Error("two cases share a value")
	}
}

func TestCaseNames(t *testing.T) {
	t.Parallel()
	tests := []struct {
		why, matrix string
		want        []string
	}{
		{"no matrix", "{}", []string{"base"}},
		{"the last part of a path", "{load.rate: [50k/s, max]}", []string{"rate=50k/s", "rate=max"}},
		{"two with the same last part", "{producer.count: [2], message.keys.count: [3], producer.acks: [1]}", []string{"producer.count=2,message.keys.count=3,acks=1"}},
		{"a client's own setting", "{producer.config.socket.nagle.disable: [true]}", []string{"disable=true"}},
		{"null is a word", "{producer.client: [null, confluent]}", []string{"client=null", "client=confluent"}},
		{"values as they are written", "{message.size: [1KB, 1000B]}", []string{"size=1KB", "size=1000B"}},
		{"a section that the file does not have", "{consumer.members: [1, 2]}", []string{"members=1", "members=2"}},
	}
	for _, tt := range tests {
		if got := names(parsed(t, "f.yaml", "producer: {}\nmatrix: "+tt.matrix, Options{})); !slices.Equal(got, tt.want) {
			t.Errorf("%s: got %q, want %q", tt.why, got, tt.want)
		}
	}
}

func TestSet(t *testing.T) {
	t.Parallel()
	const file = matrixFile + "message: {size: 100B}\n"
	tests := []struct {
		why  string
		set  []string
		want func(p *Plan) bool
	}{
		{"over the file", []string{"load.measure=5s"}, func(p *Plan) bool { return p.Cases[0].Scenario.Load.Measure == 5e9 }},
		{"the last wins", []string{"load.measure=5s", "load.measure=6s"}, func(p *Plan) bool { return p.Cases[0].Scenario.Load.Measure == 6e9 }},
		{"a section that is not there gets its defaults", []string{"consumer.members=2"}, func(p *Plan) bool {
			c := p.Cases[0].Scenario.Consumer
			return c != nil && c.Members == 2 && c.Groups == 1 && c.Commit == driver.CommitAuto
		}},
		{"a dimension keeps one value", []string{"producer.acks=0"}, func(p *Plan) bool {
			return slices.Equal(names(p), []string{"acks=0,linger=0s", "acks=0,linger=5ms", "acks=0,linger=1s"})
		}},
		{"Kafka's names hold dots", []string{"topic.config.min.insync.replicas=2"}, func(p *Plan) bool {
			return reflect.DeepEqual(p.Cases[0].Scenario.Topic.Config, map[string]string{"retention.ms": "1", "min.insync.replicas": "2"})
		}},
		{"a client's own setting", []string{"producer.config.foo=bar=baz"}, func(p *Plan) bool {
			return reflect.DeepEqual(p.Cases[0].Scenario.Producer.Config, map[string]string{"foo": "bar=baz"})
		}},
		{"an empty value is a value of a map", []string{"producer.config.foo="}, func(p *Plan) bool {
			return reflect.DeepEqual(p.Cases[0].Scenario.Producer.Config, map[string]string{"foo": ""})
		}},
		{"a size, which has other forms too", []string{"message.size=1KiB"}, func(p *Plan) bool { return p.Cases[0].Scenario.Message.Size.Fixed == 1024 }},
		{"a client by the name of null", []string{"producer.client=null"}, func(p *Plan) bool { return p.Cases[0].Scenario.Producer.Client == "null" }},
		{"records take measure's place", []string{"load.records=1M"}, func(p *Plan) bool {
			l := p.Cases[0].Scenario.Load
			return l.Records == 1e6 && l.Measure == 0
		}},
		{"repeats", []string{"repeats=1"}, func(p *Plan) bool { return len(p.Order) == 6 }},
		{"an optional value", []string{"preheat=20s"}, func(p *Plan) bool { return *p.Cases[0].Scenario.Preheat == 20e9 }},
		{"no optional value", []string{"preheat=20s", "preheat=null"}, func(p *Plan) bool { return p.Cases[0].Scenario.Preheat == nil }},
	}
	for _, tt := range tests {
		if p := parsed(t, "f.yaml", file, Options{Set: tt.set}); !tt.want(p) {
			t.Errorf("%s: --set %q gave %+v", tt.why, tt.set, p.Cases[0])
		}
	}
	for _, none := range []string{"null", "none", "~"} {
		p := parsed(t, "f.yaml", "producer: {}\nconsumer: {members: 2}", Options{Set: []string{"consumer=" + none}})
		if c := p.Cases[0].Scenario.Consumer; c != nil {
			t.Errorf("--set consumer=%s left %+v", none, c)
		}
	}
	p := parsed(t, "f.yaml", matrixFile, Options{Repeats: 2})
	if got := p.Cases[0].Scenario.Repeats; got != 2 || len(p.Order) != 12 {
		t.Errorf("--repeats 2 gave %d repeats and %d trials, want 2 and 12", got, len(p.Order))
	}
}

func TestFlagProblems(t *testing.T) {
	t.Parallel()
	tests := []struct {
		why  string
		o    Options
		want string
	}{
		{"a typo", Options{Set: []string{"producer.akcs=1"}}, "--set producer.akcs=1: producer.akcs: unknown key; did you mean acks?"},
		{"no value", Options{Set: []string{"producer.acks"}}, "--set producer.acks: it takes PATH=VALUE (example: --set producer.acks=1)"},
		{"no path", Options{Set: []string{"=1"}}, "--set =1: it takes PATH=VALUE (example: --set producer.acks=1)"},
		{"a value that is not allowed", Options{Set: []string{"load.measure=fast"}}, `--set load.measure=fast: load.measure: "fast" is not a duration: it needs a number and ns, us, ms, s, m or h (examples: 5ms, 20s, 1m30s)`},
		{"the same where it takes a dimension's place", Options{Set: []string{"producer.acks=2"}}, `--set producer.acks=2: producer.acks: "2" is not allowed: it is 0, 1 or all`},
		{"a rule", Options{Set: []string{"producer.timeout=1s"}}, "f.yaml:6:30: producer.linger: 1s is not shorter than timeout 1s; lower linger or raise timeout (case acks=1,linger=1s and 1 more)"},
		{"a section", Options{Set: []string{"producer=1"}}, "--set producer=1: producer: a section, not a value; set one of its keys, or producer=null to leave it out"},
		{"a section that must be there", Options{Set: []string{"load=null"}}, "--set load=null: load: a section, not a value; set one of its keys"},
		{"a list", Options{Set: []string{"thresholds=lost == 0"}}, "--set thresholds=lost == 0: thresholds: a list, which only the file can have"},
		{"the matrix", Options{Set: []string{"matrix.producer.acks=1"}}, "--set matrix.producer.acks=1: matrix.producer.acks: set the key itself: that takes the place of its values in the matrix"},
		{"a map's name without a key", Options{Set: []string{"topic.config=1"}}, "--set topic.config=1: topic.config: a section, not a value; set one of its keys"},
		{"below a value", Options{Set: []string{"load.rate.x=1"}}, "--set load.rate.x=1: load.rate.x: load.rate has no keys of its own"},
		{"a section that the matrix needs", Options{Set: []string{"producer=null", "consumer.members=1"}}, "--set producer=null: the matrix sets producer.acks; leave that out of the file first"},
		{"repeats", Options{Repeats: -1}, "--repeats -1: repeats: -1 is out of range: it is 1 to 10000"},
		{"no case", Options{Only: []string{"acks=2*"}}, "--only acks=2*: no case has such a name; there are acks=1,linger=0s, acks=1,linger=5ms, acks=1,linger=1s, acks=all,linger=0s, acks=all,linger=5ms or acks=all,linger=1s"},
		{"not a glob", Options{Only: []string{"[a"}}, "--only [a: not a glob: a [ needs its ], and \\ something after it"},
		{"client not built in", Options{Clients: []string{"null"}}, "f.yaml:1:11: producer.client: this kbench was built without client confluent; it has null"},
	}
	for _, tt := range tests {
		_, err := Parse("f.yaml", []byte(matrixFile), tt.o)
		var ps Problems
		if !errors.As(err, &ps) || firstLine(err) != tt.want {
			t.Errorf("%s:\ngot  %v\nwant %s", tt.why, err, tt.want)
		}
	}
}

func TestOnly(t *testing.T) {
	t.Parallel()
	const file = "producer: {}\nmatrix: {load.rate: [1k/s, 2k/s, max], producer.acks: [1, all]}"
	tests := []struct {
		why   string
		globs []string
		want  []string
	}{
		{"a whole name", []string{"rate=1k/s,acks=1"}, []string{"rate=1k/s,acks=1"}},
		{"a star goes over slashes", []string{"*acks=all"}, []string{"rate=1k/s,acks=all", "rate=2k/s,acks=all", "rate=max,acks=all"}},
		{"one of several, in the file's order", []string{"rate=max*", "rate=[1]k/s,acks=?"}, []string{"rate=1k/s,acks=1", "rate=max,acks=1", "rate=max,acks=all"}},
		{"a case that two match is there once", []string{"rate=max,*", "*,acks=1"}, []string{"rate=1k/s,acks=1", "rate=2k/s,acks=1", "rate=max,acks=1", "rate=max,acks=all"}},
	}
	for _, tt := range tests {
		p := parsed(t, "f.yaml", file, Options{Only: tt.globs, Repeats: 1})
		if got := names(p); !slices.Equal(got, tt.want) || len(p.Order) != len(tt.want) {
			t.Errorf("%s: got %q and %d trials, want %q", tt.why, got, len(p.Order), tt.want)
		}
	}
}

func TestOrder(t *testing.T) {
	t.Parallel()
	order := func(o Options, order string) []Step {
		return parsed(t, "f.yaml", matrixFile+"order: "+order+"\nrepeats: 4\n", o).Order
	}
	listed := order(Options{}, "listed")
	for i, s := range listed {
		if want := (Step{Case: i % 6, Repeat: i/6 + 1}); s != want {
			t.Errorf("listed: trial %d is %+v, want %+v", i, s, want)
		}
	}
	shuffled := order(Options{}, "shuffled")
	for round := range 4 {
		got := slices.Clone(shuffled[round*6 : round*6+6])
		slices.SortFunc(got, func(a, b Step) int { return a.Case - b.Case })
		if want := listed[round*6 : round*6+6]; !slices.Equal(got, want) {
			t.Errorf("shuffled: round %d is %+v, want each case once", round, got)
		}
	}
	if slices.Equal(shuffled, listed) {
		t.Error("shuffled is the file's order")
	}
	if !slices.Equal(shuffled, order(Options{Seed: DefaultSeed}, "shuffled")) {
		t.Error("no seed is not the default seed")
	}
	if slices.Equal(shuffled, order(Options{Seed: 2}, "shuffled")) {
		t.Error("another seed gives the same order")
	}
	if p := parsed(t, "f.yaml", matrixFile, Options{Seed: 7}); p.Seed != 7 {
		t.Errorf("got seed %d, want 7", p.Seed)
	}
}

// TestPlan holds a good file to what a plan is, and to JSON and back.
func TestPlan(t *testing.T) {
	t.Parallel()
	src := string(read(t, "testdata/good.yaml"))
	p := parsed(t, "good.yaml", src, inTests())
	if p.File != "good.yaml" || p.Source != src || p.Seed != DefaultSeed || len(p.Cases) != 6 || len(p.Order) != 12 || p.Warnings != nil {
		t.Errorf("got %+v", p)
	}
	s := p.Cases[1].Scenario
	if s.Producer.Compression != "lz4" || s.Load.Drain != 2e9 {
		t.Errorf("got compression %s and drain %s, want what the aliases name: lz4 and 2s", s.Producer.Compression, s.Load.Drain)
	}
	roundTrip(t, p)
}

func TestSuggest(t *testing.T) {
	t.Parallel()
	list := []string{"acks", "linger", "batch_size", "max_in_flight"}
	tests := []struct{ why, word, want string }{
		{"neighbours swapped", "akcs", "acks"},
		{"a letter too many", "lingerr", "linger"},
		{"another case", "Batch_Size", "batch_size"},
		{"Kafka's spelling", "max.in.flight", "max_in_flight"},
		{"nothing like it", "wibble", ""},
		{"one letter is like every other", "x", ""},
		{"too long to be a typo", strings.Repeat("a", 1000), ""},
	}
	for _, tt := range tests {
		want := ""
		if tt.want != "" {
			want = "; did you mean " + tt.want + "?"
		}
		if got := suggest(tt.word, list); got != want {
			t.Errorf("%s: got %q, want %q", tt.why, got, want)
		}
	}
}
