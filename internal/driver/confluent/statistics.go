//go:build cgo && (linux || darwin) && (amd64 || arm64)

package confluent

import (
	"encoding/json"

	"kbench/internal/driver"
)

// libraryStats is what is read of the library's statistics; STATISTICS.md of librdkafka describes them.
type libraryStats struct {
	Requests  int64 `json:"tx"`
	SentBytes int64 `json:"tx_bytes"`
	ReadBytes int64 `json:"rx_bytes"`
	Waiting   int64 `json:"replyq"` // events that nobody has taken yet, such as a batch's acks
	Brokers   map[string]struct {
		Node      int32  `json:"nodeid"` // -1 where it is not known yet
		Retries   int64  `json:"txretries"`
		Queue     window `json:"int_latency"`    // µs
		Wire      window `json:"outbuf_latency"` // µs
		RoundTrip window `json:"rtt"`            // µs, of requests of every kind
		Throttle  window `json:"throttle"`       // ms
	} `json:"brokers"`
	Topics map[string]struct {
		BatchBytes   window `json:"batchsize"`
		BatchRecords window `json:"batchcnt"`
		Partitions   map[string]struct {
			Partition int32 `json:"partition"` // -1 stands for records that have none yet
			InFlight  int64 `json:"msgs_inflight"`
			Buffered  int64 `json:"fetchq_cnt"`
		} `json:"partitions"`
	} `json:"topics"`
}

// A window is what the library keeps of the values that came since its last statistics. Its minimum is left out: the
// library takes a smallest value of 0 for none.
type window struct {
	Count      int64 `json:"cnt"`
	Sum        int64 `json:"sum"`
	Max        int64 `json:"max"`
	P99        int64 `json:"p99"`
	OutOfRange int64 `json:"outofrange"` // left out of the percentiles, and of nothing else
}

// spread returns the window's values, of which each is so many of kbench's units.
func (w window) spread(unit int64) driver.Spread {
	if w.Count == 0 {
		return driver.Spread{}
	}
	s := driver.Spread{Count: w.Count, Sum: float64(w.Sum) * float64(unit), Max: w.Max * unit, Windows: 1}
	if w.OutOfRange > 0 {
		s.Truncated = 1
	} else {
		s.P99 = w.P99 * unit
	}
	return s
}

// producerParts leaves out the round trip where produce requests have none: it would be that of other requests.
func producerParts(cfg driver.ProducerConfig) []driver.Part {
	parts := []driver.Part{
		driver.PartQueue, driver.PartWire, driver.PartThrottle, driver.PartBatchRecords, driver.PartBatchBytes, driver.PartInFlight,
	}
	if cfg.Acks != driver.AcksNone {
		parts = append(parts, driver.PartRoundTrip)
	}
	return parts
}

// consumerParts leaves out how long the library's own commits take, which it does not tell.
func consumerParts(cfg driver.ConsumerConfig) []driver.Part {
	parts := []driver.Part{driver.PartWire, driver.PartRoundTrip, driver.PartThrottle, driver.PartBuffered}
	if cfg.Commit == driver.CommitSync || cfg.Commit == driver.CommitAsync {
		parts = append(parts, driver.PartCommit)
	}
	return parts
}

// measure keeps the library's statistics. One that cannot be read changes nothing.
func (c *client) measure(statistics string) {
	s, err := parseStats(statistics)
	if err != nil {
		return
	}
	s.tell(c.times)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.trace = &s
}

func parseStats(text string) (libraryStats, error) {
	var s libraryStats
	err := json.Unmarshal([]byte(text), &s)
	return s, err
}

// tell adds what came since the last statistics.
func (s *libraryStats) tell(to *driver.Stopwatch) {
	const micro, milli = 1e3, 1e6 // ns
	for _, b := range s.Brokers {
		add := func(part driver.Part, values driver.Spread) {
			if values.Count == 0 {
				return
			}
			to.Add(driver.Whole(part), values)
			if b.Node >= 0 {
				to.Add(driver.WithBroker(part, b.Node), values)
			}
		}
		add(driver.PartQueue, b.Queue.spread(micro))
		add(driver.PartWire, b.Wire.spread(micro))
		add(driver.PartRoundTrip, b.RoundTrip.spread(micro))
		add(driver.PartThrottle, b.Throttle.spread(milli))
	}
	look := func(part driver.Part, partition int32, n int64) {
		to.Add(driver.InPartition(part, partition), driver.Spread{Count: 1, Sum: float64(n), Max: n})
	}
	var inFlight, buffered int64
	for _, t := range s.Topics {
		to.Add(driver.Whole(driver.PartBatchBytes), t.BatchBytes.spread(1))
		to.Add(driver.Whole(driver.PartBatchRecords), t.BatchRecords.spread(1))
		for _, p := range t.Partitions {
			if p.Partition < 0 {
				continue
			}
			look(driver.PartInFlight, p.Partition, p.InFlight)
			look(driver.PartBuffered, p.Partition, p.Buffered)
			inFlight, buffered = inFlight+p.InFlight, buffered+p.Buffered
		}
	}
	to.Note(driver.PartInFlight, -1, -1, inFlight)
	to.Note(driver.PartBuffered, -1, -1, buffered)
}

// counted returns the library's own counts, and how many bytes went to brokers and came from them; -1 as yet unknown.
func (c *client) counted() (s driver.Stats, sent, read int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.trace == nil {
		return driver.Stats{Requests: -1, Retries: -1, Backlog: -1}, -1, -1
	}
	s.Requests, s.Backlog = c.trace.Requests, c.trace.Waiting
	for _, b := range c.trace.Brokers {
		s.Retries += b.Retries
	}
	return s, c.trace.SentBytes, c.trace.ReadBytes
}

func (c *client) Times() driver.Times { return c.times.Take() }
