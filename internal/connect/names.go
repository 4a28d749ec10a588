package connect

import "strings"

// A side says which clients a property is for. The zero value is either.
type side int

const (
	either side = iota
	producers
	consumers
)

// decidedBy returns the scenario's key that decides what a property of a client's says, by Java's name or librdkafka's; "" where
// there is none. It also returns which clients the property is for, as far as that is known.
func decidedBy(name string) (key string, which side) {
	if key = scenarioKey(name); key != "" {
		if strings.HasPrefix(key, "producer.") {
			return key, producers
		}
		return key, consumers
	}
	for _, p := range []struct {
		prefix string
		which  side
	}{
		{"Producer.", producers},
		{"Consumer.", consumers}, // fields of sarama.Config
		{"queue.buffering.", producers},
		{"batch.", producers},
		{"sticky.partitioning.", producers},
		{"fetch.", consumers},
		{"max.poll.", consumers},
		{"queued.", consumers},
		{"session.timeout.ms", consumers},
		{"heartbeat.interval.ms", consumers},
		{"max.partition.fetch.bytes", consumers},
		{"check.crcs", consumers},
		{"client.rack", consumers},
	} {
		if strings.HasPrefix(name, p.prefix) {
			return "", p.which
		}
	}
	return "", either
}

// scenarioKey returns the scenario's key for what a property says; "" where there is none.
func scenarioKey(name string) string {
	switch name {
	case "acks", "request.required.acks":
		return "producer.acks"
	case "enable.idempotence":
		return "producer.idempotence"
	case "compression.type", "compression.codec":
		return "producer.compression"
	case "compression.level", "compression.gzip.level", "compression.lz4.level", "compression.zstd.level":
		return "producer.compression_level"
	case "partitioner", "partitioner.class":
		return "producer.partitioner"
	case "linger.ms", "queue.buffering.max.ms":
		return "producer.linger"
	case "batch.size":
		return "producer.batch_size"
	case "max.in.flight.requests.per.connection", "max.in.flight":
		return "producer.max_in_flight"
	case "buffer.memory", "queue.buffering.max.messages":
		return "producer.buffer"
	case "max.block.ms":
		return "producer.on_full"
	case "retries", "message.send.max.retries":
		return "producer.retries"
	case "delivery.timeout.ms", "message.timeout.ms":
		return "producer.timeout"
	case "transactional.id":
		return "producer.transaction.records"
	case "group.protocol":
		return "consumer.protocol"
	case "partition.assignment.strategy", "group.remote.assignor":
		return "consumer.assignor"
	case "enable.auto.commit":
		return "consumer.commit"
	case "auto.commit.interval.ms":
		return "consumer.commit_every"
	case "auto.offset.reset":
		return "consumer.start"
	case "isolation.level":
		return "consumer.isolation"
	}
	return ""
}

// withoutEffect says why a property of a client's file changes nothing in kbench; "" where it might.
func withoutEffect(name string) string {
	switch name {
	case "client.id":
		return "kbench's clients have a name of their own"
	case "group.id", "group.instance.id":
		return "kbench makes groups of its own"
	case "key.serializer", "value.serializer", "key.deserializer", "value.deserializer":
		return "keys and values are bytes"
	case "interceptor.classes", "metric.reporters", "auto.include.jmx.reporter":
		return "kbench runs no Java"
	case "enable.metrics.push":
		return "kbench's clients push no metrics"
	case "client.dns.lookup":
		return "kbench's clients try every address of a name"
	}
	for _, prefix := range []string{"schema.registry.", "basic.auth.", "metrics."} {
		if strings.HasPrefix(name, prefix) {
			return "kbench has no use for it"
		}
	}
	return ""
}
