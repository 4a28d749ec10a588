package sarama

import (
	"strings"
	"sync/atomic"

	"github.com/rcrowley/go-metrics"
)

// counts is the library's registry of metrics: it counts what Stats tells and drops the rest.
type counts struct {
	metrics.Registry // stays empty: what the library registers is answered without it
	sent             meter
	read             meter
	requests         meter
}

// A meter only counts. It is safe for concurrent use.
type meter struct {
	metrics.NilMeter
	n atomic.Int64
}

func (m *meter) Mark(n int64) { m.n.Add(n) }
func (m *meter) Count() int64 { return m.n.Load() }

func newCounts() *counts { return &counts{Registry: metrics.NewRegistry()} }

// GetOrRegister is how the library gets each of its metrics; constructor would make one.
func (c *counts) GetOrRegister(name string, constructor any) any {
	switch name {
	case "outgoing-byte-rate":
		return &c.sent
	case "incoming-byte-rate":
		return &c.read
	case "request-rate":
		return &c.requests
	}
	switch constructor.(type) {
	case func() metrics.Meter:
		return metrics.NilMeter{}
	case func() metrics.Histogram:
		return metrics.NilHistogram{}
	case func() metrics.Counter:
		return metrics.NilCounter{}
	}
	return constructor
}

// quiet keeps the library from making a meter for a topic that it fetches. While it measures a request before encoding
// it, it asks the process's own registry, whose meters start a goroutine for good; so that one knows the topic already.
func quiet(topic string) {
	name := "consumer-fetch-rate-for-topic-" + strings.ReplaceAll(topic, ".", "_")
	metrics.DefaultRegistry.GetOrRegister(name, metrics.NilMeter{})
}
