package admin_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"kbench/internal/admin"
)

// fake starts a fake cluster and an Admin of it.
func fake(t *testing.T, nodes int, opts ...kfake.Opt) (*admin.Admin, *kfake.Cluster) {
	t.Helper()
	c, err := kfake.NewCluster(append(opts, kfake.NumBrokers(nodes))...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	a, err := admin.Open(t.Context(), c.ListenAddrs(), "test")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.Close)
	return a, c
}

// closedPort is where connections are refused. One that was open a moment ago might be another test's by now; this one only
// root could open.
const closedPort = "127.0.0.1:1"

// listener accepts connections and does with each what serve says.
func listener(t *testing.T, serve func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			serve(c)
			defer c.Close()
		}
	}()
	t.Cleanup(func() { l.Close(); <-done })
	return l.Addr().String()
}

func TestCheckBrokers(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		brokers []string
		want    string // part of the error; "" for none
	}{
		{[]string{"127.0.0.1:9092"}, ""},
		{[]string{"[::1]:9092", "kafka-1.example:65535"}, ""},
		// No address is a mistake of the caller's that would otherwise fall back to a library's default.
		{nil, "no broker address"},
		// One string with a list is one strange host to a client, which waits for it for ever.
		{[]string{"a:1,b:2"}, "give each address by itself"},
		{[]string{"a"}, "the port is missing"},
		{[]string{"[::1]"}, "the port is missing"},
		{[]string{"::1:9092"}, "not HOST:PORT"},
		{[]string{":9092"}, "the host is missing"},
		{[]string{"a:"}, "from 1 to 65535"},
		{[]string{"a:0"}, "from 1 to 65535"},
		{[]string{"a:65536"}, "from 1 to 65535"},
		{[]string{"a:+1"}, "from 1 to 65535"},
		{[]string{"a:99999999999999999999"}, "from 1 to 65535"},
		{[]string{"a:kafka"}, "from 1 to 65535"},
		{[]string{"PLAINTEXT://a:9092"}, "URL"},
		{[]string{"a b:9092"}, "character"},
		{[]string{"a:9092", "b:9092/"}, `"b:9092/"`},
		{[]string{""}, "the port is missing"},
	} {
		err := admin.CheckBrokers(tt.brokers)
		if got := fmt.Sprint(err); (tt.want == "") != (err == nil) || err != nil && !strings.Contains(got, tt.want) {
			t.Errorf("CheckBrokers(%q) = %v, want %q", tt.brokers, err, tt.want)
		}
	}
}

func FuzzCheckBrokers(f *testing.F) {
	for _, s := range []string{"127.0.0.1:9092", "[::1]:1", "a,b:1", ":", "a:99999", "\x00:1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if admin.CheckBrokers([]string{s}) != nil {
			return
		}
		host, port, err := net.SplitHostPort(s)
		if err != nil || host == "" || strings.Contains(host, ",") {
			t.Fatalf("%q was accepted: host %q, port %q, %v", s, host, port, err)
		}
		if _, err := net.LookupPort("tcp", port); err != nil {
			t.Fatalf("%q was accepted: %v", s, err)
		}
	})
}

func TestOpenNamesEveryAddress(t *testing.T) {
	t.Parallel()
	refused := closedPort
	silent := listener(t, func(net.Conn) {})
	web := listener(t, func(c net.Conn) { fmt.Fprint(c, "HTTP/1.1 400 Bad Request\r\n\r\n") })
	hangup := listener(t, func(c net.Conn) { c.Close() })

	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	_, err := admin.Open(ctx, []string{refused, silent, web, hangup, "no-such-host.invalid:9092"}, "test")
	if err == nil {
		t.Fatal("Open succeeded without a broker")
	}
	for _, want := range []string{
		refused + ": connection refused",
		silent + ": no answer in time",
		web + ": ",
		hangup + ": ",
		"no-such-host.invalid:9092: ",
		"check the addresses",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("error %q does not contain %q", err, want)
		}
	}
	if strings.Contains(err.Error(), "\n") {
		t.Errorf("error is not one line: %q", err)
	}
}

func TestOpenWithOneGoodAddress(t *testing.T) {
	t.Parallel()
	c, err := kfake.NewCluster(kfake.NumBrokers(1))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	silent := listener(t, func(net.Conn) {})
	a, err := admin.Open(t.Context(), []string{closedPort, silent, c.ListenAddrs()[0]}, "test")
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	if d, err := a.Describe(t.Context()); err != nil || len(d.Nodes) != 1 {
		t.Errorf("Describe = %+v, %v, want one node", d, err)
	}
}

func TestOpenCanceled(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := admin.Open(ctx, []string{listener(t, func(net.Conn) {})}, "test")
	if !errors.Is(err, context.Canceled) {
		t.Errorf("Open = %v, want context.Canceled", err)
	}
}

func TestDescribe(t *testing.T) {
	t.Parallel()
	a, c := fake(t, 3, kfake.ClusterID(admin.EmbeddedID))
	d, err := a.Describe(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if d.ID != admin.EmbeddedID || d.Kind != admin.KindEmbedded || d.Version == "" || len(d.Nodes) != 3 {
		t.Errorf("Describe = %+v, want 3 nodes of the embedded cluster with a version", d)
	}
	for i, n := range d.Nodes {
		if n.ID != int32(i) || n.Addr != c.ListenAddrs()[i] {
			t.Errorf("node %d is %+v, want id %d at %s", i, n, i, c.ListenAddrs()[i])
		}
	}
}

// TestDescribeFenced describes a cluster whose brokers the controller has fenced: it names none, for a while or for good.
func TestDescribeFenced(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		answers int64 // that name no node
		want    string
	}{{2, ""}, {1 << 32, "names no node"}} {
		a, c := fake(t, 1)
		var asked atomic.Int64
		c.ControlKey(int16(kmsg.Metadata), func(req kmsg.Request) (kmsg.Response, error, bool) {
			c.KeepControl()
			return req.ResponseKind(), nil, asked.Add(1) <= tt.answers
		})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		d, err := a.Describe(ctx)
		if tt.want != "" && !strings.Contains(fmt.Sprint(err), tt.want) || tt.want == "" && (err != nil || len(d.Nodes) != 1) {
			t.Errorf("%d answers without a node: %+v, %v, want %q", tt.answers, d, err, tt.want)
		}
	}
}

func TestTopicLife(t *testing.T) {
	t.Parallel()
	a, c := fake(t, 3)
	ctx := t.Context()
	config := map[string]string{"retention.ms": "1000"}
	if err := a.ValidateTopic(ctx, "life", 3, 2, config); err != nil {
		t.Fatal(err)
	}
	if names, err := a.Topics(ctx, ""); err != nil || len(names) != 0 {
		t.Fatalf("after a validation the topics are %q, %v, want none", names, err)
	}
	if err := a.CreateTopic(ctx, "life", 3, 2, config); err != nil {
		t.Fatal(err)
	}
	if err := a.CreateTopic(ctx, "other", 1, 1, nil); err != nil {
		t.Fatal(err)
	}
	if names, err := a.Topics(ctx, "li"); err != nil || len(names) != 1 || names[0] != "life" {
		t.Errorf("Topics(li) = %q, %v, want life", names, err)
	}
	got, err := a.Topic(ctx, "life")
	if err != nil {
		t.Fatal(err)
	}
	if got.Config["retention.ms"] != "1000" {
		t.Errorf("settings are %v, want retention.ms=1000", got.Config)
	}
	for i, p := range got.Partitions {
		if p.ID != int32(i) || p.Leader < 0 || len(p.Replicas) != 2 || len(p.ISR) != 2 {
			t.Errorf("partition %d is %+v, want a leader and 2 replicas in sync", i, p)
		}
	}
	if len(got.Partitions) != 3 {
		t.Errorf("%d partitions, want 3", len(got.Partitions))
	}
	offsetsOf(t, a, c)
	if err := a.DeleteTopic(ctx, "life"); err != nil {
		t.Error(err)
	}
	// The answer to the first request may have been lost.
	if err := a.DeleteTopic(ctx, "life"); err != nil {
		t.Error(err)
	}
	if _, err := a.Topic(ctx, "life"); admin.Class(err) != "UNKNOWN_TOPIC_OR_PARTITION" {
		t.Errorf("a deleted topic is described with %v", err)
	}
}

// offsetsOf puts 5 records into partition 0 of the topic life, commits 3, and reads what the cluster says of that.
func offsetsOf(t *testing.T, a *admin.Admin, c *kfake.Cluster) {
	t.Helper()
	ctx := t.Context()
	client, err := kgo.NewClient(
		kgo.SeedBrokers(c.ListenAddrs()...), kgo.RecordPartitioner(kgo.ManualPartitioner()),
		kgo.ConsumeTopics("life"), kgo.ConsumerGroup("g"), kgo.DisableAutoCommit())
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	for range 5 {
		if err := client.ProduceSync(ctx, &kgo.Record{Topic: "life", Value: []byte("v")}).FirstErr(); err != nil {
			t.Fatal(err)
		}
	}
	if err := client.CommitRecords(ctx, &kgo.Record{Topic: "life", Partition: 0, Offset: 2}); err != nil {
		t.Fatal(err)
	}
	check := func(what string, want map[int32]int64) func(map[int32]int64, error) {
		return func(got map[int32]int64, err error) {
			t.Helper()
			if err != nil || !maps.Equal(got, want) {
				t.Errorf("%s = %v, %v, want %v", what, got, err, want)
			}
		}
	}
	check("StartOffsets", map[int32]int64{0: 0, 1: 0, 2: 0})(a.StartOffsets(ctx, "life"))
	check("EndOffsets", map[int32]int64{0: 5, 1: 0, 2: 0})(a.EndOffsets(ctx, "life"))
	check("Committed", map[int32]int64{0: 3})(a.Committed(ctx, "g", "life"))
	check("Committed of nobody", map[int32]int64{})(a.Committed(ctx, "nobody", "life"))
	if bytes, ok := a.DiskBytes(ctx, "life"); !ok || bytes <= 0 {
		t.Errorf("DiskBytes = %d, %v, want more than none", bytes, ok)
	}
	client.LeaveGroup()
	if err := a.DeleteGroups(ctx, "g", "nobody"); err != nil {
		t.Error(err)
	}
	check("Committed of a deleted group", map[int32]int64{})(a.Committed(ctx, "g", "life"))
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	a, _ := fake(t, 1)
	ctx := t.Context()
	if err := a.CreateTopic(ctx, "there", 1, 1, nil); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		what  string
		err   error
		class string
		want  string
	}{
		{"more replicas than nodes", a.CreateTopic(ctx, "x", 1, 3, nil), "INVALID_REPLICATION_FACTOR", "replication factor 3 was asked for and the cluster has 1 node"},
		{"the same, dry", a.ValidateTopic(ctx, "x", 1, 3, nil), "INVALID_REPLICATION_FACTOR", "validate topic x"},
		{"no partitions", a.CreateTopic(ctx, "x", 0, 1, nil), "INVALID_PARTITIONS", "1 or more"},
		{"a name that is taken", a.CreateTopic(ctx, "there", 1, 1, nil), "TOPIC_ALREADY_EXISTS", "another topic.name"},
		{"offsets of no topic", second(a.EndOffsets(ctx, "absent")), "UNKNOWN_TOPIC_OR_PARTITION", "end offsets of topic absent"},
		{"no topic", second(a.Topic(ctx, "absent")), "UNKNOWN_TOPIC_OR_PARTITION", "describe topic absent"},
	} {
		if got := admin.Class(tt.err); got != tt.class || !strings.Contains(fmt.Sprint(tt.err), tt.want) {
			t.Errorf("%s: %v, want class %s and %q", tt.what, tt.err, tt.class, tt.want)
		}
	}
	if _, ok := a.DiskBytes(ctx, "absent"); ok {
		t.Error("DiskBytes of a topic that does not exist is ok")
	}
	if got := admin.Class(errors.New("x")); got != "" {
		t.Errorf("the class of a stranger's error is %q, want none", got)
	}
}

func second[T any](_ T, err error) error { return err }

func TestCallsEndWithTheirContext(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		what string
		key  kmsg.Key // the request that is never answered
		call func(context.Context, *admin.Admin) error
	}{
		{"a controller that is stuck", kmsg.CreateTopics, func(ctx context.Context, a *admin.Admin) error {
			return a.CreateTopic(ctx, "x", 1, 1, nil)
		}},
		{"a broker that is stuck", kmsg.Metadata, func(ctx context.Context, a *admin.Admin) error {
			return second(a.Describe(ctx))
		}},
		{"a leader that is stuck", kmsg.ListOffsets, func(ctx context.Context, a *admin.Admin) error {
			return second(a.EndOffsets(ctx, "there"))
		}},
		{"a coordinator that is stuck", kmsg.OffsetFetch, func(ctx context.Context, a *admin.Admin) error {
			return second(a.Committed(ctx, "g", "there"))
		}},
	} {
		t.Run(tt.what, func(t *testing.T) {
			t.Parallel()
			a, c := fake(t, 1, kfake.SeedTopics(1, "there"))
			c.ControlKey(int16(tt.key), func(kmsg.Request) (kmsg.Response, error, bool) {
				c.KeepControl()
				return nil, nil, true
			})
			ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
			defer cancel()
			if err := tt.call(ctx, a); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("got %v, want the context's error", err)
			}
		})
	}
}

func TestCreateTopicWaitsForItsReplicas(t *testing.T) {
	t.Parallel()
	a, c := fake(t, 2)
	// What the brokers say of the new topic lacks its follower for a while, as on a real cluster.
	var asked atomic.Int32
	c.ControlKey(int16(kmsg.Metadata), func(req kmsg.Request) (kmsg.Response, error, bool) {
		topics := req.(*kmsg.MetadataRequest).Topics
		if len(topics) != 1 || *topics[0].Topic != "late" || asked.Add(1) > 3 {
			return nil, nil, false
		}
		c.KeepControl()
		resp := req.ResponseKind().(*kmsg.MetadataResponse)
		for i, addr := range c.ListenAddrs() {
			b := kmsg.NewMetadataResponseBroker()
			b.NodeID = int32(i)
			b.Host = "127.0.0.1"
			if _, err := fmt.Sscanf(addr, "127.0.0.1:%d", &b.Port); err != nil {
				return nil, err, true
			}
			resp.Brokers = append(resp.Brokers, b)
		}
		topic, partition := kmsg.NewMetadataResponseTopic(), kmsg.NewMetadataResponseTopicPartition()
		topic.Topic = new("late")
		partition.ISR = []int32{0}
		topic.Partitions = append(topic.Partitions, partition)
		resp.Topics = append(resp.Topics, topic)
		return resp, nil, true
	})
	if err := a.CreateTopic(t.Context(), "late", 1, 2, nil); err != nil {
		t.Fatal(err)
	}
	// Three answers were not good enough, then each of the two nodes gave one that was.
	if got := asked.Load(); got < 5 {
		t.Errorf("the nodes were asked %d times, want 5 at least", got)
	}
}
