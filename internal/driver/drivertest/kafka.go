//go:build e2e

package drivertest

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"

	"kbench/internal/cluster"
)

const brokersEnv = "KBENCH_E2E_BROKERS"

// Kafka returns what to test against Apache Kafka: one node, which it starts and which lives as long as t, or the brokers
// that KBENCH_E2E_BROKERS names, HOST:PORT with commas between. Those it cannot pause, so what needs a broker that does
// not answer is left out.
func Kafka(t *testing.T) Options {
	t.Helper()
	if brokers := strings.Split(os.Getenv(brokersEnv), ","); brokers[0] != "" {
		return Options{Brokers: brokers, CreateTopic: creator(brokers)}
	}
	c, err := cluster.Open(t.Context(), cluster.Spec{Engine: cluster.Java, Nodes: 1}, cluster.Options{TempDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if err := c.Close(ctx); err != nil {
			t.Error(err)
		}
	})
	t.Setenv(brokersEnv, strings.Join(c.Brokers(), ",")) // for a child that runs this test again
	pause := func(t testing.TB) func() {
		node := c.Nodes()[0]
		if err := node.Pause(t.Context()); err != nil {
			t.Fatal(err)
		}
		return func() {
			if err := node.Resume(context.Background()); err != nil {
				t.Error(err)
			}
		}
	}
	return Options{
		Brokers: c.Brokers(), CreateTopic: creator(c.Brokers()), Silence: pause,
		Stall: func(t testing.TB, _ string) func() { return pause(t) },
	}
}
