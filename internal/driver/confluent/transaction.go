//go:build cgo && (linux || darwin) && (amd64 || arm64)

package confluent

import (
	"cmp"
	"context"
	"strconv"
	"time"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"

	"kbench/internal/driver"
)

const (
	initLimit = 30 * time.Second       // for a coordinator; the first transaction of a new cluster makes its topic
	txnSlice  = 250 * time.Millisecond // for one call: the library looks at a context's deadline, and not at its end
)

// A transactional is a producer that has initialised transactions. Each call goes on where the last one stopped, so one that takes
// long is made of several.
type transactional struct{ *producer }

var _ driver.Transactional = (*transactional)(nil)

// setTransactions adds what transactions take. The library refuses a transaction that is shorter than the delivery.
func (p properties) setTransactions(cfg driver.ProducerConfig) {
	if cfg.Transaction.Records > 0 {
		p["transactional.id"] = cmp.Or(cfg.TransactionalID, "kbench")
		p["transaction.timeout.ms"] = strconv.FormatInt(driver.TransactionTimeout(cfg).Milliseconds(), 10)
	}
}

// initTransactions fences off whoever had the id before.
func (p *producer) initTransactions(ctx context.Context, at driver.Cluster) error {
	ctx, cancel := context.WithTimeout(ctx, max(at.DialTimeout, initLimit))
	defer cancel()
	return p.asError(again(ctx, p.kp.InitTransactions))
}

// again calls f until it has an answer, or ctx is done.
func again(ctx context.Context, f func(context.Context) error) error {
	for {
		slice, cancel := context.WithTimeout(ctx, txnSlice)
		err := f(slice)
		cancel()
		if e, ok := err.(kafka.Error); !ok || !e.IsRetriable() || ctx.Err() != nil { //nolint:errorlint // see codeOf
			return err
		}
		rest(ctx, retryFirst) // some answers come at once
	}
}

// rest waits, or until ctx is done.
func rest(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

func (t *transactional) Begin() error { return t.asError(t.kp.BeginTransaction()) }

func (t *transactional) Commit(ctx context.Context) (driver.Outcome, error) {
	err := again(ctx, t.kp.CommitTransaction)
	if err == nil {
		return t.acked(ctx, driver.Committed, nil)
	}
	reason := t.asError(err)
	if e, ok := err.(kafka.Error); ok && e.TxnRequiresAbort() { //nolint:errorlint // see codeOf
		if err := again(ctx, t.kp.AbortTransaction); err == nil {
			return t.acked(ctx, driver.Aborted, reason)
		}
	}
	return driver.Unknown, reason
}

// acked waits for the acks that the library has handed over and nobody has taken yet: there are some when a transaction has ended.
func (t *transactional) acked(ctx context.Context, outcome driver.Outcome, reason error) (driver.Outcome, error) {
	if err := t.Flush(ctx); err != nil {
		return driver.Unknown, &driver.Error{Class: driver.ErrTimedOut, Msg: "acks of the transaction were still to come: " + err.Error()}
	}
	return outcome, reason
}

// Abort waits for acks, which the library would purge.
func (t *transactional) Abort(ctx context.Context) (driver.Outcome, error) {
	_ = t.Flush(ctx) // its error is ctx's, which the library meets too
	if err := again(ctx, t.kp.AbortTransaction); err != nil {
		return driver.Unknown, t.asError(err)
	}
	return t.acked(ctx, driver.Aborted, nil)
}
