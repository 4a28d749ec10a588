package run

import (
	"context"
	"maps"
	"math"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"kbench/internal/driver"
	"kbench/internal/load"
	"kbench/internal/meter"
	"kbench/internal/pace"
)

// probeSeq marks a record that only finds out whether consumers are ready.
const probeSeq = math.MaxUint64

// poolSlack lets the client's own buffer be what fills up first, so that the client's limit is what is measured.
const poolSlack = 4096

// A share is one producer's part of the load: records first, first+stride, ... of the schedule.
type share struct {
	schedule      load.Schedule // nil at rate max: a record is due when its turn comes
	first, stride uint64
	bounds        *bounds
	records       int64           // how many past the warm-up, where that is what ends the trial; else math.MaxInt64
	marks         []time.Duration // where the audit is to cut the load, in order
}

// A producer sends its share and accounts for each record: scheduled = acked + failed + unresolved.
type producer struct {
	id      uint32
	run     uint64
	client  driver.Producer
	clock   *clock
	pacer   func(start time.Time) *pace.Pacer
	share   share
	sync    bool
	deal    func(n, key uint64) int32 // who chooses the partition: -1 leaves it to the client
	content *content
	body    bool // the stamp's checksum covers the value
	stamper *load.Stamper
	pool    *pool
	audit   ackAudit
	probes  *atomic.Int64 // probe records that brokers took
	stats   driver.Stats  // at the end

	// The sender's own, to be read by others once it has ended; out is guarded by outMu.
	_        driver.Line
	outMu    sync.Mutex
	out      *meter.Shard
	shelf    shelf
	sizes    *sizes        // nil where all values have one
	unsaid   []handed      // sent, and not yet in out
	wall     time.Time     // the wall clock at
	wallAt   time.Duration // this instant
	accepted int64         // records that Send took
	unsent   int64         // measured records that were due and never handed to Send, with nothing holding it up
	pressed  bool          // Send has met a full buffer, or waited for an ack, and the schedule is not caught up since
	own      time.Duration // of the last record's lag, what is no back-pressure
	_        driver.Line

	giveUp atomic.Bool   // the drain is over: what is not resolved now stays so
	turn   chan struct{} // sync mode: holds one when the record in flight is resolved

	_    driver.Line
	mu   sync.Mutex // guards what acks write: what follows, and the pool's records that came back
	in   *meter.Shard
	last reading // of the last ack
	done tally
	tx   *transactions // nil: there are none. Its held is guarded too
	warm *warmup       // takes responses until it is known where the measured part begins; nil after that
	_    driver.Line
}

// handed is when a record was due and handed to the client, and what of its lag is the sender's own.
type handed struct{ due, sent, own time.Duration }

// A tally is what became of a producer's records so far.
type tally struct {
	acked, failed int64
	aborted       int64 // acked ones of the measured part whose transaction was aborted, as it was meant to be
	doubtful      int64 // of transactions whose outcome nobody knows: they stay unresolved
	lastAck       time.Duration
	errors        map[string]int64 // failures in the measured part by class
	lastError     error
	partitions    []ackedPartition
}

// An ackedPartition is what was acked in one partition.
type ackedPartition struct {
	measured int64 // records of the measured part
	next     int64 // offset after the highest
}

// produce sends the share, until it is done or ctx is. Every record due before the end is counted, sent or not.
func (p *producer) produce(ctx context.Context) {
	pacer := p.pacer(p.clock.start())
	defer pacer.Close()
	defer p.say()
	defer p.endTransaction(ctx)
	var (
		now  time.Duration = math.MinInt64
		seq  uint64
		made int // bytes of values since the last look at the clock
		done int64
		cuts = p.share.marks
	)
	for ; done < p.share.records; seq++ {
		n := p.share.first + seq*p.share.stride
		due, ok := p.due(n)
		if !ok {
			return
		}
		r, waited, err := p.pool.get(ctx)
		if err == nil {
			p.prepare(r, n)
			made += len(r.Value)
		}
		if err == nil && (waited || now < due || seq%clockEvery == 0 || made > clockBytes) {
			p.say()
			made = 0
			now, err = pacer.Wait(ctx, due)
			p.pressed = p.pressed && !pacer.Slept()
		}
		if p.share.schedule == nil {
			if due = now; due >= p.share.bounds.loadEnd() {
				return
			}
		}
		if err != nil {
			p.abandon(seq, done, pacer.Now())
			return
		}
		if p.share.bounds.measured(due) {
			if done == 0 {
				p.audit.MeasureFrom(seq)
			}
			done++
		}
		for ; len(cuts) > 0 && due >= cuts[0]; cuts = cuts[1:] {
			p.audit.Mark(seq)
		}
		blocked, err := p.send(ctx, r, n, seq, due, now)
		p.pressed = p.pressed || blocked
		if err != nil && ctx.Err() != nil {
			p.abandon(seq+1, done, pacer.Now())
			return
		}
		if p.fill(ctx, seq) || blocked {
			now = math.MinInt64
		}
	}
}

// due returns when record n is due. At rate max that is when its turn comes, so 0 will do: it is never ahead.
func (p *producer) due(n uint64) (time.Duration, bool) {
	if p.share.schedule == nil {
		return 0, true
	}
	due, ok := p.share.schedule.Due(n)
	return due, ok && due < p.share.bounds.loadEnd()
}

// send stamps record n and hands it to the client; blocked says that it waited for room or for the ack.
func (p *producer) send(ctx context.Context, r *driver.Record, n, seq uint64, due, now time.Duration) (blocked bool, err error) {
	r.Seq, r.Due, r.Sent, r.Time = seq, due, now, p.wallTime(now)
	if p.content.stamped {
		p.stamp(r, seq, 0)
	}
	p.unsaid = append(p.unsaid, handed{due, now, p.ownLag(now - due)})
	p.audit.Sending(seq)
	waited, err := p.client.Send(ctx, r)
	if err != nil {
		ended := ctx.Err() != nil
		p.refused(r, err, ended)
		return waited > 0 || !ended, err
	}
	p.accepted++
	if p.sizes != nil && p.share.bounds.measured(due) {
		p.sizes.note(p.content.Size(n))
	}
	if p.sync {
		select {
		case <-p.turn:
		case <-ctx.Done():
			return true, ctx.Err()
		}
	}
	return waited > 0 || p.sync, nil
}

// say puts into the meter what was sent since the last time: at least before each look at the clock.
func (p *producer) say() {
	p.outMu.Lock()
	defer p.outMu.Unlock()
	for _, h := range p.unsaid {
		p.out.Sent(h.due, h.sent, h.own)
	}
	p.unsaid = p.unsaid[:0]
}

// ownLag returns what of a record's lag is the sender's own. While a full buffer holds it up, that is what it was behind
// before, as long as it still is: all that came since is back-pressure.
func (p *producer) ownLag(lag time.Duration) time.Duration {
	if !p.pressed || lag < p.own {
		p.own = lag
	}
	return p.own
}

// wallTime returns the wall clock at an instant that has just been looked at. Records that share that look share this one.
func (p *producer) wallTime(at time.Duration) time.Time {
	if at != p.wallAt || p.wall.IsZero() {
		p.wall, p.wallAt = time.Now(), at
	}
	return p.wall
}

func (p *producer) stamp(r *driver.Record, seq uint64, flags uint8) {
	if p.body {
		flags |= load.FlagBody
	}
	p.stamper.Put(&load.Stamp{Run: p.run, Producer: p.id, Seq: seq, Due: r.Due, Sent: r.Sent, Flags: flags}, r.Value)
}

// refused accounts for a record that Send did not take. One that was refused because the trial ended stays unresolved.
func (p *producer) refused(r *driver.Record, err error, ended bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !ended {
		p.fail(r, err)
	}
	p.pool.put(r)
}

// abandon counts what was due by now and was never handed to the client: it stays unresolved.
func (p *producer) abandon(seq uint64, done int64, now time.Duration) {
	if p.share.schedule == nil {
		return
	}
	for ; done < p.share.records; seq++ {
		due, ok := p.due(p.share.first + seq*p.share.stride)
		if !ok || due > now {
			return
		}
		if p.share.bounds.measured(due) {
			done++
			if !p.pressed {
				p.unsent++
			}
		}
		p.outMu.Lock()
		p.out.Unsent(due)
		p.outMu.Unlock()
	}
}

// ack is the driver.AckFunc. One lock serves all that it writes, since each taking of one costs as much as the writing.
func (p *producer) ack(r *driver.Record, at driver.Ack, err error) {
	if r.Seq == probeSeq {
		p.probed(err)
		return
	}
	if p.giveUp.Load() {
		return
	}
	p.mu.Lock()
	if err == nil {
		p.acked(r, at)
	} else {
		p.fail(r, err)
		p.done.failed++
	}
	p.pool.put(r)
	p.mu.Unlock()
	if p.sync {
		p.turn <- struct{}{}
	}
}

// acked accounts for a record that brokers took. The caller holds the lock.
func (p *producer) acked(r *driver.Record, at driver.Ack) {
	if p.tx != nil {
		p.hold(r, at)
		return
	}
	now := p.last.next(p.clock, at.Follows)
	p.in.Acked(r.Due, r.Sent, now, len(r.Key)+len(r.Value))
	p.took(r.Seq, r.Due, at, now, false)
}

// took accounts for a record that was acked, and whose transaction, if it had one, has ended. The caller holds the lock.
func (p *producer) took(seq uint64, due time.Duration, at driver.Ack, now time.Duration, aborted bool) {
	measured := p.share.bounds.measured(due)
	switch {
	case !aborted:
		p.audit.Acked(seq, at.Partition, at.Offset)
	default:
		p.in.Aborted(due)
		if measured {
			p.done.aborted++
		}
	}
	p.done.acked++
	p.done.lastAck = now
	if p.warm != nil {
		p.warm.add(due, now-due)
	}
	if i := int(at.Partition); i >= 0 && i < len(p.done.partitions) {
		part := &p.done.partitions[i]
		if measured {
			part.measured++
		}
		part.next = max(part.next, at.Offset+1)
	}
}

// probed hears of a probe.
func (p *producer) probed(err error) {
	if err == nil {
		p.probes.Add(1)
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.done.lastError = err
}

// fail accounts for a record that was not taken. The caller holds the lock.
func (p *producer) fail(r *driver.Record, err error) {
	p.last.left = 0 // nobody has looked at the clock for those that follow it
	p.in.Failed(r.Due)
	p.done.lastError = err
	if p.share.bounds.measured(r.Due) {
		p.done.errors[driver.ClassOf(err)]++
	}
}

// tally returns what became of the records so far. The copy is the caller's.
func (p *producer) tally() tally {
	p.mu.Lock()
	defer p.mu.Unlock()
	t := p.done
	t.errors, t.partitions = maps.Clone(t.errors), slices.Clone(t.partitions)
	return t
}

// unresolved returns how many accepted records are not resolved yet, once the sender has ended.
func (p *producer) unresolved() int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.accepted - p.done.acked - p.done.failed - p.done.doubtful
}

// drain waits until everything accepted is resolved, or ctx is done. It does not flush: a flush would send the last
// batches before their linger is over, and they are measured.
func (p *producer) drain(ctx context.Context) error {
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for p.unresolved() > 0 {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// probe sends one record to a partition that is not part of the load. In transactions it has one of its own, since nobody might
// read it else.
func (p *producer) probe(ctx context.Context, partition int32) error {
	if err := p.mark(ctx, partition, load.FlagProbe); err != nil || p.tx == nil {
		return err
	}
	p.tx.open = false
	_, err := p.tx.Commit(ctx)
	return err
}

// markAgain is the time between two tries to send a mark to a client whose buffer is full.
const markAgain = 5 * time.Millisecond

// mark sends a record that is not part of the load. It waits for room, whatever the load does where there is none.
func (p *producer) mark(ctx context.Context, partition int32, flags uint8) error {
	r := &driver.Record{Key: p.content.NewKey(), Value: make([]byte, load.StampSize), Partition: partition, Seq: probeSeq}
	p.stamp(r, probeSeq, flags)
	for {
		_, err := p.client.Send(ctx, r)
		if driver.ClassOf(err) != driver.ErrQueueFull || !pause(ctx, markAgain) {
			return err
		}
	}
}
