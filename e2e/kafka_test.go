//go:build e2e

package e2e

import (
	"context"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"kbench/internal/cluster"
)

// The parts of a test share its Kafka, one after the other.

// TestOneNode proves what is written, read, counted, refused and left. No figure in it hangs on the machine's speed.
func TestOneNode(t *testing.T) {
	t.Parallel()
	k := up(t, 1)
	inTurn(t, []part{
		{"acks and compression", k.acksAndCompression},
		{"partitioners", k.partitioners},
		{"clients", k.clients},
		{"same keys", k.sameKeys},
		{"groups", k.groups},
		{"start", k.start},
		{"named topic", k.namedTopic},
		{"preload", k.preload},
		{"number of records", k.numberOfRecords},
		{"histogram logs", k.histogramLogs},
		{"report again", k.reportAgain},
		{"refusals", k.refusals},
		{"full disk", k.fullDisk},
		{"interrupted", k.interrupted},
		{"interrupted in the drain", k.interruptedDrain},
		{"signalled twice", k.interruptedTwice},
	})
}

// TestFigures proves that the figures are true.
func TestFigures(t *testing.T) {
	k := up(t, 1)
	warmUp(t, k)
	inTurn(t, []part{
		{"ab", k.ab},
		{"50k a second", k.fiftyThousand},
		{"beside a broker", k.besideBroker},
		{"stall", k.stall},
		{"stall with a small buffer", k.stallSmallBuffer},
		{"killed broker", k.killedBroker}, // last: the broker that it leaves is a cold one
	})
}

func TestThreeNodes(t *testing.T) {
	t.Parallel()
	k := up(t, 3)
	inTurn(t, []part{
		{"acks and compression", k.acksAndCompression},
		{"read back", k.readBack},
		{"doctor", k.healthy},
		{"replicas", k.replicas},
	})
}

// A part is a test on a Kafka that others are on too.
type part struct {
	name string
	test func(*testing.T)
}

func inTurn(t *testing.T, parts []part) {
	t.Helper()
	for _, p := range parts {
		t.Run(p.name, p.test)
	}
}

// A kafka is brokers, and a client of the test's own to ask them: what kbench says of them is never compared with what
// its own admin client has read.
type kafka struct {
	cluster *cluster.Cluster
	client  *kgo.Client
	admin   *kadm.Client
}

// up starts brokers that end with the test.
func up(t *testing.T, nodes int) *kafka { return upWith(t, nodes, cluster.Options{}) }

// upWith starts them with options of its own.
func upWith(t *testing.T, nodes int, o cluster.Options) *kafka {
	t.Helper()
	o.Log, o.TempDir = os.Stderr, t.TempDir()
	c, err := cluster.Open(t.Context(), cluster.Spec{Engine: cluster.Java, Nodes: nodes}, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	client, err := kgo.NewClient(kgo.SeedBrokers(c.Brokers()...))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return &kafka{c, client, kadm.NewClient(client)}
}

// on names the brokers, as flags of kbench run.
func (k *kafka) on(more ...string) []string {
	return append([]string{"--brokers", strings.Join(k.cluster.Brokers(), ",")}, more...)
}

// eventually asks until something is so; since is when it was asked first. Nodes that start beside other tests take their time.
func eventually(t *testing.T, what string, is func(since time.Time) bool) {
	t.Helper()
	const limit = time.Minute
	begun := time.Now()
	for !is(begun) {
		if time.Since(begun) > limit {
			t.Fatalf("waited %v for %s", limit, what)
		}
		<-time.After(50 * time.Millisecond)
	}
}

// ownCluster has kbench start a cluster that --cluster running finds until the test ends, and returns the folder that tells of it.
func ownCluster(t *testing.T, flags ...string) (state string) {
	t.Helper()
	state = t.TempDir()
	t.Setenv("XDG_STATE_HOME", state)
	if o := start(t, append([]string{"cluster", "up"}, flags...)...).wait(); o.code != 0 {
		t.Fatalf("kbench cluster up ended with %d:\n%s", o.code, o.stderr)
	}
	t.Cleanup(func() {
		if o := start(t, "cluster", "down").wait(); o.code != 0 {
			t.Errorf("kbench cluster down ended with %d:\n%s", o.code, o.stderr)
		}
	})
	return state
}

// asking bounds one question to the brokers.
func asking(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second) // not the test's own: clean-up asks too
	t.Cleanup(cancel)
	return ctx
}

// ends returns the end offset of each partition, as the brokers say.
func (k *kafka) ends(t *testing.T, topic string) map[int32]int64 {
	t.Helper()
	listed, err := k.admin.ListEndOffsets(asking(t), topic)
	if err == nil {
		err = listed.Error()
	}
	if err != nil {
		t.Fatal(err)
	}
	ends := map[int32]int64{}
	for p, o := range listed[topic] {
		ends[p] = o.Offset
	}
	return ends
}

func sum(m map[int32]int64) (n int64) {
	for _, v := range m {
		n += v
	}
	return n
}

// committed returns what a group has committed for a topic; partitions without a commit are left out.
func (k *kafka) committed(t *testing.T, group, topic string) map[int32]int64 {
	t.Helper()
	fetched, err := k.admin.FetchOffsets(asking(t), group)
	if err != nil {
		t.Fatalf("offsets of %s: %v", group, err)
	}
	offsets := map[int32]int64{}
	for p, o := range fetched[topic] {
		if o.Err == nil && o.At >= 0 {
			offsets[p] = o.At
		}
	}
	return offsets
}

// diskBytes returns the size of the leaders' logs. It asks each node by itself: kadm's own call takes one partition for
// all of a topic where the broker answers with an entry for each, as Kafka 4 does.
func (k *kafka) diskBytes(t *testing.T, topic string) (bytes int64) {
	t.Helper()
	topics, err := k.admin.ListTopics(asking(t), topic)
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, node := range k.cluster.Nodes() {
		resp, err := kmsg.NewPtrDescribeLogDirsRequest().RequestWith(asking(t), k.client.Broker(int(node.ID)))
		if err != nil {
			t.Fatal(err)
		}
		for _, dir := range resp.Dirs {
			for _, logs := range dir.Topics {
				for _, p := range logs.Partitions {
					if logs.Topic == topic && topics[topic].Partitions[p.Partition].Leader == node.ID {
						bytes += p.Size
						found++
					}
				}
			}
		}
	}
	if want := len(topics[topic].Partitions); found != want {
		t.Fatalf("topic %s has %d partitions, and log folders have %d", topic, want, found)
	}
	return bytes
}

// each calls fn for every record that a topic holds now.
func (k *kafka) each(t *testing.T, topic string, fn func(*kgo.Record)) {
	t.Helper()
	from := map[int32]kgo.Offset{}
	left := k.ends(t, topic)
	for p, end := range left {
		if from[p] = kgo.NewOffset().AtStart(); end == 0 {
			delete(left, p)
		}
	}
	client, err := kgo.NewClient(kgo.SeedBrokers(k.cluster.Brokers()...), kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{topic: from}))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	for ctx := asking(t); len(left) > 0; {
		fetched := client.PollFetches(ctx)
		if err := fetched.Err(); err != nil {
			t.Fatalf("read %s: %v", topic, err)
		}
		fetched.EachRecord(func(r *kgo.Record) {
			if r.Offset < left[r.Partition] {
				fn(r)
			}
			if r.Offset+1 >= left[r.Partition] {
				delete(left, r.Partition)
			}
		})
	}
}

// createTopic makes a topic that goes with the test.
func (k *kafka) createTopic(t *testing.T, topic string, partitions int32) {
	t.Helper()
	if _, err := k.admin.CreateTopic(asking(t), partitions, 1, nil, topic); err != nil {
		t.Fatal(err)
	}
	k.deleteLater(t, topic)
	eventually(t, "topic "+topic+" to be listed", func(time.Time) bool { return slices.Contains(k.topics(t), topic) })
}

// deleteLater deletes topics that kbench was told to keep when the test ends.
func (k *kafka) deleteLater(t *testing.T, topics ...string) {
	t.Cleanup(func() {
		if _, err := k.admin.DeleteTopics(asking(t), topics...); err != nil {
			t.Error(err)
		}
	})
}

// write adds n records to a topic, dealt over its partitions.
func (k *kafka) write(ctx context.Context, topic string, n int) error {
	records := make([]*kgo.Record, n)
	for i := range records {
		records[i] = &kgo.Record{Topic: topic, Value: []byte("not a record of kbench's, and long enough to hold its stamp")}
	}
	return k.client.ProduceSync(ctx, records...).FirstErr()
}
