package sarama

import (
	"cmp"
	"context"
	"errors"

	"github.com/IBM/sarama"

	"kbench/internal/driver"
)

// A transactional is a producer whose library has a transactional id. The library's calls know no context, so each runs in
// a goroutine of its own: one that ctx leaves behind ends with Close, which ends the pauses between tries, cuts the
// connections and closes the library's client, and no other is begun.
type transactional struct {
	*producer

	failed  driver.FirstError // of the open transaction's records: the library does not know of those that this driver gave up
	ending  chan struct{}     // nil, or closed when the call that is still going on has ended
	stopped bool
}

var _ driver.Transactional = (*transactional)(nil)

// setTransactions adds what transactions take. The library stops trying after a number of tries, not after a time.
func setTransactions(conf *sarama.Config, cfg driver.ProducerConfig) {
	if cfg.Transaction.Records > 0 {
		t := &conf.Producer.Transaction
		t.ID, t.Timeout = cmp.Or(cfg.TransactionalID, "kbench"), driver.TransactionTimeout(cfg)
		t.Retry.Max = int(t.Timeout / t.Retry.Backoff)
	}
}

// newTransactional returns p as one that knows whether a record failed.
func newTransactional(p *producer) *transactional {
	t := &transactional{producer: p}
	p.ack = t.failed.Watch(p.ack) // nothing has been sent
	return t
}

func (t *transactional) Begin() error {
	if t.stopped {
		return &driver.Error{Class: driver.ErrTimedOut, Msg: "the library has not ended the last transaction"}
	}
	t.failed.Reset()
	return asError(t.lib.BeginTxn())
}

// Commit waits for the acks before, since what waits in the flight the library does not have.
func (t *transactional) Commit(ctx context.Context) (driver.Outcome, error) {
	if err := t.Flush(ctx); err != nil {
		return driver.Unknown, canceled(err)
	}
	if failed := t.failed.Err(); failed != nil {
		if err := t.call(ctx, t.lib.AbortTxn); err != nil {
			return driver.Unknown, failed
		}
		return driver.Aborted, failed
	}
	err := t.call(ctx, t.lib.CommitTxn)
	if err == nil {
		return driver.Committed, nil
	}
	if !t.stopped && t.lib.TxnStatus()&sarama.ProducerTxnFlagAbortableError != 0 {
		if t.call(ctx, t.lib.AbortTxn) == nil {
			return driver.Aborted, err
		}
	}
	return driver.Unknown, err
}

func (t *transactional) Abort(ctx context.Context) (driver.Outcome, error) {
	if err := t.Flush(ctx); err != nil {
		return driver.Unknown, canceled(err)
	}
	if err := t.call(ctx, t.lib.AbortTxn); err != nil {
		return driver.Unknown, err
	}
	return driver.Aborted, nil
}

// call runs f until ctx is done.
func (t *transactional) call(ctx context.Context, f func() error) error {
	var err error
	ended := make(chan struct{})
	t.ending = ended
	go func() {
		defer close(ended)
		err = f()
	}()
	select {
	case <-ended:
		t.ending = nil
		return asError(err)
	case <-ctx.Done():
		t.stopped = true
		return canceled(ctx.Err())
	}
}

// canceled returns the error of a context that ended before the transaction did.
func canceled(err error) error {
	class := driver.ErrCanceled
	if errors.Is(err, context.DeadlineExceeded) {
		class = driver.ErrTimedOut
	}
	return &driver.Error{Class: class, Msg: "the transaction had not ended when the context did: " + err.Error()}
}

// Close first ends the call that is still going on: the library does not look for one when it closes.
func (t *transactional) Close() error {
	var late error
	if t.ending != nil {
		t.net.cut()
		_ = t.client.Close() // or the library would try hundreds of times, and ask for the coordinator some twenty times for each
		late = driver.Within(closeLimit/2, "ending the last transaction", func() { <-t.ending })
		t.ending = nil
	}
	if err := t.producer.Close(); err != nil {
		return err
	}
	return late
}
