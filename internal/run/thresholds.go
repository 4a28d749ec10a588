package run

import (
	"errors"
	"time"

	"kbench/internal/meter"
	"kbench/internal/result"
)

// errAborted ends what a threshold's abort has left of the load.
var errAborted = errors.New("a threshold was missed")

// missed ends the load where what was measured up to the last whole second misses a threshold whose abort asks for that: there
// and then, so that what was due before has been sent. Senders that are held up get another second; then the error says to
// stop them. The meter has been harvested.
func (t *trial) missed(now time.Duration) error {
	whole := t.meter.Index(now)
	switch {
	case t.rec.Aborted != nil:
		return errAborted
	case whole < 1 || now >= t.bounds.stop() || t.loaded.Load() || t.rec.Search != nil: // which judges its steps itself
		return nil
	}
	if t.rec.Aborted = t.miss(whole); t.rec.Aborted != nil {
		at := t.clock.now()
		t.bounds.cut(at)
		t.meter.End(at)
	}
	return nil
}

// miss returns the first threshold with abort that the whole seconds of the measured part miss; nil for none.
func (t *trial) miss(seconds int) *result.Abort {
	var soFar *result.Trial
	for _, th := range t.c.Thresholds {
		if !th.Abort {
			continue
		}
		if soFar == nil {
			soFar = t.soFar(seconds)
		}
		got, missed := result.MissedSoFar(soFar, th)
		if !missed {
			continue
		}
		m, _ := result.Lookup(th.Metric)
		why := m.Human(got)
		if soFar.AtLeast(th.Metric) {
			why = "at least " + why
		}
		return &result.Abort{Threshold: th.Text, AfterNs: soFar.MeasureNs, Why: why}
	}
	return nil
}

// soFar sums up the whole seconds of the measured part. Records that are out count for nothing yet; those that failed are longer
// than any that completed.
func (t *trial) soFar(seconds int) *result.Trial {
	m := t.meter.Measured()
	r := &result.Trial{
		Plan: *t.c, Closed: t.rec.Closed, MeasureNs: int64(seconds) * int64(meter.Width),
		Counts: counts(m), Latency: map[result.Span]*result.Latency{},
	}
	r.Rates = rates(m, r.MeasureNs)
	r.Counts.QueueFull = t.full - t.fullBefore
	for span := range meter.Spans {
		st := &m.Stats[span]
		r.Counts.Negative += st.Negative
		r.Counts.Over += st.Over
		population := st.Count()
		if population == 0 {
			continue
		}
		switch span {
		case meter.Response, meter.Service:
			population += m.Failed
		case meter.E2E, meter.E2EService:
			population += m.Failed * int64(len(t.groups))
		}
		r.Latency[result.Span(span.String())] = latency(st, population)
	}
	for i := range t.lagMax {
		if t.lagMax[i] >= 0 {
			r.Groups = append(r.Groups, result.Group{LagMax: &t.lagMax[i]})
		}
	}
	return r
}
