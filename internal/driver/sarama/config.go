package sarama

import (
	"cmp"
	"fmt"
	"strconv"
	"time"

	"github.com/IBM/sarama"

	"kbench/internal/driver"
)

// requestLimit is how long a broker may take for a request, its wait for followers included.
const requestLimit = 30 * time.Second

// fetchWait is how long a broker may keep a fetch for which it has nothing. The library does one thing at a time with a
// broker, so commits and heartbeats wait behind it: the default of 500 ms would show as that, record by record.
const fetchWait = 100 * time.Millisecond

// base returns what producers and consumers have in common. What is not set here is the library's default.
func base(c driver.Cluster) (*sarama.Config, error) {
	conf := sarama.NewConfig()
	conf.ClientID = cmp.Or(c.ClientID, "kbench")
	conf.Version = sarama.MaxVersion // of the protocol; with each broker the library agrees on what both know
	conf.ApiVersionsRequest = true
	conf.Metadata.Full = false                   // the topic under test, not every topic of the cluster
	conf.Metadata.AllowAutoTopicCreation = false // a mistyped name is an error, not a new topic
	if err := secure(conf, c.Security); err != nil {
		return nil, fmt.Errorf("sarama: connect by %s: %w", c.Security, err)
	}
	return conf, nil
}

// producerConfig maps cfg to the library's configuration.
func producerConfig(c driver.Cluster, cfg driver.ProducerConfig) (*sarama.Config, error) {
	if err := cannotProduce(cfg); err != nil {
		return nil, err
	}
	acks, ok := map[driver.Acks]sarama.RequiredAcks{
		driver.AcksAll: sarama.WaitForAll, driver.AcksLeader: sarama.WaitForLocal, driver.AcksNone: sarama.NoResponse,
	}[cfg.Acks]
	if !ok {
		return nil, driver.Unsupported(name, "producer.acks", strconv.Quote(string(cfg.Acks)), "use 0, 1 or all")
	}
	level, err := compressionLevel(cfg)
	if err != nil {
		return nil, err
	}
	choose, err := partitioning(cfg)
	if err != nil {
		return nil, err
	}
	conf, err := base(c)
	if err != nil {
		return nil, err
	}
	timeout := time.Duration(cfg.Timeout)
	p := &conf.Producer
	if err := p.Compression.UnmarshalText([]byte(cfg.Compression)); err != nil {
		return nil, driver.Unsupported(name, "producer.compression", strconv.Quote(string(cfg.Compression)), "")
	}
	p.RequiredAcks, p.Idempotent, p.CompressionLevel, p.Partitioner = acks, cfg.Idempotence, level, choose
	p.Flush.Frequency, p.Flush.Bytes, p.Flush.Messages, p.Flush.MaxMessages = time.Duration(cfg.Linger), 0, 0, 0
	p.MaxMessageBytes = int(cfg.BatchSize)
	p.Retry.Max = retryMax(cfg, p.Retry.Backoff)
	p.Timeout = min(timeout, requestLimit).Truncate(time.Millisecond)
	p.Return.Successes, p.Return.Errors = true, true
	conf.Net.MaxOpenRequests = cfg.MaxInFlight
	conf.Metadata.Timeout = timeout / 2
	conf.Metadata.Retry.Max = int(timeout / 2 / conf.Metadata.Retry.Backoff)
	setTransactions(conf, cfg)
	return conf, overlay(conf, "producer.config", cfg.Config)
}

// cannotProduce refuses what the library has not, or takes for something else.
func cannotProduce(cfg driver.ProducerConfig) error {
	refuse := func(key, value, instead string) error {
		return driver.Unsupported(name, "producer."+key, value, instead)
	}
	switch {
	case cfg.Buffer <= 0:
		return refuse("buffer", cfg.Buffer.String(), "use 1 or more")
	case cfg.OnFull != driver.OnFullWait && cfg.OnFull != driver.OnFullFail:
		return refuse("on_full", strconv.Quote(string(cfg.OnFull)), "use wait or fail")
	case time.Duration(cfg.Timeout) < time.Millisecond:
		return refuse("timeout", cfg.Timeout.String(), "use 1ms or more")
	case cfg.BatchSize < 1 || int64(cfg.BatchSize) >= int64(sarama.MaxRequestSize):
		return refuse("batch_size", cfg.BatchSize.String(), fmt.Sprintf("use 1 to %d bytes", sarama.MaxRequestSize-1))
	case time.Duration(cfg.Linger) > mostLinger:
		return refuse("linger", cfg.Linger.String(), "use "+mostLinger.String()+" or less")
	case cfg.Idempotence && cfg.MaxInFlight != 1:
		return refuse("idempotence", fmt.Sprintf("true with max_in_flight %d", cfg.MaxInFlight), "use max_in_flight 1")
	}
	return nil
}

// retryMax returns how many retries to allow. The library allocates for each of them, and before each it waits for
// backoff, so more than the delivery timeout has room for would change nothing but the memory.
func retryMax(cfg driver.ProducerConfig, backoff time.Duration) int {
	return int(min(int64(cfg.Retries), int64(time.Duration(cfg.Timeout)/max(backoff, time.Millisecond))+2))
}

// levels says which levels there are to choose from.
func levels(c driver.Compression, most int) string {
	if most == 0 {
		return fmt.Sprintf("%s has no levels here, use 0", c)
	}
	return fmt.Sprintf("for %s use 0 to %d", c, most)
}

// compressionLevel refuses levels that the library would ignore.
func compressionLevel(cfg driver.ProducerConfig) (int, error) {
	if cfg.CompressionLevel == 0 {
		return sarama.CompressionLevelDefault, nil
	}
	most := map[driver.Compression]int{"gzip": 9, "zstd": 22}[cfg.Compression]
	if cfg.CompressionLevel < 1 || cfg.CompressionLevel > most {
		return 0, driver.Unsupported(name, "producer.compression_level", strconv.Itoa(cfg.CompressionLevel),
			levels(cfg.Compression, most))
	}
	return cfg.CompressionLevel, nil
}

// consumerConfig maps cfg to the library's configuration.
func consumerConfig(c driver.Cluster, cfg driver.ConsumerConfig) (*sarama.Config, error) {
	if err := cannotConsume(cfg); err != nil {
		return nil, err
	}
	start, known := map[driver.Start]int64{driver.StartEarliest: sarama.OffsetOldest, driver.StartLatest: sarama.OffsetNewest}[cfg.Start]
	if !known {
		return nil, driver.Unsupported(name, "consumer.start", strconv.Quote(string(cfg.Start)), "use earliest or latest")
	}
	isolation, known := map[driver.Isolation]sarama.IsolationLevel{
		driver.ReadUncommitted: sarama.ReadUncommitted, driver.ReadCommitted: sarama.ReadCommitted,
	}[cfg.Isolation]
	if !known {
		return nil, driver.Unsupported(name, "consumer.isolation", strconv.Quote(string(cfg.Isolation)), "use read_uncommitted or read_committed")
	}
	conf, err := base(c)
	if err != nil {
		return nil, err
	}
	r := &conf.Consumer
	r.Return.Errors = true
	r.MaxWaitTime = fetchWait
	r.IsolationLevel, r.Offsets.Initial = isolation, start
	r.Offsets.AutoCommit.Enable = cfg.Commit == driver.CommitAuto
	if r.Offsets.AutoCommit.Enable {
		r.Offsets.AutoCommit.Interval = time.Duration(cfg.CommitEvery.For)
	}
	if cfg.Assign == driver.AssignSubscribe {
		assignor, err := balancing(cfg.Assignor)
		if err != nil {
			return nil, err
		}
		r.Group.Rebalance.GroupStrategies = []sarama.BalanceStrategy{assignor}
		r.Group.InstanceId = cfg.Instance
	}
	return conf, overlay(conf, "consumer.config", cfg.Config)
}

// cannotConsume refuses what the library has not.
func cannotConsume(cfg driver.ConsumerConfig) error {
	refuse := func(key, value, instead string) error {
		return driver.Unsupported(name, "consumer."+key, value, instead)
	}
	switch cfg.Commit {
	case driver.CommitAuto, driver.CommitSync, driver.CommitAsync, driver.CommitNone:
	default:
		return refuse("commit", strconv.Quote(string(cfg.Commit)), "use auto, sync, async or none")
	}
	switch {
	case cfg.Forward.Records > 0: // it would have to be given the member's generation by the group, which keeps that to itself
		return refuse("forward.records", cfg.Forward.Records.String(), "use client confluent or franz")
	case cfg.Assign != driver.AssignSubscribe && cfg.Assign != driver.AssignStatic:
		return refuse("assign", strconv.Quote(string(cfg.Assign)), "use subscribe or static")
	case cfg.Assign == driver.AssignSubscribe && cfg.Protocol != driver.ProtocolClassic:
		return refuse("protocol", strconv.Quote(string(cfg.Protocol)), "use classic, or client franz")
	case cfg.Commit == driver.CommitAuto && cfg.CommitEvery.Records > 0:
		return refuse("commit_every", cfg.CommitEvery.String(), "with commit auto use a time, such as 5s")
	case cfg.Commit != driver.CommitNone && cfg.CommitEvery.Records <= 0 && cfg.CommitEvery.For <= 0:
		return refuse("commit_every", cfg.CommitEvery.String(), "use a time or a number of records above 0")
	}
	return nil
}

// balancing returns a strategy of its own for each member: some keep state.
func balancing(a driver.Assignor) (sarama.BalanceStrategy, error) {
	switch a {
	case sarama.RangeBalanceStrategyName:
		return sarama.NewBalanceStrategyRange(), nil
	case sarama.RoundRobinBalanceStrategyName:
		return sarama.NewBalanceStrategyRoundRobin(), nil
	case sarama.StickyBalanceStrategyName:
		return sarama.NewBalanceStrategySticky(), nil
	case sarama.CooperativeStickyBalanceStrategyName:
		return sarama.NewBalanceStrategyCooperativeSticky(), nil
	}
	return nil, driver.Unsupported(name, "consumer.assignor", strconv.Quote(string(a)), "")
}
