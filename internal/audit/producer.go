package audit

import (
	"math"
	"math/bits"
	"sync"
	"sync/atomic"
)

// A Producer is one producer's side: what it sent, what was acked, and what each group has read of it.
//
// One lock guards it all. It is taken for some 10 ns, once for an ack and once for a read by each group, so that even
// millions of records a second rarely meet at it; and an ack and a read of one record, which may come in any order,
// need the same bits anyway.
type Producer struct {
	id int

	_    line
	sent atomic.Uint64 // seqs below it were sent
	_    line

	mu       sync.Mutex
	known    uint64   // of sent, when it was last looked at
	measured uint64   // the first seq of the measured part
	marks    []uint64 // the first seq after each mark, in order
	chunks   []*chunk // by seq/chunkSize; nil where nothing was acked or read yet
	complete *chunk   // stands in chunks for each that is acked and read throughout; empty
	free     []*chunk // to use again
	views    []view   // by group
	ackedSum uint64   // sum of the hashes of seq and place over all acks
	blind    bool     // some ack told no place
	tx       transactions
}

// A line keeps what the sender writes apart from what acks and readers do: a cache line that several processors write moves
// between them each time.
type line [128]byte

// wasSent reports whether the record was sent. The caller holds the lock.
func (p *Producer) wasSent(seq uint64) bool {
	if seq >= p.known {
		p.known = p.sent.Load()
	}
	return seq < p.known
}

// A view is what one group has read of a producer.
type view struct {
	cursors []cursor // by partition
	readSum uint64   // sum of the hashes of seq and place over all first reads
	tally   tally
}

// A cursor is how far a group has come in a partition, as far as one producer's records go.
type cursor struct {
	next int64  // one past the highest offset read
	seq  uint64 // highest read
}

// freeCap is how many empty chunks a producer keeps: enough for the border between two to move without allocating.
const freeCap = 4

func newProducer(id, groups int) *Producer {
	return &Producer{id: id, measured: math.MaxUint64, complete: new(chunk), views: make([]view, groups)}
}

// Sending says that the record is about to be sent. One goroutine calls it, with seqs 0, 1, 2 and so on, before the
// client has the record: what is read or acked with a higher seq was never sent.
func (p *Producer) Sending(seq uint64) { p.sent.Store(seq + 1) }

// MeasureFrom says that seq is the first of the measured part; all before it, and all without this call, are warm-up.
// It is called before that record is sent.
func (p *Producer) MeasureFrom(seq uint64) {
	p.mu.Lock()
	p.measured = seq
	p.mu.Unlock()
}

// Mark cuts the load before seq: Account.Parts counts by the cuts. It is called before that record is sent, in the order of
// seqs; twice for one seq where nothing was sent between two cuts.
func (p *Producer) Mark(seq uint64) {
	p.mu.Lock()
	p.marks = append(p.marks, seq)
	p.mu.Unlock()
}

// Acked says that the record was acked, and where it stands; -1 where that is not known. Records are acked in any
// order, before or after they are read. One that fails, or whose fate stays unknown, is never acked. Only the first
// ack of a record counts.
func (p *Producer) Acked(seq uint64, partition int32, offset int64) {
	p.mu.Lock()
	if p.wasSent(seq) { // if any other record exists at all, its reader will find it corrupt
		p.ack(seq, place{partition, offset})
	}
	p.mu.Unlock()
}

func (p *Producer) ack(seq uint64, at place) {
	c, i := p.chunk(seq)
	if c == p.complete || !c.acked.set(i) {
		return
	}
	known := at.partition >= 0 && at.offset >= 0
	if known {
		p.ackedSum += hash(seq, at)
	} else {
		p.blind = true
	}
	awaited := 0
	for g := range c.groups {
		if r := &c.groups[g]; !r.read.has(i) {
			awaited++
		} else if r.early--; r.early == 0 {
			r.places.reset()
		}
	}
	c.unread += awaited
	if awaited > 0 && known {
		c.places.add(i, at)
	}
	p.settle(c, seq)
}

func (p *Producer) read(group int, seq uint64, at place) {
	v := &p.views[group]
	cur := v.cursor(at.partition)
	fresh := at.offset >= cur.next
	cur.next = max(cur.next, at.offset+1)
	if p.tx.aborted(seq) {
		if p.tx.judged && fresh {
			v.tally.add(abortedRead, p.example(seq, at))
		}
		return
	}

	c, i := p.chunk(seq)
	if c == p.complete || !c.groups[group].read.set(i) {
		what := redelivered
		if fresh {
			what = duplicated
		}
		v.tally.add(what, p.example(seq, at))
		return
	}
	if fresh && seq < cur.seq {
		v.tally.add(reordered, p.example(seq, at))
	}
	cur.seq = max(cur.seq, seq)
	v.readSum += hash(seq, at)
	if c.acked.has(i) {
		if c.unread--; c.unread == 0 {
			c.places.reset()
		}
	} else {
		c.groups[group].early++
		c.groups[group].places.add(i, at)
	}
	p.settle(c, seq)
}

// cursor returns the one for a partition. Partitions are few, since Kafka numbers them from 0 without gaps.
func (v *view) cursor(partition int32) *cursor {
	for int(partition) >= len(v.cursors) {
		v.cursors = append(v.cursors, cursor{})
	}
	return &v.cursors[partition]
}

// chunk returns the chunk that holds seq, and its index there. The caller has made sure that seq was sent.
func (p *Producer) chunk(seq uint64) (*chunk, int) {
	k := int(seq / chunkSize)
	if k >= len(p.chunks) || p.chunks[k] == nil {
		p.begin(k)
	}
	return p.chunks[k], int(seq % chunkSize)
}

// begin puts an empty chunk at index k, where there is none.
func (p *Producer) begin(k int) {
	for k >= len(p.chunks) {
		p.chunks = append(p.chunks, nil)
	}
	var c *chunk
	if n := len(p.free); n > 0 {
		c, p.free = p.free[n-1], p.free[:n-1]
	} else {
		c = &chunk{groups: make([]chunkOfGroup, len(p.views))}
	}
	c.left = chunkSize * (1 + len(p.views))
	p.chunks[k] = c
}

// settle counts one more bit of c, which holds seq, and lets c go when that was the last.
func (p *Producer) settle(c *chunk, seq uint64) {
	if c.left--; c.left > 0 {
		return
	}
	p.chunks[seq/chunkSize] = p.complete
	if len(p.free) < freeCap {
		c.clear()
		p.free = append(p.free, c)
	}
}

func (p *Producer) example(seq uint64, at place) example {
	part := 0
	for part < len(p.marks) && p.marks[part] <= seq {
		part++
	}
	return example{producer: p.id, seq: seq, at: at, warmup: seq < p.measured, part: part}
}

// finish returns all that is to be said of one group's reading, if it ends here. Whatever is missing on either side is
// in a chunk that is not complete.
func (p *Producer) finish(group int, logStart map[int32]int64) (tally, Agreement) {
	p.mu.Lock()
	defer p.mu.Unlock()
	v := &p.views[group]
	t := v.tally.clone()
	acked, read := p.ackedSum, v.readSum
	for k, c := range p.chunks {
		if c == nil || c == p.complete {
			continue
		}
		base, r := uint64(k)*chunkSize, &c.groups[group]
		var told plane // unread, and we know where
		c.places.each(func(i int, at place) {
			if r.read.has(i) {
				return
			}
			told.set(i)
			acked -= hash(base+uint64(i), at)
			what := lost
			if at.offset < logStart[at.partition] {
				what = truncated
			}
			t.add(what, p.example(base+uint64(i), at))
		})
		for w := range c.acked {
			for left := c.acked[w] &^ r.read[w] &^ told[w]; left != 0; left &= left - 1 {
				seq := base + uint64(w*64+bits.TrailingZeros64(left))
				t.add(lost, p.example(seq, nowhere))
			}
		}
		r.places.each(func(i int, at place) {
			if !c.acked.has(i) {
				read -= hash(base+uint64(i), at)
				t.add(ghost, p.example(base+uint64(i), at))
			}
		})
	}
	return t, agreement(acked == read, !p.blind && t.total(duplicated) == 0)
}
