package drivertest

import (
	"fmt"
	"testing"

	"kbench/internal/driver"
)

// pauses lets a member that reads be paused. What the library had asked for may still come, but then there is a round of which
// nothing does, though others read it; and once resumed all of it, once.
func (s suite) pauses(t *testing.T) {
	topic := s.topic(t, 2)
	of := func(group string) driver.ConsumerConfig { return readConfig(topic, topic+group) }
	readers := map[string]*reader{"a group": s.consume(t, of("-g"), nil), "static": s.consume(t, static(of("-s"), 0, 1), nil)}
	other := s.consume(t, static(of("-o"), 0, 1), nil)
	const round = 50
	n := round
	s.fill(t, topic, 0, n)
	for _, r := range readers {
		r.await(n)
		r.Pause()
		r.Pause() // twice does no harm
	}
	still := map[string]bool{}
	eventually(t, "nothing comes any more", func() bool {
		had := map[string]int{}
		for what, r := range readers {
			had[what] = len(r.messages())
		}
		s.fill(t, topic, n, round)
		n += round
		other.await(n)
		for what, r := range readers {
			r.alive()
			still[what] = still[what] || len(r.messages()) == had[what]
		}
		return still["a group"] && still["static"]
	})
	for what, r := range readers {
		if parts, _ := r.Assigned(); fmt.Sprint(parts) != "[0 1]" {
			t.Errorf("%s: paused, it has partitions %v; it must keep its own", what, parts)
		}
		r.Resume()
		r.Resume()
		r.await(n)
		wantEach(t, what, r.messages(), 0, n)
	}
}
