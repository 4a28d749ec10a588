package franz

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sasl"
	"github.com/twmb/franz-go/pkg/sasl/plain"
	"github.com/twmb/franz-go/pkg/sasl/scram"

	"kbench/internal/driver"
	"kbench/internal/driver/security"
)

// A property makes an option of a value. The library has no properties of its own: names are Kafka's, and librdkafka's
// for what is about security.
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
	safe, rest, err := security.Take(own)
	if err == nil {
		opts, err = secureOptions(safe)
	}
	if err != nil {
		return nil, fmt.Errorf("franz: %s: %w: %w", path, err, driver.ErrUnsupported)
	}
	for _, key := range slices.Sorted(maps.Keys(rest)) {
		convert, ok := known[key]
		if !ok {
			names := slices.Sorted(maps.Keys(known))
			return nil, driver.Unsupported(name, path, key, "it knows "+strings.Join(names, ", ")+" and those of security")
		}
		opt, err := convert(rest[key])
		if err != nil {
			return nil, fmt.Errorf("franz: %s: %s: %w: %w", path, key, err, driver.ErrUnsupported)
		}
		opts = append(opts, opt)
	}
	return opts, nil
}

// secureOptions returns what makes the library connect so.
func secureOptions(c security.Connection) (opts []kgo.Opt, err error) {
	if c.TLS != nil {
		opts = append(opts, kgo.DialTLSConfig(c.TLS))
	}
	if c.Login == nil {
		return opts, nil
	}
	var m sasl.Mechanism
	switch c.Login.Mechanism {
	case "PLAIN":
		m = plain.Auth{User: c.Login.Username, Pass: c.Login.Password}.AsMechanism()
	case "SCRAM-SHA-256":
		m = scram.Auth{User: c.Login.Username, Pass: c.Login.Password}.AsSha256Mechanism()
	case "SCRAM-SHA-512":
		m = scram.Auth{User: c.Login.Username, Pass: c.Login.Password}.AsSha512Mechanism()
	default:
		return nil, fmt.Errorf("sasl.mechanism %q is none of PLAIN, SCRAM-SHA-256, SCRAM-SHA-512", c.Login.Mechanism)
	}
	return append(opts, kgo.SASL(m)), nil
}
