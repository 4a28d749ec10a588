package main

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"time"

	"kbench/bench/bare"
	"kbench/bench/lab"
	"kbench/internal/host"
	"kbench/internal/unit"
)

// A bench carries out the plan on one broker.
type bench struct {
	options
	kafka *lab.Kafka
	self  string // this program
	log   io.Writer
	order *rand.Rand
	made  int // names that were given out

	versions map[string]string // of what is compared
}

// unused returns a name that no topic and no group had before.
func (b *bench) unused(what string) string {
	b.made++
	return fmt.Sprintf("bench-%s-%d", what, b.made)
}

// run carries out a block: what it needs to know first, then round after round of all its comparisons, each time in
// another order.
func (b *bench) run(ctx context.Context, blk *block) (err error) {
	fmt.Fprintf(b.log, "\n%s\n", blk.corner)
	var from shelf
	for _, c := range blk.comparisons {
		if c.kind == consume && from.topic == "" {
			from.topic = b.unused("topic")
			if err := b.kafka.Topic(ctx, from.topic, partitions); err != nil {
				return err
			}
			defer func() {
				if gone := b.kafka.Delete(context.WithoutCancel(ctx), from.topic); err == nil {
					err = gone
				}
			}()
		}
		if err := b.learn(ctx, c, &from); err != nil {
			return fmt.Errorf("%s: %w", c.name(), err)
		}
	}
	for round := range b.pairs {
		for _, i := range b.order.Perm(len(blk.comparisons)) {
			c := blk.comparisons[i]
			fmt.Fprintf(b.log, "%d/%d %s: ", round+1, b.pairs, c.name())
			if err := b.tryPair(ctx, c, &from); err != nil {
				return err
			}
		}
	}
	return nil
}

// learn runs kbench once, and throws away all but the settings that its client has in force.
func (b *bench) learn(ctx context.Context, c *comparison, from *shelf) error {
	if c.kind == consume && from.records == 0 {
		if err := b.fill(ctx, c.corner, from); err != nil {
			return err
		}
	}
	t, _, err := lab.Kbench(ctx, b.kbench, b.kafka.Brokers, c.scenario(from.topic, time.Second, time.Second), nil)
	if err == nil {
		c.settings = t.Client
		b.remember(t)
	}
	return err
}

// tries is how often a pair is run, where kbench doubts its own trial or one fails.
const tries = 3

// tryPair runs one pair, again where it must be, and keeps it. A pair that never comes off is missing, with the reason.
func (b *bench) tryPair(ctx context.Context, c *comparison, from *shelf) error {
	var why string
	for try := 0; try < tries; {
		p, err := b.pair(ctx, c, *from)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err == nil && (p.kbench.dry || p.peer.dry):
			if err = b.fill(ctx, c.corner, from); err == nil {
				continue // this was no try; it ends, since fill has a limit
			}
			why = err.Error()
		case err != nil:
			why = err.Error()
		case p.kbench.doubted != "":
			why = p.kbench.doubted
		case p.kbench.perS == 0 || p.peer.perS == 0:
			why = "nothing came through in a measured part"
		default:
			fmt.Fprintf(b.log, "%.0f k/s against %.0f k/s, %.0f against %.0f ns of CPU\n", p.kbench.perS/1e3, p.peer.perS/1e3, p.kbench.cpuNs, p.peer.cpuNs)
			c.pairs = append(c.pairs, p)
			return nil
		}
		fmt.Fprintf(b.log, "again, %s\n", why)
		c.again++
		try++
	}
	c.gone = append(c.gone, why)
	return nil
}

// pair runs both sides right after each other, in either order.
func (b *bench) pair(ctx context.Context, c *comparison, from shelf) (p pair, err error) {
	sides := []func() error{
		func() (err error) { p.kbench, err = b.ours(ctx, c, from); return err },
		func() (err error) { p.peer, err = b.theirs(ctx, c, from); return err },
	}
	for _, i := range b.order.Perm(len(sides)) {
		if err := sides[i](); err != nil {
			return p, err
		}
	}
	return p, nil
}

// mostOfMemory is what part of the machine's memory a topic to read may take: reading is compared from the page cache.
const mostOfMemory = 0.5

// fill writes records to read: at first as many as kbench would read in the time of the longest trial, then half as many
// again whenever a side has read all of them.
func (b *bench) fill(ctx context.Context, at corner, from *shelf) error {
	most := int64(mostOfMemory * float64(host.Read("").MemBytes) / float64(at.size))
	if from.records >= most {
		return fmt.Errorf("%d records of %d B take half of the memory, and were read before the measured part was over: shorten -measure", from.records, at.size)
	}
	writing := &comparison{kind: produce, client: "franz", corner: at}
	if err := b.learn(ctx, writing, from); err != nil {
		return err
	}
	want := from.records + from.records/2
	for from.records == 0 || from.records < min(want, most) {
		j := bare.Job{Topic: from.topic, Producer: writing.settings.Producer.Settings, Measure: 2 * time.Second}
		if _, _, err := b.loop(ctx, writing, j); err != nil {
			return fmt.Errorf("write records to read: %w", err)
		}
		var err error
		if from.records, err = b.kafka.Records(ctx, from.topic); err != nil {
			return err
		}
		if want == 0 {
			reading := &comparison{kind: consume, client: "franz", corner: at}
			t, _, err := lab.Kbench(ctx, b.kbench, b.kafka.Brokers, reading.scenario(from.topic, 0, time.Second), nil)
			if err != nil {
				return fmt.Errorf("find out how many records to write: %w", err)
			}
			want = int64(t.Rates.ConsumedPerS * (consumerWarm*b.warmup + b.length).Seconds())
		}
	}
	fmt.Fprintf(b.log, "%s records to read\n", unit.Count(from.records))
	return nil
}
