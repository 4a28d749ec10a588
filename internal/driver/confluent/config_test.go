//go:build cgo && (linux || darwin) && (amd64 || arm64)

package confluent

import (
	"errors"
	"maps"
	"testing"

	"kbench/internal/driver"
)

func TestProducerProperties(t *testing.T) {
	t.Parallel()
	rows := []struct {
		why  string
		set  func(*driver.ProducerConfig)
		want properties
	}{
		{"the defaults, each by name", func(*driver.ProducerConfig) {}, properties{
			"acks": "all", "enable.idempotence": "false", "compression.type": "none", "compression.level": "-1",
			"partitioner": "murmur2_random", "linger.ms": "5", "sticky.partitioning.linger.ms": "10", "batch.size": "1000000",
			"batch.num.messages": "1000000", "max.in.flight.requests.per.connection": "5", "queue.buffering.max.messages": "500000",
			"queue.buffering.max.kbytes": "2147483647", "retries": "2147483647", "delivery.timeout.ms": "30000",
			"request.timeout.ms": "30000", "enable.metrics.push": "false", "allow.auto.create.topics": "false",
			"bootstrap.servers": "a:1,b:2", "client.id": "kbench",
		}},
		{"a fraction of a millisecond, up to a whole one for the sticking", func(c *driver.ProducerConfig) {
			c.Linger, c.Partitioner = 300e3, driver.PartitionerMurmur2
		}, properties{"linger.ms": "0.3", "sticky.partitioning.linger.ms": "1"}},
		{"sticky sticks without linger too", func(c *driver.ProducerConfig) { c.Linger = 0 }, properties{"sticky.partitioning.linger.ms": "10"}},
		{
			"random never sticks", func(c *driver.ProducerConfig) { c.Partitioner = driver.PartitionerRandom },
			properties{"partitioner": "random", "sticky.partitioning.linger.ms": "0"},
		},
		{"crc32", func(c *driver.ProducerConfig) { c.Partitioner = driver.PartitionerCRC32 }, properties{"partitioner": "consistent_random"}},
		{"fnv1a", func(c *driver.ProducerConfig) { c.Partitioner = driver.PartitionerFNV1a }, properties{"partitioner": "fnv1a_random"}},
		{
			"no part of a delivery outlasts it", func(c *driver.ProducerConfig) { c.Timeout = 3e9 },
			properties{"delivery.timeout.ms": "3000", "request.timeout.ms": "3000", "topic.metadata.propagation.max.ms": "1500"},
		},
		{
			"a longer delivery does not make a request longer", func(c *driver.ProducerConfig) { c.Timeout = 300e9 },
			properties{"delivery.timeout.ms": "300000", "request.timeout.ms": "30000"},
		},
		{"the client's own properties win, under any of their names", func(c *driver.ProducerConfig) {
			c.Config = map[string]string{"queue.buffering.max.ms": "50", "{topic}.request.required.acks": "1", "max.in.flight": "2", "message.max.bytes": "5000"}
		}, properties{"linger.ms": "50", "acks": "1", "max.in.flight.requests.per.connection": "2", "message.max.bytes": "5000"}},
	}
	for _, row := range rows {
		cfg := driver.DefaultProducer()
		row.set(&cfg)
		got, err := producerProperties(driver.Cluster{Brokers: []string{"a:1", "b:2"}}, cfg)
		if err != nil {
			t.Errorf("%s: %v", row.why, err)
		}
		wantAll(t, row.why, got, row.want)
	}
}

func TestConsumerProperties(t *testing.T) {
	t.Parallel()
	rows := []struct {
		why    string
		set    func(*driver.ConsumerConfig)
		want   properties
		absent []string
	}{
		{"the defaults, each by name", func(*driver.ConsumerConfig) {}, properties{
			"group.id": "g", "group.protocol": "classic", "partition.assignment.strategy": "range", "enable.auto.commit": "true",
			"auto.commit.interval.ms": "5000", "enable.auto.offset.store": "false", "auto.offset.reset": "latest",
			"isolation.level": "read_uncommitted", "fetch.queue.backoff.ms": "1", "check.crcs": "false",
		}, nil},
		{
			"the consumer protocol leaves these to the broker", func(c *driver.ConsumerConfig) { c.Protocol = driver.ProtocolConsumer },
			properties{"group.protocol": "consumer", "group.remote.assignor": "range"},
			[]string{"partition.assignment.strategy", "session.timeout.ms", "heartbeat.interval.ms"},
		},
		{"with a static assignment no group protocol runs", func(c *driver.ConsumerConfig) {
			c.Assign, c.Protocol, c.Assignor = driver.AssignStatic, driver.ProtocolConsumer, "sticky"
		}, properties{"group.protocol": "classic"}, []string{"group.remote.assignor", "partition.assignment.strategy"}},
		{"commits of our own", func(c *driver.ConsumerConfig) {
			c.Commit, c.CommitEvery = driver.CommitSync, driver.Every{Records: 10}
		}, properties{"enable.auto.commit": "false"}, nil},
		{"the client's own properties win", func(c *driver.ConsumerConfig) {
			c.Config = map[string]string{"fetch.message.max.bytes": "2000000", "check.crcs": "true"}
		}, properties{"max.partition.fetch.bytes": "2000000", "check.crcs": "true"}, []string{"fetch.message.max.bytes"}},
	}
	for _, row := range rows {
		cfg := driver.DefaultConsumer()
		cfg.Topic, cfg.Group = "t", "g"
		row.set(&cfg)
		got, err := consumerProperties(driver.Cluster{Brokers: []string{"a:1"}}, cfg)
		if err != nil {
			t.Errorf("%s: %v", row.why, err)
		}
		wantAll(t, row.why, got, row.want)
		for _, key := range row.absent {
			if value, there := got[key]; there {
				t.Errorf("%s: %s is %q, want it left out", row.why, key, value)
			}
		}
	}
}

func wantAll(t *testing.T, why string, got, want properties) {
	t.Helper()
	for key, value := range maps.All(want) {
		if got[key] != value {
			t.Errorf("%s: %s is %q, want %q", why, key, got[key], value)
		}
	}
}

// TestRefused has what the suite of all drivers does not: what only this library cannot do.
func TestRefused(t *testing.T) {
	t.Parallel()
	producers := map[string]func(*driver.ProducerConfig){
		"0 would mean no limit to the library":         func(c *driver.ProducerConfig) { c.Buffer = 0 },
		"0 would mean no timeout to the library":       func(c *driver.ProducerConfig) { c.Timeout = 0 },
		"half a millisecond would be cut off":          func(c *driver.ProducerConfig) { c.Timeout = 1500e3 },
		"the library's zstd ends at 12":                func(c *driver.ProducerConfig) { c.Compression, c.CompressionLevel = "zstd", 13 },
		"a level below the codec's":                    func(c *driver.ProducerConfig) { c.Compression, c.CompressionLevel = "lz4", -1 },
		"the library takes at most a million":          func(c *driver.ProducerConfig) { c.MaxInFlight = 2_000_000 },
		"a record would time out while it lingers":     func(c *driver.ProducerConfig) { c.Linger, c.Timeout = 2e9, 1e9 },
		"idempotence needs acks from all":              func(c *driver.ProducerConfig) { c.Idempotence, c.Acks = true, "1" },
		"idempotence needs five in flight or less":     func(c *driver.ProducerConfig) { c.Idempotence, c.MaxInFlight = true, 6 },
		"acks would only be reported for failures":     raw("delivery.report.only.error", "true"),
		"a channel is no text, and the library panics": raw("go.logs.channel", "x"),
		"the log of the settings would be lost":        raw("debug", "all"),
		"brokers are named elsewhere":                  raw("metadata.broker.list", "x:1"),
		"nobody begins its transactions":               raw("transactional.id", "x"),
	}
	for why, set := range producers {
		cfg := driver.DefaultProducer()
		cfg.Topic = "t"
		set(&cfg)
		_, err := library{}.NewProducer(t.Context(), driver.Cluster{Brokers: []string{"127.0.0.1:1"}}, cfg, nil)
		if !errors.Is(err, driver.ErrUnsupported) {
			t.Errorf("producer: %s: got %v, want an error that is ErrUnsupported", why, err)
		}
	}
	consumers := map[string]func(*driver.ConsumerConfig){
		"the library commits by time only":       func(c *driver.ConsumerConfig) { c.CommitEvery = driver.Every{Records: 10} },
		"the library has no eager sticky":        func(c *driver.ConsumerConfig) { c.Assignor = "sticky" },
		"the broker has no such assignor":        func(c *driver.ConsumerConfig) { c.Protocol, c.Assignor = driver.ProtocolConsumer, "roundrobin" },
		"the library wants a group":              func(c *driver.ConsumerConfig) { c.Group = "" },
		"a start that was left unset":            func(c *driver.ConsumerConfig) { c.Start = "" },
		"offsets would count before fn returned": func(c *driver.ConsumerConfig) { c.Config = map[string]string{"enable.auto.offset.store": "true"} },
	}
	for why, set := range consumers {
		cfg := driver.DefaultConsumer()
		cfg.Topic, cfg.Group = "t", "g"
		set(&cfg)
		_, err := library{}.NewConsumer(t.Context(), driver.Cluster{Brokers: []string{"127.0.0.1:1"}}, cfg)
		if !errors.Is(err, driver.ErrUnsupported) {
			t.Errorf("consumer: %s: got %v, want an error that is ErrUnsupported", why, err)
		}
	}
}

func raw(key, value string) func(*driver.ProducerConfig) {
	return func(c *driver.ProducerConfig) { c.Config = map[string]string{key: value} }
}

func TestTopicName(t *testing.T) {
	t.Parallel()
	for _, topic := range []string{"", string(make([]byte, 600))} { // the library panics on the second
		cfg := driver.DefaultProducer()
		cfg.Topic = topic
		if _, err := (library{}).NewProducer(t.Context(), driver.Cluster{Brokers: []string{"127.0.0.1:1"}}, cfg, nil); err == nil {
			t.Errorf("a topic's name of %d characters: no error", len(topic))
		}
	}
}
