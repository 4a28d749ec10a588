package run

import (
	"context"
	"fmt"
	"math"

	"kbench/internal/driver"
	"kbench/internal/load"
	"kbench/internal/meter"
	"kbench/internal/scenario"
)

// Transactions leave marks in the log that take offsets and that no reader is shown, so where a partition ends can't be told by
// the offsets read. Instead a closing record is sent to each partition when the load is over, by a client of its own: whoever has
// read it has read all that stands before it. One who reads committed records only is shown it once every transaction before it has ended.

// transacts reports whether records are written in transactions.
func (t *trial) transacts() bool {
	return t.c.Producer != nil && t.c.Producer.Transaction.Records > 0
}

// marked reports whether what is read has marks of transactions in its log.
func (t *trial) marked() bool { return t.transacts() || t.forward != nil }

// sendClosing sends the closing records, where there are transactions and readers.
func (t *trial) sendClosing(ctx context.Context) error {
	if !t.marked() || len(t.groups) == 0 {
		return nil
	}
	p, err := t.aside(ctx, t.c.Producer.Client, share{stride: 1, bounds: t.bounds})
	if err != nil {
		return fmt.Errorf("closing records: %w", err)
	}
	defer func() { _ = p.client.Close() }() // all have been acked, or the error says that not
	for partition := range t.partitions {
		if err := p.mark(ctx, int32(partition), load.FlagProbe|load.FlagClosing); err != nil {
			return fmt.Errorf("closing record of partition %d: %w", partition, err)
		}
	}
	if err := p.client.Flush(ctx); err != nil {
		return fmt.Errorf("closing records: %w", err)
	}
	if err := p.tally().lastError; err != nil {
		return fmt.Errorf("closing records: %w", err)
	}
	return nil
}

// aside opens a producer with a producer's defaults, whose counts are nobody's: it has a meter of its own, that is dropped.
func (t *trial) aside(ctx context.Context, client string, s share) (*producer, error) {
	cfg := &scenario.Producer{Client: client, Count: 1, Mode: scenario.ModeAsync, ProducerConfig: driver.DefaultProducer()}
	cfg.Partitioner = driver.PartitionerRoundRobin
	other := &trial{
		env: t.env, c: t.c, id: t.id, topic: t.topic, clock: newClock(), partitions: t.partitions, ledger: newLedger(t.c, false),
		meter: meter.New(meter.Config{To: math.MaxInt64}),
	}
	other.makeContent()
	other.clock.begin(0)
	return other.newProducer(ctx, cfg, 0, s)
}
