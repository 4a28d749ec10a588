package drivertest

import (
	"fmt"
	"testing"

	"kbench/internal/driver"
)

// fill writes n records to a topic, numbered from first.
func (s suite) fill(t testing.TB, topic string, first, n int) {
	t.Helper()
	x := s.open(t, config(topic))
	all := records(first, n, true)
	for i, r := range all {
		r.Seq = uint64(i) // a sender counts from 0; the value keeps its own number
	}
	x.sendAll(all)
	x.acked()
	x.close()
}

// wantEach fails unless the messages hold each number from first up to n once. All of them came from one group.
func wantEach(t testing.TB, what string, all []message, first, n int) {
	t.Helper()
	times := map[uint64]int{}
	for _, m := range all {
		times[m.seq()]++
	}
	for seq := uint64(first); seq < uint64(n); seq++ {
		if times[seq] != 1 {
			t.Fatalf("%s: record %d was read %d times, want 1", what, seq, times[seq])
		}
	}
	if len(all) != n-first {
		t.Fatalf("%s: %d messages were read, want %d", what, len(all), n-first)
	}
}

// readsStatic reads with two groups of two members, to which the partitions are dealt.
func (s suite) readsStatic(t *testing.T) {
	topic := s.topic(t, 4)
	s.fill(t, topic, 0, 1000)
	for i := range 2 {
		cfg := readConfig(topic, fmt.Sprintf("%s-g%d", topic, i))
		a, b := s.consume(t, static(cfg, 0, 1), nil), s.consume(t, static(cfg, 2, 3), nil)
		group{a, b}.await(t, "the group reads all", 1000)
		for _, r := range []*reader{a, b} {
			if parts, times := r.Assigned(); len(parts) != 2 || times != 1 {
				t.Errorf("assigned are %v, %d times; want two partitions, once", parts, times)
			}
			r.stop()
			more := map[int32]bool{} // as the partition's last message says
			for _, m := range r.messages() {
				if want := r == b; (m.at.Partition >= 2) != want {
					t.Fatalf("a message of partition %d came to the wrong member", m.at.Partition)
				}
				more[m.at.Partition] = m.more
			}
			for partition, promised := range more {
				if promised {
					t.Errorf("partition %d: another message was promised after the last", partition)
				}
			}
			if failed := r.Errors(); len(failed) > 0 {
				t.Errorf("errors were counted: %v", failed)
			}
		}
		wantEach(t, cfg.Group, append(a.messages(), b.messages()...), 0, 1000)
	}
}

// countsMissing is dealt two partitions of a topic that has one: that one is read, and the other is an error.
func (s suite) countsMissing(t *testing.T) {
	topic := s.topic(t, 1)
	s.fill(t, topic, 0, 100)
	r := s.consume(t, static(readConfig(topic, topic), 0, 1), nil)
	r.await(100)
	const class = "UNKNOWN_TOPIC_OR_PARTITION"
	eventually(t, "counting the missing partition", func() bool { return r.Errors()[class] > 0 })
	r.stop()
	if failed := r.Errors(); len(failed) > 1 {
		t.Errorf("errors by class are %v, want %s alone", failed, class)
	}
	wantEach(t, "the partition that is there", r.messages(), 0, 100)
}

// beginsWhereTold starts a group at the end of a topic that has records, and then at its beginning.
func (s suite) beginsWhereTold(t *testing.T) {
	topic := s.topic(t, 1)
	s.fill(t, topic, 0, 100)
	cfg := static(readConfig(topic, topic+"-latest"), 0)
	cfg.Start = driver.StartLatest
	r := s.consume(t, cfg, nil)
	next := 100
	eventually(t, "a record written after the start is read", func() bool {
		s.fill(t, topic, next, 1)
		next++
		return len(r.messages()) > 0
	})
	r.stop()
	if first := r.messages()[0].seq(); first < 100 {
		t.Errorf("start latest: record %d was read, which was there before", first)
	}
	wantEach(t, "start earliest", s.read(t, topic, []int32{0}, next), 0, next)
}

// resumes stops a consumer in the middle, within fn, and looks where the next one of its group begins: after the last
// record that fn was given and returned from.
func (s suite) resumes(t *testing.T) {
	const n = 300
	topic := s.topic(t, 1)
	s.fill(t, topic, 0, n)
	for i, row := range []struct {
		commit driver.Commit
		every  driver.Every
		assign driver.Assign
	}{
		{driver.CommitAuto, driver.Every{For: 50e6}, driver.AssignStatic},
		{driver.CommitAuto, driver.Every{For: 5e9}, driver.AssignSubscribe}, // longer than the test: by the end only
		{driver.CommitSync, driver.Every{Records: 7}, driver.AssignSubscribe},
		{driver.CommitSync, driver.Every{For: 1e6}, driver.AssignStatic},
		{driver.CommitAsync, driver.Every{Records: 7}, driver.AssignStatic},
		{driver.CommitAsync, driver.Every{For: 1e6}, driver.AssignStatic},
		{driver.CommitNone, driver.Every{For: 1e6}, driver.AssignStatic},
	} {
		what := fmt.Sprintf("commit %s every %s, %s", row.commit, row.every, row.assign)
		cfg := readConfig(topic, fmt.Sprintf("%s-g%d", topic, i))
		cfg.Commit, cfg.CommitEvery, cfg.Assign, cfg.Partitions = row.commit, row.every, row.assign, []int32{0}
		stop := make(chan struct{})
		var first *reader
		first = s.consume(t, cfg, func(count int) {
			if count == 100 {
				<-stop // so that cancel is there to be called
				first.cancel()
			}
		})
		close(stop)
		first.await(100)
		first.stop()
		from := len(first.messages())
		if row.commit == driver.CommitNone {
			from = 0
		}
		if fails := first.Stats().CommitFails; fails != 0 {
			t.Errorf("%s: %d commits failed", what, fails)
		}
		second := s.consume(t, cfg, nil)
		second.await(n - from)
		second.stop()
		wantEach(t, what, second.messages(), from, n)
	}
}
