package drivertest

import (
	"errors"
	"maps"
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
		{"a partitioner that nobody knows", func(c *driver.ProducerConfig) { c.Partitioner = "no-such" }},
		{"a property that no client has", func(c *driver.ProducerConfig) { c.Config = map[string]string{"no.such.property": "1"} }},
		{"a mechanism that no client has", func(c *driver.ProducerConfig) {
			c.Config = map[string]string{"security.protocol": "SASL_PLAINTEXT", "sasl.mechanism": "NO-SUCH", "sasl.username": "u", "sasl.password": "p"}
		}},
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
		wantUnsupported(t, row.what, err, s.d.CheckProducer(cfg))
	}
	cfg := readConfig("any", "any")
	cfg.Config = map[string]string{"no.such.property": "1"}
	c, err := s.d.NewConsumer(t.Context(), s.cluster(), cfg)
	if err == nil {
		c.Close()
	}
	wantUnsupported(t, "a property that no consumer has", err, s.d.CheckConsumer(cfg))
}

// wantUnsupported fails unless both opening a client and checking its settings said so.
func wantUnsupported(t *testing.T, what string, opening, check error) {
	t.Helper()
	if !errors.Is(opening, driver.ErrUnsupported) || !errors.Is(check, driver.ErrUnsupported) {
		t.Errorf("%s: opening says %v, the check says %v; want two errors that are ErrUnsupported", what, opening, check)
	}
	wantOneLine(t, opening)
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
		{"enable.idempotence", "true", func(c *driver.ProducerConfig) { *c = s.idempotent(*c) }},
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
		x := s.open(t, cfg)
		settings := x.Settings()
		if got := settings[row.key]; got != row.want {
			t.Errorf("%s: in force is %q, want %q", row.key, got, row.want)
		}
		if other := driver.Differences(cfg.Asked(), settings); len(other) > 0 {
			t.Errorf("with %s=%s: %v", row.key, row.want, other)
		}
		wantNames(t, settings, cfg.Asked(), "request.timeout.ms", "partitioner")
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
		{"group.id", "any", func(c *driver.ConsumerConfig) { *c = static(*c, 0) }},
		{"enable.auto.commit", "true", func(c *driver.ConsumerConfig) {
			*c = static(*c, 0)
			c.Commit = driver.CommitAuto
		}},
		{"partition.assignment.strategy", "roundrobin", func(c *driver.ConsumerConfig) { c.Assignor = "roundrobin" }},
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
		wantNames(t, settings, cfg.Asked(), "group.id", "fetch.min.bytes", "fetch.max.bytes", "fetch.max.wait.ms", "max.partition.fetch.bytes")
		if cfg.Assign == driver.AssignSubscribe {
			wantNames(t, settings, nil, "partition.assignment.strategy", "session.timeout.ms", "heartbeat.interval.ms", "max.poll.interval.ms")
		}
		if err := c.Close(); err != nil {
			t.Errorf("closing a consumer that never consumed: %v", err)
		}
	}
}

// wantNames fails where a setting that every library has is not told under Kafka's name.
func wantNames(t *testing.T, settings, asked map[string]string, more ...string) {
	t.Helper()
	names := append(slices.Collect(maps.Keys(asked)), more...)
	for _, name := range append(names, "client.id", "security.protocol", "allow.auto.create.topics", "socket.connection.setup.timeout.ms") {
		if settings[name] == "" {
			t.Errorf("%s is not told", name)
		}
	}
}

// countsTraffic holds the counts against what must have gone over the wire. A library may tell them a little later.
func (s suite) countsTraffic(t *testing.T) {
	const n = 1000
	topic := s.topic(t, 1)
	x := s.open(t, config(topic))
	x.sendAll(records(0, n, false))
	eventually(t, "counting what was sent", func() bool {
		st := x.Stats()
		return st.WireBytes >= 100*n && st.Requests > 0 && st.Retries <= 0 && st.Queued == 0
	})
	r := s.consume(t, static(readConfig(topic, topic), 0), nil)
	r.await(n)
	eventually(t, "counting what was read", func() bool {
		st := r.Stats()
		return st.WireBytes >= 100*n && st.Requests > 0 && st.Rebalances == 1 && st.CommitFails == 0
	})
}
