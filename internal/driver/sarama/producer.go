package sarama

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"sync/atomic"
	"time"

	"github.com/IBM/sarama"

	"kbench/internal/driver"
)

const (
	closeGrace = 500 * time.Millisecond // for answers that are under way
	closeLimit = 9 * time.Second        // for what is left
	mostLinger = 5 * time.Second        // the library ends no linger before its time, and Close has to wait for it
)

// A producer has two goroutines of its own: acks, which reads what the library returns, and offer, which gives it what
// it did not take at once.
type producer struct {
	net      *network
	client   sarama.Client
	lib      sarama.AsyncProducer
	cfg      driver.ProducerConfig
	settings map[string]string
	flight   *flight
	ack      driver.AckFunc

	out      *driver.InFlight
	full     atomic.Int64
	fullTime atomic.Int64 // ns

	closed  atomic.Bool
	closing chan struct{}      // closed to end offer
	offered chan struct{}      // closed when offer has ended
	abandon chan chan struct{} // takes, once the library has had its time to close, what to close after the last ack
	acked   chan struct{}      // closed when acks has ended
	there   int                // acks' own: of the successes after the last that did not follow, those that were there already
	reason  error              // acks' own: the last error of a look-up, for when the library only says that it has had enough
}

func (library) NewProducer(ctx context.Context, at driver.Cluster, cfg driver.ProducerConfig, ack driver.AckFunc) (driver.Producer, error) {
	conf, err := producerConfig(at, cfg)
	if err != nil {
		return nil, err
	}
	ctx, cancel := within(ctx, at)
	defer cancel()
	first, err := reach(ctx, at.Brokers, conf)
	if err != nil {
		return nil, err
	}
	p, err := openProducer(ctx, first, conf, cfg, ack)
	if err != nil {
		return nil, err
	}
	// The library asks for a producer id only the seed that it comes upon first, so it began with one that answers.
	if err := p.client.RefreshBrokers(at.Brokers); err != nil {
		_ = p.Close() // err is the reason
		return nil, fmt.Errorf("sarama: new producer: %w", err)
	}
	if cfg.Transaction.Records > 0 {
		return newTransactional(p), nil
	}
	return p, nil
}

// openProducer starts a producer. It waits for a broker with idempotence only.
func openProducer(ctx context.Context, first string, conf *sarama.Config, cfg driver.ProducerConfig, ack driver.AckFunc) (*producer, error) {
	n := attach(conf, producerParts(cfg)...)
	stop := context.AfterFunc(ctx, n.cut)
	client, err := sarama.NewClient([]string{first}, conf)
	if err != nil {
		stop()
		n.cut()
		return nil, fmt.Errorf("sarama: new client: %w", asError(err))
	}
	lib, err := sarama.NewAsyncProducerFromClient(client)
	if err != nil {
		stop()
		_ = client.Close() // err is the reason
		n.cut()
		return nil, fmt.Errorf("sarama: new producer: %w", asError(err))
	}
	p := &producer{
		net: n, client: client, lib: lib, cfg: cfg, settings: producerSettings(conf, cfg),
		flight: newFlight(int64(cfg.Buffer), lib.Input()), ack: ack, out: driver.NewInFlight(),
		closing: make(chan struct{}), offered: make(chan struct{}), abandon: make(chan chan struct{}), acked: make(chan struct{}),
	}
	go p.offer()
	go p.acks()
	if !stop() {
		_ = p.Close() // that the context ended is the reason
		return nil, &driver.Error{Class: driver.ErrUnreachable, Msg: "the brokers took too long: " + ctx.Err().Error()}
	}
	return p, nil
}

func (p *producer) Send(ctx context.Context, r *driver.Record) (waited time.Duration, err error) {
	if p.closed.Load() {
		return 0, &driver.Error{Class: driver.ErrClosed, Msg: "the producer has been closed"}
	}
	s := load(r, p.cfg.Topic, &p.closed)
	p.out.Send() // before it is in flight: its ack may come before Send returns
	if p.flight.add(s) {
		return 0, nil
	}
	p.full.Add(1)
	if p.cfg.OnFull == driver.OnFullFail {
		p.out.Unsent()
		return 0, &driver.Error{Class: driver.ErrQueueFull, Msg: fmt.Sprintf("%d records are in flight", int64(p.cfg.Buffer))}
	}
	return p.wait(ctx, s)
}

// wait adds the record to the flight when there is room, until ctx is done, and returns how long that took.
func (p *producer) wait(ctx context.Context, s *slot) (waited time.Duration, err error) {
	begin := time.Now()
	defer func() {
		waited = time.Since(begin)
		p.fullTime.Add(int64(waited))
	}()
	for {
		select {
		case <-p.flight.room:
		case <-ctx.Done():
			p.out.Unsent()
			return 0, &driver.Error{Class: driver.ErrCanceled, Msg: "no room in the client's buffer, and the context ended: " + ctx.Err().Error()}
		}
		if p.flight.add(s) {
			return 0, nil
		}
	}
}

// Flush only waits: the linger is over soon enough, and the library has no way to hurry.
func (p *producer) Flush(ctx context.Context) error { return p.out.Wait(ctx) }

func (p *producer) Settings() map[string]string { return maps.Clone(p.settings) }

func (p *producer) Stats() driver.Stats {
	return driver.Stats{
		Queued: p.out.Out(), QueueFull: p.full.Load(), QueueWait: time.Duration(p.fullTime.Load()),
		WireBytes: p.net.counts.sent.Count(), Requests: p.net.counts.requests.Count(), Retries: -1,
		Backlog: -1, // its channels have no room: it waits with the next ack in hand
	}
}

func (p *producer) Times() driver.Times { return p.net.counts.times.Take() }

// Close has the library let go of what it has: at its next step, and where that waits for a broker, by cutting the
// connections.
func (p *producer) Close() error {
	if p.closed.Swap(true) {
		return nil
	}
	close(p.closing)
	<-p.offered
	p.net.hurry()
	p.lib.AsyncClose()
	ended := p.ended(closeGrace)
	p.net.cut()
	if !ended && !p.ended(closeLimit) {
		done := make(chan struct{})
		select {
		case p.abandon <- done:
			<-done
		case <-p.acked:
		}
		return &driver.Error{Class: driver.ErrTimedOut, Msg: fmt.Sprintf("the library did not close within %s", closeLimit)}
	}
	if err := p.client.Close(); err != nil && !errors.Is(err, sarama.ErrClosedClient) { // a transactional one may have closed it
		return fmt.Errorf("sarama: close producer: %w", asError(err))
	}
	return nil
}

// ended reports whether the library closes within limit.
func (p *producer) ended(limit time.Duration) bool {
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case <-p.acked:
		return true
	case <-timer.C:
		return false
	}
}
