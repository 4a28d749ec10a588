//go:build cgo && (linux || darwin) && (amd64 || arm64)

package confluent

import (
	"testing"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"

	"kbench/internal/driver"
	"kbench/internal/driver/drivertest"
)

func TestContract(t *testing.T) { drivertest.Run(t, library{}, drivertest.Fake(t)) }

// TestSendAddsNoAllocation compares Send with the library's own Produce. Nobody listens, so all that allocates is they.
func TestSendAddsNoAllocation(t *testing.T) {
	const runs = 5000
	bare, own := offline(t), offline(t)
	r := &driver.Record{Value: make([]byte, 200), Partition: -1}
	topic := "any"
	msg := kafka.Message{TopicPartition: kafka.TopicPartition{Topic: &topic, Partition: -1}, Value: r.Value, Opaque: r}
	want := testing.AllocsPerRun(runs, func() {
		if err := bare.kp.Produce(&msg, nil); err != nil {
			t.Fatal(err)
		}
	})
	ctx := t.Context()
	got := testing.AllocsPerRun(runs, func() {
		if _, err := own.Send(ctx, r); err != nil {
			t.Fatal(err)
		}
	})
	if got > want {
		t.Errorf("Send allocates %v objects, Produce alone %v", got, want)
	}
}

// offline returns a producer that has waited for no broker. Its records stay in its buffer until the test ends.
func offline(t *testing.T) *producer {
	t.Helper()
	cfg := driver.DefaultProducer()
	cfg.Topic = "any"
	p, err := openProducer(driver.Cluster{Brokers: []string{"127.0.0.1:1"}}, cfg, func(*driver.Record, driver.Ack, error) {})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Close() })
	return p
}
