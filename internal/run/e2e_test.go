//go:build e2e

package run

import (
	"context"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"kbench/internal/admin"
	"kbench/internal/cluster"
	"kbench/internal/driver"
	"kbench/internal/driver/franz"
	"kbench/internal/host"
	"kbench/internal/load"
	"kbench/internal/result"
	"kbench/internal/scenario"
	"kbench/internal/unit"
)

// A logbook is a driver that writes down every record that its consumers hand over: the truth that pauses are held against.
type logbook struct {
	driver.Driver
	mu      sync.Mutex
	entries []entry
}

type entry struct {
	partition int32
	stamp     load.Stamp
	at        time.Time
}

func (l *logbook) NewConsumer(ctx context.Context, at driver.Cluster, cfg driver.ConsumerConfig) (driver.Consumer, error) {
	c, err := l.Driver.NewConsumer(ctx, at, cfg)
	if err != nil {
		return nil, err
	}
	return &logged{c, c.(driver.Crasher), l}, nil
}

type logged struct {
	driver.Consumer
	driver.Crasher
	book *logbook
}

func (c *logged) Consume(ctx context.Context, fn func(*driver.Message)) error {
	table := load.StampTable()
	return c.Consumer.Consume(ctx, func(m *driver.Message) {
		now := time.Now()
		if s, err := load.ReadStamp(m.Value, table); err == nil && s.Flags&load.FlagProbe == 0 {
			c.book.mu.Lock()
			c.book.entries = append(c.book.entries, entry{m.Partition, s, now})
			c.book.mu.Unlock()
		}
		fn(m)
	})
}

// truth returns the longest time between two records of each partition, from the later of the first one's reading and the second one's
// sending, of those times that overlap from..to.
func (l *logbook) truth(start time.Time, from, to time.Duration) map[int32]time.Duration {
	last, out := map[int32]time.Duration{}, map[int32]time.Duration{}
	for _, e := range l.entries {
		at := e.at.Sub(start)
		if since := last[e.partition]; since <= to && at >= from {
			out[e.partition] = max(out[e.partition], at-max(since, e.stamp.Sent))
		}
		last[e.partition] = at
	}
	return out
}

// TestKafkaPauses has members of each group protocol join, leave and die on Apache Kafka, and holds the pause of each partition
// against what the members' own logs say.
func TestKafkaPauses(t *testing.T) {
	ctx := t.Context()
	brokers := strings.Split(os.Getenv("KBENCH_E2E_BROKERS"), ",")
	if brokers[0] == "" {
		c, err := cluster.Open(ctx, cluster.Spec{Engine: cluster.Java, Nodes: 1}, cluster.Options{TempDir: t.TempDir()})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			limited, cancel := context.WithTimeout(context.Background(), time.Minute)
			defer cancel()
			if err := c.Close(limited); err != nil {
				t.Error(err)
			}
		})
		brokers = c.Brokers()
	}
	a, err := admin.Open(ctx, brokers, "kbench")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.Close)
	sampler := host.NewSampler()
	t.Cleanup(sampler.Close)
	for _, tt := range []struct {
		name     string
		protocol driver.Protocol
		assignor driver.Assignor
		steps    []scenario.Churn
	}{
		{"eager", driver.ProtocolClassic, "range", []scenario.Churn{{At: 3e9, Do: scenario.ChurnJoin, Members: 1}, {At: 9e9, Do: scenario.ChurnDie, Members: 1}}},
		{"cooperative", driver.ProtocolClassic, "cooperative-sticky", []scenario.Churn{{At: 3e9, Do: scenario.ChurnJoin, Members: 1}, {At: 9e9, Do: scenario.ChurnLeave, Members: 1}}},
		{"KIP-848", driver.ProtocolConsumer, "range", []scenario.Churn{{At: 12e9, Do: scenario.ChurnJoin, Members: 1}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := scenario.Default()
			s.Name, s.Topic.Partitions, s.Topic.ReplicationFactor = "pauses", 6, 1
			s.Load.Rate, s.Load.Warmup.For, s.Load.Measure, s.Load.Drain = 3e3*unit.PerSecond, 1e9, 24e9, 30e9
			s.Producer.Client, s.Consumer.Client, s.Producer.Partitioner = "franz", "franz", driver.PartitionerRoundRobin
			s.Consumer.Members, s.Consumer.Start, s.Consumer.CommitEvery = 2, driver.StartEarliest, driver.Every{For: 1e9}
			s.Consumer.Protocol, s.Consumer.Assignor, s.Consumer.Churn = tt.protocol, tt.assignor, tt.steps
			if tt.protocol == driver.ProtocolClassic {
				s.Consumer.Config = map[string]string{"session.timeout.ms": "6000"}
			}
			book := &logbook{Driver: franz.New()}
			e := &Env{Drivers: []driver.Driver{book}, Brokers: brokers, Admin: a, Sampler: sampler}
			r, m := e.Trial(ctx, &scenario.Case{Name: "pauses", Scenario: s}, Position{Run: "run", Number: 1, Of: 1, Repeat: 1})
			if err := m.Close(); err != nil {
				t.Error(err)
			}
			if r.Status != result.StatusOK || r.Counts.Lost == nil || *r.Counts.Lost != 0 {
				t.Fatalf("status %s: %s; lost %v", r.Status, r.Failure, r.Counts.Lost)
			}
			start, err := time.Parse(time.RFC3339Nano, r.Start)
			if err != nil {
				t.Fatal(err)
			}
			checkPauses(t, r, book, start, len(tt.steps))
		})
	}
}

// accuracy is how far a pause may be from the truth.
const accuracy = 50 * time.Millisecond

func checkPauses(t *testing.T, r *result.Trial, book *logbook, start time.Time, steps int) {
	t.Helper()
	for _, b := range r.Rebalances {
		if b.Step > 0 {
			steps--
		}
		if b.SettledNs == nil || b.Unread > 0 || b.Partitions != 6 {
			t.Errorf("%s: got %+v, want one that settled, with 6 partitions that are read", b.Why, b)
			continue
		}
		// A machine that stands still between the step and the last change, and at neither, is in the one and not in the other.
		at, settled := time.Duration(b.AtNs), time.Duration(b.AtNs+*b.SettledNs)
		truth, sure := book.truth(start, at, settled), book.truth(start, at, at)
		for p, pause := range book.truth(start, settled, settled) {
			sure[p] = max(sure[p], pause)
		}
		for _, p := range b.Longest {
			got, most, least := time.Duration(p.PauseNs), truth[p.Partition], sure[p.Partition]
			t.Logf("%s: partition %d, from member %d to %d: %v, by the log %v to %v", b.Why, p.Partition, p.From, p.To, got, least, most)
			if (got-most).Abs() > accuracy && (got-least).Abs() > accuracy {
				t.Errorf("%s: partition %d paused for %v, by the log %v or %v", b.Why, p.Partition, got, least, most)
			}
		}
	}
	if steps != 0 {
		t.Errorf("%d steps left no rebalance", steps)
	}
}
