package meter

import (
	"fmt"
	"maps"
	"slices"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// Merge returns the meter that would have had every record of some meters: counts and histograms add up, and windows go by the instant
// since the start, which is that of all of them. So a quantile of it is that of all their values together, and no average. It asks
// for nothing but what the meters hold: where they gathered it, and when, is of no matter. All have been harvested to the end; they
// stay as they are, and the caller closes them. The windows go to the spool, nil for memory.
//
// An error says that the meters are of measured parts that begin at different instants, or that a window can't be read back.
func Merge(spool *Spool, meters ...*Meter) (*Meter, error) {
	out := New(Config{Spool: spool})
	slots := map[int]bool{}
	for i, m := range meters {
		if i == 0 {
			out.config.From, out.first = m.config.From, m.first
			out.to.Store(m.to.Load())
		}
		if m.from() != out.from() {
			return nil, fmt.Errorf("merge measurements: the measured part of one begins at %v, that of another at %v", out.from(), m.from())
		}
		out.to.Store(max(out.to.Load(), m.to.Load()))
		out.warmup.Merge(&m.warmup)
		out.measured.Merge(&m.measured)
		for slot := range m.windows {
			slots[slot] = true
		}
	}
	for _, slot := range slices.Sorted(maps.Keys(slots)) {
		w := &Window{Index: slot - out.first, spool: spool}
		for _, m := range meters {
			if part := m.windows[slot]; part != nil {
				if err := w.merge(part); err != nil {
					return nil, err
				}
			}
		}
		out.windows[slot], out.recent[slot] = w, w
		out.settle(slot)
	}
	return out, nil
}

// Merge adds what o holds, which stays as it is.
func (p *Part) Merge(o *Part) {
	p.Counts.add(&o.Counts)
	for i := range p.Stats {
		p.Stats[i].merge(&o.Stats[i])
	}
}

// Merge adds what o holds, which stays as it is.
func (s *Stat) Merge(o *Stat) { s.merge(o) }

// merge adds what o holds.
func (w *Window) merge(o *Window) error {
	w.Counts.add(&o.Counts)
	for i := range w.spans {
		to, from := &w.spans[i], &o.spans[i]
		if from.count == 0 {
			continue
		}
		if to.hist == nil {
			to.hist = hdrhistogram.NewPacked(1, int64(Longest), digits)
		}
		if err := from.each(o.spool, func(h *hdrhistogram.PackedHistogram) { to.hist.Merge(h) }); err != nil {
			return err
		}
		to.hist.Compact()
		if to.count == 0 {
			to.min, to.max = from.min, from.max
		}
		to.count += from.count
		to.min, to.max = min(to.min, from.min), max(to.max, from.max)
		to.sum += from.sum
	}
	return nil
}

// Reset empties it, and keeps its histograms' memory.
func (p *Part) Reset() {
	p.Counts = Counts{}
	for i := range p.Stats {
		p.Stats[i].reset()
	}
}
