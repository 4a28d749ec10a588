package doctor

import (
	"errors"
	"net"
	"slices"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"

	"kbench/internal/admin"
	"kbench/internal/driver"
	"kbench/internal/driver/franz"
	"kbench/internal/driver/null"
	"kbench/internal/run"
)

// fake starts fake brokers that live as long as t.
func fake(t *testing.T) *kfake.Cluster {
	t.Helper()
	c, err := kfake.NewCluster(kfake.NumBrokers(2))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// examine returns what is told of brokers.
func examine(t *testing.T, brokers ...string) (told []Check) {
	t.Helper()
	d := &Doctor{Drivers: []driver.Driver{null.New(), franz.New()}, Tell: func(c Check) { told = append(told, c) }}
	if err := d.CheckBrokers(t.Context(), brokers); err != nil {
		t.Fatal(err)
	}
	whole(t, told)
	return told
}

// left returns the topics and groups that are still there.
func left(t *testing.T, c *kfake.Cluster) []string {
	t.Helper()
	a, err := admin.Open(t.Context(), c.ListenAddrs(), "test")
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	topics, err := a.Topics(t.Context(), run.TopicPrefix)
	if err != nil {
		t.Fatal(err)
	}
	return topics
}

func TestBrokersThatAllowEverything(t *testing.T) {
	t.Parallel()
	c := fake(t)
	told := examine(t, c.ListenAddrs()...)
	var names []string
	for _, check := range told {
		names = append(names, check.Name)
		if check.Level != OK {
			t.Errorf("%s: %s: %s", check.Name, check.Level, check.Said)
		}
	}
	want := []string{
		"bootstrap", "cluster", "nodes", "replicas",
		"create_topic", "describe_topic", "write", "read", "commit", "log_dirs", "delete_group", "delete_topic",
	}
	if !slices.Equal(names, want) {
		t.Errorf("told %v, want %v: programs rely on the names", names, want)
	}
	if topics := left(t, c); len(topics) > 0 {
		t.Errorf("topics %v are left", topics)
	}
}

func TestBrokersThatDenySomething(t *testing.T) {
	t.Parallel()
	untried := func(names ...string) map[string]Level {
		m := map[string]Level{}
		for _, n := range names {
			m[n] = Warn
		}
		return m
	}
	with := func(m map[string]Level, name string, l Level) map[string]Level { m[name] = l; return m }
	for _, tt := range []struct {
		why  string
		key  kmsg.Key
		err  *kerr.Error
		want map[string]Level // what is not ok
		do   string           // what to do about it must hold this
	}{
		{
			"no topic can be made, so nothing else can be tried", kmsg.CreateTopics, kerr.TopicAuthorizationFailed,
			with(untried("describe_topic", "write", "read", "commit", "log_dirs", "delete_group", "delete_topic"), "create_topic", Fail), "CREATE",
		},
		{
			"no record can be written, so none can be read", kmsg.Produce, kerr.TopicAuthorizationFailed,
			with(untried("read", "commit", "delete_group"), "write", Fail), "WRITE",
		},
		{
			"no record can be read", kmsg.Fetch, kerr.TopicAuthorizationFailed,
			with(untried("commit", "delete_group"), "read", Fail), "READ",
		},
		{"settings are not told", kmsg.DescribeConfigs, kerr.TopicAuthorizationFailed, map[string]Level{"describe_topic": Fail, "log_dirs": Warn}, "DESCRIBE_CONFIGS"},
		{"topics can't be deleted, and one stays", kmsg.DeleteTopics, kerr.TopicAuthorizationFailed, map[string]Level{"delete_topic": Fail}, "DELETE"},
	} {
		t.Run(tt.why, func(t *testing.T) {
			t.Parallel()
			c := fake(t)
			c.Fault(kfake.Fault{Keys: []kmsg.Key{tt.key}, Err: tt.err, Count: -1})
			told := examine(t, c.ListenAddrs()[0])
			got := levels(told)
			for _, check := range told {
				if check.Level != tt.want[check.Name] && !(check.Level == OK && tt.want[check.Name] == "") {
					t.Errorf("%s is %s, want %q: %s", check.Name, check.Level, tt.want[check.Name], check.Said)
				}
				if check.Level == Fail && !strings.Contains(check.Do, tt.do) {
					t.Errorf("%s: what to do is %q, want something of %s", check.Name, check.Do, tt.do)
				}
			}
			if len(got) != len(tt.want) {
				t.Errorf("got %v, want %v", got, tt.want)
			}
			if topics := left(t, c); tt.key != kmsg.DeleteTopics && len(topics) > 0 {
				t.Errorf("topics %v are left", topics)
			}
		})
	}
}

func TestBrokersThatDoNotAnswer(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	gone := l.Addr().String()
	l.Close()
	told := examine(t, gone)
	if len(told) != 1 || told[0].Name != "bootstrap" || told[0].Level != Fail || !strings.Contains(told[0].Said, gone+": connection refused") {
		t.Errorf("nobody there: got %+v", told)
	}
	told = examine(t, gone, fake(t).ListenAddrs()[0])
	if len(told) < 2 || told[0].Level != Warn || told[1].Level != OK {
		t.Errorf("one of two: got %+v, want a warning and then the rest", told)
	}
}

func TestJudgeBrokers(t *testing.T) {
	t.Parallel()
	refused := errors.New("connection refused")
	for _, tt := range []struct {
		why   string
		check Check
		want  Level
		said  string
	}{
		{"all advertised addresses answer", advertised([]string{"a:1", "b:2"}, []error{nil, nil}), OK, "2 of 2 advertised addresses answer: a:1, b:2"},
		{
			"records for one node would fail", advertised([]string{"a:1", "b:2"}, []error{nil, refused}), Fail,
			"1 of 2 advertised addresses answer; b:2: connection refused",
		},
		{"a run does with one address", bootstrap([]string{"a:1", "b:2"}, []error{nil, refused}), Warn, "1 of 2 named addresses answer; b:2: connection refused"},
		{"or fails without any", bootstrap([]string{"a:1"}, []error{refused}), Fail, "0 of 1 named addresses answer; a:1: connection refused"},
		{"whole", replicas(admin.Health{Topics: 1, Partitions: 3}), OK, "all in sync in 3 partitions of 1 topic"},
		{
			"a replica lags", replicas(admin.Health{Topics: 1, Partitions: 3, UnderReplicated: 1, Example: "x-2"}), Warn,
			"of 3 partitions 1 lack an in-sync replica and 0 have no leader, such as x-2",
		},
		{
			"a partition is offline", replicas(admin.Health{Topics: 1, Partitions: 3, UnderReplicated: 1, Offline: 1, Example: "x-2"}), Fail,
			"of 3 partitions 1 lack an in-sync replica and 1 have no leader, such as x-2",
		},
		{"Kafka", describe(admin.Description{Kind: admin.KindKafka, Version: "4.3", Nodes: make([]admin.Node, 3)}), OK, "Kafka 4.3, 3 nodes"},
		{"a Kafka that does not tell", describe(admin.Description{Kind: admin.KindKafka, Nodes: make([]admin.Node, 1)}), OK, "Kafka of a version that it does not tell, 1 node"},
		{"no Kafka", describe(admin.Description{Kind: admin.KindEmbedded, Version: "4.1", Nodes: make([]admin.Node, 1)}), OK, "NOT Kafka: the embedded fake, like Kafka 4.1, 1 node"},
	} {
		whole(t, []Check{tt.check})
		if tt.check.Level != tt.want || tt.check.Said != tt.said {
			t.Errorf("%s: got %s %q, want %s %q", tt.why, tt.check.Level, tt.check.Said, tt.want, tt.said)
		}
	}
}
