package franz

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"kbench/internal/driver"
)

// While Send waits for room, it is woken when an eighth of the buffer is free, or wakeAt records, as the library wakes whom
// it blocks when a whole batch is done: one record after the other would cost more than it carries. Whatever room there
// is after lookEvery is taken too.
const (
	wakeAt    = 1000
	lookEvery = time.Millisecond
)

// A producer counts the records in the library's buffer itself: see doc.go. The library calls settle for one record after
// the other, from one goroutine at a time.
type producer struct {
	client
	topic    string
	ack      driver.AckFunc
	settled  func(*kgo.Record, error) // settle, made once
	limit    int64                    // records in the buffer
	roomy    int64                    // or fewer in it: Send is woken
	failFull bool
	noAcks   bool
	endless  bool // there is no limit on retries
	lingers  bool

	out      *driver.InFlight
	waiting  atomic.Bool   // Send waits for room
	room     chan struct{} // holds one token when the buffer was roomy while Send waited
	timer    *time.Timer   // Send's own
	full     atomic.Int64
	fullTime atomic.Int64 // ns
	closed   atomic.Bool

	_     driver.Line
	heard int64 // settle's own: by the wire, when the last record was settled
	_     driver.Line
}

func (library) NewProducer(ctx context.Context, at driver.Cluster, cfg driver.ProducerConfig, ack driver.AckFunc) (driver.Producer, error) {
	if n := len(cfg.Topic); n < 1 || n > 249 {
		return nil, fmt.Errorf("franz: new producer: topic %q: its name has %d characters, Kafka allows 1 to 249", cfg.Topic, n)
	}
	p, err := openProducer(at, cfg, ack)
	if err != nil {
		return nil, err
	}
	if err := p.reach(ctx, at); err != nil {
		_ = p.Close() // err is the reason
		return nil, err
	}
	if cfg.Transaction.Records == 0 {
		return p, nil
	}
	if err := p.initTransactions(ctx, at); err != nil {
		_ = p.Close() // err is the reason
		return nil, err
	}
	return newTransactional(p), nil
}

// openProducer makes a producer without waiting for any broker.
func openProducer(at driver.Cluster, cfg driver.ProducerConfig, ack driver.AckFunc) (*producer, error) {
	opts, err := producerOptions(at, cfg)
	if err != nil {
		return nil, err
	}
	p := &producer{
		topic: cfg.Topic, ack: ack, limit: int64(cfg.Buffer), failFull: cfg.OnFull == driver.OnFullFail,
		noAcks: cfg.Acks == driver.AcksNone, endless: cfg.Retries == driver.MaxRetries, lingers: cfg.Linger > 0,
		room: make(chan struct{}, 1), timer: time.NewTimer(0), out: driver.NewInFlight(),
	}
	p.roomy = p.limit - max(min(p.limit/8, wakeAt), 1)
	p.settled, p.wire.times = p.settle, driver.NewStopwatch(producerParts(cfg)...)
	return p, p.open("producer", opts)
}

func (p *producer) Send(ctx context.Context, r *driver.Record) (waited time.Duration, err error) {
	if p.closed.Load() {
		return 0, &driver.Error{Class: driver.ErrClosed, Msg: "the producer has been closed"}
	}
	if p.out.Full(p.limit) {
		p.full.Add(1)
		if p.failFull {
			return 0, &driver.Error{Class: driver.ErrQueueFull, Msg: kgo.ErrMaxBuffered.Error()}
		}
		if waited, err = p.wait(ctx); err != nil {
			return waited, err
		}
	}
	p.out.Send() // before Produce: the ack may come before it returns
	s := slotFor(r, p.topic)
	p.kc.Produce(s, &s.own, p.settled)
	return waited, nil
}

// wait returns when there is room, or with an error when ctx is done.
func (p *producer) wait(ctx context.Context) (waited time.Duration, err error) {
	begin := time.Now()
	p.waiting.Store(true)
	p.hurry()
	for err == nil && p.out.Full(p.limit) {
		p.timer.Reset(lookEvery)
		select {
		case <-p.room:
		case <-p.timer.C:
		case <-ctx.Done():
			err = &driver.Error{Class: driver.ErrCanceled, Msg: "no room in the client's buffer, and the context ended: " + ctx.Err().Error()}
		}
	}
	p.waiting.Store(false)
	waited = time.Since(begin)
	p.fullTime.Add(int64(waited))
	return waited, err
}

// hurry ends the linger of what is buffered, as the library's Produce does when it finds no room. The library's Flush
// does that before it looks at its context.
func (p *producer) hurry() {
	if p.lingers {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		_ = p.kc.Flush(ctx) // its error is that the context is done
	}
}

// settle is the promise of every record. The record is its sender's again once it has been acked.
func (p *producer) settle(own *kgo.Record, err error) {
	s := slotOf(own)
	at := driver.Ack{Partition: own.Partition, Offset: own.Offset}
	heard := p.wire.heard()
	at.Follows, p.heard = heard == p.heard, heard
	if p.noAcks {
		at.Offset = -1
	}
	if err != nil {
		err = p.asError(s, err)
	}
	p.out.Done() // before the ack: who then sends again has room
	p.ack(s.rec, at, err)
	if p.waiting.Load() && p.out.Out() <= p.roomy {
		select {
		case p.room <- struct{}{}:
		default:
		}
	}
}

// asError brings what the library does not say: that a record named a partition that is not there, that it was waiting
// when the producer closed, and, where retries have no limit, that only its timeout can have ended its tries to reach a
// broker.
func (p *producer) asError(s *slot, err error) error {
	e := &driver.Error{Class: class(err), Msg: oneLine(err.Error())}
	local := e.Class == driver.ErrUnreachable || e.Class == driver.ErrCanceled || e.Class == driver.ErrClient
	switch {
	case s.astray:
		e.Class = "UNKNOWN_TOPIC_OR_PARTITION"
	case local && p.closed.Load():
		e.Class = driver.ErrClosed
	case e.Class == driver.ErrUnreachable && p.endless:
		e.Class = driver.ErrTimedOut
	}
	return e
}

func (p *producer) Flush(ctx context.Context) error { return p.kc.Flush(ctx) }

func (p *producer) Settings() map[string]string { return producerSettings(p.kc) }

func (p *producer) Stats() driver.Stats {
	s := p.stats()
	s.WireBytes = p.wire.sent.Load()
	s.Queued, s.QueueFull, s.QueueWait = p.out.Out(), p.full.Load(), time.Duration(p.fullTime.Load())
	return s
}

func (p *producer) Times() driver.Times { return p.wire.times.Take() }

func (p *producer) Close() error {
	if p.closed.Swap(true) {
		return nil
	}
	p.timer.Stop()
	return within("closing the producer", func() {
		p.kc.Close() // fails every record, and does not wait for the promises
		ctx, cancel := context.WithTimeout(context.Background(), closeLimit)
		defer cancel()
		_ = p.kc.Flush(ctx) // its error is that time is over, which within tells
	})
}
