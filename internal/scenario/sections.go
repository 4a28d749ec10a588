package scenario

import (
	"fmt"
	"maps"
	"slices"
	"strconv"

	"kbench/internal/unit"
)

func (s *Sizes) setText(text string) error {
	n, err := unit.ParseSize(text)
	*s = Sizes{Fixed: n}
	return err
}

// complete checks a distribution of sizes.
func (s *Sizes) complete() error {
	switch {
	case count(s.Uniform != nil, s.Lognormal != nil, s.Weighted != nil) != 1:
		return fmt.Errorf("a distribution is one of uniform, lognormal or weighted (example: {uniform: [100B, 2KB]})")
	case s.Uniform != nil && (len(s.Uniform) != 2 || s.Uniform[0] >= s.Uniform[1]):
		return fmt.Errorf("uniform takes two sizes, the smaller first (example: {uniform: [100B, 2KB]})")
	case s.Lognormal != nil && s.Lognormal.Median >= s.Lognormal.P99:
		return fmt.Errorf("lognormal needs a median below its p99 (example: {lognormal: {median: 1KB, p99: 64KB}})")
	case s.Weighted != nil && len(s.Weighted) == 0:
		return fmt.Errorf("weighted needs at least one size (example: {weighted: {200B: 90, 10KB: 10}})")
	}
	for _, size := range slices.Sorted(maps.Keys(s.Weighted)) {
		if n, err := unit.ParseSize(size); err != nil {
			return fmt.Errorf("weighted: %w", err)
		} else if n < 1 || n > maxSize {
			return fmt.Errorf("weighted: %s is out of range: it is 1B to %s", size, maxSize)
		}
	}
	return nil
}

// bounds returns the smallest size and the largest that is likely.
func (s *Sizes) bounds() (least, most unit.Size) {
	switch {
	case s.Uniform != nil:
		return s.Uniform[0], s.Uniform[1]
	case s.Lognormal != nil:
		return 1, s.Lognormal.P99
	case s.Weighted == nil:
		return s.Fixed, s.Fixed
	}
	least = maxSize
	for text := range s.Weighted {
		n, _ := unit.ParseSize(text) // complete has checked it
		least, most = min(least, n), max(most, n)
	}
	return least, most
}

// complete checks that a phase is one of its three shapes.
func (p *Phase) complete() error {
	ramp := p.From > 0 || p.To > 0
	burst := p.Burst > 0 || p.Every > 0 || p.Lasting > 0
	switch {
	case p.For == 0:
		return fmt.Errorf("for is missing: how long the phase lasts")
	case count(p.Rate > 0, ramp, burst) != 1:
		return fmt.Errorf("a phase is one of {for, rate}, {for, from, to} or {for, burst, every, lasting}")
	case p.Rate == unit.MaxRate || p.From == unit.MaxRate || p.To == unit.MaxRate || p.Burst == unit.MaxRate:
		return fmt.Errorf("a phase needs a number for its rate, not max")
	case burst && (p.Burst == 0 || p.Lasting == 0 || p.Lasting >= p.Every):
		return fmt.Errorf("bursts need burst, every, and lasting shorter than every")
	}
	return nil
}

// complete checks a search's range.
func (f *FindMax) complete() error {
	switch {
	case len(f.SLO) == 0:
		return fmt.Errorf("slo is missing: what must hold at the rate that is searched for (example: slo: [response_p99 <= 20ms])")
	case f.To == unit.MaxRate || f.From >= f.To:
		return fmt.Errorf("from %s must be below to %s, and both be numbers", f.From, f.To)
	}
	return nil
}

// complete checks a fault's node, and that it has what its kind takes.
func (f *Fault) complete() error {
	switch f.Node {
	case NodeLeader, NodeFollower, NodeController:
	case NodeAll:
		if f.Do != FaultSlow && f.Do != "" {
			return fmt.Errorf("node all is for slow only; to %s several, give each a fault of its own", f.Do)
		}
	default:
		if n, err := strconv.Atoi(f.Node); err != nil || n < 1 || strconv.Itoa(n) != f.Node {
			return fmt.Errorf("node is %q: it is leader, follower, controller, all or a node's number from 1", clip(f.Node))
		}
	}
	switch {
	case f.Do == "":
		return fmt.Errorf("do is missing: pause, kill, stop, restart or slow")
	case f.Do == FaultPause && f.For == 0:
		return fmt.Errorf("for is missing: how long the pause lasts (example: for: 1s)")
	case f.Do == FaultRestart && f.For > 0:
		return fmt.Errorf("a restart takes no for: it lasts as long as the node needs; for longer, use stop with for")
	case f.Do == FaultSlow && f.Delay == 0 && f.Rate == 0:
		return fmt.Errorf("slow needs delay, rate or both (example: {at: 8s, do: slow, node: all, delay: 20ms, for: 5s})")
	case f.Do != FaultSlow && (f.Delay > 0 || f.Rate > 0):
		return fmt.Errorf("delay and rate are for slow only, not for %s", f.Do)
	}
	return nil
}

// count returns how many of conditions are true.
func count(conditions ...bool) (n int) {
	for _, c := range conditions {
		if c {
			n++
		}
	}
	return n
}
