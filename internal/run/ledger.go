package run

import (
	"context"
	"strings"

	"kbench/internal/audit"
	"kbench/internal/driver"
	"kbench/internal/result"
	"kbench/internal/scenario"
)

// An ackAudit is told what was sent and acked; *audit.Producer is one.
type ackAudit interface {
	Sending(seq uint64)
	MeasureFrom(seq uint64)
	Mark(seq uint64)
	Acked(seq uint64, partition int32, offset int64)
	Transactions(meant func(seq uint64) bool, committed bool)
	Aborted(from, to uint64)
}

// A readAudit is told what was read; *audit.Group is one.
type readAudit interface {
	Read(producer uint32, seq uint64, partition int32, offset int64)
	Corrupt(partition int32, offset int64, why string)
}

// noAudit is both, where nothing is checked.
type noAudit struct{}

func (noAudit) Sending(uint64)                       {}
func (noAudit) MeasureFrom(uint64)                   {}
func (noAudit) Mark(uint64)                          {}
func (noAudit) Acked(uint64, int32, int64)           {}
func (noAudit) Transactions(func(uint64) bool, bool) {}
func (noAudit) Aborted(uint64, uint64)               {}
func (noAudit) Read(uint32, uint64, int32, int64)    {}
func (noAudit) Corrupt(int32, int64, string)         {}

// A ledger is the trial's integrity account. It is kept where the scenario asks for it, and records are written, read
// and have room for the stamp; else it holds nothing, and says so by leaving the counts out.
type ledger struct {
	audit  *audit.Audit // nil: nothing is checked
	result audit.Result
	closed bool
	whole  bool // every group had read to the end
}

func newLedger(c *scenario.Scenario, stamped bool) *ledger {
	if !c.Verify || !stamped || c.Producer == nil || c.Consumer == nil {
		return &ledger{}
	}
	return &ledger{audit: audit.New(c.Producer.Count, c.Consumer.Groups)}
}

func (l *ledger) producer(i int) ackAudit {
	if l.audit == nil {
		return noAudit{}
	}
	return l.audit.Producer(i)
}

func (l *ledger) group(i int) readAudit {
	if l.audit == nil {
		return noAudit{}
	}
	return l.audit.Group(i)
}

// close asks where the log begins now, while the topic is still there, and closes the account.
func (l *ledger) close(ctx context.Context, t *trial) {
	if l.audit == nil || len(t.groups) == 0 {
		return
	}
	starts, err := t.env.Admin.StartOffsets(ctx, t.topic)
	if err != nil {
		t.warn("what retention deleted can't be told from what was lost: %s", oneLine(err))
	}
	l.result, l.closed = l.audit.Result(starts), true
	l.whole = t.ends != nil
	for _, g := range t.groups {
		l.whole = l.whole && g.reached(t.ends)
	}
}

// readAgain returns how many of group i's reads in the measured part were of a record that it had read before.
func (l *ledger) readAgain(i int) int64 {
	if !l.closed {
		return 0
	}
	m := l.result.Groups[i].Measured
	return m.Duplicated + m.Redelivered
}

// account puts what came out into the record. Lost and truncated are told only if every group read to the end: before
// that, what is on its way would count as lost.
func (l *ledger) account(t *trial, c *result.Counts) {
	if !l.closed {
		return
	}
	m := l.result.Measured
	c.Duplicated, c.Reordered, c.Corrupt, c.Reread = &m.Duplicated, &m.Reordered, &m.Corrupt, &m.Redelivered
	c.Consumed -= m.Duplicated + m.Redelivered // each record once for each group
	if t.forward == nil && t.c.Consumer.Isolation == driver.ReadCommitted {
		// It is 0 where there are no transactions.
		c.AbortedRead = &m.AbortedRead
	}
	if l.whole {
		c.Lost, c.Truncated = &m.Lost, &m.Truncated
	} else {
		t.warn("lost records are not known: not every group had read to the end when the drain was over")
	}
	if m.Redelivered > 0 {
		t.warn("%d records were read again after a rebalance or a restart", m.Redelivered)
	}
	if l.result.Agreement == audit.Differs {
		t.warn("records were not read at the offsets that their acks named")
	}
	l.warnOf(t)
}

// part returns the counts of the measured records after a mark, nil for those that are not known.
func (l *ledger) part(mark int) (lost, duplicated, reordered *int64) {
	if !l.closed {
		return nil, nil, nil
	}
	var c audit.Counts
	if mark < len(l.result.Parts) {
		c = l.result.Parts[mark]
	}
	if l.whole {
		lost = &c.Lost
	}
	return lost, &c.Duplicated, &c.Reordered
}

// examplesShown is how many records of a kind are named in a warning.
const examplesShown = 3

// warnOf names some records of each kind that should not be.
func (l *ledger) warnOf(t *trial) {
	examples := map[string][]string{}
	for _, line := range l.result.Examples {
		kind, which, _ := strings.Cut(line, ": ")
		examples[kind] = append(examples[kind], which)
	}
	delete(examples, "ghost") // these two are legal
	delete(examples, "redelivered")
	if t.shares() {
		delete(examples, "reordered")
	}
	if !l.whole {
		delete(examples, "lost")
		delete(examples, "truncated")
	}
	for _, kind := range sortedKeys(examples) {
		some := examples[kind]
		t.warn("%s, for example: %s", kind, strings.Join(some[:min(len(some), examplesShown)], "; "))
	}
}
