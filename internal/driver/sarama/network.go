package sarama

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/IBM/sarama"

	"kbench/internal/driver"
)

const (
	dialLimit = 10 * time.Second       // where Cluster.DialTimeout is 0
	pingPause = 100 * time.Millisecond // between two tries to reach a broker
)

// A network makes a client's connections and can cut them all, which is the only way to end the library's waits: they
// know no context. It is safe for concurrent use.
type network struct {
	counts  *counts
	connect func(network, address string) (net.Conn, error)
	cancel  context.CancelFunc // ends what connect is doing

	mu      sync.Mutex
	hurried bool       // the client is closing: nothing is worth a pause any more
	down    bool       // cut for good
	conns   []net.Conn // open ones, and perhaps some that have been closed since the last was made
}

// attach makes the network of a client that will be opened with conf, and gives it to conf. It tells the given parts of
// where the client's time goes.
func attach(conf *sarama.Config, parts ...driver.Part) *network {
	ctx, cancel := context.WithCancel(context.Background())
	n := &network{counts: newCounts(parts...), cancel: cancel}
	n.connect = func(network, address string) (net.Conn, error) { // as the library does without a dialer
		d := net.Dialer{Timeout: conf.Net.DialTimeout, KeepAlive: conf.Net.KeepAlive}
		return d.DialContext(ctx, network, address)
	}
	conf.Net.Proxy.Enable, conf.Net.Proxy.Dialer = true, n
	conf.MetricRegistry = n.counts
	conf.Metadata.Retry.BackoffFunc = func(int, int) time.Duration { return n.pause(conf.Metadata.Retry.Backoff) }
	conf.Producer.Retry.BackoffFunc = func(int, int) time.Duration { return n.pause(conf.Producer.Retry.Backoff) }
	conf.Producer.Transaction.Retry.BackoffFunc = func(int, int) time.Duration {
		return n.pause(conf.Producer.Transaction.Retry.Backoff)
	}
	conf.Consumer.Retry.BackoffFunc = func(int) time.Duration { return n.pause(conf.Consumer.Retry.Backoff) }
	return n
}

// pause returns how long to wait before trying again.
func (n *network) pause(usual time.Duration) time.Duration {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.hurried {
		return 0
	}
	return usual
}

// hurry ends the pauses between tries.
func (n *network) hurry() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.hurried = true
}

// Dial is called by the library for each connection. What it returns is not wrapped: the library looks into the socket.
func (n *network) Dial(network, address string) (net.Conn, error) {
	c, err := n.connect(network, address)
	if err != nil {
		return nil, err
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.down {
		_ = c.Close()
		return nil, net.ErrClosed
	}
	n.conns = append(slices.DeleteFunc(n.conns, closed), c)
	return c, nil
}

// closed reports whether somebody has closed c.
func closed(c net.Conn) bool {
	s, ok := c.(syscall.Conn)
	if !ok {
		return false
	}
	raw, err := s.SyscallConn()
	return err != nil || raw.Control(func(uintptr) {}) != nil
}

// cut closes every connection and lets no other be made.
func (n *network) cut() {
	n.cancel()
	n.mu.Lock()
	defer n.mu.Unlock()
	n.hurried, n.down = true, true
	for _, c := range n.conns {
		_ = c.Close()
	}
	n.conns = nil
}

// within returns ctx with the limit for a first answer.
func within(ctx context.Context, at driver.Cluster) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, cmp.Or(at.DialTimeout, dialLimit))
}

// reach returns the address of the broker that answered first. All are asked at once, again and again until ctx is done,
// over connections that are gone when it returns.
func reach(ctx context.Context, brokers []string, conf *sarama.Config) (string, error) {
	asked, cancel := context.WithCancel(ctx)
	defer cancel()
	asking := *conf
	n := attach(&asking)
	defer n.cut()
	stop := context.AfterFunc(asked, n.cut)
	defer stop()

	type answer struct {
		address string
		err     error
	}
	answers := make(chan answer, len(brokers))
	for _, address := range brokers {
		go func() { answers <- answer{address, ping(asked, address, &asking)} }()
	}
	failed := &driver.Error{Class: driver.ErrUnreachable}
	var first string
	var reasons []string
	for range brokers {
		a := <-answers
		switch {
		case a.err != nil:
			reasons = append(reasons, fmt.Sprintf("%s (%v)", a.address, a.err))
			if class(a.err) == driver.ErrAuth {
				failed.Class = driver.ErrAuth
			}
		case first == "":
			first = a.address
			cancel() // the others need not be waited for
		}
	}
	if first != "" {
		return first, nil
	}
	if errors.Is(ctx.Err(), context.Canceled) {
		failed.Class = driver.ErrCanceled
	}
	failed.Msg = fmt.Sprintf("no answer from %s; check the addresses and that the brokers run", strings.Join(reasons, ", "))
	return "", failed
}

// ping asks a broker until it answers, refuses the credentials, or ctx is done.
func ping(ctx context.Context, address string, conf *sarama.Config) error {
	last := errors.New("it says nothing")
	for {
		b := sarama.NewBroker(address)
		err := b.Open(conf)
		if err == nil {
			_, err = b.ApiVersions(&sarama.ApiVersionsRequest{})
			_ = b.Close() // fails only where it is closed already
		}
		switch {
		case err == nil:
			return nil
		case ctx.Err() != nil:
			return last // err is that the connection was cut
		case class(err) == driver.ErrAuth: // another try will not change a password
			return err
		}
		last = err
		if !rest(ctx, pingPause) {
			return last
		}
	}
}

// rest waits, and reports whether ctx is still alive.
func rest(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
