package result

import "strings"

// Levels of a Finding.
const (
	Expected  = "expected"  // the settings allow it
	Violation = "violation" // Kafka promises that it does not happen with these settings
)

// A Finding says of records that did not fare as they should whether their settings allow that.
type Finding struct {
	What  string `json:"what"`  // lost, truncated, duplicated, reordered, aborted_read or corrupt, as in the counts
	Count int64  `json:"count"` // 1 or more
	Level string `json:"level"` // Expected or Violation
	Why   string `json:"why"`   // for people
}

// A promise is what Kafka promises of one count under one kind of settings: a row of the table in docs/method.md, which a
// test holds against this.
type promise struct {
	what, settings string
	holds          func(map[string]string) bool // whether the settings in force are of that kind
	level, why     string
}

// promises lists them; the first of a count whose settings hold is the one that counts.
func promises() []promise {
	acks := func(s map[string]string) string { return s["acks"] }
	all := func(s map[string]string) bool { return acks(s) == "all" || acks(s) == "-1" }
	idempotent := func(s map[string]string) bool { return s["enable.idempotence"] == "true" }
	oneInFlight := func(s map[string]string) bool { return s["max.in.flight.requests.per.connection"] == "1" }
	unclean := func(s map[string]string) bool { return s[uncleanElection] == "true" }
	always := func(map[string]string) bool { return true }
	return []promise{
		{"lost", "`acks=0`", func(s map[string]string) bool { return acks(s) == "0" }, Expected, "with acks 0 acknowledged only means sent"},
		{"lost", "`acks=1`", func(s map[string]string) bool { return acks(s) == "1" }, Expected, "with acks 1 a leader that goes takes along what its followers had not fetched"},
		{"lost", "`acks=all`, and the topic has `unclean.leader.election.enable=true`", func(s map[string]string) bool { return all(s) && unclean(s) }, Expected, "an unclean election may choose a leader that never had them"},
		{"lost", "`acks=all`", all, Violation, "acks all promises that what is acknowledged stays, as long as one in-sync replica does"},
		{"truncated", "any", always, Expected, "retention, or somebody who deleted records, was faster than the readers"},
		{"duplicated", "idempotence", idempotent, Violation, "idempotence promises each record once; see librdkafka#4953 for one known way to break it"},
		{"duplicated", "no idempotence", always, Expected, "without idempotence a retry appends again what the broker had already, if only its answer was lost"},
		{"reordered", "idempotence", idempotent, Violation, "idempotence promises the order of sending"},
		{"reordered", "`max_in_flight` 1", oneInFlight, Violation, "with one request in flight nothing can overtake"},
		{"reordered", "no idempotence, and more in flight", always, Expected, "without idempotence a retry comes behind what was sent after it"},
		{"aborted_read", "any", always, Violation, "read_committed promises that nothing of an aborted transaction is read"},
		{"corrupt", "any", always, Violation, "what was read is not what was sent; unless something else wrote to the topic"},
	}
}

const uncleanElection = "unclean.leader.election.enable"

// Findings judges the trial's counts by the settings that were in force; none where all is well, or nothing was checked.
func (t *Trial) Findings() (out []Finding) {
	if t.Client.Producer == nil {
		return nil
	}
	settings := map[string]string{}
	for k, v := range t.Client.Producer.Settings {
		settings[k] = strings.ToLower(v)
	}
	settings[uncleanElection] = strings.ToLower(t.Cluster.TopicConfig[uncleanElection])
	c := &t.Counts
	for _, count := range []struct {
		what string
		n    *int64
	}{{"lost", c.Lost}, {"truncated", c.Truncated}, {"duplicated", c.Duplicated}, {"reordered", c.Reordered}, {"aborted_read", c.AbortedRead}, {"corrupt", c.Corrupt}} {
		if count.n == nil || *count.n == 0 {
			continue
		}
		for _, p := range promises() {
			if p.what == count.what && p.holds(settings) {
				out = append(out, Finding{p.what, *count.n, p.level, p.why})
				break
			}
		}
	}
	return out
}
