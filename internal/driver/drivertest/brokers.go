package drivertest

import (
	"context"
	"fmt"
	"os"
	"sync/atomic"
	"testing"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// Fake starts a fake broker in this process, which lives as long as t, and returns what to test against it.
func Fake(t *testing.T) Options {
	t.Helper()
	var g gate
	c := fake(t, kfake.ListenFn(g.listen), kfake.BrokerConfigs(map[string]string{
		"group.consumer.heartbeat.interval.ms": "100", // members hear of an assignment at a heartbeat; 5 s is the default
	}))
	stall := func(_ testing.TB, topic string) func() {
		return c.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Produce}, Topic: topic, Err: kerr.NotEnoughReplicas, Count: -1}).Remove
	}
	return Options{Brokers: c.ListenAddrs(), CreateTopic: creator(c.ListenAddrs()), Stall: stall, Silence: g.lock, fake: c}
}

// fake starts a fake broker that lives as long as t.
func fake(t testing.TB, opts ...kfake.Opt) *kfake.Cluster {
	t.Helper()
	c, err := kfake.NewCluster(append(opts, kfake.NumBrokers(1))...)
	if err != nil {
		t.Fatalf("starting the fake broker: %v", err)
	}
	t.Cleanup(c.Close)
	return c
}

// creator returns the CreateTopic of Options. It opens a client each time, so that none is there when leaks are counted.
func creator(brokers []string) func(testing.TB, int, map[string]string) string {
	var made atomic.Int64
	return func(t testing.TB, partitions int, config map[string]string) string {
		t.Helper()
		name := fmt.Sprintf("drivertest-%d-%d", os.Getpid(), made.Add(1))
		values := map[string]*string{}
		for key, value := range config {
			values[key] = &value
		}
		admin(t, brokers, func(ctx context.Context, a *kadm.Client) error {
			_, err := a.CreateTopic(ctx, int32(partitions), 1, values, name)
			return err
		})
		t.Cleanup(func() {
			admin(t, brokers, func(ctx context.Context, a *kadm.Client) error {
				_, err := a.DeleteTopic(ctx, name)
				return err
			})
		})
		eventually(t, "every partition of "+name+" has a leader", func() (all bool) {
			admin(t, brokers, func(ctx context.Context, a *kadm.Client) error {
				topics, err := a.ListTopics(ctx, name)
				all = err == nil && len(topics[name].Partitions) == partitions
				for _, p := range topics[name].Partitions {
					all = all && p.Err == nil && p.Leader >= 0
				}
				return err
			})
			return all
		})
		return name
	}
}

func admin(t testing.TB, brokers []string, do func(context.Context, *kadm.Client) error) {
	t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(brokers...))
	if err != nil {
		t.Fatalf("opening an admin client: %v", err)
	}
	defer client.Close()
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	if err := do(ctx, kadm.NewClient(client)); err != nil {
		t.Fatalf("asking %v: %v", brokers, err)
	}
}
