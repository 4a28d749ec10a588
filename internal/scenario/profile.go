package scenario

import (
	"fmt"
	"math"
	"strings"

	"kbench/internal/unit"
)

// complete checks that a phase is one of its shapes.
func (p *Phase) complete() error {
	ramp := p.From > 0 || p.To > 0
	burst := p.Burst > 0 || p.Every > 0 || p.Lasting > 0
	switch {
	case p.For == 0:
		return fmt.Errorf("for is missing: how long the phase lasts")
	case count(p.Rate > 0, ramp, burst, p.Sine != nil) != 1:
		return fmt.Errorf("a phase is one of {for, rate}, {for, from, to}, {for, burst, every, lasting} or {for, sine}")
	case p.Rate == unit.MaxRate || p.From == unit.MaxRate || p.To == unit.MaxRate || p.Burst == unit.MaxRate:
		return fmt.Errorf("a phase needs a number for its rate, not max")
	case burst && (p.Burst == 0 || p.Lasting == 0 || p.Lasting >= p.Every):
		return fmt.Errorf("bursts need burst, every, and lasting shorter than every")
	}
	return nil
}

// complete checks that a sine has all that it needs, and stays above 0.
func (s *Sine) complete() error {
	switch {
	case s.Mean == 0 || s.Amplitude == 0 || s.Period == 0:
		return fmt.Errorf("a sine needs mean, amplitude and period (example: {mean: 50k/s, amplitude: 30k/s, period: 20s})")
	case s.Mean == unit.MaxRate || s.Amplitude == unit.MaxRate:
		return fmt.Errorf("a sine needs numbers for its rates, not max")
	case s.Amplitude > s.Mean:
		return fmt.Errorf("amplitude %s is more than mean %s, and a rate is not below 0; lower the amplitude", s.Amplitude, s.Mean)
	}
	return nil
}

// First returns the rate that a phase begins with; of bursts it is the mean. The warm-up before a profile has it.
func (p *Phase) First() unit.Rate {
	switch {
	case p.Rate > 0:
		return p.Rate
	case p.From > 0 || p.To > 0:
		return p.From
	case p.Burst > 0:
		return unit.Rate(math.Round(float64(p.Burst) * (float64(p.Lasting) / float64(p.Every))))
	case p.Sine != nil:
		return p.Sine.Mean
	}
	return p.even()
}

// even returns the rate of a line of a trace, to the thousandth.
func (p *Phase) even() unit.Rate {
	return unit.Rate(math.Round(float64(p.Records) / float64(p.For) * 1e9 * float64(unit.PerSecond)))
}

// bounds returns the lowest rate of a phase and the highest.
func (p *Phase) bounds() (least, most unit.Rate) {
	switch {
	case p.Rate > 0:
		return p.Rate, p.Rate
	case p.From > 0 || p.To > 0:
		return min(p.From, p.To), max(p.From, p.To)
	case p.Burst > 0:
		return 0, p.Burst
	case p.Sine != nil:
		return p.Sine.Mean - p.Sine.Amplitude, p.Sine.Mean + p.Sine.Amplitude
	}
	return p.even(), p.even()
}

// String says what a phase is: 10k/s to 80k/s in 30s.
func (p *Phase) String() string {
	switch {
	case p.Rate > 0:
		return fmt.Sprintf("%s for %s", p.Rate, p.For)
	case p.From > 0 || p.To > 0:
		return fmt.Sprintf("%s to %s in %s", p.From, p.To, p.For)
	case p.Burst > 0:
		return fmt.Sprintf("bursts of %s for %s every %s, for %s", p.Burst, p.Lasting, p.Every, p.For)
	case p.Sine != nil:
		return fmt.Sprintf("a sine of %s ± %s with a period of %s, for %s", p.Sine.Mean, p.Sine.Amplitude, p.Sine.Period, p.For)
	}
	return fmt.Sprintf("%s records in %s", p.Records, p.For)
}

// RateBounds returns the lowest rate of a load with a profile, and the highest.
func (l *Load) RateBounds() (least, most unit.Rate) {
	least = unit.MaxRate
	for i := range l.Profile {
		low, high := l.Profile[i].bounds()
		least, most = min(least, low), max(most, high)
	}
	return least, most
}

// phasesShown is how many phases DescribeProfile names.
const phasesShown = 4

// DescribeProfile says in a line what a load's profile is, or what file it is from.
func (l *Load) DescribeProfile() string {
	if l.Trace != "" {
		return fmt.Sprintf("the trace %s of %d lines", l.Trace, len(l.Profile))
	}
	var parts []string
	for i := range l.Profile[:min(len(l.Profile), phasesShown)] {
		parts = append(parts, l.Profile[i].String())
	}
	if more := len(l.Profile) - len(parts); more > 0 {
		parts = append(parts, fmt.Sprintf("%d more phases", more))
	}
	return strings.Join(parts, ", then ")
}

// lengthOf returns how long phases last together.
func lengthOf(phases []Phase) (sum unit.Duration) {
	for i := range phases {
		sum += phases[i].For
	}
	return sum
}

// profile refuses what a profile can't be, or not beside other keys.
func (c *checker) profile() {
	l, path := &c.s.Load, "load.profile"
	if c.given("load.trace") {
		path = "load.trace"
	}
	c.refuse(c.given("load.profile") && len(l.Profile) == 0, "load.profile", "a profile needs at least one phase")
	if len(l.Profile) == 0 {
		return
	}
	long := lengthOf(l.Profile)
	c.refuse(long > longestLoad, path, "it lasts %s; a load may last %s", long, longestLoad)
	c.refuse(c.s.Producer == nil, path, "it is for producers, and there is none; leave it out")
	c.refuse(c.given("load.records"), "load.records", "a profile ends by itself; leave records out, or give load.measure for less of it")
	c.refuse(c.given("load.measure") && l.Measure > long, "load.measure", "%s is longer than the profile, which lasts %s; leave measure out, or make a phase longer", l.Measure, long)
	c.refuse(l.Warmup.Auto, "load.warmup", "with auto the measured part begins when it may, and a profile at a fixed instant; give a time, such as 5s")
	for i, t := range c.s.Thresholds {
		c.refuse(t.Abort && strings.HasSuffix(t.Metric, "_per_s"), fmt.Sprintf("thresholds[%d].abort", i), "with a profile a rate so far says nothing of the whole; leave abort out, and it is checked then")
	}
}
