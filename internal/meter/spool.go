package meter

import (
	"fmt"
	"os"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// A Spool is a file that keeps the histograms of past windows, so that memory does not grow with the length of a trial: the
// five of one second take more than 100 KB. They are kept compressed, whole, and read back when the trial is summed up. It
// is the meter's, for one goroutine at a time.
type Spool struct {
	file *os.File
	end  int64
	err  error // of a write: nothing is kept any more, and what comes stays in memory
}

// A part is a histogram in the spool.
type part struct{ at, size int64 }

// settled is how many windows stay in memory. A record that comes later makes another part of its window.
const settled = 10

// NewSpool returns an empty one in the system's folder for temporary files. Nothing is left of it once it is closed or the
// process has ended.
func NewSpool() (*Spool, error) {
	f, err := os.CreateTemp("", "kbench-windows-*")
	if err != nil {
		return nil, fmt.Errorf("make a file for histograms: %w", err)
	}
	_ = os.Remove(f.Name()) // where a system refuses, because it is open, Close removes it
	return &Spool{file: f}, nil
}

// Close frees the file. A nil Spool has none.
func (s *Spool) Close() error {
	if s == nil {
		return nil
	}
	err := s.file.Close()
	_ = os.Remove(s.file.Name()) // mostly done before
	return err
}

// put adds a histogram, and reports whether it is kept.
func (s *Spool) put(h *hdrhistogram.PackedHistogram) (part, bool) {
	if s == nil || s.err != nil {
		return part{}, false
	}
	b, err := h.Encode()
	if err == nil {
		_, err = s.file.WriteAt(b, s.end)
	}
	if s.err = err; err != nil {
		return part{}, false
	}
	p := part{s.end, int64(len(b))}
	s.end += p.size
	return p, true
}

// get reads a histogram back.
func (s *Spool) get(p part) (*hdrhistogram.PackedHistogram, error) {
	b := make([]byte, p.size)
	_, err := s.file.ReadAt(b, p.at)
	if err != nil {
		return nil, fmt.Errorf("read a window's histogram back: %w", err)
	}
	h, err := hdrhistogram.DecodePacked(b)
	if err != nil {
		return nil, fmt.Errorf("read a window's histogram back from %s: %w", s.file.Name(), err)
	}
	return h, nil
}

// settle moves the histograms of windows before limit out of memory, but for the last few.
func (m *Meter) settle(limit int) {
	for slot, w := range m.recent {
		if slot >= limit-settled {
			continue
		}
		kept := true
		for i := range w.spans {
			kept = w.spans[i].spool(m.config.Spool) && kept
		}
		if kept {
			delete(m.recent, slot)
		}
	}
}

// spool moves what is in memory into the spool, and reports whether nothing is left.
func (p *packed) spool(s *Spool) bool {
	if p.hist == nil {
		return true
	}
	at, ok := s.put(p.hist)
	if ok {
		p.parts, p.hist = append(p.parts, at), nil
	}
	return ok
}

// each calls fn for the histograms that the span is made of; none where no value came.
func (p *packed) each(s *Spool, fn func(*hdrhistogram.PackedHistogram)) error {
	for _, at := range p.parts {
		h, err := s.get(at)
		if err != nil {
			return err
		}
		fn(h)
	}
	if p.hist != nil {
		fn(p.hist)
	}
	return nil
}
