package audit

// Transactions are what a producer's transactions leave to be judged: which records were never to be read.
//
// A rule says of a record whether its transaction is meant to be aborted, so that no table of them is kept: readers ask it
// for each record, and may do so before the transaction has ended. Transactions that were aborted for another reason are a
// list, which is short where all is well.
type transactions struct {
	meant     func(seq uint64) bool // nil: there are no transactions
	judged    bool                  // readers may see committed records only
	unplanned []stretch             // in the order of seqs
}

// A stretch is records from one seq up to another.
type stretch struct{ from, to uint64 }

// Transactions says that records are sent in transactions: meant says whether a record's is to be aborted. With committed, readers
// are promised to see what was committed and nothing else; else they may read what was aborted, which is then in no count. It is
// called before anything is sent, and meant from any goroutine.
func (p *Producer) Transactions(meant func(seq uint64) bool, committed bool) {
	p.mu.Lock()
	p.tx = transactions{meant: meant, judged: committed}
	p.mu.Unlock()
}

// Aborted says that the records from one seq up to another were sent in a transaction that is now known to be aborted: none of
// them is acked, and nobody waits for them. One whose outcome is not known is never told of.
func (p *Producer) Aborted(from, to uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for seq := from; seq < to; seq++ {
		if !p.tx.meant(seq) {
			p.tx.add(seq)
		}
		p.excuse(seq)
	}
}

// excuse fills in what is open of a record, so that its chunk can be let go of.
func (p *Producer) excuse(seq uint64) {
	c, i := p.chunk(seq)
	if c == p.complete {
		return
	}
	left := 0
	if c.acked.set(i) {
		left++
	}
	for g := range c.groups {
		r := &c.groups[g]
		if r.read.set(i) {
			left++
			continue
		}
		p.blind = true // read before anybody knew: the sum over what was read has it
		if r.early--; r.early == 0 {
			r.places.reset()
		}
	}
	for ; left > 0; left-- {
		p.settle(c, seq)
	}
}

// add puts a record at the end of the list.
func (t *transactions) add(seq uint64) {
	if n := len(t.unplanned); n > 0 && t.unplanned[n-1].to == seq {
		t.unplanned[n-1].to++
		return
	}
	t.unplanned = append(t.unplanned, stretch{seq, seq + 1})
}

// aborted reports whether a record's transaction was aborted, or will be.
func (t *transactions) aborted(seq uint64) bool {
	if t.meant == nil {
		return false
	}
	for i := len(t.unplanned) - 1; i >= 0 && seq < t.unplanned[i].to; i-- {
		if seq >= t.unplanned[i].from {
			return true
		}
	}
	return t.meant(seq)
}
