package run

import (
	"fmt"
	"slices"
	"testing"

	"kbench/internal/admin"
)

func TestStanding(t *testing.T) {
	t.Parallel()
	one := func(leader int32, inSync ...int32) []admin.Partition {
		return []admin.Partition{{ID: 0, Leader: leader, Replicas: []int32{1, 2, 3}, ISR: inSync}}
	}
	for _, tt := range []struct {
		why         string
		looks       [][]admin.Partition
		moves, most int
		told        []string
	}{
		{"nothing changes", [][]admin.Partition{one(1, 1, 2, 3), one(1, 1, 2, 3)}, 0, 0, nil},
		{"what lacks from the start counts and is no event", [][]admin.Partition{one(1, 1, 2), one(1, 1, 2)}, 0, 1, nil},
		{
			"a follower goes and comes back",
			[][]admin.Partition{one(1, 1, 2, 3), one(1, 1, 2), one(1, 1, 2, 3)},
			0, 1,
			[]string{"partition 0 has 2 of 3 replicas in sync", "all replicas of partition 0 are in sync again"},
		},
		{
			"the leader goes and comes back: nothing has moved",
			[][]admin.Partition{one(1, 1), one(-1, 1), one(1, 1)},
			0, 1,
			[]string{"partition 0 has no leader; it was node 1"},
		},
		{
			"another takes over, after a while",
			[][]admin.Partition{one(1, 1, 2, 3), one(-1, 1, 2, 3), one(2, 1, 2, 3)},
			1, 0,
			[]string{"partition 0 has no leader; it was node 1", "the leader of partition 0 is now node 2, not 1"},
		},
		{
			"there and back again is two moves",
			[][]admin.Partition{one(1, 1, 2, 3), one(2, 1, 2, 3), one(1, 1, 2, 3)},
			2, 0,
			[]string{"the leader of partition 0 is now node 2, not 1", "the leader of partition 0 is now node 1, not 2"},
		},
	} {
		var s standing
		var told []string
		for _, partitions := range tt.looks {
			s.look(partitions, func(format string, args ...any) { told = append(told, fmt.Sprintf(format, args...)) })
		}
		if s.moves != tt.moves || s.most != tt.most || !slices.Equal(told, tt.told) {
			t.Errorf("%s: %d moves, %d at most, told %q; want %d, %d, %q", tt.why, s.moves, s.most, told, tt.moves, tt.most, tt.told)
		}
	}
}
