package franz

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"kbench/internal/driver"
	"kbench/internal/driver/drivertest"
)

func TestContract(t *testing.T) {
	drivertest.Run(t, library{}, drivertest.Fake(t))
}

// TestStats holds the counts against what must have gone over the wire.
func TestStats(t *testing.T) {
	const n = 1000
	o := drivertest.Fake(t)
	at := driver.Cluster{Brokers: o.Brokers}
	cfg := driver.DefaultProducer()
	cfg.Topic, cfg.Idempotence = o.CreateTopic(t, 1, nil), true
	p, err := library{}.NewProducer(t.Context(), at, cfg, func(*driver.Record, driver.Ack, error) {})
	if err != nil {
		t.Fatal(err)
	}
	for range n {
		if _, err := p.Send(t.Context(), &driver.Record{Value: make([]byte, 100), Partition: -1}); err != nil {
			t.Fatal(err)
		}
	}
	if err := p.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	if s := p.Stats(); s.WireBytes < 100*n || s.Requests == 0 || s.Retries != -1 || s.Queued != 0 {
		t.Errorf("after %d records of 100 bytes: %+v", n, s)
	}
	c, err := library{}.NewConsumer(t.Context(), at, driver.ConsumerConfig{
		Assign: driver.AssignStatic, Commit: driver.CommitNone, Start: driver.StartEarliest, Isolation: driver.ReadUncommitted,
		Topic: cfg.Topic, Group: "stats", Partitions: []int32{0},
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	read := 0
	ended := c.Consume(ctx, func(*driver.Message) {
		if read++; read == n {
			cancel()
		}
	})
	if s := c.Stats(); s.WireBytes < 100*n || s.Requests == 0 || s.Rebalances != 1 || s.CommitFails != 0 {
		t.Errorf("after reading them: %+v", s)
	}
	if err := errors.Join(ended, c.Consume(t.Context(), nil)); err == nil || ended != nil {
		t.Errorf("consuming: got %v, and again: got %v; want no error and one", ended, err)
	}
	if err := errors.Join(c.Close(), p.Close()); err != nil {
		t.Error(err)
	}
}

// TestOldBrokers refuses the consumer protocol where brokers do not offer it: the library would run the classic one.
func TestOldBrokers(t *testing.T) {
	broker, err := kfake.NewCluster(kfake.NumBrokers(1))
	if err != nil {
		t.Fatal(err)
	}
	defer broker.Close()
	broker.ControlKey(int16(kmsg.ApiVersions), func(r kmsg.Request) (kmsg.Response, error, bool) {
		broker.KeepControl()
		answer := r.ResponseKind().(*kmsg.ApiVersionsResponse)
		for key := range int16(kmsg.MaxKey) {
			if kmsg.Key(key) != kmsg.ConsumerGroupHeartbeat && kmsg.RequestForKey(key) != nil {
				k := kmsg.NewApiVersionsResponseApiKey()
				k.ApiKey, k.MaxVersion = key, kmsg.RequestForKey(key).MaxVersion()
				answer.ApiKeys = append(answer.ApiKeys, k)
			}
		}
		return answer, nil, true
	})
	cfg := driver.DefaultConsumer()
	cfg.Topic, cfg.Group, cfg.Protocol = "any", "any", driver.ProtocolConsumer
	c, err := library{}.NewConsumer(t.Context(), driver.Cluster{Brokers: broker.ListenAddrs()}, cfg)
	if err == nil {
		c.Close()
	}
	if !errors.Is(err, driver.ErrUnsupported) || !strings.Contains(err.Error(), "consumer.protocol") {
		t.Errorf("got %v, want an error that is ErrUnsupported and names consumer.protocol", err)
	}
}

// TestSecrets logs in with the client's own properties, rightly and wrongly.
func TestSecrets(t *testing.T) {
	broker, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.EnableSASL(), kfake.Superuser("SCRAM-SHA-256", "anna", "hunter2"))
	if err != nil {
		t.Fatal(err)
	}
	defer broker.Close()
	at := driver.Cluster{Brokers: broker.ListenAddrs(), DialTimeout: 20 * time.Second}
	cfg := driver.DefaultProducer()
	cfg.Topic = "any"
	cfg.Config = map[string]string{
		"security.protocol": "SASL_PLAINTEXT", "sasl.mechanism": "SCRAM-SHA-256", "sasl.username": "anna", "sasl.password": "hunter2",
	}
	p, err := library{}.NewProducer(t.Context(), at, cfg, nil)
	if err != nil {
		t.Fatal(err)
	}
	settings := p.Settings()
	if err := p.Close(); err != nil {
		t.Error(err)
	}
	for key, value := range settings {
		if strings.Contains(value, "hunter2") || strings.Contains(value, "anna") {
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
	record := slotFor(&driver.Record{Value: r.Value, Partition: -1}, "any")
	promise := func(*kgo.Record, error) {}
	ctx := t.Context()
	want := testing.AllocsPerRun(runs, func() {
		bare.kc.Produce(ctx, &record.own, promise)
	})
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

func TestTopicName(t *testing.T) {
	t.Parallel()
	for _, topic := range []string{"", string(make([]byte, 250))} {
		cfg := driver.DefaultProducer()
		cfg.Topic = topic
		if _, err := (library{}).NewProducer(t.Context(), driver.Cluster{Brokers: []string{"127.0.0.1:1"}}, cfg, nil); err == nil {
			t.Errorf("a topic's name of %d characters: no error", len(topic))
		}
	}
}
