package franz

import (
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"kbench/internal/driver"
)

// What the library tells of by its hooks, each called for a request, an answer or a batch and never for a record. How long
// a record waits in the buffer is not among it: that would take a hook, and a look at the clock, for each.
var (
	_ kgo.HookBrokerE2E           = (*wire)(nil)
	_ kgo.HookBrokerThrottle      = (*wire)(nil)
	_ kgo.HookProduceBatchWritten = (*wire)(nil)
	_ kgo.HookFetchBatchRead      = (*wire)(nil)
)

func producerParts(cfg driver.ProducerConfig) []driver.Part {
	parts := []driver.Part{driver.PartWire, driver.PartThrottle, driver.PartBatchRecords, driver.PartBatchBytes}
	if cfg.Acks != driver.AcksNone {
		parts = append(parts, driver.PartRoundTrip)
	}
	return parts
}

func consumerParts(cfg driver.ConsumerConfig) []driver.Part {
	parts := []driver.Part{
		driver.PartWire, driver.PartRoundTrip, driver.PartThrottle, driver.PartBatchRecords, driver.PartBatchBytes, driver.PartBuffered,
	}
	if cfg.Commit != driver.CommitNone {
		parts = append(parts, driver.PartCommit)
	}
	return parts
}

// OnBrokerE2E implements kgo.HookBrokerE2E.
func (w *wire) OnBrokerE2E(at kgo.BrokerMetadata, key int16, e kgo.BrokerE2E) {
	if e.Err() != nil {
		return
	}
	switch kmsg.Key(key) {
	case kmsg.Produce, kmsg.Fetch:
		w.times.Note(driver.PartWire, at.NodeID, -1, int64(e.WriteWait+e.TimeToWrite))
		w.times.Note(driver.PartRoundTrip, at.NodeID, -1, int64(e.ReadWait+e.TimeToRead)) // with acks=0 it is none, and not kept
	case kmsg.OffsetCommit:
		w.times.Note(driver.PartCommit, at.NodeID, -1, int64(e.WriteWait+e.DurationE2E()))
	}
}

// OnBrokerThrottle implements kgo.HookBrokerThrottle.
func (w *wire) OnBrokerThrottle(at kgo.BrokerMetadata, wait time.Duration, _ bool) {
	w.times.Note(driver.PartThrottle, at.NodeID, -1, int64(wait))
}

// OnProduceBatchWritten implements kgo.HookProduceBatchWritten.
func (w *wire) OnProduceBatchWritten(at kgo.BrokerMetadata, _ string, partition int32, m kgo.ProduceBatchMetrics) {
	w.batch(at, partition, m.NumRecords, m.CompressedBytes)
}

// OnFetchBatchRead implements kgo.HookFetchBatchRead.
func (w *wire) OnFetchBatchRead(at kgo.BrokerMetadata, _ string, partition int32, m kgo.FetchBatchMetrics) {
	w.batch(at, partition, m.NumRecords, m.CompressedBytes)
}

func (w *wire) batch(at kgo.BrokerMetadata, partition int32, records, bytes int) {
	w.times.Note(driver.PartBatchRecords, at.NodeID, partition, int64(records))
	w.times.Note(driver.PartBatchBytes, at.NodeID, partition, int64(bytes))
}
