package report

import (
	"fmt"
	"slices"
	"strings"

	"kbench/internal/result"
)

// A spec says what a column shows, and where.
type spec struct {
	head   string
	metric string
	only   func(*result.Trial) bool // trials that have it; nil: all
	total  bool                     // the sum over the repeats counts, not the median
	rare   bool                     // the column is worth its place only where a number is not zero

	found result.Metric // the metric, where resolved has looked it up
}

// resolved looks metrics up once, rather than for each case anew: a thousand cases feel it.
func resolved(specs []spec) []spec {
	out := slices.Clone(specs)
	for i := range out {
		out[i].found, _ = out[i].lookup()
	}
	return out
}

func (s spec) lookup() (m result.Metric, ok bool) {
	if s.found.Of != nil {
		return s.found, true
	}
	return result.Lookup(s.metric)
}

func open(t *result.Trial) bool      { return !t.Closed }
func closed(t *result.Trial) bool    { return t.Closed }
func onlyReads(t *result.Trial) bool { return !t.Produces() }

// varied reports whether a trial's values differ in size, and keyed whether its records have keys.
func varied(t *result.Trial) bool { return t.Message != nil && t.Plan.Message.Varies() }
func keyed(t *result.Trial) bool  { return t.Plan.Message.Keys.Count > 0 }

func resultSpecs() []spec {
	return []spec{
		{head: "produced", metric: "acked_per_s"},
		{head: "data", metric: "acked_bytes_per_s"},
		{head: "consumed", metric: "consumed_per_s"},
		{head: "data", metric: "consumed_bytes_per_s", only: onlyReads},
		{head: "response p50", metric: "response_p50", only: open},
		{head: "response p99", metric: "response_p99", only: open},
		{head: "response p99.9", metric: "response_p999", only: open},
		{head: "response max", metric: "response_max", only: open},
		{head: "service p50", metric: "service_p50", only: closed},
		{head: "service p99", metric: "service_p99", only: closed},
		{head: "service p99.9", metric: "service_p999", only: closed},
		{head: "service max", metric: "service_max", only: closed},
		{head: "e2e p50", metric: "e2e_p50", only: open},
		{head: "e2e p99", metric: "e2e_p99", only: open},
		{head: "e2e service p50", metric: "e2e_service_p50", only: closed},
		{head: "e2e service p99", metric: "e2e_service_p99", only: closed},
		{head: "failed", metric: "failed", total: true},
		{head: "unresolved", metric: "unresolved", total: true, rare: true},
		{head: "lost", metric: "lost", total: true},
		{head: "duplicated", metric: "duplicated", total: true},
		{head: "reordered", metric: "reordered", total: true, rare: true},
		{head: "corrupt", metric: "corrupt", total: true, rare: true},
		{head: "truncated", metric: "truncated", total: true, rare: true},
		{head: "read again", metric: "reread", total: true, rare: true},
		{head: "rebalance pause max", metric: "rebalance_pause_max"},
		{head: "negative", metric: "negative", total: true, rare: true},
		{head: "over range", metric: "over_range", total: true, rare: true},
	}
}

const costCaption = "CPU, allocations and memory are those of kbench with its clients; the rest is by trial."

func costSpecs() []spec {
	return []spec{
		{head: "CPU per record", metric: "cpu_ns_per_record"},
		{head: "allocations per record", metric: "alloc_per_record"},
		{head: "peak memory", metric: "rss_max_bytes"},
		{head: "sent on the wire", metric: "wire_bytes"},
		{head: "compression ratio", metric: "compression_ratio"},
		{head: "largest consumer lag", metric: "consumer_lag_max"},
		{head: "mean value", metric: "value_mean_bytes", only: varied},
		{head: "p99 value", metric: "value_p99_bytes", only: varied},
		{head: "largest value", metric: "value_max_bytes", only: varied},
		{head: "partition skew", metric: "partition_skew", only: keyed},
	}
}

// besideResults says which costs stand in the table of results: a client's, where clients are what is compared.
func besideResults(s spec, groups []*group) bool {
	if s.metric != "cpu_ns_per_record" && s.metric != "rss_max_bytes" {
		return false
	}
	var clients []string
	for _, g := range groups {
		for _, t := range g.all {
			if len(t.Workloads) > 0 { // of which each has clients
				continue
			}
			pair := ""
			if p := t.Plan.Producer; p != nil {
				pair = p.Client
			}
			if c := t.Plan.Consumer; c != nil {
				pair += " " + c.Client
			}
			clients = unique(clients, pair)
		}
	}
	return len(clients) > 1
}

func resultTable(groups []*group, l labels, n *notes) Table {
	if len(groups) == 0 {
		return Table{}
	}
	specs := resultSpecs()
	for _, s := range costSpecs() {
		if besideResults(s, groups) {
			specs = slices.Insert(specs, slices.IndexFunc(specs, func(s spec) bool { return s.metric == "failed" }), s)
		}
	}
	table, shown := numbers(groups, l, specs, n)
	table.Columns = append(table.Columns, Column{Head: "trust"})
	for i, g := range groups {
		table.Rows[i].Cells = append(table.Rows[i].Cells, Cell{Text: trustOf(g), Notes: n.add(trialDoubts(g)...)})
	}
	table.Caption = caption(groups, shown)
	return table
}

func costTable(groups []*group, l labels, n *notes) Table {
	specs := slices.DeleteFunc(costSpecs(), func(s spec) bool { return besideResults(s, groups) })
	table, shown := numbers(groups, l, specs, n)
	if len(shown) == 0 {
		return Table{}
	}
	table.Caption = costCaption
	return table
}

// numbers fills a table with the specs of which at least one case has a number, and returns those.
func numbers(groups []*group, l labels, specs []spec, n *notes) (Table, []spec) {
	var t Table
	for _, head := range l.heads {
		t.Columns = append(t.Columns, Column{Head: head})
	}
	shown := slices.DeleteFunc(resolved(specs), func(s spec) bool {
		return !slices.ContainsFunc(groups, func(g *group) bool {
			v := s.number(g)
			return v != nil && (!s.rare || v.Value != 0)
		})
	})
	for _, s := range shown {
		m, _ := s.lookup()
		t.Columns = append(t.Columns, Column{Head: s.head, Metric: s.metric, Unit: m.Unit, Total: s.total})
	}
	for _, g := range groups { // row by row, so that notes are numbered in the order of reading
		row := Row{Case: g.name}
		for _, v := range l.values(g) {
			row.Cells = append(row.Cells, Cell{Text: v})
		}
		for _, s := range shown {
			number := s.number(g)
			row.Cells = append(row.Cells, Cell{Number: number, Notes: n.add(s.doubts(g, number)...)})
		}
		t.Rows = append(t.Rows, row)
	}
	return t, shown
}

// median returns the middle of values with the least and the largest; nil where there is none.
func median(values []float64, atLeast bool) *Number {
	sum := result.Summarize(values)
	if sum.N == 0 {
		return nil
	}
	return &Number{Value: sum.Median, Min: sum.Min, Max: sum.Max, Repeats: sum.N, AtLeast: atLeast}
}

// number returns the metric over the trials of the case that count; nil where none has it.
func (s spec) number(g *group) *Number {
	m, ok := s.lookup()
	if !ok {
		return nil
	}
	var values []float64
	total, atLeast := 0.0, false
	for _, t := range g.used {
		if s.only != nil && !s.only(t) {
			continue
		}
		if v, known := m.Of(t); known {
			values = append(values, v)
			total += v
			atLeast = atLeast || t.AtLeast(s.metric)
		}
	}
	number := median(values, atLeast)
	if number != nil && s.total {
		number.Value = total
	}
	return number
}

// caption says how the numbers of a table came about, and which columns it does without for want of samples.
func caption(groups []*group, shown []spec) string {
	least, most := len(groups[0].used), 0
	for _, g := range groups {
		least, most = min(least, len(g.used)), max(most, len(g.used))
	}
	var totals []string
	for _, s := range shown {
		if s.total {
			totals = append(totals, s.head)
		}
	}
	var parts []string
	switch {
	case most == 0:
		return "No trial of any case was measured."
	case most == 1 && len(groups) == 1:
		parts = append(parts, "One trial.")
	case most == 1:
		parts = append(parts, "One trial of each case.")
	case least == most:
		parts = append(parts, fmt.Sprintf("Medians of %d repeats.", most))
	default:
		parts = append(parts, fmt.Sprintf("Medians of %d to %d repeats.", least, most))
	}
	if most > 1 && len(totals) > 0 {
		parts = append(parts, upper(join(totals))+plural(len(totals), " is a total", " are totals")+" over the repeats.")
	}
	var few []string
	for _, s := range resolved(resultSpecs()) {
		if !slices.ContainsFunc(shown, func(o spec) bool { return o.metric == s.metric }) && slices.ContainsFunc(groups, s.tooFew) {
			few = append(few, s.head)
		}
	}
	if len(few) > 0 {
		parts = append(parts, upper(join(few))+plural(len(few), " is", " are")+" left out: fewer than 10 samples lie beyond.")
	}
	return strings.Join(parts, " ")
}
