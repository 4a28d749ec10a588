package run

import (
	"math"
	"time"

	"kbench/internal/meter"
	"kbench/internal/result"
	"kbench/internal/steady"
)

// steadiness classifies the trial by its whole measured seconds: by their mean response, else their mean service, else their
// throughput. Faults, pauses and profiles move it on purpose, so then there is no claim.
func (t *trial) steadiness() result.Steady {
	if t.faulted() || t.pauses() || len(t.c.Load.Profile) > 0 {
		return result.Steady{}
	}
	metric, better, of := t.steadyBy()
	var series []float64
	for _, w := range t.rec.Windows {
		whole := w.Index >= 0 && time.Duration(w.Index+1)*meter.Width <= time.Duration(t.rec.MeasureNs)
		if v, known := of(&w); whole && known {
			series = append(series, v)
		}
	}
	f := steady.Classify(series, better)
	if len(series) < steady.Fewest {
		return result.Steady{}
	}
	out := result.Steady{Class: string(f.Class), What: metric, Seconds: len(series)}
	if !math.IsNaN(f.Ratio) && !math.IsInf(f.Ratio, 0) {
		out.Ratio = &f.Ratio
	}
	return out
}

// steadyBy returns the metric that tells most of how a trial went, which way is better, and how to read it off a second.
func (t *trial) steadyBy() (metric string, better int, of func(*result.Window) (float64, bool)) {
	for _, span := range []result.Span{result.Response, result.Service} {
		if t.rec.Latency[span] != nil {
			return string(span) + "_mean", -1, func(w *result.Window) (float64, bool) {
				l := w.Latency[span]
				if l == nil || l.MeanNs == nil {
					return 0, false
				}
				return *l.MeanNs, true
			}
		}
	}
	if len(t.producers) > 0 {
		return "acked_per_s", +1, func(w *result.Window) (float64, bool) { return w.AckedPerS, true }
	}
	return "consumed_per_s", +1, func(w *result.Window) (float64, bool) { return w.ConsumedPerS, true }
}
