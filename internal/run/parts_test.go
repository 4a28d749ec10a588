package run

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"sync"
	"testing"
	"time"

	"kbench/internal/driver"
	"kbench/internal/driver/null"
	"kbench/internal/load"
	"kbench/internal/meter"
	"kbench/internal/pace"
	"kbench/internal/result"
	"kbench/internal/scenario"
)

func drivers() []driver.Driver { return []driver.Driver{null.New()} }

func TestManualDealsEachProducerItsOwn(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		producer, producers, partitions uint64
		want                            []int32
	}{
		{0, 1, 3, []int32{0, 1, 2, 0, 1, 2}}, // one producer has all
		{0, 2, 3, []int32{0, 2, 0, 2}},       // uneven shares
		{1, 2, 3, []int32{1, 1, 1}},
		{2, 3, 3, []int32{2, 2}},    // one each
		{4, 6, 3, []int32{1, 1, 1}}, // more producers than partitions share them
		{0, 1, 1, []int32{0, 0}},
	} {
		var got []int32
		for k := range uint64(len(tt.want)) {
			got = append(got, manual(k, tt.producer, tt.producers, tt.partitions))
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("producer %d of %d over %d partitions: got %v, want %v", tt.producer, tt.producers, tt.partitions, got, tt.want)
		}
	}
}

func TestDealerSaysWhoChooses(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		p     driver.Partitioner
		keyed bool
		n     uint64
		key   uint64
		want  int32
		who   string
	}{
		{driver.PartitionerSticky, false, 7, 0, -1, "sticky by none"}, // null's library has it
		{driver.PartitionerRoundRobin, true, 7, 2, 1, "round_robin by kbench"},
		{driver.PartitionerManual, true, 7, 5, 2, "manual by kbench"}, // by key
		{driver.PartitionerManual, true, 7, 0, 0, "manual by kbench"}, // key 0 is a key
		{driver.PartitionerManual, false, 7, 0, 1, "manual by kbench"},
	} {
		cfg := &scenario.Producer{Count: 1, ProducerConfig: driver.ProducerConfig{Partitioner: tt.p}}
		if got := dealer(null.New(), cfg, tt.keyed, 0, 3)(tt.n, tt.key); got != tt.want {
			t.Errorf("%s, keyed %v, record %d, key %d: partition %d, want %d", tt.p, tt.keyed, tt.n, tt.key, got, tt.want)
		}
		if got := chooser(null.New(), tt.p); got != tt.who {
			t.Errorf("%s is chosen %q, want %q", tt.p, got, tt.who)
		}
	}
}

func TestLatencyPrintsOnlyWhatItKnows(t *testing.T) {
	t.Parallel()
	m := meter.New(meter.Config{To: math.MaxInt64})
	s := m.NewShard(new(sync.Mutex))
	for i := 1; i <= 1000; i++ {
		s.Acked(0, 0, time.Duration(i)*time.Millisecond, 1)
	}
	m.Harvest(math.MaxInt64)
	st := &m.Measured().Stats[meter.Response]
	for _, tt := range []struct {
		why        string
		population int64
		p99        float64 // ms, NaN for none
		atLeast    []string
	}{
		{"exactly ten samples beyond p99", 1000, 990, nil},
		{"five more never came: they lie beyond", 1005, 994.95, []string{"max"}},
		{"as many never came as p99 leaves out", 1100, 1000, []string{"p95", "p99", "max"}},
		{"half never came", 2000, 1000, []string{"p90", "p95", "p99", "max"}},
		{"more than half never came", 2100, 1000, []string{"p50", "p90", "p95", "p99", "max"}},
	} {
		l := latency(st, tt.population)
		if got := ms(l.P99Ns); !near(got, tt.p99, tt.p99/500) {
			t.Errorf("%s: p99 %.2f, want %.2f", tt.why, got, tt.p99)
		}
		if !slices.Equal(l.AtLeast, tt.atLeast) {
			t.Errorf("%s: at least %v, want %v", tt.why, l.AtLeast, tt.atLeast)
		}
		if l.P999Ns != nil && tt.population < 10_000 {
			t.Errorf("%s: p999 of %d records is %d, want none", tt.why, tt.population, *l.P999Ns)
		}
	}
	if l := latency(st, 999); l.P99Ns != nil {
		t.Error("p99 with 9.99 samples beyond it was printed")
	}
}

func TestPool(t *testing.T) {
	t.Parallel()
	made := 0
	var mu sync.Mutex
	p := newPool(300, &mu, func(int) *driver.Record { made++; return new(driver.Record) })
	var out []*driver.Record
	for range 300 {
		r, waited, err := p.get(t.Context())
		if err != nil || waited {
			t.Fatalf("record %d: waited %v, %v", len(out), waited, err)
		}
		out = append(out, r)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if _, waited, err := p.get(ctx); !waited || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("beyond the limit: waited %v, %v; want to wait for the context's end", waited, err)
	}
	go func() {
		mu.Lock()
		defer mu.Unlock()
		p.put(out[7])
	}()
	if r, _, err := p.get(t.Context()); err != nil || r != out[7] || made != 300 {
		t.Errorf("got %p (%v) with %d made, want the one put back", r, err, made)
	}
}

// TestPoolAfterAStall proves that what a stall made the pool grow by is let go of, and what is in use all the time is not.
func TestPoolAfterAStall(t *testing.T) {
	t.Parallel()
	made := 0
	p := newPool(100_000, new(sync.Mutex), func(int) *driver.Record { made++; return new(driver.Record) })
	send := func(n int) (out []*driver.Record) {
		for range n {
			r, _, err := p.get(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, r)
		}
		return out
	}
	turn := func(n int) {
		for _, r := range send(n) {
			p.put(r)
		}
	}
	for range 1000 {
		turn(2000)
	}
	if made > 2000+poolChunk {
		t.Errorf("%d records were made for 2000 that are out at once", made)
	}
	turn(100_000) // the stall
	for range 1000 {
		turn(2000)
	}
	if p.have > poolKeep+2000 || made > 100_000 {
		t.Errorf("the pool has %d records, and made %d; want %d at most, and none anew", p.have, made, poolKeep+2000)
	}
	for _, r := range slices.Concat(p.mine, p.back) {
		if int(r.Rank) > p.have+p.have/8 {
			t.Fatalf("record %d of the stall stays among %d, and so does the span of the heap that it is in", r.Rank, p.have)
		}
	}
	if n := cap(p.mine) + cap(p.back); n > 8*poolKeep {
		t.Errorf("lists for %d records stay", n)
	}
	for _, r := range slices.Concat(p.mine[len(p.mine):cap(p.mine)], p.back[len(p.back):cap(p.back)]) {
		if r != nil && !slices.Contains(p.mine, r) && !slices.Contains(p.back, r) {
			t.Fatal("a record that was let go of can still be reached, so its memory stays")
		}
	}
	turn(100_000)
	if p.have != 100_000 {
		t.Errorf("the pool has %d records, want its limit again", p.have)
	}
}

func TestStaticShare(t *testing.T) {
	t.Parallel()
	for members := 1; members <= 5; members++ {
		seen := map[int32]int{}
		for i := range members {
			for _, p := range staticShare(4, i, members) {
				seen[p]++
			}
		}
		if len(seen) != 4 {
			t.Errorf("%d members have %v of 4 partitions", members, seen)
		}
	}
}

func TestOneLine(t *testing.T) {
	t.Parallel()
	err := errors.Join(errors.New("first"), fmt.Errorf("second: %w", errors.New("a\nb")))
	if got, want := oneLine(err), "first; second: a; b"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// nullProducer is a producer on the null driver that ends after n records, all spans measured, whose values are read or not.
func nullProducer(tb testing.TB, n int64, read bool) (*producer, *meter.Meter) {
	tb.Helper()
	c := produceOnly("100M/s", 0, time.Hour)
	if read {
		c.Scenario.Consumer = scenario.Default().Consumer
	}
	c.Scenario.Producer.Client = "null"
	t := &trial{env: &Env{Drivers: drivers()}, c: &c.Scenario, clock: newClock(), partitions: 3, rec: &result.Trial{}, ledger: &ledger{}}
	t.plan()
	t.env.pacer = pace.NewSleeping
	t.makeContent()
	p, err := t.newProducer(tb.Context(), c.Scenario.Producer, 0, share{
		schedule: load.NewConstant(100e9), stride: 1, bounds: newBounds(0, time.Hour, time.Hour), records: n,
	})
	if err != nil {
		tb.Fatal(err)
	}
	t.clock.begin(0)
	return p, t.meter
}

func TestProducingAllocatesNothing(t *testing.T) {
	const n = 200_000
	for _, read := range []bool{false, true} {
		p, m := nullProducer(t, n, read)
		p.share.records = 10_000
		p.produce(t.Context()) // pool, histograms
		p.share.records = n
		got := testing.AllocsPerRun(1, func() { p.produce(t.Context()) })
		m.Harvest(math.MaxInt64)
		// A pacer and what a new second takes, for two hundred thousand records.
		if got > 100 {
			t.Errorf("%v allocations for %d records, want none for a record", got, n)
		}
		if acked := m.Measured().Acked; acked < n {
			t.Errorf("%d acked, want at least %d", acked, n)
		}
	}
}

// BenchmarkProduce is the harness's own cost of a record: schedule, content, null driver, acks, all spans; where the
// values are read, the stamp too.
func BenchmarkProduce(b *testing.B) {
	for name, read := range map[string]bool{"unread": false, "read": true} {
		b.Run(name, func(b *testing.B) {
			p, m := nullProducer(b, int64(b.N)+1, read)
			defer func() { _ = m.Close() }()
			b.ReportAllocs()
			b.ResetTimer()
			p.produce(b.Context())
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "records/s")
		})
	}
}
