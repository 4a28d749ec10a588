//go:build cgo && (linux || darwin) && (amd64 || arm64)

package confluent

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"

	"kbench/internal/driver"
	"kbench/internal/driver/drivertest"
)

func TestContract(t *testing.T) {
	drivertest.Run(t, library{}, drivertest.Fake(t))
}

// TestStats holds the library's counts, which come in from time to time, against what must have gone over the wire.
func TestStats(t *testing.T) {
	const n = 1000
	o := drivertest.Fake(t)
	at := driver.Cluster{Brokers: o.Brokers}
	cfg := driver.DefaultProducer()
	cfg.Topic = o.CreateTopic(t, 1, nil)
	p, err := library{}.NewProducer(t.Context(), at, cfg, func(*driver.Record, driver.Ack, error) {})
	if err != nil {
		t.Fatal(err)
	}
	for range n {
		if _, err := p.Send(t.Context(), &driver.Record{Value: make([]byte, 100), Partition: -1}); err != nil {
			t.Fatal(err)
		}
	}
	wait(t, func() bool {
		s := p.Stats()
		return s.WireBytes >= 100*n && s.Requests > 0 && s.Retries == 0 && s.Queued == 0
	})

	c, err := library{}.NewConsumer(t.Context(), at, driver.ConsumerConfig{
		Assign: driver.AssignStatic, Commit: driver.CommitNone, Start: driver.StartEarliest, Isolation: driver.ReadUncommitted,
		Topic: cfg.Topic, Group: "stats", Partitions: []int32{0},
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- c.Consume(ctx, func(*driver.Message) {}) }()
	wait(t, func() bool {
		s := c.Stats()
		return s.WireBytes >= 100*n && s.Requests > 0 && s.Rebalances == 1 && s.CommitFails == 0
	})
	cancel()
	if err := errors.Join(<-ended, c.Close(), p.Close()); err != nil {
		t.Error(err)
	}
}

// wait looks again and again until ok, for as long as the test may take.
func wait(t *testing.T, ok func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	limit := time.After(30 * time.Second)
	for !ok() {
		select {
		case <-tick.C:
		case <-limit:
			t.Fatal("it did not come to be within 30 s")
		}
	}
}

// TestSecrets logs in with the client's own properties, rightly and wrongly.
func TestSecrets(t *testing.T) {
	broker, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.EnableSASL(), kfake.Superuser("PLAIN", "anna", "hunter2"))
	if err != nil {
		t.Fatal(err)
	}
	defer broker.Close()
	at := driver.Cluster{Brokers: broker.ListenAddrs(), DialTimeout: 20 * time.Second}
	cfg := driver.DefaultProducer()
	cfg.Topic = "any"
	cfg.Config = map[string]string{
		"security.protocol": "SASL_PLAINTEXT", "sasl.mechanism": "PLAIN", "sasl.username": "anna", "sasl.password": "hunter2",
	}
	p, err := library{}.NewProducer(t.Context(), at, cfg, nil)
	if err != nil {
		t.Fatal(err)
	}
	settings := p.Settings()
	if err := p.Close(); err != nil {
		t.Error(err)
	}
	if settings["sasl.mechanism"] != "PLAIN" {
		t.Errorf("sasl.mechanism is %q, want PLAIN", settings["sasl.mechanism"])
	}
	for key, value := range settings {
		if strings.Contains(key, "password") || strings.Contains(value, "hunter2") {
			t.Errorf("a secret is in the settings: %s=%s", key, value)
		}
	}
	// The fake hangs up on a wrong password. Kafka says what is wrong.
	broker.ControlKey(int16(kmsg.SASLAuthenticate), func(r kmsg.Request) (kmsg.Response, error, bool) {
		broker.KeepControl()
		answer := r.ResponseKind().(*kmsg.SASLAuthenticateResponse)
		answer.ErrorCode = kerr.SaslAuthenticationFailed.Code
		return answer, nil, true
	})
	cfg.Config["sasl.password"] = "wrong-one"
	_, err = library{}.NewProducer(t.Context(), at, cfg, nil)
	if driver.ClassOf(err) != driver.ErrAuth || strings.Contains(err.Error(), "wrong-one") {
		t.Errorf("a wrong password: got %v, want class %s and no secret", err, driver.ErrAuth)
	}
}

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
