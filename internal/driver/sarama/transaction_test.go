package sarama

import (
	"context"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"kbench/internal/driver"
	"kbench/internal/driver/drivertest"
)

// TestCloseEndsTheTries: what the library does when its connections are cut is bounded by no time of its own, but by how often it
// tries, and a slow machine takes long for thousands of tries.
func TestCloseEndsTheTries(t *testing.T) {
	t.Parallel()
	at := drivertest.Fake(t)
	topic := at.CreateTopic(t, 1, nil)
	cfg := driver.DefaultProducer()
	cfg.Topic, cfg.MaxInFlight, cfg.Idempotence, cfg.TransactionalID, cfg.Transaction.Records = topic, 1, true, topic, 1
	opened, err := library{}.NewProducer(t.Context(), driver.Cluster{Brokers: at.Brokers}, cfg, func(*driver.Record, driver.Ack, error) {})
	if err != nil {
		t.Fatal(err)
	}
	p, ok := opened.(*transactional)
	if !ok {
		t.Fatalf("it is a %T", opened)
	}
	var dials atomic.Int64
	connect := p.net.connect
	p.net.connect = func(network, address string) (net.Conn, error) {
		dials.Add(1)
		return connect(network, address)
	}
	if err := p.Begin(); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Send(t.Context(), &driver.Record{Value: []byte("x"), Partition: 0}); err != nil {
		t.Fatal(err)
	}
	if err := p.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(at.Silence(t))
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if got, err := p.Commit(ctx); got != driver.Unknown || err == nil {
		t.Errorf("a commit that nobody answers: %s, %v", got, err)
	}
	if err := p.Close(); err != nil {
		t.Errorf("close: %v", err)
	}
	if n := dials.Load(); n > 100 {
		t.Errorf("the library dialled %d times, though it was closed", n)
	}
	if err := p.Close(); err != nil {
		t.Errorf("close again: %v", err)
	}
}
