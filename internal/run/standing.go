package run

import (
	"context"
	"time"

	"kbench/internal/admin"
)

// A standing is how the partitions of a trial's topic stood, each time that somebody looked. It is one goroutine's own at a time.
type standing struct {
	leaders map[int32]int32 // by partition: node, or -1 for none
	led     map[int32]int32 // by partition: the last node that was one
	under   map[int32]int   // by partition: replicas that are not in sync, where some are not

	moves int // changes of a leader so far
	most  int // of partitions that lacked an in-sync replica at once
}

// look takes in how the topic's partitions stand now, and calls tell with each change.
func (s *standing) look(partitions []admin.Partition, tell func(format string, args ...any)) {
	first := s.leaders == nil
	if first {
		s.leaders, s.led, s.under = map[int32]int32{}, map[int32]int32{}, map[int32]int{}
	}
	lacking := 0
	for _, p := range partitions {
		missing := len(p.Replicas) - len(p.ISR)
		if missing > 0 {
			lacking++
		}
		was, led, lead := s.under[p.ID], s.led[p.ID], s.leaders[p.ID]
		s.under[p.ID], s.leaders[p.ID] = missing, p.Leader
		if p.Leader >= 0 {
			s.led[p.ID] = p.Leader
		}
		if first {
			continue
		}
		switch {
		case p.Leader < 0 && lead >= 0:
			tell("partition %d has no leader; it was node %d", p.ID, led)
		case p.Leader >= 0 && p.Leader != led:
			s.moves++
			tell("the leader of partition %d is now node %d, not %d", p.ID, p.Leader, led)
		}
		switch missing {
		case was:
		case 0:
			tell("all replicas of partition %d are in sync again", p.ID)
		default:
			tell("partition %d has %d of %d replicas in sync", p.ID, len(p.ISR), len(p.Replicas))
		}
	}
	s.most = max(s.most, lacking)
}

// watchStanding looks at the topic once a second until ctx is done. What brokers do not answer is not known.
func (t *trial) watchStanding(ctx context.Context) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
		asking, cancel := context.WithTimeout(ctx, time.Second)
		if partitions, err := t.env.Admin.Partitions(asking, t.topic); err == nil {
			t.standing.look(partitions, t.event)
		}
		cancel()
	}
}
