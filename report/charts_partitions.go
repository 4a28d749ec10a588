package report

import (
	"fmt"
	"maps"
	"slices"

	"kbench/internal/result"
)

// maxPartitions bounds the rows of the table of partitions. The records have all.
const maxPartitions = 400

// partitionCharts draws how records were spread over partitions, where there are several.
func partitionCharts(groups []*group) []Chart {
	t, left := Table{Columns: []Column{
		{Head: "case"},
		{Head: "share of records", Metric: "share_of_records", Unit: result.UnitRatio},
		{Head: "acked", Metric: "acked", Unit: result.UnitRecords, Total: true},
		{Head: "consumed", Metric: "consumed", Unit: result.UnitRecords, Total: true},
		{Head: "leader before"},
		{Head: "leader after"},
	}}, 0
	for _, g := range groups {
		parts, shares, acked, consumed := map[int32]bool{}, map[int32][]float64{}, map[int32]float64{}, map[int32]float64{}
		for _, trial := range g.used {
			of := func(p result.Partition) float64 {
				if trial.Produces() {
					return float64(p.Acked)
				}
				return float64(p.Consumed)
			}
			all := 0.0
			for _, p := range trial.Partitions {
				all += of(p)
			}
			for _, p := range trial.Partitions {
				parts[p.Partition] = true
				if trial.Produces() {
					acked[p.Partition] += float64(p.Acked)
				}
				if trial.Consumes() {
					consumed[p.Partition] += float64(p.Consumed)
				}
				if all > 0 {
					shares[p.Partition] = append(shares[p.Partition], of(p)/all)
				}
			}
		}
		if len(parts) < 2 {
			continue
		}
		for _, p := range slices.Sorted(maps.Keys(parts)) {
			if len(t.Rows) == maxPartitions {
				left++
				continue
			}
			cells := []Cell{{Text: fmt.Sprintf("%s, partition %d", clean(g.name), p)}, {}, total(acked, p), total(consumed, p), {Text: leaders(g, p, true)}, {Text: leaders(g, p, false)}}
			if s := result.Summarize(shares[p]); s.N > 0 {
				cells[1].Number = &Number{Value: s.Median, Min: s.Min, Max: s.Max, Repeats: s.N}
			}
			t.Rows = append(t.Rows, Row{Case: g.name, Cells: cells})
		}
	}
	if len(t.Rows) == 0 {
		return nil
	}
	c := newChart("partitions", KindBars, "Records by partition", "The part of a case's records that each partition had: medians over the repeats, whiskers their lowest and highest. Counts are totals over the repeats, leaders are broker ids.", withNumbers(withTrust(groups, t)), maxBars)
	c.Draw = []int{1}
	if left > 0 {
		c.Says += fmt.Sprintf(" %d more partitions are in the records.", left)
	}
	return []Chart{c}
}

func total(of map[int32]float64, partition int32) Cell {
	v, known := of[partition]
	if !known {
		return Cell{}
	}
	return Cell{Number: one(v)}
}

// leaders names the brokers that led a partition before or after the trials of a case.
func leaders(g *group, partition int32, before bool) string {
	var out []string
	for _, t := range g.used {
		of := t.Cluster.LeadersAfter
		if before {
			of = t.Cluster.LeadersBefore
		}
		if node, known := of[fmt.Sprint(partition)]; known {
			out = unique(out, fmt.Sprint(node))
		}
	}
	slices.Sort(out)
	return someOf(out, ", ", 6)
}
