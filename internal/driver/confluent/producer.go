//go:build cgo && (linux || darwin) && (amd64 || arm64)

package confluent

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"

	"kbench/internal/driver"
)

// Between two tries to put a record into a full buffer. A batch of a thousand records is acked in about a millisecond.
const (
	retryFirst = 100 * time.Microsecond
	retryMost  = time.Millisecond
)

// A producer has one goroutine of its own, acks, that reads every delivery report and calls ack.
type producer struct {
	*client
	kp  *kafka.Producer
	msg kafka.Message // Send's own, used for every record: the library copies what it points to
	ack driver.AckFunc

	known    *known
	failFull bool
	timer    *time.Timer // Send's own, for waiting

	out      *driver.InFlight
	acked    chan struct{} // closed when acks has ended
	full     atomic.Int64
	fullTime atomic.Int64 // ns
	closed   atomic.Bool
}

func (library) NewProducer(ctx context.Context, at driver.Cluster, cfg driver.ProducerConfig, ack driver.AckFunc) (driver.Producer, error) {
	if n := len(cfg.Topic); n < 1 || n > 249 { // the library panics on a very long one
		return nil, fmt.Errorf("confluent: new producer: topic %q: its name has %d characters, Kafka allows 1 to 249", cfg.Topic, n)
	}
	p, err := openProducer(at, cfg, ack)
	if err != nil {
		return nil, err
	}
	if err := p.reach(ctx, p.kp, at, nil); err != nil {
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
	return &transactional{p}, nil
}

// openProducer starts a producer without waiting for any broker.
func openProducer(at driver.Cluster, cfg driver.ProducerConfig, ack driver.AckFunc) (*producer, error) {
	props, err := producerProperties(at, cfg)
	if err != nil {
		return nil, err
	}
	p := &producer{
		client: newClient(props, producerParts(cfg)...), ack: ack, failFull: cfg.OnFull == driver.OnFullFail,
		timer: time.NewTimer(0), out: driver.NewInFlight(), acked: make(chan struct{}),
	}
	p.msg.TopicPartition.Topic = &cfg.Topic
	m := props.configMap(p.logs)
	m["go.delivery.report.fields"] = "none" // key and value would be copied back for each record
	if p.known = newKnown(cfg); p.known != nil {
		m["go.delivery.report.fields"] = "value"
	}
	m["go.events.channel.size"] = 1000
	m["go.produce.channel.size"] = 0 // not used, and 8 MB by default
	if p.kp, err = kafka.NewProducer(&m); err != nil {
		p.stopLogs()
		return nil, refused("producer", err)
	}
	p.login = newLogin(at.Security, p.kp)
	go p.acks()
	return p, nil
}

// acks ends when the library closes its channel of events.
func (p *producer) acks() {
	defer close(p.acked)
	events := p.kp.Events()
	there := 0 // of what came after the last ack that did not follow, how much was there already
	for ev := range events {
		follows := there > 0
		if follows {
			there--
		}
		switch e := ev.(type) {
		case *kafka.Message:
			if !follows {
				there = len(events)
			}
			if !p.settle(e, follows) {
				there = 0
			}
		case *kafka.Stats:
			p.measure(e.String())
		case kafka.Error:
			p.note(e)
		case kafka.OAuthBearerTokenRefresh:
			p.login.renew()
		}
	}
}

// settle gives the ack, and reports whether there was a record to give it to: Close tells of one that was never acked.
func (p *producer) settle(m *kafka.Message, follows bool) bool {
	at := driver.Ack{Partition: m.TopicPartition.Partition, Offset: max(int64(m.TopicPartition.Offset), -1), Follows: follows}
	r, ok := m.Opaque.(*driver.Record)
	if !ok {
		r = p.known.find(m.Value)
	}
	if r == nil {
		return false
	}
	p.ack(r, at, p.asError(m.TopicPartition.Error))
	p.out.Done()
	return true
}

// asError tells what made the library give up, where it only says that it has.
func (p *producer) asError(err error) error {
	if err != nil && codeOf(err) == kafka.ErrFatal {
		if fatal := p.kp.GetFatalError(); fatal != nil {
			err = fatal
		}
	}
	return asError(err)
}

func (p *producer) Send(ctx context.Context, r *driver.Record) (waited time.Duration, err error) {
	if p.closed.Load() {
		return 0, &driver.Error{Class: driver.ErrClosed, Msg: "the producer has been closed"}
	}
	p.msg.TopicPartition.Partition = r.Partition
	p.msg.Key, p.msg.Value, p.msg.Opaque = r.Key, r.Value, nil
	p.msg.Headers = p.msg.Headers[:0]
	for _, h := range r.Headers {
		p.msg.Headers = append(p.msg.Headers, kafka.Header{Key: h.Key, Value: h.Value})
	}
	kept := p.known.keep(r)
	if !kept {
		p.msg.Opaque = r
	}
	waited, err = p.push(ctx)
	if err != nil && kept {
		p.known.forget(r)
	}
	return waited, err
}

// push passes the record on, once there is room.
func (p *producer) push(ctx context.Context) (waited time.Duration, err error) {
	err = p.offer()
	if err == nil || codeOf(err) != kafka.ErrQueueFull {
		return 0, p.asError(err)
	}
	p.full.Add(1)
	if p.failFull {
		return 0, p.asError(err)
	}
	return p.wait(ctx)
}

// offer passes the record on, once. It counts first: the ack may come before Produce returns.
func (p *producer) offer() error {
	p.out.Send()
	err := p.kp.Produce(&p.msg, nil)
	if err != nil {
		p.out.Unsent()
	}
	return err
}

// wait offers the record until there is room or ctx is done, and returns for how long.
func (p *producer) wait(ctx context.Context) (waited time.Duration, err error) {
	begin := time.Now()
	defer func() {
		waited = time.Since(begin)
		p.fullTime.Add(int64(waited))
	}()
	for pause := retryFirst; ; pause = min(2*pause, retryMost) {
		p.timer.Reset(pause)
		select {
		case <-p.timer.C:
		case <-ctx.Done():
			return 0, &driver.Error{Class: driver.ErrCanceled, Msg: "no room in the client's buffer, and the context ended: " + ctx.Err().Error()}
		}
		if err := p.offer(); err == nil || codeOf(err) != kafka.ErrQueueFull {
			return 0, p.asError(err)
		}
	}
}

// Flush only waits: the linger is over soon enough, and the library's own flush would add a second reader of acks.
func (p *producer) Flush(ctx context.Context) error { return p.out.Wait(ctx) }

func (p *producer) Settings() map[string]string { return p.conf.all() }

func (p *producer) Stats() driver.Stats {
	s, sent, _ := p.counted()
	s.WireBytes = sent
	if s.Backlog >= 0 {
		s.Backlog += int64(len(p.kp.Events()))
	}
	s.Queued, s.QueueFull, s.QueueWait = p.out.Out(), p.full.Load(), time.Duration(p.fullTime.Load())
	return s
}

func (p *producer) Close() error {
	if p.closed.Swap(true) {
		return nil
	}
	p.timer.Stop()
	err := within("closing the producer", p.shut)
	if n := p.out.Out(); n > 0 && err == nil {
		err = &driver.Error{Class: driver.ErrTimedOut, Msg: fmt.Sprintf("%d records were never acked", n)}
	}
	return err
}

// shut fails what is queued and in flight, waits for its acks, and frees the client. A record that moves from one of the
// library's queues to another can slip past one purge, so it purges again until none is left.
func (p *producer) shut() {
	ctx, cancel := context.WithTimeout(context.Background(), closeLimit*9/10)
	defer cancel()
	for p.out.Out() > 0 && ctx.Err() == nil {
		_ = p.kp.Purge(kafka.PurgeQueue | kafka.PurgeInFlight) // fails only on a closed client
		again, stop := context.WithTimeout(ctx, 100*time.Millisecond)
		_ = p.Flush(again) // its error is that time is over
		stop()
	}
	p.login.end()
	p.kp.Close()
	<-p.acked
	p.stopLogs()
}
