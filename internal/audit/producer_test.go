package audit

import (
	"runtime"
	"sync"
	"testing"
)

// partitionOf deals records to 4 partitions in batches of 1024, as a sticky partitioner does.
func partitionOf(seq uint64) int32 { return int32(seq >> 10 & 3) }

// fill sends, acks and reads producer 0's records in order, from from up to to; each group reads each record when lag
// more have been acked.
func fill(a *Audit, from, to, lag uint64) {
	p := a.Producer(0)
	p.Sending(to - 1)
	for seq := from; seq < to+lag; seq++ {
		if seq < to {
			p.Acked(seq, partitionOf(seq), int64(seq))
		}
		if old := seq - lag; seq >= from+lag {
			for _, g := range a.groups {
				g.Read(0, old, partitionOf(old), int64(old))
			}
		}
	}
}

// TestChunks looks at what is kept, and that what was let go is still known.
func TestChunks(t *testing.T) {
	t.Parallel()
	const n = 2*chunkSize + 10
	a := New(1, 2)
	a.Producer(0).MeasureFrom(0)
	fill(a, 0, n, 5000)
	p := a.Producer(0)
	if p.chunks[0] != p.complete || p.chunks[1] != p.complete || p.chunks[2] == p.complete || len(p.free) == 0 {
		t.Errorf("got %d chunks, %d free; want two complete and one of them to use again", len(p.chunks), len(p.free))
	}
	g := a.Group(1)
	g.Read(0, 5, 0, 5)             // behind the cursor
	g.Read(0, chunkSize-1, 0, n+1) // a copy of the last one of a complete chunk
	g.Read(0, chunkSize, 0, n+2)   // and of the first of the next
	g.Read(0, n-1, 0, n+3)         // and of one in a chunk that is not complete
	p.Acked(7, 0, 99)              // a second ack
	p.Sending(n)                   // a failed record in the new chunk
	g.Read(0, n, 0, n+4)           // which is read by one group
	got := a.Result(nil)
	want := Counts{Redelivered: 1, Duplicated: 3, Ghost: 1}
	if got.Groups[1].Measured != want || got.Groups[0].Measured != (Counts{}) || got.Groups[0].Agreement != Agrees {
		t.Errorf("got %+v and %+v, want nothing and %+v", got.Groups[0], got.Groups[1], want)
	}
}

// TestCatchingUpKeepsFewChunks, once readers that were far behind have read all.
func TestCatchingUpKeepsFewChunks(t *testing.T) {
	t.Parallel()
	a := New(1, 1)
	fill(a, 0, (freeCap+3)*chunkSize, (freeCap+2)*chunkSize)
	if got := len(a.Producer(0).free); got != freeCap {
		t.Errorf("got %d, want %d", got, freeCap)
	}
}

// TestMemory has three parts: many records in order with the readers behind, some that nobody has read yet, and some of
// which one in a thousand failed. It is not parallel: others would allocate too.
func TestMemory(t *testing.T) {
	live := func() int64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc)
	}
	many, some := uint64(1e8), uint64(16*chunkSize)
	if raceEnabled || testing.Short() {
		many, some = 3e5, 4*chunkSize
	}
	for _, tc := range []struct {
		why   string
		do    func(a *Audit)
		bytes int64
	}{
		{"all acked and read", func(a *Audit) { fill(a, 0, many, 100_000) }, 1 << 20},
		{"acked and not read: a byte each, and bits", func(a *Audit) {
			a.Producer(0).Sending(some)
			for seq := range some {
				a.Producer(0).Acked(seq, partitionOf(seq), int64(seq))
			}
		}, int64(some) * 2},
		{"no chunk complete: bits", func(a *Audit) {
			a.Producer(0).Sending(some)
			for seq := range some {
				if seq%1000 != 0 {
					a.Producer(0).Acked(seq, partitionOf(seq), int64(seq))
					a.Group(0).Read(0, seq, partitionOf(seq), int64(seq))
				}
			}
		}, int64(some) * 2 / 5},
	} {
		before := live()
		a := New(1, 1)
		tc.do(a)
		if used := live() - before; used > tc.bytes {
			t.Errorf("%s: got %d bytes, want at most %d", tc.why, used, tc.bytes)
		}
		runtime.KeepAlive(a)
	}
}

// TestSteadyStateDoesNotAllocate is not parallel, as testing.AllocsPerRun demands.
func TestSteadyStateDoesNotAllocate(t *testing.T) {
	a := New(1, 2)
	const step = 3 * chunkSize / 2
	next := uint64(0)
	run := func() {
		fill(a, next, next+step, 3000)
		next += step
	}
	run()
	run()
	// The list of chunks grows by 8 bytes for each: two doublings at most in these runs.
	if got := testing.AllocsPerRun(5, run); got >= 1 {
		t.Errorf("got %.1f allocations for %d records, want less than one", got, step)
	}
}

// BenchmarkRecord is what a record costs all in all: acked, and read by one group.
func BenchmarkRecord(b *testing.B) {
	a := New(1, 1)
	b.ReportAllocs()
	fill(a, 0, uint64(b.N), 100_000)
}

// BenchmarkSent is what the sender and the ack cost, with no group to wait for.
func BenchmarkSent(b *testing.B) {
	p := New(1, 0).Producer(0)
	b.ReportAllocs()
	for seq := range uint64(b.N) {
		p.Sending(seq)
		p.Acked(seq, 0, int64(seq))
	}
}

// BenchmarkEarly reads each record before its ack, in partitions that take turns: the worst case of the trails.
func BenchmarkEarly(b *testing.B) {
	a := New(1, 1)
	p, g := a.Producer(0), a.Group(0)
	b.ReportAllocs()
	for seq := range uint64(b.N) {
		p.Sending(seq)
		g.Read(0, seq, int32(seq%3), int64(seq/3))
		if seq >= 1000 {
			p.Acked(seq-1000, int32((seq-1000)%3), int64((seq-1000)/3))
		}
	}
}

// BenchmarkContended has an acking goroutine and a reading one at the same producer.
func BenchmarkContended(b *testing.B) {
	a := New(1, 1)
	p, g := a.Producer(0), a.Group(0)
	p.Sending(uint64(b.N))
	b.ReportAllocs()
	var wg sync.WaitGroup
	wg.Go(func() {
		for seq := range uint64(b.N) {
			p.Acked(seq, 0, int64(seq))
		}
	})
	wg.Go(func() {
		for seq := range uint64(b.N) {
			g.Read(0, seq, 0, int64(seq))
		}
	})
	wg.Wait()
}
