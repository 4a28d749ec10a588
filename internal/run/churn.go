package run

import (
	"context"
	"fmt"
	"slices"
	"time"

	"kbench/internal/driver"
	"kbench/internal/scenario"
)

// churner carries out the steps of the scenario's churn, and watches what becomes of the groups. It belongs to one goroutine, and is
// read once that has ended.
type churner struct {
	t       *trial
	rosters []scenario.Roster // by group
	groups  []*turnover       // by group
	next    int               // step that comes next
	taken   []taken           // scratch
}

// groupsEvery is how often the groups are looked at, and lookCost what a look at one member may take of that, in parts: a thousand
// members are looked at every 100 ms. How long a pause is does not depend on it, only to which rebalance it belongs.
const (
	groupsEvery = 10 * time.Millisecond
	lookCost    = 100 * time.Microsecond
)

// newChurner returns who does the trial's churn; nil where no group deals its partitions, or nothing tells what waits.
func (t *trial) newChurner() *churner {
	k := t.c.Consumer
	if k == nil || k.Assign == driver.AssignStatic || k.Shares() || len(t.producers) == 0 || !t.stamped() {
		return nil
	}
	c := &churner{t: t, taken: make([]taken, t.partitions)}
	for i, g := range t.groups {
		c.rosters = append(c.rosters, k.RosterOf(i+1))
		c.groups = append(c.groups, newTurnover(g, i+1))
	}
	return c
}

// watchGroups goes on until ctx is done, drain included: what a step does may show late.
func (t *trial) watchGroups(ctx context.Context) {
	c := t.churn
	every := groupsEvery
	for _, g := range t.groups {
		every = max(every, time.Duration(len(g.members)*len(t.groups))*lookCost)
	}
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		c.look()
		select {
		case <-tick.C:
		case <-ctx.Done():
			c.look()
			return
		}
	}
}

// look does what is due, and takes down what has changed since.
func (c *churner) look() {
	now := c.t.clock.now()
	steps := c.t.c.Consumer.Churn
	for ; c.next < len(steps) && now >= time.Duration(steps[c.next].At) && !c.t.loaded.Load(); c.next++ {
		c.step(c.next, now)
	}
	for _, g := range c.groups {
		g.take(c.taken)
		g.look(now)
		g.judge(c.taken)
	}
}

// step carries one out.
func (c *churner) step(i int, now time.Duration) {
	s := &c.t.c.Consumer.Churn[i]
	verb := map[string]string{scenario.ChurnJoin: "joins", scenario.ChurnLeave: "leaves", scenario.ChurnDie: "dies"}[s.Do]
	why := fmt.Sprintf("1 member %s", verb)
	if s.Members > 1 {
		why = fmt.Sprintf("%d members %s", s.Members, s.Do)
	}
	for number, g := range c.groups {
		moves := c.rosters[number].Moves[i]
		if len(moves) == 0 {
			continue
		}
		g.begin(now, i+1, why)
		for _, m := range moves {
			g.group.members[m].move(s.Do)
			if s.Do != scenario.ChurnJoin {
				g.drop(g.group.members[m].number)
			}
		}
		c.t.event("churn: %s in group %s", why, g.group.name)
	}
}

// move starts or ends a member.
func (m *member) move(do string) {
	switch do {
	case scenario.ChurnJoin:
		m.begin()
		return
	case scenario.ChurnDie:
		m.crashed.Store(true)
		m.client.(driver.Crasher).Crash() // as openConsumers has made sure
	}
	m.gone.Store(true)
	m.leave()
}

// size returns how many members the group begins with.
func (g *group) size() (n int) {
	for _, m := range g.members {
		if !m.joins {
			n++
		}
	}
	return n
}

// instance returns the group.instance.id of a static member.
func (g *group) instance(number int) string { return fmt.Sprintf("%s-m%d", g.name, number) }

// removeStatic takes the static members of a group out of it, once all clients have ended: it can't be deleted with them.
func (t *trial) removeStatic(ctx context.Context, g *group) error {
	if !t.c.Consumer.StaticMembers {
		return nil
	}
	var all []string
	for _, m := range g.members {
		all = append(all, g.instance(int(m.number)))
	}
	slices.Sort(all)
	return t.env.Admin.RemoveStatic(ctx, g.name, slices.Compact(all)...)
}

// accountRebalances puts what was seen into the record.
func (t *trial) accountRebalances() {
	c := t.churn
	if c == nil || !t.clock.begun() {
		return
	}
	for _, g := range c.groups {
		t.rec.Rebalances = append(t.rec.Rebalances, g.end(t.ends)...)
		if g.more > 0 {
			t.warn("%d rebalances of group %s are left out: a record has room for %d", g.more, g.group.name, keptMost)
		}
	}
	for _, s := range t.c.Consumer.Churn[c.next:] {
		t.warn("no member was made to %s at %s: the load was over", s.Do, s.At)
	}
}
