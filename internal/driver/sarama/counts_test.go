package sarama

import (
	"reflect"
	"testing"

	"github.com/rcrowley/go-metrics"

	"kbench/internal/driver"
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

// TestCountsTimes gives the registry what the library would, by the library's names.
func TestCountsTimes(t *testing.T) {
	t.Parallel()
	c := newCounts(driver.PartRoundTrip, driver.PartThrottle, driver.PartBatchBytes, driver.PartBatchRecords)
	update := func(name string, values ...int64) {
		h := c.GetOrRegister(name, func() metrics.Histogram { return metrics.NilHistogram{} }).(metrics.Histogram)
		for _, v := range values {
			h.Update(v)
		}
		c.Unregister(name)
	}
	millis := func(count int64, sum, most float64) driver.Spread {
		return driver.Spread{Count: count, Sum: sum * 1e6, Max: int64(most * 1e6), RoundedDown: true}
	}
	update("request-latency-in-ms", 99) // of all brokers, and so told twice
	update("request-latency-in-ms-for-broker-1", 2, 5)
	update("request-latency-in-ms-for-broker-1", 3) // another connection
	update("request-latency-in-ms-for-broker-2", 0)
	update("request-size-for-broker-2", 7)
	update("batch-size", 100, 300)
	update("batch-size-for-topic-a", 100, 300)
	update("records-per-request", 4)        // not asked for
	update("consumer-batch-size", 0, 10, 0) // two answers had nothing
	update("batch-size-for-topic-a-for-broker-x", 1)
	want := driver.Times{
		driver.Whole(driver.PartRoundTrip):         millis(4, 10, 5),
		driver.WithBroker(driver.PartRoundTrip, 1): millis(3, 10, 5),
		driver.WithBroker(driver.PartRoundTrip, 2): millis(1, 0, 0),
		driver.Whole(driver.PartThrottle):          {},
		driver.Whole(driver.PartBatchBytes):        {Count: 2, Sum: 400, Max: 300},
		driver.Whole(driver.PartBatchRecords):      {Count: 1, Sum: 10, Max: 10},
	}
	if got := c.times.Take(); !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestQuiet(t *testing.T) {
	t.Parallel()
	quiet("a.b")
	if m := metrics.GetOrRegisterMeter("consumer-fetch-rate-for-topic-a_b", nil); m != metrics.Meter(metrics.NilMeter{}) {
		t.Errorf("the process's meter of the topic is %T, want one that does nothing", m)
	}
}
