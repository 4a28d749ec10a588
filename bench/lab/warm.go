package lab

import (
	"context"
	"fmt"
	"io"
	"time"
)

// A JVM broker that was just started gives half of what it gives later, and on few cores it takes most of a minute. So
// it is kept busy in slices, for warmLeast at least and then until a slice is no faster than the one before.
const (
	warmSlice = 5 * time.Second
	warmLeast = 20 * time.Second
	warmMost  = 3 * time.Minute
	level     = 1.03 // of the slice before
)

// Warm loads the broker with records written and read at full speed, and throws the figures away.
func (k *Kafka) Warm(ctx context.Context, kbench string, log io.Writer) error {
	scenario := fmt.Sprintf(`name: warm
topic: {%s}
load: {rate: max, warmup: 0s, measure: %s}
producer: {client: franz}
consumer: {client: franz}
repeats: 1
`, TopicYAML, warmSlice)
	var last float64
	for begin := time.Now(); ; {
		t, _, err := Kbench(ctx, kbench, k.Brokers, scenario, nil)
		if err != nil {
			return fmt.Errorf("warm the broker: %w", err)
		}
		rate, lasted := t.Rates.AckedPerS+t.Rates.ConsumedPerS, time.Since(begin)
		fmt.Fprintf(log, "warming Kafka: %.0f k records/s written and read after %.0f s\n", rate/1e3, lasted.Seconds())
		switch {
		case lasted >= warmLeast && rate <= level*last:
			return nil
		case lasted >= warmMost:
			return fmt.Errorf("warm the broker: it still got faster after %v; is something else busy on this machine?", warmMost)
		}
		last = rate
	}
}
