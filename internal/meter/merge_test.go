package meter

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestMerge: the merged numbers are those of one meter that has had every record, and its quantiles are those of all values sorted,
// within what a histogram holds.
func TestMerge(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(5, 6))
	const from, each = time.Second, 10_000
	config := Config{From: from, To: 30 * time.Second}
	one := New(config)
	alone := one.NewShard(new(sync.Mutex))
	var parts []*Meter
	var all []int64
	for part := range 3 {
		spool, err := NewSpool()
		if err != nil {
			t.Fatal(err)
		}
		c := config
		c.Spool = spool
		m := New(c)
		shard := m.NewShard(new(sync.Mutex))
		for i := range each * (part + 1) { // at rates that differ, and for times that differ
			d := sample(r) * time.Duration(1+10*part)
			due := time.Duration(i) * time.Duration(part+1) * 150 * time.Microsecond
			for _, s := range []*Shard{shard, alone} {
				s.Sent(due, due+time.Microsecond, time.Microsecond)
				s.Acked(due, due, due+d, 7)
			}
			if due >= from {
				all = append(all, int64(d))
			}
			if i%5_000 == 0 {
				m.Harvest(due)
			}
		}
		m.Harvest(math.MaxInt64)
		parts = append(parts, m)
	}
	one.Harvest(math.MaxInt64)
	spool, err := NewSpool()
	if err != nil {
		t.Fatal(err)
	}
	whole, err := Merge(spool, parts...)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range append(parts, whole) {
		t.Cleanup(func() { _ = m.Close() })
	}
	samePart(t, "warm-up", whole.Warmup(), one.Warmup())
	samePart(t, "measured part", whole.Measured(), one.Measured())
	slices.Sort(all)
	got := &whole.Measured().Stats[Response]
	for _, q := range []float64{0.001, 0.5, 0.9, 0.99, 0.999, 0.9999, 1} {
		v, _ := got.Quantile(q)
		want := all[int(math.Ceil(q*float64(len(all))))-1]
		if off := float64(v-want) / float64(want); off < -0.001 || off > 0.001 {
			t.Errorf("quantile %v is %d, want %d within 0.1 %%", q, v, want)
		}
	}
	theirs := one.Windows()
	for i, w := range whole.Windows() {
		if w.Index != theirs[i].Index || w.Counts != theirs[i].Counts {
			t.Fatalf("window %d has %+v, want %+v of window %d", w.Index, w.Counts, theirs[i].Counts, theirs[i].Index)
		}
		var a, b Stat
		gotOK, err := w.Stat(Response, &a)
		wantOK, _ := theirs[i].Stat(Response, &b)
		if err != nil || gotOK != wantOK || gotOK && !sameStat(&a, &b) {
			t.Errorf("window %d: response differs (%v)", w.Index, err)
		}
	}
	if n := len(whole.Windows()); n != len(theirs) || n < 10 {
		t.Errorf("%d windows, want %d", n, len(theirs))
	}
}

// samePart compares all but the order in which sums were added up.
func samePart(t *testing.T, what string, got, want *Part) {
	t.Helper()
	if got.Counts != want.Counts || want.Acked == 0 {
		t.Errorf("%s: counts are %+v, want %+v", what, got.Counts, want.Counts)
	}
	for span := range Spans {
		if !sameStat(&got.Stats[span], &want.Stats[span]) {
			t.Errorf("%s: %s differs", what, span)
		}
	}
}

func sameStat(a, b *Stat) bool {
	if a.Count() == 0 || b.Count() == 0 {
		return a.Count() == b.Count()
	}
	return a.Min == b.Min && a.Max == b.Max && math.Abs(a.Sum-b.Sum) < 1e-9*b.Sum && a.Hist.Equals(b.Hist)
}

func TestMergeRefuses(t *testing.T) {
	t.Parallel()
	a, b := New(Config{From: time.Second}), New(Config{From: 2 * time.Second})
	if _, err := Merge(nil, a, b); err == nil || !strings.Contains(err.Error(), "begins at 1s, that of another at 2s") {
		t.Errorf("got %v", err)
	}
	if m, err := Merge(nil); err != nil || len(m.Windows()) != 0 {
		t.Errorf("of nothing: got %v", err)
	}
}
