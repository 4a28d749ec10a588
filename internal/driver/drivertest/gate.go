package drivertest

import (
	"net"
	"sync"
	"testing"
)

// A gate is a listener's. While it is locked, connections stay and say nothing, as those of a stopped broker do.
type gate struct {
	net.Listener
	mu sync.RWMutex
}

// listen is how the fake opens its port.
func (g *gate) listen(network, address string) (l net.Listener, err error) {
	g.Listener, err = net.Listen(network, address)
	return g, err
}

// Accept implements net.Listener.
func (g *gate) Accept() (net.Conn, error) {
	c, err := g.Listener.Accept()
	return gatedConn{c, g}, err
}

// lock locks the gate until unlock is called, which does no harm twice.
func (g *gate) lock(testing.TB) (unlock func()) {
	g.mu.Lock()
	return sync.OnceFunc(g.mu.Unlock)
}

type gatedConn struct {
	net.Conn
	gate *gate
}

// Write implements net.Conn.
func (c gatedConn) Write(b []byte) (int, error) {
	c.gate.mu.RLock()
	defer c.gate.mu.RUnlock()
	return c.Conn.Write(b)
}
