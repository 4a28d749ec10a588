package audit

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// item is an entry of a trail.
type item struct {
	index int
	at    place
}

func checkTrail(t testing.TB, want []item) trail {
	t.Helper()
	var tr trail
	for _, w := range want {
		tr.add(w.index, w.at)
	}
	var got []item
	tr.each(func(i int, at place) { got = append(got, item{i, at}) })
	if !slices.Equal(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
	return tr
}

func TestTrail(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		why   string
		items []item
		bytes int
	}{
		{"nothing", nil, 0},
		{"one byte for the next offset, near", []item{{1, place{0, 1}}, {2, place{0, 2}}, {257, place{0, 3}}}, 3},
		{"a step that a byte cannot hold", []item{{256, place{0, 1}}}, 5},
		{"a step that would be the mark of the long form", []item{{0, place{0, 1}}}, 4},
		{"backwards", []item{{9, place{0, 1}}, {8, place{0, 2}}}, 5},
		{"an offset left out", []item{{1, place{0, 2}}}, 4},
		{"another partition", []item{{1, place{1, 1}}, {2, place{0, 2}}}, 8},
		{"the ends of the ranges", []item{{chunkSize - 1, place{math.MaxInt32, math.MaxInt64}}, {0, place{0, 0}}}, 38},
	} {
		if got := checkTrail(t, tc.items); len(got.bytes) != tc.bytes {
			t.Errorf("%s: got %d bytes, want %d", tc.why, len(got.bytes), tc.bytes)
		}
	}
}

func FuzzTrail(f *testing.F) {
	f.Add(uint64(1), uint8(1))
	f.Add(uint64(2), uint8(60))
	f.Fuzz(func(t *testing.T, seed uint64, jumps uint8) {
		rng := rand.New(rand.NewPCG(seed, 2))
		var want []item
		now := item{}
		for range 200 {
			now.index, now.at.offset = (now.index+rng.IntN(300))%chunkSize, now.at.offset+1
			if rng.IntN(256) < int(jumps) {
				now = item{rng.IntN(chunkSize), place{rng.Int32(), rng.Int64()}}
			}
			want = append(want, now)
		}
		checkTrail(t, want)
	})
}
