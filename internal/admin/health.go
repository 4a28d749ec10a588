package admin

import (
	"context"
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
