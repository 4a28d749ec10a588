package franz

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"kbench/internal/driver"
)

// initLimit is for a coordinator; the first transaction of a new cluster makes its topic.
const initLimit = 30 * time.Second

// A transactional is a producer whose client has a transactional id.
type transactional struct {
	*producer

	failed driver.FirstError // of the open transaction's records: the library would commit the others
}

var _ driver.Transactional = (*transactional)(nil)

// transactionOptions are an idempotent producer's in transactions: the library gives up no record then whose fate is unknown, so
// a record may outlast its timeout, and a transaction ends by its own.
func transactionOptions(cfg driver.ProducerConfig) []kgo.Opt {
	return []kgo.Opt{
		kgo.TransactionalID(cmp.Or(cfg.TransactionalID, "kbench")),
		kgo.TransactionTimeout(driver.TransactionTimeout(cfg)), // 40 s by default
	}
}

// initTransactions fences off whoever had the id before. The library would do so with the first record.
func (p *producer) initTransactions(ctx context.Context, at driver.Cluster) error {
	ctx, cancel := context.WithTimeout(ctx, max(at.DialTimeout, initLimit))
	defer cancel()
	_, _, err := p.kc.ProducerID(ctx)
	return asError(err)
}

// newTransactional returns p as one that knows whether a record failed.
func newTransactional(p *producer) *transactional {
	t := &transactional{producer: p}
	p.ack = t.failed.Watch(p.ack) // nothing has been sent
	return t
}

func (t *transactional) Begin() error {
	t.failed.Reset()
	return asError(t.kc.BeginTransaction())
}

func (t *transactional) Commit(ctx context.Context) (driver.Outcome, error) {
	if err := t.Flush(ctx); err != nil {
		return driver.Unknown, asError(err)
	}
	if failed := t.failed.Err(); failed != nil {
		return t.giveUp(ctx, driver.Aborted, failed)
	}
	err := t.kc.EndTransaction(ctx, kgo.TryCommit)
	switch {
	case err == nil:
		return driver.Committed, nil
	case errors.Is(err, kerr.OperationNotAttempted), errors.Is(err, kerr.TransactionAbortable):
		return t.giveUp(ctx, driver.Aborted, asError(err))
	}
	return t.giveUp(ctx, driver.Unknown, asError(err))
}

// giveUp aborts what can't be committed, or may have been: only then can another transaction begin.
func (t *transactional) giveUp(ctx context.Context, outcome driver.Outcome, reason error) (driver.Outcome, error) {
	if err := t.kc.EndTransaction(ctx, kgo.TryAbort); err != nil {
		return driver.Unknown, reason
	}
	return outcome, reason
}

func (t *transactional) Abort(ctx context.Context) (driver.Outcome, error) {
	if err := t.Flush(ctx); err != nil {
		return driver.Unknown, asError(err)
	}
	if err := t.kc.EndTransaction(ctx, kgo.TryAbort); err != nil {
		return driver.Unknown, asError(err)
	}
	return driver.Aborted, nil
}
