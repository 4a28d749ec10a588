package run

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"kbench/internal/driver"
	"kbench/internal/meter"
	"kbench/internal/result"
	"kbench/internal/scenario"
)

// summarise turns what was counted into the record. It is called once, when everything has ended.
func (t *trial) summarise() {
	t.meter.Harvest(math.MaxInt64)
	r := t.rec
	if t.clock.begun() {
		r.Start = t.clock.start().UTC().Format(time.RFC3339Nano)
		r.WarmupNs, r.MeasureNs = int64(t.bounds.start()), int64(t.measuredFor())
	}
	measured, warm := t.meter.Measured(), t.meter.Warmup()
	r.Counts, r.WarmupCounts = counts(measured), counts(warm)
	t.countErrors()
	t.accountTransactions()
	t.ledger.account(t, &r.Counts)
	r.Rates, r.Latency, r.Windows = rates(measured, r.MeasureNs), t.latencies(measured, &r.Counts), []result.Window{}
	if err := t.meter.Spooled(); err != nil {
		t.warn("memory grew with the length of the trial: %s", oneLine(err))
	}
	for _, w := range t.meter.Windows() {
		r.Windows = append(r.Windows, t.window(w, t.bounds.start()+time.Duration(r.MeasureNs)))
	}
	t.cost(measured, warm)
	t.accountGroups()
	t.accountPartitions()
	t.accountMessage()
	t.accountFaults()
	t.accountRebalances()
	t.accountPauses()
	t.accountShares()
	t.accountHiccups()
	r.Breakdown = t.parts.result()
	r.Events = t.events
	r.Warnings = t.warnings
	r.Fingerprint = r.Host.Fingerprint(r.Cluster.Kind, r.Cluster.Version, fmt.Sprintf("%d nodes", r.Cluster.Nodes))
	r.Integrity = r.Findings()
	r.Steady = t.steadiness()
	r.Verdict = judge(r, t.faulted())
}

// measuredFor returns how long the measured part was: as planned, or up to where the trial was stopped or the last
// record was done.
func (t *trial) measuredFor() time.Duration {
	to := t.bounds.stop()
	switch {
	case t.rec.Status == result.StatusInterrupted:
		to = min(to, t.stopped)
	case len(t.producers) == 0:
		last := time.Duration(0)
		for _, g := range t.groups {
			last = max(last, time.Duration(g.lastSeen.Load()))
		}
		to = min(to, last)
	case to == math.MaxInt64:
		to = 0
		for _, p := range t.producers {
			to = max(to, p.tally().lastAck)
		}
	}
	return max(0, to-t.bounds.start())
}

func counts(p *meter.Part) result.Counts {
	return result.Counts{
		Scheduled: p.Scheduled, Acked: p.Acked, Failed: p.Failed, Unresolved: p.Scheduled - p.Acked - p.Failed, Consumed: p.Consumed,
	}
}

// failedBy counts the failures in the measured part by class; nil for none.
func (t *trial) failedBy() map[string]int64 {
	var by map[string]int64
	for _, p := range t.producers {
		for class, n := range p.tally().errors {
			if by == nil {
				by = map[string]int64{}
			}
			by[class] += n
		}
	}
	return by
}

func (t *trial) countErrors() {
	c := &t.rec.Counts
	c.Errors, c.QueueFull = t.failedBy(), t.full-t.fullBefore
	for _, p := range t.producers {
		c.Unsent += p.unsent
	}
	for _, g := range t.groups {
		errs := map[string]int64{}
		for _, m := range g.members {
			if m.crashed.Load() { // of which it has many
				continue
			}
			for class, n := range m.client.Errors() {
				errs[class] += n
			}
		}
		for _, class := range sortedKeys(errs) {
			t.warn("group %s met %s %d times and went on", g.name, class, errs[class])
		}
	}
}

// rates go by completion within the measured part, so that what completes in the drain is not taken for throughput.
func rates(p *meter.Part, measuredNs int64) result.Rates {
	if measuredNs <= 0 {
		return result.Rates{}
	}
	seconds := float64(measuredNs) / 1e9
	return result.Rates{
		OfferedPerS:       float64(p.Scheduled) / seconds,
		AckedPerS:         float64(p.AckedThen) / seconds,
		AckedBytesPerS:    float64(p.AckedBytesThen) / seconds,
		ConsumedPerS:      float64(p.ConsumedThen) / seconds,
		ConsumedBytesPerS: float64(p.ConsumedBytesThen) / seconds,
	}
}

// latencies sums up the spans of the measured part, whose counts are c, and counts there the samples that were out of range.
func (t *trial) latencies(p *meter.Part, c *result.Counts) map[result.Span]*result.Latency {
	out := map[result.Span]*result.Latency{}
	for span := range meter.Spans {
		st := &p.Stats[span]
		if st.Count() > 0 {
			out[result.Span(span.String())] = latency(st, t.population(span, owed{c.Scheduled, c.Unsent, c.Aborted}, st.Count()))
		}
		c.Negative += st.Negative
		c.Over += st.Over
	}
	return out
}

// owed are the records of a trial's measured part, of a second of it, or of several.
type owed struct {
	scheduled int64
	unsent    int64
	aborted   int64 // by transactions
}

// population returns how many values a span of so many records should have had, where it got some: those that never came count as
// longer than any that did.
func (t *trial) population(span meter.Span, of owed, got int64) int64 {
	return population(span, of, got, t.c.Consumer, len(t.groups))
}

// population is that of a load with so many groups of a consumer.
func population(span meter.Span, of owed, got int64, consumer *scenario.Consumer, groups int) int64 {
	switch span {
	case meter.E2E, meter.E2EService:
		if consumer != nil && consumer.Isolation == driver.ReadCommitted {
			of.scheduled -= of.aborted // nobody may read them
		}
		return max(got, of.scheduled*int64(groups))
	case meter.LagHarness:
		return got + of.unsent
	case meter.LagBackpressure:
		return got
	}
	return max(got, of.scheduled)
}

// beyond is how many samples must lie beyond a percentile for it to be printed.
const beyond = 10

// latency reads a span's numbers. population is at least the number of values; the difference never completed, and
// lies beyond every percentile.
func latency(st *meter.Stat, population int64) *result.Latency {
	n := st.Count()
	lo, hi, mean := st.Min, st.Max, st.Mean()
	l := &result.Latency{Count: n, MinNs: &lo, MeanNs: &mean, MaxNs: &hi}
	for _, p := range []struct {
		name string
		part float64
		to   **int64
	}{
		{"p50", 0.5, &l.P50Ns},
		{"p90", 0.9, &l.P90Ns},
		{"p95", 0.95, &l.P95Ns},
		{"p99", 0.99, &l.P99Ns},
		{"p999", 0.999, &l.P999Ns},
		{"p9999", 0.9999, &l.P9999Ns},
	} {
		// Rounded, so that 1,000 samples have 10 beyond p99 in floating point too.
		if math.Round(float64(population)*(1-p.part)*1e6)/1e6 < beyond {
			continue
		}
		rank := p.part * float64(population) / float64(n)
		if rank > 1 {
			l.AtLeast = append(l.AtLeast, p.name)
			rank = 1
		}
		if v, ok := st.Quantile(rank); ok {
			*p.to = &v
		}
	}
	if population > n {
		l.AtLeast = append(l.AtLeast, "max")
	}
	return l
}

func (t *trial) cost(measured, warm *meter.Part) {
	r, c := t.rec, &t.rec.Cost
	records := measured.AckedThen
	if len(t.producers) == 0 {
		records = measured.ConsumedThen
	}
	if records > 0 && t.usage.CPUNs > 0 {
		cpu, allocs := float64(t.usage.CPUNs)/float64(records), float64(t.usage.AllocObjects)/float64(records)
		c.CPUNsPerRecord, c.AllocPerRecord = &cpu, &allocs
	}
	if rss := t.usage.RSSMaxBytes; rss > 0 {
		c.RSSMaxBytes = &rss
	}
	var wire int64
	for _, p := range t.producers {
		if p.stats.WireBytes < 0 {
			wire = -1
			break
		}
		wire += p.stats.WireBytes
	}
	if wire > 0 {
		c.WireBytes = &wire
	}
	bytes := measured.AckedBytesThen + warm.AckedBytesThen
	if disk := r.Cluster.DiskBytes; disk != nil && *disk > 0 && bytes > 0 && t.fresh {
		all := float64(measured.Acked+warm.Acked) * float64(bytes) / float64(max(measured.AckedThen+warm.AckedThen, 1))
		ratio := all / float64(*disk)
		c.CompressionRatio = &ratio
	}
}

// accountHiccups adds to what the machine's counters say what kbench saw for itself.
func (t *trial) accountHiccups() {
	h, r := &t.hiccups, t.rec
	r.Usage = t.usage
	if p99, ok := h.late.Quantile(0.99); ok {
		r.Usage.HiccupP99Ns, r.Usage.HiccupMaxNs, r.Usage.StillNs = p99, h.late.Max, int64(h.still)
	}
	if len(t.producers) > 0 {
		r.Queues = result.Queues{InFlight: h.out.value(), AckBacklog: h.backlog.value()}
	}
}

func (t *trial) accountGroups() {
	for i, g := range t.groups {
		out := result.Group{Name: g.name, Consumed: g.measured() - t.ledger.readAgain(i)}
		if t.rec.MeasureNs > 0 {
			var then int64
			for j := range g.partitions {
				then += g.partitions[j].then.Load()
			}
			out.ConsumedPerS = new(float64(then) / (float64(t.rec.MeasureNs) / 1e9))
		}
		if lag := t.lagMax[i]; lag >= 0 {
			out.LagMax = &lag
		}
		out.End = sumOf(t.ends)
		if len(g.committed) > 0 {
			sum := sumOf(g.committed)
			out.Committed = &sum
		}
		t.rec.Groups = append(t.rec.Groups, out)
	}
	for p, end := range t.ends {
		t.rec.Cluster.EndOffsets += end - t.starts[p]
	}
	if len(t.ends) > 0 {
		t.rec.Cluster.EndOffsets -= t.probes.Load()
	}
}

func (t *trial) accountPartitions() {
	acked := make([]int64, t.partitions)
	for _, p := range t.producers {
		for i, part := range p.tally().partitions {
			acked[i] += part.measured
		}
	}
	for i := range t.partitions {
		p := result.Partition{Partition: int32(i), Acked: acked[i]}
		for _, g := range t.groups {
			p.Consumed += g.partitions[i].consumed.Load()
		}
		t.rec.Partitions = append(t.rec.Partitions, p)
	}
}

// measured returns how many records of the measured part the group has read.
func (g *group) measured() int64 {
	var sum int64
	for i := range g.partitions {
		sum += g.partitions[i].consumed.Load()
	}
	return sum
}

// sumOf adds up the offsets of partitions.
func sumOf(offsets map[int32]int64) (sum int64) {
	for _, offset := range offsets {
		sum += offset
	}
	return sum
}

// oneLine prints an error on one line, whatever a library put into it; parts joined are held apart by semicolons.
func oneLine(err error) string {
	if err == nil {
		return ""
	}
	lines := strings.FieldsFunc(err.Error(), func(r rune) bool { return r == '\n' || r == '\r' })
	return strings.Join(slices.Compact(lines), "; ")
}

// sortedKeys lists a map's keys in order.
func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
