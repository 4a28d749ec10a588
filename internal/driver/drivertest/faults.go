package drivertest

import (
	"context"
	"fmt"
	"testing"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"

	"kbench/internal/driver"
)

// fault makes the fake answer requests of a kind with an error, until t ends: times of them, or all with -1.
func (s suite) fault(t testing.TB, f kfake.Fault, key kmsg.Key, err *kerr.Error, times int) *kfake.FaultHandle {
	f.Keys, f.Err, f.Count = []kmsg.Key{key}, err, times
	h := s.o.fake.Fault(f)
	t.Cleanup(h.Remove)
	return h
}

// struck waits until the fault has answered n requests.
func struck(t testing.TB, h *kfake.FaultHandle, n int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	if h.Wait(ctx, n) != nil {
		t.Fatalf("%d requests were refused within %s, want %d", h.Hits(), limit, n)
	}
}

// namesRefusals has a broker refuse records, and no retries: each error is told under Kafka's own name. Those are left out
// that a library hides: librdkafka goes on after NOT_LEADER_OR_FOLLOWER, whatever its retries; and where a record may be
// in the log all the same, franz-go says no more than that it was retried too many times.
func (s suite) namesRefusals(t *testing.T) {
	for _, refusal := range []*kerr.Error{
		kerr.TopicAuthorizationFailed, kerr.CorruptMessage, kerr.InvalidRecord, kerr.InvalidTimestamp,
		kerr.NotEnoughReplicas, kerr.KafkaStorageError, kerr.PolicyViolation, kerr.RecordListTooLarge, kerr.UnknownServerError,
	} {
		cfg := config(s.topic(t, 1))
		cfg.Retries = 0
		x := s.open(t, cfg)
		s.fault(t, kfake.Fault{Topic: cfg.Topic}, kmsg.Produce, refusal, -1)
		ctx, cancel := context.WithTimeout(t.Context(), limit)
		for _, r := range records(0, 3, false) {
			if err := x.send(ctx, r); err != nil {
				t.Fatalf("%s: record %d: %v", refusal.Message, r.Seq, err)
			}
		}
		if err := x.Flush(ctx); err != nil {
			t.Fatalf("%s: waiting for the acks: %v", refusal.Message, err)
		}
		cancel()
		for seq, a := range x.settled() {
			if want := driver.ProtocolClass(refusal.Code); driver.ClassOf(a.err) != want {
				t.Errorf("record %d: got %v, want class %s", seq, a.err, want)
			}
		}
		x.close()
	}
}

// awaitsCoordinator has groups of which the coordinator is not there at first, as in a new cluster, or still loads.
func (s suite) awaitsCoordinator(t *testing.T) {
	const topic = "awaited"
	broker := fake(t, kfake.SeedTopics(1, topic, "__consumer_offsets")) // one library waits for that one
	s.o = Options{Brokers: broker.ListenAddrs(), fake: broker}
	s.fill(t, topic, 0, 100)
	type awaiting struct {
		*reader
		refused *kfake.FaultHandle
	}
	var all []awaiting
	for key, refusal := range map[kmsg.Key]*kerr.Error{
		kmsg.FindCoordinator: kerr.CoordinatorNotAvailable, kmsg.OffsetFetch: kerr.CoordinatorLoadInProgress,
	} {
		for _, assign := range []driver.Assign{driver.AssignStatic, driver.AssignSubscribe} {
			cfg := readConfig(topic, fmt.Sprintf("%s-%s", refusal.Message, assign))
			cfg.Assign, cfg.Partitions, cfg.Commit, cfg.CommitEvery = assign, []int32{0}, driver.CommitSync, driver.Every{Records: 50}
			h := s.fault(t, kfake.Fault{Group: cfg.Group}, key, refusal, 2)
			all = append(all, awaiting{s.consume(t, cfg, nil), h})
		}
	}
	for _, r := range all {
		struck(t, r.refused, 2)
		r.await(100)
		r.stop()
		if fails := r.Stats().CommitFails; fails != 0 {
			t.Errorf("%d commits failed", fails)
		}
	}
}

// countsReadErrors has a fetch refused: that is counted by class, and reading goes on.
func (s suite) countsReadErrors(t *testing.T) {
	const class = "UNKNOWN_SERVER_ERROR"
	topic := s.topic(t, 1)
	s.fill(t, topic, 0, 100)
	r := s.consume(t, static(readConfig(topic, topic), 0), nil)
	r.await(100)
	struck(t, s.fault(t, kfake.Fault{Topic: topic}, kmsg.Fetch, kerr.UnknownServerError, 1), 1)
	s.fill(t, topic, 100, 100)
	r.await(200)
	r.stop()
	if failed := r.Errors(); failed[class] < 1 || len(failed) > 1 {
		t.Errorf("errors by class are %v, want %s alone", failed, class)
	}
	wantEach(t, class, r.messages(), 0, 200)
}

// countsCommitFails has every commit refused: what was read stays read, and the refusals are counted.
func (s suite) countsCommitFails(t *testing.T) {
	topic := s.topic(t, 1)
	s.fill(t, topic, 0, 100)
	var readers group
	for _, assign := range []driver.Assign{driver.AssignStatic, driver.AssignSubscribe} {
		for _, commit := range []driver.Commit{driver.CommitAuto, driver.CommitSync, driver.CommitAsync} {
			cfg := readConfig(topic, fmt.Sprintf("%s-%s-%s", topic, assign, commit))
			cfg.Assign, cfg.Partitions, cfg.Commit, cfg.CommitEvery = assign, []int32{0}, commit, driver.Every{For: 100e6}
			s.fault(t, kfake.Fault{Group: cfg.Group, Topic: topic}, kmsg.OffsetCommit, kerr.OffsetMetadataTooLarge, -1)
			readers = append(readers, s.consume(t, cfg, nil))
		}
	}
	for i, r := range readers {
		r.await(100)
		eventually(t, fmt.Sprintf("counting a refused commit of consumer %d", i), func() bool { return r.Stats().CommitFails > 0 })
		r.stop()
		wantEach(t, fmt.Sprintf("consumer %d", i), r.messages(), 0, 100)
	}
}
