package run

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"kbench/internal/admin"
	"kbench/internal/cluster"
	"kbench/internal/result"
	"kbench/internal/scenario"
)

// A Node is a broker that faults can be done to; *cluster.Node is one. Each call has a limit of its own.
type Node interface {
	Pause(context.Context) error
	Resume(context.Context) error
	Kill(context.Context) error
	Stop(context.Context) error
	Start(context.Context) error
	Slow(delay time.Duration, rate int64) error // both 0 end it
}

var _ Node = (*cluster.Node)(nil)

// Limits on what is not a node's own.
const (
	findWithin  = 5 * time.Second  // to ask who the leader is
	wholeWithin = 90 * time.Second // for brokers that were started again to be in sync
)

// CheckFaults says why the faults of a plan can't be done to brokers that kbench starts with an engine; the engine is
// empty for brokers that it does not start.
func CheckFaults(p *scenario.Plan, engine cluster.Engine, nodes int) error {
	for i := range p.Cases {
		c := &p.Cases[i]
		for j := range c.Scenario.Faults {
			if why := cannot(&c.Scenario, &c.Scenario.Faults[j], engine, nodes); why != "" {
				return fmt.Errorf("case %s: faults[%d], %s node %s: %s", c.Name, j, c.Scenario.Faults[j].Do, c.Scenario.Faults[j].Node, why)
			}
		}
	}
	return nil
}

func cannot(s *scenario.Scenario, f *scenario.Fault, engine cluster.Engine, nodes int) string {
	number, err := strconv.Atoi(f.Node)
	switch {
	case engine == "":
		return "kbench does faults only to brokers that it starts itself; use --cluster java:N instead of --brokers"
	case engine == cluster.Embedded:
		return "the embedded broker is a fake, that has no nodes to do it to; use --cluster java:N"
	case f.Do == scenario.FaultSlow && engine != cluster.Java:
		return fmt.Sprintf("only brokers of the engine java have links that can be slow, and this is %s; use --cluster java:%d", engine, nodes)
	case err == nil && number > nodes:
		return fmt.Sprintf("there is no such node, the last one is %d; use --cluster %s:N with more", nodes, engine)
	case f.Node == scenario.NodeFollower && s.Topic.Name == "" && replicas(s.Topic.ReplicationFactor, nodes) < 2:
		return "with a replication factor of 1 there is none; use more nodes, or raise topic.replication_factor"
	}
	return ""
}

// throughLinks lets clients of a plan that makes links slow begin there, in all of its cases, so that they can be compared.
func (e *Env) throughLinks(p *scenario.Plan) (restore func(), err error) {
	was := e.Brokers
	slow := func(f scenario.Fault) bool { return f.Do == scenario.FaultSlow }
	if slices.ContainsFunc(p.Cases, func(c scenario.Case) bool { return slices.ContainsFunc(c.Scenario.Faults, slow) }) {
		if e.Links == nil {
			return nil, errors.New("these brokers have no links that can be slow; use --cluster java:N")
		}
		if e.Brokers, err = e.Links(); err != nil {
			return nil, err
		}
	}
	return func() { e.Brokers = was }, nil
}

// faulted says that the trial does something to brokers on purpose, so that what comes of it is the answer and no failure.
func (t *trial) faulted() bool { return len(t.c.Faults) > 0 }

// A director does a trial's faults, each at its instant, and undoes them, whatever happens.
type director struct {
	t     *trial
	stop  context.CancelCauseFunc // what still lasts is undone at once
	all   sync.WaitGroup          // one goroutine for each fault
	locks map[int32]*sync.Mutex   // by node
	did   []result.Fault          // by fault, each its goroutine's own until that has ended
	asked bool                    // whether the cluster is whole again; once is enough

	unwhole string // what it lacked when that had taken too long; "" for nothing
}

// errLoadOver ends faults when the load is through.
var errLoadOver = errors.New("the load ended before its time")

// direct starts the trial's faults. What lasts when ctx is done is undone then. The caller calls end.
func (t *trial) direct(ctx context.Context) *director {
	ctx, stop := context.WithCancelCause(ctx)
	d := &director{t: t, stop: stop, locks: map[int32]*sync.Mutex{}, did: make([]result.Fault, len(t.c.Faults))}
	for id := range t.env.Nodes {
		d.locks[id] = new(sync.Mutex)
	}
	for i := range t.c.Faults {
		d.all.Go(func() { d.carryOut(ctx, i) })
	}
	return d
}

// end undoes what still lasts, and returns when the cluster is whole again, when ctx is done, or after a limit. Calling it
// twice is harmless.
func (d *director) end(ctx context.Context) {
	d.stop(errLoadOver)
	d.all.Wait()
	if d.asked || d.t.env.Admin == nil {
		return
	}
	d.asked = true
	d.t.env.progress(Progress{Phase: "waiting for the cluster to be whole again"})
	limited, cancel := context.WithTimeout(ctx, wholeWithin)
	defer cancel()
	for {
		lacks := d.t.env.lacks(limited)
		if lacks == "" {
			d.t.event("the cluster is whole again")
			return
		}
		if !pause(limited, 200*time.Millisecond) {
			if ctx.Err() == nil {
				d.unwhole = fmt.Sprintf("the cluster did not become whole in %v: %s", wholeWithin, lacks)
			}
			return
		}
	}
}

// lacks says what the cluster lacks of being whole: all of its nodes, and every replica in sync; "" for nothing.
func (e *Env) lacks(ctx context.Context) string {
	ctx, cancel := context.WithTimeout(ctx, findWithin)
	defer cancel()
	about, err := e.Admin.Describe(ctx)
	if err != nil {
		return oneLine(err)
	}
	if got, want := len(about.Nodes), len(e.Nodes); got < want {
		return fmt.Sprintf("%d of %d nodes are there", got, want)
	}
	for _, n := range about.Nodes { // the controller lists one that has crashed until it misses its heartbeats
		if err := admin.Reach(ctx, n.Addr, "kbench"); err != nil {
			return fmt.Sprintf("node %d at %s does not answer: %v", n.ID, n.Addr, err)
		}
	}
	h, err := e.Admin.Health(ctx)
	switch {
	case err != nil:
		return oneLine(err)
	case h.UnderReplicated+h.Offline > 0:
		return fmt.Sprintf("%d partitions lack an in-sync replica, such as %s", h.UnderReplicated, h.Example)
	}
	return ""
}

// carryOut does one fault, waits for its end, and undoes it.
func (d *director) carryOut(ctx context.Context, i int) {
	t, f, out := d.t, &d.t.c.Faults[i], &d.did[i]
	if !t.sleepUntil(ctx, time.Duration(f.At)) {
		if errors.Is(context.Cause(ctx), errLoadOver) { // and was not interrupted
			d.problem(i, errLoadOver)
		}
		return
	}
	acting := context.WithoutCancel(ctx)
	nodes, who, err := d.find(acting, f.Node)
	if err != nil {
		d.problem(i, err)
		return
	}
	at := t.clock.now()
	for _, id := range nodes {
		err := d.locked(id, func(n Node) error { return begin(acting, n, f) })
		if err != nil {
			d.problem(i, err)
		}
		if err == nil || f.Do == scenario.FaultKill { // one that could not be seen to end may have ended: it is started again
			out.Nodes = append(out.Nodes, id)
		}
	}
	if len(out.Nodes) == 0 {
		return
	}
	t.eventAt(at, "fault %d: %s %s", i+1, f.Do, who)
	out.AtNs = new(int64(at))
	switch {
	case f.Do == scenario.FaultRestart:
	case f.For > 0:
		t.sleepUntil(ctx, at+time.Duration(f.For))
	default:
		<-ctx.Done()
	}
	undone := true
	for _, id := range out.Nodes {
		if err := d.locked(id, func(n Node) error { return undo(acting, n, f) }); err != nil {
			d.problem(i, err)
			undone = false
		}
	}
	if !undone {
		return
	}
	out.EndNs = new(int64(t.clock.now()))
	who, _, _ = strings.Cut(who, ",") // it may not be the leader any more
	t.event("fault %d: %s %s", i+1, who, over(f))
}

// problem notes why a fault was not done or not undone.
func (d *director) problem(i int, err error) {
	out := &d.did[i]
	out.Problem = strings.TrimPrefix(out.Problem+"; "+oneLine(err), "; ")
	d.t.warn("fault %d: %s", i+1, oneLine(err))
}

// locked calls f with a node that nobody else does anything to meanwhile.
func (d *director) locked(id int32, f func(Node) error) error {
	d.locks[id].Lock()
	defer d.locks[id].Unlock()
	return f(d.t.env.Nodes[id])
}

// begin does a fault to a node. After an error nothing of it is left to undo, but of a kill.
func begin(ctx context.Context, n Node, f *scenario.Fault) error {
	switch f.Do {
	case scenario.FaultPause:
		err := n.Pause(ctx)
		if err != nil {
			_ = n.Resume(ctx) // some of its threads may stand still
		}
		return err
	case scenario.FaultKill:
		return n.Kill(ctx)
	case scenario.FaultSlow:
		return n.Slow(time.Duration(f.Delay), int64(f.Rate))
	}
	err := n.Stop(ctx)
	if err != nil && n.Kill(ctx) == nil {
		return nil // it took longer to stop than a node may: so that it can be started again, it is down now
	}
	return err
}

// undo takes a fault back.
func undo(ctx context.Context, n Node, f *scenario.Fault) error {
	switch f.Do {
	case scenario.FaultPause:
		return n.Resume(ctx)
	case scenario.FaultSlow:
		return n.Slow(0, 0)
	}
	return n.Start(ctx)
}

// over says what a fault's end is.
func over(f *scenario.Fault) string {
	switch {
	case f.Do == scenario.FaultPause:
		return "goes on"
	case f.Do != scenario.FaultSlow:
		return "was started"
	case f.Node == scenario.NodeAll:
		return "are not slow any more"
	}
	return "is not slow any more"
}

// find returns the nodes that a fault is done to, and what they are called.
func (d *director) find(ctx context.Context, word string) (nodes []int32, who string, err error) {
	ctx, cancel := context.WithTimeout(ctx, findWithin)
	defer cancel()
	id, env := int32(-1), d.t.env
	switch word {
	case scenario.NodeAll:
		return slices.Sorted(maps.Keys(env.Nodes)), "all nodes", nil
	case scenario.NodeController:
		id, err = env.Admin.Controller(ctx)
	case scenario.NodeLeader, scenario.NodeFollower:
		var topic admin.Topic
		if topic, err = env.Admin.Topic(ctx, d.t.topic); err == nil {
			id, err = replica(topic, word)
		}
	default:
		var n int
		n, err = strconv.Atoi(word)
		id, word = int32(n), ""
	}
	if err != nil {
		return nil, "", fmt.Errorf("find the %s: %w", word, err)
	}
	if env.Nodes[id] == nil {
		return nil, "", fmt.Errorf("node %d is none of those that kbench started", id)
	}
	who = fmt.Sprintf("node %d", id)
	if word != "" {
		who += ", the " + word
	}
	return []int32{id}, who, nil
}

// replica returns the leader of a topic's partition 0, or the first of its replicas that is a follower.
func replica(topic admin.Topic, word string) (int32, error) {
	if len(topic.Partitions) == 0 || topic.Partitions[0].Leader < 0 {
		return -1, fmt.Errorf("partition 0 of topic %s has no leader now", topic.Name)
	}
	p := topic.Partitions[0]
	if word == scenario.NodeLeader {
		return p.Leader, nil
	}
	for _, id := range p.Replicas {
		if id != p.Leader {
			return id, nil
		}
	}
	return -1, fmt.Errorf("partition 0 of topic %s has one replica only", topic.Name)
}

// mend ends the faults once the load is through, and returns a context in which readers have the drain's time anew: while a
// broker was away there was nothing to read.
func (t *trial) mend(ctx context.Context) (context.Context, context.CancelFunc) {
	t.faults.end(ctx)
	reading, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Duration(t.c.Load.Drain))
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(interruptedDrain, cancel) })
	return reading, func() { stop(); cancel() }
}

// pause waits, and reports whether ctx outlived it.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
