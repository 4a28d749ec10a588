package meter

import (
	"math"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// A Span is a stretch between two of a record's four instants: due, sent, acked, seen.
type Span uint8

// The spans, in the order of reports.
const (
	Response   Span = iota // due to acked
	Service                // sent to acked
	Lag                    // due to sent
	E2E                    // due to seen
	E2EService             // sent to seen

	// What lag is made of, in totals only: windows have it whole.
	LagHarness      // the sender's own part of each record's lag
	LagBackpressure // the rest, of the records that were sent while a full buffer held the sender up

	Spans // how many there are
)

// windowed is how many spans windows have.
const windowed = E2EService + 1

// String returns the span's name in records and in .hlog files.
func (s Span) String() string {
	return [...]string{"response", "service", "lag", "e2e", "e2e_service", "lag_harness", "lag_backpressure"}[s]
}

// Longest is the longest time that a histogram holds. Longer ones are counted in Over and held at its end.
const Longest = time.Hour

// digits is the precision of histograms: every value reads back within 0.1 %.
const digits = 3

// A Stat sums up one span: a histogram in nanoseconds, and beside it what a histogram can't hold exactly. The zero value is
// of nothing yet. It is for one goroutine at a time.
type Stat struct {
	Hist     *hdrhistogram.Histogram // nil until a value came
	Min, Max int64                   // ns, exact; undefined while Hist is nil
	Sum      float64                 // ns
	Negative int64                   // values below 0: held at 0, and never dropped
	Over     int64                   // values above Longest: held there
}

// newHistogram takes 270 kB.
func newHistogram() *hdrhistogram.Histogram {
	return hdrhistogram.New(1, int64(Longest), digits)
}

// Observe takes a value. The range is checked here and not by the library, whose last bucket reaches past its limit.
func (s *Stat) Observe(d time.Duration) {
	if s.Hist == nil {
		s.Hist = newHistogram()
	}
	v := int64(d)
	if s.Hist.TotalCount() == 0 {
		s.Min, s.Max = math.MaxInt64, math.MinInt64
	}
	s.Min, s.Max = min(s.Min, v), max(s.Max, v)
	s.Sum += float64(v)
	switch {
	case v < 0:
		s.Negative++
		v = 0
	case v > int64(Longest):
		s.Over++
		v = int64(Longest)
	}
	_ = s.Hist.RecordValue(v) // within its range
}

// reset empties it, and keeps its histogram's memory.
func (s *Stat) reset() {
	if s.Count() > 0 {
		s.Hist.Reset()
	}
	*s = Stat{Hist: s.Hist}
}

// merge adds what o holds.
func (s *Stat) merge(o *Stat) {
	if o.Hist == nil || o.Hist.TotalCount() == 0 {
		return
	}
	if s.Hist == nil {
		s.Hist = newHistogram()
	}
	if s.Hist.TotalCount() == 0 {
		s.Min, s.Max = o.Min, o.Max
	}
	s.Hist.Merge(o.Hist)
	s.Min, s.Max = min(s.Min, o.Min), max(s.Max, o.Max)
	s.Sum += o.Sum
	s.Negative += o.Negative
	s.Over += o.Over
}

// Count returns how many values came.
func (s *Stat) Count() int64 {
	if s.Hist == nil {
		return 0
	}
	return s.Hist.TotalCount()
}

// Mean returns the exact mean in nanoseconds, NaN without values.
func (s *Stat) Mean() float64 { return s.Sum / float64(s.Count()) }

// Quantile returns the value, in nanoseconds, that a part q of the values does not exceed, q from 0 to 1: the value of
// rank ceil(q x n), within 0.1 % above. It returns false without values.
func (s *Stat) Quantile(q float64) (int64, bool) {
	if s.Count() == 0 {
		return 0, false
	}
	v := s.Hist.ValueAtPercentile(q * 100)
	// A bucket is read as its upper end, which may lie past the largest value that came.
	return max(min(v, s.Max), s.Min), true
}
