package franz

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"

	"kbench/internal/scenario"
	"kbench/scenarios"
)

// TestDefaults holds what the built-in scenario calls this client's defaults to what the library has where nothing is
// set: an update that changes one fails here.
func TestDefaults(t *testing.T) {
	t.Parallel()
	src, err := scenarios.Read("client-settings")
	if err != nil {
		t.Fatal(err)
	}
	plan, err := scenario.Parse("", src, scenario.Options{Only: []string{"variant=franz defaults"}})
	if err != nil {
		t.Fatal(err)
	}
	s := plan.Cases[0].Scenario
	s.Consumer.Group = "any"
	producer, err := producerOptions(nowhere(), s.Producer.ProducerConfig)
	if err != nil {
		t.Fatal(err)
	}
	consumer, err := consumerOptions(nowhere(), s.Consumer.ConsumerConfig)
	if err != nil {
		t.Fatal(err)
	}
	library := unopened(t, kgo.ConsumerGroup(s.Consumer.Group)) // without a group it tells nothing of groups
	got, want := producerSettings(unopened(t, producer...)), producerSettings(library)
	inOtherWords(t, want, library)
	same(t, "producer", got, want)
	same(t, "consumer", consumerSettings(unopened(t, consumer...)), consumerSettings(library))
}

// inOtherWords puts into the library's defaults how a scenario says what it has no value for, and sees that the library
// still says what the scenario's comment tells.
func inOtherWords(t *testing.T, defaults map[string]string, library *kgo.Client) {
	t.Helper()
	partitioner := fmt.Sprintf("%+v", library.OptValue(kgo.RecordPartitioner))
	for _, row := range []struct{ key, library, found, scenario string }{
		{"retries", strconv.Itoa(math.MaxInt64), defaults["retries"], strconv.Itoa(math.MaxInt32)}, // max
		{"delivery.timeout.ms", "0", defaults["delivery.timeout.ms"], "86400000"},                  // none
		{"partitioner", "&{bytes:65536 adaptive:true keys:true", partitioner[:strings.LastIndex(partitioner, " hasher")], "sticky"},
		{"MaxBufferedRecords", "49999", defaults["MaxBufferedRecords"], "50000"}, // the driver keeps one of them to itself
	} {
		if row.found != row.library {
			t.Errorf("%s: the library has %s now, it was %s", row.key, row.found, row.library)
		}
		defaults[row.key] = row.scenario
	}
}

// same compares settings, but for those that kbench has in every scenario.
func same(t *testing.T, side string, got, want map[string]string) {
	t.Helper()
	const outage = "what it does while a broker is away"
	for key := range map[string]string{
		"client.id":               "its name",
		"enable.metrics.push":     "no telemetry is sent while a client is measured",
		"connections.max.idle.ms": "no connection is idle under load",
		"MetadataMinAge":          outage, "RequestTimeoutOverhead": outage, "retry.backoff.ms": outage, "retry.backoff.max.ms": outage,
		"request.timeout.ms": outage, "UnknownTopicRetries": outage, "AllowIdempotentProduceCancellation": outage,
	} {
		delete(got, key)
		delete(want, key)
	}
	if fmt.Sprint(got) != fmt.Sprint(want) || len(got) < 10 {
		t.Errorf("%s:\nthe scenario %v\nthe library  %v", side, got, want)
	}
}

// unopened returns a client that has connected to nothing yet.
func unopened(t *testing.T, opts ...kgo.Opt) *kgo.Client {
	t.Helper()
	c, err := kgo.NewClient(opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}
