package sarama

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"

	"kbench/internal/driver"
	"kbench/internal/driver/drivertest"
)

func TestContract(t *testing.T) {
	drivertest.Run(t, library{}, drivertest.Fake(t))
}

// TestStats holds the library's counts against what must have gone over the wire.
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
		return s.WireBytes >= 100*n && s.Requests > 0 && s.Retries == -1 && s.Queued == 0
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
	if settings["sasl.mechanism"] != "PLAIN" || settings["security.protocol"] != "SASL_PLAINTEXT" {
		t.Errorf("sasl.mechanism is %q, security.protocol %q; want PLAIN, SASL_PLAINTEXT", settings["sasl.mechanism"], settings["security.protocol"])
	}
	for key, value := range settings {
		if strings.Contains(strings.ToLower(key), "password") || strings.Contains(value, "hunter2") {
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

// TestIdempotence has a dead address beside the broker: the library would ask it alone for a producer id.
func TestIdempotence(t *testing.T) {
	const n = 1000
	o := drivertest.Fake(t)
	cfg := driver.DefaultProducer()
	cfg.Topic, cfg.Idempotence, cfg.MaxInFlight, cfg.Linger = o.CreateTopic(t, 2, nil), true, 1, 1e6
	places := map[driver.Ack]bool{}
	at := driver.Cluster{Brokers: append([]string{"127.0.0.1:1"}, o.Brokers...)}
	p, err := library{}.NewProducer(t.Context(), at, cfg, func(_ *driver.Record, at driver.Ack, err error) {
		if err != nil {
			t.Error(err)
		}
		places[at] = true
	})
	if err != nil {
		t.Fatal(err)
	}
	for range n {
		if _, err := p.Send(t.Context(), &driver.Record{Value: make([]byte, 100), Partition: -1}); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(p.Flush(t.Context()), p.Close()); err != nil {
		t.Fatal(err)
	}
	if len(places) != n {
		t.Errorf("%d records have %d places", n, len(places))
	}
}

// TestRetries lets batches be refused for a while. Then each record is in the log once, in the order in which it was sent.
func TestRetries(t *testing.T) {
	const n = 500
	o := drivertest.Fake(t)
	cfg := driver.DefaultProducer()
	cfg.Topic, cfg.Linger = o.CreateTopic(t, 1, nil), 1e6
	offsets := map[uint64]int64{}
	p, err := library{}.NewProducer(t.Context(), driver.Cluster{Brokers: o.Brokers}, cfg, func(r *driver.Record, at driver.Ack, err error) {
		if err != nil {
			t.Error(err)
		}
		offsets[r.Seq] = at.Offset
	})
	if err != nil {
		t.Fatal(err)
	}
	resume := o.Stall(t, cfg.Topic)
	for seq := range uint64(n) {
		if _, err := p.Send(t.Context(), &driver.Record{Value: make([]byte, 100), Partition: -1, Seq: seq}); err != nil {
			t.Fatal(err)
		}
		if seq == n/2 {
			before := p.Stats().Requests
			wait(t, func() bool { return p.Stats().Requests > before+3 })
		}
	}
	resume()
	if err := errors.Join(p.Flush(t.Context()), p.Close()); err != nil {
		t.Fatal(err)
	}
	for seq := range uint64(n) {
		if offsets[seq] != int64(seq) {
			t.Fatalf("record %d is at offset %d, want that of its number", seq, offsets[seq])
		}
	}
}
