package run

import (
	"cmp"
	"slices"
	"time"

	"kbench/internal/result"
)

// Bounds of what is kept of rebalances.
const (
	// sameRebalance is how far two changes of a group's own lie apart at most to count as one rebalance. Members hear of one with a
	// heartbeat, of which there is one in 3 to 5 s, and the cooperative protocols take two rounds.
	sameRebalance = 10 * time.Second
	openMost      = 8    // rebalances of a group whose partitions are still looked at, one number for each
	keptMost      = 1000 // rebalances of a group in a record
)

// A turnover tells who of a group has which partition, and what each change of that did to reading. It belongs to one goroutine,
// and is read once that has ended.
type turnover struct {
	group  *group
	number int           // of the group, from 1
	owners []int32       // by partition: the number of its member, 0 for none
	times  []int64       // by member: assignments so far
	looked time.Duration // when that was
	began  bool          // somebody has looked
	open   []*rebalance
	done   []result.Rebalance
	more   int // rebalances beyond keptMost
}

// A rebalance is one that is being looked at. A gap in the reading of a partition is its doing if the step, or a change of who has
// what, lies in it: what holds up reading in between is not.
type rebalance struct {
	out      result.Rebalance
	from, to time.Duration // to is when a partition last changed hands, so far
	before   []int32       // owners
	pauses   []int64       // by partition, in ns
}

func newTurnover(g *group, number int) *turnover {
	return &turnover{group: g, number: number, owners: make([]int32, len(g.partitions)), times: make([]int64, len(g.members))}
}

// begin opens a rebalance, and ends that before it as far as its changes go: its partitions may stand still for longer.
func (t *turnover) begin(at time.Duration, step int, why string) {
	t.supersede()
	r := &rebalance{from: at, to: at, before: slices.Clone(t.owners), pauses: make([]int64, len(t.owners))}
	r.out = result.Rebalance{Group: t.number, Step: step, AtNs: int64(at), Why: why}
	if t.open = append(t.open, r); len(t.open) > openMost {
		t.close(t.open[0], nil)
		t.open = t.open[1:]
	}
}

// drop takes a member that has gone out of who has what: its going is no change of the group's, which may find out only much later.
func (t *turnover) drop(number int32) {
	for p, owner := range t.owners {
		if owner == number {
			t.owners[p] = 0
		}
	}
}

// supersede writes down who has what now, for the newest rebalance.
func (t *turnover) supersede() {
	if len(t.open) == 0 {
		return
	}
	r := t.open[len(t.open)-1]
	for p, owner := range t.owners {
		if owner != r.before[p] && owner != 0 {
			r.out.Moved++
		}
		r.out.Longest = append(r.out.Longest, result.Standstill{Partition: int32(p), From: r.before[p], To: owner}) // all, until close
	}
}

// A taken is what was read of a partition since the last look.
type taken struct {
	gap   gap
	again int64
}

// take empties the partitions' gaps. It comes before look: an assignment that led to what was read is seen then.
func (t *turnover) take(into []taken) {
	for p := range into {
		into[p].gap, into[p].again = t.group.partitions[p].gaps.take()
	}
}

// look finds out who has what, and notes a change. The first look only remembers.
func (t *turnover) look(now time.Duration) {
	owners, changed := make([]int32, len(t.owners)), false
	for i, m := range t.group.members {
		if m.gone.Load() {
			continue
		}
		partitions, times := m.client.Assigned()
		changed = changed || times != t.times[i]
		t.times[i] = times
		for _, p := range partitions {
			if int(p) < len(owners) {
				owners[p] = m.number
			}
		}
	}
	changed = changed || !slices.Equal(owners, t.owners)
	if changed && t.began {
		t.change(now)
	}
	t.owners, t.looked, t.began = owners, now, true
}

// change is told of one since the last look, before the owners are those of now.
func (t *turnover) change(now time.Duration) {
	if n := len(t.open); n == 0 || t.open[n-1].out.SettledNs != nil && now-t.open[n-1].to > sameRebalance {
		t.begin(t.looked, 0, "the group's own")
	}
	r := t.open[len(t.open)-1]
	settled := int64(now - r.from)
	r.to, r.out.SettledNs = now, &settled
}

// judge holds what was taken against the rebalances that are open.
func (t *turnover) judge(all []taken) {
	if len(t.open) == 0 {
		return
	}
	for p, took := range all {
		t.open[len(t.open)-1].out.Reread += took.again
		for _, r := range slices.Backward(t.open) {
			if took.gap.to == 0 || took.gap.since > r.to {
				break // those before it ended earlier
			}
			if took.gap.to >= r.from {
				r.pauses[p] = max(r.pauses[p], int64(took.gap.length()))
			}
		}
	}
}

// end closes what is open; ends are the partitions' end offsets, nil where nobody knows them.
func (t *turnover) end(ends map[int32]int64) []result.Rebalance {
	t.supersede()
	for _, r := range t.open {
		t.close(r, ends)
	}
	t.open = nil
	return t.done
}

// stands says whether a partition has stood still since a rebalance, for all that is known, with records waiting.
func (t *turnover) stands(p int, r *rebalance, ends map[int32]int64) bool {
	part := &t.group.partitions[p]
	last := part.gaps.last.Load()
	if ends == nil {
		return last > 0 && last <= int64(r.to)
	}
	return last <= int64(r.to) && ends[int32(p)] > part.next.Load()
}

// close sums up a rebalance.
func (t *turnover) close(r *rebalance, ends map[int32]int64) {
	if len(t.done) == keptMost {
		t.more++
		return
	}
	out := &r.out
	var known []result.Standstill
	for p, ns := range r.pauses {
		switch {
		case t.stands(p, r, ends):
			out.Unread++
		case t.group.partitions[p].gaps.last.Load() > int64(r.from):
			out.Longest[p].PauseNs = ns
			known = append(known, out.Longest[p])
		}
	}
	slices.SortFunc(known, func(a, b result.Standstill) int {
		return cmp.Or(cmp.Compare(b.PauseNs, a.PauseNs), cmp.Compare(a.Partition, b.Partition))
	})
	out.Partitions, out.Stopped = len(known)+out.Unread, out.Unread
	for _, s := range known {
		if s.PauseNs > result.StoppedNs {
			out.Stopped++
		}
	}
	if half := out.Partitions / 2; len(known) > 0 { // from the longest down; those unread come first
		out.PauseMaxNs = &known[0].PauseNs
		if half >= out.Unread {
			out.PauseP50Ns = &known[half-out.Unread].PauseNs
		}
	}
	out.Longest = slices.Clip(known[:min(len(known), result.LongestPauses)])
	t.done = append(t.done, *out)
}
