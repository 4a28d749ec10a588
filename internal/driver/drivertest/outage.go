package drivertest

import (
	"testing"

	"github.com/twmb/franz-go/pkg/kfake"

	"kbench/internal/driver"
)

// closesSilent closes a producer while its brokers say nothing: what had room fails in time, and what comes too late for
// that as the producer closes.
func (s suite) closesSilent(t *testing.T) {
	cfg := config(s.topic(t, 1))
	cfg.Timeout, cfg.Buffer = 1e9, 10
	x := s.open(t, cfg)
	x.sendAll(records(0, 1, false))
	x.acked()
	t.Cleanup(s.o.Silence(t))
	s.fails(t, x, driver.ErrTimedOut)
	for _, r := range records(6, 5, false) { // there is room, even if those that were given up should still take theirs
		if err := x.send(t.Context(), r); err != nil {
			t.Fatalf("record %d: %v", r.Seq, err)
		}
	}
	x.close()
	for seq, a := range x.settled()[6:] {
		if got := driver.ClassOf(a.err); got != driver.ErrClosed && got != driver.ErrTimedOut {
			t.Errorf("record %d: got %v, want class %s, or %s", seq+6, a.err, driver.ErrClosed, driver.ErrTimedOut)
		}
	}
}

// endsSilent ends consumers while their brokers say nothing. A library that cannot be told to give up does so later, and
// that is an error. It leaves nothing behind once the brokers answer again.
func (s suite) endsSilent(t *testing.T) {
	topic := s.topic(t, 1)
	s.fill(t, topic, 0, 100)
	var all group
	for _, commit := range []driver.Commit{driver.CommitAuto, driver.CommitSync} {
		cfg := readConfig(topic, topic+string(commit))
		cfg.Commit, cfg.CommitEvery = commit, driver.Every{For: 3600e9} // which leaves it all to the end
		all = append(all, s.consume(t, cfg, nil))
		cfg.Group += "-static"
		all = append(all, s.consume(t, static(cfg, 0), nil))
	}
	for _, r := range all {
		r.await(100)
	}
	t.Cleanup(s.o.Silence(t))
	for _, r := range all {
		r.cancel()
	}
	for _, r := range all {
		if err := r.end(); err != nil && driver.ClassOf(err) != driver.ErrTimedOut {
			t.Errorf("ending a consumer: got %v, want no error, or class %s", err, driver.ErrTimedOut)
		}
	}
}

// endsAtOnce ends consumers that have hardly begun, or not at all.
func (s suite) endsAtOnce(t *testing.T) {
	topic := s.topic(t, 1)
	for range 3 {
		for _, cfg := range []driver.ConsumerConfig{readConfig(topic, topic), static(readConfig(topic, topic), 0)} {
			r := s.consume(t, cfg, nil)
			r.stop()
			if err := r.Consume(t.Context(), nil); err == nil {
				t.Errorf("%s: consuming again: no error", cfg.Assign)
			}
		}
	}
}

// outlivesBrokers has its brokers end, for good, while clients work.
func (s suite) outlivesBrokers(t *testing.T) {
	const topic = "outlived"
	broker := fake(t, kfake.SeedTopics(1, topic))
	s.o = Options{Brokers: broker.ListenAddrs()}
	cfg := config(topic)
	cfg.Timeout = 2e9
	x := s.open(t, cfg)
	x.sendAll(records(0, 1, false))
	x.acked()
	readers := group{s.consume(t, readConfig(topic, "group"), nil), s.consume(t, static(readConfig(topic, "static"), 0), nil)}
	for _, r := range readers {
		r.await(1)
	}
	broker.Close()
	s.fails(t, x, driver.ErrTimedOut)
	x.close()
	for _, r := range readers {
		r.stop()
	}
}
