package admin

import (
	"context"
	"errors"
	"fmt"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// Controller returns the node that is the active controller now. Metadata does not tell it: with KRaft, brokers name one
// of themselves there at random, since any of them passes requests on.
func (a *Admin) Controller(ctx context.Context) (int32, error) {
	ctx, cancel := bound(ctx)
	defer cancel()
	req, topic := kmsg.NewPtrDescribeQuorumRequest(), kmsg.NewDescribeQuorumRequestTopic()
	topic.Topic = "__cluster_metadata"
	topic.Partitions = append(topic.Partitions, kmsg.NewDescribeQuorumRequestTopicPartition())
	req.Topics = append(req.Topics, topic)
	resp, err := req.RequestWith(ctx, a.client)
	if err == nil {
		err = kerr.ErrorForCode(resp.ErrorCode)
	}
	if err != nil {
		return -1, fmt.Errorf("ask for the active controller: %w", err)
	}
	for _, t := range resp.Topics {
		for _, p := range t.Partitions {
			if err := kerr.ErrorForCode(p.ErrorCode); err != nil {
				return -1, fmt.Errorf("ask for the active controller: %w", err)
			}
			if p.LeaderID >= 0 {
				return p.LeaderID, nil
			}
		}
	}
	return -1, errors.New("ask for the active controller: there is none now")
}
