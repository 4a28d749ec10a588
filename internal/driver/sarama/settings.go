package sarama

import (
	"maps"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/IBM/sarama"

	"kbench/internal/driver"
	"kbench/internal/driver/security"
)

// producerSettings returns what conf says, with which the client is open, under Kafka's names where there are any. The
// delivery timeout and the partitioner are not in it: the first is kept by this driver, the second is a function.
func producerSettings(conf *sarama.Config, cfg driver.ProducerConfig) map[string]string {
	p := &conf.Producer
	retries := strconv.Itoa(p.Retry.Max)
	if p.Retry.Max == retryMax(cfg, p.Retry.Backoff) { // as good as what was asked for
		retries = strconv.Itoa(int(cfg.Retries))
	}
	m := ownSettings(conf, "Producer.")
	maps.Copy(m, map[string]string{
		"acks":                                  acksWord(p.RequiredAcks),
		"enable.idempotence":                    strconv.FormatBool(p.Idempotent),
		"compression.type":                      p.Compression.String(),
		"linger.ms":                             driver.Millis(p.Flush.Frequency),
		"batch.size":                            strconv.Itoa(p.MaxMessageBytes),
		"max.in.flight.requests.per.connection": strconv.Itoa(conf.Net.MaxOpenRequests),
		"retries":                               retries,
		"retry.backoff.ms":                      driver.Millis(p.Retry.Backoff),
		"delivery.timeout.ms":                   driver.Millis(time.Duration(cfg.Timeout)),
		"request.timeout.ms":                    driver.Millis(p.Timeout),
		"partitioner":                           string(cfg.Partitioner),
	})
	return m
}

// consumerSettings is producerSettings for a consumer.
func consumerSettings(conf *sarama.Config, cfg driver.ConsumerConfig) map[string]string {
	r := &conf.Consumer
	m := ownSettings(conf, "Consumer.")
	maps.Copy(m, map[string]string{
		"group.id":                  cfg.Group,
		"auto.offset.reset":         map[int64]string{sarama.OffsetOldest: "earliest", sarama.OffsetNewest: "latest"}[r.Offsets.Initial],
		"isolation.level":           map[sarama.IsolationLevel]string{sarama.ReadUncommitted: "read_uncommitted", sarama.ReadCommitted: "read_committed"}[r.IsolationLevel],
		"enable.auto.commit":        strconv.FormatBool(r.Offsets.AutoCommit.Enable),
		"fetch.min.bytes":           strconv.Itoa(int(r.Fetch.Min)),
		"fetch.max.bytes":           strconv.Itoa(int(r.Fetch.MaxBytes)),
		"fetch.max.wait.ms":         driver.Millis(r.MaxWaitTime),
		"max.partition.fetch.bytes": strconv.Itoa(int(r.Fetch.Default)),
	})
	if r.Offsets.AutoCommit.Enable {
		m["auto.commit.interval.ms"] = driver.Millis(r.Offsets.AutoCommit.Interval)
	}
	if cfg.Assign == driver.AssignSubscribe {
		m["group.protocol"] = "classic"
		m["partition.assignment.strategy"] = r.Group.Rebalance.GroupStrategies[0].Name()
		m["session.timeout.ms"] = driver.Millis(r.Group.Session.Timeout)
		m["heartbeat.interval.ms"] = driver.Millis(r.Group.Heartbeat.Interval)
		m["max.poll.interval.ms"] = driver.Millis(r.Group.Rebalance.Timeout) // for both it is how long a rebalance waits
	}
	return m
}

// ownSettings returns every field of conf that matters to a client of one kind, whose fields begin with own, and what
// kinds have in common. Secrets and empty words are left out.
func ownSettings(conf *sarama.Config, own string) map[string]string {
	m := map[string]string{
		"client.id": conf.ClientID, "security.protocol": string(security.ProtocolOf(conf.Net.TLS.Enable, conf.Net.SASL.Enable)),
		"socket.connection.setup.timeout.ms": driver.Millis(conf.Net.DialTimeout),
		"allow.auto.create.topics":           strconv.FormatBool(conf.Metadata.AllowAutoTopicCreation),
		"metadata.max.age.ms":                driver.Millis(conf.Metadata.RefreshFrequency),
	}
	if conf.Net.SASL.Enable {
		m["sasl.mechanism"] = string(conf.Net.SASL.Mechanism)
	}
	fields(reflect.ValueOf(conf).Elem(), "", func(path, text string) {
		group, _, nested := strings.Cut(path, ".")
		switch {
		case text == "" || driver.Secret(path) || strings.HasPrefix(path, "Net.SASL.") || strings.HasPrefix(path, "Net.Proxy."):
		case path == "ClientID":
		case !nested || group == "Net" || group == "Metadata" || strings.HasPrefix(path, own):
			m[path] = text
		}
	})
	return m
}

// acksWord is Kafka's word for the library's number.
func acksWord(acks sarama.RequiredAcks) string {
	if acks == sarama.WaitForAll {
		return "all"
	}
	return strconv.Itoa(int(acks))
}
