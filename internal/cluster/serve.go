package cluster

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"runtime/debug"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"

	"kbench/internal/admin"
)

// embeddedBytes bounds what the embedded brokers hold, over all partitions. They keep their records in memory, so a
// long or fast run would otherwise take all of the machine's. Beyond it the oldest records of every partition are
// deleted in proportion, as retention does it in Kafka: a consumer that is further behind loses them.
const embeddedBytes = 1 << 30

// embeddedSegment is how much of a partition is freed at once. It is also what kfake copies when a log grows.
const embeddedSegment = 4 << 20

// embeddedHello is the line that the child writes once it listens.
type embeddedHello struct {
	Brokers []string `json:"brokers"`
	Version string   `json:"version"`
}

// ServeEmbedded runs fake brokers on loopback, writes one line of JSON with their addresses to out, and returns when
// in ends or ctx is done. It is the body of the child process that the engine embedded starts, so that the brokers'
// CPU and memory are not counted as the client's; in is a pipe that closes with the parent.
//
// The goroutine that reads in lives until in ends, which for a child's standard input is with its parent.
func ServeEmbedded(ctx context.Context, in io.Reader, out io.Writer, nodes int) error {
	if err := (Spec{Embedded, nodes}).check(); err != nil {
		return err
	}
	c, k, err := newFake(nodes)
	if err != nil {
		return fmt.Errorf("start the embedded broker: %w", err)
	}
	defer c.Close()
	hello, err := json.Marshal(embeddedHello{c.ListenAddrs(), kfakeVersion()})
	if err != nil {
		return err
	}
	if _, err := out.Write(append(hello, '\n')); err != nil {
		return fmt.Errorf("tell the embedded broker's addresses: %w", err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_, _ = io.Copy(io.Discard, in) // an error is an end, too
	}()
	tick := time.NewTicker(500 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			k.trim(embeddedBytes)
		case <-ended:
			return nil
		case <-ctx.Done():
			return nil
		}
	}
}

// newFake starts the brokers, and what bounds their memory.
func newFake(nodes int) (*kfake.Cluster, *keeper, error) {
	c, err := kfake.NewCluster(
		kfake.NumBrokers(nodes),
		kfake.ClusterID(admin.EmbeddedID),
		kfake.BrokerConfigs(map[string]string{"log.segment.bytes": strconv.Itoa(embeddedSegment)}),
	)
	if err != nil {
		return nil, nil, err
	}
	k := &keeper{cluster: c}
	c.ControlKey(int16(kmsg.CreateTopics), k.observe)
	return c, k, nil
}

// kfakeVersion names the library, with its version where the binary tells it (one built by go test does not).
func kfakeVersion() string {
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, m := range info.Deps {
			if m.Path == "github.com/twmb/franz-go/pkg/kfake" {
				return "kfake " + m.Version
			}
		}
	}
	return "kfake"
}

// A keeper bounds the memory of a fake cluster. kfake's own retention goes by partition, of which there may be any
// number; this goes by the sum.
type keeper struct {
	cluster *kfake.Cluster
	mu      sync.Mutex
	topics  []string // every name ever asked for: kfake does not list those it has
}

// observe notes the topics that a request wants created, and leaves it alone.
func (k *keeper) observe(req kmsg.Request) (kmsg.Response, error, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, t := range req.(*kmsg.CreateTopicsRequest).Topics {
		if !slices.Contains(k.topics, t.Topic) {
			k.topics = append(k.topics, t.Topic)
		}
	}
	return nil, nil, false
}

// trim deletes the oldest records until limit bytes are left, give or take a batch for each partition.
func (k *keeper) trim(limit int64) {
	k.mu.Lock()
	topics := slices.Clone(k.topics) // kfake calls observe, so it must not be called with the lock held
	k.mu.Unlock()

	logs := map[string][]*kfake.PartitionInfo{}
	var sum int64
	for _, t := range topics {
		logs[t] = k.cluster.PartitionInfos(t)
		for _, p := range logs[t] {
			sum += p.NumBytes
		}
	}
	if sum <= limit {
		return
	}
	part := float64(sum-limit) / float64(sum)
	for t, partitions := range logs {
		for _, p := range partitions {
			drop := int64(part * float64(p.HighWatermark-p.LogStartOffset))
			// It fails only for a topic that has been deleted since.
			_ = k.cluster.DeleteRecords(t, p.Partition, p.LogStartOffset+drop)
		}
	}
}
