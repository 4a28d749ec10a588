//go:build cgo && (linux || darwin) && (amd64 || arm64)

package confluent

import (
	"math/bits"
	"sync/atomic"

	"kbench/internal/driver"
)

// known finds a record that is out by its acked value, which says its Seq.
//
// The library offers to hand a pointer back with each ack. It keeps the pointers of all records that are out in one map,
// under a lock: with half a million out, that took a third of a producer's CPU and half a gigabyte of memory. A copy of a
// small value takes a tenth of it. The pointer is what is left where a record can't be kept here: its value says no Seq, or
// an older record that is still out has its place.
//
// keep is for the goroutine that sends, find for the one that acks. A nil *known keeps nothing.
type known struct {
	seqOf func(value []byte) (seq uint64, ok bool)
	slots []atomic.Pointer[driver.Record] // by Seq modulo their number, a power of two
}

// mostCopied is the longest value that is copied back for its Seq. A longer copy takes more than the map.
const mostCopied = 2 << 10

// mostSlots bounds the places: 8 MiB.
const mostSlots = 1 << 20

// newKnown returns one that has room for a full buffer's records, nil where values are not recognised.
func newKnown(cfg driver.ProducerConfig) *known {
	if cfg.SeqOf == nil || cfg.MaxValue > mostCopied {
		return nil
	}
	return &known{seqOf: cfg.SeqOf, slots: make([]atomic.Pointer[driver.Record], min(1<<bits.Len64(uint64(cfg.Buffer)), mostSlots))}
}

func (k *known) slot(seq uint64) *atomic.Pointer[driver.Record] {
	return &k.slots[seq&uint64(len(k.slots)-1)]
}

// keep reports whether find will find r.
func (k *known) keep(r *driver.Record) bool {
	if k == nil {
		return false
	}
	seq, ok := k.seqOf(r.Value)
	return ok && seq == r.Seq && k.slot(seq).CompareAndSwap(nil, r)
}

// forget takes back a record that was kept and is not out.
func (k *known) forget(r *driver.Record) { k.slot(r.Seq).Store(nil) }

// find returns the record of a value that was kept, and keeps it no longer; nil if there is none.
func (k *known) find(value []byte) *driver.Record {
	if k == nil {
		return nil
	}
	seq, ok := k.seqOf(value)
	if !ok {
		return nil
	}
	r := k.slot(seq).Load()
	if r == nil || r.Seq != seq {
		return nil
	}
	k.slot(seq).Store(nil)
	return r
}
