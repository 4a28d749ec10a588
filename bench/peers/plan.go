package main

import (
	"fmt"
	"strings"
	"time"

	"kbench/internal/compare"
	"kbench/internal/result"
)

// The kinds of work that are compared.
const (
	produce = "produce"
	consume = "consume"
	both    = "both"
)

// partitions of every topic.
const partitions = 3

// compressTo is the part of a value that compression leaves.
const compressTo = 0.5

// uncached is how many bytes of values a bare loop sends again and again: more than a processor's cache holds, since what
// a program has to send is not there either.
const uncached = 128 << 20

// A corner is what the records of a comparison are like.
type corner struct {
	size        int // bytes of a value
	acks        string
	compression string
}

func (c corner) String() string {
	return fmt.Sprintf("%d B, acks %s, %s", c.size, c.acks, c.compression)
}

// usual is the corner in which everything is compared; the others show whether it stands for them.
func usual() corner { return corner{200, "all", "none"} }

// corners are all of them, the usual one first.
func corners() []corner {
	var cs []corner
	for _, size := range []int{200, 1024} {
		for _, compression := range []string{"none", "lz4"} {
			for _, acks := range []string{"all", "1"} {
				cs = append(cs, corner{size, acks, compression})
			}
		}
	}
	return cs
}

// A comparison is kbench with one client against a peer doing the same work.
type comparison struct {
	kind   string
	client string
	tool   bool // against Kafka's own tool; else against the bare loop of the same client
	corner corner

	settings result.Clients // in force in kbench
	pairs    []pair
	again    int      // pairs that were run again
	gone     []string // why a pair is missing
}

func (c *comparison) peer() string {
	switch {
	case !c.tool:
		return "bare loop"
	case c.kind == produce:
		return "kafka-producer-perf-test"
	}
	return "kafka-consumer-perf-test"
}

func (c *comparison) name() string {
	return fmt.Sprintf("%s %s / %s (%s)", c.kind, c.client, c.peer(), c.corner)
}

// makesSense leaves out what would be the same again, and what can't be the same: reading does not depend on what
// producers waited for, and the producing tool makes its records of letters, which compress to something else.
func (c *comparison) makesSense() bool {
	if c.kind == consume {
		return c.corner.acks == usual().acks
	}
	return !c.tool || c.corner.compression == usual().compression
}

// A block is what is measured on records of one corner. Blocks come one after the other, since the records to read of
// all of them would not fit into memory together; within one, comparisons are interleaved.
type block struct {
	corner      corner
	comparisons []*comparison
}

// plan lists what will be run.
func plan(o options) ([]block, error) {
	if o.pairs < compare.Fewest || o.pairs > compare.Most {
		return nil, fmt.Errorf("-pairs %d: it is %d to %d", o.pairs, compare.Fewest, compare.Most)
	}
	if o.warmup < time.Second || o.length < time.Second {
		return nil, fmt.Errorf("-warmup %v -measure %v: each is 1s or more", o.warmup, o.length)
	}
	var blocks []block
	for _, at := range corners() {
		b := block{corner: at}
		for _, c := range everything() {
			c.corner = at
			// By default one comparison shows what the other corners change.
			wanted := o.full || at == usual() || c.kind == produce && c.client == "franz" && !c.tool
			if wanted && c.makesSense() && strings.Contains(c.name(), o.only) {
				b.comparisons = append(b.comparisons, &c)
			}
		}
		if len(b.comparisons) > 0 {
			blocks = append(blocks, b)
		}
	}
	if len(blocks) == 0 {
		return nil, fmt.Errorf("-only %q: no comparison has this in its name, such as %q", o.only, (&comparison{kind: produce, client: "franz", corner: usual()}).name())
	}
	return blocks, nil
}

// everything is what is compared in the usual corner.
func everything() []comparison {
	var all []comparison
	for _, kind := range []string{produce, consume} {
		for _, client := range []string{"franz", "confluent", "sarama"} {
			all = append(all, comparison{kind: kind, client: client})
		}
		for _, client := range []string{"franz", "confluent"} {
			all = append(all, comparison{kind: kind, client: client, tool: true})
		}
	}
	return append(all, comparison{kind: both, client: "franz"})
}

func count(blocks []block) (n int) {
	for _, b := range blocks {
		n += len(b.comparisons)
	}
	return n
}

// What the estimate adds to the load itself: starting Kafka and warming it, filling a topic to read, the throw-away trial of
// a comparison, and starting and ending a side.
const (
	beforeAll        = 50 * time.Second
	beforeReading    = 30 * time.Second
	beforeComparison = 5 * time.Second
	aroundSide       = time.Second
)

// estimate is about how long it all takes.
func estimate(blocks []block, o options) time.Duration {
	total := beforeAll
	for _, b := range blocks {
		reading := time.Duration(0)
		for _, c := range b.comparisons {
			pair := 2 * (o.warmup + o.length + aroundSide)
			switch {
			case c.tool && c.kind == produce:
				pair += (producerWarm-1)*o.warmup + aroundSide
			case c.tool:
				pair += (consumerWarm-1)*o.warmup + aroundSide
			}
			if c.kind == consume {
				reading = beforeReading
			}
			total += beforeComparison + time.Duration(o.pairs)*pair
		}
		total += reading
	}
	return total.Round(time.Minute)
}
