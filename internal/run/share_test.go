package run

import (
	"testing"

	"kbench/internal/driver"
)

func TestShared(t *testing.T) {
	t.Parallel()
	type given struct {
		offset     int64
		deliveries int32
	}
	for _, tt := range []struct {
		why         string
		from        int64
		given       []given
		next        int64 // after the last of them
		again, most int64
	}{
		{"in order, from the beginning", 0, []given{{0, 1}, {1, 1}, {2, 1}}, 3, 0, 1},
		{"to two members: what is missing in between counts", 0, []given{{0, 1}, {3, 1}, {4, 1}}, 3, 0, 1},
		{"and no more when it has come", 0, []given{{0, 1}, {3, 1}, {1, 1}, {2, 1}}, 4, 0, 1},
		{"again: it is no further", 0, []given{{0, 1}, {1, 1}, {0, 2}, {0, 3}}, 2, 2, 3},
		{"lost on its way, and given out again: it comes for the first time", 0, []given{{1, 1}, {0, 2}}, 2, 1, 2},
		{"the group began after the trial: what it never was given is not missing", 100, []given{{107, 1}, {108, 1}}, 109, 0, 1},
		{"and its second member had the first of it", 100, []given{{107, 1}, {105, 1}, {106, 1}}, 108, 0, 1},
		{"across words", 5, []given{{5, 1}, {68, 1}, {69, 1}, {70, 1}, {1000, 1}}, 10, 0, 1},
		{"what was there before the trial is none of its business", 10, []given{{3, 1}, {10, 1}}, 11, 0, 1},
	} {
		s, next := newShared(tt.from), int64(0)
		for _, g := range tt.given {
			next = s.take(&driver.Message{Offset: g.offset, Deliveries: g.deliveries})
		}
		if next != tt.next || s.again != tt.again || s.most != tt.most {
			t.Errorf("%s: up to %d, %d again, %d times at most; want %d, %d, %d", tt.why, next, s.again, s.most, tt.next, tt.again, tt.most)
		}
	}
}
