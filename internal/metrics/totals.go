package metrics

import (
	"maps"
	"math"
	"sync"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
	"github.com/prometheus/client_golang/prometheus"

	"kbench/internal/meter"
)

// spans is how many of the meter's are served: those that windows have, response, service, lag, e2e and e2e_service.
const spans = meter.E2EService + 1

// schema is the resolution of native histograms: 2 to the power of it are the buckets from a value to its double. Each is 2.2 %
// wider than the one below it, so a quantile is within 2.3 %, the meter's own precision included.
const schema = 5

// digits is the precision of the meter's histograms, which is far above that.
const digits = 3

// totals are what a case has counted in a part of its trials. They stay as they are once a collector has them.
type totals struct {
	counts meter.Counts
	failed map[string]int64 // by class
	spans  [spans]histogram

	once    sync.Once // makes metrics
	metrics []prometheus.Metric
}

// sum returns what two have together; the first may be nil.
func sum(a, b *totals) *totals {
	if a == nil {
		return b
	}
	both := &totals{counts: b.counts, failed: maps.Clone(a.failed)}
	both.counts.Scheduled += a.counts.Scheduled
	both.counts.Acked += a.counts.Acked
	both.counts.Consumed += a.counts.Consumed
	both.counts.AckedBytesThen += a.counts.AckedBytesThen
	both.counts.ConsumedBytesThen += a.counts.ConsumedBytesThen
	for class, n := range b.failed {
		both.failed[class] += n
	}
	for i := range both.spans {
		both.spans[i].add(&a.spans[i])
		both.spans[i].add(&b.spans[i])
	}
	return both
}

// A histogram is a native one. The zero value is empty. A copy shares the buckets, which are only replaced once they are shared.
type histogram struct {
	count, zero uint64
	sum         float64       // seconds
	buckets     map[int]int64 // by index
}

// read takes over what a span has by now, which it only does where that has changed. scratch is overwritten.
func (h *histogram) read(st *meter.Stat, scratch *hdrhistogram.PackedHistogram) {
	if uint64(st.Count()) == h.count {
		return
	}
	*h = histogram{sum: st.Sum / float64(time.Second), buckets: map[int]int64{}}
	scratch.Reset()
	scratch.MergeFrom(st.Hist)
	scratch.ForEachBucket(func(ns, n int64) bool {
		h.count += uint64(n)
		if ns == 0 { // what was below 0 is there too
			h.zero += uint64(n)
		} else {
			h.buckets[bucket(time.Duration(ns))] += n
		}
		return true
	})
}

func (h *histogram) add(o *histogram) {
	h.count += o.count
	h.zero += o.zero
	h.sum += o.sum
	if h.buckets == nil {
		h.buckets = map[int]int64{}
	}
	for i, n := range o.buckets {
		h.buckets[i] += n
	}
}

// bucket returns the index of the bucket for a time above 0: bucket i ends at 2^(i / 2^schema) seconds, and begins above the end
// of the one below it.
func bucket(d time.Duration) int {
	return int(math.Ceil(math.Log2(d.Seconds()) * (1 << schema)))
}
