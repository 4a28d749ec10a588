package audit

import (
	"slices"
	"strings"
	"sync"
	"testing"
)

// ten sends records 0 to 9 of one producer, all measured, acked at offsets equal to their seqs in partition 0.
func ten(groups int) *Audit {
	a := New(1, groups)
	p := a.Producer(0)
	p.MeasureFrom(0)
	for seq := range uint64(10) {
		p.Sending(seq)
		p.Acked(seq, 0, int64(seq))
	}
	return a
}

// readAll reads seqs from one partition, in the order given, at offsets 0, 1, 2 and so on.
func readAll(g *Group, seqs ...uint64) {
	for offset, seq := range seqs {
		g.Read(0, seq, 0, int64(offset))
	}
}

func TestOneFaultIsOne(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		why   string
		do    func(a *Audit)
		want  Counts
		agree Agreement
	}{
		{"nothing wrong", func(a *Audit) {
			readAll(a.Group(0), 0, 1, 2, 3, 4, 5, 6, 7, 8, 9)
		}, Counts{}, Agrees},
		{"one dropped", func(a *Audit) {
			for _, seq := range []uint64{0, 1, 2, 4, 5, 6, 7, 8, 9} {
				a.Group(0).Read(0, seq, 0, int64(seq))
			}
		}, Counts{Lost: 1}, Agrees},
		{"one twice in the log", func(a *Audit) {
			readAll(a.Group(0), 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 3)
		}, Counts{Duplicated: 1}, Unknown},
		{"one thrice in the log", func(a *Audit) {
			readAll(a.Group(0), 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 3, 3)
		}, Counts{Duplicated: 2}, Unknown},
		{"one twice, in another partition", func(a *Audit) {
			a.Group(0).Read(0, 3, 1, 0)
			readAll(a.Group(0), 0, 1, 2, 3, 4, 5, 6, 7, 8, 9)
		}, Counts{Duplicated: 1}, Unknown},
		{"two swapped, and their acks say so not", func(a *Audit) {
			readAll(a.Group(0), 0, 1, 2, 4, 3, 5, 6, 7, 8, 9)
		}, Counts{Reordered: 1}, Differs},
		{"one overtook three: the three are late", func(a *Audit) {
			readAll(a.Group(0), 0, 1, 5, 2, 3, 4, 6, 7, 8, 9)
		}, Counts{Reordered: 3}, Differs},
		{"delivered again, a duplicate among it", func(a *Audit) {
			readAll(a.Group(0), 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 3)
			for _, at := range []int64{8, 9} {
				a.Group(0).Read(0, uint64(at), 0, at)
			}
			a.Group(0).Read(0, 3, 0, 10)
		}, Counts{Duplicated: 1, Redelivered: 3}, Unknown},
		{"nothing read", func(*Audit) {}, Counts{Lost: 8, Truncated: 2}, Agrees},
		{"a record that was never sent", func(a *Audit) {
			readAll(a.Group(0), 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10)
		}, Counts{Corrupt: 1}, Agrees},
		{"the largest seq", func(a *Audit) {
			readAll(a.Group(0), 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 1<<64-1)
		}, Counts{Corrupt: 1}, Agrees},
		{"a producer that there is not", func(a *Audit) {
			readAll(a.Group(0), 0, 1, 2, 3, 4, 5, 6, 7, 8, 9)
			a.Group(0).Read(1, 0, 0, 10)
		}, Counts{Corrupt: 1}, Agrees},
		{"a message without a place", func(a *Audit) {
			readAll(a.Group(0), 0, 1, 2, 3, 4, 5, 6, 7, 8, 9)
			a.Group(0).Read(0, 0, -1, 0)
			a.Group(0).Read(0, 0, 0, -1)
		}, Counts{Corrupt: 2}, Agrees},
		{"a damaged record is one, however often it is delivered", func(a *Audit) {
			readAll(a.Group(0), 0, 1, 2, 3, 4, 5, 6, 7, 8, 9)
			a.Group(0).Corrupt(0, 10, "checksum")
			a.Group(0).Corrupt(0, 10, "checksum")
		}, Counts{Corrupt: 1}, Agrees},
		{"failed, and in the log all the same", func(a *Audit) {
			a.Producer(0).Sending(10)
			readAll(a.Group(0), 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10)
		}, Counts{Ghost: 1}, Agrees},
		{"read before the ack", func(a *Audit) {
			a.Producer(0).Sending(10)
			readAll(a.Group(0), 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10)
			a.Producer(0).Acked(10, 0, 10)
		}, Counts{}, Agrees},
		{"read before an ack that names another place", func(a *Audit) {
			a.Producer(0).Sending(10)
			readAll(a.Group(0), 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10)
			a.Producer(0).Acked(10, 1, 10)
		}, Counts{}, Differs},
		{"acked without an offset and not read: nothing excuses it", func(a *Audit) {
			a.Producer(0).Sending(10)
			a.Producer(0).Acked(10, -1, -1)
			readAll(a.Group(0), 0, 1, 2, 3, 4, 5, 6, 7, 8, 9)
		}, Counts{Lost: 1}, Unknown},
		{"only the first ack counts", func(a *Audit) {
			a.Producer(0).Acked(4, 0, 77)
			readAll(a.Group(0), 0, 1, 2, 3, 4, 5, 6, 7, 8, 9)
		}, Counts{}, Agrees},
		{"an ack of what was never sent is no record", func(a *Audit) {
			a.Producer(0).Acked(1<<63, 0, 77)
			readAll(a.Group(0), 0, 1, 2, 3, 4, 5, 6, 7, 8, 9)
		}, Counts{}, Agrees},
	} {
		t.Run(tc.why, func(t *testing.T) {
			t.Parallel()
			a := ten(1)
			tc.do(a)
			got := a.Result(map[int32]int64{0: 2})
			if got.Measured != tc.want || got.Warmup != (Counts{}) || got.Agreement != tc.agree {
				t.Errorf("got %+v, warm-up %+v, agreement %s\nwant %+v, %s", got.Measured, got.Warmup, got.Agreement, tc.want, tc.agree)
			}
		})
	}
}

func TestGroupsAreSummed(t *testing.T) {
	t.Parallel()
	a := ten(3)
	readAll(a.Group(0), 0, 1, 2, 3, 4, 5, 6, 7, 8, 9)
	readAll(a.Group(1), 0, 1, 2, 3, 4, 5, 6, 7, 8)
	a.Group(2).Corrupt(0, 0, "zeros")
	got := a.Result(nil)
	if want := (Counts{Lost: 11, Corrupt: 1}); got.Measured != want {
		t.Errorf("sum: got %+v, want %+v", got.Measured, want)
	}
	for g, want := range []Counts{{}, {Lost: 1}, {Lost: 10, Corrupt: 1}} {
		if got.Groups[g].Measured != want {
			t.Errorf("group %d: got %+v, want %+v", g, got.Groups[g].Measured, want)
		}
	}
}

func TestWarmupIsCountedApart(t *testing.T) {
	t.Parallel()
	a := New(1, 1)
	p := a.Producer(0)
	for seq := range uint64(10) {
		if seq == 4 {
			p.MeasureFrom(seq)
		}
		p.Sending(seq)
		p.Acked(seq, 0, int64(seq))
	}
	readAll(a.Group(0), 1, 0, 2, 3, 5, 4, 7, 6, 1) // late: 0, 4, 6; twice: 1; not at all: 8, 9
	got := a.Result(nil)
	if want := (Counts{Lost: 2, Reordered: 2}); got.Measured != want {
		t.Errorf("measured: got %+v, want %+v", got.Measured, want)
	}
	if want := (Counts{Reordered: 1, Duplicated: 1}); got.Warmup != want {
		t.Errorf("warm-up: got %+v, want %+v", got.Warmup, want)
	}
}

// TestMarks cuts a load in which records 1, 4, 5 and 8 are lost, 6 stands twice and 9 too late.
func TestMarks(t *testing.T) {
	t.Parallel()
	a := New(1, 1)
	p := a.Producer(0)
	for seq := range uint64(12) {
		switch seq {
		case 2:
			p.MeasureFrom(seq)
		case 4:
			p.Mark(seq)
		case 8:
			p.Mark(seq) // two cuts at once
			p.Mark(seq)
		}
		p.Sending(seq)
		p.Acked(seq, 0, -1)
	}
	readAll(a.Group(0), 0, 2, 3, 6, 6, 7, 10, 9, 11)
	got := a.Result(nil)
	want := []Counts{{Lost: 2, Duplicated: 1}, {}, {Lost: 1, Reordered: 1}}
	if !slices.Equal(got.Parts, want) || !slices.Equal(got.Groups[0].Parts, want) {
		t.Errorf("parts %+v, want %+v", got.Parts, want)
	}
	if got.Measured.Lost != 3 || got.Warmup.Lost != 1 {
		t.Errorf("measured %+v, warm-up %+v; want 3 and 1 lost", got.Measured, got.Warmup)
	}
}

func TestWithoutMeasureFromAllIsWarmup(t *testing.T) {
	t.Parallel()
	a := New(1, 1)
	a.Producer(0).Sending(0)
	a.Producer(0).Acked(0, 0, 0)
	if got := a.Result(nil); got.Warmup.Lost != 1 || got.Measured.Lost != 0 {
		t.Errorf("got %+v and %+v, want one lost in the warm-up", got.Measured, got.Warmup)
	}
}

func TestExamples(t *testing.T) {
	t.Parallel()
	a := New(2, 1)
	p := a.Producer(1)
	for seq := range uint64(40) {
		p.Sending(seq)
		if seq == 1 {
			p.MeasureFrom(seq)
		}
	}
	p.Acked(0, 2, 5)
	p.Acked(1, -1, -1)
	for seq := uint64(20); seq < 40; seq++ {
		p.Acked(seq, 0, int64(seq))
	}
	a.Group(0).Corrupt(1, 9, "its checksum is wrong")
	a.Group(0).Read(1, 2, 3, 4)
	got := a.Result(map[int32]int64{0: 39}).Examples
	for _, want := range []string{
		"lost: producer 1, record 0, partition 2, offset 5 (warm-up)",
		"lost: producer 1, record 1, acked without an offset",
		"lost: producer 1, record 39, partition 0, offset 39",
		"truncated: producer 1, record 20, partition 0, offset 20",
		"corrupt: partition 1, offset 9: its checksum is wrong",
		"ghost: producer 1, record 2, partition 3, offset 4",
	} {
		if !slices.Contains(got, want) {
			t.Errorf("want %q among\n%s", want, strings.Join(got, "\n"))
		}
	}
	if len(got) != 3+exampleCap+2 {
		t.Errorf("got %d lines, want 3 lost, %d of 19 truncated, a corrupt one and a ghost:\n%s", len(got), exampleCap, strings.Join(got, "\n"))
	}
}

func TestExamplesAreFew(t *testing.T) {
	t.Parallel()
	a := ten(2)
	for _, g := range a.groups {
		readAll(g, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1)
	}
	if got := len(a.Producer(0).views[0].tally.examples[duplicated]); got != exampleCap {
		t.Errorf("one group keeps %d of 12, want %d", got, exampleCap)
	}
	if got := len(a.Result(nil).Examples); got != exampleCap {
		t.Errorf("two groups tell %d of 24, want %d", got, exampleCap)
	}
}

// TestResultMayBeAskedTwice, since a run asks once to see whether all has arrived, and again at the end.
func TestResultMayBeAskedTwice(t *testing.T) {
	t.Parallel()
	a := ten(1)
	readAll(a.Group(0), 0, 1, 2)
	if got := a.Result(nil).Measured.Lost; got != 7 {
		t.Errorf("early: got %d lost, want 7", got)
	}
	readAll(a.Group(0), 0, 1, 2, 3, 4, 5, 6, 7, 8, 9)
	if got, want := a.Result(nil).Measured, (Counts{Redelivered: 3}); got != want {
		t.Errorf("at the end: got %+v, want %+v", got, want)
	}
}

// TestBeyondTheCapEachDeliveryOfACorruptRecordCounts, because memory has a bound.
func TestBeyondTheCapEachDeliveryOfACorruptRecordCounts(t *testing.T) {
	t.Parallel()
	a := New(0, 1)
	for range 2 {
		for offset := range int64(corruptCap + 1) {
			a.Group(0).Corrupt(0, offset, "zeros")
		}
	}
	if got := a.Result(nil).Measured.Corrupt; got != corruptCap+2 {
		t.Errorf("got %d, want %d", got, corruptCap+2)
	}
}

// TestConcurrentUse has every kind of caller at once, with two members that overlap after a rebalance.
func TestConcurrentUse(t *testing.T) {
	t.Parallel()
	const producers, groups, partitions, each, overlap = 3, 2, 4, 3000, 100
	a := New(producers, groups)
	for i := range producers {
		a.Producer(i).MeasureFrom(0)
		a.Producer(i).Sending(partitions*each - 1)
	}
	// Partition p holds, for each producer in turn, the seqs p, p+partitions and so on.
	place := func(n int) (producer uint32, row uint64) { return uint32(n % producers), uint64(n / producers) }
	var wg sync.WaitGroup
	for i := range producers {
		wg.Go(func() {
			for seq := range uint64(partitions * each) {
				a.Producer(i).Acked(seq, int32(seq%partitions), int64(seq/partitions)*producers+int64(i))
			}
		})
	}
	for g := range groups {
		for p := range partitions {
			read := func(from, to int) {
				for offset := from; offset < to; offset++ {
					producer, row := place(offset)
					a.Group(g).Read(producer, row*partitions+uint64(p), int32(p), int64(offset))
				}
			}
			const half = producers * each / 2
			wg.Go(func() { read(0, half) })
			wg.Go(func() { read(half-overlap, producers*each) })
			wg.Go(func() { a.Group(g).Corrupt(int32(p), producers*each, "zeros") })
		}
	}
	wg.Go(func() { a.Result(nil) })
	wg.Wait()
	got := a.Result(nil)
	want := Counts{Redelivered: groups * partitions * overlap, Corrupt: groups * partitions}
	if got.Measured != want || got.Agreement != Agrees {
		t.Errorf("got %+v, %s; want %+v, %s", got.Measured, got.Agreement, want, Agrees)
	}
}
