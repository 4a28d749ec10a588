package sarama

import (
	"reflect"
	"slices"
	"testing"

	"github.com/IBM/sarama"

	"kbench/internal/driver"
	"kbench/internal/scenario"
	"kbench/scenarios"
)

// TestDefaults holds what the built-in scenario calls this client's defaults to the library's own configuration: an
// update that changes one fails here.
func TestDefaults(t *testing.T) {
	t.Parallel()
	src, err := scenarios.Read("client-settings")
	if err != nil {
		t.Fatal(err)
	}
	plan, err := scenario.Parse("", src, scenario.Options{Only: []string{"variant=sarama defaults"}})
	if err != nil {
		t.Fatal(err)
	}
	s := plan.Cases[0].Scenario
	producer, err := producerConfig(driver.Cluster{}, s.Producer.ProducerConfig)
	if err != nil {
		t.Fatal(err)
	}
	consumer, err := consumerConfig(driver.Cluster{}, s.Consumer.ConsumerConfig)
	if err != nil {
		t.Fatal(err)
	}
	own := sarama.NewConfig()
	if reflect.ValueOf(own.Producer.Partitioner).Pointer() != reflect.ValueOf(sarama.NewHashPartitioner).Pointer() {
		t.Error("the library's partitioner is no longer the one that kbench calls fnv1a")
	}
	if got, want := consumer.Consumer.Group.Rebalance.GroupStrategies[0].Name(), own.Consumer.Group.Rebalance.GroupStrategies[0].Name(); got != want {
		t.Errorf("the assignor is %s, the library's own %s", got, want)
	}
	kbenchs := []string{ // what kbench sets for itself in every scenario
		"ClientID", "Metadata.AllowAutoTopicCreation", "Producer.Return.Successes", "Consumer.Return.Errors",
	}
	for side, conf := range map[string]*sarama.Config{"producer": producer, "consumer": consumer} {
		got := scalars(conf)
		for path, want := range scalars(own) {
			if got[path] != want && !slices.Contains(kbenchs, path) {
				t.Errorf("%s: %s is %s, the library's own %s", side, path, got[path], want)
			}
		}
		if len(got) < 60 {
			t.Errorf("%s: only %d settings were compared", side, len(got))
		}
	}
}

// scalars returns every field by its path. Functions are left out.
func scalars(conf *sarama.Config) map[string]string {
	m := map[string]string{}
	fields(reflect.ValueOf(conf).Elem(), "", func(path, text string) { m[path] = text })
	return m
}
