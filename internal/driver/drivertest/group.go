package drivertest

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"kbench/internal/driver"
)

// A group is the members of one consumer group, each its own consumer.
type group []*reader

func (g group) messages() (all []message) {
	for _, r := range g {
		all = append(all, r.messages()...)
	}
	return all
}

// await waits until n messages have been read.
func (g group) await(t testing.TB, what string, n int) {
	t.Helper()
	eventually(t, what, func() bool {
		if len(g.messages()) >= n {
			return true
		}
		for _, r := range g {
			r.alive()
		}
		return false
	})
}

// dealt reports whether every partition has an owner, and every member has heard of an assignment and has no more than its share:
// before that, some are about to change hands.
func (g group) dealt(partitions ...int32) bool {
	share := (len(partitions) + len(g) - 1) / len(g)
	var owned []int32
	for _, r := range g {
		r.alive()
		parts, times := r.Assigned()
		if times == 0 || len(parts) > share {
			return false
		}
		owned = append(owned, parts...)
	}
	slices.Sort(owned)
	return slices.Equal(owned, partitions)
}

// readsGroup has a group for each assignor that the driver can do, of three members for two partitions: the one that gets
// none is told so. All groups run at once, since joining takes seconds.
func (s suite) readsGroup(t *testing.T) {
	topic := s.topic(t, 2)
	var groups []group
	for _, assignor := range driver.Choices(driver.Assignor("")) {
		cfg := readConfig(topic, topic+assignor)
		cfg.Assignor = driver.Assignor(assignor)
		if c, err := s.d.NewConsumer(t.Context(), s.cluster(), cfg); err == nil {
			c.Close()
			groups = append(groups, s.group(t, cfg, 3))
		} else if !errors.Is(err, driver.ErrUnsupported) {
			t.Errorf("%s: %v", assignor, err)
		}
	}
	s.eachReadsAll(t, topic, groups)
}

// readsConsumerProtocol has no member without a partition: some libraries are told nothing of an empty assignment.
func (s suite) readsConsumerProtocol(t *testing.T) {
	topic := s.topic(t, 2)
	var groups []group
	for _, members := range []int{1, 2} {
		cfg := readConfig(topic, fmt.Sprintf("%s-g%d", topic, members))
		cfg.Protocol = driver.ProtocolConsumer
		if err := s.d.CheckConsumer(cfg); errors.Is(err, driver.ErrUnsupported) {
			return // it says so, and that is all that is asked
		}
		groups = append(groups, s.group(t, cfg, members))
	}
	s.eachReadsAll(t, topic, groups)
}

func (s suite) group(t testing.TB, cfg driver.ConsumerConfig, members int) (g group) {
	for range members {
		g = append(g, s.consume(t, cfg, nil))
	}
	return g
}

// eachReadsAll waits until the groups have settled and writes: nothing is read twice, since nobody joins or leaves.
func (s suite) eachReadsAll(t *testing.T, topic string, groups []group) {
	t.Helper()
	if len(groups) == 0 {
		t.Fatal("the driver can do none of the assignors")
	}
	for i, g := range groups {
		eventually(t, fmt.Sprintf("dealing both partitions to group %d", i), func() bool { return g.dealt(0, 1) })
	}
	s.fill(t, topic, 0, 1000)
	for i, g := range groups {
		g.await(t, fmt.Sprintf("reading all in group %d", i), 1000)
		wantEach(t, fmt.Sprintf("group %d", i), g.messages(), 0, 1000)
	}
}

// handsOver lets a second member join one that has read everything, and whose next commit is far off: what is taken away
// from the first is committed before the second gets it, so nothing is read twice.
func (s suite) handsOver(t *testing.T) {
	topic := s.topic(t, 2)
	s.fill(t, topic, 0, 300)
	var groups []group
	for _, commit := range []driver.Commit{driver.CommitAuto, driver.CommitSync, driver.CommitAsync} {
		cfg := readConfig(topic, topic+string(commit))
		cfg.Commit, cfg.CommitEvery = commit, driver.Every{For: 3600e9}
		first := s.consume(t, cfg, nil)
		first.await(300)
		groups = append(groups, group{first, s.consume(t, cfg, nil)})
	}
	for _, g := range groups {
		eventually(t, "one partition for each member", func() bool { return g.dealt(0, 1) })
	}
	s.fill(t, topic, 300, 100)
	for i, g := range groups {
		g.await(t, fmt.Sprintf("reading all in group %d", i), 400)
		wantEach(t, fmt.Sprintf("group %d", i), g.messages(), 0, 400)
	}
}
