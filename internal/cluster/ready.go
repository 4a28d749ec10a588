package cluster

import (
	"context"
	"errors"
	"fmt"
	"time"

	"kbench/internal/admin"
)

// readyLimit is how long brokers may take from their start until all answer. Three JVMs on two cores need about 15 s, and in
// containers twice as long, since there a second one makes each node's settings first; more where others want the cores too.
const readyLimit = 3 * time.Minute

// waitReady returns Kafka's version once every broker at addrs knows all of them. alive is asked between tries, so
// that a broker that has ended fails the start at once.
func waitReady(ctx context.Context, addrs []string, alive func() error) (version string, err error) {
	ctx, cancel := context.WithTimeoutCause(ctx, readyLimit, fmt.Errorf("not ready after %v", readyLimit))
	defer cancel()
	for i := 0; i < len(addrs); {
		var missing error
		if version, missing = ready(ctx, addrs[i], len(addrs)); missing == nil {
			i++
			continue
		}
		if err := alive(); err != nil {
			return "", err
		}
		select {
		case <-ctx.Done():
			return "", fmt.Errorf("%w: %w", context.Cause(ctx), missing)
		case <-time.After(100 * time.Millisecond):
		}
	}
	return version, nil
}

// ready asks one broker whether it knows n nodes.
func ready(ctx context.Context, addr string, n int) (version string, err error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	a, err := admin.Open(ctx, []string{addr}, "kbench")
	if err != nil {
		return "", err
	}
	defer a.Close()
	d, err := a.Describe(ctx)
	if err != nil {
		return "", err
	}
	if len(d.Nodes) != n {
		return "", fmt.Errorf("broker %s knows %d of %d nodes", addr, len(d.Nodes), n)
	}
	if d.Controller < 0 {
		return "", errors.New("broker " + addr + " knows no controller")
	}
	return d.Version, nil
}
