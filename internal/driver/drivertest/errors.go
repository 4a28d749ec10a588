package drivertest

import (
	"context"
	"math/rand/v2"
	"net"
	"strings"
	"testing"
	"time"

	"kbench/internal/driver"
)

func (s suite) namesErrors(t *testing.T) {
	good := s.topic(t, 1)
	rows := []struct {
		want string
		why  string
		set  func(*driver.ProducerConfig, *driver.Record)
	}{
		{"MESSAGE_TOO_LARGE", "it is larger than Kafka's default limit, and noise does not compress", func(c *driver.ProducerConfig, r *driver.Record) {
			c.Topic, r.Value = good, make([]byte, 2<<20)
			noise := rand.NewChaCha8([32]byte{})
			noise.Read(r.Value)
		}},
		{"UNKNOWN_TOPIC_OR_PARTITION", "nobody made the topic, and producing must not", func(c *driver.ProducerConfig, _ *driver.Record) {
			c.Topic, c.Timeout = good+"-missing", 2e9
		}},
		{"UNKNOWN_TOPIC_OR_PARTITION", "the topic has no such partition", func(c *driver.ProducerConfig, r *driver.Record) {
			c.Topic, c.Partitioner, r.Partition, c.Timeout = good, driver.PartitionerManual, 99, 2e9
		}},
	}
	for _, row := range rows {
		cfg, r := config(""), records(0, 1, false)[0]
		row.set(&cfg, r)
		x := s.open(t, cfg)
		ctx, cancel := context.WithTimeout(t.Context(), limit)
		err := x.send(ctx, r)
		if err == nil {
			if err := x.Flush(ctx); err != nil {
				t.Fatalf("%s: waiting for the ack: %v", row.want, err)
			}
			err = x.settled()[0].err
		}
		if got := driver.ClassOf(err); got != row.want {
			t.Errorf("got %v, want class %s: %s", err, row.want, row.why)
		}
		cancel()
		x.close()
	}
}

// tellsUnreachable goes where no broker answers.
func (s suite) tellsUnreachable(t *testing.T) {
	rows := []struct{ address, why string }{
		{listen(t, nil), "nobody listens"},
		{listen(t, func(c net.Conn) { c.Close() }), "who listens hangs up"},
		{listen(t, func(net.Conn) {}), "who listens says nothing"},
	}
	for _, row := range rows {
		at := s.cluster()
		at.Brokers, at.DialTimeout = []string{row.address}, 200*time.Millisecond
		err := s.dial(t, t.Context(), at)
		if driver.ClassOf(err) != driver.ErrUnreachable || !strings.Contains(err.Error(), row.address) {
			t.Errorf("%s: got %v, want class %s and the address %s", row.why, err, driver.ErrUnreachable, row.address)
		}
		wantOneLine(t, err)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		at.DialTimeout = 2 * limit
		if s.dial(t, ctx, at) == nil {
			t.Errorf("%s: no error although the context is done", row.why)
		}
	}
	at := s.cluster()
	at.Brokers = append([]string{rows[0].address}, at.Brokers...)
	if err := s.dial(t, t.Context(), at); err != nil {
		t.Errorf("the first address is dead and the second answers: %v", err)
	}
}

// dial opens a producer, and a consumer, and closes them. It returns the first error.
func (s suite) dial(t *testing.T, ctx context.Context, at driver.Cluster) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	p, err := s.d.NewProducer(ctx, at, config("any"), func(*driver.Record, driver.Ack, error) {})
	if err == nil {
		err = p.Close()
	}
	c, second := s.d.NewConsumer(ctx, at, readConfig("any", "any"))
	if second == nil {
		second = c.Close()
	}
	if driver.ClassOf(err) != driver.ClassOf(second) {
		t.Errorf("a producer: %v; a consumer: %v; want the same class", err, second)
	}
	return err
}

// listen returns an address of loopback at which serve gets each connection, until t ends; without serve, nobody does.
func listen(t *testing.T, serve func(net.Conn)) string {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("listening on loopback: %v", err)
	}
	if serve == nil {
		l.Close()
		return l.Addr().String()
	}
	ended := make(chan struct{})
	t.Cleanup(func() {
		l.Close()
		<-ended
	})
	go func() {
		defer close(ended)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			defer c.Close()
			serve(c)
		}
	}()
	return l.Addr().String()
}
