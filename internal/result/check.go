package result

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"kbench/internal/driver"
	"kbench/internal/scenario"
)

// Check holds a trial against a threshold. A metric that the trial does not have (known is false) is a miss, and so is
// a lower bound where only the true value could tell, and what the trial was stopped over. got is in the metric's base unit.
func Check(t *Trial, th scenario.Threshold) (ok bool, got float64, known bool) {
	m, found := Lookup(th.Metric)
	if !found {
		return false, 0, false
	}
	got, known = m.Of(t)
	if !known {
		return false, 0, false
	}
	stopped := t.Aborted != nil && t.Aborted.Threshold == th.Text
	return !stopped && holds(th, got, t.AtLeast(th.Metric)), got, true
}

// holds compares; bound says that the true value is larger than got.
func holds(th scenario.Threshold, got float64, bound bool) bool {
	switch th.Op {
	case "<=":
		return got <= th.Value && !bound
	case "<":
		return got < th.Value && !bound
	case ">=":
		return got >= th.Value
	case ">":
		return got > th.Value
	case "==":
		return got == th.Value && !bound
	case "!=":
		return got > th.Value || got < th.Value && !bound
	}
	return false
}

// A Checked is a threshold held against a trial, or against the median over a case's repeats.
type Checked struct {
	Threshold scenario.Threshold
	Case      string
	Repeat    int // 0: the median
	OK        bool
	Known     bool    // there is a number; without one it is a miss
	Got       float64 // the number, in the metric's base unit
	AtLeast   bool    // the true value is larger
	Why       string  // there is no number
	Stopped   string  // when the trial was stopped over this threshold: what it was then
}

// CheckAll holds trials against their thresholds, as each threshold's scope says: the trials in their order, and a case's median
// where its first trial stands. A step of a search is held against none: it may overload on purpose. Nor is side a of a
// comparison, which is what b is held against, or a trial of b that failed, can't be trusted, or was run again.
func CheckAll(trials []*Trial) []Checked {
	var out []Checked
	trials = checkable(trials)
	for i, t := range trials {
		for _, th := range t.Plan.Thresholds {
			if t.lacks(th) {
				continue
			}
			if th.Scope != scenario.ScopeCase {
				out = append(out, checkTrial(t, th))
			} else if !slices.ContainsFunc(trials[:i], func(o *Trial) bool { return o.Case == t.Case }) {
				out = append(out, checkCase(trials, t.Case, th))
			}
		}
	}
	return out
}

// checkable returns the trials that thresholds are for.
func checkable(trials []*Trial) []*Trial {
	return slices.DeleteFunc(LastAttempts(trials), func(t *Trial) bool {
		if t.Pair != nil {
			return t.Pair.Side == SideA || t.Status == StatusFailed || t.Verdict.Trust == TrustInvalid
		}
		return t.Search != nil
	})
}

// LastAttempts returns the trials without those of pairs that were run again, in their order. The slice is the caller's.
func LastAttempts(trials []*Trial) []*Trial {
	last := map[int]int{} // attempt, by pair
	for _, t := range trials {
		if t.Pair != nil {
			last[t.Pair.Number] = max(last[t.Pair.Number], t.Pair.Attempt)
		}
	}
	return slices.DeleteFunc(slices.Clone(trials), func(t *Trial) bool { return t.Pair != nil && t.Pair.Attempt < last[t.Pair.Number] })
}

func checkTrial(t *Trial, th scenario.Threshold) Checked {
	ok, got, known := Check(t, th)
	c := Checked{Threshold: th, Case: t.Case, Repeat: t.Repeat, OK: ok, Known: known, Got: got}
	if !known {
		c.Why = t.WhyUnknown(th.Metric)
		return c
	}
	c.AtLeast = t.AtLeast(th.Metric)
	if a := t.Aborted; a != nil && a.Threshold == th.Text {
		c.Stopped = fmt.Sprintf("%s after %v", a.Why, time.Duration(a.AfterNs))
	}
	return c
}

// checkCase holds the median over the repeats that can be trusted against a threshold. It is not known where one of them has no
// number, and a lower bound where one of them has one.
func checkCase(trials []*Trial, name string, th scenario.Threshold) Checked {
	c := Checked{Threshold: th, Case: name}
	var values []float64
	for _, t := range trials {
		if t.Case != name || t.Status != StatusOK || t.Verdict.Trust == TrustInvalid {
			continue
		}
		one := checkTrial(t, th)
		if !one.Known {
			c.Why = fmt.Sprintf("%s, in repeat %d", one.Why, t.Repeat)
			return c
		}
		values = append(values, one.Got)
		c.AtLeast = c.AtLeast || one.AtLeast
	}
	if len(values) == 0 {
		c.Why = "no repeat can be trusted"
		return c
	}
	c.Known, c.Got = true, Summarize(values).Median
	c.OK = holds(th, c.Got, c.AtLeast)
	return c
}

// A phase is from when on a trial knows whether a threshold is missed.
type phase int

const (
	atEnd  phase = iota // not before the trial is over
	always              // a number that only grows: what is above a limit stays there
	soon                // as soon as there is a number
	later               // once there are enough seconds of it
)

// enough is how long a rate must have been measured.
const enough = 3 * time.Second

// phaseOf returns a metric's.
func phaseOf(metric string) phase {
	switch metric {
	case "scheduled", "acked", "failed", "consumed", "queue_full", "negative", "over_range", "consumer_lag_max":
		return always
	case "failed_ratio":
		return later
	}
	if m, _ := Lookup(metric); m.Unit == UnitPerS || m.Unit == UnitBytesPerS {
		return later
	}
	switch _, stat := spanOf(metric); stat {
	case "", "min":
		return atEnd
	case "max":
		return always
	}
	return soon
}

// spanOf splits a metric of a span into the two; both are empty for any other.
func spanOf(metric string) (span Span, stat string) {
	i := strings.LastIndexByte(metric, '_')
	if i < 0 || !slices.Contains(Spans(), Span(metric[:i])) {
		return "", ""
	}
	return Span(metric[:i]), metric[i+1:]
}

// CannotAbort says why a trial can't be stopped over a threshold: it is not known to be missed before the trial is over. It
// returns "" where it can.
func CannotAbort(th scenario.Threshold) string {
	switch phaseOf(th.Metric) {
	case atEnd:
		return th.Metric + " is not known before the trial is over"
	case always:
		if th.Op == ">=" || th.Op == ">" || th.Op == "!=" {
			return th.Metric + " only grows, so whether it comes to the value is not known before the trial is over"
		}
	}
	return ""
}

// MissedSoFar says whether what a trial has measured so far misses a threshold that it may be stopped over. What has no number
// yet misses nothing.
func MissedSoFar(t *Trial, th scenario.Threshold) (got float64, missed bool) {
	ok, got, known := Check(t, th)
	switch phaseOf(th.Metric) {
	case always:
		missed = !ok && (th.Op != "==" || got > th.Value)
	case soon:
		missed = !ok
	case later:
		missed = !ok && t.MeasureNs >= int64(enough)
	}
	return got, known && missed
}

// WhyUnknown says why the trial has no number for a metric; "" where it has one.
func (t *Trial) WhyUnknown(metric string) string {
	if workload, metric := scenario.SplitMetric(metric); workload != "" {
		if w := t.workload(workload); w != nil {
			return w.WhyUnknown(metric)
		}
		return "the trial has no workload " + workload
	}
	m, found := Lookup(metric)
	if !found {
		return "kbench has no such metric"
	}
	if _, known := m.Of(t); known {
		return ""
	}
	if t.MeasureNs <= 0 {
		return "nothing was measured"
	}
	if len(t.Workloads) > 0 {
		return t.whyNotTogether(metric)
	}
	if span, stat := spanOf(metric); stat != "" {
		return t.whyNoLatency(span)
	}
	switch metric {
	case "lost", "duplicated", "reordered", "corrupt", "truncated", "reread":
		return t.whyNoAccount()
	case "rebalance_pause_max":
		return "no consumer group rebalanced"
	case "failed_ratio":
		return "no record was due"
	case "compression_ratio":
		return "the brokers did not tell the bytes of a fresh topic on disk"
	case "cpu_ns_per_record", "alloc_per_record":
		return "no record completed in the measured part"
	case "rss_max_bytes":
		return "this system does not tell"
	case "partition_skew":
		if t.Produces() {
			return "no record is known to be in a partition"
		}
	case "value_mean_bytes", "value_p99_bytes", "value_max_bytes":
		if t.Produces() {
			return "too few records were sent"
		}
	}
	consumers := strings.HasPrefix(metric, "consume")
	switch {
	case consumers && !t.Consumes():
		return "the scenario has no consumer"
	case !consumers && !t.Produces():
		return "the scenario has no producer"
	case metric == "offered_per_s":
		return unscheduled
	case metric == "consumer_lag_max":
		return "it was not sampled"
	}
	return "the client does not tell"
}

// unscheduled is why there is no response, no lag and no e2e.
const unscheduled = "at rate max no record is due at an instant"

func (t *Trial) whyNoLatency(span Span) string {
	read, acked := span == E2E || span == E2EService, span == Response || span == Service
	p := t.Plan.Producer
	switch l := t.Latency[span]; {
	case l != nil && l.Count > 0:
		return "fewer than 10 samples lie beyond it"
	case !t.Produces():
		return "the scenario has no producer"
	case t.Closed && span != Service && span != E2EService:
		return unscheduled
	case acked && p != nil && p.Acks == driver.AcksNone:
		return "acks are 0, so nothing acknowledges"
	case read && !t.Consumes():
		return "the scenario has no consumer"
	case read && t.noStamp():
		return "records have no room for a stamp"
	case span == LagBackpressure:
		return "no full buffer held kbench up"
	}
	return "no record of the measured part completed"
}

func (t *Trial) noStamp() bool { return !t.Plan.Message.HasStamp() }

func (t *Trial) whyNoAccount() string {
	switch {
	case !t.Produces():
		return "the scenario has no producer"
	case !t.Consumes():
		return "the scenario has no consumer"
	case !t.Plan.Verify:
		return "verify is off"
	case t.noStamp():
		return "records have no room for a stamp"
	}
	return "not every group had read to the end"
}
