//go:build cgo && (linux || darwin) && (amd64 || arm64)

package confluent

import (
	"reflect"
	"strings"
	"testing"

	"kbench/internal/driver"
)

func FuzzParseStats(f *testing.F) {
	f.Add(`{"tx":4,"tx_bytes":214,"rx_bytes":99,"brokers":{"a:1/0":{"txretries":2}}}`)
	f.Add(`{"brokers":null}`)
	f.Add(`{"brokers":{"a:1/0":{"nodeid":0,"int_latency":{"cnt":2,"sum":9,"outofrange":1}}},"topics":{"t":{"batchsize":{"cnt":1},"partitions":{"-1":{"partition":-1}}}}}`)
	f.Fuzz(func(t *testing.T, text string) {
		s, err := parseStats(text)
		if err != nil {
			return
		}
		if !strings.Contains(text, "-") && (s.Requests < 0 || s.SentBytes < 0) {
			t.Errorf("%q: counts below zero: %+v", text, s)
		}
		w := driver.NewStopwatch(driver.PartQueue, driver.PartBatchBytes, driver.PartInFlight)
		s.tell(w)
		for at, values := range w.Take() {
			if at.Broker < -1 || at.Partition < -1 || values.Truncated > values.Windows {
				t.Errorf("%q: %+v has %+v", text, at, values)
			}
		}
	})
}

func TestCounted(t *testing.T) {
	t.Parallel()
	c := client{times: driver.NewStopwatch()}
	if s, sent, read := c.counted(); s.Requests != -1 || s.Retries != -1 || s.Backlog != -1 || sent != -1 || read != -1 {
		t.Errorf("before the first: got %+v, %d sent, %d read; want -1, which is unknown", s, sent, read)
	}
	c.measure(`{"tx":4,"tx_bytes":214,"rx_bytes":99,"replyq":6,"brokers":{"a:1/0":{"txretries":2},"b:1/1":{"txretries":3}}}`)
	c.measure(`{"tx":"what"}`)
	s, sent, read := c.counted()
	if s.Requests != 4 || s.Retries != 5 || s.Backlog != 6 || sent != 214 || read != 99 {
		t.Errorf("got %+v, %d sent, %d read; want 4 requests, 5 retries, a backlog of 6, 214, 99: a text that cannot be read changes nothing", s, sent, read)
	}
}

// TestTell has the library's statistics told in kbench's units, as a whole and by broker and partition.
func TestTell(t *testing.T) {
	t.Parallel()
	const statistics = `{
		"brokers": {
			"a:1/1": {"nodeid": 1,
				"int_latency": {"min":1,"max":900,"avg":500,"sum":1000,"p99":899,"outofrange":0,"cnt":2},
				"rtt": {"max":600000,"sum":600500,"p99":500,"outofrange":1,"cnt":2},
				"throttle": {"max":50,"sum":70,"p99":50,"outofrange":0,"cnt":2}},
			"GroupCoordinator": {"nodeid": 1, "rtt": {"max":7,"sum":7,"p99":7,"outofrange":0,"cnt":1}},
			"a:1/bootstrap": {"nodeid": -1, "rtt": {"max":3,"sum":3,"p99":3,"outofrange":0,"cnt":1}},
			"b:1/2": {"nodeid": 2, "int_latency": {"cnt":0}, "rtt": {"cnt":0}}
		},
		"topics": {"t": {
			"batchsize": {"max":80,"sum":150,"p99":80,"outofrange":0,"cnt":2},
			"partitions": {
				"0": {"partition":0,"msgs_inflight":3}, "1": {"partition":1,"msgs_inflight":4}, "-1": {"partition":-1,"msgs_inflight":99}
			}
		}}
	}`
	trip := driver.Spread{Count: 3, Sum: 600_507e3, Max: 600_000e3, P99: 7e3, Windows: 2, Truncated: 1}
	queue := driver.Spread{Count: 2, Sum: 1000e3, Max: 900e3, P99: 899e3, Windows: 1}
	throttle := driver.Spread{Count: 2, Sum: 70e6, Max: 50e6, P99: 50e6, Windows: 1}
	all := trip
	all.Add(driver.Spread{Count: 1, Sum: 3e3, Max: 3e3, P99: 3e3, Windows: 1})
	one := func(v int64) driver.Spread { return driver.Spread{Count: 1, Sum: float64(v), Max: v} }
	want := driver.Times{
		driver.Whole(driver.PartQueue):             queue,
		driver.WithBroker(driver.PartQueue, 1):     queue,
		driver.Whole(driver.PartWire):              {},  // it told none
		driver.Whole(driver.PartRoundTrip):         all, // that with a broker which is not known yet too
		driver.WithBroker(driver.PartRoundTrip, 1): trip,
		driver.Whole(driver.PartThrottle):          throttle,
		driver.WithBroker(driver.PartThrottle, 1):  throttle,
		driver.Whole(driver.PartBatchBytes):        {Count: 2, Sum: 150, Max: 80, P99: 80, Windows: 1},
		driver.Whole(driver.PartBatchRecords):      {},
		driver.Whole(driver.PartInFlight):          one(7),
		driver.InPartition(driver.PartInFlight, 0): one(3),
		driver.InPartition(driver.PartInFlight, 1): one(4),
	}
	c := client{times: driver.NewStopwatch(producerParts(driver.DefaultProducer())...)}
	c.measure(statistics)
	got := c.Times()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}
