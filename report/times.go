package report

import (
	"maps"
	"slices"
	"strconv"

	"kbench/internal/result"
)

// producerSpecs and consumerSpecs are the columns of where the time goes.
func producerSpecs() []spec {
	told := func(t *result.Trial) bool { return t.Breakdown != nil && t.Breakdown.Producer != nil }
	return []spec{
		{head: "service mean", metric: "service_mean", only: told},
		{head: "client queue", metric: "producer_client_queue_mean"},
		{head: "wire", metric: "producer_wire_mean"},
		{head: "round trip", metric: "producer_round_trip_mean"},
		{head: "rest", metric: "producer_rest_mean"},
		{head: "longest round trip", metric: "producer_round_trip_max"},
		{head: "throttled", metric: "producer_throttle_total", rare: true},
		{head: "records per batch", metric: "producer_batch_records_mean"},
		{head: "records per request", metric: "producer_request_records_mean"},
		{head: "bytes per batch", metric: "producer_batch_bytes_mean"},
	}
}

const producerCaption = "Producing, as the client library tells: means over records (service, client queue) or over requests (wire, round trip). " +
	"Rest is what of the mean service it does not tell."

func consumerSpecs() []spec {
	return []spec{
		{head: "wire", metric: "consumer_wire_mean"},
		{head: "round trip", metric: "consumer_round_trip_mean"},
		{head: "longest round trip", metric: "consumer_round_trip_max"},
		{head: "throttled", metric: "consumer_throttle_total", rare: true},
		{head: "records per batch", metric: "consumer_batch_records_mean"},
		{head: "bytes per batch", metric: "consumer_batch_bytes_mean"},
		{head: "records buffered", metric: "consumer_buffered_records_mean"},
		{head: "most buffered", metric: "consumer_buffered_records_max"},
		{head: "processing", metric: "consumer_processing_mean"},
		{head: "commit", metric: "consumer_commit_mean"},
		{head: "longest commit", metric: "consumer_commit_max"},
	}
}

const consumerCaption = "Consuming, as the client library tells: means over requests (wire, round trip), batches, samples (records buffered), records " +
	"(processing) and commits. The round trip of a fetch is also the broker's wait for records."

// timesTables says where the time goes: a table for each side, and one by broker where there are several.
func timesTables(groups []*group, l labels, n *notes) []Table {
	var out []Table
	add := func(caption string, specs []spec, side func(*result.Breakdown) **result.Side) {
		t, shown := numbers(groups, l, slices.Clone(specs), n)
		if len(shown) == 0 {
			return
		}
		t.Caption = caption
		out = append(out, t)
		if t := brokerTable(groups, l, specs, n, side); len(t.Rows) > 0 {
			t.Caption = "The same by broker."
			out = append(out, t)
		}
	}
	add(producerCaption, producerSpecs(), func(b *result.Breakdown) **result.Side { return &b.Producer })
	add(consumerCaption, consumerSpecs(), func(b *result.Breakdown) **result.Side { return &b.Consumer })
	return out
}

// brokerTable has a row for each broker of the cases in which a side had to do with several. Each row is that of a case whose
// trials tell of one broker only.
func brokerTable(groups []*group, l labels, specs []spec, n *notes, side func(*result.Breakdown) **result.Side) Table {
	var rows []*group
	var nodes []string
	for _, g := range groups {
		brokers := map[int32]bool{}
		for _, t := range g.used {
			if t.Breakdown != nil && *side(t.Breakdown) != nil {
				for node := range (*side(t.Breakdown)).Brokers {
					brokers[node] = true
				}
			}
		}
		if len(brokers) < 2 {
			continue
		}
		for _, node := range slices.Sorted(maps.Keys(brokers)) {
			row := &group{name: g.name, set: g.set}
			for _, t := range g.used {
				row.used = append(row.used, withBroker(t, node, side))
			}
			rows, nodes = append(rows, row), append(nodes, strconv.Itoa(int(node)))
		}
	}
	specs = slices.DeleteFunc(specs, func(s spec) bool { return s.metric == "service_mean" || s.metric == "producer_rest_mean" })
	t, _ := numbers(rows, l, specs, n)
	t.Columns = slices.Insert(t.Columns, len(l.heads), Column{Head: "broker"})
	for i := range t.Rows {
		t.Rows[i].Cells = slices.Insert(t.Rows[i].Cells, len(l.heads), Cell{Text: nodes[i]})
	}
	return t
}

// withBroker returns a trial of which one side tells of one broker only.
func withBroker(t *result.Trial, node int32, side func(*result.Breakdown) **result.Side) *result.Trial {
	one := *t
	one.Breakdown = &result.Breakdown{}
	if t.Breakdown == nil || *side(t.Breakdown) == nil {
		return &one
	}
	if parts := (*side(t.Breakdown)).Brokers[node]; parts != nil {
		*side(one.Breakdown) = &result.Side{Parts: *parts}
	}
	return &one
}

// partDoubts lists what a reader must know of a number of where the time goes.
func (s spec) partDoubts(g *group) (out []string) {
	truncated := false
	for _, t := range g.used {
		truncated = truncated || t.Truncated(s.metric)
		if s.metric == "producer_rest_mean" && t.AtLeast("producer_round_trip_mean") {
			out = []string{"Too high by what the round trip is too low."}
		}
	}
	if truncated {
		out = append(out, "Some of the library's windows had values longer than its histogram takes: the record has no percentile for them. Mean and longest count all values.")
	}
	return out
}
