package run

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"kbench/internal/admin"
	"kbench/internal/cluster"
	"kbench/internal/driver/null"
	"kbench/internal/host"
	"kbench/internal/pace"
	"kbench/internal/result"
	"kbench/internal/scenario"
	"kbench/internal/unit"
)

// A fakeNode writes down what is done to it, with the whole seconds since it was made. It refuses what it is told to.
type fakeNode struct {
	mu      sync.Mutex
	began   time.Time
	did     []string
	refuses string
}

func (n *fakeNode) note(what string) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.refuses != "" && strings.Contains(n.refuses, what) {
		return fmt.Errorf("%s is refused", what)
	}
	n.did = append(n.did, fmt.Sprintf("%s %d", what, int(time.Since(n.began).Seconds())))
	return nil
}

func (n *fakeNode) Pause(context.Context) error  { return n.note("pause") }
func (n *fakeNode) Resume(context.Context) error { return n.note("resume") }
func (n *fakeNode) Kill(context.Context) error   { return n.note("kill") }
func (n *fakeNode) Stop(context.Context) error   { return n.note("stop") }
func (n *fakeNode) Start(context.Context) error  { return n.note("start") }
func (n *fakeNode) Slow(delay time.Duration, rate int64) error {
	return n.note(fmt.Sprintf("slow %v %d", delay, rate))
}

// withFaults runs a trial of 1,000 records a second for 10 s with two fake nodes, and returns its record and what was done.
func withFaults(t *testing.T, ctx context.Context, f fake, refuses string, faults ...scenario.Fault) (*result.Trial, [2][]string) {
	t.Helper()
	c := produceOnly("1k/s", 0, 10*time.Second)
	c.Scenario.Faults = faults
	f.Driver = null.New()
	sampler := host.NewSampler()
	t.Cleanup(sampler.Close)
	nodes := [2]*fakeNode{{began: time.Now(), refuses: refuses}, {began: time.Now(), refuses: refuses}}
	e := &Env{Sampler: sampler, pacer: pace.NewSleeping, Nodes: map[int32]Node{1: nodes[0], 2: nodes[1]}}
	e.Drivers = append(e.Drivers, f)
	r, m := e.Trial(ctx, c, Position{Run: "run", Number: 1, Of: 1, Repeat: 1})
	t.Cleanup(func() { _ = m.Close() })
	return r, [2][]string{nodes[0].did, nodes[1].did}
}

const sec = unit.Duration(time.Second)

func TestFaultsAreDoneAndUndone(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		why     string
		faults  []scenario.Fault
		refuses string
		first   []string // what was done to node 1
		second  []string
		problem string // of the last fault
	}{
		{"a pause", []scenario.Fault{{At: 3 * sec, Do: "pause", Node: "1", For: sec}}, "", []string{"pause 3", "resume 4"}, nil, ""},
		{"a kill that is over", []scenario.Fault{{At: 3 * sec, Do: "kill", Node: "2", For: 2 * sec}}, "", nil, []string{"kill 3", "start 5"}, ""},
		{"a kill to the end of the load", []scenario.Fault{{At: 3 * sec, Do: "kill", Node: "2"}}, "", nil, []string{"kill 3", "start 10"}, ""},
		{"one that would outlast the load", []scenario.Fault{{At: 9 * sec, Do: "stop", Node: "1", For: 60 * sec}}, "", []string{"stop 9", "start 10"}, nil, ""},
		{"a restart", []scenario.Fault{{At: 3 * sec, Do: "restart", Node: "1"}}, "", []string{"stop 3", "start 3"}, nil, ""},
		{"all nodes at once, and two faults that overlap", []scenario.Fault{
			{At: sec, Do: "slow", Node: "all", Delay: sec / 50, Rate: 1000, For: 4 * sec},
			{At: 2 * sec, Do: "pause", Node: "2", For: sec},
		}, "", []string{"slow 20ms 1000 1", "slow 0s 0 5"}, []string{"slow 20ms 1000 1", "pause 2", "resume 3", "slow 0s 0 5"}, ""},
		{"a kill that was not seen to end may have", []scenario.Fault{{At: sec, Do: "kill", Node: "1", For: sec}}, "kill", []string{"start 2"}, nil, "kill is refused"},
		{"a pause that failed may have begun", []scenario.Fault{{At: sec, Do: "pause", Node: "1", For: sec}}, "pause", []string{"resume 1"}, nil, "pause is refused"},
		{"a node that does not stop is killed, or it could not be started", []scenario.Fault{{At: sec, Do: "stop", Node: "1", For: sec}}, "stop", []string{"kill 1", "start 2"}, nil, ""},
		{"one that can't be undone says so", []scenario.Fault{{At: sec, Do: "kill", Node: "1", For: sec}}, "start", []string{"kill 1"}, nil, "start is refused"},
		{"a node that is not there", []scenario.Fault{{At: sec, Do: "kill", Node: "3"}}, "", nil, nil, "node 3 is none of those that kbench started"},
		{"a fault after a load that ended early", []scenario.Fault{{At: 20 * sec, Do: "kill", Node: "1"}}, "", nil, nil, "the load ended before its time"},
	} {
		synctest.Test(t, func(t *testing.T) {
			r, did := withFaults(t, t.Context(), fake{delay: time.Millisecond}, tt.refuses, tt.faults...)
			if !slices.Equal(did[0], tt.first) || !slices.Equal(did[1], tt.second) {
				t.Errorf("%s: done to the nodes: %q, %q; want %q, %q", tt.why, did[0], did[1], tt.first, tt.second)
			}
			if r.Status != result.StatusOK || len(r.Faults) != len(tt.faults) {
				t.Fatalf("%s: status %s (%s), %d faults in the record", tt.why, r.Status, r.Failure, len(r.Faults))
			}
			last := r.Faults[len(r.Faults)-1]
			if !strings.Contains(last.Problem, tt.problem) || tt.problem == "" && last.Problem != "" {
				t.Errorf("%s: problem %q, want %q", tt.why, last.Problem, tt.problem)
			}
			told := slices.ContainsFunc(r.Warnings, func(w string) bool { return strings.HasPrefix(w, fmt.Sprintf("fault %d: ", len(tt.faults))) })
			if (last.AtNs == nil) != (len(last.Nodes) == 0) || told != (tt.problem != "") {
				t.Errorf("%s: %+v, warnings %q", tt.why, last, r.Warnings)
			}
		})
	}
}

func TestFaultsEndWithAnInterruption(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(4*time.Second, cancel)
		r, did := withFaults(t, ctx, fake{delay: time.Millisecond}, "",
			scenario.Fault{At: 3 * sec, Do: "pause", Node: "1", For: 60 * sec}, scenario.Fault{At: 5 * sec, Do: "kill", Node: "2"})
		if want := []string{"pause 3", "resume 4"}; !slices.Equal(did[0], want) || did[1] != nil {
			t.Errorf("done: %q, %q; want %q and nothing", did[0], did[1], want)
		}
		if r.Status != result.StatusInterrupted || r.Faults[1].Problem != "" {
			t.Errorf("status %s, %+v", r.Status, r.Faults[1])
		}
	})
}

// A broker that stalls for two seconds from the third on: what the record says of it.
func TestFaultsAreAccounted(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		why            string
		stall, until   time.Duration
		faults         []scenario.Fault
		during         float64 // ms, response p99; below 0: not known
		back           float64 // s; below 0: unknown
		unresolved     int64
		secondFollowed bool
	}{
		{"back when the stall is over", 3 * time.Second, 5 * time.Second, []scenario.Fault{{At: 3 * sec, Do: "pause", Node: "1", For: 2 * sec}}, 1970, 2, 0, false},
		{"nothing happened", 0, 0, []scenario.Fault{{At: 3 * sec, Do: "slow", Node: "1", For: 2 * sec, Delay: 1}}, 1, 0, 0, false},
		{"it never came back", 8 * time.Second, 0, []scenario.Fault{{At: 8 * sec, Do: "kill", Node: "1"}}, -1, -1, 2000, false},
		{"the next fault came first", 3 * time.Second, 6 * time.Second, []scenario.Fault{
			{At: 3 * sec, Do: "pause", Node: "1", For: sec}, {At: 5 * sec, Do: "pause", Node: "2", For: sec},
		}, 2970, -1, 0, true},
	} {
		synctest.Test(t, func(t *testing.T) {
			r, _ := withFaults(t, t.Context(), fake{delay: time.Millisecond, stall: tt.stall, until: tt.until}, "", tt.faults...)
			f := r.Faults[0]
			if r.Status != result.StatusOK || f.AtNs == nil || f.EndNs == nil {
				t.Fatalf("%s: status %s (%s), %+v", tt.why, r.Status, r.Failure, f)
			}
			if got := ms(f.Before.P99Ns); !near(got, 1, 0.3) {
				t.Errorf("%s: p99 before is %.2f ms, want 1", tt.why, got)
			}
			if tt.during < 0 {
				if f.During != nil && !slices.Contains(f.During.AtLeast, "p99") {
					t.Errorf("%s: p99 during is %.0f ms, want a lower bound at most", tt.why, ms(f.During.P99Ns))
				}
			} else if got := ms(f.During.P99Ns); !near(got, tt.during, max(0.3, tt.during/50)) {
				t.Errorf("%s: p99 during is %.2f ms, want %.0f", tt.why, got, tt.during)
			}
			if (f.RecoverNs == nil) != (tt.back < 0) || f.RecoverNs != nil && !near(float64(*f.RecoverNs)/1e9, tt.back, 0.1) {
				t.Errorf("%s: back after %v ms, want %.0f s", tt.why, ms(f.RecoverNs), tt.back)
			}
			if *f.Failed != 0 || *f.Unresolved < tt.unresolved-5 || *f.Unresolved > tt.unresolved+5 {
				t.Errorf("%s: failed %d, unresolved %d; want 0, %d", tt.why, *f.Failed, *f.Unresolved, tt.unresolved)
			}
			if tt.secondFollowed && (r.Faults[1].RecoverNs == nil || f.Lost != nil) {
				t.Errorf("%s: of the second fault %+v", tt.why, r.Faults[1])
			}
		})
	}
}

func TestReplica(t *testing.T) {
	t.Parallel()
	topic := func(leader int32, replicas ...int32) admin.Topic {
		return admin.Topic{Name: "x", Partitions: []admin.Partition{{Leader: leader, Replicas: replicas}, {Leader: 9}}}
	}
	for _, tt := range []struct {
		why   string
		topic admin.Topic
		word  string
		want  int32
		err   string
	}{
		{"the leader of partition 0", topic(2, 2, 3), "leader", 2, ""},
		{"the first replica that does not lead", topic(2, 2, 3, 1), "follower", 3, ""},
		{"nobody follows", topic(2, 2), "follower", -1, "one replica only"},
		{"nobody leads just now", topic(-1, 2, 3), "leader", -1, "no leader now"},
		{"no partitions", admin.Topic{Name: "x"}, "leader", -1, "no leader now"},
	} {
		got, err := replica(tt.topic, tt.word)
		if got != tt.want || tt.err == "" && err != nil || tt.err != "" && (err == nil || !strings.Contains(err.Error(), tt.err)) {
			t.Errorf("%s: %d, %v; want %d, %q", tt.why, got, err, tt.want, tt.err)
		}
	}
}

func TestCheckFaults(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		why    string
		engine cluster.Engine
		nodes  int
		fault  scenario.Fault
		want   string
	}{
		{"all is well", cluster.Java, 3, scenario.Fault{Do: "kill", Node: "3"}, ""},
		{"containers too", cluster.Docker, 3, scenario.Fault{Do: "pause", Node: "follower"}, ""},
		{"somebody else's brokers", "", 0, scenario.Fault{Do: "kill", Node: "leader"}, "use --cluster java:N instead of --brokers"},
		{"a fake", cluster.Embedded, 1, scenario.Fault{Do: "pause", Node: "leader"}, "is a fake"},
		{"containers have no links", cluster.Docker, 1, scenario.Fault{Do: "slow", Node: "all"}, "use --cluster java:1"},
		{"too few nodes", cluster.Java, 2, scenario.Fault{Do: "kill", Node: "3"}, "the last one is 2"},
		{"one replica has no follower", cluster.Java, 1, scenario.Fault{Do: "kill", Node: "follower"}, "replication factor of 1"},
	} {
		s := scenario.Default()
		s.Faults = []scenario.Fault{tt.fault}
		err := CheckFaults(&scenario.Plan{Cases: []scenario.Case{{Name: "a", Scenario: scenario.Default()}, {Name: "b", Scenario: s}}}, tt.engine, tt.nodes)
		if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), "case b: faults[0], ") || !strings.Contains(err.Error(), tt.want)) {
			t.Errorf("%s: %v, want %q", tt.why, err, tt.want)
		}
	}
}

func TestThroughLinks(t *testing.T) {
	t.Parallel()
	slow := scenario.Default()
	slow.Faults = []scenario.Fault{{Do: "slow", Node: "all"}}
	plan := func(scenarios ...scenario.Scenario) *scenario.Plan {
		p := &scenario.Plan{}
		for _, s := range scenarios {
			p.Cases = append(p.Cases, scenario.Case{Scenario: s})
		}
		return p
	}
	refused := errors.New("refused")
	for _, tt := range []struct {
		why   string
		plan  *scenario.Plan
		links func() ([]string, error)
		want  string
		err   error
	}{
		{"nothing is slow", plan(scenario.Default()), func() ([]string, error) { return nil, refused }, "direct", nil},
		{"one case is: all go through links, to be compared", plan(scenario.Default(), slow), func() ([]string, error) { return []string{"link"}, nil }, "link", nil},
		{"links that can't be had", plan(slow), func() ([]string, error) { return nil, refused }, "", refused},
	} {
		e := &Env{Brokers: []string{"direct"}, Links: tt.links}
		restore, err := e.throughLinks(tt.plan)
		if !errors.Is(err, tt.err) {
			t.Errorf("%s: %v, want %v", tt.why, err, tt.err)
		}
		if err != nil {
			continue
		}
		if e.Brokers[0] != tt.want {
			t.Errorf("%s: clients begin at %q, want %q", tt.why, e.Brokers, tt.want)
		}
		if restore(); e.Brokers[0] != "direct" {
			t.Errorf("%s: afterwards %q", tt.why, e.Brokers)
		}
	}
}
