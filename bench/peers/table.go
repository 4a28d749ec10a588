package main

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"kbench/internal/compare"
	"kbench/internal/result"
)

// level is that of the intervals.
const level = 0.95

// remember keeps what a record says of the programs that are compared.
func (b *bench) remember(t *result.Trial) {
	b.versions["kbench"] = t.Host.Kbench
	for _, c := range []*result.Client{t.Client.Producer, t.Client.Consumer} {
		if c != nil {
			b.versions[c.Library] = c.Version
		}
	}
}

// table writes what came out in Markdown.
func (b *bench) table(blocks []block, when time.Time) string {
	var versions []string
	for _, name := range slices.Sorted(maps.Keys(b.versions)) {
		versions = append(versions, name+" "+b.versions[name])
	}
	return fmt.Sprintf("Taken on %s by `%s`: %s. %s.\n\n%s",
		when.UTC().Format("2 January 2006"), b.command(), strings.Join(versions, ", "), b.kafka.Machine(), b.rows(blocks))
}

// rows has a line for each comparison, and then what there is to say about them.
func (b *bench) rows(blocks []block) string {
	var w strings.Builder
	say := func(format string, args ...any) { fmt.Fprintf(&w, format+"\n", args...) }
	say("| kbench | against | records | records/s | theirs | ratio | CPU ns a record | theirs | ratio | memory, MiB | theirs | pairs, run again |")
	say("|---|---|---|---:|---:|---|---:|---:|---|---:|---:|---:|")
	reached := 1.0
	var gone []string
	for _, blk := range blocks {
		for _, c := range blk.comparisons {
			rate, cpu, memory := c.values(perS), c.values(cpuNs), c.values(rss)
			say("| %s, %s | %s | %s | %s | %s | %s | %s | %s | %s | %s | %s | %d, %d |", c.kind, c.client, c.peer(), c.corner,
				median(rate, ours, 1e-3, " k"), median(rate, theirs, 1e-3, " k"), ratio(rate, &reached),
				median(cpu, ours, 1, ""), median(cpu, theirs, 1, ""), ratio(cpu, &reached),
				median(memory, ours, 1.0/(1<<20), ""), median(memory, theirs, 1.0/(1<<20), ""), len(c.pairs), c.again)
			for _, why := range c.gone {
				gone = append(gone, fmt.Sprintf("A pair of %s is missing: %s.", c.name(), why))
			}
		}
	}
	say("\nMedians of the pairs. Ratios are kbench : peer: first that of the medians, then the one that the pairs tell, with the interval that holds the true one at %.1f %% or more.", 100*reached)
	for _, line := range gone {
		say("%s", line)
	}
	return w.String()
}

// command is how to do the same again.
func (b *bench) command() string {
	out := fmt.Sprintf("go run ./bench/peers -pairs %d -seed %d -warmup %s -measure %s", b.pairs, b.seed, b.warmup, b.length)
	if b.full {
		out += " -full"
	}
	if b.only != "" {
		out += " -only " + strconv.Quote(b.only)
	}
	return out
}

func perS(o outcome) float64  { return o.perS }
func cpuNs(o outcome) float64 { return o.cpuNs }
func rss(o outcome) float64   { return float64(o.rss) }

// values returns one number of each pair, the peer's as A; none if one is not known.
func (c *comparison) values(of func(outcome) float64) (pairs []compare.Pair) {
	for _, p := range c.pairs {
		if of(p.kbench) == 0 || of(p.peer) == 0 {
			return nil
		}
		pairs = append(pairs, compare.Pair{A: of(p.peer), B: of(p.kbench)})
	}
	return pairs
}

func ours(p compare.Pair) float64   { return p.B }
func theirs(p compare.Pair) float64 { return p.A }

// median prints that of one side.
func median(pairs []compare.Pair, of func(compare.Pair) float64, scale float64, unit string) string {
	if len(pairs) == 0 {
		return unknown
	}
	return strconv.FormatFloat(middle(pairs, of)*scale, 'f', 0, 64) + unit
}

// middle is the median of one side of one pair or more.
func middle(pairs []compare.Pair, of func(compare.Pair) float64) float64 {
	values := make([]float64, len(pairs))
	for i, p := range pairs {
		values[i] = of(p)
	}
	return result.Summarize(values).Median
}

const unknown = "not known"

// ratio prints that of the medians and, of the pairs, the estimate with its interval, and lowers reached to the level of that.
func ratio(pairs []compare.Pair, reached *float64) string {
	if len(pairs) == 0 {
		return unknown
	}
	r, err := compare.Paired(pairs, level)
	if err != nil {
		return "none: " + err.Error()
	}
	*reached = min(*reached, r.Level)
	return fmt.Sprintf("%.2f; %.2f (%.2f to %.2f)", middle(pairs, ours)/middle(pairs, theirs), r.Estimate, r.Lo, r.Hi)
}
