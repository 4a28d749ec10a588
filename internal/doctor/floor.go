package doctor

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"kbench/internal/driver/null"
	"kbench/internal/host"
	"kbench/internal/pace"
	"kbench/internal/result"
	"kbench/internal/run"
	"kbench/internal/scenario"
	"kbench/internal/unit"
)

// lagWarn is the lag p99 from which a machine is worth a warning: twice what a quiet one has.
const lagWarn = 250 * time.Microsecond

const busy = "end what else runs here, give kbench CPUs that brokers do not use, and in a virtual machine CPUs of its own"

// lateness is by how many nanoseconds waits ended late, in order of size.
type lateness []int64

// quantile returns the value of rank ceil(q x n); nil where fewer than 10 values lie beyond it, since that would be a guess.
func (l lateness) quantile(q float64) *int64 {
	const beyond = 10
	n := float64(len(l))
	if math.Round(n*(1-q)*1e6)/1e6 < beyond {
		return nil
	}
	return new(l[int(math.Ceil(math.Round(q*n*1e6)/1e6))-1])
}

// most returns the largest, nil without any.
func (l lateness) most() *int64 {
	if len(l) == 0 {
		return nil
	}
	return new(l[len(l)-1])
}

// oversleep waits for an instant a millisecond ahead, again and again, and returns by how much each wait ended late. p is of
// this goroutine. It ends early with ctx.
func oversleep(ctx context.Context, p *pace.Pacer, length time.Duration) (late lateness) {
	for now, end := p.Now(), p.Now()+length; now < end; {
		at := now + time.Millisecond
		var err error
		if now, err = p.Wait(ctx, at); err != nil {
			break
		}
		late = append(late, int64(now-at))
	}
	slices.Sort(late)
	return late
}

// checkFloor tells how late kbench is by itself. hiccups are of a pacer's sleeps on a machine otherwise left alone.
func (d *Doctor) checkFloor(ctx context.Context, tell func(Check), hiccups lateness) {
	tell(judgeHiccups(hiccups))
	tell(compareTimers(hiccups, oversleep(ctx, pace.NewSleeping(time.Now()), 500*time.Millisecond)))
	for _, at := range []struct {
		name string
		rate unit.Rate
		long time.Duration
	}{
		{"lag_1k", 1e3 * unit.PerSecond, 1500 * time.Millisecond},   // 10 records beyond p99
		{"lag_10k", 10e3 * unit.PerSecond, 1200 * time.Millisecond}, // and beyond p99.9
	} {
		t, err := d.nullTrial(ctx, at.rate, at.long)
		if err != nil {
			tell(failed(Floor, at.name, err, busy))
			continue
		}
		tell(judgeLag(at.name, at.rate, t.Latency[result.Lag]))
		if at.name == "lag_10k" {
			tell(judgeNull(at.rate, t.Latency[result.Response]))
		}
	}
}

func judgeHiccups(late lateness) Check {
	p50, p99, most := late.quantile(0.5), late.quantile(0.99), late.most()
	return late99(Check{
		Part: Floor, Name: "hiccups",
		Said:    fmt.Sprintf("sleeps of 1 ms end late by p50 %s, p99 %s, at most %s", human(p50), human(p99), human(most)),
		Figures: map[string]any{"sleeps": len(late), "p50_ns": p50, "p99_ns": p99, "max_ns": most},
	}, p99)
}

// compareTimers is told for those who wonder why kbench has a sleep of its own; there is nothing to judge.
func compareTimers(own, gos lateness) Check {
	a, b := own.quantile(0.5), gos.quantile(0.5)
	return Check{
		Part: Floor, Name: "timers", Level: OK,
		Said:    fmt.Sprintf("kbench's sleep ends late by p50 %s, Go's time.Sleep by %s", human(a), human(b)),
		Figures: map[string]any{"kbench_p50_ns": a, "go_p50_ns": b},
	}
}

func judgeLag(name string, rate unit.Rate, lag *result.Latency) Check {
	l := orNone(lag)
	return late99(Check{
		Part: Floor, Name: name,
		Said:    fmt.Sprintf("records at %s are sent late by p50 %s, p99 %s", rate, human(l.P50Ns), human(l.P99Ns)),
		Figures: map[string]any{"offered_per_s": rate.PerSecond(), "p50_ns": l.P50Ns, "p99_ns": l.P99Ns, "max_ns": l.MaxNs},
	}, l.P99Ns)
}

// judgeNull tells the latency below which nothing can be measured here.
func judgeNull(rate unit.Rate, response *result.Latency) Check {
	l := orNone(response)
	return late99(Check{
		Part: Floor, Name: "null_response",
		Said:    fmt.Sprintf("response without client and broker at %s is p50 %s, p99 %s, p99.9 %s", rate, human(l.P50Ns), human(l.P99Ns), human(l.P999Ns)),
		Figures: map[string]any{"offered_per_s": rate.PerSecond(), "p50_ns": l.P50Ns, "p99_ns": l.P99Ns, "p999_ns": l.P999Ns, "max_ns": l.MaxNs},
	}, l.P99Ns)
}

// late99 judges by a p99 of lateness: above run's limit a trial is invalid.
func late99(c Check, p99 *int64) Check {
	limit := run.DefaultLimits().LagFloor
	do := busy
	if above(p99, limit) {
		do += fmt.Sprintf("; trials whose lag p99 is above %s are invalid", unit.HumanDuration(limit))
	}
	return c.judged(above(p99, limit), p99 == nil || above(p99, lagWarn), do)
}

func orNone(l *result.Latency) *result.Latency {
	if l == nil {
		return &result.Latency{}
	}
	return l
}

// nullTrial runs a trial with the client that acks at once.
func (d *Doctor) nullTrial(ctx context.Context, rate unit.Rate, long time.Duration) (*result.Trial, error) {
	sampler := host.NewSampler()
	defer sampler.Close()
	env := &run.Env{Drivers: d.Drivers, Host: d.Host, Sampler: sampler}
	env.Cluster.Kind = "none"
	return trial(ctx, env, null.New().Name(), rate, long)
}

// warmup of the doctor's trials: what the first records of a process take is not what the others do.
const warmup = 200 * time.Millisecond

// buffer of the doctor's trials: smaller than the default, so that the drain is short and little memory is kept.
const buffer = 50_000

// trial carries out a short trial that only produces: 200 B, acks=all, one producer, all else by default.
func trial(ctx context.Context, env *run.Env, client string, rate unit.Rate, long time.Duration) (*result.Trial, error) {
	c := &scenario.Case{Name: "base", Scenario: scenario.Default()}
	s := &c.Scenario
	s.Name, s.Consumer, s.Verify = "doctor", nil, false
	s.Producer.Client, s.Producer.Buffer = client, buffer
	s.Load.Rate, s.Load.Warmup.For, s.Load.Measure, s.Load.Drain = rate, unit.Duration(warmup), unit.Duration(long), 3e9
	plan := planOf(c)
	defer env.MakeRoom(plan)()
	if err := env.Preflight(ctx, plan); err != nil {
		return nil, err
	}
	t, m := env.Trial(ctx, c, run.Position{Run: "doctor", Number: 1, Of: 1, Repeat: 1})
	_ = m.Close() // a temporary file that nobody reads
	switch {
	case ctx.Err() != nil:
		return nil, context.Cause(ctx)
	case t.Status != result.StatusOK:
		return nil, errors.New(t.Failure)
	}
	return t, nil
}

// planOf makes a plan of one case.
func planOf(c *scenario.Case) *scenario.Plan {
	return &scenario.Plan{Name: "doctor", Cases: []scenario.Case{*c}, Order: []scenario.Step{{Repeat: 1}}}
}
