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
	"kbench/internal/meter"
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
		deal: dealer(d, cfg, t.c.Message.Keys.Count > 0, i, t.partitions), content: t.content, values: t.values, body: t.c.Verify && t.c.Consumer != nil,
		stamper: load.NewStamper(), audit: t.ledger.producer(i), probes: &t.probes, turn: make(chan struct{}, 1),
		done: tally{errors: map[string]int64{}, partitions: make([]ackedPartition, t.partitions)},
	}
	p.out, p.in = t.meter.NewShard(&p.outMu), t.meter.NewShard(&p.mu)
	if t.undecided {
		p.warm = newWarmup(p.share.bounds.start())
	}
	p.pool = newPool(int(cfg.Buffer)+poolSlack, &p.mu, p.newRecord)
	c := cfg.ProducerConfig
	c.Topic = t.topic
	if c.MaxValue = int(t.c.Message.Size.Fixed); t.stamped() {
		c.SeqOf = load.SeqOf
	}
	var err error
	p.client, err = d.NewProducer(ctx, t.env.driverCluster(), c, p.ack)
	if err != nil {
		return nil, fmt.Errorf("open producer %d: %w", i+1, err)
	}
	return p, nil
}

// makeContent makes what producers send: what the scenario says that records look like.
func (t *trial) makeContent() {
	m := t.c.Message
	t.content = load.NewMessages(load.Content{
		Size: int(m.Size.Fixed), Random: m.Payload == "random", CompressTo: m.CompressTo,
		Keys: uint64(m.Keys.Count), InTurn: m.Keys.Pick == scenario.PickSequential, Seed: t.env.Seed, Stamped: t.stamped(),
	})
	if !t.stamped() {
		t.values = t.content.NewRing()
	}
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
		s.schedule = newSchedule(t.c.Load, t.env.Seed)
	}
	return s
}

func newSchedule(l scenario.Load, seed uint64) load.Schedule {
	if l.Arrival == scenario.ArrivalPoisson {
		return load.NewPoisson(int64(l.Rate), seed)
	}
	return load.NewConstant(int64(l.Rate))
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
	from, err := t.startOffsets(ctx)
	if err != nil {
		return err
	}
	for i := range cfg.Groups {
		g := &group{
			name: fmt.Sprintf("%s-g%d", t.own, i+1), clock: t.clock, run: t.id, live: len(t.producers) > 0,
			tellsNone: cfg.Protocol != driver.ProtocolConsumer, stamped: t.stamped(), own: t.fresh, bounds: t.bounds,
			processing: time.Duration(cfg.Processing), table: load.StampTable(), audit: t.ledger.group(i),
			partitions: make([]partitionState, t.partitions),
		}
		for p, offset := range from {
			g.partitions[p].next.Store(offset)
		}
		t.groups = append(t.groups, g)
		for j := range cfg.Members {
			c := cfg.ConsumerConfig
			c.Topic, c.Group = t.topic, g.name
			if c.Assign == driver.AssignStatic {
				c.Partitions = staticShare(t.partitions, j, cfg.Members)
			}
			client, err := d.NewConsumer(ctx, t.env.driverCluster(), c)
			if err != nil {
				return fmt.Errorf("open member %d of group %d: %w", j+1, i+1, err)
			}
			g.members = append(g.members, newMember(g, int32(j+1), client, t.meter))
		}
	}
	in := t.groups[0].members[0].client.Settings()
	delete(in, "group.id") // differs by trial and group, and stands with the groups
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
	return t.env.Admin.StartOffsets(ctx, t.topic)
}

// startConsumers lets every member read until ctx is done.
func (t *trial) startConsumers(ctx context.Context) *sync.WaitGroup {
	var running sync.WaitGroup
	for _, g := range t.groups {
		for _, m := range g.members {
			running.Go(func() {
				defer close(m.done)
				m.err = m.consume(ctx)
			})
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
				if m.err != nil {
					return fmt.Errorf("member %d of group %s stopped: %w", m.number, g.name, m.err)
				}
			default:
			}
		}
	}
	return nil
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
	err := closeAll(t.groups)
	ctx, cancel := t.asking(10 * time.Second)
	defer cancel()
	for _, g := range t.groups {
		committed, asked := t.env.Admin.Committed(ctx, g.name, t.topic)
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
	cfg := &scenario.Producer{Client: t.c.Consumer.Client, Count: 1, Mode: scenario.ModeAsync, ProducerConfig: driver.DefaultProducer()}
	cfg.Partitioner = driver.PartitionerRoundRobin
	// Its counts are nobody's: it has a meter of its own, that is dropped.
	aside := &trial{
		env: t.env, c: t.c, id: t.id, topic: t.topic, clock: newClock(), partitions: t.partitions, ledger: newLedger(t.c, false),
		meter: meter.New(meter.Config{To: math.MaxInt64}),
	}
	aside.makeContent()
	aside.clock.begin(0)
	s := share{stride: 1, bounds: newBounds(0, math.MaxInt64, math.MaxInt64), records: int64(t.c.Preload)}
	p, err := aside.newProducer(ctx, cfg, 0, s)
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
