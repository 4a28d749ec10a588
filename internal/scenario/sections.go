package scenario

import (
	"fmt"
	"strconv"

	"kbench/internal/unit"
)

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
