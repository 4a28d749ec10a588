package fault

import (
	"bytes"
	"errors"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"
)

// echo is a server that sends everything back. It ends with the test.
func echo(t *testing.T) string {
	t.Helper()
	var all sync.WaitGroup
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close(); all.Wait() })
	all.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			all.Go(func() {
				defer c.Close()
				_, _ = io.Copy(c, c)
			})
		}
	})
	return l.Addr().String()
}

// open opens a link that ends with the test.
func open(t *testing.T, to string) *Link {
	t.Helper()
	l, err := Listen("127.0.0.1:0", to)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l
}

// dial connects through a link.
func dial(t *testing.T, l *Link) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", l.Addr())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	_ = c.SetDeadline(time.Now().Add(30 * time.Second)) // only what never comes fails
	return c
}

func TestLinkChangesNothing(t *testing.T) {
	t.Parallel()
	l := open(t, echo(t))
	var all sync.WaitGroup
	for i := range 4 {
		c := dial(t, l)
		sent := bytes.Repeat([]byte{byte(i), 'a', 'b', 'c', '\n'}, 1<<20)
		all.Go(func() { _, _ = c.Write(sent) })
		all.Go(func() {
			got := make([]byte, len(sent))
			if _, err := io.ReadFull(c, got); err != nil || !bytes.Equal(got, sent) {
				t.Errorf("connection %d did not bring back what was sent: %v", i, err)
			}
		})
	}
	all.Wait()
}

func TestLinkIsSlow(t *testing.T) {
	t.Parallel()
	l := open(t, echo(t))
	c := dial(t, l)
	const delay = 30 * time.Millisecond
	l.Slow(delay, 0)
	start := time.Now()
	if _, err := c.Write([]byte("there and back")); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(c, make([]byte, 14)); err != nil {
		t.Fatal(err)
	}
	if got := time.Since(start); got < 2*delay {
		t.Errorf("there and back in %v, want at least twice %v", got, delay)
	}
}

func TestLinkCloses(t *testing.T) {
	t.Parallel()
	l := open(t, echo(t))
	c := dial(t, l)
	l.Slow(time.Hour, 1)
	if _, err := c.Write([]byte("never to arrive")); err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	if _, err := c.Read(make([]byte, 1)); err == nil || errors.Is(err, net.ErrClosed) {
		t.Errorf("reading after the link was closed: %v, want its end", err)
	}
}

func TestLinkToNobody(t *testing.T) {
	t.Parallel()
	nobody, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = nobody.Close()
	c := dial(t, open(t, nobody.Addr().String()))
	if _, err := c.Read(make([]byte, 1)); err == nil {
		t.Error("a connection to nobody brought something")
	}
}

func TestLinkAtATakenAddress(t *testing.T) {
	t.Parallel()
	l := open(t, "127.0.0.1:1")
	if _, err := Listen(l.Addr(), "127.0.0.1:1"); err == nil || !strings.Contains(err.Error(), "take connections to 127.0.0.1:1 at "+l.Addr()) {
		t.Errorf("a second link at %s: %v", l.Addr(), err)
	}
}
