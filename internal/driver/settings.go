package driver

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Asked returns the settings under Kafka's names for producers, to hold against what Producer.Settings says.
func (c *ProducerConfig) Asked() map[string]string {
	return map[string]string{
		"acks":                                  string(c.Acks),
		"enable.idempotence":                    strconv.FormatBool(c.Idempotence),
		"compression.type":                      string(c.Compression),
		"linger.ms":                             Millis(time.Duration(c.Linger)),
		"batch.size":                            strconv.FormatInt(int64(c.BatchSize), 10),
		"max.in.flight.requests.per.connection": strconv.Itoa(c.MaxInFlight),
		"retries":                               strconv.Itoa(int(c.Retries)),
		"delivery.timeout.ms":                   Millis(time.Duration(c.Timeout)),
	}
}

// Asked returns the settings under Kafka's names for consumers, to hold against what Consumer.Settings says.
func (c *ConsumerConfig) Asked() map[string]string {
	if c.Protocol == ProtocolShare { // where to begin and what to see is the brokers' matter, and there are no offsets to commit
		return map[string]string{"group.protocol": string(c.Protocol)}
	}
	m := map[string]string{
		"auto.offset.reset":  string(c.Start),
		"isolation.level":    string(c.Isolation),
		"enable.auto.commit": strconv.FormatBool(c.Commit == CommitAuto),
	}
	if c.Commit == CommitAuto && c.CommitEvery.For > 0 {
		m["auto.commit.interval.ms"] = Millis(time.Duration(c.CommitEvery.For))
	}
	if c.Assign == AssignSubscribe {
		m["group.protocol"] = string(c.Protocol)
	}
	return m
}

// Millis prints a duration as Kafka's settings have it, in milliseconds, with a fraction only where there is one.
func Millis(d time.Duration) string {
	return strconv.FormatFloat(float64(d)/1e6, 'f', -1, 64)
}

// Differences lists what was asked for and is not in force, one line each, sorted by name. A name that the library
// does not report is no difference: it is unknown.
func Differences(asked, inForce map[string]string) []string {
	var out []string
	for _, name := range slices.Sorted(maps.Keys(asked)) {
		if got, known := inForce[name]; known && got != asked[name] {
			out = append(out, fmt.Sprintf("%s: asked for %s, in force is %s", name, asked[name], got))
		}
	}
	return out
}

// Secret reports whether the value of a client's property must never be shown or stored. It errs on the safe side.
func Secret(name string) bool {
	name = strings.ToLower(name)
	if strings.HasSuffix(name, ".location") {
		return false // where a secret is, not what it is
	}
	return slices.ContainsFunc([]string{
		"password", "secret", "jaas", "oauthbearer", "token", "credential", "pem", "ssl.key", "private",
	}, func(word string) bool { return strings.Contains(name, word) })
}
