package main

import (
	"context"
	"fmt"
	"time"

	"kbench/internal/meter"
	"kbench/internal/metrics"
	"kbench/internal/run"
)

// serveMetrics begins to serve metrics where the user asked for that, and says where. Nothing has run yet.
func (s *session) serveMetrics(ctx context.Context) error {
	if s.flags.metrics == "" {
		return nil
	}
	addr, err := metrics.ParseAddr(s.flags.metrics)
	if err != nil {
		return fmt.Errorf("--metrics-addr: %w", err)
	}
	collector := metrics.New(version(), time.Now())
	if s.server, err = metrics.Serve(ctx, addr, collector); err != nil {
		return fmt.Errorf("--metrics-addr: %w", err)
	}
	s.metrics = collector
	s.tell(metricsJSON{s.server.URL()}, "metrics: %s", s.server.URL())
	return nil
}

// observer returns what feeds the metrics from this session's trials; nil where there are none.
func (s *session) observer() func(run.Progress, *meter.Meter) {
	if s.metrics == nil {
		return nil
	}
	return func(p run.Progress, m *meter.Meter) {
		s.metrics.Observe(metrics.Sample{
			Scenario: p.Scenario, Case: p.Case, Cluster: s.env.Cluster.Kind, Trial: p.Trial, Trials: p.Trials,
			OfferedPerS: p.OfferedPerS, ConsumerLag: p.ConsumerLag, Failed: p.Errors, Meter: m,
		})
	}
}
