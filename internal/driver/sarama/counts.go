package sarama

import (
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/rcrowley/go-metrics"

	"kbench/internal/driver"
)

// counts is the library's registry of metrics: it keeps what Stats and Times tell and drops the rest.
type counts struct {
	metrics.Registry // stays empty: what the library registers is answered without it
	sent             meter
	read             meter
	requests         meter
	times            *driver.Stopwatch
	sizes            map[string]*histogram // of batches and requests, with all brokers; not changed any more
}

// A meter only counts. It is safe for concurrent use.
type meter struct {
	metrics.NilMeter
	n atomic.Int64
}

func (m *meter) Mark(n int64) { m.n.Add(n) }
func (m *meter) Count() int64 { return m.n.Load() }

// newCounts returns one that tells the given parts of where the time goes.
func newCounts(parts ...driver.Part) *counts {
	c := &counts{Registry: metrics.NewRegistry(), times: driver.NewStopwatch(parts...)}
	size := func(part driver.Part) *histogram { return &histogram{times: c.times, part: part, broker: -1} }
	c.sizes = map[string]*histogram{
		"batch-size":                   size(driver.PartBatchBytes),
		"records-per-request":          size(driver.PartRequestRecords),
		"consumer-fetch-response-size": size(driver.PartBatchBytes),
		"consumer-batch-size":          size(driver.PartBatchRecords),
	}
	return c
}

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
	if h, ok := c.sizes[name]; ok {
		return h
	}
	if h, ok := c.ofBroker(name); ok {
		return h
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

// ofBroker returns the histogram of times with one broker. The library asks for it once for each connection.
func (c *counts) ofBroker(name string) (*histogram, bool) {
	name, id, found := strings.Cut(name, "-for-broker-")
	if !found {
		return nil, false
	}
	node, err := strconv.ParseInt(id, 10, 32)
	if err != nil {
		return nil, false
	}
	h := &histogram{times: c.times, broker: int32(node), millis: true}
	switch name {
	case "request-latency-in-ms":
		h.part = driver.PartRoundTrip
	case "throttle-time-in-ms":
		h.part = driver.PartThrottle
	default:
		return nil, false
	}
	return h, true
}

// A histogram sums up what the library tells of one part. It is safe for concurrent use.
type histogram struct {
	metrics.NilHistogram
	times  *driver.Stopwatch
	part   driver.Part
	broker int32
	millis bool // values are milliseconds, rounded down
}

// Update is called for each value. One of 0 records or bytes is an answer without a batch.
func (h *histogram) Update(v int64) {
	one := driver.Spread{Count: 1, Sum: float64(v), Max: v}
	switch {
	case h.millis:
		one = driver.Spread{Count: 1, Sum: float64(v) * 1e6, Max: v * 1e6, RoundedDown: true}
	case v == 0:
		return
	}
	h.times.Add(driver.Whole(h.part), one)
	if h.broker >= 0 {
		h.times.Add(driver.WithBroker(h.part, h.broker), one)
	}
}

// producerParts leaves out the round trip where produce requests have none: it would be that of writing them.
func producerParts(cfg driver.ProducerConfig) []driver.Part {
	parts := []driver.Part{driver.PartThrottle, driver.PartBatchBytes, driver.PartRequestRecords}
	if cfg.Acks != driver.AcksNone {
		parts = append(parts, driver.PartRoundTrip)
	}
	return parts
}

// consumerParts leaves out how long the library's own commits take, which it does not tell.
func consumerParts(cfg driver.ConsumerConfig) []driver.Part {
	parts := []driver.Part{driver.PartRoundTrip, driver.PartThrottle, driver.PartBatchBytes, driver.PartBatchRecords}
	if cfg.Commit == driver.CommitSync || cfg.Commit == driver.CommitAsync {
		parts = append(parts, driver.PartCommit)
	}
	return parts
}

// quiet keeps the library from making a meter for a topic that it fetches. While it measures a request before encoding
// it, it asks the process's own registry, whose meters start a goroutine for good; so that one knows the topic already.
func quiet(topic string) {
	name := "consumer-fetch-rate-for-topic-" + strings.ReplaceAll(topic, ".", "_")
	metrics.DefaultRegistry.GetOrRegister(name, metrics.NilMeter{})
}
