package run

import (
	"math"
	"slices"
	"time"

	"kbench/internal/meter"
	"kbench/internal/result"
)

// Progress is where a run stands, for people and programs that watch it. nil is not known, or does not exist here.
// docs/live.md has the keys.
type Progress struct {
	Trial    int           `json:"trial"`  // from 1; 0 before the first
	Trials   int           `json:"trials"` // in all, as far as is known
	Case     string        `json:"case"`
	Repeat   int           `json:"repeat"`
	Scenario string        `json:"scenario"`
	Phase    string        `json:"phase,omitempty"` // what is going on, where it is not the load
	At       time.Duration `json:"at_ns"`           // since the trial's start
	Of       time.Duration `json:"of_ns,omitempty"` // 0: not known
	Warmup   bool          `json:"warmup"`

	// Of the newest second that is over for a second: acks of what was due at its end have had time to come.
	Second       *time.Duration `json:"second_ns"` // where it begins
	OfferedPerS  *float64       `json:"offered_per_s"`
	AckedPerS    *float64       `json:"acked_per_s"`
	ConsumedPerS *float64       `json:"consumed_per_s"`
	Span         result.Span    `json:"span,omitempty"` // of the two that follow: response, and service where there is none
	P50Ns        *int64         `json:"p50_ns"`         // by the rule of records: nil with fewer than 10 values beyond it
	P99Ns        *int64         `json:"p99_ns"`
	AtLeast      []string       `json:"at_least,omitempty"` // of p50 and p99, those whose true value is larger

	ConsumerLag *int64           `json:"consumer_lag"`     // records that all groups together are behind by now
	Failed      *int64           `json:"failed"`           // records of the measured part so far; nil of a phase alone
	Errors      map[string]int64 `json:"errors,omitempty"` // the same by class
}

// progress tells a Progress, and adds which trial it is of.
func (e *Env) progress(p Progress) {
	if e.Progress != nil {
		e.Progress(e.placed(p))
	}
}

// observe shows the meter of the trial under way. The caller is the one goroutine that may use it.
func (e *Env) observe(p Progress, m *meter.Meter) {
	if e.Observe != nil {
		e.Observe(e.placed(p), m)
	}
}

// placed adds which trial it is of.
func (e *Env) placed(p Progress) Progress {
	p.Trial, p.Trials, p.Case, p.Repeat, p.Scenario = e.where.Trial, e.where.Trials, e.where.Case, e.where.Repeat, e.where.Scenario
	return p
}

// tellLoad tells how the load stands.
func (t *trial) tellLoad(now time.Duration) {
	if now < 0 || t.env.Progress == nil && t.env.Observe == nil {
		return
	}
	p := t.progressAt(now)
	t.env.progress(p)
	t.env.observe(p, t.meter)
}

// progressAt sums up where the load stands. The meter has been harvested, and the lag sampled.
func (t *trial) progressAt(now time.Duration) Progress {
	end := t.bounds.loadEnd()
	p := Progress{At: now, Of: end, Warmup: !t.bounds.measured(now), Failed: new(int64(0)), Errors: t.failedBy()}
	for _, n := range p.Errors {
		*p.Failed += n
	}
	if end == math.MaxInt64 || t.undecided {
		p.Of = 0
	}
	if now > end {
		p.Phase = "drain"
	}
	if lag, ok := t.lags[t.secondAt(t.meter.Index(now-1))]; ok {
		p.ConsumerLag = &lag
	}
	if w := t.meter.Window(t.meter.Index(now) - 2); w != nil {
		t.addSecond(&p, w, now)
	}
	return p
}

// addSecond adds what a window says by now. The first and the last one may be of less than a second.
func (t *trial) addSecond(p *Progress, w *meter.Window, now time.Duration) {
	stop, start := min(t.bounds.stop(), t.meter.To()), t.secondAt(w.Index)
	from := max(start, 0)
	length := min(start+meter.Width, stop) - from
	if length <= 0 {
		return
	}
	s := t.window(w, stop)
	p.Second = &from
	if len(t.producers) > 0 {
		offered := float64(w.Scheduled) / length.Seconds()
		p.OfferedPerS, p.AckedPerS = &offered, &s.AckedPerS
	}
	if len(t.groups) > 0 {
		p.ConsumedPerS = &s.ConsumedPerS
	}
	p.Span = result.Response
	if t.rec.Closed {
		p.Span = result.Service
	}
	l := s.Latency[p.Span]
	if l == nil {
		p.Span = ""
		return
	}
	p.P50Ns, p.P99Ns = l.P50Ns, l.P99Ns
	for _, of := range []struct {
		name string
		ns   **int64
	}{{"p50", &p.P50Ns}, {"p99", &p.P99Ns}} {
		bound := slices.Contains(l.AtLeast, of.name)
		// What is out has not failed. It has been out since the end of its second at least, and no more than that is known of it.
		if out := int64(now - start - meter.Width); *of.ns != nil && **of.ns > out && w.Acked+w.Failed < w.Scheduled {
			*of.ns, bound = &out, true
		}
		if bound {
			p.AtLeast = append(p.AtLeast, of.name)
		}
	}
}
