package metrics

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"kbench/internal/meter"
)

// descs are the metrics that there are. docs/live.md lists them.
type descs struct {
	info, trial, trials, offered, lag *prometheus.Desc

	scheduled, acked, failed, consumed, ackedBytes, consumedBytes *prometheus.Desc

	spans [spans]*prometheus.Desc
}

func newDescs() descs {
	of := []string{"scenario", "case"}
	part := []string{"scenario", "case", "part"}
	desc := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc("kbench_"+name, help, labels, nil)
	}
	span := func(s meter.Span, what string) *prometheus.Desc {
		return desc(s.String()+"_seconds", "Time of records from "+what+", by the instant they were due. A native histogram.", part...)
	}
	return descs{
		info:    desc("run_info", "What is run now: version of kbench, scenario, and kind of the cluster (embedded is not Kafka). Always 1.", "version", "scenario", "cluster"),
		trial:   desc("trial_number", "Number of the trial under way in its run, from 1; 0 before the first."),
		trials:  desc("trials_planned", "Trials of the run in all, as far as is known."),
		offered: desc("offered_records_per_second", "Records that were due in the newest second that is over for a second, a second.", of...),
		lag:     desc("consumer_lag_records", "Records in the log that all groups together have not read.", of...),

		scheduled:     desc("records_scheduled_total", "Records that were due, sent or not.", part...),
		acked:         desc("records_acked_total", "Records that brokers acknowledged, by the instant they were due.", part...),
		failed:        desc("records_failed_total", "Records that were not taken, by class of error; the warm-up's have no class.", append(part, "class")...),
		consumed:      desc("records_consumed_total", "Records that were read, once for each group and each time, by the instant they were due.", part...),
		ackedBytes:    desc("acked_bytes_total", "Bytes of keys and values acknowledged by the end of the load, by the instant of that.", part...),
		consumedBytes: desc("consumed_bytes_total", "Bytes of keys and values read by the end of the load, by the instant of that.", part...),
		spans: [spans]*prometheus.Desc{
			meter.Response: span(meter.Response, "due to acknowledged"), meter.Service: span(meter.Service, "sent to acknowledged"),
			meter.Lag: span(meter.Lag, "due to sent"), meter.E2E: span(meter.E2E, "due to read"), meter.E2EService: span(meter.E2EService, "sent to read"),
		},
	}
}

func (d *descs) each(to chan<- *prometheus.Desc) {
	for _, desc := range append([]*prometheus.Desc{
		d.info, d.trial, d.trials, d.offered, d.lag, d.scheduled, d.acked, d.failed, d.consumed, d.ackedBytes, d.consumedBytes,
	}, d.spans[:]...) {
		to <- desc
	}
}

// A scrape is the metrics of one moment.
type scrape struct {
	descs *descs
	began time.Time
	list  []prometheus.Metric
}

// value adds a counter or a gauge.
func (s *scrape) value(desc *prometheus.Desc, kind prometheus.ValueType, v float64, labels ...string) {
	metric, err := prometheus.NewConstMetric(desc, kind, v, labels...)
	s.add(desc, metric, err)
}

// add adds a metric. One that can't be made fails the scrape, which says why.
func (s *scrape) add(desc *prometheus.Desc, metric prometheus.Metric, err error) {
	if err != nil {
		metric = prometheus.NewInvalidMetric(desc, err)
	}
	s.list = append(s.list, metric)
}

// run adds what is of the run, and what is of this moment.
func (s *scrape) run(version string, now *Sample) {
	s.value(s.descs.info, prometheus.GaugeValue, 1, short(version), now.Scenario, short(now.Cluster))
	s.value(s.descs.trial, prometheus.GaugeValue, float64(now.Trial))
	s.value(s.descs.trials, prometheus.GaugeValue, float64(now.Trials))
	if now.OfferedPerS != nil {
		s.value(s.descs.offered, prometheus.GaugeValue, *now.OfferedPerS, now.Scenario, now.Case)
	}
	if now.ConsumerLag != nil {
		s.value(s.descs.lag, prometheus.GaugeValue, float64(*now.ConsumerLag), now.Scenario, now.Case)
	}
}

// records adds what a case has counted and timed in a part of its trials. A span that does not exist there is absent.
func (s *scrape) records(k key, t *totals) {
	d := s.descs
	for _, c := range []struct {
		desc *prometheus.Desc
		n    int64
	}{
		{d.scheduled, t.counts.Scheduled},
		{d.acked, t.counts.Acked},
		{d.consumed, t.counts.Consumed},
		{d.ackedBytes, t.counts.AckedBytesThen},
		{d.consumedBytes, t.counts.ConsumedBytesThen},
	} {
		s.value(c.desc, prometheus.CounterValue, float64(c.n), k.scenario, k.name, k.part)
	}
	for class, n := range t.failed {
		s.value(d.failed, prometheus.CounterValue, float64(n), k.scenario, k.name, k.part, class)
	}
	for span := range t.spans {
		h := &t.spans[span]
		if h.count == 0 {
			continue
		}
		metric, err := prometheus.NewConstNativeHistogram(d.spans[span], h.count, h.sum, h.buckets, nil, h.zero, schema,
			prometheus.DefNativeHistogramZeroThreshold, s.began, k.scenario, k.name, k.part)
		s.add(d.spans[span], metric, err)
	}
}
