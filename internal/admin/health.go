package admin

import (
	"context"
	"errors"
	"fmt"
)

// Health is how whole a cluster's partitions are, those of Kafka's own topics too, as far as this client may see them.
type Health struct {
	Topics, Partitions int
	UnderReplicated    int    // with fewer in-sync replicas than replicas, offline ones too
	Offline            int    // without a leader
	Example            string // a partition that is one or the other, as TOPIC-PARTITION; "" for none
}

// Health looks at every partition of the cluster.
func (a *Admin) Health(ctx context.Context) (Health, error) {
	ctx, cancel := bound(ctx)
	defer cancel()
	m, err := metadata(ctx, a.client, nil)
	if err != nil {
		return Health{}, fmt.Errorf("look at every partition: %w", err)
	}
	var h Health
	for _, t := range m.Topics {
		h.Topics++
		for _, p := range t.Partitions {
			h.Partitions++
			if p.Leader < 0 {
				h.Offline++
			}
			if len(p.ISR) < len(p.Replicas) {
				h.UnderReplicated++
			}
			if (p.Leader < 0 || len(p.ISR) < len(p.Replicas)) && t.Topic != nil && h.Example == "" {
				h.Example = fmt.Sprintf("%s-%d", *t.Topic, p.Partition)
			}
		}
	}
	return h, nil
}

// Reach asks the broker at one address, HOST:PORT, and returns nil once it has answered as Kafka does. The error says in a
// few words why it did not. It ends with ctx, or when the client gives up.
func Reach(ctx context.Context, broker, clientID string) error {
	ctx, cancel := context.WithTimeout(ctx, openLimit)
	defer cancel()
	client, err := ping(ctx, broker, clientID)
	if err != nil {
		return errors.New(reason(err))
	}
	client.Close()
	return nil
}
