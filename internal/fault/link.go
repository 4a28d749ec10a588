// Package fault holds a link between clients and a broker that can be made slow: a TCP proxy on this machine.
package fault

import (
	"context"
	"fmt"
	"net"
	"sync"
	"time"
)

// dialLimit is how long the broker behind a link may take to accept a connection.
const dialLimit = 10 * time.Second

// A Link takes connections at one address and carries them to another. It changes nothing until it is made slow. Each
// connection has five goroutines and holds 4 MiB of what is on its way in each direction at most; what is beyond that
// waits in the sockets, as on any network. It is safe for concurrent use.
type Link struct {
	listener net.Listener
	to       string
	end      context.CancelFunc
	all      sync.WaitGroup // of the goroutines
	up, down *lane          // to the broker, and back
}

// Listen opens a link from an address to the one of a broker, which need not be there yet: while it is not, clients'
// connections are taken and closed at once. The caller closes the link.
func Listen(at, to string) (*Link, error) {
	var config net.ListenConfig
	ctx, cancel := context.WithCancel(context.Background())
	listener, err := config.Listen(ctx, "tcp", at)
	if err != nil {
		cancel()
		return nil, fmt.Errorf("take connections to %s at %s: %w", to, at, err)
	}
	l := &Link{listener: listener, to: to, end: cancel, up: newLane(), down: newLane()}
	l.all.Go(func() { l.accept(ctx) })
	return l, nil
}

// Addr returns the address that the link takes connections at, HOST:PORT.
func (l *Link) Addr() string { return l.listener.Addr().String() }

// Slow adds delay to all that goes each way from now on, and lets rate bytes a second pass each way, over all connections
// together; a rate of 0 is no limit. Both 0 end it, for what is on its way too.
func (l *Link) Slow(delay time.Duration, rate int64) {
	l.up.slow(delay, rate)
	l.down.slow(delay, rate)
}

// Close ends all connections, and returns when nothing of the link is left.
func (l *Link) Close() error {
	l.end()
	err := l.listener.Close()
	l.all.Wait()
	return err
}

// accept takes connections until the link is closed.
func (l *Link) accept(ctx context.Context) {
	for {
		client, err := l.listener.Accept()
		if err == nil {
			l.all.Go(func() { l.serve(ctx, client) })
			continue
		}
		// Out of file descriptors, for example: that may pass.
		if !sleep(ctx, 10*time.Millisecond) {
			return
		}
	}
}

// serve carries one connection until either side ends it, or ctx does.
func (l *Link) serve(ctx context.Context, client net.Conn) {
	ctx, end := context.WithCancel(ctx)
	defer end()
	defer context.AfterFunc(ctx, func() { _ = client.Close() })()
	defer func() { _ = client.Close() }()
	dialer := net.Dialer{Timeout: dialLimit}
	broker, err := dialer.DialContext(ctx, "tcp", l.to)
	if err != nil {
		return
	}
	defer context.AfterFunc(ctx, func() { _ = broker.Close() })()
	defer func() { _ = broker.Close() }()
	var both sync.WaitGroup
	both.Go(func() { l.up.carry(ctx, end, client, broker) })
	both.Go(func() { l.down.carry(ctx, end, broker, client) })
	both.Wait()
}

// sleep waits, and reports whether ctx outlived it.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
