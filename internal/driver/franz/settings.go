package franz

import (
	"crypto/tls"
	"strconv"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sasl"

	"kbench/internal/driver"
	"kbench/internal/driver/security"
)

// idempotentInFlight is how many requests an idempotent producer of the library's may have unanswered at one broker.
const idempotentInFlight = 5

// opt returns the value of an option that the client holds; the zero value where the library has it in another type.
func opt[T any](kc *kgo.Client, option any) T {
	v, _ := kc.OptValue(option).(T)
	return v
}

// baseSettings reads what is in force for producers and consumers. Addresses and secrets are left out.
func baseSettings(kc *kgo.Client) map[string]string {
	m := map[string]string{
		"client.id":                          opt[string](kc, kgo.ClientID),
		"socket.connection.setup.timeout.ms": driver.Millis(opt[time.Duration](kc, kgo.DialTimeout)),
		"connections.max.idle.ms":            driver.Millis(opt[time.Duration](kc, kgo.ConnIdleTimeout)),
		"metadata.max.age.ms":                driver.Millis(opt[time.Duration](kc, kgo.MetadataMaxAge)),
		"enable.metrics.push":                strconv.FormatBool(!opt[bool](kc, kgo.DisableClientMetrics)),
		"allow.auto.create.topics":           strconv.FormatBool(opt[bool](kc, kgo.AllowAutoTopicCreation)),
		"MetadataMinAge":                     opt[time.Duration](kc, kgo.MetadataMinAge).String(),
		"RequestTimeoutOverhead":             opt[time.Duration](kc, kgo.RequestTimeoutOverhead).String(),
	}
	login := opt[[]sasl.Mechanism](kc, kgo.SASL)
	m["security.protocol"] = string(security.ProtocolOf(opt[*tls.Config](kc, kgo.DialTLSConfig) != nil, len(login) > 0))
	for _, l := range login {
		m["sasl.mechanism"] = l.Name()
	}
	if wait := opt[func(int) time.Duration](kc, kgo.RetryBackoffFn); wait != nil {
		m["retry.backoff.ms"], m["retry.backoff.max.ms"] = driver.Millis(wait(1)), driver.Millis(wait(1000))
	}
	return m
}

// producerSettings reads what is in force.
func producerSettings(kc *kgo.Client) map[string]string {
	m := baseSettings(kc)
	m["acks"] = map[kgo.Acks]string{kgo.AllISRAcks(): "all", kgo.LeaderAck(): "1", kgo.NoAck(): "0"}[opt[kgo.Acks](kc, kgo.RequiredAcks)]
	m["enable.idempotence"] = strconv.FormatBool(!opt[bool](kc, kgo.DisableIdempotentWrite))
	inFlight := opt[int](kc, kgo.MaxProduceRequestsInflightPerBroker)
	if m["enable.idempotence"] == "true" {
		inFlight = idempotentInFlight
		m["AllowIdempotentProduceCancellation"] = strconv.FormatBool(opt[bool](kc, kgo.AllowIdempotentProduceCancellation))
	}
	m["max.in.flight.requests.per.connection"] = strconv.Itoa(inFlight)
	if list := opt[[]kgo.CompressionCodec](kc, kgo.ProducerBatchCompression); len(list) > 0 {
		c := codecOf(list[0])
		m["compression.type"], m["compression.level"] = string(c.name), strconv.Itoa(c.level)
	}
	m["partitioner"] = string(opt[partitioner](kc, kgo.RecordPartitioner).word)
	m["linger.ms"] = driver.Millis(opt[time.Duration](kc, kgo.ProducerLinger))
	m["batch.size"] = strconv.Itoa(int(opt[int32](kc, kgo.ProducerBatchMaxBytes)))
	m["retries"] = strconv.FormatInt(opt[int64](kc, kgo.RecordRetries), 10)
	m["delivery.timeout.ms"] = driver.Millis(opt[time.Duration](kc, kgo.RecordDeliveryTimeout))
	m["request.timeout.ms"] = driver.Millis(opt[time.Duration](kc, kgo.ProduceRequestTimeout))
	m["UnknownTopicRetries"] = strconv.FormatInt(opt[int64](kc, kgo.UnknownTopicRetries), 10)
	m["MaxBufferedRecords"] = strconv.FormatInt(opt[int64](kc, kgo.MaxBufferedRecords)-1, 10) // the driver's own limit
	return m
}

// consumerSettings reads what is in force. What is about groups is there only where one is joined.
func consumerSettings(kc *kgo.Client) map[string]string {
	m := baseSettings(kc)
	switch opt[kgo.Offset](kc, kgo.ConsumeStartOffset) {
	case kgo.NewOffset().AtStart():
		m["auto.offset.reset"] = "earliest"
	case kgo.NewOffset().AtEnd():
		m["auto.offset.reset"] = "latest"
	}
	m["isolation.level"] = []string{"read_uncommitted", "read_committed"}[opt[int8](kc, kgo.FetchIsolationLevel)&1]
	m["fetch.min.bytes"] = strconv.Itoa(int(opt[int32](kc, kgo.FetchMinBytes)))
	m["fetch.max.bytes"] = strconv.Itoa(int(opt[int32](kc, kgo.FetchMaxBytes)))
	m["fetch.max.wait.ms"] = driver.Millis(opt[time.Duration](kc, kgo.FetchMaxWait))
	m["max.partition.fetch.bytes"] = strconv.Itoa(int(opt[int32](kc, kgo.FetchMaxPartitionBytes)))
	m["check.crcs"] = strconv.FormatBool(!opt[bool](kc, kgo.DisableFetchCRCValidation))
	m["max.poll.records"] = strconv.Itoa(pollMost)
	if rack := opt[string](kc, kgo.Rack); rack != "" {
		m["client.rack"] = rack
	}
	if group := opt[string](kc, kgo.ConsumerGroup); group != "" {
		m["group.id"] = group
		groupSettings(m, kc)
	}
	if group := opt[string](kc, kgo.ShareGroup); group != "" {
		shareSettings(m, group)
	}
	return m
}

func groupSettings(m map[string]string, kc *kgo.Client) {
	auto := !opt[bool](kc, kgo.DisableAutoCommit)
	m["enable.auto.commit"] = strconv.FormatBool(auto)
	if auto {
		m["auto.commit.interval.ms"] = driver.Millis(opt[time.Duration](kc, kgo.AutoCommitInterval))
	}
	m["max.poll.interval.ms"] = driver.Millis(opt[time.Duration](kc, kgo.RebalanceTimeout))
	var assignor string
	if list := opt[[]kgo.GroupBalancer](kc, kgo.Balancers); len(list) > 0 {
		assignor = list[0].ProtocolName()
	}
	if opt[bool](kc, kgo.ServerSideBalancer) {
		if assignor == "sticky" { // what the library asks the brokers for
			assignor = "uniform"
		}
		m["group.protocol"], m["group.remote.assignor"] = "consumer", assignor
		return
	}
	m["group.protocol"] = "classic"
	m["partition.assignment.strategy"] = assignor
	m["session.timeout.ms"] = driver.Millis(opt[time.Duration](kc, kgo.SessionTimeout))
	m["heartbeat.interval.ms"] = driver.Millis(opt[time.Duration](kc, kgo.HeartbeatInterval))
}
