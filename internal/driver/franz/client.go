package franz

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"kbench/internal/driver"
)

const (
	closeLimit = 10 * time.Second
	askEvery   = 100 * time.Millisecond // between tries to reach a broker that refused
)

// A client is what producers and consumers have in common.
type client struct {
	kc   *kgo.Client
	wire wire
}

// wire hears what goes to the brokers and comes from them, bytes of TLS left out. It is safe for concurrent use.
type wire struct {
	sent, read, requests atomic.Int64
	failed               func(error)       // told of connections that could not be made; may be nil
	times                *driver.Stopwatch // filled in times.go
}

var (
	_ kgo.HookBrokerWrite   = (*wire)(nil)
	_ kgo.HookBrokerRead    = (*wire)(nil)
	_ kgo.HookBrokerConnect = (*wire)(nil)
)

// OnBrokerWrite implements kgo.HookBrokerWrite.
func (w *wire) OnBrokerWrite(_ kgo.BrokerMetadata, _ int16, n int, _, _ time.Duration, err error) {
	w.sent.Add(int64(n))
	if err == nil {
		w.requests.Add(1)
	}
}

// OnBrokerRead implements kgo.HookBrokerRead.
func (w *wire) OnBrokerRead(_ kgo.BrokerMetadata, _ int16, n int, _, _ time.Duration, _ error) {
	w.read.Add(int64(n))
}

// OnBrokerConnect implements kgo.HookBrokerConnect.
func (w *wire) OnBrokerConnect(_ kgo.BrokerMetadata, _ time.Duration, _ net.Conn, err error) {
	if err != nil && w.failed != nil {
		w.failed(err)
	}
}

// heard returns a number that changes with everything written and read: what the library says while it stays the same
// comes of what it already had. With acks=0 that is a request which has been written.
func (w *wire) heard() int64 { return w.sent.Load() + w.read.Load() }

// open makes the client. It connects to nothing yet.
func (c *client) open(what string, opts []kgo.Opt) error {
	kc, err := kgo.NewClient(append(opts, kgo.WithHooks(&c.wire))...)
	if err != nil {
		return refused(what, err)
	}
	c.kc = kc
	return nil
}

// stats returns the counts of producers and consumers alike. The library does not tell what it sent again, nor which acks wait.
func (c *client) stats() driver.Stats {
	return driver.Stats{Requests: c.wire.requests.Load(), Retries: -1, Backlog: -1}
}

// reach returns once a broker has answered. It asks all of them at once, so that one that says nothing keeps nobody
// waiting, and each address has its own reason.
func (c *client) reach(parent context.Context, at driver.Cluster) error {
	limit := cmp.Or(at.DialTimeout, 10*time.Second)
	ctx, cancel := context.WithTimeout(parent, limit)
	defer cancel()
	type answer struct {
		seed int
		err  error
	}
	seeds := c.kc.SeedBrokers() // in the order of the addresses
	answers := make(chan answer, len(seeds))
	for i, seed := range seeds {
		go func() { answers <- answer{i, ask(ctx, seed)} }()
	}
	failed := &driver.Error{Class: driver.ErrUnreachable}
	reached := false
	reasons := make([]string, len(seeds))
	for range seeds {
		a := <-answers
		if a.err == nil || class(a.err) == driver.ErrAuth {
			cancel() // the others need not be waited for
		}
		switch {
		case a.err == nil:
			reached = true
		case class(a.err) == driver.ErrAuth:
			failed.Class = driver.ErrAuth
		case errors.Is(a.err, context.DeadlineExceeded):
			a.err = fmt.Errorf("no answer within %s", limit)
		}
		reasons[a.seed] = fmt.Sprintf("%s: %v", at.Brokers[a.seed], a.err)
	}
	if reached {
		return nil
	}
	if errors.Is(parent.Err(), context.Canceled) {
		failed.Class = driver.ErrCanceled
	}
	failed.Msg = fmt.Sprintf("no broker answers (%s); check the addresses and that the brokers run", oneLine(strings.Join(reasons, "; ")))
	return failed
}

// ask returns nil once the broker has answered, or why it did not until ctx was done.
func ask(ctx context.Context, seed *kgo.Broker) error {
	req := kmsg.NewPtrMetadataRequest()
	req.Topics = []kmsg.MetadataRequestTopic{} // none: nil would be all of them
	tick := time.NewTicker(askEvery)
	defer tick.Stop()
	var last error
	for {
		_, err := seed.Request(ctx, req)
		switch {
		case err == nil:
			return nil
		case ctx.Err() != nil:
			return cmp.Or(last, ctx.Err())
		case class(err) == driver.ErrAuth: // another try will not change a password
			return err
		}
		last = err
		select {
		case <-tick.C:
		case <-ctx.Done():
			return last
		}
	}
}

// within is for what closes a client.
func within(what string, f func()) error { return driver.Within(closeLimit, what, f) }
