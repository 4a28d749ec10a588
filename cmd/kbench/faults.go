package main

import (
	"fmt"

	"kbench/internal/cluster"
	"kbench/internal/run"
	"kbench/internal/scenario"
)

// checkFaults refuses plans with faults that can't be done to these brokers, before anything runs.
func checkFaults(plans []*scenario.Plan, engine cluster.Engine, nodes int) error {
	for _, p := range plans {
		if err := run.CheckFaults(p, engine, nodes); err != nil {
			return exitWith(exitUsage, fmt.Errorf("%s: %w", p.Name, err))
		}
	}
	return nil
}

// nodesOf returns the nodes of a cluster by their ids, as targets of faults.
func nodesOf(c *cluster.Cluster) map[int32]run.Node {
	nodes := map[int32]run.Node{}
	for _, n := range c.Nodes() {
		nodes[n.ID] = n
	}
	return nodes
}
