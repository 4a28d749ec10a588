package driver

import (
	"time"

	"kbench/internal/unit"
)

// A Forward says that a consumer writes what it reads to another topic, each record to the partition of the number that it came
// from, in transactions that hold the offsets read too: consume, transform, produce, exactly once. With Records 0, the zero
// value, it does not. NewConsumer returns a consumer that does both; a library that can't tell brokers which member of its
// group commits refuses. Its producing side has a producer's defaults, and idempotence.
//
// Consume's fn is called for each message before it is written, and again where its transaction was aborted and it is read anew.
type Forward struct {
	Records unit.Count `yaml:"records" json:"records" doc:"Most records of a member's transaction, which ends after 100ms anyway; 0: members only read. An extra member reads what they wrote, and that is what is measured and checked. Clients confluent and franz can."`

	Topic           string                                                    `yaml:"-" json:"-"` // to write to
	TransactionalID string                                                    `yaml:"-" json:"-"` // of this member alone
	Ended           func(outcome Outcome, reason error, commit time.Duration) `yaml:"-" json:"-"` // told of each transaction's end, and how long the commit or abort took; nil: nobody is
}

// ForwardWithin is how long such a transaction stays open at most while its member reads.
const ForwardWithin = 100 * time.Millisecond

// Producing returns the settings of the producing side.
func (f Forward) Producing() ProducerConfig {
	cfg := DefaultProducer()
	cfg.Idempotence, cfg.Partitioner = true, PartitionerManual
	cfg.Topic, cfg.TransactionalID, cfg.Transaction.Records = f.Topic, f.TransactionalID, max(f.Records, 1)
	return cfg
}

// Tell calls Ended, if there is one.
func (f Forward) Tell(outcome Outcome, reason error, commit time.Duration) {
	if f.Ended != nil {
		f.Ended(outcome, reason, commit)
	}
}
