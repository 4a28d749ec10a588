package report

import (
	"slices"
	"strings"
)

// reading explains the words of a table, and only those that are in it.
func reading(t Table) []string {
	has := func(prefix string) bool {
		return slices.ContainsFunc(t.Columns, func(c Column) bool { return strings.HasPrefix(c.Metric, prefix) })
	}
	exact := func(metric string) bool {
		return slices.ContainsFunc(t.Columns, func(c Column) bool { return c.Metric == metric })
	}
	var out []string
	say := func(when bool, text string) {
		if when {
			out = append(out, text)
		}
	}
	say(exact("acked_per_s"), "produced: records that were acknowledged within the measured part.")
	say(exact("consumed_per_s"), "consumed: records that consumers saw within the measured part, once for each consumer group.")
	say(exact("acked_bytes_per_s") || exact("consumed_bytes_per_s"), "data: bytes of their keys and values; a MB is a million bytes.")
	say(has("response_"), "response: from the instant a record was due by the schedule to its acknowledgement. A record that waits behind a stall counts its waiting. p99: 99 records of 100 were faster.")
	say(exact("service_p50"), "service: from the instant a record was sent to its acknowledgement. p99: 99 records of 100 were faster.")
	say(exact("e2e_p50") || exact("e2e_p99"), "e2e: from the instant a record was due to the instant a consumer saw it.")
	say(has("e2e_service_"), "e2e service: from the instant a record was sent to the instant a consumer saw it.")
	say(exact("cpu_ns_per_record"), "CPU per record: CPU time of kbench and its clients over the records produced, or read where none are. peak memory: the most that this process held during the trial; what earlier trials left in it counts too.")
	integrity := "failed: records that the client gave up on."
	if exact("lost") {
		integrity += " lost: acknowledged, and never read."
	}
	if exact("duplicated") {
		integrity += " duplicated: in the log more than once."
	}
	say(exact("failed"), integrity)
	say(exact("reread"), "read again: records that a group read another time, because who had them before had not committed that it had read them.")
	say(exact("rebalance_pause_max"), "rebalance pause max: the longest that a partition was not read from, around a change of its group's members, while it had records.")
	say(len(t.Columns) > 0, "trust: client-bound means that the client or its machine was the limit, not the cluster; invalid means that the numbers must not be used.")
	return out
}
