package franz

import (
	"errors"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"kbench/internal/driver"
	"kbench/internal/driver/drivertest"
)

func TestContract(t *testing.T) { drivertest.Run(t, library{}, drivertest.Fake(t)) }

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
