package bare

import (
	"context"
	"errors"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"

	"kbench/internal/driver"
	"kbench/internal/driver/confluent"
	"kbench/internal/driver/franz"
	"kbench/internal/driver/sarama"
)

const topic = "t"

func broker(t *testing.T) *kfake.Cluster {
	t.Helper()
	c, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(3, topic))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// settingsOf returns what kbench's drivers have in force, as its record would.
func settingsOf(t *testing.T, d driver.Driver, brokers []string) (producer, consumer map[string]string) {
	t.Helper()
	at, cfg, reading := driver.Cluster{Brokers: brokers}, driver.DefaultProducer(), driver.DefaultConsumer()
	cfg.Topic, cfg.Buffer, reading.Topic, reading.Group = topic, 10_000, topic, "g"
	p, err := d.NewProducer(t.Context(), at, cfg, func(*driver.Record, driver.Ack, error) {})
	if err != nil {
		t.Fatal(err)
	}
	c, err := d.NewConsumer(t.Context(), at, reading)
	if err != nil {
		t.Fatal(err)
	}
	producer, consumer = p.Settings(), c.Settings()
	delete(consumer, "group.id") // as a record does
	if err := errors.Join(p.Close(), c.Close()); err != nil {
		t.Fatal(err)
	}
	return producer, consumer
}

func drivers() []driver.Driver {
	ds := []driver.Driver{franz.New(), sarama.New()}
	if d, ok := confluent.New(); ok {
		ds = append(ds, d)
	}
	return ds
}

// TestLoops lets each client do each kind of work with what its driver has in force.
func TestLoops(t *testing.T) {
	t.Parallel()
	for _, d := range drivers() {
		t.Run(d.Name(), func(t *testing.T) {
			t.Parallel()
			brokers := broker(t).ListenAddrs()
			producer, consumer := settingsOf(t, d, brokers)
			j := Job{
				Client: d.Name(), Brokers: brokers, Topic: topic, Size: 100, CompressTo: 0.5,
				Warmup: 200 * time.Millisecond, Measure: 300 * time.Millisecond,
			}
			for _, tc := range []struct {
				kind         string
				writes, read bool
			}{{"produce", true, false}, {"consume", false, true}, {"both", true, true}} {
				j.Group, j.Producer, j.Consumer = tc.kind, nil, nil
				if tc.writes {
					j.Producer = producer
				}
				if tc.read {
					j.Consumer = consumer
				}
				r, err := Run(t.Context(), &j)
				if err != nil {
					t.Fatalf("%s: %v", tc.kind, err)
				}
				if (r.Written > 0) != tc.writes || r.Acked > r.Written || r.Read > 0 != tc.read || r.Consumed > r.Read || r.Seconds < j.Measure.Seconds() {
					t.Errorf("%s: %+v", tc.kind, r)
				}
			}
		})
	}
}

// TestRefused is about jobs that would compare two different things, or nothing.
func TestRefused(t *testing.T) {
	t.Parallel()
	brokers := broker(t).ListenAddrs()
	producer, _ := settingsOf(t, franz.New(), brokers)
	for _, tc := range []struct {
		why  string
		set  func(*Job)
		want string
	}{
		{"a client that has no loop", func(j *Job) { j.Client = "kafka-go" }, "no bare loop"},
		{"a setting that the record lacks", func(j *Job) { delete(j.Producer, "linger.ms") }, "linger.ms"},
		{"one that is no number", func(j *Job) { j.Producer["batch.size"] = "1MB" }, "batch.size"},
		{"one that the loop is not written for", func(j *Job) { j.Producer["enable.idempotence"] = "true" }, "knows false only"},
	} {
		j := Job{Client: "franz", Brokers: brokers, Topic: topic, Size: 100, Producer: maps.Clone(producer), Measure: 20 * time.Second}
		tc.set(&j)
		if _, err := Run(t.Context(), &j); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: got %v, want an error with %q", tc.why, err, tc.want)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	j := Job{Client: "franz", Brokers: brokers, Topic: topic, Size: 100, Producer: producer, Measure: time.Hour}
	if _, err := Run(ctx, &j); !errors.Is(err, context.Canceled) {
		t.Errorf("a context that has ended: got %v", err)
	}
}

// TestLostRecords is about a loop whose records are refused: it measured nothing, and says so.
func TestLostRecords(t *testing.T) {
	t.Parallel()
	for _, d := range drivers() {
		c := broker(t)
		producer, _ := settingsOf(t, d, c.ListenAddrs())
		c.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Produce}, Err: kerr.TopicAuthorizationFailed, Count: -1})
		j := Job{Client: d.Name(), Brokers: c.ListenAddrs(), Topic: topic, Size: 100, Producer: producer, Measure: time.Minute}
		if r, err := Run(t.Context(), &j); err == nil || r.Acked != 0 {
			t.Errorf("%s: got %+v, %v; want an error", d.Name(), r, err)
		}
	}
}

// TestValues holds what is sent against what kbench would send: as compressible, and no two the same within a batch.
func TestValues(t *testing.T) {
	t.Parallel()
	j := Job{Size: 200, CompressTo: 0.5}
	seen := map[string]bool{}
	zeros := 0
	j.makeValues()
	values := j.values
	for _, v := range values {
		seen[string(v)] = true
		for _, b := range v {
			if b == 0 {
				zeros++
			}
		}
	}
	if len(seen) != len(values) || len(values)*j.Size < 4e6 {
		t.Errorf("%d values of %d are different", len(seen), len(values))
	}
	if part := float64(zeros) / float64(len(values)*j.Size); part < 0.45 || part > 0.60 {
		t.Errorf("%.2f of the bytes are zeros, want about half", part)
	}
}

func TestPool(t *testing.T) {
	t.Parallel()
	var p pool[int]
	a, b := p.get(), p.get()
	p.put(a)
	p.put(b)
	if c, d := p.get(), p.get(); c == d || (c != a && c != b) || (d != a && d != b) {
		t.Error("what was put back was not given out again, each once")
	}
}
