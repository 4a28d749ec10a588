package run

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"kbench/internal/driver"
	"kbench/internal/load"
	"kbench/internal/pace"
	"kbench/internal/result"
	"kbench/internal/scenario"
	"kbench/internal/unit"
)

// messages are some of what scenarios can say that records look like, by a name for it.
func messages() map[string]scenario.Message {
	plain := scenario.Default().Message
	with := func(change func(m *scenario.Message)) scenario.Message {
		m := plain
		change(&m)
		return m
	}
	return map[string]scenario.Message{
		"plain":     plain,
		"zipf":      with(func(m *scenario.Message) { m.Keys.Count, m.Keys.Pick = 1e6, scenario.PickZipf }),
		"hot":       with(func(m *scenario.Message) { m.Keys.Count, m.Keys.Pick, m.Headers = 1000, scenario.PickHot, 3 }),
		"uniform":   with(func(m *scenario.Message) { m.Size = scenario.Sizes{Uniform: []unit.Size{48, 2000}} }),
		"lognormal": with(func(m *scenario.Message) { m.Size, m.Payload = lognormal(), "json" }),
		"weighted": with(func(m *scenario.Message) {
			m.Size, m.Payload = scenario.Sizes{Weighted: map[string]scenario.Positive{"100B": 9, "5KB": 1}}, "text"
		}),
		"lines": with(func(m *scenario.Message) {
			m.Payload, m.Lines = "lines.txt", [][]byte{[]byte("one"), {}, bytes.Repeat([]byte("three"), 100)}
		}),
	}
}

func lognormal() scenario.Sizes {
	return scenario.Sizes{Lognormal: &scenario.Lognormal{Median: 500, P99: 8000, Min: 48, Max: 20_000}}
}

// producersOf are so many on the null driver, of a scenario with such messages, that are read or not.
func producersOf(tb testing.TB, m scenario.Message, count int, read bool) []*producer {
	tb.Helper()
	c := produceOnly("100M/s", 0, time.Hour)
	c.Scenario.Message, c.Scenario.Producer.Client, c.Scenario.Producer.Count = m, "null", count
	if read {
		c.Scenario.Consumer = scenario.Default().Consumer
	}
	t := &trial{env: &Env{Drivers: drivers(), Seed: 7}, c: &c.Scenario, clock: newClock(), partitions: 3, rec: &result.Trial{}, ledger: &ledger{}}
	t.plan()
	t.env.pacer = pace.NewSleeping
	t.makeContent()
	out := make([]*producer, count)
	for i := range out {
		p, err := t.newProducer(tb.Context(), c.Scenario.Producer, i, share{
			schedule: load.NewConstant(100e9), first: uint64(i), stride: uint64(count), bounds: newBounds(0, time.Hour, time.Hour),
		})
		if err != nil {
			tb.Fatal(err)
		}
		out[i] = p
	}
	t.clock.begin(0)
	return out
}

// TestProducersMakeTheSame has three producers, whose records come from pools in any order, make what one makes.
func TestProducersMakeTheSame(t *testing.T) {
	t.Parallel()
	for name, m := range messages() {
		for _, read := range []bool{false, true} {
			one := producersOf(t, m, 1, read)[0]
			want, random := one.newRecord(0), rand.New(rand.NewPCG(1, 2))
			for i, p := range producersOf(t, m, 3, read) {
				pool := make([]*driver.Record, 20)
				for j := range pool {
					pool[j] = p.newRecord(j)
				}
				for n := uint64(i); n < 1000; n += 3 {
					got := pool[random.IntN(len(pool))]
					p.prepare(got, n)
					one.prepare(want, n)
					body := 0
					if read {
						p.stamp(got, n, 0)
						body = load.StampSize
					}
					if !bytes.Equal(got.Key, want.Key) || !bytes.Equal(got.Value[body:], want.Value[body:]) || !reflect.DeepEqual(got.Headers, want.Headers) {
						t.Fatalf("%s, read %v: record %d of three producers differs from one's", name, read, n)
					}
				}
			}
		}
	}
}

// TestMakingRecordsAllocatesNothing: once as many values are there as are needed.
func TestMakingRecordsAllocatesNothing(t *testing.T) {
	for name, m := range messages() {
		for _, read := range []bool{false, true} {
			p := producersOf(t, m, 1, read)[0]
			p.share.records = 10_000
			p.produce(t.Context()) // pool, histograms, a value for each class of sizes
			p.share.records = 30_000
			// A pacer, what a new second takes, and a value now and then, for thirty thousand records.
			if got := testing.AllocsPerRun(1, func() { p.produce(t.Context()) }); got > 100 {
				t.Errorf("%s, read %v: %v allocations for 30000 records, want none for a record", name, read, got)
			}
		}
	}
}

// TestShelf holds what values take to a few times what is out, after many records have had every size.
func TestShelf(t *testing.T) {
	t.Parallel()
	const records = 2000
	var s shelf
	random := rand.New(rand.NewPCG(1, 2))
	sizes := load.NewMessages(load.Content{Sizes: load.LognormalSizes(1000, 64_000, 0, 1e6), Seed: 1})
	values, need := make([][]byte, records), 0
	for n := range uint64(500_000) {
		i := random.IntN(records)
		size, _ := sizes.Size(n)
		values[i] = s.fit(values[i], size)
		if len(values[i]) != size || cap(values[i])&(cap(values[i])-1) != 0 {
			t.Fatalf("got %d bytes with room for %d, want %d and a power of two", len(values[i]), cap(values[i]), size)
		}
		need += size
	}
	need = need / 500_000 * records
	room := 0
	for _, v := range append(slices.Concat(s[:]...), values...) {
		room += cap(v)
	}
	if room > 4*need {
		t.Errorf("values take %d bytes where %d are needed at a time", room, need)
	}
}

// TestAchieved holds what the record says of its records to what was sent, of which each byte is known.
func TestAchieved(t *testing.T) {
	t.Parallel()
	const n = 5000
	for name, m := range messages() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c := produceOnly("1k/s", 2*time.Second, n*time.Millisecond)
				c.Scenario.Message, c.Scenario.Producer.Partitioner, c.Scenario.Producer.Count = m, driver.PartitionerManual, 2
				r, _ := carryOut(t, t.Context(), c, fake{delay: time.Millisecond})
				made := load.NewMessages(contentOf(&m, 0, false))
				var sizes []int64
				sum, cut, key := int64(0), int64(0), made.NewKey()
				partitions := make([]int64, 3)
				for i := uint64(2000); i < 2000+n; i++ {
					size, over := made.Size(i)
					sizes, sum = append(sizes, int64(size)), sum+int64(size)
					if over {
						cut++
					}
					partitions[made.Key(i, key)%3]++
				}
				slices.Sort(sizes)
				got := r.Message
				if got == nil || got.PartitionSkew == nil || got.P99Bytes == nil {
					t.Fatalf("the record has %+v of its messages", got)
				}
				if *got.MeanBytes != float64(sum)/n || *got.MinBytes != sizes[0] || *got.MaxBytes != sizes[n-1] || got.Cut != cut {
					t.Errorf("sizes are %d to %d with a mean of %v, %d cut; want %d to %d, %v and %d",
						*got.MinBytes, *got.MaxBytes, *got.MeanBytes, got.Cut, sizes[0], sizes[n-1], float64(sum)/n, cut)
				}
				for _, q := range []struct {
					got  int64
					rank int
				}{{*got.P50Bytes, n / 2}, {*got.P90Bytes, n * 9 / 10}, {*got.P99Bytes, n * 99 / 100}} {
					if want := float64(sizes[q.rank-1]); math.Abs(float64(q.got)-want) > want/1000+1 {
						t.Errorf("quantile of rank %d is %d, want %v", q.rank, q.got, want)
					}
				}
				if want := float64(slices.Max(partitions)) * 3 / n; m.Keys.Count > 0 && *got.PartitionSkew != want {
					t.Errorf("partition skew is %v, want %v", *got.PartitionSkew, want)
				}
				if (got.HeaderMeanBytes > 0) != (m.Headers > 0) {
					t.Errorf("%d headers have %v bytes", m.Headers, got.HeaderMeanBytes)
				}
			})
		})
	}
}

// TestFewSizes: what was not to be seen in so few records is left out.
func TestFewSizes(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		n                   int
		mean, p50, p90, p99 bool
	}{{0, false, false, false, false}, {19, true, false, false, false}, {20, true, true, false, false}, {100, true, true, true, false}, {1000, true, true, true, true}} {
		s, m := newSizes(), result.Message{}
		for i := range tt.n {
			s.note(i+1, false)
		}
		s.tell(&m)
		if got, want := fmt.Sprint(m.MeanBytes != nil, m.P50Bytes != nil, m.P90Bytes != nil, m.P99Bytes != nil), fmt.Sprint(tt.mean, tt.p50, tt.p90, tt.p99); got != want {
			t.Errorf("of %d records mean, p50, p90 and p99 are known: %s, want %s", tt.n, got, want)
		}
	}
}

func BenchmarkPrepare(b *testing.B) {
	for name, m := range messages() {
		b.Run(name, func(b *testing.B) {
			p := producersOf(b, m, 1, true)[0]
			records := make([]*driver.Record, 1000)
			for i := range records {
				records[i] = p.newRecord(i)
			}
			b.ReportAllocs()
			for n := uint64(0); b.Loop(); n++ {
				p.prepare(records[n%1000], n)
			}
		})
	}
}
