//go:build cgo && (linux || darwin) && (amd64 || arm64)

package confluent

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"

	"kbench/internal/driver"
	"kbench/internal/unit"
)

const name = "confluent"

// properties are librdkafka's, under Kafka's name where it has one. A map of them holds each property once.
type properties map[string]string

// base returns what producers and consumers have in common. Values are the library's defaults unless a comment says why not.
func base(c driver.Cluster) properties {
	p := properties{
		"bootstrap.servers":                  strings.Join(c.Brokers, ","),
		"client.id":                          cmp.Or(c.ClientID, "kbench"),
		"socket.timeout.ms":                  "60000",
		"socket.connection.setup.timeout.ms": "30000",
		"socket.nagle.disable":               "true",
		"reconnect.backoff.ms":               "100",
		"reconnect.backoff.max.ms":           "10000",
		"retry.backoff.ms":                   "100",
		"retry.backoff.max.ms":               "1000",
		"topic.metadata.refresh.interval.ms": "300000",
		"allow.auto.create.topics":           "false", // a mistyped name is an error, not a new topic
		"enable.metrics.push":                "false", // the broker would be sent the client's telemetry while it is measured
		"statistics.interval.ms":             "200",   // for Stats, which are that much behind
		"debug":                              "conf",  // for Settings: the configuration is logged once, at the start
	}
	p.secure(c.Security)
	return p
}

// producerProperties maps cfg to the library's properties.
func producerProperties(c driver.Cluster, cfg driver.ProducerConfig) (properties, error) {
	partitioner, sticky, err := partitioning(cfg)
	if err != nil {
		return nil, err
	}
	level, err := compressionLevel(cfg)
	if err != nil {
		return nil, err
	}
	timeout, err := wholeMillis("producer.timeout", cfg.Timeout)
	if err != nil {
		return nil, err
	}
	switch {
	case cfg.Buffer <= 0: // the library takes 0 for no limit
		return nil, driver.Unsupported(name, "producer.buffer", cfg.Buffer.String(), "use 1 or more")
	}
	p := base(c)
	maps.Copy(p, properties{
		"acks":                                   string(cfg.Acks),
		"enable.idempotence":                     strconv.FormatBool(cfg.Idempotence),
		"compression.type":                       string(cfg.Compression),
		"compression.level":                      strconv.Itoa(level),
		"partitioner":                            partitioner,
		"sticky.partitioning.linger.ms":          strconv.FormatInt(sticky, 10),
		"linger.ms":                              strconv.FormatFloat(float64(cfg.Linger)/1e6, 'f', -1, 64),
		"batch.size":                             strconv.FormatInt(int64(cfg.BatchSize), 10),
		"batch.num.messages":                     "1000000",    // its maximum: the size decides
		"message.max.bytes":                      "1000000000", // its maximum: it also bounds batches, and how large a record may be is the broker's say
		"max.in.flight.requests.per.connection":  strconv.Itoa(cfg.MaxInFlight),
		"queue.buffering.max.messages":           strconv.FormatInt(int64(cfg.Buffer), 10),
		"queue.buffering.max.kbytes":             "2147483647", // its maximum: records are what bounds
		"queue.buffering.backpressure.threshold": "1",
		"retries":                                strconv.Itoa(int(cfg.Retries)),
		"delivery.timeout.ms":                    strconv.FormatInt(timeout, 10),
		// The broker's wait for its followers is part of the delivery and must not outlast it.
		"request.timeout.ms": strconv.FormatInt(min(timeout, 30_000), 10),
		// How long a topic that the brokers do not know may still appear. Half of the timeout, so that its records fail
		// as records of an unknown topic and not as late ones.
		"topic.metadata.propagation.max.ms": strconv.FormatInt(min(timeout/2, 10_000), 10),
	})
	p.setTransactions(cfg)
	return p, p.overlay("producer.config", cfg.Config)
}

// partitioning returns the library's partitioner, and for how many milliseconds records without a key stay with one
// partition. Twice the linger is what the library does by itself: each partition's batch gets a full linger.
func partitioning(cfg driver.ProducerConfig) (partitioner string, sticky int64, err error) {
	sticky = (2*int64(cfg.Linger) + 999_999) / 1_000_000
	switch cfg.Partitioner {
	case driver.PartitionerMurmur2, driver.PartitionerRoundRobin, driver.PartitionerManual:
		return "murmur2_random", sticky, nil
	case driver.PartitionerSticky: // also without linger, where the library would not stick at all
		return "murmur2_random", max(sticky, 10), nil
	case driver.PartitionerCRC32:
		return "consistent_random", sticky, nil
	case driver.PartitionerFNV1a:
		return "fnv1a_random", sticky, nil
	case driver.PartitionerRandom:
		return "random", 0, nil
	}
	return "", 0, driver.Unsupported(name, "producer.partitioner", string(cfg.Partitioner), "")
}

// levels says which levels there are to choose from.
func levels(c driver.Compression, most int) string {
	if most == 0 {
		return fmt.Sprintf("%s has no levels here, use 0", c)
	}
	return fmt.Sprintf("for %s use 0 to %d", c, most)
}

// compressionLevel refuses levels that the library would quietly change or ignore. Its own word for the default is -1.
func compressionLevel(cfg driver.ProducerConfig) (int, error) {
	if cfg.CompressionLevel == 0 {
		return -1, nil
	}
	most := map[driver.Compression]int{"gzip": 9, "lz4": 12, "zstd": 12}[cfg.Compression]
	if cfg.CompressionLevel < 1 || cfg.CompressionLevel > most {
		return 0, driver.Unsupported(name, "producer.compression_level", strconv.Itoa(cfg.CompressionLevel),
			levels(cfg.Compression, most))
	}
	return cfg.CompressionLevel, nil
}

// consumerProperties maps cfg to the library's properties.
func consumerProperties(c driver.Cluster, cfg driver.ConsumerConfig) (properties, error) {
	interval := int64(5000) // the library's default; it matters with CommitAuto only
	if cfg.Commit == driver.CommitAuto {
		if cfg.CommitEvery.Records > 0 {
			return nil, driver.Unsupported(name, "consumer.commit_every", cfg.CommitEvery.String(), "with commit auto use a time, such as 5s")
		}
		var err error
		if interval, err = wholeMillis("consumer.commit_every", cfg.CommitEvery.For); err != nil {
			return nil, err
		}
	}
	if cfg.Group == "" {
		return nil, driver.Unsupported(name, "consumer group", `""`, "name one, with a static assignment too")
	}
	if cfg.Crashes {
		return nil, driver.Unsupported(name, "consumer.churn", "do: die", "librdkafka always commits and leaves its group as it ends: use leave, or client franz or sarama")
	}
	p := base(c)
	maps.Copy(p, properties{
		"group.id":                   cfg.Group,
		"group.protocol":             "classic",
		"max.poll.interval.ms":       "300000",
		"enable.auto.commit":         strconv.FormatBool(cfg.Commit == driver.CommitAuto),
		"auto.commit.interval.ms":    strconv.FormatInt(interval, 10),
		"enable.auto.offset.store":   "false", // offsets count as read after fn returned, not before
		"auto.offset.reset":          string(cfg.Start),
		"isolation.level":            string(cfg.Isolation),
		"fetch.min.bytes":            "1",
		"fetch.wait.max.ms":          "500",
		"fetch.max.bytes":            "52428800",
		"max.partition.fetch.bytes":  "1048576",
		"fetch.error.backoff.ms":     "500",
		"fetch.queue.backoff.ms":     "1", // the default of 1 s would show as pauses of a second while catching up
		"queued.min.messages":        "100000",
		"queued.max.messages.kbytes": "65536",
		"check.crcs":                 "false",
		"enable.partition.eof":       "false",
	})
	if err := p.setGroup(cfg); err != nil {
		return nil, err
	}
	return p, p.overlay("consumer.config", cfg.Config)
}

// setGroup sets what depends on the group protocol. The library refuses the classic one's settings under the other.
func (p properties) setGroup(cfg driver.ConsumerConfig) error {
	if cfg.Assign == driver.AssignStatic {
		return nil // no group protocol runs
	}
	if cfg.Protocol == driver.ProtocolShare {
		return driver.Unsupported(name, "consumer.protocol", "share", "librdkafka has it as a preview, and confluent-kafka-go not at all: use client franz, or classic or consumer")
	}
	p["group.protocol"] = string(cfg.Protocol)
	if cfg.Instance != "" {
		p["group.instance.id"] = cfg.Instance
	}
	if cfg.Protocol == driver.ProtocolConsumer {
		if cfg.Assignor != "range" && cfg.Assignor != "uniform" {
			return driver.Unsupported(name, "consumer.assignor", string(cfg.Assignor), "with protocol consumer use range")
		}
		p["group.remote.assignor"] = string(cfg.Assignor)
		return nil
	}
	if cfg.Assignor == "sticky" {
		return driver.Unsupported(name, "consumer.assignor", "sticky", "use cooperative-sticky")
	}
	p["partition.assignment.strategy"] = string(cfg.Assignor)
	p["session.timeout.ms"] = "45000"
	p["heartbeat.interval.ms"] = "3000"
	return nil
}

// overlay lays the client's own properties over p. Those that this driver could not work without are refused, and so is
// a word that was left unset: the library would take its own default.
func (p properties) overlay(path string, own map[string]string) error {
	for key, value := range p {
		if value == "" {
			return driver.Unsupported(name, key, `""`, "set it")
		}
	}
	reserved := []string{
		"bootstrap.servers", "client.id", "group.id", "debug", "log.queue", "statistics.interval.ms",
		"enable.auto.offset.store", "enable.partition.eof", "delivery.report.only.error", "default.topic.config", "transactional.id",
	}
	for key, value := range own {
		key = kafkaName(strings.TrimPrefix(key, "{topic}."))
		if err := driver.CheckOwn(name, path, key); err != nil {
			return err
		}
		if slices.Contains(reserved, key) || strings.HasPrefix(key, "go.") {
			return driver.Unsupported(name, path, key, "kbench needs it for itself")
		}
		p[key] = value
	}
	return nil
}

// configMap adds to p what confluent-kafka-go takes for itself: its log goes to logs, or it would print it.
func (p properties) configMap(logs chan kafka.LogEvent) kafka.ConfigMap {
	m := kafka.ConfigMap{"go.logs.channel.enable": true, "go.logs.channel": logs}
	for key, value := range p {
		m[key] = value
	}
	return m
}

// wholeMillis returns d, which the library takes in whole milliseconds from 1.
func wholeMillis(path string, d unit.Duration) (int64, error) {
	if ms := time.Duration(d).Milliseconds(); ms >= 1 && time.Duration(ms)*time.Millisecond == time.Duration(d) {
		return ms, nil
	}
	return 0, driver.Unsupported(name, path, d.String(), "use whole milliseconds, 1ms or more")
}
