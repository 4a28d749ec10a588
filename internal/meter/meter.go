// Package meter counts and times records on the hot path. Each writer has a Shard of its own; a Meter gathers the
// shards' seconds into windows and into the total of the measured part, so that merging is exact and no value is
// sampled, averaged or left out.
//
// A record belongs to the second that it was due in, however late it is acked or read: attribution by completion would
// show an overloaded second its fast records only. Throughput alone goes by completion.
package meter

import (
	"math"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// Width is the length of a window.
const Width = time.Second

// spare is how many seconds are kept for each shard to be used again: the one that is over, one before it that something late
// has opened once more, and one in hand. Those that a stall opened would be a megabyte each for the rest of the trial.
const spare = 3

// Config says what is measured. Instants are time since the trial's start.
type Config struct {
	From time.Duration // start of the measured part, or the latest that it may have; window 0 begins here, warm-up has negative windows
	To   time.Duration // its end, likewise; math.MaxInt64 where that is not known beforehand
	Off  [Spans]bool   // spans that do not exist in this trial and are not recorded

	Spool *Spool // takes the histograms of past windows; nil: they stay in memory
}

// Counts are numbers of records and bytes. All but the last four are of the records due in a window or part.
type Counts struct {
	Scheduled, Acked, Failed, Consumed int64
	Aborted                            int64 // of those acked, by their transaction

	// By the instant of completion, whenever the record was due.
	AckedThen, AckedBytesThen, ConsumedThen, ConsumedBytesThen int64
}

func (c *Counts) add(o *Counts) {
	c.Scheduled += o.Scheduled
	c.Acked += o.Acked
	c.Failed += o.Failed
	c.Consumed += o.Consumed
	c.Aborted += o.Aborted
	c.AckedThen += o.AckedThen
	c.AckedBytesThen += o.AckedBytesThen
	c.ConsumedThen += o.ConsumedThen
	c.ConsumedBytesThen += o.ConsumedBytesThen
}

// A Part is the warm-up or the measured part.
type Part struct {
	Counts

	Stats [Spans]Stat
}

// A Window is what is known of one second.
type Window struct {
	Index int
	Counts

	spool *Spool
	spans [Spans]packed
}

// packed holds what a window knows of one span.
type packed struct {
	parts    []part                        // in the spool
	hist     *hdrhistogram.PackedHistogram // what is not; nil for none
	count    int64
	min, max int64
	sum      float64
}

// A Meter gathers. Its methods are for one goroutine at a time, except NewShard, which may be called at any time.
type Meter struct {
	config Config
	to     atomic.Int64 // config.To, or an earlier end
	first  int          // slot of window 0

	mu     sync.Mutex
	shards []*Shard
	free   []*second // harvested and emptied, to be used again

	warmup, measured Part
	windows          map[int]*Window // by slot
	recent           map[int]*Window // those that have histograms in memory
	changed          []*Window       // those that the last Harvest added to
}

// New returns a meter of nothing yet.
func New(c Config) *Meter {
	m := &Meter{config: c, windows: map[int]*Window{}, recent: map[int]*Window{}}
	m.to.Store(int64(c.To))
	return m
}

// NewShard returns a shard for one writer, which holds mu while it writes. The meter owns the shard.
func (m *Meter) NewShard(mu sync.Locker) *Shard {
	s := &Shard{meter: m, mu: mu}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.shards = append(m.shards, s)
	return s
}

// Begin brings the start of the measured part forward to from, by whole windows, and its end to to. The caller does so before any
// record is due or completed at from or later.
func (m *Meter) Begin(from, to time.Duration) {
	m.first = m.slot(from)
	for slot, w := range m.windows {
		w.Index = slot - m.first
	}
	m.End(to)
}

// End brings the end of the measured part forward: the trial was stopped. It may be called at any time.
func (m *Meter) End(at time.Duration) { m.to.Store(min(m.to.Load(), int64(at))) }

// To returns where the measured part ends, as far as that is known. It may be called at any time.
func (m *Meter) To() time.Duration { return time.Duration(m.to.Load()) }

// Spooled returns why past windows' histograms stay in memory from some window on; nil while they do not.
func (m *Meter) Spooled() error {
	if s := m.config.Spool; s != nil {
		return s.err
	}
	return nil
}

// Close frees the spool. After it the windows' histograms can't be read; all else can.
func (m *Meter) Close() error { return m.config.Spool.Close() }

// Harvest takes every second before the instant out of the shards and adds it to its window and to the part's total.
// Call it about once a second with the time now, which leaves the second alone that is being written, and at the end with
// math.MaxInt64. A record that comes later is added by a later harvest.
func (m *Meter) Harvest(before time.Duration) {
	limit := math.MaxInt
	if before < math.MaxInt64 {
		limit = m.slot(before)
	}
	m.mu.Lock()
	shards := slices.Clone(m.shards)
	m.mu.Unlock()
	m.changed = m.changed[:0]
	for _, s := range shards {
		for _, sec := range s.take(limit) {
			m.add(sec)
			sec.reset()
			m.mu.Lock()
			if len(m.free) < spare*len(m.shards) {
				m.free = append(m.free, sec)
			}
			m.mu.Unlock()
		}
	}
	if limit < math.MaxInt {
		m.settle(limit)
	}
}

// Warmup and Measured return the totals so far. They are the meter's; they change with each Harvest.
func (m *Meter) Warmup() *Part { return &m.warmup }

// Measured returns the total of the measured part, as Warmup does.
func (m *Meter) Measured() *Part { return &m.measured }

// Windows returns the windows so far in order. They are the meter's; they change with each Harvest.
func (m *Meter) Windows() []*Window {
	out := make([]*Window, 0, len(m.windows))
	for _, w := range m.windows {
		out = append(out, w)
	}
	slices.SortFunc(out, func(a, b *Window) int { return a.Index - b.Index })
	return out
}

// Stat unpacks one span of a window into s, which is overwritten. It returns false where no value came, and an error where
// what came can't be read back.
func (w *Window) Stat(span Span, s *Stat) (bool, error) {
	p := &w.spans[span]
	if p.count == 0 {
		return false, nil
	}
	if s.Hist == nil {
		s.Hist = newHistogram()
	}
	s.Hist.Reset()
	s.Min, s.Max, s.Sum = p.min, p.max, p.sum
	err := p.each(w.spool, func(h *hdrhistogram.PackedHistogram) { h.MergeInto(s.Hist) })
	return err == nil, err
}

// Changed returns the windows that the last Harvest added to, in no order. They are the meter's, as the slice is.
func (m *Meter) Changed() []*Window { return m.changed }

// Window returns the window with an index, nil where there is none yet. It is the meter's.
func (m *Meter) Window(index int) *Window { return m.windows[index+m.first] }

// Index returns the window that an instant lies in.
func (m *Meter) Index(at time.Duration) int { return m.slot(at) - m.first }

// from returns where the measured part begins.
func (m *Meter) from() time.Duration { return m.config.From + time.Duration(m.first)*Width }

// slot is a window's number that stays the same when Begin changes its index.
func (m *Meter) slot(at time.Duration) int {
	d := at - m.config.From
	if d < 0 {
		return int((d+1)/Width) - 1
	}
	return int(d / Width)
}

func (m *Meter) add(s *second) {
	w := m.windows[s.slot]
	if w == nil {
		w = &Window{Index: s.slot - m.first, spool: m.config.Spool}
		m.windows[s.slot] = w
	}
	m.recent[s.slot] = w
	if !slices.Contains(m.changed, w) {
		m.changed = append(m.changed, w)
	}
	w.Counts.add(&s.Counts)
	part := &m.measured
	if w.Index < 0 {
		part = &m.warmup
	}
	part.Counts.add(&s.Counts)
	for i := range s.stats {
		part.Stats[i].merge(&s.stats[i])
	}
	part.Stats[Lag].merge(&s.ahead)
	part.Stats[LagHarness].merge(&s.ahead)
	for i := range windowed {
		w.spans[i].merge(&s.stats[i])
	}
	w.spans[Lag].merge(&s.ahead)
}

func (p *packed) merge(from *Stat) {
	if from.Count() == 0 {
		return
	}
	if p.count == 0 {
		p.min, p.max = from.Min, from.Max
	}
	if p.hist == nil {
		p.hist = hdrhistogram.NewPacked(1, int64(Longest), digits)
	}
	p.hist.MergeFrom(from.Hist)
	p.hist.Compact()
	p.count += from.Count()
	p.min, p.max = min(p.min, from.Min), max(p.max, from.Max)
	p.sum += from.Sum
}

// second returns an empty one for a shard.
func (m *Meter) second(slot int) *second {
	m.mu.Lock()
	defer m.mu.Unlock()
	s := new(second)
	if n := len(m.free); n > 0 {
		s, m.free = m.free[n-1], m.free[:n-1]
	}
	s.slot = slot
	s.from = m.config.From + time.Duration(slot)*Width
	s.to = s.from + Width
	return s
}
