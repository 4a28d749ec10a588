package run

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"sync"
	"time"

	"kbench/internal/admin"
	"kbench/internal/driver"
	"kbench/internal/load"
	"kbench/internal/result"
	"kbench/internal/scenario"
)

// openProducers opens the scenario's producing clients and gives each its share of the load.
func (t *trial) openProducers(ctx context.Context) error {
	if t.c.Producer == nil {
		return nil
	}
	t.makeContent()
	for i := range t.c.Producer.Count {
		p, err := t.newProducer(ctx, t.c.Producer, i, t.share(i))
		if err != nil {
			return err
		}
		t.producers = append(t.producers, p)
	}
	d, cfg := t.env.Driver(t.c.Producer.Client), t.c.Producer
	in := t.producers[0].client.Settings()
	t.rec.Client.Producer = &result.Client{
		Name: d.Name(), Library: d.Library(), Version: d.Version(), Settings: in, Partitioner: chooser(d, cfg.Partitioner),
	}
	for _, line := range driver.Differences(cfg.Asked(), in) {
		t.warn("producer setting not in force: %s", line)
	}
	return nil
}

func (t *trial) newProducer(ctx context.Context, cfg *scenario.Producer, i int, s share) (*producer, error) {
	d := t.env.Driver(cfg.Client)
	p := &producer{
		id: uint32(i), run: t.id, clock: t.clock, pacer: t.env.newPacer, share: s, sync: cfg.Mode == scenario.ModeSync,
		deal: dealer(d, cfg, t.c.Message.Keys.Count > 0, i, t.partitions), content: t.content, body: t.c.Verify && t.c.Consumer != nil,
		stamper: load.NewStamper(), audit: t.ledger.producer(i), probes: &t.probes, turn: make(chan struct{}, 1),
		done: tally{errors: map[string]int64{}, partitions: make([]ackedPartition, t.partitions)},
	}
	if t.forward != nil {
		p.audit = placeless{p.audit}
	}
	p.out, p.in = t.meter.NewShard(&p.outMu), t.meter.NewShard(&p.mu)
	if t.undecided {
		p.warm = newWarmup(p.share.bounds.start())
	}
	p.pool = newPool(int(cfg.Buffer)+poolSlack, &p.mu, p.newRecord)
	if !t.content.Fixed() {
		p.sizes = newSizes()
	}
	c := cfg.ProducerConfig
	c.Topic, c.TransactionalID = t.topic, fmt.Sprintf("%s-p%d", t.own, i+1)
	if c.MaxValue = t.content.Most(); t.stamped() {
		c.SeqOf = load.SeqOf
	}
	var err error
	p.client, err = d.NewProducer(ctx, t.env.driverCluster(), c, p.ack)
	if err != nil {
		return nil, fmt.Errorf("open producer %d: %w", i+1, err)
	}
	if c.Transaction.Records > 0 {
		p.client = t.transact(p, c.Transaction, p.client)
	}
	return p, nil
}

// share returns the part of the load that producer i carries.
func (t *trial) share(i int) share {
	count := int64(t.c.Producer.Count)
	s := share{first: uint64(i), stride: uint64(count), bounds: t.bounds, records: math.MaxInt64, marks: t.marks()}
	if n := int64(t.c.Load.Records); n > 0 {
		s.records = n / count
		if int64(i) < n%count {
			s.records++
		}
	}
	if t.open() {
		s.schedule = t.schedules()
	}
	return s
}

// chooser says who chooses partitions.
func chooser(d driver.Driver, p driver.Partitioner) string {
	if slices.Contains(d.Partitioners(), p) {
		return fmt.Sprintf("%s by %s", p, d.Library())
	}
	return fmt.Sprintf("%s by kbench", p)
}

// dealer returns how producer i's records get their partitions.
func dealer(d driver.Driver, cfg *scenario.Producer, keyed bool, i, partitions int) func(n, key uint64) int32 {
	parts, count := uint64(max(partitions, 1)), uint64(cfg.Count)
	switch {
	case slices.Contains(d.Partitioners(), cfg.Partitioner):
	case cfg.Partitioner == driver.PartitionerRoundRobin:
		return func(n, _ uint64) int32 { return int32((n/count + uint64(i)) % parts) } // each producer in turn, on its own
	case cfg.Partitioner == driver.PartitionerManual && keyed:
		return func(_, key uint64) int32 { return int32(key % parts) }
	case cfg.Partitioner == driver.PartitionerManual:
		return func(n, _ uint64) int32 { return manual(n/count, uint64(i), count, parts) }
	}
	return func(uint64, uint64) int32 { return -1 }
}

// manual deals the k-th record of producer i in turn over the partitions i, i+count, ..., that are its own; producers
// beyond the number of partitions share them.
func manual(k, i, count, parts uint64) int32 {
	first := i % parts
	own := (parts - first + count - 1) / count
	return int32(first + k%max(own, 1)*count)
}

// openConsumers opens the scenario's groups. They read nothing yet.
func (t *trial) openConsumers(ctx context.Context) error {
	cfg := t.c.Consumer
	if cfg == nil {
		return nil
	}
	t.lagMax = slices.Repeat([]int64{-1}, cfg.Groups)
	d := t.env.Driver(cfg.Client)
	if err := t.openForward(ctx); err != nil {
		return err
	}
	from, err := t.startOffsets(ctx)
	if err != nil {
		return err
	}
	for i := range cfg.Groups {
		g := &group{
			name: fmt.Sprintf("%s-g%d", t.own, i+1), clock: t.clock, run: t.id, live: len(t.producers) > 0,
			tellsNone: cfg.Protocol == driver.ProtocolClassic, stamped: t.stamped(), own: t.fresh, bounds: t.bounds,
			table: load.StampTable(), audit: t.ledger.group(i),
			partitions: make([]partitionState, t.partitions), closing: t.marked(),
		}
		for p, offset := range from {
			g.partitions[p].next.Store(offset)
			if t.shares() {
				g.partitions[p].share = newShared(offset)
			}
		}
		t.groups = append(t.groups, g)
		for j, number := range cfg.RosterOf(i + 1).Numbers { // who joins later does so only then
			c := cfg.ForClient()
			c.Topic, c.Group = t.readTopic(), g.name
			if c.Assign == driver.AssignStatic {
				c.Partitions = staticShare(t.partitions, j, cfg.Members)
			}
			if cfg.StaticMembers {
				c.Instance = g.instance(number)
			}
			client, err := d.NewConsumer(ctx, t.env.driverCluster(), c)
			if err != nil {
				return fmt.Errorf("open member %d of group %d: %w", number, i+1, err)
			}
			m := newMember(g, int32(number), client, time.Duration(cfg.ProcessingOf(i+1, number)), t.meter)
			m.joins = j >= cfg.Members
			g.members = append(g.members, m)
			if _, can := client.(driver.Crasher); c.Crashes && !can {
				return fmt.Errorf("client %s can't die: %w", cfg.Client, driver.ErrUnsupported) // which CheckConsumer says before
			}
		}
	}
	in := t.groups[0].members[0].client.Settings()
	delete(in, "group.id") // these two differ by trial and member
	delete(in, "group.instance.id")
	t.rec.Client.Consumer = &result.Client{Name: d.Name(), Library: d.Library(), Version: d.Version(), Settings: in}
	for _, line := range driver.Differences(cfg.Asked(), in) {
		t.warn("consumer setting not in force: %s", line)
	}
	return nil
}

// startOffsets returns where groups begin to read.
func (t *trial) startOffsets(ctx context.Context) (map[int32]int64, error) {
	if t.c.Consumer.Start == driver.StartLatest {
		return t.starts, nil
	}
	return t.env.Admin.StartOffsets(ctx, t.readTopic())
}

// startConsumers lets the members read until ctx is done: those that do not join later.
func (t *trial) startConsumers(ctx context.Context) *sync.WaitGroup {
	var running sync.WaitGroup
	t.forward.start(ctx, &running)
	for _, g := range t.groups {
		for _, m := range g.members {
			m.begin = func() {
				ctx, leave := context.WithCancel(ctx)
				m.leave = leave
				running.Go(func() {
					defer close(m.done)
					defer leave()
					m.err = m.consume(ctx)
				})
			}
			if !m.joins {
				m.begin()
			}
		}
	}
	return &running
}

// consumerError returns the error of a member that ended by itself.
func (t *trial) consumerError() error {
	for _, g := range t.groups {
		for _, m := range g.members {
			select {
			case <-m.done:
				if m.err != nil && !m.crashed.Load() {
					return fmt.Errorf("member %d of group %s stopped: %w", m.number, g.name, m.err)
				}
			default:
			}
		}
	}
	return t.forward.failed()
}

// stopConsumers ends the members and closes their clients, and takes down what each group committed.
func (t *trial) stopConsumers(stop context.CancelFunc, running *sync.WaitGroup) error {
	if len(t.groups) == 0 {
		return nil
	}
	stop()
	if !within(closeWithin, running.Wait) {
		return fmt.Errorf("consumers did not end within %v of being told to; their clients are left open", closeWithin)
	}
	err := errors.Join(t.forward.close(), closeAll(t.groups))
	ctx, cancel := t.asking(10 * time.Second)
	defer cancel()
	if t.shares() { // they commit nothing
		return err
	}
	for _, g := range t.groups {
		committed, asked := t.env.Admin.Committed(ctx, g.name, t.readTopic())
		if asked != nil && admin.Class(asked) != "GROUP_ID_NOT_FOUND" { // which is one that never committed
			t.warn("what group %s committed is not known: %s", g.name, oneLine(asked))
		}
		g.committed = committed
	}
	return err
}

// closeProducers closes every producing client. What a client acks while it closes was out when the trial ended.
func (t *trial) closeProducers() error {
	var errs []error
	for _, p := range t.producers {
		p.giveUp.Store(true)
		p.stats = p.client.Stats()
		if err := p.client.Close(); err != nil {
			errs = append(errs, fmt.Errorf("close producer %d: %w", p.id+1, err))
		}
	}
	return errors.Join(errs...)
}

// preload writes the records that a scenario without a producer reads, as fast as they go.
func (t *trial) preload(ctx context.Context) error {
	if t.c.Preload == 0 || t.c.Producer != nil {
		return nil
	}
	t.env.progress(Progress{Phase: fmt.Sprintf("preload of %s records", t.c.Preload)})
	s := share{stride: 1, bounds: newBounds(0, math.MaxInt64, math.MaxInt64), records: int64(t.c.Preload)}
	p, err := t.aside(ctx, t.c.Consumer.Client, s)
	if err != nil {
		return fmt.Errorf("preload: %w", err)
	}
	defer func() { _ = p.client.Close() }() // every record has been resolved, or the trial has failed
	p.produce(ctx)
	if err := p.drain(ctx); err != nil {
		return fmt.Errorf("preload: %w", err)
	}
	if err := p.tally().lastError; err != nil {
		return fmt.Errorf("preload of %s records: %w", t.c.Preload, err)
	}
	return nil
}

// within runs f and reports whether it returned in time. It is for libraries that offer no limit of their own.
func within(limit time.Duration, f func()) bool {
	done := make(chan struct{})
	go func() {
		defer close(done)
		f()
	}()
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case <-done:
		return true
	case <-timer.C:
		return false
	}
}
