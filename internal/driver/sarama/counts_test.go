package sarama

import (
	"testing"

	"github.com/rcrowley/go-metrics"
)

// The library unregisters what it shares among connections whenever one of them closes. Counts go on.
func TestCounts(t *testing.T) {
	t.Parallel()
	c := newCounts()
	for range 2 {
		metrics.GetOrRegisterMeter("outgoing-byte-rate", c).Mark(5)
		metrics.GetOrRegisterMeter("incoming-byte-rate", c).Mark(7)
		metrics.GetOrRegisterMeter("request-rate", c).Mark(1)
		c.Unregister("outgoing-byte-rate")
		c.UnregisterAll()
	}
	if sent, read, requests := c.sent.Count(), c.read.Count(), c.requests.Count(); sent != 10 || read != 14 || requests != 2 {
		t.Errorf("got %d sent, %d read, %d requests; want 10, 14, 2", sent, read, requests)
	}
	if m := metrics.GetOrRegisterMeter("response-rate", c); m != metrics.Meter(metrics.NilMeter{}) {
		t.Errorf("a meter that nobody reads is %T, want one that does nothing", m)
	}
	if n := metrics.GetOrRegisterCounter("requests-in-flight", c); n != metrics.Counter(metrics.NilCounter{}) {
		t.Errorf("a counter that nobody reads is %T, want one that does nothing", n)
	}
}

func TestQuiet(t *testing.T) {
	t.Parallel()
	quiet("a.b")
	if m := metrics.GetOrRegisterMeter("consumer-fetch-rate-for-topic-a_b", nil); m != metrics.Meter(metrics.NilMeter{}) {
		t.Errorf("the process's meter of the topic is %T, want one that does nothing", m)
	}
}
