package host

import (
	"math"
	"runtime/metrics"
	"slices"
)

// A spread is one of the runtime's histograms of lengths of time. The zero value is an unknown one.
type spread struct {
	counts []uint64  // of each bucket
	bounds []float64 // s; bucket i reaches from bounds[i] to bounds[i+1]. The runtime's own, never changed
}

// spreadOf copies a histogram, since the runtime writes the next one to the same place.
func spreadOf(v metrics.Value) spread {
	if v.Kind() != metrics.KindFloat64Histogram {
		return spread{} // a Go that does not have it
	}
	h := v.Float64Histogram()
	return spread{slices.Clone(h.Counts), h.Buckets}
}

// since returns what came after before.
func (s spread) since(before spread) spread {
	if len(s.counts) == 0 || len(before.counts) != len(s.counts) {
		return spread{}
	}
	grown := spread{make([]uint64, len(s.counts)), s.bounds}
	for i, n := range s.counts {
		grown.counts[i] = n - min(n, before.counts[i])
	}
	return grown
}

// end returns where bucket i ends, in ns. The last one may be open, and then its beginning has to do.
func (s spread) end(i int) float64 {
	end := s.bounds[i+1]
	if math.IsInf(end, 1) {
		end = s.bounds[i]
	}
	return max(0, end) * 1e9
}

// quantile returns the length, in ns, that a part q of all do not exceed: 0 where there were none, -1 for an unknown spread.
func (s spread) quantile(q float64) int64 {
	if len(s.counts) == 0 {
		return -1
	}
	var all, below uint64
	for _, n := range s.counts {
		all += n
	}
	for i, n := range s.counts {
		if below += n; n > 0 && float64(below) >= q*float64(all) {
			return int64(math.Round(s.end(i)))
		}
	}
	return 0
}

// sum returns how long all of them took together, in ns; -1 for an unknown spread.
func (s spread) sum() int64 {
	if len(s.counts) == 0 {
		return -1
	}
	ns := 0.0
	for i, n := range s.counts {
		if n > 0 {
			ns += float64(n) * s.end(i)
		}
	}
	return int64(math.Round(ns))
}
