package drivertest

import (
	"context"
	"errors"
	"testing"

	"github.com/twmb/franz-go/pkg/kadm"

	"kbench/internal/driver"
)

// crashes has a member of each group protocol die: it does not commit what it has read, and its group still takes it for a member once
// it has ended. A driver may refuse, and is then no Crasher to anybody.
func (s suite) crashes(t *testing.T) {
	topic := s.topic(t, 1)
	s.fill(t, topic, 0, 100)
	for _, protocol := range []driver.Protocol{driver.ProtocolClassic, driver.ProtocolConsumer} {
		for _, commit := range []driver.Commit{driver.CommitAuto, driver.CommitSync, driver.CommitAsync} {
			cfg := readConfig(topic, topic+string(protocol)+string(commit))
			cfg.Protocol, cfg.Commit, cfg.CommitEvery, cfg.Crashes = protocol, commit, driver.Every{For: 3600e9}, true
			if err := s.d.CheckConsumer(cfg); errors.Is(err, driver.ErrUnsupported) {
				continue // it says so, and that is all that is asked
			}
			r := s.consume(t, cfg, nil)
			r.await(100)
			dying, ok := r.Consumer.(driver.Crasher)
			if !ok {
				t.Fatalf("%s, commit %s: a consumer that was asked for one that can crash can't", protocol, commit)
			}
			dying.Crash()
			r.cancel()
			<-r.ended
			admin(t, s.o.Brokers, func(ctx context.Context, a *kadm.Client) error {
				committed, err := a.FetchOffsets(ctx, cfg.Group)
				if at, there := committed.Lookup(topic, 0); there && at.At > 0 {
					t.Errorf("%s, commit %s: it committed offset %d as it died", protocol, commit, at.At)
				}
				if n := members(ctx, t, a, cfg.Group, protocol); n != 1 {
					t.Errorf("%s, commit %s: the group has %d members, want the dead one", protocol, commit, n)
				}
				return err
			})
		}
	}
}

// staysStatic has a static member end in order: the group keeps its place, and it comes back as who it was.
func (s suite) staysStatic(t *testing.T) {
	topic := s.topic(t, 1)
	s.fill(t, topic, 0, 100)
	cfg := readConfig(topic, topic)
	cfg.Instance, cfg.Commit, cfg.CommitEvery = "first", driver.CommitSync, driver.Every{For: 3600e9}
	r := s.consume(t, cfg, nil)
	r.await(100)
	r.stop()
	admin(t, s.o.Brokers, func(ctx context.Context, a *kadm.Client) error {
		if n := members(ctx, t, a, cfg.Group, cfg.Protocol); n != 1 {
			t.Errorf("the group has %d members after a static one has ended, want 1", n)
		}
		return nil
	})
	again := s.consume(t, cfg, nil)
	s.fill(t, topic, 100, 100)
	again.await(100)
	admin(t, s.o.Brokers, func(ctx context.Context, a *kadm.Client) error {
		if n := members(ctx, t, a, cfg.Group, cfg.Protocol); n != 1 {
			t.Errorf("the group has %d members after a static one has come back, want 1", n)
		}
		return nil
	})
}

// members returns how many a group has.
func members(ctx context.Context, t testing.TB, a *kadm.Client, group string, protocol driver.Protocol) int {
	t.Helper()
	if protocol == driver.ProtocolConsumer {
		groups, err := a.DescribeConsumerGroups(ctx, group)
		if err != nil {
			t.Fatalf("describing group %s: %v", group, err)
		}
		return len(groups[group].Members)
	}
	groups, err := a.DescribeGroups(ctx, group)
	if err != nil {
		t.Fatalf("describing group %s: %v", group, err)
	}
	return len(groups[group].Members)
}
