package franz

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"kbench/internal/driver"
)

// A property makes an option of a value. The library has no properties of its own: names are Kafka's.
type property func(value string) (kgo.Opt, error)

// commonProperties are those of producers and consumers that no key of a scenario stands for.
func commonProperties() map[string]property {
	return map[string]property{"metadata.max.age.ms": millisProperty(kgo.MetadataMaxAge)}
}

// consumerProperties has those of the classic protocol only where it runs: the library would ignore them.
func consumerProperties(cfg driver.ConsumerConfig) map[string]property {
	p := commonProperties()
	maps.Copy(p, map[string]property{
		"client.rack":               func(v string) (kgo.Opt, error) { return kgo.Rack(v), nil },
		"fetch.min.bytes":           numberProperty(kgo.FetchMinBytes),
		"fetch.max.bytes":           numberProperty(kgo.FetchMaxBytes),
		"fetch.max.wait.ms":         millisProperty(kgo.FetchMaxWait),
		"max.partition.fetch.bytes": numberProperty(kgo.FetchMaxPartitionBytes),
	})
	if cfg.Assign == driver.AssignSubscribe && cfg.Protocol == driver.ProtocolClassic {
		maps.Copy(p, map[string]property{
			"session.timeout.ms":    millisProperty(kgo.SessionTimeout),
			"heartbeat.interval.ms": millisProperty(kgo.HeartbeatInterval),
			"max.poll.interval.ms":  millisProperty(kgo.RebalanceTimeout),
		})
	}
	return p
}

func numberProperty[O kgo.Opt](option func(int32) O) property {
	return func(v string) (kgo.Opt, error) {
		n, err := strconv.ParseInt(v, 10, 32)
		if err != nil || n < 0 {
			return nil, fmt.Errorf("%q is not a number from 0 to 2147483647", v)
		}
		return option(int32(n)), nil
	}
}

func millisProperty[O kgo.Opt](option func(time.Duration) O) property {
	return func(v string) (kgo.Opt, error) {
		n, err := strconv.ParseInt(v, 10, 32)
		if err != nil || n < 0 {
			return nil, fmt.Errorf("%q is not a number of milliseconds from 0 to 2147483647", v)
		}
		return option(time.Duration(n) * time.Millisecond), nil
	}
}

// ownOptions makes options of the client's own properties. One that it does not know is refused, by name and without its
// value, which may be a secret.
func ownOptions(path string, own map[string]string, known map[string]property) (opts []kgo.Opt, err error) {
	for _, key := range slices.Sorted(maps.Keys(own)) {
		if err := driver.CheckOwn(name, path, key); err != nil {
			return nil, err
		}
		convert, ok := known[key]
		if !ok {
			names := slices.Sorted(maps.Keys(known))
			return nil, driver.Unsupported(name, path, key, "it knows "+strings.Join(names, ", "))
		}
		opt, err := convert(own[key])
		if err != nil {
			return nil, fmt.Errorf("franz: %s: %s: %w: %w", path, key, err, driver.ErrUnsupported)
		}
		opts = append(opts, opt)
	}
	return opts, nil
}
