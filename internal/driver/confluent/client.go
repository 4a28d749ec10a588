//go:build cgo && (linux || darwin) && (amd64 || arm64)

package confluent

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"

	"kbench/internal/driver"
)

const (
	closeLimit    = 10 * time.Second
	settingsLimit = time.Second // for the library's log of its configuration, which is there before any broker answers
	pollMillis    = 100         // longest stay in the library, and so how late a context's end can be noticed
)

type library struct{}

func (library) Name() string    { return name }
func (library) Library() string { return "librdkafka" }

func (library) Version() string {
	_, v := kafka.LibraryVersion()
	return v
}

// ByValue is true: see known.go.
func (library) ByValue() bool { return true }

func (library) Partitioners() []driver.Partitioner {
	return []driver.Partitioner{
		driver.PartitionerSticky, driver.PartitionerRandom,
		driver.PartitionerMurmur2, driver.PartitionerCRC32, driver.PartitionerFNV1a,
	}
}

// A handle is what the library's producers and consumers have in common.
type handle interface {
	GetMetadata(topic *string, allTopics bool, timeoutMs int) (*kafka.Metadata, error)
}

// A client holds what the library says while it runs. Its methods are safe for concurrent use.
type client struct {
	conf    *settings
	logs    chan kafka.LogEvent // owned here: the library only sends, and has stopped once it is closed
	drained chan struct{}       // closed when the reader of logs has ended

	times *driver.Stopwatch
	login *login // nil where tokens are not what is logged in with

	mu    sync.Mutex
	trace *libraryStats // the last that came; nil until the first
	words kafka.Error   // the last error that came in and says more than that all brokers are down
}

// newClient returns one that tells the given parts of where its time goes.
func newClient(p properties, parts ...driver.Part) *client {
	c := &client{conf: newSettings(p), logs: make(chan kafka.LogEvent, 64), drained: make(chan struct{}), times: driver.NewStopwatch(parts...)}
	go func() {
		defer close(c.drained)
		for l := range c.logs {
			c.conf.hear(l)
		}
	}()
	return c
}

// stopLogs is called once the library has been closed, or was never opened.
func (c *client) stopLogs() {
	close(c.logs)
	<-c.drained
}

// note keeps an error for what reach has to say.
func (c *client) note(e kafka.Error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e.Code() != kafka.ErrAllBrokersDown {
		c.words = e
	}
}

// refused returns the error for a configuration that the library does not take. Its reason names the property.
func refused(what string, err error) error {
	return fmt.Errorf("confluent: new %s: %s: %w", what, strings.Join(strings.Fields(err.Error()), " "), driver.ErrUnsupported)
}

// reach returns once a broker has answered. The library blocks for as long as it is told and knows no context, so it is
// asked for a short time at first and then for longer: a broker may be slow. poll handles events; it may be nil where
// somebody else does.
func (c *client) reach(parent context.Context, h handle, at driver.Cluster, poll func()) error {
	ctx, cancel := context.WithTimeout(parent, cmp.Or(at.DialTimeout, 10*time.Second))
	defer cancel()
	deadline, _ := ctx.Deadline()
	for wait := 100 * time.Millisecond; ; wait = min(2*wait, 2*time.Second) {
		left := min(wait, time.Until(deadline))
		_, err := h.GetMetadata(nil, false, int(max(left.Milliseconds(), 1)))
		if err == nil {
			c.awaitSettings()
			return nil
		}
		if poll != nil {
			poll()
		}
		failed := c.unreachable(at, err)
		if errors.Is(parent.Err(), context.Canceled) {
			failed.Class = driver.ErrCanceled
		}
		if ctx.Err() != nil || failed.Class == driver.ErrAuth { // another try will not change a password
			return failed
		}
	}
}

// unreachable tells what the library last said, or the result of the last try where it said nothing.
func (c *client) unreachable(at driver.Cluster, last error) *driver.Error {
	c.mu.Lock()
	defer c.mu.Unlock()
	e := &driver.Error{Class: driver.ErrUnreachable}
	if c.words.Code() != kafka.ErrNoError {
		last = c.words
	}
	// With TLS 1.3 a broker says only after the handshake that it wants another certificate, which the library takes for a
	// connection that broke.
	if class(codeOf(last)) == driver.ErrAuth || strings.Contains(last.Error(), "SSL alert number") {
		e.Class = driver.ErrAuth
	}
	e.Msg = fmt.Sprintf("no answer from %s: %s; check the addresses and that the brokers run", strings.Join(at.Brokers, ", "), last)
	return e
}

// awaitSettings waits for the log of the configuration, so that Settings is whole from the start. A property that the
// library does not log stays unknown.
func (c *client) awaitSettings() {
	limit := time.NewTimer(settingsLimit)
	defer limit.Stop()
	select {
	case <-c.conf.done:
	case <-limit.C:
	}
}

// within is for what closes a client.
func within(what string, f func()) error { return driver.Within(closeLimit, what, f) }
