//go:build cgo && (linux || darwin) && (amd64 || arm64)

package confluent

import (
	"reflect"
	"strings"
	"testing"

	"kbench/internal/driver"
)

// TestNames holds the librdkafka tags of the settings, which the reference of scenarios shows, to what this driver does: a
// property that a key is said to stand for changes with that key.
func TestNames(t *testing.T) {
	t.Parallel()
	c := driver.Cluster{Brokers: []string{"a:1"}}
	producer := func(change func(*driver.ProducerConfig)) properties {
		cfg := driver.DefaultProducer()
		change(&cfg)
		p, err := producerProperties(c, cfg)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	consumer := func(change func(*driver.ConsumerConfig)) properties {
		cfg := driver.DefaultConsumer()
		cfg.Group = "g"
		change(&cfg)
		p, err := consumerProperties(c, cfg)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	kip848 := func(c *driver.ConsumerConfig) { c.Protocol = driver.ProtocolConsumer }
	named := map[string]bool{}
	for field, change := range map[string]func(*driver.ProducerConfig){
		"Acks":             func(c *driver.ProducerConfig) { c.Acks = driver.AcksLeader },
		"Idempotence":      func(c *driver.ProducerConfig) { c.Idempotence = true },
		"Compression":      func(c *driver.ProducerConfig) { c.Compression = "lz4" },
		"CompressionLevel": func(c *driver.ProducerConfig) { c.Compression, c.CompressionLevel = "gzip", 3 },
		"Partitioner":      func(c *driver.ProducerConfig) { c.Partitioner = driver.PartitionerCRC32 },
		"Linger":           func(c *driver.ProducerConfig) { c.Linger = 20e6 },
		"BatchSize":        func(c *driver.ProducerConfig) { c.BatchSize = 1000 },
		"MaxInFlight":      func(c *driver.ProducerConfig) { c.MaxInFlight = 2 },
		"Buffer":           func(c *driver.ProducerConfig) { c.Buffer = 17 },
		"Retries":          func(c *driver.ProducerConfig) { c.Retries = 3 },
		"Timeout":          func(c *driver.ProducerConfig) { c.Timeout = 90e9 },
	} {
		held(t, reflect.TypeFor[driver.ProducerConfig](), field, producer(func(*driver.ProducerConfig) {}), producer(change))
		named["ProducerConfig."+field] = true
	}
	for field, change := range map[string]func(*driver.ConsumerConfig){
		"Protocol":    kip848,
		"Assignor":    func(c *driver.ConsumerConfig) { c.Assignor = "roundrobin" },
		"Commit":      func(c *driver.ConsumerConfig) { c.Commit = driver.CommitNone },
		"CommitEvery": func(c *driver.ConsumerConfig) { c.CommitEvery.For = 1e9 },
		"Start":       func(c *driver.ConsumerConfig) { c.Start = driver.StartEarliest },
		"Isolation":   func(c *driver.ConsumerConfig) { c.Isolation = driver.ReadCommitted },
	} {
		after := consumer(change)
		if field == "Assignor" { // each protocol has a property of its own for it
			after["group.remote.assignor"] = consumer(kip848)["group.remote.assignor"]
		}
		held(t, reflect.TypeFor[driver.ConsumerConfig](), field, consumer(func(*driver.ConsumerConfig) {}), after)
		named["ConsumerConfig."+field] = true
	}
	for _, config := range []reflect.Type{reflect.TypeFor[driver.ProducerConfig](), reflect.TypeFor[driver.ConsumerConfig]()} {
		for _, f := range reflect.VisibleFields(config) {
			if f.Tag.Get("librdkafka") != "" && !named[config.Name()+"."+f.Name] {
				t.Errorf("%s.%s has names of librdkafka's that nothing holds", config.Name(), f.Name)
			}
		}
	}
}

// held holds the properties that a field's tag names to differ.
func held(t *testing.T, config reflect.Type, field string, before, after properties) {
	t.Helper()
	f, ok := config.FieldByName(field)
	if !ok || f.Tag.Get("librdkafka") == "" {
		t.Fatalf("%s names no property of librdkafka", field)
	}
	for name := range strings.FieldsSeq(f.Tag.Get("librdkafka")) {
		if after[name] == before[name] {
			t.Errorf("%s is said to be %s, and leaves it at %q", field, name, after[name])
		}
	}
}
