package franz

import (
	"errors"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"kbench/internal/driver"
)

// TestRefused is about what the suite of all drivers does not hold: what only this library cannot do.
func TestRefused(t *testing.T) {
	t.Parallel()
	at := driver.Cluster{Brokers: []string{"127.0.0.1:1"}}
	producers := map[string]func(*driver.ProducerConfig){
		"no buffer":                                      func(c *driver.ProducerConfig) { c.Buffer = 0 },
		"0 would mean no timeout to the library":         func(c *driver.ProducerConfig) { c.Timeout = 0 },
		"the library's shortest is a second":             func(c *driver.ProducerConfig) { c.Timeout = 999e6 },
		"the library's smallest batch is 512":            func(c *driver.ProducerConfig) { c.BatchSize = 511 },
		"a batch beyond a request":                       func(c *driver.ProducerConfig) { c.BatchSize = 101e6 },
		"the library's longest linger is a minute":       func(c *driver.ProducerConfig) { c.Linger = 61e9 },
		"none in flight":                                 func(c *driver.ProducerConfig) { c.MaxInFlight = 0 },
		"idempotence needs acks from all":                func(c *driver.ProducerConfig) { c.Idempotence, c.Acks = true, "1" },
		"the library has its own number for idempotence": func(c *driver.ProducerConfig) { c.Idempotence, c.MaxInFlight = true, 4 },
		"a property of another library":                  func(c *driver.ProducerConfig) { c.Config = map[string]string{"linger.ms": "1"} },
		"a property of consumers":                        func(c *driver.ProducerConfig) { c.Config = map[string]string{"fetch.min.bytes": "1"} },
		"a property that is no number":                   func(c *driver.ProducerConfig) { c.Config = map[string]string{"metadata.max.age.ms": "1s"} },
		"how to connect is said elsewhere":               func(c *driver.ProducerConfig) { c.Config = map[string]string{"sasl.password": "hunter2"} },
	}
	for why, set := range producers {
		cfg := driver.DefaultProducer()
		cfg.Topic = "t"
		set(&cfg)
		_, err := library{}.NewProducer(t.Context(), at, cfg, nil)
		if !errors.Is(err, driver.ErrUnsupported) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("producer: %s: got %v, want an error that is ErrUnsupported, and no secret", why, err)
		}
		if before := (library{}).CheckProducer(cfg); err == nil || before == nil || before.Error() != err.Error() {
			t.Errorf("producer: %s: the check says %v, opening %v; want the same", why, before, err)
		}
	}
	consumers := map[string]func(*driver.ConsumerConfig){
		"the library commits by time only": func(c *driver.ConsumerConfig) { c.CommitEvery = driver.Every{Records: 10} },
		"the library's shortest is 100 ms": func(c *driver.ConsumerConfig) { c.CommitEvery = driver.Every{For: 99e6} },
		"the broker has no such assignor":  func(c *driver.ConsumerConfig) { c.Protocol, c.Assignor = driver.ProtocolConsumer, "roundrobin" },
		"an assignor that nobody knows":    func(c *driver.ConsumerConfig) { c.Assignor = "no-such" },
		"a protocol that nobody knows":     func(c *driver.ConsumerConfig) { c.Protocol = "no-such" },
		"a commit that nobody knows":       func(c *driver.ConsumerConfig) { c.Commit = "no-such" },
		"an isolation that was left unset": func(c *driver.ConsumerConfig) { c.Isolation = "" },
		"a start that was left unset":      func(c *driver.ConsumerConfig) { c.Start = "" },
		"there is no session without a group": func(c *driver.ConsumerConfig) {
			c.Assign, c.Config = driver.AssignStatic, map[string]string{"session.timeout.ms": "6000"}
		},
		"the broker decides on sessions": func(c *driver.ConsumerConfig) {
			c.Protocol, c.Config = driver.ProtocolConsumer, map[string]string{"session.timeout.ms": "6000"}
		},
	}
	for why, set := range consumers {
		cfg := driver.DefaultConsumer()
		cfg.Topic, cfg.Group = "t", "g"
		set(&cfg)
		_, err := library{}.NewConsumer(t.Context(), at, cfg)
		if before := (library{}).CheckConsumer(cfg); err == nil || before == nil || before.Error() != err.Error() {
			t.Errorf("consumer: %s: the check says %v, opening %v; want the same", why, before, err)
		}
		if !errors.Is(err, driver.ErrUnsupported) {
			t.Errorf("consumer: %s: got %v, want an error that is ErrUnsupported", why, err)
		}
	}
	if err := errors.Join(library{}.CheckProducer(driver.DefaultProducer()), library{}.CheckConsumer(driver.DefaultConsumer())); err != nil {
		t.Errorf("the defaults, without a topic and a group: %v", err)
	}
	if _, err := (library{}).NewConsumer(t.Context(), at, driver.DefaultConsumer()); !errors.Is(err, driver.ErrUnsupported) {
		t.Errorf("no group to open a consumer of: got %v, want an error that is ErrUnsupported", err)
	}
	at.Brokers = []string{"127.0.0.1:1,127.0.0.1:2"}
	cfg := driver.DefaultProducer()
	cfg.Topic = "t"
	if _, err := (library{}).NewProducer(t.Context(), at, cfg, nil); !errors.Is(err, driver.ErrUnsupported) {
		t.Errorf("a list as one address: got %v, want an error that is ErrUnsupported", err)
	}
}

// TestOwnProperties reads back what the client's own properties set.
func TestOwnProperties(t *testing.T) {
	t.Parallel()
	cfg := driver.DefaultConsumer()
	cfg.Group = "g"
	cfg.Config = map[string]string{
		"client.rack": "r1", "fetch.min.bytes": "2", "fetch.max.bytes": "3000000", "fetch.max.wait.ms": "40", "max.partition.fetch.bytes": "5000",
		"session.timeout.ms": "60000", "heartbeat.interval.ms": "700", "max.poll.interval.ms": "80000", "metadata.max.age.ms": "9000",
	}
	want := maps.Clone(cfg.Config)
	want["partition.assignment.strategy"], want["group.id"], want["check.crcs"] = "range", "g", "true"
	want["retry.backoff.ms"], want["retry.backoff.max.ms"], want["enable.metrics.push"] = "100", "1000", "false"
	opts, err := consumerOptions(driver.Cluster{Brokers: []string{"127.0.0.1:1"}}, cfg)
	if err != nil {
		t.Fatal(err)
	}
	kc, err := kgo.NewClient(opts...)
	if err != nil {
		t.Fatal(err)
	}
	defer kc.Close()
	got := consumerSettings(kc)
	for key, value := range want {
		if got[key] != value {
			t.Errorf("%s: in force is %q, want %q", key, got[key], value)
		}
	}
	if other := driver.Differences(cfg.Asked(), got); len(other) > 0 {
		t.Error(other)
	}
}

func TestBackoff(t *testing.T) {
	t.Parallel()
	for fails, want := range map[int]time.Duration{-1: 100e6, 0: 100e6, 1: 100e6, 2: 200e6, 4: 800e6, 5: 1e9, 1 << 40: 1e9} {
		if got := backoff(fails); got != want {
			t.Errorf("after %d failures: got %s, want %s", fails, got, want)
		}
	}
}

func FuzzOwnOptions(f *testing.F) {
	f.Add("metadata.max.age.ms", "300000")
	f.Add("fetch.min.bytes", "-1")
	f.Add("sasl.password", "secret")
	f.Fuzz(func(t *testing.T, key, value string) {
		_, err := ownOptions("consumer.config", map[string]string{key: value}, consumerProperties(driver.DefaultConsumer()))
		if err != nil && !errors.Is(err, driver.ErrUnsupported) {
			t.Errorf("%q=%q: got %v, want an error that is ErrUnsupported", key, value, err)
		}
	})
}
