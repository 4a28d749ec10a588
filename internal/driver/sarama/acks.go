package sarama

import (
	"errors"
	"time"

	"github.com/IBM/sarama"
	"github.com/eapache/go-resiliency/breaker"

	"kbench/internal/driver"
)

// offer gives the library the records that wait in the flight.
func (p *producer) offer() {
	defer close(p.offered)
	for {
		select {
		case <-p.flight.work:
		case <-p.closing:
			return
		}
		for s := p.flight.take(); s != nil; s = p.flight.take() {
			select {
			case p.lib.Input() <- &s.msg:
			case <-p.closing:
				return
			}
		}
	}
}

// acks gives every ack. It ends when the library has closed, or has had its time to.
func (p *producer) acks() {
	defer close(p.acked)
	timeout := time.Duration(p.cfg.Timeout)
	tick := time.NewTicker(min(max(timeout/100, time.Millisecond), 100*time.Millisecond))
	defer tick.Stop()
	successes, failures := p.lib.Successes(), p.lib.Errors()
	for successes != nil || failures != nil {
		select {
		case m, ok := <-successes:
			if !ok {
				successes = nil
				break
			}
			follows := p.there > 0
			if follows {
				p.there--
			} else {
				p.there = len(successes)
			}
			p.settle(m, nil, follows)
		case e, ok := <-failures:
			if !ok {
				failures = nil
				break
			}
			p.settle(e.Msg, e.Err, false)
		case now := <-tick.C:
			p.expire(now.Add(-timeout), driver.ErrTimedOut, "no answer within the delivery timeout")
		case done := <-p.abandon:
			p.expireAll()
			close(done) // and keep reading: the library cannot end otherwise
		}
	}
	p.expireAll()
}

// settle acks a record that the library has let go of, with its error or none.
func (p *producer) settle(m *sarama.ProducerMessage, err error, follows bool) {
	s, ok := m.Metadata.(*slot)
	if !ok {
		p.there = 0
		return // the library's own, which it sends through its queues too
	}
	at := driver.Ack{Partition: m.Partition, Offset: m.Offset, Follows: follows}
	r := p.flight.land(s)
	if r == nil {
		p.there = 0 // no ack: nobody looks at the clock
		return
	}
	if err != nil {
		at.Offset = -1
		err = p.failure(err)
	}
	p.resolve(r, at, err)
}

// failure returns the error for a record. Where retries have no limit, only the timeout can have ended the tries to reach
// a broker.
func (p *producer) failure(err error) error {
	switch {
	case p.closed.Load():
		return &driver.Error{Class: driver.ErrClosed, Msg: err.Error()}
	case !errors.Is(err, breaker.ErrBreakerOpen):
		p.reason = err
	case p.reason != nil:
		err = p.reason
	}
	word := class(err)
	if word == driver.ErrUnreachable && p.cfg.Retries == driver.MaxRetries {
		word = driver.ErrTimedOut
	}
	return &driver.Error{Class: word, Msg: err.Error()}
}

// expire acks what was sent at the instant or before.
func (p *producer) expire(before time.Time, class, words string) {
	for {
		r, s := p.flight.giveUp(before)
		if r == nil {
			return
		}
		p.resolve(r, driver.Ack{Partition: s.partition, Offset: -1}, &driver.Error{Class: class, Msg: words})
	}
}

func (p *producer) expireAll() {
	p.expire(time.Now().Add(time.Hour), driver.ErrClosed, "the producer was closed")
}

func (p *producer) resolve(r *driver.Record, at driver.Ack, err error) {
	p.ack(r, at, err)
	p.out.Done()
}
