package run

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"kbench/internal/driver"
)

// A forward is the consumers that write what they read to a topic of kbench's own. The trial's only group, of one member, reads
// that topic: what it gets is what is measured and checked. So a record's e2e is all of its way.
type forward struct {
	topic   string
	group   string
	members []driver.Consumer
	done    []chan struct{} // closed when the member has ended with errs[i]
	errs    []error
}

// splitConsumer gives the trial, where its consumers forward, a reader of what they write instead.
func (t *trial) splitConsumer() {
	cfg := t.c.Consumer
	if cfg == nil || cfg.Forward.Records == 0 {
		return
	}
	// The topic's name is of the form that leftovers have, and so are the group's that is read with.
	t.forward = &forward{topic: OwnName(t.c.Name, time.Now().Add(t.planned()), t.id+1, t.keep), group: t.own + "-g2"}
	c, reader := *t.c, *cfg
	reader.Members, reader.Processing, reader.Start, reader.Forward = 1, 0, driver.StartEarliest, driver.Forward{}
	c.Consumer = &reader
	t.c = &c
}

// readTopic returns the topic that the groups read.
func (t *trial) readTopic() string {
	if t.forward != nil {
		return t.forward.topic
	}
	return t.topic
}

// openForward makes the topic to write to, and opens the members.
func (t *trial) openForward(ctx context.Context) error {
	f := t.forward
	if f == nil {
		return nil
	}
	c, asked := t.c.Topic, t.rec.Plan.Consumer
	if err := t.env.Admin.CreateTopic(ctx, f.topic, t.partitions, replicas(c.ReplicationFactor, len(t.env.nodes.Nodes)), c.Config); err != nil {
		return err
	}
	for i := range asked.Members {
		cfg := asked.ForClient()
		cfg.Topic, cfg.Group = t.topic, f.group
		cfg.Forward.Topic, cfg.Forward.TransactionalID = f.topic, fmt.Sprintf("%s-f%d", t.own, i+1)
		cfg.Forward.Ended = func(outcome driver.Outcome, reason error, commit time.Duration) {
			if now := t.clock.now(); t.bounds.measured(now) && now < t.bounds.stop() {
				t.transactions.note(outcome, reason, commit)
			}
		}
		client, err := t.env.Driver(asked.Client).NewConsumer(ctx, t.env.driverCluster(), cfg)
		if err != nil {
			return errors.Join(fmt.Errorf("open forwarding member %d: %w", i+1, err), f.close())
		}
		f.members, f.done, f.errs = append(f.members, client), append(f.done, make(chan struct{})), append(f.errs, nil)
	}
	return nil
}

// start lets the members read and write until ctx is done.
func (f *forward) start(ctx context.Context, running *sync.WaitGroup) {
	if f == nil {
		return
	}
	for i, m := range f.members {
		running.Go(func() {
			defer close(f.done[i])
			f.errs[i] = m.Consume(ctx, func(*driver.Message) {})
		})
	}
}

// failed returns the error of a member that ended by itself.
func (f *forward) failed() error {
	if f == nil {
		return nil
	}
	for i := range f.members {
		select {
		case <-f.done[i]:
			if f.errs[i] != nil {
				return fmt.Errorf("forwarding member %d stopped: %w", i+1, f.errs[i])
			}
		default:
		}
	}
	return nil
}

// close frees the members, which have ended or never began.
func (f *forward) close() error {
	if f == nil {
		return nil
	}
	var errs []error
	for i, m := range f.members {
		if err := m.Close(); err != nil {
			errs = append(errs, fmt.Errorf("close forwarding member %d: %w", i+1, err))
		}
	}
	return errors.Join(errs...)
}

// warnings returns what the members met and went on after, one line each.
func (f *forward) warnings() (lines []string) {
	if f == nil {
		return nil
	}
	for i, m := range f.members {
		met := m.Errors()
		for _, class := range sortedKeys(met) {
			lines = append(lines, fmt.Sprintf("forwarding member %d met %s %d times and went on", i+1, class, met[class]))
		}
	}
	return lines
}

// A placeless audit is not told where acked records stand: they are read elsewhere.
type placeless struct{ ackAudit }

func (p placeless) Acked(seq uint64, _ int32, _ int64) { p.ackAudit.Acked(seq, -1, -1) }
