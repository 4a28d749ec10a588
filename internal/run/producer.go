package run

import (
	"context"
	"hash/crc32"
	"math"
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

// clockEvery is how many records that are due already share one reading of the clock: it costs as much as the rest of
// our own work on a record. Their lag reads up to that many sends too low, and their service as much too high; response
// does not depend on it.
const clockEvery = 16

// poolSlack lets the client's own buffer be what fills up first, so that the client's limit is what is measured.
const poolSlack = 4096

// A share is one producer's part of the load: records first, first+stride, ... of the schedule.
type share struct {
	schedule      load.Schedule // nil at rate max: a record is due when its turn comes
	first, stride uint64
	end           time.Duration // records due before it belong to the trial
	records       int64         // how many past the warm-up, where that is what ends the trial; else math.MaxInt64
	warmup        time.Duration
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
	content *load.Messages
	stamped bool // values have room for the stamp
	body    bool // the stamp's checksum covers the value
	table   *crc32.Table
	pool    *pool
	out     *meter.Shard // written by the sender
	in      *meter.Shard // written by acks
	audit   ackAudit

	byPartition []atomic.Int64 // acked in the measured part
	next        []atomic.Int64 // by partition, the offset after the highest acked

	accepted atomic.Int64  // records that Send took
	resolved atomic.Int64  // of them, acked or failed
	acked    atomic.Int64  // of them, acked
	lastAck  atomic.Int64  // ns since the start
	giveUp   atomic.Bool   // the drain is over: what is not resolved now stays so
	turn     chan struct{} // sync mode: holds one when the record in flight is resolved
	probes   *atomic.Int64 // probe records that brokers took
	stats    driver.Stats  // at the end

	mu        sync.Mutex
	errors    map[string]int64 // failures in the measured part by class
	lastError error
}

// produce sends the share, until it is done or ctx is. Every record due before the end is counted, sent or not.
func (p *producer) produce(ctx context.Context) {
	pacer := p.pacer(p.clock.start())
	defer pacer.Close()
	var (
		now  time.Duration = math.MinInt64
		seq  uint64
		done int64
	)
	for ; done < p.share.records; seq++ {
		n := p.share.first + seq*p.share.stride
		due, ok := p.due(n)
		if !ok {
			return
		}
		r, waited, err := p.pool.get(ctx)
		if err == nil && (waited || now < due || seq%clockEvery == 0) {
			now, err = pacer.Wait(ctx, due)
		}
		if p.share.schedule == nil {
			if due = now; due >= p.share.end {
				return
			}
		}
		if err != nil {
			p.abandon(seq, done, pacer.Now())
			return
		}
		if due >= p.share.warmup {
			if done == 0 {
				p.audit.MeasureFrom(seq)
			}
			done++
		}
		blocked, err := p.send(ctx, r, n, seq, due, now)
		if err != nil && ctx.Err() != nil {
			p.abandon(seq+1, done, pacer.Now())
			return
		}
		if blocked {
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
	return due, ok && due < p.share.end
}

// send makes record n and hands it to the client; blocked says that it waited for room or for the ack.
func (p *producer) send(ctx context.Context, r *driver.Record, n, seq uint64, due, now time.Duration) (blocked bool, err error) {
	r.Seq, r.Due, r.Sent = seq, due, now
	key := p.content.Fill(n, r.Key, r.Value)
	r.Partition = p.deal(n, key)
	if p.stamped {
		p.stamp(r, seq, 0)
	}
	p.out.Sent(due, now)
	p.audit.Sending(seq)
	p.accepted.Add(1) // before Send: the ack may come before Send returns
	waited, err := p.client.Send(ctx, r)
	if err != nil {
		p.accepted.Add(-1)
		p.refused(r, err, ctx.Err() != nil)
		return true, err
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

func (p *producer) stamp(r *driver.Record, seq uint64, flags uint8) {
	if p.body {
		flags |= load.FlagBody
	}
	s := load.Stamp{Run: p.run, Producer: p.id, Seq: seq, Due: r.Due, Sent: r.Sent, Flags: flags}
	s.Put(r.Value, p.table)
}

// refused accounts for a record that Send did not take. One that was refused because the trial ended stays unresolved.
func (p *producer) refused(r *driver.Record, err error, ended bool) {
	if !ended {
		p.in.Failed(r.Due)
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
		if due >= p.share.warmup {
			done++
		}
		p.out.Unsent(due)
	}
}

// ack is the driver.AckFunc.
func (p *producer) ack(r *driver.Record, at driver.Ack, err error) {
	if r.Seq == probeSeq {
		if err != nil {
			p.fail(r, err)
			return
		}
		p.probes.Add(1)
		return
	}
	if p.giveUp.Load() {
		return
	}
	now := p.clock.now()
	if err == nil {
		p.in.Acked(r.Due, r.Sent, now, len(r.Key)+len(r.Value))
		p.audit.Acked(r.Seq, at.Partition, at.Offset)
		p.lastAck.Store(int64(now))
		p.acked.Add(1)
		if i := int(at.Partition); i >= 0 && i < len(p.byPartition) {
			if r.Due >= p.share.warmup {
				p.byPartition[i].Add(1)
			}
			if at.Offset >= p.next[i].Load() { // acks come from one goroutine at a time
				p.next[i].Store(at.Offset + 1)
			}
		}
	} else {
		p.in.Failed(r.Due)
		p.fail(r, err)
	}
	p.pool.put(r)
	p.resolved.Add(1)
	if p.sync {
		p.turn <- struct{}{}
	}
}

func (p *producer) fail(r *driver.Record, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.lastError = err
	if r.Seq != probeSeq && r.Due >= p.share.warmup {
		p.errors[driver.ClassOf(err)]++
	}
}

// drain waits until everything accepted is resolved, or ctx is done. It does not flush: a flush would send the last
// batches before their linger is over, and they are measured.
func (p *producer) drain(ctx context.Context) error {
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for p.resolved.Load() < p.accepted.Load() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// probe sends one record to a partition that is not part of the load.
func (p *producer) probe(ctx context.Context, partition int32) error {
	r := &driver.Record{Key: p.content.NewKey(), Value: make([]byte, load.StampSize), Partition: partition, Seq: probeSeq}
	p.stamp(r, probeSeq, load.FlagProbe)
	_, err := p.client.Send(ctx, r)
	return err
}

// newRecord makes one for the pool.
func (p *producer) newRecord() *driver.Record {
	return &driver.Record{Key: p.content.NewKey(), Value: p.content.NewValue()}
}
