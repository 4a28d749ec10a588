package drivertest

import (
	"errors"
	"slices"
	"testing"

	"kbench/internal/driver"
)

// refuses holds each driver to saying so, before it opens anything, where a setting is beyond its library.
func (s suite) refuses(t *testing.T) {
	rows := []struct {
		what string
		set  func(*driver.ProducerConfig)
	}{
		{"transactions, which Producer has no calls for", func(c *driver.ProducerConfig) { c.Transaction.Records = 10 }},
		{"a partitioner that nobody knows", func(c *driver.ProducerConfig) { c.Partitioner = "no-such" }},
		{"a property that no client has", func(c *driver.ProducerConfig) { c.Config = map[string]string{"no.such.property": "1"} }},
		{"acks that nobody knows", func(c *driver.ProducerConfig) { c.Acks = "no-such" }},
		{"acks left unset", func(c *driver.ProducerConfig) { c.Acks = "" }},
		{"a codec that nobody knows", func(c *driver.ProducerConfig) { c.Compression = "no-such" }},
		{"a level for a codec that has none", func(c *driver.ProducerConfig) { c.Compression, c.CompressionLevel = "snappy", 3 }},
		{"a level beyond the codec's", func(c *driver.ProducerConfig) { c.Compression, c.CompressionLevel = "gzip", 10 }},
	}
	for _, p := range driver.Choices(driver.Partitioner("")) {
		dealt := p == string(driver.PartitionerRoundRobin) || p == string(driver.PartitionerManual) // by kbench
		if !dealt && !slices.Contains(s.d.Partitioners(), driver.Partitioner(p)) {
			rows = append(rows, struct {
				what string
				set  func(*driver.ProducerConfig)
			}{"partitioner " + p + ", which it does not list", func(c *driver.ProducerConfig) { c.Partitioner = driver.Partitioner(p) }})
		}
	}
	for _, row := range rows {
		cfg := config("any")
		row.set(&cfg)
		p, err := s.d.NewProducer(t.Context(), s.cluster(), cfg, func(*driver.Record, driver.Ack, error) {})
		if err == nil {
			p.Close()
		}
		if !errors.Is(err, driver.ErrUnsupported) {
			t.Errorf("%s: got %v, want an error that is ErrUnsupported", row.what, err)
		}
	}
	cfg := readConfig("any", "any")
	if !s.o.NoConsumer {
		cfg.Config = map[string]string{"no.such.property": "1"}
	}
	c, err := s.d.NewConsumer(t.Context(), s.cluster(), cfg)
	if err == nil {
		c.Close()
	}
	if !errors.Is(err, driver.ErrUnsupported) {
		t.Errorf("a consumer that cannot be: got %v, want an error that is ErrUnsupported", err)
	}
}

// producerSettings changes the settings one by one, each to a value that is no library's default, and reads it back.
func (s suite) producerSettings(t *testing.T) {
	rows := []struct {
		key, want string
		set       func(*driver.ProducerConfig)
	}{
		{"acks", "0", func(c *driver.ProducerConfig) { c.Acks = driver.AcksNone }},
		{"acks", "1", func(c *driver.ProducerConfig) { c.Acks = driver.AcksLeader }},
		{"acks", "all", func(*driver.ProducerConfig) {}},
		{"enable.idempotence", "true", func(c *driver.ProducerConfig) { c.Idempotence = true }},
		{"enable.idempotence", "false", func(*driver.ProducerConfig) {}},
		{"compression.type", "lz4", func(c *driver.ProducerConfig) { c.Compression = "lz4" }},
		{"compression.type", "zstd", func(c *driver.ProducerConfig) { c.Compression, c.CompressionLevel = "zstd", 1 }},
		{"linger.ms", "17", func(c *driver.ProducerConfig) { c.Linger = 17e6 }},
		{"linger.ms", "0", func(c *driver.ProducerConfig) { c.Linger = 0 }},
		{"batch.size", "54321", func(c *driver.ProducerConfig) { c.BatchSize = 54321 }},
		{"max.in.flight.requests.per.connection", "3", func(c *driver.ProducerConfig) { c.MaxInFlight = 3 }},
		{"retries", "4", func(c *driver.ProducerConfig) { c.Retries = 4 }},
		{"retries", "2147483647", func(*driver.ProducerConfig) {}},
		{"delivery.timeout.ms", "12000", func(c *driver.ProducerConfig) { c.Timeout = 12e9 }},
	}
	for _, row := range rows {
		cfg := config("any")
		row.set(&cfg)
		if cfg.Idempotence && s.d.CheckProducer(cfg) != nil {
			cfg.MaxInFlight = 1 // some libraries keep order with one request in flight only, and say so
		}
		x := s.open(t, cfg)
		settings := x.Settings()
		if got := settings[row.key]; got != row.want {
			t.Errorf("%s: in force is %q, want %q", row.key, got, row.want)
		}
		if other := driver.Differences(cfg.Asked(), settings); len(other) > 0 {
			t.Errorf("with %s=%s: %v", row.key, row.want, other)
		}
		x.close()
	}
}

func (s suite) consumerSettings(t *testing.T) {
	rows := []struct {
		key, want string
		set       func(*driver.ConsumerConfig)
	}{
		{"auto.offset.reset", "earliest", func(c *driver.ConsumerConfig) { c.Start = driver.StartEarliest }},
		{"auto.offset.reset", "latest", func(c *driver.ConsumerConfig) { c.Start = driver.StartLatest }},
		{"isolation.level", "read_committed", func(c *driver.ConsumerConfig) { c.Isolation = driver.ReadCommitted }},
		{"isolation.level", "read_uncommitted", func(*driver.ConsumerConfig) {}},
		{"enable.auto.commit", "true", func(c *driver.ConsumerConfig) { c.Commit, c.CommitEvery = driver.CommitAuto, driver.Every{For: 5e9} }},
		{"enable.auto.commit", "false", func(c *driver.ConsumerConfig) { c.Commit = driver.CommitSync }},
		{"auto.commit.interval.ms", "1234", func(c *driver.ConsumerConfig) {
			c.Commit, c.CommitEvery = driver.CommitAuto, driver.Every{For: 1234e6}
		}},
	}
	for _, row := range rows {
		cfg := readConfig("any", "any")
		row.set(&cfg)
		c, err := s.d.NewConsumer(t.Context(), s.cluster(), cfg)
		if err != nil {
			t.Fatalf("%s=%s: %v", row.key, row.want, err)
		}
		settings := c.Settings()
		if got := settings[row.key]; got != row.want {
			t.Errorf("%s: in force is %q, want %q", row.key, got, row.want)
		}
		if other := driver.Differences(cfg.Asked(), settings); len(other) > 0 {
			t.Errorf("with %s=%s: %v", row.key, row.want, other)
		}
		if err := c.Close(); err != nil {
			t.Errorf("closing a consumer that never consumed: %v", err)
		}
	}
}
