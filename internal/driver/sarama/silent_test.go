package sarama

import (
	"context"
	"net"
	"sync"
	"testing"

	"github.com/twmb/franz-go/pkg/kfake"

	"kbench/internal/driver"
)

// A gate is a listener whose connections stay and say nothing while it is locked, as those of a stopped broker do.
type gate struct {
	net.Listener
	sync.RWMutex
}

type gatedConn struct {
	net.Conn
	gate *gate
}

func (g *gate) Accept() (net.Conn, error) {
	c, err := g.Listener.Accept()
	return gatedConn{c, g}, err
}

func (c gatedConn) Write(b []byte) (int, error) {
	c.gate.RLock()
	defer c.gate.RUnlock()
	return c.Conn.Write(b)
}

// gated starts a fake broker behind a gate, with topic t of one partition.
func gated(t *testing.T) (*gate, driver.Cluster) {
	t.Helper()
	g := &gate{}
	broker, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(1, "t"), kfake.ListenFn(func(network, address string) (net.Listener, error) {
		l, err := new(net.ListenConfig).Listen(t.Context(), network, address)
		g.Listener = l
		return g, err
	}))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(broker.Close)
	return g, driver.Cluster{Brokers: broker.ListenAddrs()}
}

// With a broker that has fallen silent, records fail in time, and Close does not wait for it.
func TestProducerOfSilentBroker(t *testing.T) {
	t.Parallel()
	g, at := gated(t)
	cfg := driver.DefaultProducer()
	cfg.Topic, cfg.Timeout, cfg.Linger, cfg.Buffer = "t", 200e6, 0, 10
	classes := map[string]int{}
	p, err := library{}.NewProducer(t.Context(), at, cfg, func(r *driver.Record, _ driver.Ack, err error) {
		clear(r.Value) // it is ours again: the race detector tells if the library still reads it
		classes[driver.ClassOf(err)]++
	})
	if err != nil {
		t.Fatal(err)
	}
	send := func(n int) {
		t.Helper()
		for range n {
			if _, err := p.Send(t.Context(), &driver.Record{Value: make([]byte, 100), Partition: -1}); err != nil {
				t.Fatal(err)
			}
		}
	}
	send(1)
	if err := p.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	g.Lock()
	defer g.Unlock() // before the broker closes
	send(5)
	if err := p.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	send(5) // there is room: those that were given up take half of it
	if err := p.Close(); err != nil {
		t.Error(err)
	}
	if classes[""] != 1 || classes[driver.ErrTimedOut] < 5 || classes[driver.ErrTimedOut]+classes[driver.ErrClosed] != 10 {
		t.Errorf("acks by class are %v; want 1 success, then 5 timed out, then 5 timed out or closed", classes)
	}
}

// A consumer whose broker has fallen silent does not wait for it either.
func TestConsumerOfSilentBroker(t *testing.T) {
	t.Parallel()
	g, at := gated(t)
	cfg := driver.DefaultConsumer()
	cfg.Topic, cfg.Group = "t", "g"
	c, err := library{}.NewConsumer(t.Context(), at, cfg)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- c.Consume(ctx, func(*driver.Message) {}) }()
	wait(t, func() bool { _, times := c.Assigned(); return times > 0 })
	g.Lock()
	defer g.Unlock()
	cancel()
	if err := <-ended; err != nil {
		t.Errorf("consuming: %v", err)
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
}
