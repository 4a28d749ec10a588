package result

import (
	"math"
	"slices"
	"strings"
	"time"

	"kbench/internal/scenario"
	"kbench/internal/unit"
)

// A Metric is one number that can be read off a record. Metrics is the only place where names, units and directions are
// written down: thresholds, CSV columns, comparisons and reports all use it.
type Metric struct {
	Name   string
	Unit   string // one of the Unit constants
	Better int    // +1 higher is better, -1 lower, 0 neither
	// Of returns the number in the metric's base unit; false where the trial has none, which never stands for zero.
	Of func(*Trial) (float64, bool)
}

// The units of metrics.
const (
	UnitNs        = "ns"
	UnitBytes     = "bytes"
	UnitRecords   = "records"
	UnitTimes     = "times" // how often something happened
	UnitPerS      = "records/s"
	UnitBytesPerS = "bytes/s"
	UnitRatio     = "ratio"
	UnitObjects   = "objects"
	UnitMean      = "mean records"
)

// Column returns the metric's name as a CSV column, where the spans carry their unit: response_p99_ns.
func (m Metric) Column() string {
	if m.Unit == UnitNs && !strings.Contains(m.Name, "_ns") {
		return m.Name + "_ns"
	}
	return m.Name
}

// Human prints a number of the metric for people, with three significant digits.
func (m Metric) Human(v float64) string {
	switch m.Unit {
	case UnitNs:
		if math.Abs(v) < math.MaxInt64 {
			return unit.HumanDuration(time.Duration(math.Round(v)))
		}
	case UnitBytes:
		return unit.HumanBytes(v)
	case UnitBytesPerS:
		return unit.HumanBytes(v) + "/s"
	case UnitPerS:
		return unit.Human(v) + "/s"
	}
	return unit.Human(v)
}

// Metrics returns every metric in the order of CSV columns. The slice is the caller's.
func Metrics() []Metric {
	all := rateMetrics()
	for _, span := range Spans() {
		all = append(all, spanMetrics(span)...)
	}
	all = append(all, countMetrics()...)
	all = append(all, costMetrics()...)
	all = append(all, breakdownMetrics()...)
	all = append(all, messageMetrics()...)
	all = append(all, transactionMetrics()...)
	all = append(all, rebalanceMetrics()...)
	for i, m := range all {
		of := m.Of
		all[i].Of = func(t *Trial) (float64, bool) {
			if t.MeasureNs <= 0 { // nothing was measured: a zero here would be a guess
				return 0, false
			}
			return of(t)
		}
	}
	return all
}

// Names returns the names of Metrics, in its order.
func Names() []string {
	var names []string
	for _, m := range Metrics() {
		names = append(names, m.Name)
	}
	return names
}

// Lookup returns the metric of that name; WORKLOAD.METRIC is one of a workload's.
func Lookup(name string) (Metric, bool) {
	if workload, metric := scenario.SplitMetric(name); workload != "" {
		m, ok := Lookup(metric)
		return m.ofWorkload(workload), ok
	}
	all := Metrics()
	i := slices.IndexFunc(all, func(m Metric) bool { return m.Name == name })
	if i < 0 {
		return Metric{}, false
	}
	return all[i], true
}

// Produces reports whether the trial has a producing side.
func (t *Trial) Produces() bool {
	if all := t.Plan.Workloads; len(all) > 0 {
		return slices.ContainsFunc(all, func(w scenario.Workload) bool { return w.Producer != nil })
	}
	return t.Plan.Producer != nil || t.Client.Producer != nil
}

// Consumes reports whether the trial has a consuming side.
func (t *Trial) Consumes() bool {
	if all := t.Plan.Workloads; len(all) > 0 {
		return slices.ContainsFunc(all, func(w scenario.Workload) bool { return w.Consumer != nil })
	}
	return t.Plan.Consumer != nil || t.Client.Consumer != nil
}

func rateMetrics() []Metric {
	rate := func(name, unit string, better int, side func(*Trial) bool, of func(*Rates) float64) Metric {
		return Metric{name, unit, better, func(t *Trial) (float64, bool) { return of(&t.Rates), side(t) }}
	}
	scheduled := func(t *Trial) bool { return t.Produces() && !t.Closed }
	return []Metric{
		rate("acked_per_s", UnitPerS, +1, (*Trial).Produces, func(r *Rates) float64 { return r.AckedPerS }),
		rate("acked_bytes_per_s", UnitBytesPerS, +1, (*Trial).Produces, func(r *Rates) float64 { return r.AckedBytesPerS }),
		rate("consumed_per_s", UnitPerS, +1, (*Trial).Consumes, func(r *Rates) float64 { return r.ConsumedPerS }),
		rate("consumed_bytes_per_s", UnitBytesPerS, +1, (*Trial).Consumes, func(r *Rates) float64 { return r.ConsumedBytesPerS }),
		rate("offered_per_s", UnitPerS, 0, scheduled, func(r *Rates) float64 { return r.OfferedPerS }),
	}
}

func spanMetrics(span Span) []Metric {
	stat := func(name string, of func(*Latency) (float64, bool)) Metric {
		return Metric{string(span) + "_" + name, UnitNs, -1, func(t *Trial) (float64, bool) {
			l := t.Latency[span]
			if l == nil {
				return 0, false
			}
			return of(l)
		}}
	}
	return []Metric{
		stat("min", func(l *Latency) (float64, bool) { return known(l.MinNs) }),
		stat("mean", func(l *Latency) (float64, bool) { return known(l.MeanNs) }),
		stat("p50", func(l *Latency) (float64, bool) { return known(l.P50Ns) }),
		stat("p90", func(l *Latency) (float64, bool) { return known(l.P90Ns) }),
		stat("p95", func(l *Latency) (float64, bool) { return known(l.P95Ns) }),
		stat("p99", func(l *Latency) (float64, bool) { return known(l.P99Ns) }),
		stat("p999", func(l *Latency) (float64, bool) { return known(l.P999Ns) }),
		stat("p9999", func(l *Latency) (float64, bool) { return known(l.P9999Ns) }),
		stat("max", func(l *Latency) (float64, bool) { return known(l.MaxNs) }),
	}
}

func countMetrics() []Metric {
	count := func(name, unit string, better int, side func(*Trial) bool, of func(*Counts) int64) Metric {
		return Metric{name, unit, better, func(t *Trial) (float64, bool) { return float64(of(&t.Counts)), side(t) }}
	}
	checked := func(name string, of func(*Counts) *int64) Metric {
		return Metric{name, UnitRecords, -1, func(t *Trial) (float64, bool) { return known(of(&t.Counts)) }}
	}
	both := func(*Trial) bool { return true }
	return []Metric{
		count("scheduled", UnitRecords, 0, (*Trial).Produces, func(c *Counts) int64 { return c.Scheduled }),
		count("acked", UnitRecords, +1, (*Trial).Produces, func(c *Counts) int64 { return c.Acked }),
		count("failed", UnitRecords, -1, (*Trial).Produces, func(c *Counts) int64 { return c.Failed }),
		count("unresolved", UnitRecords, -1, (*Trial).Produces, func(c *Counts) int64 { return c.Unresolved }),
		count("consumed", UnitRecords, +1, (*Trial).Consumes, func(c *Counts) int64 { return c.Consumed }),
		checked("lost", func(c *Counts) *int64 { return c.Lost }),
		checked("duplicated", func(c *Counts) *int64 { return c.Duplicated }),
		checked("reordered", func(c *Counts) *int64 { return c.Reordered }),
		checked("corrupt", func(c *Counts) *int64 { return c.Corrupt }),
		checked("truncated", func(c *Counts) *int64 { return c.Truncated }),
		count("queue_full", UnitTimes, -1, (*Trial).Produces, func(c *Counts) int64 { return c.QueueFull }),
		count("negative", UnitTimes, -1, both, func(c *Counts) int64 { return c.Negative }),
		count("over_range", UnitTimes, -1, both, func(c *Counts) int64 { return c.Over }),
		{"failed_ratio", UnitRatio, -1, func(t *Trial) (float64, bool) {
			if t.Counts.Scheduled <= 0 {
				return 0, false
			}
			return float64(t.Counts.Failed) / float64(t.Counts.Scheduled), true
		}},
	}
}

func costMetrics() []Metric {
	return []Metric{
		{"cpu_ns_per_record", UnitNs, -1, func(t *Trial) (float64, bool) { return known(t.Cost.CPUNsPerRecord) }},
		{"rss_max_bytes", UnitBytes, -1, func(t *Trial) (float64, bool) { return known(t.Cost.RSSMaxBytes) }},
		{"wire_bytes", UnitBytes, 0, func(t *Trial) (float64, bool) { return known(t.Cost.WireBytes) }},
		{"compression_ratio", UnitRatio, +1, func(t *Trial) (float64, bool) { return known(t.Cost.CompressionRatio) }},
		{"alloc_per_record", UnitObjects, -1, func(t *Trial) (float64, bool) { return known(t.Cost.AllocPerRecord) }},
		{"consumer_lag_max", UnitRecords, -1, func(t *Trial) (float64, bool) {
			worst, found := int64(0), false
			for _, g := range t.Groups {
				if g.LagMax != nil {
					worst, found = max(worst, *g.LagMax), true
				}
			}
			return float64(worst), found
		}},
	}
}

func messageMetrics() []Metric {
	of := func(name, unit string, of func(*Message) (float64, bool)) Metric {
		return Metric{name, unit, 0, func(t *Trial) (float64, bool) {
			if t.Message == nil {
				return 0, false
			}
			return of(t.Message)
		}}
	}
	return []Metric{
		of("value_mean_bytes", UnitBytes, func(m *Message) (float64, bool) { return known(m.MeanBytes) }),
		of("value_p99_bytes", UnitBytes, func(m *Message) (float64, bool) { return known(m.P99Bytes) }),
		of("value_max_bytes", UnitBytes, func(m *Message) (float64, bool) { return known(m.MaxBytes) }),
		of("partition_skew", UnitRatio, func(m *Message) (float64, bool) { return known(m.PartitionSkew) }),
	}
}

func known[N int64 | float64](p *N) (float64, bool) {
	if p == nil {
		return 0, false
	}
	return float64(*p), true
}

// AtLeast reports whether the true value of that metric is larger than the one in the record, which is then a lower
// bound: more records failed or stayed out than the percentile leaves out, or the library rounded each value down.
func (t *Trial) AtLeast(metric string) bool {
	if workload, metric := scenario.SplitMetric(metric); workload != "" {
		w := t.workload(workload)
		return w != nil && w.AtLeast(metric)
	}
	if s := t.spread(metric); s != nil && s.RoundedDown || metric == "rebalance_pause_max" && t.pauseUnknown() {
		return true
	}
	for span, l := range t.Latency {
		if stat, ok := strings.CutPrefix(metric, string(span)+"_"); ok && l != nil && slices.Contains(l.AtLeast, stat) {
			return true
		}
	}
	return false
}
