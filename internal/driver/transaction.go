package driver

import (
	"context"
	"sync/atomic"
	"time"
)

// Outcome is what became of a transaction. The zero value is Unknown: nobody can say, and its records may or may not be read.
type Outcome int8

// The values of Outcome.
const (
	Unknown Outcome = iota
	Committed
	Aborted
)

// String returns the outcome's word in errors and tests.
func (o Outcome) String() string { return [...]string{"unknown", "committed", "aborted"}[o] }

// A Transactional is a Producer that was opened with Transaction.Records above 0. Its records are sent between a Begin and
// the Commit or Abort that follows; outside of them Send may fail. NewProducer has fenced off whoever had its
// TransactionalID before.
//
// The three methods are for the goroutine that calls Send. Acks go on meanwhile; where an outcome is known, all of the transaction's
// have been given. An error is an *Error, one line, and what
// passes while a coordinator is looked for or starts is tried again until ctx is done, so ctx must end.
type Transactional interface {
	Producer

	// Begin starts a transaction. An error says that this producer can have no other: it was fenced, or the library
	// lost count of what brokers know of it.
	Begin() error

	// Commit sends what is queued without waiting for its linger, where the library can, waits for the acks, and
	// commits. Without an error the outcome is Committed. Where a record has failed, or brokers took too long, the
	// transaction is aborted instead: Aborted, with the reason. Whatever leaves doubt is Unknown.
	Commit(ctx context.Context) (Outcome, error)

	// Abort waits for the acks of what is queued, so that brokers have written it, and aborts. Without an error the outcome
	// is Aborted; with one it is Unknown, though nobody will ever commit it: brokers abort what is left open.
	Abort(ctx context.Context) (Outcome, error)
}

// TransactionTimeout returns how long brokers let a transaction be open before they abort it: Kafka's default, or the
// delivery timeout where that is longer, since a record must be able to fail within its transaction.
func TransactionTimeout(cfg ProducerConfig) time.Duration {
	return max(time.Minute, time.Duration(cfg.Timeout))
}

// A FirstError keeps the first error that acks bring, for libraries that would commit a transaction without the records that
// failed. It is safe for concurrent use; the zero value has none.
type FirstError struct{ first atomic.Pointer[Error] }

// Watch returns an AckFunc that looks at the error and calls ack.
func (f *FirstError) Watch(ack AckFunc) AckFunc {
	return func(r *Record, at Ack, err error) {
		if err != nil {
			f.first.CompareAndSwap(nil, &Error{Class: ClassOf(err), Msg: "a record failed: " + err.Error()})
		}
		ack(r, at, err)
	}
}

// Reset forgets it.
func (f *FirstError) Reset() { f.first.Store(nil) }

// Err returns it, or nil.
func (f *FirstError) Err() error {
	if e := f.first.Load(); e != nil {
		return e
	}
	return nil
}
