package run

import (
	"fmt"
	"time"

	"kbench/internal/result"
	"kbench/internal/scenario"
	"kbench/internal/unit"
)

// Limits are where a measurement stops being one. Each is named in the reason that it gives.
type Limits struct {
	OfferedDeficit float64       // part of the schedule that may stay unsent without back-pressure
	LagFloor       time.Duration // lag p99 that is always allowed
	LagPart        float64       // of response p99, that lag p99 may be beyond the floor
	Negative       float64       // part of samples below zero: clocks that disagree
	CPU            float64       // part of the allowance above which the client is what is measured
	Steal          float64       // part of the machine's time that its host took away
	PressureCPU    float64       // part of the time that something waited for a CPU; told, no verdict
}

// DefaultLimits returns the limits that kbench judges by (docs/method.md gives their reasons).
func DefaultLimits() Limits {
	return Limits{
		OfferedDeficit: 0.01, LagFloor: time.Millisecond, LagPart: 0.1, Negative: 0.0001,
		CPU: 0.8, Steal: 0.02, PressureCPU: 0.3,
	}
}

// judge says whether the numbers can be trusted, and adds to the record's warnings what decides nothing. Lag while the client's buffer was full is the brokers' doing and no
// fault of the harness.
func judge(r *result.Trial) result.Verdict {
	v := result.Verdict{Trust: result.TrustOK}
	lim := DefaultLimits()
	invalid := func(format string, args ...any) {
		v.Trust = result.TrustInvalid
		v.Reasons = append(v.Reasons, fmt.Sprintf(format, args...))
	}
	if r.Status != result.StatusOK {
		invalid("the trial did not end as planned: %s", r.Status)
		return v
	}
	// A sync producer waits for each ack: what makes it late is the broker's answer.
	pressed := r.Counts.QueueFull > 0 || r.Plan.Producer != nil && r.Plan.Producer.Mode == scenario.ModeSync
	if !pressed {
		judgeLag(r, lim, invalid)
	}
	var samples int64
	for _, l := range r.Latency {
		samples += l.Count
	}
	if n := r.Counts.Negative; samples > 0 && float64(n) > lim.Negative*float64(samples) {
		invalid("%d of %d latencies are below zero: the clocks of sender and reader disagree", n, samples)
	}
	if n := r.Cluster.UnderReplicated; n > 0 {
		invalid("%d partitions lacked an in-sync replica", n)
	}
	if s := r.Usage.StealPart; s > lim.Steal {
		invalid("the host took %.1f %% of the machine's CPU time away (limit %.0f %%)", 100*s, 100*lim.Steal)
	}
	if n := r.Usage.Throttled; n > 0 {
		invalid("the control group throttled kbench %d times", n)
	}
	if p := r.Usage.PressureCPU; p > lim.PressureCPU {
		r.Warnings = append(r.Warnings, fmt.Sprintf("something waited for a CPU during %.0f %% of the measured part (limit %.0f %%): brokers and clients may share too few", 100*p, 100*lim.PressureCPU))
	}
	if u := r.Usage.CPUPart; u > lim.CPU && v.Trust == result.TrustOK {
		v.Trust = result.TrustClientBound
		v.Reasons = append(v.Reasons, fmt.Sprintf("kbench used %.0f %% of the CPU time it may have (limit %.0f %%): this is the client's limit, not the brokers'", 100*u, 100*lim.CPU))
	}
	return v
}

func judgeLag(r *result.Trial, lim Limits, invalid func(string, ...any)) {
	lag := r.Latency[result.Lag]
	if lag == nil {
		return
	}
	if n := r.Counts.Scheduled; n > 0 {
		if deficit := float64(n-lag.Count) / float64(n); deficit > lim.OfferedDeficit {
			invalid("%.1f %% of the schedule was never sent (limit %.0f %%)", 100*deficit, 100*lim.OfferedDeficit)
		}
	}
	if lag.P99Ns == nil {
		return
	}
	allowed := lim.LagFloor
	if resp := r.Latency[result.Response]; resp != nil && resp.P99Ns != nil {
		allowed = max(allowed, time.Duration(lim.LagPart*float64(*resp.P99Ns)))
	}
	if got := time.Duration(*lag.P99Ns); got > allowed {
		invalid("records were sent late: lag p99 is %s with room in the client's buffer (limit %s)", unit.HumanDuration(got), unit.HumanDuration(allowed))
	}
}
