//go:build e2e

package e2e

import (
	"encoding/binary"
	"io"
	"net"
	"sync"
	"testing"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// A proxy stands between kbench and a broker where a link of kbench's own would. It knows Kafka's requests, so that a test
// can keep one kind from the broker, or its answer from kbench. One at a time may stand in front of a node.
type proxy struct {
	addr     string // where kbench begins
	broker   string
	listener net.Listener
	all      sync.WaitGroup

	mu      sync.Mutex
	conns   []net.Conn
	produce int            // answers to produce requests so far
	cutAt   func(int) bool // whether to lose the answer with this number, from 1, and its connection
	cuts    int            // how many were
	fetch   chan struct{}  // closed while fetch requests pass
}

// inFront opens a proxy in front of the first node, which ends with the test.
func (k *kafka) inFront(t *testing.T) *proxy {
	t.Helper()
	open := make(chan struct{})
	close(open)
	p := &proxy{fetch: open, cutAt: func(int) bool { return false }}
	p.addr, p.broker = k.cluster.Nodes()[0].LinkEnds()
	var err error
	if p.listener, err = net.Listen("tcp", p.addr); err != nil {
		t.Fatal(err)
	}
	p.all.Go(p.accept)
	t.Cleanup(func() {
		p.passFetches()
		p.listener.Close()
		p.mu.Lock()
		for _, c := range p.conns {
			c.Close()
		}
		p.mu.Unlock()
		p.all.Wait()
	})
	return p
}

// holdFetches keeps further fetch requests from the broker until the function is called.
func (p *proxy) holdFetches() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.fetch = make(chan struct{})
}

func (p *proxy) passFetches() {
	p.mu.Lock()
	defer p.mu.Unlock()
	select {
	case <-p.fetch:
	default:
		close(p.fetch)
	}
}

// cutAnswers loses the answers to produce requests that at chooses, each after the broker's append, with their connection.
func (p *proxy) cutAnswers(at func(int) bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cutAt = at
}

func (p *proxy) accept() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		broker, err := net.Dial("tcp", p.broker)
		if err != nil {
			client.Close()
			continue
		}
		p.mu.Lock()
		p.conns = append(p.conns, client, broker)
		p.mu.Unlock()
		var asked sync.Map // api key by correlation id
		p.all.Go(func() {
			defer broker.Close()
			frames(client, broker, func(frame []byte) bool {
				key := int16(binary.BigEndian.Uint16(frame))
				asked.Store(binary.BigEndian.Uint32(frame[4:]), key)
				if key == int16(kmsg.Fetch) {
					p.mu.Lock()
					gate := p.fetch
					p.mu.Unlock()
					<-gate
				}
				return true
			})
		})
		p.all.Go(func() {
			defer client.Close()
			frames(broker, client, func(frame []byte) bool {
				key, _ := asked.LoadAndDelete(binary.BigEndian.Uint32(frame))
				return key != int16(kmsg.Produce) || !p.cut()
			})
		})
	}
}

// cut says whether this answer is to be lost.
func (p *proxy) cut() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.produce++
	if !p.cutAt(p.produce) {
		return false
	}
	p.cuts++
	return true
}

// frames carries what one side sends to the other, a request or an answer at a time, for as long as pass says so.
func frames(from io.Reader, to io.Writer, pass func(frame []byte) bool) {
	var size [4]byte
	for {
		if _, err := io.ReadFull(from, size[:]); err != nil {
			return
		}
		frame := make([]byte, binary.BigEndian.Uint32(size[:]))
		if _, err := io.ReadFull(from, frame); err != nil || len(frame) < 8 || !pass(frame) {
			return
		}
		if _, err := to.Write(append(size[:], frame...)); err != nil {
			return
		}
	}
}
