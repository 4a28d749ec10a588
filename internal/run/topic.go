package run

import (
	"context"
	"errors"
	"fmt"
	"time"

	"kbench/internal/admin"
	"kbench/internal/scenario"
)

// replicas resolves max: three, or as many as there are brokers.
func replicas(r scenario.Replication, nodes int) int {
	if r == 0 {
		return min(3, nodes)
	}
	return int(r)
}

// prepareTopic makes a fresh topic, or looks at the one that the scenario names.
func (t *trial) prepareTopic(ctx context.Context) error {
	a, c := t.env.Admin, t.c.Topic
	t.topic, t.fresh = c.Name, c.Name == ""
	if t.fresh {
		t.topic = t.own
		if err := a.CreateTopic(ctx, t.topic, c.Partitions, replicas(c.ReplicationFactor, len(t.env.nodes.Nodes)), c.Config); err != nil {
			return err
		}
	}
	about, err := a.Topic(ctx, t.topic)
	if err != nil {
		return err
	}
	t.partitions = len(about.Partitions)
	r := &t.rec.Cluster
	*r = t.env.Cluster
	r.Topic, r.TopicConfig = t.topic, about.Config
	r.LeadersBefore = leaders(about)
	t.standing.look(about.Partitions, t.event)
	if len(about.Partitions) > 0 {
		r.Replication = len(about.Partitions[0].Replicas)
	}
	if !t.env.Started.IsZero() {
		r.UpNs = int64(time.Since(t.env.Started))
	}
	t.starts, err = a.EndOffsets(ctx, t.topic)
	return err
}

// leaders returns the leader of each partition.
func leaders(about admin.Topic) map[string]int32 {
	m := map[string]int32{}
	for _, p := range about.Partitions {
		m[fmt.Sprint(p.ID)] = p.Leader
	}
	return m
}

// cleanUp takes down what the cluster says after the trial, and deletes what kbench made. It is not cut short when the
// user interrupts: a second Ctrl-C ends the process. What it can't do is a warning: the measurement is not worse for it.
func (t *trial) cleanUp() {
	ctx, cancel := t.asking(20 * time.Second)
	defer cancel()
	if t.partitions > 0 { // else preparing the topic has failed
		t.ledger.close(ctx, t)
		t.lookAfter(ctx)
	}
	if err := t.deleteOwn(ctx); err != nil {
		t.warn("clean up: %s", oneLine(err))
	}
}

// lookAfter notes leaders, replicas and bytes on disk after the trial.
func (t *trial) lookAfter(ctx context.Context) {
	r := &t.rec.Cluster
	about, err := t.env.Admin.Topic(ctx, t.topic)
	defer func() { r.LeaderMoves, r.UnderReplicated = t.standing.moves, t.standing.most }()
	if err != nil {
		t.warn("look at the topic after the trial: %s", oneLine(err))
		return
	}
	r.LeadersAfter = leaders(about)
	t.standing.look(about.Partitions, t.event)
	if bytes, ok := t.env.Admin.DiskBytes(ctx, t.topic); ok {
		r.DiskBytes = &bytes
	}
}

// deleteOwn deletes the groups, and the topic if kbench made it.
func (t *trial) deleteOwn(ctx context.Context) error {
	if t.keep {
		return nil
	}
	var errs []error
	if t.fresh { // also where creating it failed half-way; deleting one that is not there is no error
		errs = append(errs, t.env.Admin.DeleteTopic(ctx, t.topic))
	}
	names := make([]string, 0, len(t.groups)+1)
	if t.forward != nil {
		errs = append(errs, t.env.Admin.DeleteTopic(ctx, t.forward.topic))
		names = append(names, t.forward.group)
	}
	for _, g := range t.groups {
		names = append(names, g.name)
		errs = append(errs, t.removeStatic(ctx, g))
	}
	if len(names) > 0 {
		errs = append(errs, t.env.Admin.DeleteGroups(ctx, names...))
	}
	return errors.Join(errs...)
}
