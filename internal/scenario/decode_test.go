package scenario

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"kbench/internal/driver"
	"kbench/internal/unit"
)

// decoded reads a file as it is, without the rules between keys.
func decoded(t *testing.T, src string) (Scenario, *node) {
	t.Helper()
	root, problems := readYAML("f.yaml", []byte(src))
	if len(problems) > 0 {
		t.Fatal(Problems(problems))
	}
	d, s := decoder{limits: limitsByPath()}, Default()
	d.section(root.without([]string{"matrix"}), reflect.ValueOf(&s).Elem(), "")
	if len(d.problems) > 0 {
		t.Fatalf("%+v", d.problems)
	}
	return s, root
}

func TestEveryKey(t *testing.T) {
	t.Parallel()
	second, preheat := unit.Duration(time.Second), unit.Duration(3*time.Second)
	want := Scenario{
		Name: "full", Description: "Is every key read?",
		Topic: Topic{
			Name: "orders", Partitions: 12, ReplicationFactor: 2,
			Config: map[string]string{"min.insync.replicas": "1", "retention.ms": "60000", "unclean.leader.election.enable": "true"},
		},
		Load: Load{
			Rate: 1500 * unit.PerSecond,
			Profile: []Phase{
				{For: 10 * second, Rate: 10e3 * unit.PerSecond},
				{For: 30 * second, From: 10e3 * unit.PerSecond, To: 80e3 * unit.PerSecond},
				{For: 10 * second, Burst: 200e3 * unit.PerSecond, Every: second, Lasting: second / 10},
				{For: 60 * second, Sine: &Sine{Mean: 50e3 * unit.PerSecond, Amplitude: 30e3 * unit.PerSecond, Period: 20 * second}},
			},
			Trace: "rates.csv",
			FindMax: &FindMax{
				SLO:  []Threshold{{Metric: "response_p99", Op: "<=", Value: 20e6, Text: "response_p99 <= 20ms"}},
				From: 2e3 * unit.PerSecond, To: 1e6 * unit.PerSecond, Precision: 0.07, Curve: true,
			},
			Arrival: ArrivalPoisson, Warmup: Warmup{Auto: true}, Measure: 90 * second, Records: 1e6, Drain: 10 * second,
		},
		Producer: &Producer{
			Client: "null", Count: 2, Mode: ModeSync,
			ProducerConfig: driver.ProducerConfig{
				Acks: driver.AcksNone, Idempotence: true, Compression: "zstd", CompressionLevel: 3, Partitioner: driver.PartitionerMurmur2,
				BatchSize: 16384, MaxInFlight: 1, Buffer: 10e3, OnFull: driver.OnFullFail, Retries: 7, Timeout: 5 * second,
				Transaction: driver.Transaction{Records: 100, AbortRatio: 0.25},
				Config:      map[string]string{"sticky.partitioning.linger.ms": "10", "socket.nagle.disable": "true"},
			},
		},
		Consumer: &Consumer{
			Client: "franz", Groups: 2, Members: 3, Processing: second / 1000, Pause: []Pause{{At: 2 * second, For: second}},
			Slow: []Slow{{Group: 2, Members: 1, Processing: second / 200}}, StaticMembers: true, Churn: []Churn{{At: 8 * second, Do: ChurnDie, Members: 1, Group: 1}},
			ConsumerConfig: driver.ConsumerConfig{
				Assign: driver.AssignStatic, Protocol: driver.ProtocolConsumer, Assignor: "cooperative-sticky", Commit: driver.CommitSync,
				CommitEvery: driver.Every{Records: 1000}, Start: driver.StartEarliest, Isolation: driver.ReadCommitted, Forward: driver.Forward{Records: 50},
				Config: map[string]string{"fetch.min.bytes": "1"},
			},
		},
		Message: Message{
			Size: Sizes{Weighted: map[string]Positive{"200B": 90, "10KB": 10}},
			Keys: Keys{Count: 1000, Pick: PickZipf, Exponent: 1.2, Hot: Hot{Keys: 0.05, Records: 0.5}}, Payload: "zeros", CompressTo: 0.2, Headers: 2,
		},
		Faults: []Fault{
			{At: 8 * second, Do: "pause", Node: "leader", For: second},
			{At: 9 * second, Do: "kill", Node: "2"},
			{At: 10 * second, Do: "slow", Node: "all", Delay: second / 50, Rate: 10e6},
		},
		Preload: 2e6, Preheat: &preheat, Verify: false, Repeats: 5, Order: OrderListed,
		Thresholds: []Threshold{
			{Metric: "acked_per_s", Op: ">=", Value: 49e3, Text: "acked_per_s >= 49k"},
			{Metric: "lost", Op: "==", Text: "lost == 0", Abort: true, Scope: ScopeCase},
		},
	}
	got, root := decoded(t, string(read(t, "testdata/full.yaml")))
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}

	// The other ways to write a size stand in files of their own, since one excludes the next.
	uniform, uniformRoot := decoded(t, "message: {size: {uniform: [100B, 2KB]}}")
	if got, want := uniform.Message.Size, (Sizes{Uniform: []unit.Size{100, 2000}}); !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	lognormal, lognormalRoot := decoded(t, "message: {size: {lognormal: {median: 1KB, p99: 64KB, min: 100B, max: 128KB}}}")
	if got, want := lognormal.Message.Size, (Sizes{Lognormal: &Lognormal{Median: 1000, P99: 64000, Min: 100, Max: 128_000}}); !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}

	item := strings.NewReplacer(
		"profile[].from", "profile[1].from", "profile[].to", "profile[1].to", "profile[].burst", "profile[2].burst",
		"profile[].every", "profile[2].every", "profile[].lasting", "profile[2].lasting", "profile[].sine", "profile[3].sine", "thresholds[]", "thresholds[1]",
		"faults[].delay", "faults[2].delay", "faults[].rate", "faults[2].rate", "[]", "[0]",
	)
	walk(func(k key) {
		for _, r := range []*node{root, uniformRoot, lognormalRoot} {
			if _, given := r.find(item.Replace(k.path)); given {
				return
			}
		}
		t.Errorf("%s is in no file of this test", k.path)
	})
}

// TestDocumented: the schema and the reference have a word on each key.
func TestDocumented(t *testing.T) {
	t.Parallel()
	walk(func(k key) {
		if !strings.HasSuffix(k.doc, ".") {
			t.Errorf("%s: the doc tag is %q, want a sentence", k.path, k.doc)
		}
	})
}

// TestDefaults: a section that is there and empty has its defaults, and one that is not there is nil.
func TestDefaults(t *testing.T) {
	t.Parallel()
	got, _ := decoded(t, "producer: {}\nconsumer: {}")
	if want := Default(); !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	got, _ = decoded(t, "producer: {acks: 1}")
	if got.Consumer != nil || got.Producer.Acks != driver.AcksLeader || got.Producer.Linger != driver.DefaultProducer().Linger {
		t.Errorf("got producer %+v and consumer %+v, want acks 1 among defaults, and none", got.Producer, got.Consumer)
	}
	got, _ = decoded(t, "load: {find_max: {slo: [lost == 0]}}")
	if f := got.Load.FindMax; f.From != 1e3*unit.PerSecond || f.Precision != 0.05 {
		t.Errorf("got %+v, want the search's defaults", f)
	}
	a, b := Default(), Default()
	a.Topic.Config["x"], a.Producer.Count = "y", 7
	if len(b.Topic.Config) != 0 || b.Producer.Count != 1 {
		t.Error("two defaults share a value")
	}
}

// TestScalars: a scalar prints as it is read, and text that is no such scalar is refused.
func TestScalars(t *testing.T) {
	t.Parallel()
	type text interface {
		UnmarshalText([]byte) error
		MarshalText() ([]byte, error)
	}
	tests := []struct {
		why  string
		to   text
		in   string
		want string // "" is refused
	}{
		{"a number of replicas", new(Replication), "3", "3"},
		{"as many as there are", new(Replication), "max", "max"},
		{"no replica is no topic", new(Replication), "0", ""},
		{"more than the protocol's field holds", new(Replication), "32768", ""},
		{"a time", new(Warmup), "1m30s", "1m30s"},
		{"a choice of kbench's", new(Warmup), "auto", "auto"},
		{"neither", new(Warmup), "soon", ""},
		{"a percentage that has no exact binary form", new(Percent), "7%", "7%"},
		{"below one", new(Percent), "0.1%", "0.1%"},
		{"very small", new(Percent), "0.000000000000001%", "0.000000000000001%"},
		{"a bare number is ambiguous", new(Percent), "0.05", ""},
		{"two points", new(Percent), "0.0.5%", ""},
		{"nothing before the sign", new(Percent), "%", ""},
		{"an exponent", new(Percent), "1e3%", ""},
		{"a weight", new(Positive), "0.5", "0.5"},
		{"no weight", new(Positive), "0", ""},
		{"endless weight", new(Positive), "Inf", ""},
		{"no number", new(Positive), "NaN", ""},
		{"a threshold keeps its spelling", new(Threshold), " lost==0 ", "lost==0"},
		{"no operator", new(Threshold), "lost 0", ""},
	}
	for _, tt := range tests {
		err := tt.to.UnmarshalText([]byte(tt.in))
		if tt.want == "" {
			if err == nil || strings.Contains(err.Error(), "\n") {
				t.Errorf("%s: %q gave error %v, want one line", tt.why, tt.in, err)
			}
			continue
		}
		got, _ := tt.to.MarshalText()
		if err != nil || string(got) != tt.want {
			t.Errorf("%s: %q reads and prints as %q, %v, want %q", tt.why, tt.in, got, err, tt.want)
		}
	}
}

func TestThresholdValues(t *testing.T) {
	t.Parallel()
	tests := []struct {
		why, in string
		want    Threshold
	}{
		{"a latency in ns", "response_p99 <= 20ms", Threshold{Metric: "response_p99", Op: "<=", Value: 20e6}},
		{"every span and statistic", "e2e_service_p9999 < 1.5s", Threshold{Metric: "e2e_service_p9999", Op: "<", Value: 1.5e9}},
		{"a rate as a count", "acked_per_s >= 49k", Threshold{Metric: "acked_per_s", Op: ">=", Value: 49e3}},
		{"a rate as a rate", "acked_per_s >= 49k/s", Threshold{Metric: "acked_per_s", Op: ">=", Value: 49e3}},
		{"bytes, SI", "rss_max_bytes < 5MB", Threshold{Metric: "rss_max_bytes", Op: "<", Value: 5e6}},
		{"bytes, binary", "rss_max_bytes < 1MiB", Threshold{Metric: "rss_max_bytes", Op: "<", Value: 1 << 20}},
		{"a part in percent", "failed_ratio < 0.1%", Threshold{Metric: "failed_ratio", Op: "<", Value: 0.001}},
		{"a plain fraction", "compression_ratio > 1.25", Threshold{Metric: "compression_ratio", Op: ">", Value: 1.25}},
		{"no spaces", "lost!=1", Threshold{Metric: "lost", Op: "!=", Value: 1}},
		{"spaces around", "  lost  ==  0 ", Threshold{Metric: "lost", Op: "==", Value: 0}},
	}
	for _, tt := range tests {
		got, err := ParseThreshold(tt.in)
		tt.want.Text = strings.TrimSpace(tt.in)
		if err != nil || got != tt.want {
			t.Errorf("%s: %q gave %+v, %v, want %+v", tt.why, tt.in, got, err, tt.want)
		}
	}
	for why, in := range map[string]string{
		"a latency without a unit":     "response_p99 <= 20",
		"a time for what is no time":   "lost <= 20ms",
		"a negative value":             "lost >= -1",
		"two values":                   "lost == 0 1",
		"no value":                     "lost ==",
		"no metric":                    "== 0",
		"an operator that is not one":  "lost => 0",
		"max is no number":             "acked_per_s >= max",
		"a number that is not decimal": "lost == 0x1",
	} {
		if got, err := ParseThreshold(in); err == nil {
			t.Errorf("%s: %q gave %+v, want an error", why, in, got)
		}
	}
}
