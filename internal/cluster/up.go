package cluster

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// downLimit is how long Down lets brokers shut down in order, all of them together, before it kills them.
const downLimit = 20 * time.Second

// Up starts a Kafka that stays until Down, and returns once all nodes answer. If one with as many nodes is up
// already, that is the answer; another is an error. What an earlier one has left behind, because the machine was
// restarted for example, is said and cleared away first.
func Up(ctx context.Context, engine Engine, nodes int, o Options) (*State, error) {
	spec := Spec{engine, nodes}
	if engine == Embedded {
		return nil, errors.New("the embedded broker ends with its kbench and cannot stay: use --engine java or docker")
	}
	if err := spec.check(); err != nil {
		return nil, err
	}
	o, unlock, err := stateLocked(ctx, o)
	if err != nil {
		return nil, err
	}
	defer unlock()
	s, err := status(ctx, o)
	if err != nil {
		return nil, err
	}
	switch {
	case s == nil:
	case s.Stale():
		fmt.Fprintf(o.Log, "kbench: the %s cluster that was started before is not running any more; clearing it away\n", s.Spec())
		if err := down(ctx, o, s.State); err != nil {
			return nil, err
		}
	case !s.Whole():
		return nil, fmt.Errorf("a %s cluster is up but not all of its nodes are: run kbench cluster down, then up again", s.Spec())
	case s.Spec() != spec:
		return nil, fmt.Errorf("a %s cluster is up already, and %s was asked for: run kbench cluster down first", s.Spec(), spec)
	default:
		fmt.Fprintf(o.Log, "kbench: a %s cluster is up already\n", spec)
		return s.State, nil
	}
	if engine == Docker {
		return upDocker(ctx, nodes, o)
	}
	return upJava(ctx, nodes, o)
}

// stateLocked fills the options in and takes the lock of the state folder, waiting for another kbench as long as its
// up or down may take.
func stateLocked(ctx context.Context, o Options) (Options, func(), error) {
	o, err := o.fill()
	if err != nil {
		return o, nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, fetchLimit+2*readyLimit)
	defer cancel()
	unlock, err := lock(ctx, filepath.Join(o.StateDir, "cluster.lock"))
	return o, unlock, err
}

func upJava(ctx context.Context, nodes int, o Options) (*State, error) {
	k, err := findKafka(ctx, o)
	if err != nil {
		return nil, fmt.Errorf("start Kafka: %w", err)
	}
	s := &State{Engine: Java, Count: nodes, Version: k.version, Dir: filepath.Join(o.StateDir, "kafka")}
	js := &jvms{stay: true}
	js.save = func() error { s.JVMs = js.nodes; return writeState(o, s) }
	// Before the first process, so that Down finds whatever an end at any instant leaves behind.
	if err := js.save(); err != nil {
		return nil, fmt.Errorf("start Kafka: %w", err)
	}
	if err := os.RemoveAll(s.Dir); err != nil {
		return nil, fmt.Errorf("start Kafka: %w", err)
	}
	if err := js.boot(ctx, k, nodes, s.Dir, o); err != nil {
		err = errors.Join(fmt.Errorf("start Kafka: %w", err), js.abandon(ctx, s.Dir))
		return nil, errors.Join(err, os.Remove(stateFile(o)))
	}
	s.Started = time.Now()
	for _, n := range js.nodes {
		s.Brokers = append(s.Brokers, n.Addr)
	}
	return s, js.save()
}

// Spec returns what the state is of.
func (s *State) Spec() Spec { return Spec{s.Engine, s.Count} }

// A Status is what Up has started and which of it runs.
type Status struct {
	*State
	Running []bool // by node
}

// Whole reports whether every node runs and has once answered.
func (s *Status) Whole() bool { return s.count() == s.Count && !s.Started.IsZero() }

// Stale reports whether no node runs.
func (s *Status) Stale() bool { return s.count() == 0 }

func (s *Status) count() (n int) {
	for _, r := range s.Running {
		if r {
			n++
		}
	}
	return n
}

// ReadStatus returns what Up has started, or nil where nothing was, or Down has ended it.
func ReadStatus(ctx context.Context, o Options) (*Status, error) {
	o, err := o.fill()
	if err != nil {
		return nil, err
	}
	return status(ctx, o)
}

func status(ctx context.Context, o Options) (*Status, error) {
	state, err := readState(o)
	if state == nil || err != nil {
		return nil, err
	}
	s := &Status{State: state}
	if state.Engine == Docker {
		s.Running, err = runningContainers(ctx, state.Count)
		return s, err
	}
	s.Running = make([]bool, state.Count)
	for i, n := range state.JVMs {
		s.Running[i] = n.Process.alive()
	}
	return s, nil
}

// Down ends what Up has started and removes its data. It returns what that was, or nil where there was nothing.
func Down(ctx context.Context, o Options) (*State, error) {
	o, unlock, err := stateLocked(ctx, o)
	if err != nil {
		return nil, err
	}
	defer unlock()
	s, err := readState(o)
	if s == nil || err != nil {
		return nil, err
	}
	return s, down(ctx, o, s)
}

// down keeps the state file until all has ended, so that it can be tried again.
func down(ctx context.Context, o Options, s *State) error {
	if s.Engine == Docker {
		if err := downDocker(ctx, o); err != nil {
			return err
		}
	} else if err := downJava(ctx, s); err != nil {
		return err
	}
	if err := os.Remove(stateFile(o)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// downJava asks all nodes to end, so that they do it side by side, and kills those that take too long.
func downJava(ctx context.Context, s *State) error {
	ctx, cancel := context.WithTimeout(ctx, downLimit)
	defer cancel()
	ends := make(chan struct{}, len(s.JVMs))
	for _, n := range s.JVMs {
		go func() {
			_ = n.Process.stop(ctx) // what has not worked is killed below
			ends <- struct{}{}
		}()
	}
	for range s.JVMs {
		<-ends
	}
	return (&jvms{nodes: s.JVMs}).discard(s.Dir)
}

// openRunning finds what Up has started.
func openRunning(ctx context.Context, o Options) (*Cluster, error) {
	s, err := status(ctx, o)
	switch {
	case err != nil:
		return nil, err
	case s == nil:
		return nil, errors.New("no cluster is up: run kbench cluster up first")
	case s.Stale():
		return nil, fmt.Errorf("the %s cluster that was started before is not running any more: run kbench cluster up again", s.Spec())
	case !s.Whole():
		return nil, fmt.Errorf("a %s cluster is up but not all of its nodes are: run kbench cluster down, then up again", s.Spec())
	}
	alive := func() error { return nil }
	var c *Cluster
	if s.Engine == Docker {
		c = dockerCluster(s.Count, s.Version, s.Started, o)
	} else {
		js := &jvms{nodes: s.JVMs, stay: true, save: func() error { return writeState(o, s.State) }}
		c, alive = js.cluster(s.Version, s.Started), js.alive
	}
	// A kbench that was killed in the middle of a fault may have left a node paused.
	for _, n := range c.nodes {
		if err := n.Resume(ctx); err != nil {
			return nil, err
		}
	}
	if _, err := waitReady(ctx, c.Brokers(), alive); err != nil {
		return nil, fmt.Errorf("the %s cluster is up but does not answer: %w", s.Spec(), err)
	}
	return c, nil
}
