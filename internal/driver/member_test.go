package driver

import (
	"reflect"
	"sync"
	"testing"
)

func TestMember(t *testing.T) {
	t.Parallel()
	var m Member
	rows := []struct {
		do    func()
		parts []int32
		times int64
		why   string
	}{
		{func() {}, nil, 0, "nothing has come in"},
		{func() { m.Revoke([]int32{1}) }, nil, 0, "what it never had is taken away"},
		{func() { m.Assign(nil) }, nil, 1, "an empty assignment counts"},
		{func() { m.Assign([]int32{3, 1}) }, []int32{1, 3}, 2, "two partitions, told in order"},
		{func() { m.Assign([]int32{1, 2}) }, []int32{1, 2, 3}, 3, "one of them is its own already"},
		{func() { m.Revoke([]int32{1, 3, 9}) }, []int32{2}, 3, "losing some is no assignment"},
	}
	for _, r := range rows {
		r.do()
		if parts, times := m.Assigned(); !reflect.DeepEqual(parts, r.parts) || times != r.times {
			t.Errorf("%s: got %v, %d times; want %v, %d", r.why, parts, times, r.parts, r.times)
		}
	}
}

func TestMemberErrors(t *testing.T) {
	t.Parallel()
	var m Member
	if got := m.Errors(); len(got) != 0 {
		t.Errorf("before the first: got %v", got)
	}
	var all sync.WaitGroup
	for _, class := range []string{ErrTimedOut, "OFFSET_OUT_OF_RANGE", ErrTimedOut, ErrClosed, ErrCanceled} {
		all.Go(func() { m.Fail(class) })
	}
	all.Wait()
	got, want := m.Errors(), map[string]int64{ErrTimedOut: 2, "OFFSET_OUT_OF_RANGE": 1}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v: the client's own end is no error", got, want)
	}
	got[ErrTimedOut] = 9
	if again := m.Errors(); !reflect.DeepEqual(again, want) {
		t.Errorf("after the caller changed its map: got %v, want %v", again, want)
	}
}
