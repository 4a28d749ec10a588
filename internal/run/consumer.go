package run

import (
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"kbench/internal/driver"
	"kbench/internal/load"
	"kbench/internal/meter"
	"kbench/internal/pace"
)

// A group is a consumer group of one trial: its members, and how far it has read each partition.
type group struct {
	name       string
	clock      *clock
	run        uint64
	live       bool          // records come from this trial's producers: they have due instants; else reading is all there is
	stamped    bool          // and they have room for the stamp
	own        bool          // the topic is kbench's: nobody else writes to it
	to         time.Duration // end of the measured part
	tellsNone  bool          // a member without partitions is told so; with KIP-848 librdkafka says nothing
	warmup     time.Duration
	processing time.Duration
	table      *crc32.Table
	audit      readAudit
	members    []*member

	partitions []partitionState
	lastSeen   atomic.Int64    // ns since the start
	committed  map[int32]int64 // by partition, once the group has ended
}

// A partitionState is how far a group has read one partition.
type partitionState struct {
	next     atomic.Int64 // offset after the last one read
	ready    atomic.Int32 // member that read a probe last, from 1
	consumed atomic.Int64 // in the measured part
}

// A member is one client of a group.
type member struct {
	group  *group
	number int32 // from 1
	client driver.Consumer
	shard  *meter.Shard
	done   chan struct{} // closed when Consume has returned err
	err    error
}

// seen takes one message: what every consumer under test does with it.
func (m *member) seen(msg *driver.Message) {
	g := m.group
	if int(msg.Partition) >= len(g.partitions) {
		return // the topic grew since the trial began
	}
	part := &g.partitions[msg.Partition]
	if g.live {
		m.seenLive(msg, part)
	} else {
		g.clock.begin(0)
		m.read(msg, part)
	}
	part.next.Store(msg.Offset + 1)
	if g.processing > 0 {
		pace.Sleep(g.processing)
	}
}

func (m *member) seenLive(msg *driver.Message, part *partitionState) {
	g := m.group
	s, err := load.ReadStamp(msg.Value, g.table)
	switch {
	case !g.stamped && err != nil:
		// When it was due is not known; that it came is.
		if g.clock.begun() {
			m.read(msg, part)
		}
	case errors.Is(err, load.ErrChecksum):
		g.audit.Corrupt(msg.Partition, msg.Offset, err.Error())
	case err != nil || s.Run != g.run:
		if g.own {
			g.audit.Corrupt(msg.Partition, msg.Offset, "no record of this trial, on a topic that is its own")
		}
	case s.Flags&load.FlagProbe != 0:
		part.ready.Store(m.number)
	default:
		now := g.clock.now()
		m.shard.Seen(s.Due, s.Sent, now, len(msg.Key)+len(msg.Value))
		g.audit.Read(s.Producer, s.Seq, msg.Partition, msg.Offset)
		g.account(part, s.Due, now)
	}
}

// read counts a message by the instant of reading, up to the end of the measured part.
func (m *member) read(msg *driver.Message, part *partitionState) {
	now := m.group.clock.now()
	if now >= m.group.to {
		return
	}
	m.shard.Read(now, len(msg.Key)+len(msg.Value))
	m.group.account(part, now, now)
}

func (g *group) account(part *partitionState, due, now time.Duration) {
	g.lastSeen.Store(int64(now))
	if due >= g.warmup {
		part.consumed.Add(1)
	}
}

// ready says whether every partition is read by the member that has it now, and the members have shared out all of
// them; otherwise it lists the partitions that are missing.
func (g *group) ready() (missing []int32) {
	owner := make([]int32, len(g.partitions))
	settled := true
	for _, m := range g.members {
		assigned, times := m.client.Assigned()
		settled = settled && (times > 0 || !g.tellsNone)
		for _, p := range assigned {
			if int(p) < len(owner) {
				owner[p] = m.number
			}
		}
	}
	for p := range g.partitions {
		if !settled || owner[p] == 0 || g.partitions[p].ready.Load() != owner[p] {
			missing = append(missing, int32(p))
		}
	}
	return missing
}

// reached says whether the group has read up to the given offsets.
func (g *group) reached(ends map[int32]int64) bool { return g.lag(ends) == 0 }

// lag returns how many offsets the group is behind the given ends, over all partitions.
func (g *group) lag(ends map[int32]int64) int64 {
	var sum int64
	for p, end := range ends {
		if int(p) < len(g.partitions) {
			sum += max(0, end-g.partitions[p].next.Load())
		}
	}
	return sum
}

// probeEvery is the time between probes to a partition that was not yet seen; readyWithin the limit of it all.
const (
	probeEvery  = 100 * time.Millisecond
	readyWithin = 60 * time.Second
)

// awaitReady sends probe records through p until each group has read one from each partition, so that the first
// measured record meets consumers that are reading. It fails with what is missing after a minute.
func awaitReady(ctx context.Context, groups []*group, p *producer, failed func() error) error {
	ctx, cancel := context.WithTimeout(ctx, readyWithin)
	defer cancel()
	tick := time.NewTicker(probeEvery)
	defer tick.Stop()
	for {
		missing := map[int32]bool{}
		late := ""
		for _, g := range groups {
			if m := g.ready(); len(m) > 0 {
				late = fmt.Sprintf("group %s reads nothing from partitions %v", g.name, m)
				for _, p := range m {
					missing[p] = true
				}
			}
		}
		if len(missing) == 0 {
			return nil
		}
		if err := failed(); err != nil {
			return err
		}
		for partition := range missing {
			if err := p.probe(ctx, partition); err != nil && ctx.Err() == nil {
				return fmt.Errorf("probe partition %d: %w", partition, err)
			}
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			p.mu.Lock()
			defer p.mu.Unlock()
			if p.lastError != nil {
				late += fmt.Sprintf(" (last error of the producer: %v)", p.lastError)
			}
			return fmt.Errorf("consumers are not ready after %v: %s", readyWithin, late)
		}
	}
}

// closeAll closes every client of the groups, together, and returns the first error.
func closeAll(groups []*group) error {
	var (
		wg   sync.WaitGroup
		errs = make(chan error, 1)
	)
	for _, g := range groups {
		for _, m := range g.members {
			wg.Go(func() {
				if err := m.client.Close(); err != nil {
					select {
					case errs <- fmt.Errorf("close a consumer of %s: %w", g.name, err):
					default:
					}
				}
			})
		}
	}
	wg.Wait()
	select {
	case err := <-errs:
		return err
	default:
		return nil
	}
}

// staticShare deals n partitions out to members: member i of m gets i, i+m, ...
func staticShare(n, i, m int) []int32 {
	var out []int32
	for p := i; p < n; p += m {
		out = append(out, int32(p))
	}
	return slices.Clip(out)
}
