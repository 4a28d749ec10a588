package run

import (
	"github.com/HdrHistogram/hdrhistogram-go"

	"kbench/internal/result"
)

// longestValue is what histograms of sizes hold: the largest size that a scenario may have.
const longestValue = 1e9

// sizes counts the values of the measured records that a client took, by their bytes. It is the sender's own, to be read by others once
// it has ended.
type sizes struct {
	hist        *hdrhistogram.Histogram
	bytes       int64
	least, most int
	cut         int64 // whose size would have been beyond the bounds of its distribution
}

// newSizes takes 170 kB.
func newSizes() *sizes {
	return &sizes{hist: hdrhistogram.New(1, longestValue, 3), least: longestValue}
}

func (s *sizes) note(size int, cut bool) {
	_ = s.hist.RecordValue(int64(size)) // within its range
	s.bytes += int64(size)
	s.least, s.most = min(s.least, size), max(s.most, size)
	if cut {
		s.cut++
	}
}

func (s *sizes) merge(o *sizes) {
	s.hist.Merge(o.hist)
	s.bytes += o.bytes
	s.least, s.most = min(s.least, o.least), max(s.most, o.most)
	s.cut += o.cut
}

// tell puts the sizes into a record. A quantile with fewer than ten values beyond it is left out.
func (s *sizes) tell(m *result.Message) {
	n := s.hist.TotalCount()
	if n == 0 {
		return
	}
	mean, least, most := float64(s.bytes)/float64(n), int64(s.least), int64(s.most)
	m.MeanBytes, m.MinBytes, m.MaxBytes, m.Cut = &mean, &least, &most, s.cut
	for _, q := range []struct {
		percent float64
		to      **int64
	}{{50, &m.P50Bytes}, {90, &m.P90Bytes}, {99, &m.P99Bytes}} {
		if float64(n)*(100-q.percent) < 100*beyond {
			continue
		}
		v := min(max(s.hist.ValueAtPercentile(q.percent), least), most)
		*q.to = &v
	}
}

// accountMessage says what the records of the measured part were like.
func (t *trial) accountMessage() {
	c := t.content
	if c == nil || len(t.producers) == 0 || t.rec.Counts.Scheduled == 0 {
		return
	}
	m := &result.Message{HeaderMeanBytes: c.headerBytes(), PartitionSkew: skew(t.rec.Partitions)}
	t.rec.Message = m
	if c.Fixed() {
		size := int64(c.Most())
		mean := float64(size)
		m.MeanBytes, m.MinBytes, m.P50Bytes, m.P90Bytes, m.P99Bytes, m.MaxBytes = &mean, &size, &size, &size, &size, &size
		return
	}
	all := newSizes()
	for _, p := range t.producers {
		all.merge(p.sizes)
	}
	all.tell(m)
}

// skew returns the records of the fullest partition over the mean of all; nil where it is not known where records are.
func skew(partitions []result.Partition) *float64 {
	var sum, most int64
	for _, p := range partitions {
		sum, most = sum+p.Acked, max(most, p.Acked)
	}
	if sum == 0 {
		return nil
	}
	ratio := float64(most) * float64(len(partitions)) / float64(sum)
	return &ratio
}
