package run

import (
	"cmp"
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
	name      string
	clock     *clock
	run       uint64
	live      bool // records come from this trial's producers: they have due instants; else reading is all there is
	stamped   bool // and they have room for the stamp
	own       bool // the topic is kbench's: nobody else writes to it
	bounds    *bounds
	tellsNone bool // a member without partitions is told so; with KIP-848 librdkafka says nothing
	table     *crc32.Table
	audit     readAudit
	members   []*member
	closing   bool // closing records tell where partitions end; else offsets do

	partitions []partitionState
	lastSeen   atomic.Int64    // ns since the start
	committed  map[int32]int64 // by partition, once the group has ended
}

// A partitionState is how far a group has read one partition.
type partitionState struct {
	next     atomic.Int64 // offset after the last one read
	ready    atomic.Int32 // member that read a probe last, from 1
	consumed atomic.Int64 // of the measured part
	then     atomic.Int64 // in the measured part, by completion
	share    *shared      // of a share group; else nil
	gaps     gaps
	closed   atomic.Bool // its closing record has been read
}

// A member is one client of a group.
type member struct {
	group      *group
	number     int32 // from 1; one that joins may have that of one that has gone
	client     driver.Consumer
	processing time.Duration // of each record
	stretches  []stretch     // by partition
	times      *driver.Stopwatch
	done       chan struct{} // closed when consume has returned err
	err        error

	joins         bool        // later, by the scenario's churn
	begin, leave  func()      // let it read, and end it; leave comes after begin
	gone, crashed atomic.Bool // it was made to leave or to die, and to die

	mu    sync.Mutex // guards shard: a client may call for several partitions at once
	shard *meter.Shard
}

// A stretch is what a member has read of a partition in a row, at one look at the clock, and has not told yet. It ends
// after clockEvery messages, and when the client has no other one at hand.
type stretch struct {
	last     reading
	more     bool  // the next message was there when the last one was
	next     int64 // offset after the last one
	n, bytes int64 // messages without a stamp, and their bytes
	measured int64 // messages of the measured part
	again    int64 // messages with a stamp that the group had read before
	stamped  []stampedRead
}

// A stampedRead is a message that says when it was due.
type stampedRead struct {
	due, sent time.Duration
	bytes     int
}

func newMember(g *group, number int32, client driver.Consumer, processing time.Duration, m *meter.Meter) *member {
	out := &member{
		group: g, number: number, client: client, processing: processing,
		stretches: make([]stretch, len(g.partitions)), done: make(chan struct{}),
	}
	out.shard = m.NewShard(&out.mu)
	out.times = driver.NewStopwatch()
	if processing > 0 { // else it is not told: what is done for a record takes less than two looks at the clock
		out.times = driver.NewStopwatch(driver.PartProcessing)
	}
	return out
}

// consume reads until ctx is done.
func (m *member) consume(ctx context.Context) error {
	err := m.client.Consume(ctx, m.read)
	for i := range m.stretches {
		if s := &m.stretches[i]; s.more { // its next message did not come any more
			m.tell(s, &m.group.partitions[i])
		}
	}
	return err
}

// read takes one message: what every consumer under test does with it.
func (m *member) read(msg *driver.Message) {
	g := m.group
	if int(msg.Partition) >= len(g.partitions) {
		return // the topic grew since the trial began
	}
	if !g.live && !g.clock.begun() {
		g.clock.begin(0)
	}
	s, part := &m.stretches[msg.Partition], &g.partitions[msg.Partition]
	now := s.last.next(g.clock, s.more)
	if part.share != nil {
		part.next.Store(part.share.take(msg))
	}
	s.more, s.next = msg.More && m.processing == 0, msg.Offset+1
	switch {
	case g.live:
		m.readLive(msg, now, s, part)
	case now < g.bounds.stop():
		s.count(len(msg.Key)+len(msg.Value), g.bounds.measured(now))
	}
	if !s.more || s.last.left == 0 {
		m.tell(s, part)
	}
	if m.processing > 0 {
		m.process(msg.Partition)
	}
}

// process takes the time that the scenario gives to each record, and notes how long it was.
func (m *member) process(partition int32) {
	begin := time.Now()
	pace.Sleep(m.processing)
	m.times.Note(driver.PartProcessing, -1, partition, int64(time.Since(begin)))
}

// readLive takes a message of this trial's producers.
func (m *member) readLive(msg *driver.Message, now time.Duration, s *stretch, part *partitionState) {
	g, bytes := m.group, len(msg.Key)+len(msg.Value)
	stamp, err := load.ReadStamp(msg.Value, g.table)
	switch {
	case !g.stamped && err != nil:
		// When it was due is not known; that it came is.
		if g.clock.begun() && now < g.bounds.stop() {
			s.count(bytes, g.bounds.measured(now))
		}
	case errors.Is(err, load.ErrChecksum):
		g.audit.Corrupt(msg.Partition, msg.Offset, err.Error())
	case err != nil || stamp.Run != g.run:
		if g.own {
			g.audit.Corrupt(msg.Partition, msg.Offset, "no record of this trial, on a topic that is its own")
		}
	case stamp.Flags&load.FlagClosing != 0:
		part.closed.Store(true)
	case stamp.Flags&load.FlagProbe != 0:
		part.ready.Store(m.number)
	default:
		s.stamped = append(s.stamped, stampedRead{stamp.Due, stamp.Sent, bytes})
		if g.bounds.measured(stamp.Due) {
			s.measured++
		}
		if part.gaps.seen(msg.Offset) {
			s.again++
		}
		g.audit.Read(stamp.Producer, stamp.Seq, msg.Partition, msg.Offset)
	}
}

// count takes a message that does not say when it was due.
func (s *stretch) count(bytes int, measured bool) {
	s.n++
	s.bytes += int64(bytes)
	if measured {
		s.measured++
	}
}

// tell hands a stretch to the meter and to the group, and begins another.
func (m *member) tell(s *stretch, part *partitionState) {
	now := s.last.at
	if s.n > 0 || len(s.stamped) > 0 {
		m.mu.Lock()
		if s.n > 0 {
			m.shard.Read(now, s.n, s.bytes)
		}
		for _, r := range s.stamped {
			m.shard.Seen(r.due, r.sent, now, r.bytes)
		}
		m.mu.Unlock()
		m.group.lastSeen.Store(int64(now))
		part.consumed.Add(s.measured)
		if m.group.bounds.measured(now) && now < m.group.bounds.stop() {
			part.then.Add(s.n + int64(len(s.stamped)))
		}
		if len(s.stamped) > 0 {
			part.gaps.note(s.stamped[0].sent, now, s.next, s.again)
		}
	}
	if part.share == nil {
		part.next.Store(s.next)
	}
	*s = stretch{last: s.last, more: s.more, stamped: s.stamped[:0]}
}

// ready says whether every partition is read by the member that has it now, and the members have shared out all of
// them; otherwise it lists the partitions that are missing.
func (g *group) ready() (missing []int32) {
	owner := make([]int32, len(g.partitions))
	settled := true
	most := len(g.partitions) // that a member may have
	if size := g.size(); !g.tellsNone && size > 0 {
		most = (most + size - 1) / size // where nobody is told of having none, nobody may have more than his share
	}
	for _, m := range g.members {
		if m.joins {
			continue
		}
		assigned, times := m.client.Assigned()
		settled = settled && (times > 0 || !g.tellsNone) && len(assigned) <= most
		for _, p := range assigned {
			if int(p) < len(owner) {
				owner[p] = m.number
			}
		}
	}
	for p := range g.partitions {
		if g.partitions[p].share != nil { // it is nobody's own
			owner[p] = g.partitions[p].ready.Load()
		}
		if !settled || owner[p] == 0 || g.partitions[p].ready.Load() != owner[p] {
			missing = append(missing, int32(p))
		}
	}
	return missing
}

// reached says whether the group has read up to the given offsets.
func (g *group) reached(ends map[int32]int64) bool {
	if !g.closing {
		return g.lag(ends) == 0
	}
	for i := range g.partitions {
		if !g.partitions[i].closed.Load() {
			return false
		}
	}
	return true
}

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
		if err := cmp.Or(failed(), denied(groups, p)); err != nil {
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
			if err := p.tally().lastError; err != nil {
				late += fmt.Sprintf(" (last error of the producer: %v)", err)
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
