//go:build cgo && (linux || darwin) && (amd64 || arm64)

package confluent

import (
	"maps"
	"strings"
	"sync"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"

	"kbench/internal/driver"
)

// settings gathers the configuration that the library logs at its start. It is safe for concurrent use.
type settings struct {
	mu      sync.Mutex
	inForce map[string]string
	missing map[string]bool // passed, and not yet heard of
	done    chan struct{}   // closed when nothing is missing
}

// newSettings waits for every property of p: the library logs each one that was set by name, and no other.
func newSettings(p properties) *settings {
	s := &settings{inForce: map[string]string{}, missing: map[string]bool{}, done: make(chan struct{})}
	for key := range p {
		key, _ = told(key, "")
		s.missing[key] = true
	}
	return s
}

// hear takes one line of the library's log.
func (s *settings) hear(l kafka.LogEvent) {
	key, value, ok := parseSetting(l)
	if !ok {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if !private(key, value) {
		s.inForce[key] = value
	}
	if s.missing[key] {
		if delete(s.missing, key); len(s.missing) == 0 {
			close(s.done)
		}
	}
}

// all returns a copy of what has been heard so far.
func (s *settings) all() map[string]string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.inForce)
}

// parseSetting reads a line such as "[thrd:app]:   message.send.max.retries = 5", under Kafka's name and in its spelling.
func parseSetting(l kafka.LogEvent) (key, value string, ok bool) {
	_, line, _ := strings.Cut(l.Message, "]: ")
	key, value, ok = strings.Cut(strings.TrimLeft(line, " "), " = ")
	if !ok || l.Tag != "CONF" || strings.ContainsAny(key, " \t") {
		return "", "", false
	}
	key, value = told(key, value)
	return key, value, true
}

// told returns a setting as Kafka has it.
func told(property, value string) (kafkas, spelling string) {
	key := kafkaName(property)
	switch {
	case key == "fetch.wait.max.ms":
		key = "fetch.max.wait.ms"
	case key == "security.protocol":
		value = strings.ToUpper(value)
	case key == "acks" && value == "-1":
		value = "all"
	case key == "auto.offset.reset" && value == "smallest":
		value = "earliest"
	case key == "auto.offset.reset" && value == "largest":
		value = "latest"
	}
	return key, value
}

// private reports whether a setting has no place in a record: a secret, an address in memory or of a broker, and what
// only serves this driver's own working.
func private(key, value string) bool {
	switch key {
	case "bootstrap.servers", "client.software.name", "client.software.version", "debug", "enabled_events", "log.queue", "default_topic_conf":
		return true
	}
	return driver.Secret(key) || value == "[redacted]" || strings.HasPrefix(value, "0x")
}

// kafkaName returns Kafka's name for a property that the library knows by both.
func kafkaName(property string) string {
	switch property {
	case "request.required.acks":
		return "acks"
	case "compression.codec":
		return "compression.type"
	case "queue.buffering.max.ms":
		return "linger.ms"
	case "max.in.flight":
		return "max.in.flight.requests.per.connection"
	case "message.send.max.retries":
		return "retries"
	case "message.timeout.ms":
		return "delivery.timeout.ms"
	case "fetch.message.max.bytes":
		return "max.partition.fetch.bytes"
	case "metadata.broker.list":
		return "bootstrap.servers"
	case "sasl.mechanisms":
		return "sasl.mechanism"
	}
	return property
}
