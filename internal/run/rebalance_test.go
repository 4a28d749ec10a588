package run

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"kbench/internal/driver"
	"kbench/internal/load"
	"kbench/internal/meter"
	"kbench/internal/result"
	"kbench/internal/scenario"
	"kbench/internal/unit"
)

// A court is a group's coordinator and log in one: of each partition there is a record every millisecond, due and sent then, and
// the test says who reads it when.
type court struct {
	clock   *clock
	stamper *load.Stamper

	mu     sync.Mutex
	owners []*courtier // by partition; nil: nobody
	next   []int64     // offset, which is the millisecond in which the record was sent
	dry    []bool      // no records
}

// A courtier is a member.
type courtier struct {
	driver.Consumer
	court   *court
	times   atomic.Int64
	crashed atomic.Bool
}

func (c *courtier) Crash() { c.crashed.Store(true) }

func (c *courtier) Assigned() (mine []int32, times int64) {
	c.court.mu.Lock()
	defer c.court.mu.Unlock()
	for p, owner := range c.court.owners {
		if owner == c {
			mine = append(mine, int32(p))
		}
	}
	return mine, c.times.Load()
}

// Consume reads what there is, each millisecond.
func (c *courtier) Consume(ctx context.Context, fn func(*driver.Message)) error {
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
		for _, m := range c.court.read(c) {
			fn(&m)
		}
	}
}

func (c *court) read(by *courtier) (out []driver.Message) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for p, owner := range c.owners {
		for owner == by && !c.dry[p] && c.next[p] <= c.clock.now().Milliseconds() {
			at := time.Duration(c.next[p]) * time.Millisecond
			value := make([]byte, load.StampSize)
			c.stamper.Put(&load.Stamp{Run: 5, Due: at, Sent: at}, value)
			out = append(out, driver.Message{Partition: int32(p), Offset: c.next[p], Value: value})
			c.next[p]++
		}
	}
	return out
}

// deal gives partitions to a member, or takes them from all, and goes back by some records.
func (c *court) deal(to *courtier, back int64, partitions ...int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, p := range partitions {
		c.owners[p] = to
		c.next[p] -= back
	}
	if to != nil {
		to.times.Add(1)
	}
}

// dryUp has a partition get no records.
func (c *court) dryUp(p int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.dry[p] = true
}

// courted runs a trial's consuming side with three members, the last of which joins later, and has script say who reads when.
func courted(t *testing.T, steps []scenario.Churn, script func(c *court, members []*courtier, until func(time.Duration))) []result.Rebalance {
	t.Helper()
	const partitions = 4
	tr := &trial{
		c:     &scenario.Scenario{Consumer: &scenario.Consumer{Groups: 1, Members: 2, Churn: steps}, Message: scenario.Message{Size: scenario.Sizes{Fixed: 100}}},
		clock: newClock(), producers: []*producer{{}}, partitions: partitions, rec: &result.Trial{},
	}
	c := &court{
		clock: tr.clock, stamper: load.NewStamper(),
		owners: make([]*courtier, partitions), next: make([]int64, partitions), dry: make([]bool, partitions),
	}
	m := meter.New(meter.Config{To: time.Hour})
	g := &group{
		name: "g", clock: tr.clock, live: true, stamped: true, own: true, run: 5, bounds: newBounds(0, time.Hour, time.Hour),
		table: load.StampTable(), audit: noAudit{}, partitions: make([]partitionState, partitions),
	}
	var members []*courtier
	for i, number := range tr.c.Consumer.RosterOf(1).Numbers {
		members = append(members, &courtier{court: c})
		g.members = append(g.members, newMember(g, int32(number), members[i], 0, m))
		g.members[i].joins = i >= 2
	}
	c.deal(members[0], 0, 0, 1)
	c.deal(members[1], 0, 2, 3)
	tr.groups = []*group{g}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	tr.churn = tr.newChurner()
	running := tr.startConsumers(ctx)
	tr.clock.begin(0)
	watch, stopWatch := context.WithCancel(ctx)
	var watching sync.WaitGroup
	watching.Go(func() { tr.watchGroups(watch) })
	script(c, members, func(at time.Duration) { <-time.After(at - tr.clock.now()) })
	stopWatch()
	watching.Wait()
	tr.ends = map[int32]int64{}
	for p := range partitions {
		if !c.dry[p] {
			tr.ends[int32(p)] = tr.clock.now().Milliseconds()
		}
	}
	stop()
	running.Wait()
	tr.accountRebalances()
	for _, w := range tr.warnings {
		t.Errorf("warning: %s", w)
	}
	return tr.rec.Rebalances
}

// within50 says whether a pause is known, and within 50 ms of the truth.
func within50(ns *int64, truth time.Duration) bool {
	return ns != nil && (time.Duration(*ns)-truth).Abs() <= 50*time.Millisecond
}

// TestPauseThatIsKnown has groups whose partitions stand still for a time that the test makes.
func TestPauseThatIsKnown(t *testing.T) {
	t.Parallel()
	step := func(do string) []scenario.Churn {
		return []scenario.Churn{{At: unit.Duration(2 * time.Second), Do: do, Members: 1}}
	}
	for _, tt := range []struct {
		why                        string
		steps                      []scenario.Churn
		script                     func(c *court, m []*courtier, until func(time.Duration))
		partitions, moved, stopped int
		reread                     int64
		p50, most                  time.Duration
		settled                    time.Duration
	}{
		{
			"eager: all stand still from one heartbeat to the end of the round, and one moves", step(scenario.ChurnJoin),
			func(c *court, m []*courtier, until func(time.Duration)) {
				until(2500 * time.Millisecond)
				c.deal(nil, 0, 0, 1, 2, 3)
				until(3200 * time.Millisecond)
				c.deal(m[0], 0, 0, 1)
				c.deal(m[1], 0, 2)
				c.deal(m[2], 0, 3)
				until(5 * time.Second)
			},
			4, 1, 4, 0, 700 * time.Millisecond, 700 * time.Millisecond, 1200 * time.Millisecond,
		},
		{
			"cooperative: only what moves stands still", step(scenario.ChurnJoin),
			func(c *court, m []*courtier, until func(time.Duration)) {
				until(2500 * time.Millisecond)
				c.deal(nil, 0, 3)
				until(2800 * time.Millisecond)
				c.deal(m[2], 0, 3)
				until(5 * time.Second)
			},
			4, 1, 1, 0, 0, 300 * time.Millisecond, 800 * time.Millisecond,
		},
		{
			"a death: its partitions wait for the session to time out, and 200 records of each were not committed", step(scenario.ChurnDie),
			func(c *court, m []*courtier, until func(time.Duration)) {
				until(14 * time.Second) // longer than lies between two rebalances of a group's own
				c.deal(m[0], 200, 2, 3)
				until(16 * time.Second)
			},
			4, 2, 2, 400, 0, 12 * time.Second, 12 * time.Second,
		},
		{
			"nobody was told of, yet it happens, twice within one rebalance", nil,
			func(c *court, m []*courtier, until func(time.Duration)) {
				until(2 * time.Second)
				c.deal(nil, 0, 0)
				until(2400 * time.Millisecond)
				c.deal(m[1], 0, 0)
				until(3 * time.Second)
				c.deal(nil, 0, 0)
				until(3900 * time.Millisecond)
				c.deal(m[0], 0, 0)
				until(6 * time.Second)
			},
			4, 0, 1, 0, 0, 900 * time.Millisecond, 1900 * time.Millisecond,
		},
		{
			"a partition without records is none that could stand still", step(scenario.ChurnLeave),
			func(c *court, m []*courtier, until func(time.Duration)) {
				c.dryUp(3)
				until(2005 * time.Millisecond)
				c.deal(nil, 0, 2, 3)
				until(2300 * time.Millisecond)
				c.deal(m[0], 0, 2, 3)
				until(4 * time.Second)
			},
			3, 2, 1, 0, 0, 300 * time.Millisecond, 300 * time.Millisecond,
		},
	} {
		synctest.Test(t, func(t *testing.T) {
			got := courted(t, tt.steps, tt.script)
			if len(got) != 1 {
				t.Fatalf("%s: got %d rebalances, want 1: %+v", tt.why, len(got), got)
			}
			r := got[0]
			if r.Partitions != tt.partitions || r.Moved != tt.moved || r.Stopped != tt.stopped || r.Unread != 0 || r.Reread != tt.reread {
				t.Errorf("%s: got %+v; want partitions %d, moved %d, stopped %d, read again %d", tt.why, r, tt.partitions, tt.moved, tt.stopped, tt.reread)
			}
			if !within50(r.PauseP50Ns, tt.p50) || !within50(r.PauseMaxNs, tt.most) || !within50(r.SettledNs, tt.settled) {
				t.Errorf("%s: p50 %.0f ms, max %.0f ms, settled %.0f ms; want %v, %v, %v", tt.why, ms(r.PauseP50Ns), ms(r.PauseMaxNs), ms(r.SettledNs), tt.p50, tt.most, tt.settled)
			}
		})
	}
}

// TestPauseWithoutEnd has one that outlasts the trial: there is a lower bound, of those that did end, and it says so.
func TestPauseWithoutEnd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		got := courted(t, []scenario.Churn{{At: 2e9, Do: scenario.ChurnLeave, Members: 1}}, func(c *court, m []*courtier, until func(time.Duration)) {
			until(2005 * time.Millisecond)
			c.deal(nil, 0, 2, 3)
			until(2300 * time.Millisecond)
			c.deal(m[0], 0, 2)
			until(4 * time.Second)
		})
		r := got[0]
		if len(got) != 1 || r.Unread != 1 || r.Partitions != 4 || r.Stopped != 2 || !within50(r.PauseMaxNs, 300*time.Millisecond) {
			t.Errorf("got %+v, want one rebalance, with one partition of 4 that stayed unread", got)
		}
		if tr := (&result.Trial{MeasureNs: 1, Rebalances: got}); !tr.AtLeast("rebalance_pause_max") {
			t.Error("the longest pause is not marked as a lower bound")
		}
	})
}

// TestPausesOverlap has a second step while partitions still stand still because of the first: the pause counts for both.
func TestPausesOverlap(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		got := courted(t, []scenario.Churn{{At: 2e9, Do: scenario.ChurnDie, Members: 1}, {At: 3e9, Do: scenario.ChurnJoin, Members: 1}},
			func(c *court, m []*courtier, until func(time.Duration)) {
				until(3100 * time.Millisecond)
				c.deal(m[2], 0, 0)
				until(6 * time.Second)
				c.deal(m[2], 0, 2, 3)
				until(8 * time.Second)
			})
		if len(got) != 2 {
			t.Fatalf("got %d rebalances, want 2", len(got))
		}
		for i, r := range got {
			if r.Step != i+1 || !within50(r.PauseMaxNs, 4*time.Second) {
				t.Errorf("step %d: longest pause %.0f ms, want 4000", r.Step, ms(r.PauseMaxNs))
			}
		}
		if of := slices.IndexFunc(got[1].Longest, func(s result.Standstill) bool { return s.Partition == 0 }); got[1].Longest[of].From != 1 || got[1].Longest[of].To != 2 {
			t.Errorf("partition 0 went from %d to %d, want from member 1 to 2, the number that was free", got[1].Longest[of].From, got[1].Longest[of].To)
		}
	})
}
