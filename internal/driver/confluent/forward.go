//go:build cgo && (linux || darwin) && (amd64 || arm64)

package confluent

import (
	"context"
	"time"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"

	"kbench/internal/driver"
)

// Limits of the end of a forwarder's transaction: while it reads, and once it has been told to end.
const (
	forwardLimit = 3 * time.Minute
	leavingLimit = 5 * time.Second
)

// A forwarder writes what its consumer reads, with a producer of its own. The goroutine that consumes owns it, rebalances
// included: before a partition is taken away, what has been read of it is committed, or aborted where it is too late.
type forwarder struct {
	kc  *kafka.Consumer
	cfg driver.ConsumerConfig
	to  *transactional // which aborts where a record is not taken

	// Both go by Consume's context.
	send    func(*driver.Record) error
	limited func() (context.Context, context.CancelFunc) // for the end of a transaction

	began time.Time       // the transaction that is open; zero: none is
	count int64           // its records
	first map[int32]int64 // offsets by partition: of the first record, and after the last
	next  map[int32]int64
	err   error // it can't go on
}

// newForwarder opens the producing side; nil where the config has none.
func newForwarder(ctx context.Context, at driver.Cluster, kc *kafka.Consumer, cfg driver.ConsumerConfig) (*forwarder, error) {
	if cfg.Forward.Records == 0 {
		return nil, nil
	}
	f := &forwarder{kc: kc, cfg: cfg, first: map[int32]int64{}, next: map[int32]int64{}}
	p, err := library{}.NewProducer(ctx, at, cfg.Forward.Producing(), func(*driver.Record, driver.Ack, error) {})
	if err != nil {
		return nil, err
	}
	f.to = p.(*transactional)
	return f, nil
}

// start is told of Consume's context. A transaction that is open when it ends is ended all the same, if brokers answer in time.
func (f *forwarder) start(reading context.Context) {
	if f == nil {
		return
	}
	f.send = func(r *driver.Record) error {
		_, err := f.to.Send(reading, r)
		return err
	}
	f.limited = func() (context.Context, context.CancelFunc) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(reading), forwardLimit)
		stop := context.AfterFunc(reading, func() { time.AfterFunc(leavingLimit, cancel) })
		return ctx, func() { stop(); cancel() }
	}
}

// take writes one message, and ends the transaction that it fills.
func (f *forwarder) take(m *kafka.Message) {
	if f == nil || f.err != nil {
		return
	}
	if f.began.IsZero() {
		if f.err = f.to.Begin(); f.err != nil {
			return
		}
		f.began = time.Now()
	}
	r := &driver.Record{Partition: m.TopicPartition.Partition, Key: m.Key, Value: m.Value}
	for _, h := range m.Headers {
		r.Headers = append(r.Headers, driver.Header(h))
	}
	partition, offset := m.TopicPartition.Partition, int64(m.TopicPartition.Offset)
	if _, ok := f.first[partition]; !ok {
		f.first[partition] = offset
	}
	f.next[partition] = offset + 1
	f.count++
	if err := f.send(r); err != nil {
		f.end(false, err)
		return
	}
	if f.count >= int64(f.cfg.Forward.Records) || time.Since(f.began) > driver.ForwardWithin {
		f.end(true, nil)
	}
}

// idle ends a transaction for which no more records come.
func (f *forwarder) idle() {
	if f != nil && !f.began.IsZero() {
		f.end(true, nil)
	}
}

// revoke ends the transaction before its partitions are another member's; lost says that they are already.
func (f *forwarder) revoke(lost bool) {
	if f != nil && !f.began.IsZero() {
		f.end(!lost, nil)
	}
}

// end commits the transaction with the offsets read, or aborts it. What was not committed is read again.
func (f *forwarder) end(commit bool, reason error) {
	ctx, cancel := f.limited()
	defer cancel()
	begin := time.Now()
	f.began, f.count = time.Time{}, 0
	if commit {
		reason = f.sendOffsets(ctx)
		commit = reason == nil
	}
	var outcome driver.Outcome
	if commit {
		outcome, reason = f.to.Commit(ctx)
	} else {
		var err error
		if outcome, err = f.to.Abort(ctx); err != nil {
			reason = err
		}
	}
	if outcome != driver.Committed {
		f.rewind()
	}
	clear(f.first)
	clear(f.next)
	f.cfg.Forward.Tell(outcome, reason, time.Since(begin))
}

// sendOffsets makes the offsets read part of the transaction. It waits for the records' acks first: until the brokers are through
// with the last transaction they refuse the offsets, which the library tries again after a tenth of a second or more, but
// records after a fiftieth.
func (f *forwarder) sendOffsets(ctx context.Context) error {
	if err := f.to.Flush(ctx); err != nil {
		return &driver.Error{Class: driver.ErrTimedOut, Msg: "acks of the transaction were still to come: " + err.Error()}
	}
	member, err := f.kc.GetConsumerGroupMetadata()
	if err != nil {
		return asError(err)
	}
	var offsets []kafka.TopicPartition
	for partition, next := range f.next {
		offsets = append(offsets, kafka.TopicPartition{Topic: &f.cfg.Topic, Partition: partition, Offset: kafka.Offset(next)})
	}
	return f.to.asError(again(ctx, func(ctx context.Context) error { return f.to.kp.SendOffsetsToTransaction(ctx, offsets, member) }))
}

// rewind goes back to where the group has committed, or to the first record of the transaction where it has not. A partition that
// is another member's by now can't be sought, which is as well.
func (f *forwarder) rewind() {
	var parts []kafka.TopicPartition
	for partition := range f.first {
		parts = append(parts, kafka.TopicPartition{Topic: &f.cfg.Topic, Partition: partition})
	}
	committed, err := f.kc.Committed(parts, int(leavingLimit.Milliseconds()))
	if err != nil {
		f.err = asError(err) // going on would skip what was aborted
		return
	}
	for _, p := range committed {
		if p.Offset < 0 {
			p.Offset = kafka.Offset(f.first[p.Partition])
		}
		_ = f.kc.Seek(p, 0) // see above
	}
}

// finish ends what is open and closes the producing side. It returns why the forwarder could not go on.
func (f *forwarder) finish() error {
	if f == nil {
		return nil
	}
	f.idle()
	if err := f.close(); f.err == nil {
		return err
	}
	return f.err
}

// close frees the producing side.
func (f *forwarder) close() error {
	if f == nil {
		return nil
	}
	return f.to.Close()
}

// failed reports whether the forwarder can't go on.
func (f *forwarder) failed() bool { return f != nil && f.err != nil }
