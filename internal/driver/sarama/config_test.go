package sarama

import (
	"errors"
	"maps"
	"math"
	"testing"
	"time"

	"github.com/IBM/sarama"

	"kbench/internal/driver"
	"kbench/internal/unit"
)

func TestProducerConfig(t *testing.T) {
	t.Parallel()
	rows := []struct {
		why  string
		set  func(*driver.ProducerConfig)
		want map[string]string
	}{
		{"the defaults", func(*driver.ProducerConfig) {}, map[string]string{
			"acks": "all", "enable.idempotence": "false", "compression.type": "none", "linger.ms": "5", "batch.size": "1000000",
			"max.in.flight.requests.per.connection": "5", "retries": "2147483647", "delivery.timeout.ms": "30000",
			"request.timeout.ms": "30000", "partitioner": "sticky", "client.id": "kbench", "security.protocol": "PLAINTEXT",
			"Producer.Flush.Bytes": "0", "Producer.Flush.Frequency": "5ms", "Producer.Retry.Max": "302", "Metadata.Full": "false",
			"Metadata.AllowAutoTopicCreation": "false", "Metadata.Timeout": "15s", "Version": sarama.MaxVersion.String(),
		}},
		{"a fraction of a millisecond", func(c *driver.ProducerConfig) { c.Linger = 300e3 }, map[string]string{"linger.ms": "0.3"}},
		{
			"retries that the timeout has room for stand as they are", func(c *driver.ProducerConfig) { c.Retries = 7 },
			map[string]string{"retries": "7", "Producer.Retry.Max": "7"},
		},
		{
			"no part of a delivery outlasts it", func(c *driver.ProducerConfig) { c.Timeout = 3e9 },
			map[string]string{"delivery.timeout.ms": "3000", "request.timeout.ms": "3000", "Metadata.Timeout": "1.5s"},
		},
		{
			"idempotence as the library can", func(c *driver.ProducerConfig) { c.Idempotence, c.MaxInFlight = true, 1 },
			map[string]string{"enable.idempotence": "true", "max.in.flight.requests.per.connection": "1"},
		},
		{
			"the client's own properties win, and are told", func(c *driver.ProducerConfig) {
				c.Config = map[string]string{
					"Producer.Flush.Frequency": "50ms", "Producer.Retry.Max": "4", "Producer.Compression": "lz4", "Version": "2.8.0",
					"Net.KeepAlive": "1m", "Producer.RequiredAcks": "1", "Producer.Retry.Backoff": "0s",
				}
			},
			map[string]string{
				"linger.ms": "50", "retries": "4", "compression.type": "lz4", "Version": "2.8.0", "Net.KeepAlive": "1m0s", "acks": "1",
				"retry.backoff.ms": "0",
			},
		},
	}
	for _, row := range rows {
		cfg := driver.DefaultProducer()
		row.set(&cfg)
		conf, err := producerConfig(driver.Cluster{}, cfg)
		if err != nil {
			t.Errorf("%s: %v", row.why, err)
			continue
		}
		wantAll(t, row.why, producerSettings(conf, cfg), row.want)
	}
}

func TestConsumerConfig(t *testing.T) {
	t.Parallel()
	rows := []struct {
		why    string
		set    func(*driver.ConsumerConfig)
		want   map[string]string
		absent []string
	}{
		{"the defaults", func(*driver.ConsumerConfig) {}, map[string]string{
			"group.id": "g", "group.protocol": "classic", "partition.assignment.strategy": "range", "enable.auto.commit": "true",
			"auto.commit.interval.ms": "5000", "auto.offset.reset": "latest", "isolation.level": "read_uncommitted",
			"session.timeout.ms": "10000", "fetch.max.wait.ms": "100", "Consumer.Fetch.Default": "1048576",
		}, []string{"acks", "Producer.RequiredAcks"}},
		{"with a static assignment no group protocol runs", func(c *driver.ConsumerConfig) {
			c.Assign, c.Protocol, c.Assignor = driver.AssignStatic, driver.ProtocolConsumer, "no-such"
		}, nil, []string{"group.protocol", "partition.assignment.strategy"}},
		{"the assignor", func(c *driver.ConsumerConfig) { c.Assignor = "cooperative-sticky" }, map[string]string{
			"partition.assignment.strategy": "cooperative-sticky",
		}, nil},
		{"commits of our own, and other words", func(c *driver.ConsumerConfig) {
			c.Commit, c.CommitEvery, c.Start, c.Isolation = driver.CommitSync, driver.Every{Records: 10}, driver.StartEarliest, driver.ReadCommitted
		}, map[string]string{
			"enable.auto.commit": "false", "auto.offset.reset": "earliest", "isolation.level": "read_committed",
		}, []string{"auto.commit.interval.ms"}},
		{"the client's own properties win", func(c *driver.ConsumerConfig) {
			c.Config = map[string]string{"Consumer.Fetch.Default": "2000000", "Consumer.MaxWaitTime": "250ms"}
		}, map[string]string{"max.partition.fetch.bytes": "2000000", "fetch.max.wait.ms": "250"}, nil},
	}
	for _, row := range rows {
		cfg := driver.DefaultConsumer()
		cfg.Topic, cfg.Group = "t", "g"
		row.set(&cfg)
		conf, err := consumerConfig(driver.Cluster{}, cfg)
		if err != nil {
			t.Errorf("%s: %v", row.why, err)
			continue
		}
		got := consumerSettings(conf, cfg)
		wantAll(t, row.why, got, row.want)
		for _, key := range row.absent {
			if value, there := got[key]; there {
				t.Errorf("%s: %s is %q, want it left out", row.why, key, value)
			}
		}
	}
}

func wantAll(t *testing.T, why string, got, want map[string]string) {
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
		"nothing could be sent":                             func(c *driver.ProducerConfig) { c.Buffer = 0 },
		"a timeout that the broker has no word for":         func(c *driver.ProducerConfig) { c.Timeout = 0 },
		"a batch without room for a record":                 func(c *driver.ProducerConfig) { c.BatchSize = 0 },
		"the library takes such a batch for no limit":       func(c *driver.ProducerConfig) { c.BatchSize = 100 << 20 },
		"lz4 has one level here":                            func(c *driver.ProducerConfig) { c.Compression, c.CompressionLevel = "lz4", 1 },
		"zstd ends at 22":                                   func(c *driver.ProducerConfig) { c.Compression, c.CompressionLevel = "zstd", 23 },
		"a level below the codec's":                         func(c *driver.ProducerConfig) { c.Compression, c.CompressionLevel = "gzip", -1 },
		"no request could be made":                          func(c *driver.ProducerConfig) { c.MaxInFlight = 0 },
		"idempotence is for one in flight":                  func(c *driver.ProducerConfig) { c.Idempotence = true },
		"idempotence needs acks from all":                   func(c *driver.ProducerConfig) { c.Idempotence, c.MaxInFlight, c.Acks = true, 1, "1" },
		"idempotence is for retries":                        func(c *driver.ProducerConfig) { c.Idempotence, c.MaxInFlight, c.Retries = true, 1, 0 },
		"a word for a full buffer that nobody knows":        func(c *driver.ProducerConfig) { c.OnFull = "" },
		"no such group of fields":                           raw("Nothing.At.All", "1"),
		"a field of a field that has none":                  raw("ClientID.Length", "1"),
		"a group of fields":                                 raw("Producer.Flush", "1"),
		"a function has no text":                            raw("Producer.Retry.BackoffFunc", "1"),
		"acks would not come":                               raw("Producer.Return.Successes", "false"),
		"connections could not be cut":                      raw("Net.Proxy.Enable", "false"),
		"a number that is none":                             raw("Producer.Retry.Max", "four"),
		"a number that is too large":                        raw("Producer.RequiredAcks", "65536"),
		"a duration that is none":                           raw("Net.KeepAlive", "5"),
		"a truth value that is none":                        raw("Metadata.Full", "perhaps"),
		"a codec that is none":                              raw("Producer.Compression", "zip"),
		"a version that is none":                            raw("Version", "new"),
		"a number that the library refuses":                 raw("Metadata.Retry.Max", "-1"),
		"how to connect is said elsewhere":                  raw("security.protocol", "SSL"),
		"Kafka's own name where the client has another one": raw("linger.ms", "5"),
	}
	for why, set := range producers {
		cfg := driver.DefaultProducer()
		cfg.Topic = "t"
		set(&cfg)
		if err := (library{}).CheckProducer(cfg); !errors.Is(err, driver.ErrUnsupported) {
			t.Errorf("producer: %s: got %v, want an error that is ErrUnsupported", why, err)
		}
	}
	consumers := map[string]func(*driver.ConsumerConfig){
		"the library commits by time only":     func(c *driver.ConsumerConfig) { c.CommitEvery = driver.Every{Records: 10} },
		"no interval at all":                   func(c *driver.ConsumerConfig) { c.CommitEvery = driver.Every{} },
		"the library has no consumer protocol": func(c *driver.ConsumerConfig) { c.Protocol = driver.ProtocolConsumer },
		"an assignor that nobody knows":        func(c *driver.ConsumerConfig) { c.Assignor = "no-such" },
		"a start that was left unset":          func(c *driver.ConsumerConfig) { c.Start = "" },
		"an isolation that was left unset":     func(c *driver.ConsumerConfig) { c.Isolation = "" },
		"a commit that was left unset":         func(c *driver.ConsumerConfig) { c.Commit = "" },
		"an assignment that was left unset":    func(c *driver.ConsumerConfig) { c.Assign = "" },
		"errors would not be told":             func(c *driver.ConsumerConfig) { c.Config = map[string]string{"Consumer.Return.Errors": "false"} },
		"a heartbeat that the library refuses": func(c *driver.ConsumerConfig) {
			c.Config = map[string]string{"Consumer.Group.Heartbeat.Interval": "1h"}
		},
		"commits that would be made behind ours": func(c *driver.ConsumerConfig) {
			c.Config = map[string]string{"Consumer.Offsets.AutoCommit.Enable": "true"}
		},
	}
	for why, set := range consumers {
		cfg := driver.DefaultConsumer()
		cfg.Topic, cfg.Group = "t", "g"
		set(&cfg)
		if err := (library{}).CheckConsumer(cfg); !errors.Is(err, driver.ErrUnsupported) {
			t.Errorf("consumer: %s: got %v, want an error that is ErrUnsupported", why, err)
		}
	}
	cfg := driver.DefaultConsumer()
	if _, err := (library{}).NewConsumer(t.Context(), driver.Cluster{}, cfg); !errors.Is(err, driver.ErrUnsupported) {
		t.Errorf("a consumer without a group, which keeps the offsets: got %v, want an error that is ErrUnsupported", err)
	}
}

func raw(key, value string) func(*driver.ProducerConfig) {
	return func(c *driver.ProducerConfig) { c.Config = map[string]string{key: value} }
}

func TestRetryMax(t *testing.T) {
	t.Parallel()
	rows := []struct {
		why              string
		asked            driver.Retries
		timeout, backoff time.Duration
		want             int
	}{
		{"none stays none", 0, time.Second, time.Second, 0},
		{"fewer than there is time for", 3, time.Second, 100 * time.Millisecond, 3},
		{"more than there is time for", 100, time.Second, 100 * time.Millisecond, 12},
		{"without end", driver.MaxRetries, 30 * time.Second, 100 * time.Millisecond, 302},
		{"without a pause a millisecond is a round trip", driver.MaxRetries, time.Second, 0, 1002},
		{"a timeout of years does not overflow", math.MaxInt32, math.MaxInt64, time.Nanosecond, math.MaxInt32},
	}
	for _, r := range rows {
		cfg := driver.ProducerConfig{Retries: r.asked, Timeout: unit.Duration(r.timeout)}
		if got := retryMax(cfg, r.backoff); got != r.want {
			t.Errorf("%s: got %d, want %d", r.why, got, r.want)
		}
	}
}

func FuzzSetField(f *testing.F) {
	for _, seed := range [][2]string{
		{"Producer.Flush.Messages", "7"},
		{"Producer.RequiredAcks", "-1"},
		{"Version", "4.0.0"},
		{"Net.KeepAlive", "1s"},
		{"Producer.Compression", "zstd"},
		{"Metadata.Full", "true"},
		{"", ""},
		{".", "x"},
		{"Net.LocalAddr", "x"},
		{"RackID", "a b"},
	} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, path, text string) {
		if err := setField(sarama.NewConfig(), path, text); err == nil && reserved(path) {
			t.Errorf("%q was set, which is kbench's own", path)
		}
	})
}
