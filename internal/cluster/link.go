package cluster

import (
	"errors"
	"fmt"
	"time"

	"kbench/internal/fault"
)

// Links puts a link in front of every node, and returns the links' addresses: clients that begin there have each of their
// connections go through a link, which changes nothing until Node.Slow. The addresses of Brokers go past the links. They
// stay until Close; asking again returns the same. The engine java alone has links.
func (c *Cluster) Links() ([]string, error) {
	c.links.Lock()
	defer c.links.Unlock()
	addrs := make([]string, len(c.nodes))
	for i, n := range c.nodes {
		switch {
		case c.engine != Java:
			return nil, fmt.Errorf("put a link in front of node %d: %w; use --cluster java", n.ID, ErrUnsupported)
		case n.linked == "":
			return nil, fmt.Errorf("put a link in front of node %d: an older kbench started it, without a listener for one; run kbench cluster down, then up again", n.ID)
		case n.link.Load() == nil:
			link, err := fault.Listen(n.linkAt, n.linked)
			if err != nil {
				return nil, fmt.Errorf("put a link in front of node %d: %w", n.ID, err)
			}
			n.link.Store(link)
		}
		addrs[i] = n.linkAt
	}
	return addrs, nil
}

// unlink ends the links.
func (c *Cluster) unlink() error {
	c.links.Lock()
	defer c.links.Unlock()
	var errs []error
	for _, n := range c.nodes {
		if link := n.link.Swap(nil); link != nil {
			errs = append(errs, link.Close())
		}
	}
	return errors.Join(errs...)
}

// Slow makes the way between clients and the broker slow: delay is added to all that goes each way, and rate bytes a
// second pass each way over all connections together; a rate of 0 is no limit. Both 0 end it. It holds for clients that go
// through Cluster.Links, and not for the brokers among themselves.
func (n *Node) Slow(delay time.Duration, rate int64) error {
	link := n.link.Load()
	if link == nil {
		return fmt.Errorf("slow node %d at %s: it has no link in front of it: %w", n.ID, n.Addr, ErrUnsupported)
	}
	link.Slow(delay, rate)
	return nil
}

// LinkEnds returns where clients are told that the node's link is, and where the node listens for what comes through it, for
// who wants something else to stand there; both are empty where the engine has no links.
func (n *Node) LinkEnds() (front, behind string) { return n.linkAt, n.linked }
