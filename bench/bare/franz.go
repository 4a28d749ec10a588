package bare

import (
	"context"
	"errors"
	"time"

	"github.com/twmb/franz-go/pkg/kgo" //nolint:depguard // a bare loop is the client itself
)

// franzCommon leaves out telemetry to the broker, as kbench does.
func franzCommon(j *Job) []kgo.Opt {
	return []kgo.Opt{kgo.SeedBrokers(j.Brokers...), kgo.DisableClientMetrics()}
}

// produceFranz keeps the library's own buffer full: Produce waits for room by itself.
func produceFranz(j *Job, t *tally) error {
	s := &settings{in: j.Producer}
	s.must("enable.idempotence", "false")
	acks := map[string]kgo.Acks{"all": kgo.AllISRAcks(), "1": kgo.LeaderAck(), "0": kgo.NoAck()}[s.word("acks")]
	codec := map[string]kgo.CompressionCodec{"none": kgo.NoCompression(), "lz4": kgo.Lz4Compression()}[s.word("compression.type")]
	opts := append(franzCommon(j),
		kgo.DefaultProduceTopic(j.Topic),
		kgo.DisableIdempotentWrite(),
		kgo.RequiredAcks(acks),
		kgo.ProducerBatchCompression(codec),
		kgo.RecordPartitioner(kgo.StickyKeyPartitioner(nil)),
		kgo.ProducerLinger(s.millis("linger.ms")),
		kgo.ProducerBatchMaxBytes(int32(s.number("batch.size"))),
		kgo.MaxBufferedRecords(s.number("MaxBufferedRecords")),
		kgo.MaxProduceRequestsInflightPerBroker(s.number("max.in.flight.requests.per.connection")),
	)
	if s.err != nil {
		return s.err
	}
	client, err := kgo.NewClient(opts...)
	if err != nil {
		return err
	}
	defer client.Close()
	values := j.values
	var free pool[kgo.Record]
	acked := func(r *kgo.Record, err error) {
		if err != nil {
			t.fail(err)
		}
		t.records.Add(1)
		free.put(r)
	}
	ctx := context.Background()
	for i := 0; !t.over.Load(); i++ {
		r := free.get()
		r.Value, r.Timestamp = values[i%len(values)], time.Time{} // or it would keep that of the last time
		client.Produce(ctx, r, acked)
	}
	ctx, cancel := context.WithTimeout(ctx, endWithin)
	defer cancel()
	return client.Flush(ctx)
}

// consumeFranz is a group's only member, with commits at the library's interval.
func consumeFranz(j *Job, t *tally) error {
	s := &settings{in: j.Consumer}
	opts := append(franzCommon(j),
		kgo.ConsumeTopics(j.Topic),
		kgo.ConsumerGroup(j.Group),
		kgo.Balancers(kgo.RangeBalancer()),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
		kgo.AutoCommitInterval(s.millis("auto.commit.interval.ms")),
		kgo.FetchMinBytes(int32(s.number("fetch.min.bytes"))),
		kgo.FetchMaxBytes(int32(s.number("fetch.max.bytes"))),
		kgo.FetchMaxPartitionBytes(int32(s.number("max.partition.fetch.bytes"))),
		kgo.FetchMaxWait(s.millis("fetch.max.wait.ms")),
		kgo.OnPartitionsAssigned(func(context.Context, *kgo.Client, map[string][]int32) { close(t.ready) }),
	)
	if s.err != nil {
		return s.err
	}
	client, err := kgo.NewClient(opts...)
	if err != nil {
		return err
	}
	defer client.Close()
	for !t.over.Load() {
		ctx, cancel := context.WithTimeout(context.Background(), pollFor)
		fetches := client.PollFetches(ctx)
		cancel()
		for _, f := range fetches {
			for _, topic := range f.Topics {
				for _, p := range topic.Partitions {
					if p.Err != nil && !errors.Is(p.Err, context.DeadlineExceeded) { // which is pollFor's
						return p.Err
					}
					bytes := 0
					for _, r := range p.Records {
						bytes += len(r.Key) + len(r.Value)
					}
					t.records.Add(int64(len(p.Records)))
					t.bytes.Add(int64(bytes))
				}
			}
		}
	}
	return nil
}
