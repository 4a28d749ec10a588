package run

import (
	"math/bits"
	"sync"

	"kbench/internal/driver"
)

// A shared is what the members of a share group have been given of one partition. They are given any part of it, in any order, and
// some records again: how far the group is, is how many different ones there were. It takes a bit for each record. It is safe for
// concurrent use.
type shared struct {
	mu   sync.Mutex // guards what follows
	from int64      // the first offset that can come
	seen []uint64   // a bit for each offset since
	base int64      // lowest offset that came: the group begins anywhere, if not before its first member; -1 for none yet
	n    int64      // different offsets that came

	again int64 // messages that brokers gave out again
	most  int64 // how often one was given out at most
}

func newShared(from int64) *shared { return &shared{from: from, base: -1} }

// take notes a message, and returns the offset up to which the group would be, had it read as many in order.
func (s *shared) take(msg *driver.Message) (next int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if msg.Deliveries > 1 {
		s.again++
	}
	s.most = max(s.most, int64(msg.Deliveries))
	if i := msg.Offset - s.from; i >= 0 {
		for int64(len(s.seen)) <= i/64 {
			s.seen = append(s.seen, 0)
		}
		word, bit := &s.seen[i/64], uint64(1)<<(i%64)
		s.n += int64(1 - bits.OnesCount64(*word&bit))
		*word |= bit
		if s.base < 0 || msg.Offset < s.base {
			s.base = msg.Offset
		}
	}
	return max(s.base, s.from) + s.n
}

// shares reports whether the trial's groups are share groups.
func (t *trial) shares() bool {
	return t.c.Consumer != nil && t.c.Consumer.Shares()
}

// accountShares says how much was given out again. There is no order that could be kept.
func (t *trial) accountShares() {
	if !t.shares() {
		return
	}
	t.rec.Counts.Reordered, t.rec.WarmupCounts.Reordered = nil, nil
	for i, g := range t.groups {
		var again, most int64
		for j := range g.partitions {
			s := g.partitions[j].share
			s.mu.Lock()
			again, most = again+s.again, max(most, s.most)
			s.mu.Unlock()
		}
		t.rec.Groups[i].Redelivered, t.rec.Groups[i].DeliveriesMax = &again, &most
		if again > 0 {
			t.warn("share group %s was given %d records again, one of them as often as %d times", g.name, again, most)
		}
	}
}
