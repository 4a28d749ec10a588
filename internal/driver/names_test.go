package driver

import (
	"reflect"
	"strings"
	"testing"
)

// TestNames holds the kafka tags of the settings to the names by which drivers are asked for them.
func TestNames(t *testing.T) {
	t.Parallel()
	producer, consumer := DefaultProducer(), DefaultConsumer()
	for _, tc := range []struct {
		config reflect.Type
		asked  map[string]string
	}{
		{reflect.TypeFor[ProducerConfig](), producer.Asked()},
		{reflect.TypeFor[ConsumerConfig](), consumer.Asked()},
	} {
		named := map[string]bool{}
		for _, f := range reflect.VisibleFields(tc.config) {
			for name := range strings.FieldsSeq(f.Tag.Get("kafka")) {
				if named[name] {
					t.Errorf("%s: two keys stand for %s", tc.config.Name(), name)
				}
				named[name] = true
			}
		}
		for name := range tc.asked {
			if !named[name] {
				t.Errorf("%s: drivers are asked for %s, which no key is said to stand for", tc.config.Name(), name)
			}
		}
	}
}
