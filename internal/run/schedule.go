package run

import (
	"time"

	"kbench/internal/load"
	"kbench/internal/scenario"
	"kbench/internal/unit"
)

// schedules returns a function that makes a load's schedule, warm-up included, for one goroutine each time. Before a profile the
// warm-up has the rate that the profile begins with, and the profile begins where the measured part does.
func schedules(l scenario.Load, seed uint64) func() load.Schedule {
	arrivals := func(of load.Even, seed uint64) load.Schedule {
		if l.Arrival == scenario.ArrivalPoisson {
			return load.NewPoisson(of, seed)
		}
		return of
	}
	if len(l.Profile) == 0 {
		return func() load.Schedule { return arrivals(load.NewConstant(int64(l.Rate)), seed) }
	}
	profile := newProfile(l.Profile) // which may be large, and is for all of them
	return func() load.Schedule {
		var warmup load.Schedule
		if rate := l.Profile[0].First(); rate > 0 {
			warmup = arrivals(load.NewConstant(int64(rate)), seed)
		}
		return load.Join(warmup, time.Duration(l.Warmup.For), arrivals(load.NewVarying(profile), load.Mix(seed)))
	}
}

func newProfile(phases []scenario.Phase) *load.Profile {
	cycles := make([]load.Cycle, len(phases))
	for i := range phases {
		cycles[i] = newCycle(&phases[i])
	}
	return load.NewProfile(cycles...)
}

func newCycle(p *scenario.Phase) load.Cycle {
	c := load.Cycle{For: time.Duration(p.For)}
	line := func(long unit.Duration, from, to unit.Rate) {
		c.Lines = append(c.Lines, load.Line{For: time.Duration(long), From: int64(from), To: int64(to)})
	}
	switch {
	case p.Rate > 0:
		line(p.For, p.Rate, p.Rate)
	case p.From > 0 || p.To > 0:
		line(p.For, p.From, p.To)
	case p.Burst > 0:
		line(p.Lasting, p.Burst, p.Burst)
		line(p.Every-p.Lasting, 0, 0)
	case p.Sine != nil:
		c.Lines = load.Sine(int64(p.Sine.Mean), int64(p.Sine.Amplitude), time.Duration(p.Sine.Period))
	default: // of a trace
		c.Lines = []load.Line{{For: time.Duration(p.For), Records: int64(p.Records)}}
	}
	return c
}

// Scheduled returns how many records are due in the warm-up and the measured part of a load that has a profile; with arrivals at
// random, on average.
func Scheduled(l scenario.Load) uint64 {
	l.Arrival = scenario.ArrivalConstant
	return load.Before(schedules(l, 0)(), time.Duration(l.Warmup.For+l.Measure))
}
