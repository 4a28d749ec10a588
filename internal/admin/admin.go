// Package admin asks a Kafka cluster about itself, and makes and removes what a benchmark needs there: topics and
// groups. Every call is bounded by its context and by 30 s, whichever ends first, and every error says what was asked
// and wraps the broker's own, which Class names.
package admin

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// Limits on waiting. A cluster that needs longer is not one to measure.
const (
	openLimit = 10 * time.Second // until the first broker has answered
	dialLimit = 3 * time.Second  // for one connection
	callLimit = 30 * time.Second // for one method
)

// EmbeddedID is the cluster id that kbench's embedded broker states, so that a report can say that it is not Kafka
// even when the broker was given by address.
const EmbeddedID = "kfake-embedded-in-kbench"

// An Admin is a connection to one cluster. It is safe for concurrent use.
type Admin struct {
	client *kgo.Client
	adm    *kadm.Client
}

// metadata asks whom about the topics, nil for all of them and none for the brokers alone. It goes past the client's
// cache, which would show a cluster as it was some time ago.
func metadata(ctx context.Context, whom kmsg.Requestor, topics []string) (*kmsg.MetadataResponse, error) {
	req := kmsg.NewPtrMetadataRequest()
	if topics != nil {
		req.Topics = []kmsg.MetadataRequestTopic{}
	}
	for _, t := range topics {
		rt := kmsg.NewMetadataRequestTopic()
		rt.Topic = new(t)
		req.Topics = append(req.Topics, rt)
	}
	resp, err := req.RequestWith(ctx, whom)
	if err != nil {
		return nil, err
	}
	for _, t := range resp.Topics {
		if err := kerr.ErrorForCode(t.ErrorCode); err != nil {
			return nil, err
		}
	}
	return resp, nil
}

// Close ends the connection.
func (a *Admin) Close() { a.client.Close() }

// bound limits ctx to the longest that a method takes.
func bound(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, callLimit)
}

// await asks what is missing until nothing is. Where ctx is done first, its error says what was missing then.
func await(ctx context.Context, missing func() string) error {
	for pause := 20 * time.Millisecond; ; pause = min(2*pause, time.Second) {
		what := missing()
		if what == "" {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s: %w", what, ctx.Err())
		case <-time.After(pause):
		}
	}
}

// Class returns the name of the Kafka protocol error that err wraps, such as TOPIC_ALREADY_EXISTS, or "".
func Class(err error) string {
	if e, ok := errors.AsType[*kerr.Error](err); ok {
		return e.Message
	}
	return ""
}
