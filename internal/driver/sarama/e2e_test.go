//go:build e2e

package sarama

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"

	"kbench/internal/cluster"
	"kbench/internal/driver/drivertest"
)

const brokersEnv = "KBENCH_E2E_BROKERS"

// TestKafka is the suite against Apache Kafka: one node that it starts, or the brokers that KBENCH_E2E_BROKERS names,
// HOST:PORT with commas between. Those it cannot pause, so what needs a broker that does not answer is left out.
func TestKafka(t *testing.T) {
	if brokers := os.Getenv(brokersEnv); brokers != "" {
		drivertest.Run(t, library{}, drivertest.Kafka(strings.Split(brokers, ","), nil))
		return
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
	stall := func(t testing.TB, _ string) func() {
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
	drivertest.Run(t, library{}, drivertest.Kafka(c.Brokers(), stall))
}
