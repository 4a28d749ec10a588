package main

import (
	"context"
	"fmt"
	"time"

	"kbench/bench/bare"
	"kbench/bench/lab"
	"kbench/internal/result"
)

// A way is one of those in which confluent-kafka-go can be read: kbench with some settings, or a loop of its own.
type way struct {
	name     string
	consumer string // kbench's settings, in YAML; empty: a bare loop
	channel  bool   // the bare loop reads from the channel
}

func ways() []way {
	return []way{
		{"kbench, 1 member", "members: 1", false},
		{"kbench, 2 members", "members: 2", false},
		{"kbench, 3 members", "members: 3", false},
		{"kbench, 1 member, `queued.min.messages` 1000000 and not 100000", `config: {queued.min.messages: "1000000"}`, false},
		{"kbench, 1 member, `fetch.queue.backoff.ms` 1000 as is the library's default, and not 1", `config: {fetch.queue.backoff.ms: "1000"}`, false},
		{"bare loop, `Poll`", "", false},
		{"bare loop, `go.events.channel.enable`", "", true},
	}
}

// Of reading: as long as all ways find enough in the topic.
const (
	readWarmup  = time.Second
	readMeasure = 3 * time.Second
	toRead      = 10_000_000 // records of 200 B, 2 GB
)

// readers finds the fastest way to read with confluent-kafka-go.
func (s *scale) readers(ctx context.Context) (_ string, err error) {
	const topic = "scale-readers"
	if err := s.kafka.Topic(ctx, topic, 6); err != nil {
		return "", err
	}
	defer func() {
		if gone := s.kafka.Delete(context.WithoutCancel(ctx), topic); err == nil {
			err = gone
		}
	}()
	if err := s.fill(ctx, topic); err != nil {
		return "", fmt.Errorf("write records to read: %w", err)
	}
	t := newTable("read by", "records/s", "CPU ns a record")
	rates, cpus := make([][]float64, len(ways())), make([][]float64, len(ways()))
	var settings map[string]string // in force in kbench with one member
	for repeat := range s.repeats {
		for i, w := range ways() { // in turn, so that what drifts is in all of them
			var rate, cpu float64
			if w.consumer != "" {
				var trial *result.Trial
				if trial, err = s.read(ctx, topic, w.consumer); err != nil {
					return "", fmt.Errorf("%s: %w", w.name, err)
				}
				if i == 0 {
					settings = trial.Client.Consumer.Settings
				}
				rate = trial.Rates.ConsumedPerS
				if p := trial.Cost.CPUNsPerRecord; p != nil {
					cpu = *p
				}
			} else {
				j := bare.Job{
					Client: "confluent", Brokers: s.kafka.Brokers, Topic: topic, Group: fmt.Sprintf("scale-%d-%d", repeat, i),
					Consumer: settings, Channel: w.channel, Warmup: readWarmup, Measure: readMeasure,
				}
				r, err := bare.Run(ctx, &j)
				if err != nil {
					return "", fmt.Errorf("%s: %w", w.name, err)
				}
				if r.Read >= toRead {
					return "", fmt.Errorf("%s: all of %d records were read before the measured part was over", w.name, toRead)
				}
				rate, cpu = float64(r.Consumed)/r.Seconds, float64(r.CPUNs)/float64(r.Consumed)
			}
			fmt.Fprintf(s.log, "%s: %.0f records/s\n", w.name, rate)
			rates[i], cpus[i] = append(rates[i], rate), append(cpus[i], cpu)
		}
	}
	for i, w := range ways() {
		t.add(w.name, median(rates[i], 0), median(cpus[i], 0))
	}
	return fmt.Sprintf("%d records of 200 B on 6 partitions, read from the page cache by one group; kbench with everything that it measures.\n\n%s", toRead, t.markdown()), nil
}

// read lets kbench read the topic.
func (s *scale) read(ctx context.Context, topic, consumer string) (*result.Trial, error) {
	trial, _, err := lab.Kbench(ctx, s.kbench, s.kafka.Brokers, fmt.Sprintf(
		"name: scale\nrepeats: 1\nload: {warmup: %s, measure: %s}\ntopic: {name: %s}\nconsumer: {client: confluent, start: earliest, %s}\n",
		readWarmup, readMeasure, topic, consumer), nil)
	return trial, err
}

// fill writes what is read.
func (s *scale) fill(ctx context.Context, topic string) error {
	_, _, err := lab.Kbench(ctx, s.kbench, s.kafka.Brokers, fmt.Sprintf(
		"name: scale\nrepeats: 1\nload: {rate: max, records: %d, warmup: 0s}\ntopic: {name: %s}\nproducer: {client: franz}\n", toRead, topic), nil)
	return err
}
