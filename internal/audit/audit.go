// Package audit holds what was acked against what was read. It tells lost records from those that retention deleted,
// duplicates in the log from redelivery, and finds what is out of order, damaged or was never sent.
//
// The definitions, each for one consumer group, where a record is a producer and its seq:
//
//   - Lost: acked, and never read, though its offset is not below the log's start.
//   - Truncated: acked, and never read, with an offset below the log's start: retention deleted it first.
//   - Duplicated: read at an offset beyond all that the group had read of this producer in this partition, when the
//     record had been read before. Each copy past the first counts.
//   - Redelivered: read again at an offset that the group had already passed, as after a rebalance. Not a fault of the log.
//   - Reordered: read for the first time after a record of the same producer and partition that has a higher seq and a
//     lower offset. Each record that comes too late counts, not each that overtook one.
//   - Corrupt: what cannot be one of our records, as its stamp shows, or one that was never sent.
//   - Aborted read: read by a group that is promised committed records only, though its transaction was aborted.
//   - Ghost: read, though its ack never came or told of a failure. Legal: such a record may or may not be in the log.
//
// A record that no offset was told of, as with acks=0, where acked only means sent, is lost if it was not read: nothing
// shows that retention deleted it.
//
// Memory is two bits for each record (one more for each further group) until all of the 65,536 records of its chunk are
// acked and read by every group, and then nothing; and mostly one byte for each that is acked and not yet read, or read
// and not yet acked. A record that fails keeps the bits of its chunk to the end, and one that is lost or a ghost may
// keep the bytes too.
package audit

import "sync"

// An Audit is the account of one trial. Its methods, and those of its producers and groups, may be called concurrently.
type Audit struct {
	producers []*Producer
	groups    []*Group
}

// New returns an empty account for so many producers and groups, both numbered from 0.
func New(producers, groups int) *Audit {
	a := &Audit{}
	for i := range producers {
		a.producers = append(a.producers, newProducer(i, groups))
	}
	for i := range groups {
		a.groups = append(a.groups, &Group{number: i, producers: a.producers, corrupt: map[place]bool{}})
	}
	return a
}

// Producer returns producer i's side of the account.
func (a *Audit) Producer(i int) *Producer { return a.producers[i] }

// Group returns group i's side of the account.
func (a *Audit) Group(i int) *Group { return a.groups[i] }

// A Group is what one consumer group reads. All its members share it, since a rebalance moves partitions among them.
type Group struct {
	number    int
	producers []*Producer

	mu      sync.Mutex
	corrupt map[place]bool // seen before, so that redelivery does not count twice
	tally   tally          // of what is corrupt; the rest stands with the producers
}

// A place is where a record stands in the topic.
type place struct {
	partition int32
	offset    int64
}

// nowhere stands for a place that was never told.
var nowhere = place{-1, -1}

// corruptCap bounds the places of corrupt records that a group remembers. Past it each delivery counts.
const corruptCap = 1000

// Read says that a member has read a record: what its stamp says it is, and where it stood. The members read each
// partition in the order of its offsets; where two of them overlap, the order of calls may be any.
func (g *Group) Read(producer uint32, seq uint64, partition int32, offset int64) {
	if uint64(producer) >= uint64(len(g.producers)) || partition < 0 || offset < 0 {
		g.Corrupt(partition, offset, "no producer or no place of this trial")
		return
	}
	p := g.producers[producer]
	p.mu.Lock()
	sent := p.wasSent(seq)
	if sent {
		p.read(g.number, seq, place{partition, offset})
	}
	p.mu.Unlock()
	if !sent {
		g.Corrupt(partition, offset, "a record that was never sent")
	}
}

// Corrupt says that a member has read something that is no record of ours, and why it cannot be. It counts as measured:
// nothing tells when it was due.
func (g *Group) Corrupt(partition int32, offset int64, why string) {
	at := place{partition, offset}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.corrupt[at] {
		return
	}
	if len(g.corrupt) < corruptCap {
		g.corrupt[at] = true
	}
	g.tally.add(corrupt, example{at: at, why: why})
}
