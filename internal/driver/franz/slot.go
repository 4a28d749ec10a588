package franz

import (
	"context"

	"github.com/twmb/franz-go/pkg/kgo"

	"kbench/internal/driver"
)

// A slot is the library's record for a driver's one. It stays with it, and is filled anew each time that it is sent.
//
// It is also the context of the library's record, one that never ends: the library hands that back with the record, to
// the partitioner and to the promise, and so both find the slot without a closure for each record.
type slot struct {
	context.Context //nolint:containedctx // it is one
	own             kgo.Record
	rec             *driver.Record
	astray          bool // it names a partition that the topic does not have
}

// slotFor returns r's slot, ready to be sent to topic.
func slotFor(r *driver.Record, topic string) *slot {
	s, ok := r.Slot.(*slot)
	if !ok {
		s = &slot{Context: context.Background(), rec: r}
		s.own.Context = s //nolint:fatcontext // once for each slot, and the slot is the context
		r.Slot = s
	}
	s.own.Topic, s.own.Partition = topic, r.Partition
	s.own.Key, s.own.Value = r.Key, r.Value
	s.own.Headers = s.own.Headers[:0]
	for _, h := range r.Headers {
		s.own.Headers = append(s.own.Headers, kgo.RecordHeader{Key: h.Key, Value: h.Value})
	}
	s.own.Timestamp = r.Time // zero: the library takes the time; it would keep that of the last time
	s.astray = false
	return s
}

// slotOf returns the slot that a record of the library's is part of.
func slotOf(r *kgo.Record) *slot { return r.Context.(*slot) }
