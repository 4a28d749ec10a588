package admin

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"kbench/internal/driver/franz/secure"
	"kbench/internal/driver/security"
)

// A Dialer says how to connect. With the zero value connections are in the clear, and nobody logs in.
type Dialer struct {
	ClientID string // sent to the brokers
	Security security.Config
}

// Open is a Dialer's, in the clear and without a login.
func Open(ctx context.Context, brokers []string, clientID string) (*Admin, error) {
	return Dialer{ClientID: clientID}.Open(ctx, brokers)
}

// Reach is a Dialer's, likewise.
func Reach(ctx context.Context, broker, clientID string) error {
	return Dialer{ClientID: clientID}.Reach(ctx, broker)
}

// Open returns once one of the brokers has answered as Kafka does. After 10 s, or when ctx is done, it gives up with an
// error that names every address and its reason.
func (d Dialer) Open(ctx context.Context, brokers []string) (*Admin, error) {
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
			client, err := d.ping(limited, b)
			answers <- answer{i, client, err}
		}()
	}
	var first *kgo.Client
	reasons, secured := make([]string, len(brokers)), 0
	for range brokers {
		a := <-answers
		switch {
		case a.err != nil:
			reasons[a.index] = brokers[a.index] + ": " + reason(a.err)
			if ofSecurity(a.err) {
				secured++
			}
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
		return nil, fmt.Errorf("no broker answers (%s): %s", strings.Join(reasons, "; "), d.advice(secured, len(brokers)))
	}
	// The winner alone could be the node that a fault takes down.
	if err := first.UpdateSeedBrokers(brokers...); err != nil {
		first.Close()
		return nil, fmt.Errorf("connect to %s: %w", strings.Join(brokers, ", "), err)
	}
	return &Admin{client: first, adm: kadm.NewClient(first)}, nil
}

// advice says what to look at where no broker answers, of which some did not because of how this client connects.
func (d Dialer) advice(secured, all int) string {
	var parts []string
	if secured < all {
		parts = append(parts, "check the addresses, and that Kafka is running and reachable from here")
	}
	if secured > 0 {
		parts = append(parts, "check what --client-config and -X say of security, which is now "+d.Security.String())
	}
	return strings.Join(parts, "; ")
}

// ping opens a client that knows only broker, and asks it one thing.
func (d Dialer) ping(ctx context.Context, broker string) (*kgo.Client, error) {
	opts, err := secure.Options(d.Security)
	if err != nil {
		return nil, err
	}
	client, err := kgo.NewClient(append(opts,
		kgo.SeedBrokers(broker),
		kgo.ClientID(d.ClientID),
		kgo.DialTimeout(dialLimit),
		kgo.RetryTimeout(callLimit),
		kgo.RequestTimeoutOverhead(dialLimit),    // for a broker that is paused
		kgo.MetadataMinAge(100*time.Millisecond), // a topic made a moment ago must be seen
	)...)
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

// Reach asks the broker at one address, HOST:PORT, and returns nil once it has answered as Kafka does. The error says in a
// few words why it did not. It ends with ctx, or when the client gives up.
func (d Dialer) Reach(ctx context.Context, broker string) error {
	ctx, cancel := context.WithTimeout(ctx, openLimit)
	defer cancel()
	client, err := d.ping(ctx, broker)
	if err != nil {
		return errors.New(reason(err))
	}
	client.Close()
	return nil
}
