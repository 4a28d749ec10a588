package cluster

import (
	"errors"
	"net"
	"strings"
	"testing"
	"time"
)

// linkable is a cluster of one node that can have a link. Nobody listens behind it.
func linkable(t *testing.T) *Cluster {
	t.Helper()
	ports, err := freePorts(2)
	if err != nil {
		t.Fatal(err)
	}
	c := (&jvms{nodes: []*jvm{{ID: 1, Addr: "127.0.0.1:1", Linked: loopback(ports[0]), Link: loopback(ports[1])}}}).cluster("", time.Time{})
	t.Cleanup(func() { _ = c.Close(t.Context()) })
	return c
}

func TestLinks(t *testing.T) {
	t.Parallel()
	c := linkable(t)
	n := c.Nodes()[0]
	if err := n.Slow(time.Second, 0); !errors.Is(err, ErrUnsupported) {
		t.Errorf("slow without a link: %v", err)
	}
	for range 2 {
		addrs, err := c.Links()
		if err != nil || len(addrs) != 1 || addrs[0] != n.linkAt || refuses(addrs[0]) {
			t.Fatalf("Links = %q, %v", addrs, err)
		}
	}
	if err := n.Slow(time.Second, 0); err != nil {
		t.Error(err)
	}
	if err := c.Close(t.Context()); err != nil || !refuses(n.linkAt) {
		t.Errorf("Close = %v, the link is gone: %v", err, refuses(n.linkAt))
	}
}

func TestNoLinks(t *testing.T) {
	t.Parallel()
	taken := linkable(t)
	l, err := net.Listen("tcp", taken.Nodes()[0].linkAt)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	for _, tt := range []struct {
		why  string
		c    *Cluster
		want string
	}{
		{"containers have fixed listeners", dockerCluster(1, "", time.Time{}, Options{}), "not possible with this engine; use --cluster java"},
		{"the state of an older kbench has no address", (&jvms{nodes: []*jvm{{ID: 1}}}).cluster("", time.Time{}), "run kbench cluster down, then up again"},
		{"somebody has the port", taken, "address already in use"},
	} {
		if _, err := tt.c.Links(); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", tt.why, err, tt.want)
		}
	}
}
