package doctor

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"kbench/internal/admin"
)

// reachLimit is how long one broker may take to answer.
const reachLimit = 4 * time.Second

const clientID = "kbench"

// checkBrokers looks whether all brokers can be reached and are whole, and then tries what a run would do there.
func (d *Doctor) checkBrokers(ctx context.Context, tell func(Check), brokers []string) {
	by := admin.Dialer{ClientID: clientID, Security: d.Security}
	named := bootstrap(brokers, reach(ctx, by, brokers))
	tell(named)
	if named.Level == Fail {
		return
	}
	a, err := by.Open(ctx, brokers)
	if err != nil {
		tell(failed(Brokers, "cluster", err, "see the brokers' logs"))
		return
	}
	defer a.Close()
	about, err := a.Describe(ctx)
	if err != nil {
		tell(failed(Brokers, "cluster", err, "see the brokers' logs"))
		return
	}
	tell(describe(about))
	addrs := make([]string, 0, len(about.Nodes))
	for _, n := range about.Nodes {
		addrs = append(addrs, n.Addr)
	}
	tell(advertised(addrs, reach(ctx, by, addrs)))
	if h, err := a.Health(ctx); err != nil {
		tell(failed(Brokers, "replicas", err, "see the brokers' logs"))
	} else {
		tell(replicas(h))
	}
	d.checkPermissions(ctx, tell, a, brokers, min(3, len(about.Nodes)))
}

// reach asks every address at once, and returns for each what went wrong, nil for nothing.
func reach(ctx context.Context, by admin.Dialer, addrs []string) []error {
	ctx, cancel := context.WithTimeout(ctx, reachLimit)
	defer cancel()
	errs := make([]error, len(addrs))
	var asked sync.WaitGroup
	for i, addr := range addrs {
		asked.Go(func() { errs[i] = by.Reach(ctx, addr) })
	}
	asked.Wait()
	return errs
}

// silent returns how many answered, and what the others said.
func silent(addrs []string, errs []error) (answered int, said string) {
	for i, err := range errs {
		if err == nil {
			answered++
		} else {
			said += fmt.Sprintf("; %s: %v", addrs[i], err)
		}
	}
	return answered, said
}

func bootstrap(addrs []string, errs []error) Check {
	answered, said := silent(addrs, errs)
	c := Check{
		Part: Brokers, Name: "bootstrap", Said: fmt.Sprintf("%d of %d named addresses answer%s", answered, len(addrs), said),
		Figures: map[string]any{"named": len(addrs), "answered": answered},
	}
	return c.judged(answered == 0, answered < len(addrs), "check the addresses, that Kafka is running there and reachable from here, and what --client-config and -X say of how to connect")
}

func describe(about admin.Description) Check {
	version := about.Version
	if version == "" {
		version = "of a version that it does not tell"
	}
	said := "Kafka " + version
	if about.Kind == admin.KindEmbedded {
		said = "NOT Kafka: the embedded fake, like Kafka " + version
	}
	c := Check{
		Part: Brokers, Name: "cluster", Level: OK, Said: fmt.Sprintf("%s, %s", said, plural(len(about.Nodes), "node")),
		Figures: map[string]any{"kind": about.Kind, "version": nil, "nodes": len(about.Nodes), "id": about.ID},
	}
	if about.Version != "" {
		c.Figures["version"] = about.Version
	}
	return c
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// advertised is about the addresses that clients use once they have found the cluster.
func advertised(addrs []string, errs []error) Check {
	answered, said := silent(addrs, errs)
	if said == "" {
		said = ": " + strings.Join(addrs, ", ")
	}
	c := Check{
		Part: Brokers, Name: "nodes", Said: fmt.Sprintf("%d of %d advertised addresses answer%s", answered, len(addrs), said),
		Figures: map[string]any{"nodes": len(addrs), "answered": answered},
	}
	return c.judged(answered < len(addrs), false, "clients use what brokers advertise: advertised.listeners must name what resolves and can be reached from here")
}

func replicas(h admin.Health) Check {
	c := Check{
		Part: Brokers, Name: "replicas", Said: fmt.Sprintf("all in sync in %s of %s", plural(h.Partitions, "partition"), plural(h.Topics, "topic")),
		Figures: map[string]any{"partitions": h.Partitions, "under_replicated": h.UnderReplicated, "offline": h.Offline},
	}
	if h.Example != "" {
		c.Said = fmt.Sprintf("of %s %d lack an in-sync replica and %d have no leader, such as %s", plural(h.Partitions, "partition"), h.UnderReplicated, h.Offline, h.Example)
	}
	return c.judged(h.Offline > 0, h.UnderReplicated > 0, "let the brokers catch up first: what they do for it is measured too, and a trial on such a topic is invalid")
}
