package run

import (
	"context"
	"maps"
	"sync"
	"time"

	"kbench/internal/driver"
	"kbench/internal/load"
	"kbench/internal/meter"
	"kbench/internal/result"
)

// A transactions is a producing client whose records go into transactions of so many: transaction k has the records with seqs from
// k*records on. The first of them begins it, the last one ends it, and the sender waits for that, as Kafka wants it: a producer
// has one transaction at a time.
//
// A record that brokers have taken is held until its transaction has ended, since before nobody may read it: then it is acked,
// or has failed, or stays unresolved where nobody can say what became of the transaction.
type transactions struct {
	driver.Transactional

	records uint64
	aborted func(k uint64) bool // whether transaction k is meant to be
	account *transactionAccount

	open   bool          // the sender's own: a transaction has begun
	first  time.Duration // when its first record was due
	newest uint64        // seq of its last record so far
	held   []heldAck     // guarded by the producer's mu
}

// A heldAck is what an ack told of a record, which has gone back to the pool since.
type heldAck struct {
	seq              uint64
	due, sent, acked time.Duration
	at               driver.Ack
	bytes            int
}

// A transactionAccount is what became of the transactions of a trial's clients. It is safe for concurrent use.
type transactionAccount struct {
	mu     sync.Mutex
	counts result.Transactions // without Commit
	commit meter.Stat
}

// meant returns which of a producer's transactions are to be aborted: by the seed alone, so that whoever reads a record can tell.
func meant(seed uint64, producer int, ratio float64) func(k uint64) bool {
	base := load.Mix(seed ^ load.Mix(uint64(producer)+1))
	return func(k uint64) bool { return float64(load.Mix(base+k)>>11)/(1<<53) < ratio }
}

// transact has p send its records in transactions, and tells its audit of them.
func (t *trial) transact(p *producer, tx driver.Transaction, client driver.Producer) driver.Producer {
	p.tx = &transactions{
		Transactional: client.(driver.Transactional), records: uint64(tx.Records), aborted: meant(t.env.Seed, int(p.id), tx.AbortRatio),
		account: &t.transactions,
	}
	committed := t.c.Consumer != nil && t.c.Consumer.Isolation == driver.ReadCommitted
	p.audit.Transactions(func(seq uint64) bool { return p.tx.aborted(seq / p.tx.records) }, committed)
	return p.tx
}

// Send begins a transaction where none is open.
func (x *transactions) Send(ctx context.Context, r *driver.Record) (waited time.Duration, err error) {
	if !x.open {
		if err := x.Begin(); err != nil {
			return 0, err
		}
		x.open, x.first = true, r.Due
	}
	x.newest = r.Seq
	return x.Transactional.Send(ctx, r)
}

// fill ends the transaction whose last record was seq, and reports whether there was one: what is late now waited for it.
func (p *producer) fill(ctx context.Context, seq uint64) bool {
	if p.tx == nil || (seq+1)%p.tx.records != 0 {
		return false
	}
	p.endTransaction(ctx)
	p.pressed = true
	return true
}

// endTransaction ends the one that is open. It waits for the brokers until the load's context is done, and then as long as an
// interrupted drain does.
func (p *producer) endTransaction(loading context.Context) {
	x := p.tx
	if x == nil || !x.open {
		return
	}
	p.say()
	ctx, cancel := context.WithCancel(context.WithoutCancel(loading))
	defer cancel()
	defer context.AfterFunc(loading, func() { time.AfterFunc(interruptedDrain, cancel) })()
	x.open = false
	k, begin := x.newest/x.records, p.clock.now()
	end := x.Commit
	if x.aborted(k) {
		end = x.Abort
	}
	outcome, err := end(ctx)
	took := p.clock.now() - begin
	p.resolve(outcome, err)
	if outcome == driver.Aborted {
		p.audit.Aborted(k*x.records, x.newest+1)
	}
	if p.share.bounds.measured(x.first) {
		x.account.note(outcome, err, took)
	}
}

// hold keeps a record that was taken until its transaction has ended. The caller holds the lock.
func (p *producer) hold(r *driver.Record, at driver.Ack) {
	now := p.last.next(p.clock, at.Follows)
	p.done.lastAck = now
	p.tx.held = append(p.tx.held, heldAck{r.Seq, r.Due, r.Sent, now, at, len(r.Key) + len(r.Value)})
}

// resolve accounts for the records of a transaction that has ended: err says why not as it was meant to.
func (p *producer) resolve(outcome driver.Outcome, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now, held := p.clock.now(), p.tx.held
	p.tx.held = held[:0]
	if err != nil {
		p.done.lastError = err
	}
	for i := range held {
		switch h := &held[i]; {
		case outcome == driver.Unknown:
			p.done.doubtful++
		case err != nil:
			p.in.Failed(h.due)
			p.done.failed++
			if p.share.bounds.measured(h.due) {
				p.done.errors[driver.ClassOf(err)]++
			}
		default:
			p.in.Ended(h.due, h.sent, h.acked, now, h.bytes)
			p.took(h.seq, h.due, h.at, now, outcome == driver.Aborted)
		}
	}
}

// note counts a transaction that has ended.
func (a *transactionAccount) note(outcome driver.Outcome, err error, took time.Duration) {
	a.mu.Lock()
	defer a.mu.Unlock()
	switch outcome {
	case driver.Committed:
		a.counts.Committed++
		a.commit.Observe(took)
	case driver.Aborted:
		a.counts.Aborted++
	case driver.Unknown:
		a.counts.Unknown++
	}
	if err != nil {
		if a.counts.Errors == nil {
			a.counts.Errors = map[string]int64{}
		}
		a.counts.Errors[driver.ClassOf(err)]++
	}
}

// result returns the account; nil where no transaction ended in the measured part.
func (a *transactionAccount) result() *result.Transactions {
	a.mu.Lock()
	defer a.mu.Unlock()
	out := a.counts
	if out.Committed+out.Aborted+out.Unknown == 0 {
		return nil
	}
	out.Errors = maps.Clone(out.Errors)
	if n := a.commit.Count(); n > 0 {
		out.Commit = latency(&a.commit, n)
	}
	return &out
}

// accountTransactions puts into the record what became of transactions, and how many records went with those that were aborted as
// they were meant to be.
func (t *trial) accountTransactions() {
	r := t.rec
	for _, line := range t.forward.warnings() {
		t.warn("%s", line)
	}
	r.Transactions = t.transactions.result()
	for _, p := range t.producers {
		if p.tx != nil {
			r.Counts.Aborted += p.tally().aborted
		}
	}
	x := r.Transactions
	if x == nil {
		return
	}
	for _, class := range sortedKeys(x.Errors) {
		t.warn("%d transactions did not end as they were meant to: %s", x.Errors[class], class)
	}
	if x.Unknown > 0 {
		t.warn("the outcome of %d transactions is not known: their records are unresolved, and may or may not have been read", x.Unknown)
	}
}
