// Package admin asks a Kafka cluster about itself, and makes and removes what a benchmark needs there: topics and
// groups. Every call is bounded by its context and by 30 s, whichever ends first, and every error says what was asked
// and wraps the broker's own, which Class names.
package admin

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"syscall"
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

// Open returns once one of the brokers has answered as Kafka does. After 10 s, or when ctx is done, it gives up with an
// error that names every address and its reason.
func Open(ctx context.Context, brokers []string, clientID string) (*Admin, error) {
	if err := CheckBrokers(brokers); err != nil {
		return nil, err
	}
	limited, cancel := context.WithTimeout(ctx, openLimit)
	defer cancel()

	// One client for each address, so that each has its own reason. The answers are at most len(brokers), and the
	// channel has room for all, so none of the goroutines outlives the loop that collects them.
	type answer struct {
		index  int
		client *kgo.Client
		err    error
	}
	answers := make(chan answer, len(brokers))
	for i, b := range brokers {
		go func() {
			client, err := ping(limited, b, clientID)
			answers <- answer{i, client, err}
		}()
	}
	var first *kgo.Client
	reasons := make([]string, len(brokers))
	for range brokers {
		a := <-answers
		switch {
		case a.err != nil:
			reasons[a.index] = brokers[a.index] + ": " + reason(a.err)
		case first == nil:
			first = a.client
			cancel() // the others need not be waited for
		default:
			a.client.Close()
		}
	}
	if first == nil {
		if err := ctx.Err(); errors.Is(err, context.Canceled) {
			return nil, fmt.Errorf("connect to %s: %w", strings.Join(brokers, ", "), err)
		}
		return nil, fmt.Errorf("no broker answers (%s): check the addresses, and that Kafka is running and reachable from here", strings.Join(reasons, "; "))
	}
	// The winner alone could be the node that a fault takes down.
	if err := first.UpdateSeedBrokers(brokers...); err != nil {
		first.Close()
		return nil, fmt.Errorf("connect to %s: %w", strings.Join(brokers, ", "), err)
	}
	return &Admin{client: first, adm: kadm.NewClient(first)}, nil
}

// ping opens a client that knows only broker, and asks it one thing.
func ping(ctx context.Context, broker, clientID string) (*kgo.Client, error) {
	client, err := kgo.NewClient(
		kgo.SeedBrokers(broker),
		kgo.ClientID(clientID),
		kgo.DialTimeout(dialLimit),
		kgo.RetryTimeout(callLimit),
		kgo.RequestTimeoutOverhead(dialLimit),    // for a broker that is paused
		kgo.MetadataMinAge(100*time.Millisecond), // a topic made a moment ago must be seen
	)
	if err != nil {
		return nil, err
	}
	// Ping alone would wait for a broker that accepts connections and says nothing, whatever ctx says.
	stop := context.AfterFunc(ctx, client.Close)
	if err := client.Ping(ctx); err != nil {
		client.Close()
		return nil, cmp.Or(ctx.Err(), err)
	}
	if !stop() {
		return nil, ctx.Err()
	}
	return client, nil
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

// CheckBrokers says what is wrong with the first address that is not HOST:PORT. A list in one string is refused here
// because a client would take it for one host's name and wait for it for ever.
func CheckBrokers(brokers []string) error {
	if len(brokers) == 0 {
		return errors.New("no broker address is given: name at least one HOST:PORT")
	}
	for _, b := range brokers {
		if err := checkBroker(b); err != nil {
			return err
		}
	}
	return nil
}

func checkBroker(b string) error {
	bad := func(what string) error {
		return fmt.Errorf("%q is not a broker address: %s (example: 127.0.0.1:9092)", b, what)
	}
	if strings.Contains(b, ",") {
		return bad("it is a list; give each address by itself")
	}
	if strings.Contains(b, "://") {
		return bad("it is a URL; leave the part up to :// out")
	}
	if strings.ContainsAny(b, " \t\r\n/@") {
		return bad("it holds a character that no host and port has")
	}
	host, port, err := net.SplitHostPort(b)
	switch {
	case err != nil && strings.Contains(err.Error(), "missing port"):
		return bad("the port is missing")
	case err != nil:
		return bad("it is not HOST:PORT")
	case host == "":
		return bad("the host is missing")
	}
	if !isPort(port) {
		return bad("the port is not a number from 1 to 65535")
	}
	return nil
}

// isPort wants plain digits: strconv would take a sign as well.
func isPort(s string) bool {
	n := 0
	for _, c := range s {
		if c < '0' || c > '9' || n > 65535 {
			return false
		}
		n = n*10 + int(c-'0')
	}
	return n >= 1 && n <= 65535
}

// reason says in a few words why a broker did not answer, without the layers that a client library wraps around it.
func reason(err error) string {
	var (
		errno syscall.Errno
		dns   *net.DNSError
	)
	switch {
	case errors.As(err, &dns) && dns.IsNotFound:
		return "no such host"
	case errors.As(err, &errno):
		return errno.Error()
	case errors.Is(err, context.Canceled):
		return "canceled"
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded):
		return "no answer in time"
	}
	var timeout net.Error
	if errors.As(err, &timeout) && timeout.Timeout() {
		return "no answer in time"
	}
	return strings.ReplaceAll(err.Error(), "\n", " ")
}
