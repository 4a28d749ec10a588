package admin

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// A Topic is what the cluster says of one.
type Topic struct {
	Name       string
	Partitions []Partition       // by id
	Config     map[string]string // in force and not Kafka's default; secrets are left out
}

// A Partition is one of a topic's. An id is a node's.
type Partition struct {
	ID       int32
	Leader   int32 // -1: none
	Replicas []int32
	ISR      []int32 // in-sync replicas
}

// CreateTopic makes a topic, and returns once every broker of the cluster knows a leader and a full set of in-sync
// replicas for each partition, and the leaders have their logs: a client that starts then meets no error that only a
// new topic has.
func (a *Admin) CreateTopic(ctx context.Context, name string, partitions, replication int, config map[string]string) error {
	ctx, cancel := bound(ctx)
	defer cancel()
	made, err := a.adm.CreateTopics(ctx, int32(partitions), int16(replication), pointers(config), name)
	if err := a.refused(ctx, "create", name, partitions, replication, made[name], err); err != nil {
		return err
	}
	return a.waitTopic(ctx, name, partitions, replication)
}

// ValidateTopic asks whether CreateTopic would be allowed, and makes nothing.
func (a *Admin) ValidateTopic(ctx context.Context, name string, partitions, replication int, config map[string]string) error {
	ctx, cancel := bound(ctx)
	defer cancel()
	made, err := a.adm.ValidateCreateTopics(ctx, int32(partitions), int16(replication), pointers(config), name)
	return a.refused(ctx, "validate", name, partitions, replication, made[name], err)
}

// refused turns an answer into an error that says what was asked, what the broker said and what to do.
func (a *Admin) refused(ctx context.Context, verb, name string, partitions, replication int, r kadm.CreateTopicResponse, err error) error {
	if err == nil {
		err = r.Err
	}
	if err == nil {
		return nil
	}
	said := strings.Join(strings.Fields(r.ErrMessage), " ")
	switch {
	case errors.Is(err, kerr.InvalidReplicationFactor):
		said = fmt.Sprintf("replication factor %d was asked for%s; lower topic.replication_factor, or add nodes", replication, a.nodeCount(ctx))
	case errors.Is(err, kerr.InvalidPartitions):
		said = fmt.Sprintf("%d partitions were asked for; topic.partitions is 1 or more", partitions)
	case errors.Is(err, kerr.TopicAlreadyExists):
		said = "use another topic.name, or delete it"
	case errors.Is(err, kerr.TopicAuthorizationFailed), errors.Is(err, kerr.ClusterAuthorizationFailed):
		said = "this client may not create topics; ask for the CREATE permission, or name an existing topic"
	}
	if said != "" {
		err = fmt.Errorf("%w (%s)", err, said)
	}
	return fmt.Errorf("%s topic %s: %w", verb, name, err)
}

// nodeCount says how many nodes there are, or nothing where the cluster does not answer.
func (a *Admin) nodeCount(ctx context.Context) string {
	m, err := metadata(ctx, a.client, []string{})
	if err != nil {
		return ""
	}
	if len(m.Brokers) == 1 {
		return " and the cluster has 1 node"
	}
	return fmt.Sprintf(" and the cluster has %d nodes", len(m.Brokers))
}

func pointers(config map[string]string) map[string]*string {
	m := make(map[string]*string, len(config))
	for k, v := range config {
		m[k] = &v
	}
	return m
}

// waitTopic asks every broker until all agree that the topic is whole, or ctx is done.
func (a *Admin) waitTopic(ctx context.Context, name string, partitions, replication int) error {
	err := await(ctx, func() string { return a.topicMissing(ctx, name, partitions, replication) })
	if err != nil {
		return fmt.Errorf("create topic %s: it was made, but %w", name, err)
	}
	return nil
}

// topicMissing says what the brokers still lack, or "".
func (a *Admin) topicMissing(ctx context.Context, name string, partitions, replication int) string {
	cluster, err := metadata(ctx, a.client, []string{})
	if err != nil {
		return "the cluster does not answer: " + reason(err)
	}
	for _, b := range cluster.Brokers {
		m, err := metadata(ctx, a.client.Broker(int(b.NodeID)), []string{name})
		if err != nil {
			return fmt.Sprintf("node %d does not know it: %s", b.NodeID, reason(err))
		}
		if len(m.Topics) != 1 || len(m.Topics[0].Partitions) != partitions {
			return fmt.Sprintf("node %d does not know all of its partitions", b.NodeID)
		}
		for _, p := range m.Topics[0].Partitions {
			if p.ErrorCode != 0 || p.Leader < 0 || len(p.ISR) < replication {
				return fmt.Sprintf("node %d sees partition %d with leader %d and %d of %d in-sync replicas", b.NodeID, p.Partition, p.Leader, len(p.ISR), replication)
			}
		}
	}
	// A broker tells of a partition a moment before it can serve it.
	if _, err := a.EndOffsets(ctx, name); err != nil {
		return "its leaders are not ready: " + reason(err)
	}
	return ""
}

// DeleteTopic removes a topic. One that does not exist is no error, since an answer may be lost and the request repeated.
func (a *Admin) DeleteTopic(ctx context.Context, name string) error {
	ctx, cancel := bound(ctx)
	defer cancel()
	if _, err := a.adm.DeleteTopic(ctx, name); err != nil && !errors.Is(err, kerr.UnknownTopicOrPartition) {
		return fmt.Errorf("delete topic %s: %w", name, err)
	}
	return nil
}

// Topic describes an existing topic.
func (a *Admin) Topic(ctx context.Context, name string) (Topic, error) {
	ctx, cancel := bound(ctx)
	defer cancel()
	partitions, err := a.Partitions(ctx, name)
	if err != nil {
		return Topic{}, err
	}
	t := Topic{Name: name, Partitions: partitions, Config: map[string]string{}}
	configs, err := a.adm.DescribeTopicConfigs(ctx, name)
	if err != nil {
		return Topic{}, fmt.Errorf("settings of topic %s: %w", name, err)
	}
	for _, r := range configs {
		if r.Err != nil {
			return Topic{}, fmt.Errorf("settings of topic %s: %w", name, r.Err)
		}
		for _, c := range r.Configs {
			if c.Source != kmsg.ConfigSourceDefaultConfig && !c.Sensitive && c.Value != nil {
				t.Config[c.Key] = *c.Value
			}
		}
	}
	return t, nil
}

// Partitions returns those of an existing topic, by id.
func (a *Admin) Partitions(ctx context.Context, name string) (partitions []Partition, err error) {
	ctx, cancel := bound(ctx)
	defer cancel()
	m, err := metadata(ctx, a.client, []string{name})
	if err != nil {
		return nil, fmt.Errorf("describe topic %s: %w", name, err)
	}
	for _, t := range m.Topics {
		for _, p := range t.Partitions {
			partitions = append(partitions, Partition{ID: p.Partition, Leader: p.Leader, Replicas: p.Replicas, ISR: p.ISR})
		}
	}
	slices.SortFunc(partitions, func(x, y Partition) int { return int(x.ID - y.ID) })
	return partitions, nil
}

// Topics returns the names that begin with prefix, sorted, without Kafka's own.
func (a *Admin) Topics(ctx context.Context, prefix string) ([]string, error) {
	ctx, cancel := bound(ctx)
	defer cancel()
	m, err := metadata(ctx, a.client, nil)
	if err != nil {
		return nil, fmt.Errorf("list topics: %w", err)
	}
	var names []string
	for _, t := range m.Topics {
		if t.Topic != nil && !t.IsInternal && strings.HasPrefix(*t.Topic, prefix) {
			names = append(names, *t.Topic)
		}
	}
	slices.Sort(names)
	return names, nil
}

// DiskBytes returns how many bytes one replica of the topic holds on disk: the leaders', summed over partitions. It is
// not ok where the brokers do not tell.
func (a *Admin) DiskBytes(ctx context.Context, name string) (bytes int64, ok bool) {
	t, err := a.Topic(ctx, name)
	if err != nil {
		return 0, false
	}
	ctx, cancel := bound(ctx)
	defer cancel()
	led := map[int32][]int32{} // partitions by leader
	for _, p := range t.Partitions {
		led[p.Leader] = append(led[p.Leader], p.ID)
	}
	for leader, partitions := range led {
		n, ok := a.logBytes(ctx, leader, name, partitions)
		if !ok {
			return 0, false
		}
		bytes += n
	}
	return bytes, true
}

// logBytes asks one node for the size of some of its partitions. kadm would take one partition for all of them, because
// Kafka 4 answers with an entry for each.
func (a *Admin) logBytes(ctx context.Context, node int32, topic string, partitions []int32) (bytes int64, ok bool) {
	req := kmsg.NewPtrDescribeLogDirsRequest()
	rt := kmsg.NewDescribeLogDirsRequestTopic()
	rt.Topic, rt.Partitions = topic, partitions
	req.Topics = append(req.Topics, rt)
	resp, err := req.RequestWith(ctx, a.client.Broker(int(node)))
	if err != nil || resp.ErrorCode != 0 {
		return 0, false
	}
	found := 0
	for _, dir := range resp.Dirs {
		for _, t := range dir.Topics {
			for _, p := range t.Partitions {
				if t.Topic == topic && !p.IsFuture && dir.ErrorCode == 0 {
					bytes += p.Size
					found++
				}
			}
		}
	}
	return bytes, found == len(partitions)
}
