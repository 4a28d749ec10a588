package admin

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// The values of Description.Kind.
const (
	KindEmbedded = "embedded" // kbench's fake broker: not Kafka
	KindKafka    = "kafka"
)

// A Description is what a cluster says of itself.
type Description struct {
	Kind       string // KindEmbedded or KindKafka
	ID         string
	Version    string // what its API versions imply, such as 4.1 or "at least 4.2"; "" where it does not tell
	Controller int32  // node id; -1 unknown
	Nodes      []Node // by id
}

// A Node is one broker.
type Node struct {
	ID   int32
	Addr string // as it is advertised to clients
	Rack string // "" for none
}

// Describe asks any one broker about the cluster, and that broker for its version. A cluster that names no node is asked again:
// its brokers have just started, or stood still, and the controller has them fenced until it hears of them.
func (a *Admin) Describe(ctx context.Context) (Description, error) {
	ctx, cancel := bound(ctx)
	defer cancel()
	var m *kmsg.MetadataResponse
	var failed error
	err := await(ctx, func() string {
		m, failed = metadata(ctx, a.client, []string{})
		if failed == nil && len(m.Brokers) == 0 {
			return "it names no node, as if all brokers had lost their controller"
		}
		return ""
	})
	if err = cmp.Or(failed, err); err != nil {
		return Description{}, fmt.Errorf("describe the cluster: %w", err)
	}
	d := Description{Controller: m.ControllerID}
	if m.ClusterID != nil {
		d.ID = *m.ClusterID
	}
	d.Kind = kind(d.ID)
	for _, b := range m.Brokers {
		n := Node{ID: b.NodeID, Addr: net.JoinHostPort(b.Host, strconv.Itoa(int(b.Port)))}
		if b.Rack != nil {
			n.Rack = *b.Rack
		}
		d.Nodes = append(d.Nodes, n)
	}
	slices.SortFunc(d.Nodes, func(x, y Node) int { return int(x.ID) - int(y.ID) })
	d.Version = a.version(ctx)
	return d, nil
}

func kind(clusterID string) string {
	if strings.HasPrefix(clusterID, "kfake") {
		return KindEmbedded
	}
	return KindKafka
}

// version guesses; a cluster that does not tell is no error, since nothing depends on it.
func (a *Admin) version(ctx context.Context) string {
	all, err := a.adm.ApiVersions(ctx)
	if err != nil {
		return ""
	}
	for _, v := range all.Sorted() {
		if v.Err == nil {
			return plain(v.VersionGuess())
		}
	}
	return ""
}

// plain takes the v off version numbers: "at least v4.2" is "at least 4.2".
func plain(guess string) string {
	words := strings.Fields(guess)
	for i, w := range words {
		if len(w) > 1 && w[0] == 'v' && w[1] >= '0' && w[1] <= '9' {
			words[i] = w[1:]
		}
	}
	return strings.Join(words, " ")
}

// StartOffsets returns the first offset of each partition that still exists.
func (a *Admin) StartOffsets(ctx context.Context, topic string) (map[int32]int64, error) {
	ctx, cancel := bound(ctx)
	defer cancel()
	listed, err := a.adm.ListStartOffsets(ctx, topic)
	return offsets("start", topic, listed, err)
}

// EndOffsets returns the high watermark of each partition: the offset that the next record to be seen will have.
func (a *Admin) EndOffsets(ctx context.Context, topic string) (map[int32]int64, error) {
	ctx, cancel := bound(ctx)
	defer cancel()
	listed, err := a.adm.ListEndOffsets(ctx, topic)
	return offsets("end", topic, listed, err)
}

func offsets(which, topic string, listed kadm.ListedOffsets, err error) (map[int32]int64, error) {
	if err == nil {
		err = listed.Error()
	}
	if err != nil {
		return nil, fmt.Errorf("%s offsets of topic %s: %w", which, topic, err)
	}
	m := map[int32]int64{}
	for p, o := range listed[topic] {
		m[p] = o.Offset
	}
	return m, nil
}

// Committed returns the offsets that the group has committed, by partition. One that never committed has none.
func (a *Admin) Committed(ctx context.Context, group, topic string) (map[int32]int64, error) {
	ctx, cancel := bound(ctx)
	defer cancel()
	var fetched kadm.OffsetResponses
	err := coordinated(ctx, func() (err error) {
		if fetched, err = a.adm.FetchOffsets(ctx, group); err != nil {
			return err
		}
		return fetched.Error()
	})
	if err != nil && Class(err) != "GROUP_ID_NOT_FOUND" {
		return nil, fmt.Errorf("offsets that group %s committed: %w", group, err)
	}
	m := map[int32]int64{}
	for p, o := range fetched[topic] {
		if o.At >= 0 {
			m[p] = o.At
		}
	}
	return m, nil
}

// DeleteGroups removes consumer groups. One that does not exist is no error; one that still has members is.
func (a *Admin) DeleteGroups(ctx context.Context, groups ...string) error {
	ctx, cancel := bound(ctx)
	defer cancel()
	for _, g := range groups {
		err := coordinated(ctx, func() error { return second(a.adm.DeleteGroup(ctx, g)) })
		if err != nil && Class(err) != "GROUP_ID_NOT_FOUND" {
			return fmt.Errorf("delete group %s: %w", g, err)
		}
	}
	return nil
}

// coordinated calls f again while the cluster makes up its mind about who coordinates a group. On a new cluster that
// takes a second, since the first question about any group makes it create the topic that offsets are kept in.
func coordinated(ctx context.Context, f func() error) error {
	for {
		err := f()
		if c := Class(err); c != "COORDINATOR_NOT_AVAILABLE" && c != "COORDINATOR_LOAD_IN_PROGRESS" && c != "NOT_COORDINATOR" {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%w: %w", ctx.Err(), err)
		case <-time.After(100 * time.Millisecond):
		}
	}
}

func second[T any](_ T, err error) error { return err }
