package scenario

import (
	"fmt"
	"math"

	"kbench/internal/unit"
)

// A Pause is a time of each trial in which no consumer reads, though all stay in their groups.
type Pause struct {
	At  unit.Duration `yaml:"at" json:"at" doc:"After the trial's start, warm-up included; a second at least, to know what was before."`
	For unit.Duration `yaml:"for" json:"for" doc:"How long it lasts; it ends with the load at the latest."`
}

// complete checks that a pause has both.
func (p *Pause) complete() error {
	if p.At == 0 || p.For == 0 {
		return fmt.Errorf("a pause takes at and for: when it begins and how long it lasts (example: {at: 10s, for: 10s})")
	}
	return nil
}

// pauses refuses pauses of which nothing could be said.
func (c *checker) pauses() {
	s := c.s
	pauses := s.Consumer.Pause
	if len(pauses) == 0 {
		return
	}
	c.refuse(s.Producer == nil, "consumer.pause", "without a producer no backlog builds up; add one, or leave pause out")
	c.refuse(s.Load.Warmup.Auto, "load.warmup", "with auto the measured part begins when it may, and pauses at fixed instants; give a time, such as 5s")
	c.refuse(s.Load.FindMax != nil, "consumer.pause", "a search looks for a rate that consumers keep up with; leave pause or find_max out")
	end := unit.Duration(math.MaxInt64)
	if c.timed() {
		end = s.Load.Warmup.For + s.Load.Measure
	}
	for i, p := range pauses {
		at := fmt.Sprintf("consumer.pause[%d]", i)
		c.refuse(p.At+p.For > end, at, "it ends at %s, after the load at %s, warm-up and measured part; let the load last longer", p.At+p.For, end)
		c.refuse(i > 0 && p.At < pauses[max(i, 1)-1].At+pauses[max(i, 1)-1].For, at, "it begins at %s, when consumer.pause[%d] is not over; list pauses in order", p.At, i-1)
	}
}
