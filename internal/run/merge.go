package run

import (
	"cmp"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"kbench/internal/meter"
	"kbench/internal/result"
)

// together makes r the record of several workloads together, of whose meters whole is the merged one. It goes by their records and
// that meter alone, so it does not matter where they ran. Counts and histograms add up; a span is that of the whole only where every
// workload that produces has it, since a percentile of a part of the records is not one of all. What can't be told of the whole, as
// the sizes of values or where the time went, stays with the workloads. r has its plan, its host and its usage already.
func together(r *result.Trial, whole *meter.Meter, parts []*result.Trial) {
	r.Workloads = parts
	for _, p := range parts {
		r.Start, r.Fingerprint = cmp.Or(r.Start, p.Start), cmp.Or(r.Fingerprint, p.Fingerprint)
		r.WarmupNs, r.MeasureNs = max(r.WarmupNs, p.WarmupNs), max(r.MeasureNs, p.MeasureNs)
		r.Closed = r.Closed || p.Closed
		r.Groups = append(r.Groups, p.Groups...)
		for _, e := range p.Events {
			r.Events = append(r.Events, result.Event{AtNs: e.AtNs, What: p.Workload + ": " + e.What})
		}
		if p.Status != result.StatusOK && r.Status != result.StatusFailed {
			r.Status = p.Status
		}
	}
	slices.SortStableFunc(r.Events, func(a, b result.Event) int { return cmp.Compare(a.AtNs, b.AtNs) })
	r.Counts = countsTogether(parts, func(p *result.Trial) *result.Counts { return &p.Counts })
	r.WarmupCounts = countsTogether(parts, func(p *result.Trial) *result.Counts { return &p.WarmupCounts })
	r.Rates, r.Latency = rates(whole.Measured(), r.MeasureNs), latencyTogether(whole.Measured(), parts)
	r.Windows = windowsTogether(whole, r.Latency, parts)
	r.Integrity = findingsTogether(parts)
	r.Cluster = clusterTogether(parts)
	r.Queues.InFlight = sumOver(parts, (*result.Trial).Produces, func(p *result.Trial) *float64 { return p.Queues.InFlight })
	r.Queues.AckBacklog = sumOver(parts, (*result.Trial).Produces, func(p *result.Trial) *float64 { return p.Queues.AckBacklog })
	r.Cost = costTogether(r, whole, parts)
	r.Failure = strings.Join(saidOf(parts, func(p *result.Trial) []string {
		if p.Failure == "" || p.Failure == errOthers.Error() { // which is told of those
			return nil
		}
		return []string{p.Failure}
	}), "; ")
	r.Warnings = append(r.Warnings, saidOf(parts, func(p *result.Trial) []string { return p.Warnings })...)
	r.Verdict = result.Verdict{Trust: result.TrustOK, Reasons: saidOf(parts, func(p *result.Trial) []string { return p.Verdict.Reasons })}
	for _, p := range parts {
		r.Verdict.Trust = result.WorseTrust(r.Verdict.Trust, p.Verdict.Trust)
	}
}

// countsTogether adds up counts. Of those that may be unknown the workloads have a part that produce and consume: for others there is
// nothing to know.
func countsTogether(parts []*result.Trial, of func(*result.Trial) *result.Counts) result.Counts {
	var sum result.Counts
	to := reflect.ValueOf(&sum).Elem()
	audited := func(p *result.Trial) bool { return p.Produces() && p.Consumes() }
	for i := range to.NumField() {
		switch field := to.Field(i); field.Kind() {
		case reflect.Int64:
			for _, p := range parts {
				field.SetInt(field.Int() + reflect.ValueOf(of(p)).Elem().Field(i).Int())
			}
		case reflect.Pointer:
			field.Set(reflect.ValueOf(sumOver(parts, audited, func(p *result.Trial) *int64 {
				return reflect.ValueOf(of(p)).Elem().Field(i).Interface().(*int64)
			})))
		}
	}
	for _, p := range parts {
		for class, n := range of(p).Errors {
			if sum.Errors == nil {
				sum.Errors = map[string]int64{}
			}
			sum.Errors[class] += n
		}
	}
	return sum
}

// sumOver adds up a number over the parts that can have it; nil where one of them has none, or there is no such part.
func sumOver[N int64 | float64](parts []*result.Trial, can func(*result.Trial) bool, of func(*result.Trial) *N) *N {
	var sum *N
	for _, p := range parts {
		switch v := of(p); {
		case !can(p):
		case v == nil:
			return nil
		case sum == nil:
			sum = new(*v)
		default:
			*sum += *v
		}
	}
	return sum
}

// latencyTogether reads the spans of the whole off the merged histograms.
func latencyTogether(m *meter.Part, parts []*result.Trial) map[result.Span]*result.Latency {
	out := map[result.Span]*result.Latency{}
	for span := range meter.Spans {
		name, st := result.Span(span.String()), &m.Stats[span]
		all, due := st.Count() > 0, int64(0)
		for _, p := range parts {
			l := p.Latency[name]
			if l == nil {
				all = all && (!p.Produces() || name == result.LagBackpressure)
				continue
			}
			due += population(span, owed{p.Counts.Scheduled, p.Counts.Unsent, p.Counts.Aborted}, l.Count, p.Plan.Consumer, len(p.Groups))
		}
		if all {
			out[name] = latency(st, max(due, st.Count()))
		}
	}
	return out
}

// windowsTogether aligns the seconds of the workloads, which have one start.
func windowsTogether(whole *meter.Meter, spans map[result.Span]*result.Latency, parts []*result.Trial) []result.Window {
	byIndex := make([]map[int]*result.Window, len(parts))
	for i, p := range parts {
		byIndex[i] = map[int]*result.Window{}
		for j := range p.Windows {
			byIndex[i][p.Windows[j].Index] = &p.Windows[j]
		}
	}
	out, st := []result.Window{}, meter.Stat{}
	for _, w := range whole.Windows() {
		sum := result.Window{
			Index: w.Index, Scheduled: w.Scheduled, Acked: w.Acked, Failed: w.Failed, Aborted: w.Aborted, Consumed: w.Consumed,
			Latency: map[result.Span]*result.Latency{},
		}
		for i := range parts {
			if part := byIndex[i][w.Index]; part != nil {
				sum.AckedPerS += part.AckedPerS
				sum.ConsumedPerS += part.ConsumedPerS
			}
		}
		sum.ConsumerLag = lagTogether(w.Index, byIndex, parts)
		for span := range meter.Spans {
			if name := result.Span(span.String()); spans[name] != nil {
				if ok, err := w.Stat(span, &st); ok && err == nil { // what could not be read back was an error of the merge
					sum.Latency[name] = latency(&st, max(st.Count(), populationTogether(span, w.Index, byIndex, parts)))
				}
			}
		}
		out = append(out, sum)
	}
	return out
}

// populationTogether adds up how many values a span of a second should have had, over the workloads that have it.
func populationTogether(span meter.Span, index int, byIndex []map[int]*result.Window, parts []*result.Trial) (sum int64) {
	name := result.Span(span.String())
	for i, p := range parts {
		w := byIndex[i][index]
		if w == nil || p.Latency[name] == nil {
			continue
		}
		got := int64(0) // a second in which nothing completed has no latency
		if l := w.Latency[name]; l != nil {
			got = l.Count
		}
		sum += population(span, owed{scheduled: w.Scheduled, aborted: w.Aborted}, got, p.Plan.Consumer, len(p.Groups))
	}
	return sum
}

// lagTogether adds up how far all groups are behind at the end of a second.
func lagTogether(index int, byIndex []map[int]*result.Window, parts []*result.Trial) *int64 {
	var sum *int64
	for i, p := range parts {
		if !p.Consumes() {
			continue
		}
		w := byIndex[i][index]
		if w == nil || w.ConsumerLag == nil {
			return nil
		}
		if sum == nil {
			sum = new(int64)
		}
		*sum += *w.ConsumerLag
	}
	return sum
}

// findingsTogether counts what is of the same kind once.
func findingsTogether(parts []*result.Trial) (out []result.Finding) {
	for _, p := range parts {
		for _, f := range p.Integrity {
			i := slices.IndexFunc(out, func(o result.Finding) bool { return o.What == f.What && o.Level == f.Level && o.Why == f.Why })
			if i < 0 {
				out = append(out, f)
			} else {
				out[i].Count += f.Count
			}
		}
	}
	return out
}

// clusterTogether says of the cluster what is not a topic's.
func clusterTogether(parts []*result.Trial) (c result.Cluster) {
	for _, p := range parts {
		o := p.Cluster
		if c.Kind == "" {
			c = o
			c.Topic, c.TopicConfig, c.Replication, c.LeadersBefore, c.LeadersAfter = "", nil, 0, nil, nil
			c.LeaderMoves, c.UnderReplicated, c.EndOffsets = 0, 0, 0
		}
		c.LeaderMoves += o.LeaderMoves
		c.UnderReplicated += o.UnderReplicated
		c.EndOffsets += o.EndOffsets
	}
	c.DiskBytes = sumOver(parts, func(*result.Trial) bool { return true }, func(p *result.Trial) *int64 { return p.Cluster.DiskBytes })
	return c
}

// costTogether says what kbench cost, which is one process for all workloads, and what they sent.
func costTogether(r *result.Trial, whole *meter.Meter, parts []*result.Trial) (c result.Cost) {
	records := whole.Measured().AckedThen
	if !r.Produces() {
		records = whole.Measured().ConsumedThen
	}
	if records > 0 && r.Usage.CPUNs > 0 {
		c.CPUNsPerRecord, c.AllocPerRecord = new(float64(r.Usage.CPUNs)/float64(records)), new(float64(r.Usage.AllocObjects)/float64(records))
	}
	if r.Usage.RSSMaxBytes > 0 {
		c.RSSMaxBytes = new(r.Usage.RSSMaxBytes)
	}
	c.WireBytes = sumOver(parts, (*result.Trial).Produces, func(p *result.Trial) *int64 { return p.Cost.WireBytes })
	all := sumOver(parts, (*result.Trial).Produces, func(p *result.Trial) *float64 {
		if p.Cost.CompressionRatio == nil || p.Cluster.DiskBytes == nil {
			return nil
		}
		return new(*p.Cost.CompressionRatio * float64(*p.Cluster.DiskBytes))
	})
	disk := sumOver(parts, (*result.Trial).Produces, func(p *result.Trial) *int64 { return p.Cluster.DiskBytes })
	if all != nil && disk != nil && *disk > 0 {
		c.CompressionRatio = new(*all / float64(*disk))
	}
	return c
}

// saidOf returns what is said of each workload, with whose it is before it; what is said of all of them stands once, without.
func saidOf(parts []*result.Trial, of func(*result.Trial) []string) (out []string) {
	var texts []string
	whose := map[string]map[string]bool{}
	for _, p := range parts {
		for _, text := range of(p) {
			if whose[text] == nil {
				whose[text] = map[string]bool{}
				texts = append(texts, text)
			}
			whose[text][p.Workload] = true
		}
	}
	for _, text := range texts {
		if len(whose[text]) < len(parts) {
			text = fmt.Sprintf("%s: %s", strings.Join(slices.Sorted(maps.Keys(whose[text])), ", "), text)
		}
		out = append(out, text)
	}
	return out
}
