package run

import (
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"kbench/internal/admin"
)

func TestNamesSayWhenTheyAreLeft(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	before, after := at.Add(-time.Second), at.Add(time.Second)
	for _, tt := range []struct {
		why, name string
		want      bool
	}{
		{"its trial is over", OwnName("Acks_x", before, 1, false), true},
		{"its trial may still run", OwnName("acks", after, 1, false), false},
		{"it is to be kept", OwnName("acks", before, 1, true), false},
		{"a scenario with all that a name may have", OwnName("a-20260101t000000z-B_c", before, math.MaxUint64, false), true},
		{"the same, kept", OwnName("a-20260101t000000z", before, 1, true), false},
		{"somebody else's", "kbench-results", false},
		{"somebody else's, with a time", "kbench-backup-20260101t000000z", false},
		{"no prefix", "my-" + OwnName("acks", before, 1, false), false},
		{"an older kbench's, without a time", "kbench-acks-00000000000000ff", false},
		{"an id that is none", "kbench-acks-20260101t000000z-00000000000000FF", false},
		{"an id that is too long", "kbench-acks-20260101t000000z-000000000000000ff", false},
		{"a time that is none", "kbench-acks-20261301t000000z-00000000000000ff", false},
		{"nothing", "", false},
	} {
		if got := wasOver(tt.name, at); got != tt.want {
			t.Errorf("%s: %s: got %v, want %v", tt.why, tt.name, got, tt.want)
		}
	}
	if got := topicOf("kbench-acks-gone-g12"); got != "kbench-acks-gone" {
		t.Errorf("got %s", got)
	}
	if got := topicOf("kbench-acks-great"); got != "kbench-acks-great" {
		t.Errorf("got %s", got)
	}
}

// TestLeftovers has a cluster with everything that must stay beside what must go.
func TestLeftovers(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	c, err := kfake.NewCluster(kfake.NumBrokers(1))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	a, err := admin.Open(ctx, c.ListenAddrs(), "test")
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()

	now := time.Now()
	old, young := now.Add(-LeftoverAge-time.Minute), now.Add(-LeftoverAge+time.Minute)
	var (
		left       = OwnName("left", old, 1, false)
		filled     = OwnName("filled", old, 2, false)
		written    = OwnName("written", old, 3, false)
		read       = OwnName("read", old, 4, false)
		recent     = OwnName("recent", young, 5, false)
		keep       = OwnName("keep", old, 6, true)
		foreign    = "kbench-foreign"
		other      = "orders"
		topics     = []string{left, filled, written, read, recent, keep, foreign, other}
		elsewhere  = OwnName("elsewhere", old, 7, false) + "-g1" // of a trial on a topic that the scenario named
		recentElse = OwnName("elsewhere", young, 8, false) + "-g1"
	)
	client, err := kgo.NewClient(kgo.SeedBrokers(c.ListenAddrs()...))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	adm := kadm.NewClient(client)
	for _, topic := range topics {
		if _, err := adm.CreateTopic(ctx, 2, 1, nil, topic); err != nil {
			t.Fatal(err)
		}
	}
	for topic, at := range map[string]time.Time{filled: old, written: young, keep: old} {
		if err := client.ProduceSync(ctx, &kgo.Record{Topic: topic, Timestamp: at, Value: []byte("v")}).FirstErr(); err != nil {
			t.Fatal(err)
		}
	}
	for _, group := range []string{filled + "-g1", filled + "-g2", written + "-g1", keep + "-g1", recent + "-g1", elsewhere, recentElse, "orders-g1"} {
		var offsets kadm.Offsets
		offsets.Add(kadm.Offset{Topic: other, Partition: 0, At: 0, LeaderEpoch: -1})
		if err := adm.CommitAllOffsets(ctx, group, offsets); err != nil {
			t.Fatal(err)
		}
	}
	member, err := kgo.NewClient(kgo.SeedBrokers(c.ListenAddrs()...), kgo.ConsumeTopics(read), kgo.ConsumerGroup(read+"-g1"))
	if err != nil {
		t.Fatal(err)
	}
	defer member.Close()
	for { // until it has joined
		groups, err := a.Groups(ctx, read)
		if err != nil {
			t.Fatal(err)
		}
		if len(groups) == 1 && !groups[0].Empty {
			break
		}
		<-time.After(5 * time.Millisecond)
	}

	removed, err := RemoveLeftovers(ctx, a, now)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"topic " + filled, "topic " + left, "group " + elsewhere, "group " + filled + "-g1", "group " + filled + "-g2"}
	if got := fmt.Sprint(removed); got != fmt.Sprint(want) {
		t.Errorf("removed %s, want %s", got, want)
	}
	stay := slices.DeleteFunc(topics, func(name string) bool { return name == left || name == filled })
	slices.Sort(stay)
	if got, err := a.Topics(ctx, ""); err != nil || !slices.Equal(got, stay) {
		t.Errorf("topics %q, %v; want %q", got, err, stay)
	}
	if groups, err := a.Groups(ctx, ""); err != nil || len(groups) != 6 {
		t.Errorf("groups %v, %v; want six", groups, err)
	}
	if again, err := RemoveLeftovers(ctx, a, now); err != nil || len(again) > 0 {
		t.Errorf("a second time removed %s, %v", again, err)
	}
}
