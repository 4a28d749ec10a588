package driver

import (
	"reflect"
	"sync"
	"testing"
)

func TestStopwatch(t *testing.T) {
	t.Parallel()
	one := func(v int64) Spread { return Spread{Count: 1, Sum: float64(v), Max: v} }
	rows := []struct {
		why  string
		do   func(*Stopwatch)
		want Times
	}{
		{"what is told and did not happen has a count of 0", func(*Stopwatch) {}, Times{Whole(PartWire): {}, Whole(PartThrottle): {}}},
		{"a value counts with its broker and its partition too", func(w *Stopwatch) { w.Note(PartWire, 1, 0, 5) }, Times{
			Whole(PartWire): one(5), WithBroker(PartWire, 1): one(5), InPartition(PartWire, 0): one(5), Whole(PartThrottle): {},
		}},
		{"of an unknown broker it counts as a whole only", func(w *Stopwatch) { w.Note(PartWire, -1, -1, 5) }, Times{
			Whole(PartWire): one(5), Whole(PartThrottle): {},
		}},
		{"a part that is not told is not kept", func(w *Stopwatch) { w.Note(PartCommit, 1, 1, 5) }, Times{Whole(PartWire): {}, Whole(PartThrottle): {}}},
		{"values add up, and the largest stays", func(w *Stopwatch) {
			w.Add(Whole(PartWire), Spread{Count: 2, Sum: 9, Max: 7, P99: 7, Windows: 1})
			w.Add(Whole(PartWire), Spread{Count: 1, Sum: 3, Max: 3, P99: 3, Windows: 1, Truncated: 1, RoundedDown: true})
		}, Times{
			Whole(PartWire):     {Count: 3, Sum: 12, Max: 7, P99: 7, Windows: 2, Truncated: 1, RoundedDown: true},
			Whole(PartThrottle): {},
		}},
	}
	for _, r := range rows {
		w := NewStopwatch(PartWire, PartThrottle)
		w.Note(PartWire, 2, 2, 99)
		w.Take() // what was before it is nobody's any more
		r.do(w)
		if got := w.Take(); !reflect.DeepEqual(got, r.want) {
			t.Errorf("%s: got %+v, want %+v", r.why, got, r.want)
		}
	}
}

func TestStopwatchConcurrent(t *testing.T) {
	t.Parallel()
	w, sum := NewStopwatch(PartWire), Times{}
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for range 1000 {
				w.Note(PartWire, 1, -1, 2)
			}
		})
	}
	for range 100 {
		sum.Add(w.Take())
	}
	all.Wait()
	sum.Add(w.Take())
	want := Spread{Count: 4000, Sum: 8000, Max: 2}
	if sum[Whole(PartWire)] != want || sum[WithBroker(PartWire, 1)] != want {
		t.Errorf("got %+v, want %+v for both: nothing is lost between two takes", sum, want)
	}
}

func TestStopwatchAllocates(t *testing.T) {
	w := NewStopwatch(PartWire)
	if n := testing.AllocsPerRun(100, func() { w.Note(PartWire, 1, 1, 2) }); n > 0 {
		t.Errorf("a value takes %v allocations, want none once its place has one", n)
	}
}
