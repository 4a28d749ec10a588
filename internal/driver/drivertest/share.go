package drivertest

import (
	"errors"
	"testing"

	"kbench/internal/driver"
)

// readsShareGroup has two members share two partitions. A share group begins somewhere in what is written when it does; from then on
// everything comes, once, as nobody lets go of anything.
func (s suite) readsShareGroup(t *testing.T) {
	topic := s.topic(t, 2)
	cfg := driver.DefaultConsumer()
	cfg.Topic, cfg.Group, cfg.Protocol = topic, topic+"-share", driver.ProtocolShare
	if err := s.d.CheckConsumer(cfg); errors.Is(err, driver.ErrUnsupported) {
		return // it says so, and that is all that is asked
	}
	g := s.group(t, cfg, 2)
	const round = 50
	n := 0
	begun := func() bool {
		parts := map[int32]bool{}
		for _, m := range g.messages() {
			parts[m.at.Partition] = true
		}
		return len(parts) == 2
	}
	eventually(t, "both partitions are read", func() bool {
		s.fill(t, topic, n, round)
		n += round
		return begun()
	})
	from := n
	for range 4 {
		s.fill(t, topic, n, round)
		n += round
	}
	late := func() (late []message) {
		for _, m := range g.messages() {
			if m.seq() >= uint64(from) {
				late = append(late, m)
			}
		}
		return late
	}
	eventually(t, "reading what was written since", func() bool { return len(late()) >= n-from })
	wantEach(t, "the share group", late(), from, n)
	for _, m := range late() {
		if m.deliveries != 1 {
			t.Fatalf("record %d was given out %d times, it says; want 1", m.seq(), m.deliveries)
		}
	}
}
