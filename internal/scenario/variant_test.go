package scenario

import (
	"errors"
	"reflect"
	"slices"
	"testing"

	"kbench/internal/driver"
	"kbench/internal/unit"
)

func TestVariants(t *testing.T) {
	t.Parallel()
	p := parsed(t, "variants.yaml", string(read(t, "testdata/variants.yaml")), Options{})
	want := []string{
		"producer=as it is,variant=1,keys=few", "producer=as it is,variant=reads,keys=few", "producer=as it is,variant=counted,keys=few",
		"producer=other,variant=1,keys=few", "producer=other,variant=reads,keys=few", "producer=other,variant=counted,keys=few",
	}
	if got := names(p); !slices.Equal(got, want) {
		t.Fatalf("got %q, want %q", got, want)
	}
	roundTrip(t, p)
	if set := []Setting{{"producer", "other"}, {"variant", "reads"}, {"message.keys", "few"}}; !reflect.DeepEqual(p.Cases[4].Set, set) {
		t.Errorf("got %v, want the names: %v", p.Cases[4].Set, set)
	}
	plain, other, reads, counted := p.Cases[0].Scenario, p.Cases[3].Scenario, p.Cases[4].Scenario, p.Cases[5].Scenario
	for _, tt := range []struct {
		why       string
		got, want any
	}{
		{"a mapping with nothing in it changes nothing", plain.Producer.Linger, unit.Duration(7e6)},
		{"what a mapping does not name stays", other.Producer.Acks, driver.AcksLeader},
		{"what it names is its own", []any{other.Producer.Client, other.Producer.Linger}, []any{"sarama", unit.Duration(0)}},
		{"free keys are joined too", other.Producer.Config, map[string]string{"a": "base", "b": "other", "c": "new"}},
		{"in its cases only", plain.Producer.Config, map[string]string{"a": "base", "b": "base"}},
		{"several sections", []any{reads.Consumer.Members, reads.Producer.Count}, []any{2, 3}},
		{"keys of Kafka's", reads.Topic.Config, map[string]string{"retention.ms": "60000", "segment.ms": "5000"}},
		{"with the mapping of another entry", []any{reads.Producer.Client, reads.Producer.Count, plain.Producer.Count}, []any{"sarama", 3, 1}},
		{"a section that is not there otherwise", []any{plain.Consumer, counted.Consumer.Members}, []any{(*Consumer)(nil), 1}},
		{"a value takes the place of a distribution", plain.Message.Size, Sizes{Fixed: 1000}},
		{"two entries below one section", []any{reads.Message.Keys.Count, reads.Message.Size.Fixed}, []any{unit.Count(10), unit.Size(300)}},
		{"what is not in force is not in the plan", []any{counted.Load.Measure, counted.Load.Records}, []any{unit.Duration(0), unit.Count(5000)}},
		{"a list", []any{len(counted.Thresholds), len(plain.Thresholds)}, []any{1, 0}},
	} {
		if !reflect.DeepEqual(tt.got, tt.want) {
			t.Errorf("%s: got %v, want %v", tt.why, tt.got, tt.want)
		}
	}
}

// TestVariantFlags: a flag goes over the file, and never makes a name untrue.
func TestVariantFlags(t *testing.T) {
	t.Parallel()
	const file = `producer: {linger: 7ms}
consumer: {}
matrix:
  producer: [{as: plain}, {as: tuned, batch_size: 16KB, config: {a: b}}]
  variant: [{as: both}, {as: alone, consumer: null}]
  load.rate: [1k/s, max]
`
	for _, tt := range []struct {
		why  string
		o    Options
		want string // the first problem, none if it is empty
	}{
		{"what no mapping has", Options{Set: []string{"producer.linger=0s", "producer.config.c=d", "topic.partitions=9"}}, ""},
		{"a single value beside them", Options{Set: []string{"load.rate=5k/s"}}, ""},
		{"names are globs' business", Options{Only: []string{"producer=tuned,*"}}, ""},
		{"what a mapping sets", Options{Set: []string{"producer.batch_size=1KB"}}, "--set producer.batch_size=1KB: the matrix sets producer.batch_size; leave that out of the file first"},
		{"a client's own", Options{Set: []string{"producer.config.a=c"}}, "--set producer.config.a=c: the matrix sets producer.config.a; leave that out of the file first"},
		{"a key of what a mapping leaves out", Options{Set: []string{"consumer.members=2"}}, "--set consumer.members=2: the matrix sets consumer; leave that out of the file first"},
		{"a section of which a mapping sets a key", Options{Set: []string{"producer=null"}}, "--set producer=null: the matrix sets producer.batch_size; leave that out of the file first"},
		{"a name", Options{Set: []string{"producer=tuned"}}, "--set producer=tuned: producer: a section, not a value; set one of its keys, or producer=null to leave it out"},
		{"the whole", Options{Set: []string{"variant=alone"}}, "--set variant=alone: variant: unknown key; here it may be name, description, topic, load, producer, consumer, message, workloads, faults, preload, preheat, verify, matrix, repeats, order or thresholds"},
	} {
		p, err := Parse("f.yaml", []byte(file), tt.o)
		var ps Problems
		if tt.want != "" && (!errors.As(err, &ps) || ps[0].String() != tt.want) || tt.want == "" && err != nil {
			t.Errorf("%s:\ngot  %v\nwant %s", tt.why, err, tt.want)
			continue
		}
		if tt.want == "" && len(tt.o.Set) == 3 {
			last := p.Cases[len(p.Cases)-1].Scenario
			if last.Producer.Linger != 0 || last.Topic.Partitions != 9 || !reflect.DeepEqual(last.Producer.Config, map[string]string{"a": "b", "c": "d"}) {
				t.Errorf("%s: got %+v", tt.why, last.Producer)
			}
		}
	}
}

// TestReferencesExample: what the reference shows is what it says it is.
func TestReferencesExample(t *testing.T) {
	t.Parallel()
	p := parsed(t, "f.yaml", matrixExample, Options{Only: []string{"variant=franz,*"}})
	if all := parsed(t, "f.yaml", matrixExample, Options{}); len(all.Cases) != 12 || len(p.Cases) != 6 || p.Cases[5].Name != "variant=franz,producer=tuned,acks=all" {
		t.Errorf("got %q", names(all))
	}
}
