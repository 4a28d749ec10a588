//go:build cgo && (linux || darwin) && (amd64 || arm64)

package confluent

import (
	"strings"
	"testing"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"
)

func TestParseSetting(t *testing.T) {
	t.Parallel()
	rows := []struct {
		tag, line, key, value string
		ok                    bool
		why                   string
	}{
		{"CONF", "[thrd:app]:   queue.buffering.max.ms = 0.5", "linger.ms", "0.5", true, "under Kafka's name"},
		{"CONF", "[thrd:app]:   request.required.acks = -1", "acks", "all", true, "in Kafka's spelling"},
		{"CONF", "[thrd:app]:   request.required.acks = 1", "acks", "1", true, "already in Kafka's spelling"},
		{"CONF", "[thrd:app]:   auto.offset.reset = smallest", "auto.offset.reset", "earliest", true, "the consumer's too"},
		{"CONF", "[thrd:app]:   auto.offset.reset = largest", "auto.offset.reset", "latest", true, "both words of it"},
		{"CONF", "[thrd:app]:   fetch.wait.max.ms = 500", "fetch.max.wait.ms", "500", true, "a name that the library does not take"},
		{"CONF", "[thrd:app]:   security.protocol = sasl_ssl", "security.protocol", "SASL_SSL", true, "in capitals"},
		{"CONF", "[thrd:app]:   partitioner = murmur2_random", "partitioner", "murmur2_random", true, "what only the library has keeps its name"},
		{"CONF", "[thrd:app]:   client.id = a = b", "client.id", "a = b", true, "the value may hold the separator"},
		{"CONF", "[thrd:app]: Client configuration:", "", "", false, "a heading"},
		{"CONF", "[thrd:app]: Topic \"a = b\" configuration (default_topic_conf):", "", "", false, "a heading with a separator in it"},
		{"FAIL", "[thrd:app]:   linger.ms = 5", "", "", false, "another kind of line"},
		{"CONF", "", "", "", false, "nothing"},
	}
	for _, r := range rows {
		key, value, ok := parseSetting(kafka.LogEvent{Tag: r.tag, Message: r.line})
		if key != r.key || value != r.value || ok != r.ok {
			t.Errorf("%s: %q: got %q %q %v, want %q %q %v", r.why, r.line, key, value, ok, r.key, r.value, r.ok)
		}
	}
}

func FuzzParseSetting(f *testing.F) {
	f.Add("[thrd:app]:   message.send.max.retries = 5")
	f.Add("[thrd:app]: Client configuration:")
	f.Add("]: = ")
	f.Fuzz(func(t *testing.T, line string) {
		key, _, ok := parseSetting(kafka.LogEvent{Tag: "CONF", Message: line})
		if ok && strings.ContainsAny(key, " \t") {
			t.Errorf("%q: a key with a space: %q", line, key)
		}
	})
}
