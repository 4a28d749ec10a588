package franz

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"kbench/internal/driver"
	"kbench/internal/driver/franz/secure"
)

// Between tries, as of Kafka's own clients.
const (
	backoffLeast = 100 * time.Millisecond
	backoffMost  = time.Second
)

// baseOptions returns what producers and consumers have in common. Values are the library's defaults unless a comment
// says why not.
func baseOptions(c driver.Cluster) ([]kgo.Opt, error) {
	for _, b := range c.Brokers {
		if strings.ContainsAny(b, ", ") {
			return nil, driver.Unsupported(name, "brokers", b, "give each address by itself")
		}
	}
	opts, err := secure.Options(c.Security)
	if err != nil {
		return nil, fmt.Errorf("franz: connect by %s: %w", c.Security, err)
	}
	return append(opts,
		kgo.SeedBrokers(c.Brokers...),
		kgo.ClientID(cmp.Or(c.ClientID, "kbench")),
		kgo.DialTimeout(10*time.Second),
		kgo.RequestTimeoutOverhead(10*time.Second),
		kgo.ConnIdleTimeout(5*time.Minute), // 30 s by default: a slow load would meet new connections
		kgo.MetadataMaxAge(5*time.Minute),
		kgo.MetadataMinAge(backoffLeast), // 5 s by default: how long a moved partition would be idle
		kgo.RetryBackoffFn(backoff),      // 250 ms to 5 s by default
		kgo.DisableClientMetrics(),       // the broker would be sent the client's telemetry while it is measured
	), nil
}

// backoff returns how long to wait after the given number of failures, from 1.
func backoff(fails int) time.Duration {
	return min(backoffLeast<<min(max(fails-1, 0), 10), backoffMost)
}

// producerOptions maps cfg to the library's options.
func producerOptions(c driver.Cluster, cfg driver.ProducerConfig) ([]kgo.Opt, error) {
	acks, known := acksFor(cfg.Acks)
	timeout := time.Duration(cfg.Timeout)
	switch {
	case !known:
		return nil, driver.Unsupported(name, "producer.acks", string(cfg.Acks), "use 0, 1 or all")
	case cfg.Buffer < 1:
		return nil, driver.Unsupported(name, "producer.buffer", cfg.Buffer.String(), "use 1 or more")
	case timeout < time.Second: // the library takes 0 for no limit
		return nil, driver.Unsupported(name, "producer.timeout", cfg.Timeout.String(), "use 1s or more")
	case cfg.BatchSize < 512 || cfg.BatchSize > 100e6: // the library's requests end at 100 MiB
		return nil, driver.Unsupported(name, "producer.batch_size", cfg.BatchSize.String(), "use 512B to 100MB")
	case cfg.Linger < 0:
		return nil, driver.Unsupported(name, "producer.linger", cfg.Linger.String(), "use 0s to 1m")
	case cfg.Retries < 0:
		return nil, driver.Unsupported(name, "producer.retries", cfg.Retries.String(), "use 0 or more")
	}
	compression, err := codecFor(cfg)
	if err != nil {
		return nil, err
	}
	partitioner, err := partitionerFor(cfg.Partitioner)
	if err != nil {
		return nil, err
	}
	idempotence, err := idempotenceOptions(cfg)
	if err != nil {
		return nil, err
	}
	opts, err := baseOptions(c)
	if err != nil {
		return nil, err
	}
	opts = append(opts,
		kgo.RequiredAcks(acks),
		kgo.ProducerBatchCompression(compression),
		kgo.RecordPartitioner(partitioner),
		kgo.ProducerLinger(time.Duration(cfg.Linger)),
		kgo.ProducerBatchMaxBytes(int32(cfg.BatchSize)),
		kgo.MaxBufferedRecords(int(cfg.Buffer)+1), // never reached: see doc.go. One record may be both acked and still counted
		kgo.RecordRetries(int(cfg.Retries)),
		kgo.RecordDeliveryTimeout(timeout),
		// The library looks at the timeout only when a request has ended. Both together are how long one may take, and
		// no request outlasts the delivery.
		kgo.ProduceRequestTimeout(min(timeout/2, 15*time.Second)),
		kgo.RequestTimeoutOverhead(min(timeout/2, 10*time.Second)),
		// How long a topic that the brokers do not know may still appear. Half of the timeout, so that its records fail
		// as records of an unknown topic and not as late ones.
		kgo.UnknownTopicRetries(int(min(timeout/2, 10*time.Second)/backoffLeast)),
	)
	opts = append(opts, idempotence...)
	own, err := ownOptions("producer.config", cfg.Config, commonProperties())
	return append(opts, own...), err
}

func acksFor(acks driver.Acks) (own kgo.Acks, known bool) {
	switch acks {
	case driver.AcksAll:
		return kgo.AllISRAcks(), true
	case driver.AcksLeader:
		return kgo.LeaderAck(), true
	case driver.AcksNone:
		return kgo.NoAck(), true
	}
	return kgo.Acks{}, false
}

// idempotenceOptions states both cases. An idempotent producer may give up a record whose fate is unknown, as those of
// other libraries do: there would be no delivery timeout otherwise.
func idempotenceOptions(cfg driver.ProducerConfig) ([]kgo.Opt, error) {
	switch {
	case !cfg.Idempotence:
		return []kgo.Opt{kgo.DisableIdempotentWrite(), kgo.MaxProduceRequestsInflightPerBroker(cfg.MaxInFlight)}, nil
	case cfg.MaxInFlight != idempotentInFlight:
		return nil, driver.Unsupported(name, "producer.max_in_flight", strconv.Itoa(cfg.MaxInFlight), "with idempotence it is 5: use 5")
	case cfg.Transaction.Records > 0:
		return transactionOptions(cfg), nil
	}
	return []kgo.Opt{kgo.AllowIdempotentProduceCancellation()}, nil
}

// consumerOptions maps cfg to the library's options. What to read is left out: Consume says that.
func consumerOptions(c driver.Cluster, cfg driver.ConsumerConfig) ([]kgo.Opt, error) {
	start, isolation := kgo.NewOffset(), kgo.ReadUncommitted()
	switch cfg.Start {
	case driver.StartEarliest:
		start = start.AtStart()
	case driver.StartLatest:
		start = start.AtEnd()
	default:
		return nil, driver.Unsupported(name, "consumer.start", string(cfg.Start), "use earliest or latest")
	}
	switch cfg.Isolation {
	case driver.ReadUncommitted:
	case driver.ReadCommitted:
		isolation = kgo.ReadCommitted()
	default:
		return nil, driver.Unsupported(name, "consumer.isolation", string(cfg.Isolation), "use read_uncommitted or read_committed")
	}
	opts, err := baseOptions(c)
	if err != nil {
		return nil, err
	}
	opts = append(opts,
		kgo.ConsumeStartOffset(start),
		kgo.ConsumeResetOffset(start), // by default it goes back a minute, which Kafka's clients do not
		kgo.FetchIsolationLevel(isolation),
		kgo.FetchMinBytes(1),
		kgo.FetchMaxWait(500*time.Millisecond), // as Kafka's own client; 5 s by default
		kgo.FetchMaxBytes(50<<20),
		kgo.FetchMaxPartitionBytes(1<<20),
		kgo.KeepRetryableFetchErrors(), // they are counted
	)
	group, err := groupOptions(cfg)
	if err != nil {
		return nil, err
	}
	own, err := ownOptions("consumer.config", cfg.Config, consumerProperties(cfg))
	return append(append(opts, group...), own...), err
}

// groupOptions maps what is about groups and commits. A rebalance waits until what was polled has been dealt with.
func groupOptions(cfg driver.ConsumerConfig) ([]kgo.Opt, error) {
	every := cfg.CommitEvery
	switch {
	case cfg.Group == "":
		return nil, driver.Unsupported(name, "consumer group", `""`, "name one, with a static assignment too")
	case !slices.Contains(driver.Choices(cfg.Commit), string(cfg.Commit)):
		return nil, driver.Unsupported(name, "consumer.commit", string(cfg.Commit), "use auto, sync, async or none")
	case cfg.Commit == driver.CommitAuto && every.Records > 0:
		return nil, driver.Unsupported(name, "consumer.commit_every", every.String(), "with commit auto use a time, such as 5s")
	case cfg.Assign == driver.AssignStatic:
		return nil, nil // no group protocol runs, and the library commits nothing
	case cfg.Protocol == driver.ProtocolShare:
		return shareOptions(cfg)
	}
	balancer, err := balancerFor(cfg)
	if err != nil {
		return nil, err
	}
	opts := []kgo.Opt{
		kgo.ConsumerGroup(cfg.Group), kgo.Balancers(balancer), kgo.BlockRebalanceOnPoll(),
		kgo.SessionTimeout(45 * time.Second),
		kgo.HeartbeatInterval(3 * time.Second),
		kgo.RebalanceTimeout(5 * time.Minute), // max.poll.interval.ms of Kafka's own client; 1 m by default
	}
	if cfg.Protocol == driver.ProtocolConsumer {
		opts = append(opts, kgo.ServerSideBalancer())
	}
	if cfg.Instance != "" {
		opts = append(opts, kgo.InstanceID(cfg.Instance))
	}
	if cfg.Commit == driver.CommitAuto {
		return append(opts, kgo.AutoCommitMarks(), kgo.AutoCommitInterval(time.Duration(every.For))), nil
	}
	return append(opts, kgo.DisableAutoCommit()), nil
}

// balancerFor returns what deals the partitions, or for the consumer protocol what stands for the brokers' own assignor.
func balancerFor(cfg driver.ConsumerConfig) (kgo.GroupBalancer, error) {
	switch [2]string{string(cfg.Protocol), string(cfg.Assignor)} {
	case [2]string{"classic", "range"}, [2]string{"consumer", "range"}:
		return kgo.RangeBalancer(), nil
	case [2]string{"classic", "roundrobin"}:
		return kgo.RoundRobinBalancer(), nil
	case [2]string{"classic", "sticky"}, [2]string{"consumer", "uniform"}:
		return kgo.StickyBalancer(), nil
	case [2]string{"classic", "cooperative-sticky"}:
		return kgo.CooperativeStickyBalancer(), nil
	}
	if cfg.Protocol == driver.ProtocolConsumer {
		return nil, driver.Unsupported(name, "consumer.assignor", string(cfg.Assignor), "with protocol consumer use range")
	}
	if cfg.Protocol != driver.ProtocolClassic {
		return nil, driver.Unsupported(name, "consumer.protocol", string(cfg.Protocol), "use classic, consumer or share")
	}
	return nil, driver.Unsupported(name, "consumer.assignor", string(cfg.Assignor), "use range, roundrobin, sticky or cooperative-sticky")
}
