package run

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"

	"kbench/internal/result"
	"kbench/internal/scenario"
	"kbench/internal/steady"
	"kbench/internal/unit"
)

// Limits are where a measurement stops being one. Each is named in the reason that it gives.
type Limits struct {
	LagFloor    time.Duration // by how much kbench itself may always be late, for 99 of 100 records or instants
	LagPart     float64       // of response p99, by how much it may be late beyond the floor
	Unsent      float64       // part of the schedule that kbench may leave unsent
	Still       float64       // part of the time for which it may stand still: what p99.9 leaves out
	Unfilled    float64       // part of the client's buffer that must be full, on average, where as much as goes is asked for
	GCPause     float64       // part of the time for which garbage collection may stop it
	Negative    float64       // part of samples below zero: clocks that disagree
	Steal       float64       // part of the machine's time that its host may take away
	CPU         float64       // part of its allowance that kbench may use before it is what is measured
	PressureCPU float64       // part of the time for which something may wait for a CPU
	Little      float64       // by how much records in flight may be off from rate times service
}

// DefaultLimits returns the limits that kbench judges by.
func DefaultLimits() Limits {
	return Limits{
		LagFloor: time.Millisecond, LagPart: 0.1, Unsent: 0.01, Still: 0.001, GCPause: 0.01, Negative: 0.0001, Steal: 0.02,
		CPU: 0.8, PressureCPU: 0.3, Little: 0.1, Unfilled: 0.5,
	}
}

// A check is one doubt: a row of the table in docs/method.md, which a test holds against this.
type check struct {
	verdict   string                     // result.TrustInvalid, result.TrustClientBound or warning
	when, why string                     // for people
	planned   bool                       // a fault of the scenario does it on purpose, and then it is no doubt
	doubt     func(*result.Trial) string // what is wrong with the trial, and the limit; "" for nothing
}

// warning is the verdict of a check that decides nothing.
const warning = "warning"

// judge says whether the numbers can be trusted, and adds to the record's warnings what decides nothing. faulted says that the
// scenario has faults.
func judge(r *result.Trial, faulted bool) result.Verdict {
	v := result.Verdict{Trust: result.TrustOK}
	for _, c := range DefaultLimits().checks() {
		doubt := c.doubt(r)
		switch {
		case doubt == "" || c.planned && faulted:
			continue
		case c.verdict == warning:
			r.Warnings = append(r.Warnings, doubt)
			continue
		case v.Trust != result.TrustInvalid:
			v.Trust = c.verdict
		}
		v.Reasons = append(v.Reasons, doubt)
		if r.Status != result.StatusOK {
			break // that was the first check's, and all others are about trials that ended as planned
		}
	}
	return v
}

// ownFault says what kbench or its machine did to a trial that can't be trusted, whether it ended as planned or not; "" for nothing.
func ownFault(r *result.Trial) string {
	l := DefaultLimits()
	for _, c := range slices.Concat(l.ofMachine(), l.ofHarness()) {
		if doubt := c.doubt(r); doubt != "" && c.verdict == result.TrustInvalid {
			return doubt
		}
	}
	return ""
}

// checks lists every doubt, in the order of reports.
func (l Limits) checks() []check {
	all := []check{{
		verdict: result.TrustInvalid,
		when:    "the trial failed or was interrupted", why: "it did not measure what was asked",
		doubt: func(r *result.Trial) string {
			return say(r.Status != result.StatusOK, "the trial did not end as planned: %s", r.Status)
		},
	}, {
		verdict: result.TrustInvalid,
		when:    "a fault of the scenario was not done or not undone, or the cluster not whole after it", why: "something else was measured than was asked for",
		doubt: func(r *result.Trial) string {
			for i, f := range r.Faults {
				if f.Problem != "" || f.AtNs == nil || f.EndNs == nil {
					return fmt.Sprintf("fault %d was not as planned: %s", i+1, cmp.Or(f.Problem, "the load ended before it"))
				}
			}
			return ""
		},
	}, {
		verdict: result.TrustInvalid,
		when:    "no record was acked in the measured part", why: "nothing was measured",
		doubt: func(r *result.Trial) string {
			return say(r.Counts.Scheduled > 0 && r.Counts.Acked == 0, "not one of %d records was acked in the measured part", r.Counts.Scheduled)
		},
	}}
	all = append(all, l.ofMachine()...)
	all = append(all, l.ofHarness()...)
	return append(all, l.ofCluster()...)
}

// ofHarness is about kbench's own part in what it measured.
func (l Limits) ofHarness() []check {
	return []check{{
		verdict: result.TrustInvalid,
		when:    fmt.Sprintf("kbench stood still, for %s or longer at a time, for more than %s of the measured part (`Still`)", unit.HumanDuration(stillFor), percent(l.Still)),
		why:     "it was stopped, or the machine was: neither latencies nor throughput of that time are the brokers'",
		doubt: func(r *result.Trial) string {
			part := ratio(float64(r.Usage.StillNs), float64(r.MeasureNs))
			return say(part > l.Still, "kbench stood still for %s, %s of the measured part (limit %s)", unit.HumanDuration(time.Duration(r.Usage.StillNs)), percent(part), percent(l.Still))
		},
	}, {
		verdict: warning,
		when:    fmt.Sprintf("it stood still for %s or longer at all", unit.HumanDuration(stillFor)), why: "the largest values are its own",
		doubt: func(r *result.Trial) string {
			part := ratio(float64(r.Usage.StillNs), float64(r.MeasureNs))
			return say(part > 0 && part <= l.Still, "kbench stood still for %s: the largest values may be its own", unit.HumanDuration(time.Duration(r.Usage.StillNs)))
		},
	}, {
		verdict: result.TrustInvalid,
		when:    "`lag_harness` p99 above " + l.beyond(), why: "kbench sent late, and no full buffer made it",
		doubt: func(r *result.Trial) string {
			return l.tooLong(r, p99(r.Latency[result.LagHarness]), "records were sent late, with room in the client's buffer: lag_harness p99 is")
		},
	}, {
		verdict: result.TrustInvalid,
		when:    fmt.Sprintf("more than %s of the schedule was never sent, with no full buffer (`Unsent`)", percent(l.Unsent)), why: "the load was not the one asked for",
		doubt: func(r *result.Trial) string {
			part := ratio(float64(r.Counts.Unsent), float64(r.Counts.Scheduled))
			return say(part > l.Unsent, "%s of the schedule was never sent (limit %s)", percent(part), percent(l.Unsent))
		},
	}, {
		verdict: result.TrustInvalid,
		when:    "hiccups' p99 above " + l.beyond(), why: "a thread that only slept woke late: what held it up held up sending and reading acks too",
		doubt: func(r *result.Trial) string {
			return l.tooLong(r, r.Usage.HiccupP99Ns, "kbench did not get to run when it wanted to: the hiccups' p99 is")
		},
	}, {
		verdict: result.TrustInvalid,
		when:    fmt.Sprintf("garbage collection stopped kbench for more than %s of the measured part (`GCPause`)", percent(l.GCPause)), why: "nothing was sent or read meanwhile",
		doubt: func(r *result.Trial) string {
			return say(r.Usage.GCPausePart > l.GCPause, "garbage collection stopped kbench for %s of the measured part (limit %s)", percent(r.Usage.GCPausePart), percent(l.GCPause))
		},
	}, {
		verdict: warning,
		when:    "the longest pause for garbage collection above " + l.beyond(), why: "the percentiles beyond p99 may be kbench's own",
		doubt: func(r *result.Trial) string {
			return l.tooLong(r, r.Usage.GCPauseMaxNs, "garbage collection stopped kbench for up to")
		},
	}, {
		verdict: warning,
		when:    "scheduling latency p99 above " + l.beyond(), why: "goroutines of kbench or of its client waited for a processor of Go's",
		doubt: func(r *result.Trial) string {
			return l.tooLong(r, r.Usage.SchedP99Ns, "one in a hundred goroutines that could run waited for a processor for more than")
		},
	}, {
		verdict: warning,
		when:    fmt.Sprintf("records in flight are off by more than %s from rate times mean `service` (`Little`), in a trial whose records were all acked", percent(l.Little)),
		why:     "by Little's law they are equal: one of the three was measured wrongly",
		doubt:   l.little,
	}}
}

// ofMachine is about what kbench ran on.
func (l Limits) ofMachine() []check {
	return []check{{
		verdict: result.TrustInvalid,
		when:    fmt.Sprintf("samples below zero, of all spans, are more than %s of those of the span that has the fewest (`Negative`)", percent(l.Negative)), why: "clocks disagree",
		doubt: func(r *result.Trial) string {
			var fewest int64
			for span, lat := range r.Latency {
				if span != result.LagBackpressure && (fewest == 0 || lat.Count < fewest) {
					fewest = lat.Count
				}
			}
			n := r.Counts.Negative
			return say(ratio(float64(n), float64(fewest)) > l.Negative, "%d latencies of %d records are below zero: the clocks of sender and reader disagree", n, fewest)
		},
	}, {
		verdict: result.TrustInvalid,
		when:    "steal above " + percent(l.Steal) + " (`Steal`)", why: "the machine's host took its CPUs away",
		doubt: func(r *result.Trial) string {
			return say(r.Usage.StealPart > l.Steal, "the host took %s of the machine's CPU time away (limit %s)", percent(r.Usage.StealPart), percent(l.Steal))
		},
	}, {
		verdict: result.TrustInvalid,
		when:    "the control group throttled kbench at all", why: "the client stood still",
		doubt: func(r *result.Trial) string {
			return say(r.Usage.Throttled > 0, "the control group throttled kbench %d times, for %s", r.Usage.Throttled, unit.HumanDuration(time.Duration(r.Usage.ThrottledNs)))
		},
	}, {
		verdict: result.TrustClientBound,
		when:    fmt.Sprintf("kbench used more than %s of the CPU time that it may have (`CPU`)", percent(l.CPU)), why: "more CPUs would give another number",
		doubt: func(r *result.Trial) string {
			return say(r.Usage.CPUPart > l.CPU, "kbench used %s of the CPU time it may have (limit %s): this is the client's limit, not the brokers'", percent(r.Usage.CPUPart), percent(l.CPU))
		},
	}, {
		verdict: result.TrustClientBound,
		when:    fmt.Sprintf("with `rate: max` the client's buffer was never full, and on average less than %s of it (`Unfilled`)", percent(l.Unfilled)), why: "brokers took all that kbench and its client gave",
		doubt: l.unfilled,
	}, {
		verdict: result.TrustClientBound,
		when:    "acks wait, on average, longer than " + l.beyond(), why: "the client had them, and kbench was too slow to take them",
		doubt: func(r *result.Trial) string {
			if r.Queues.AckBacklog == nil || r.Rates.AckedPerS <= 0 {
				return ""
			}
			wait := *r.Queues.AckBacklog / r.Rates.AckedPerS * 1e9
			return l.tooLong(r, int64(wait), fmt.Sprintf("%.0f acks lay in the client on average before kbench took them, each for", *r.Queues.AckBacklog))
		},
	}, {
		verdict: warning,
		when:    fmt.Sprintf("something waited for a CPU during more than %s of the time (PSI; `PressureCPU`)", percent(l.PressureCPU)), why: "brokers and clients may share too few",
		doubt: func(r *result.Trial) string {
			p := r.Usage.PressureCPU
			return say(p > l.PressureCPU, "something waited for a CPU during %s of the measured part (limit %s): brokers and clients may share too few", percent(p), percent(l.PressureCPU))
		},
	}}
}

// ofCluster is about what was measured.
func (Limits) ofCluster() []check {
	return []check{{
		verdict: result.TrustInvalid, planned: true,
		when: "a partition lacked an in-sync replica: before, after, or at the end of any second", why: "another cluster was measured than the one described",
		doubt: func(r *result.Trial) string {
			return say(r.Cluster.UnderReplicated > 0, "%d partitions lacked an in-sync replica", r.Cluster.UnderReplicated)
		},
	}, {
		verdict: result.TrustInvalid, planned: true,
		when: "a partition's leader moved", why: "clients had to find it, and load moved between brokers",
		doubt: func(r *result.Trial) string {
			return say(r.Cluster.LeaderMoves > 0, "leaders moved %d times during the trial", r.Cluster.LeaderMoves)
		},
	}, {
		verdict: result.TrustInvalid,
		when:    "brokers made a client wait because of a quota, as far as its library tells", why: "the quota was measured",
		doubt: func(r *result.Trial) string {
			longest := throttledFor(r)
			return say(longest > 0, "brokers made clients wait for up to %s because of a quota: take it away, or read this as a measurement of the quota", unit.HumanDuration(longest))
		},
	}, {
		verdict: warning, planned: true,
		when: "the seconds of the measured part were warming, drifting or bistable (see Steady state)", why: "another length, or another time, would give another number",
		doubt: unsteady,
	}}
}

// unsteady says in which way the measured part was not steady.
func unsteady(r *result.Trial) string {
	s := r.Steady
	if s.Class == "" || s.Class == string(steady.Steady) {
		return ""
	}
	by := "unlike" // one of the two was 0
	if s.Ratio != nil {
		by = fmt.Sprintf("%.3g times", *s.Ratio)
	}
	how := map[string]string{
		string(steady.Warming):  "was warming up (second half %s the first); a longer load.warmup, or auto, leaves that out",
		string(steady.Drifting): "was drifting (second half %s the first), and may go on",
		string(steady.Bistable): "was bistable: it went to and fro between two levels (the higher %s the lower)",
	}[s.Class]
	return fmt.Sprintf("the %s of each second "+how, s.What, by)
}

// throttledFor returns how long brokers made a client wait at most, 0 where they did not or nobody tells.
func throttledFor(r *result.Trial) (longest time.Duration) {
	if r.Breakdown == nil {
		return 0
	}
	for _, side := range []*result.Side{r.Breakdown.Producer, r.Breakdown.Consumer} {
		if side != nil && side.Throttle != nil && side.Throttle.Max != nil {
			longest = max(longest, time.Duration(*side.Throttle.Max))
		}
	}
	return longest
}

// say returns the text where the condition holds.
func say(when bool, format string, args ...any) string {
	if !when {
		return ""
	}
	return fmt.Sprintf(format, args...)
}

// percent prints a part for people.
func percent(part float64) string { return fmt.Sprintf("%.3g %%", 100*part) }

// ratio returns a over b, and 0 where there is no b.
func ratio(a, b float64) float64 {
	if b <= 0 {
		return 0
	}
	return a / b
}

// p99 returns a span's, -1 where it is not known.
func p99(l *result.Latency) int64 {
	if l == nil || l.P99Ns == nil {
		return -1
	}
	return *l.P99Ns
}

// beyond is what allowed returns, in words.
func (l Limits) beyond() string {
	return fmt.Sprintf("%s (`LagFloor`) and above %s of `response` p99 (`LagPart`)", unit.HumanDuration(l.LagFloor), percent(l.LagPart))
}

// allowed returns how late kbench may be: what is little beside the latency that it measures. It returns false where none
// was measured that could be spoilt.
func (l Limits) allowed(r *result.Trial) (time.Duration, bool) {
	for _, span := range []result.Span{result.Response, result.Service, result.E2E, result.E2EService} {
		if lat := r.Latency[span]; lat != nil {
			return max(l.LagFloor, time.Duration(l.LagPart*float64(p99(lat)))), true
		}
	}
	return l.LagFloor, len(r.Latency) > 0
}

// tooLong says that a time in ns, -1 for unknown, is beyond what is allowed.
func (l Limits) tooLong(r *result.Trial, ns int64, what string) string {
	limit, ok := l.allowed(r)
	return say(ok && ns > int64(limit), "%s %s (limit %s)", what, unit.HumanDuration(time.Duration(ns)), unit.HumanDuration(limit))
}

// little holds the mean number of records in flight, which was sampled, against the records' rate and service. Where a
// record in a hundred was acked outside of the measured part, the samples and the records are not the same; and of fewer
// than littleFrom in flight samples tell too little. A sender that waits for room has one record more than its client.
func (l Limits) little(r *result.Trial) string {
	s, seconds := r.Latency[result.Service], float64(r.MeasureNs)/1e9
	if s == nil || s.MeanNs == nil || r.Queues.InFlight == nil || seconds <= 0 || r.Plan.Producer == nil {
		return ""
	}
	want, got := float64(s.Count)/seconds**s.MeanNs/1e9, *r.Queues.InFlight
	whole := r.Counts.Acked == r.Counts.Scheduled && math.Abs(r.Rates.AckedPerS*seconds/float64(s.Count)-1) < 0.01
	off := math.Abs(got-want) - float64(r.Plan.Producer.Count)
	return say(whole && want >= littleFrom && off > l.Little*want, "%.1f records were in flight on average, where their rate and service make %.1f (limit %s): one of these was measured wrongly", got, want, percent(l.Little))
}

// littleFrom is how many records must be in flight for samples of them to say something.
const littleFrom = 10

// unfilled says that a trial without a schedule never filled the client's buffer. Where each record waits for the one before,
// there is none to fill.
func (l Limits) unfilled(r *result.Trial) string {
	p := r.Plan.Producer
	if !r.Closed || p == nil || p.Mode == scenario.ModeSync || r.Counts.QueueFull != 0 || r.Queues.InFlight == nil {
		return ""
	}
	buffer := float64(p.Buffer) * float64(p.Count)
	return say(*r.Queues.InFlight < l.Unfilled*buffer,
		"with rate max the client's buffer was never full, and held %.0f of %.0f records on average: brokers took all that this client gave", *r.Queues.InFlight, buffer)
}
