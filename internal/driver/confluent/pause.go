//go:build cgo && (linux || darwin) && (amd64 || arm64)

package confluent

import "github.com/confluentinc/confluent-kafka-go/v2/kafka"

func (c *consumer) Pause()  { c.pausing.Store(true) }
func (c *consumer) Resume() { c.pausing.Store(false) }

// heed carries out what Pause and Resume ask for. The goroutine of Consume calls it, as it does all else: an assignment that comes
// in between can't be missed.
func (c *consumer) heed() {
	want := c.pausing.Load()
	if want == c.paused {
		return
	}
	c.paused = want
	parts, err := c.kc.Assignment()
	if err == nil {
		err = c.setPaused(parts, want)
	}
	if err != nil {
		c.count(err)
	}
}

func (c *consumer) setPaused(parts []kafka.TopicPartition, paused bool) error {
	switch {
	case len(parts) == 0:
		return nil
	case paused:
		return c.kc.Pause(parts)
	default:
		return c.kc.Resume(parts)
	}
}

// dealt pauses partitions that came in during a pause.
func (c *consumer) dealt(parts []kafka.TopicPartition) error {
	if !c.paused {
		return nil
	}
	return c.setPaused(parts, true)
}

// taken lets go of partitions that are about to be taken away during a pause: the library would keep them paused when they come
// back after it.
func (c *consumer) taken(parts []kafka.TopicPartition) {
	if c.paused {
		_ = c.setPaused(parts, false) // those that it does not have any more are not read anyway
	}
}
