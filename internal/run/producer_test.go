package run

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"kbench/internal/driver"
	"kbench/internal/load"
	"kbench/internal/meter"
)

// TestAcksAtOneInstant has acks that came together share an instant, and no other: one that is too early would hide a stall.
func TestAcksAtOneInstant(t *testing.T) {
	t.Parallel()
	type step struct {
		after   time.Duration // since the ack before
		follows bool
		fails   bool
		want    time.Duration // the response that is noted, of records that were due at 0
	}
	const stall = 30 * time.Second
	for why, steps := range map[string][]step{
		"one by one":                          {{1, false, false, 1}, {2, false, false, 3}},
		"together":                            {{1, false, false, 1}, {2, true, false, 1}, {2, true, false, 1}},
		"the next lot":                        {{1, false, false, 1}, {stall, false, false, stall + 1}, {2, true, false, stall + 1}},
		"after one that failed in between":    {{1, false, false, 1}, {stall, true, true, 0}, {2, true, false, stall + 3}},
		"after a lot that began with failing": {{1, false, false, 1}, {stall, false, true, 0}, {2, true, false, stall + 3}, {5, true, false, stall + 3}},
	} {
		synctest.Test(t, func(t *testing.T) {
			m := meter.New(meter.Config{To: time.Hour})
			p := &producer{share: share{bounds: newBounds(0, time.Hour, time.Hour)}, clock: newClock(), audit: noAudit{}, probes: new(atomic.Int64), done: tally{errors: map[string]int64{}}}
			p.in = m.NewShard(&p.mu)
			p.pool = newPool(10, &p.mu, func(int) *driver.Record { return new(driver.Record) })
			p.clock.begin(0)
			for i, s := range steps {
				<-time.After(s.after)
				var err error
				if s.fails {
					err = &driver.Error{Class: driver.ErrTimedOut}
				}
				before := m.Measured().Stats[meter.Response].Sum
				p.ack(&driver.Record{Seq: uint64(i)}, driver.Ack{Follows: s.follows}, err)
				m.Harvest(time.Hour)
				if got := time.Duration(m.Measured().Stats[meter.Response].Sum - before); got != s.want {
					t.Errorf("%s: ack %d: response %s, want %s", why, i, got, s.want)
				}
			}
			if done := p.tally(); done.acked+done.failed != int64(len(steps)) {
				t.Errorf("%s: %d acked and %d failed of %d", why, done.acked, done.failed, len(steps))
			}
		})
	}
}

// TestMarkWaitsForRoom: the load may fail where there is no room, and what kbench sends for itself waits for it.
func TestMarkWaitsForRoom(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := &producer{stamper: load.NewStamper(), content: &content{Messages: load.NewMessages(load.Content{})}, clock: newClock(), probes: new(atomic.Int64)}
		client, err := fake{delay: 20 * time.Millisecond, buffer: 2, fail: true}.NewProducer(t.Context(), driver.Cluster{}, driver.ProducerConfig{}, p.ack)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = client.Close() }()
		p.client = client
		for partition := range int32(5) {
			if err := p.probe(t.Context(), partition); err != nil {
				t.Errorf("probe %d: %v", partition, err)
			}
		}
		<-time.After(time.Second)
		if n := p.probes.Load(); n != 5 {
			t.Errorf("%d probes arrived, want 5", n)
		}
		stalled, err := fake{delay: time.Millisecond, stall: 1, buffer: 1, fail: true}.NewProducer(t.Context(), driver.Cluster{}, driver.ProducerConfig{}, p.ack)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = stalled.Close() }()
		p.client = stalled
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if first, second := p.probe(ctx, 0), p.probe(ctx, 1); first != nil || driver.ClassOf(second) != driver.ErrQueueFull {
			t.Errorf("no room for a minute: got %v and %v", first, second)
		}
	})
}
