package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"kbench/bench/bare"
	"kbench/bench/lab"
	"kbench/internal/result"
)

// An outcome is one trial of one side, of its measured part.
type outcome struct {
	perS    float64 // records a second; of both ways at once, the slower one
	cpuNs   float64 // CPU time of the process for each record; 0: not known
	rss     int64   // most memory of the process, in bytes
	doubted string  // why kbench judged its own trial invalid; empty: it did not
	dry     bool    // it read all there was before the measured part was over
}

// A pair is two trials that ran right after each other.
type pair struct{ kbench, peer outcome }

// A shelf is a topic to read, and how many records it holds.
type shelf struct {
	topic   string
	records int64
}

// scenario is what a user would write for the comparison's work, everything else at kbench's defaults.
func (c *comparison) scenario(topic string, warmup, length time.Duration) string {
	s := fmt.Sprintf("name: peers\nrepeats: 1\nmessage: {size: %dB, compress_to: %g}\nload: {rate: max, warmup: %s, measure: %s}\n", c.corner.size, compressTo, warmup, length)
	if c.kind == consume {
		return s + fmt.Sprintf("topic: {name: %s}\nconsumer: {client: %s, start: earliest}\n", topic, c.client)
	}
	s += fmt.Sprintf("topic: {partitions: %d, %s}\n", partitions, lab.TopicYAML)
	s += fmt.Sprintf("producer: {client: %s, acks: %q, compression: %s}\n", c.client, c.corner.acks, c.corner.compression)
	if c.kind == both {
		s += fmt.Sprintf("consumer: {client: %s}\n", c.client)
	}
	return s
}

// ours runs kbench.
func (b *bench) ours(ctx context.Context, c *comparison, from shelf) (outcome, error) {
	t, used, err := lab.Kbench(ctx, b.kbench, b.kafka.Brokers, c.scenario(from.topic, b.warmup, b.length), nil)
	if err != nil {
		return outcome{}, err
	}
	o := outcome{rss: used.RSSBytes}
	switch r := t.Rates; c.kind {
	case produce:
		o.perS = r.AckedPerS
	case consume:
		o.perS = r.ConsumedPerS
		o.dry = t.Counts.Consumed+t.WarmupCounts.Consumed >= from.records
	case both:
		o.perS = min(r.AckedPerS, r.ConsumedPerS)
	}
	if t.Cost.CPUNsPerRecord != nil {
		o.cpuNs = *t.Cost.CPUNsPerRecord
	}
	if t.Verdict.Trust == result.TrustInvalid {
		o.doubted = strings.Join(t.Verdict.Reasons, "; ")
	}
	return o, nil
}

// theirs runs the peer, on a topic of its own where it writes.
func (b *bench) theirs(ctx context.Context, c *comparison, from shelf) (o outcome, err error) {
	if c.kind != consume {
		from.topic = b.unused("topic")
		if err := b.kafka.Topic(ctx, from.topic, partitions); err != nil {
			return o, err
		}
		defer func() {
			if gone := b.kafka.Delete(context.WithoutCancel(ctx), from.topic); err == nil {
				err = gone
			}
		}()
	}
	switch {
	case !c.tool:
		return b.bareLoop(ctx, c, from)
	case c.kind == produce:
		return b.producerTool(ctx, c, from.topic)
	}
	return b.consumerTool(ctx, from)
}

// bareLoop runs the bare loop of the comparison's client.
func (b *bench) bareLoop(ctx context.Context, c *comparison, from shelf) (outcome, error) {
	j := bare.Job{Topic: from.topic, Warmup: b.warmup, Measure: b.length}
	if p := c.settings.Producer; p != nil {
		j.Producer = p.Settings
	}
	if s := c.settings.Consumer; s != nil {
		j.Consumer = s.Settings
	}
	r, used, err := b.loop(ctx, c, j)
	if err != nil {
		return outcome{}, err
	}
	records := r.Acked
	if c.kind == consume {
		records = r.Consumed
	}
	o := outcome{perS: float64(records) / r.Seconds, cpuNs: float64(r.CPUNs) / float64(records), rss: used.RSSBytes}
	switch c.kind {
	case consume:
		o.dry = r.Read >= from.records
	case both:
		o.perS = float64(min(r.Acked, r.Consumed)) / r.Seconds
	}
	return o, nil
}

// loop runs a job as a process of its own.
func (b *bench) loop(ctx context.Context, c *comparison, j bare.Job) (r bare.Result, used lab.Usage, err error) {
	j.Client, j.Brokers, j.Group, j.Size, j.CompressTo = c.client, b.kafka.Brokers, b.unused("group"), c.corner.size, compressTo
	j.Ring = uncached
	in, err := json.Marshal(j)
	if err != nil {
		return r, used, err
	}
	out, used, err := lab.Run(ctx, lab.Command{Argv: []string{b.self, bareWord}, Stdin: bytes.NewReader(in)})
	if err == nil {
		err = json.Unmarshal(out, &r)
	}
	if err != nil {
		err = fmt.Errorf("bare loop of %s: %w", c.client, err)
	}
	return r, used, err
}
