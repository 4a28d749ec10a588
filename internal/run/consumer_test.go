package run

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"kbench/internal/driver"
	"kbench/internal/load"
	"kbench/internal/meter"
)

// TestReading has records share a look at the clock only while they are of one instant, and only so many.
func TestReading(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newClock()
		c.begin(0)
		var r reading
		if got := r.next(c, true); got != 0 {
			t.Errorf("the first one says that it follows another: %s, want a look at the clock", got)
		}
		for i := 1; i < clockEvery; i++ {
			<-time.After(time.Millisecond)
			if got := r.next(c, true); got != 0 {
				t.Fatalf("record %d of one instant: %s, want the first one's", i, got)
			}
		}
		<-time.After(time.Millisecond)
		if got, want := r.next(c, true), clockEvery*time.Millisecond; got != want {
			t.Errorf("one too many for a look: %s, want %s", got, want)
		}
		<-time.After(time.Millisecond)
		if got, want := r.next(c, false), (clockEvery+1)*time.Millisecond; got != want {
			t.Errorf("of another instant: %s, want %s", got, want)
		}
	})
}

// A script is a consumer that hands over the given messages and then ends.
type script struct {
	driver.Consumer
	messages []driver.Message
	between  func(i int) // after message i
}

func (s *script) Consume(_ context.Context, fn func(*driver.Message)) error {
	for i := range s.messages {
		fn(&s.messages[i])
		s.between(i)
	}
	return nil
}

// TestStretch has a member tell the group and the meter what it has read: at the latest when the client has no other
// message at hand, or ends.
func TestStretch(t *testing.T) {
	t.Parallel()
	const size = 100
	message := func(partition int32, offset int64, more bool) driver.Message {
		return driver.Message{Partition: partition, Offset: offset, Value: make([]byte, size), More: more}
	}
	long := make([]driver.Message, clockEvery+2)
	for i := range long {
		long[i] = message(0, int64(i), true)
	}
	for _, tt := range []struct {
		why        string
		messages   []driver.Message
		processing time.Duration
		after      int     // this message
		next       []int64 // by partition: what has been told then
		end        []int64 // and in the end
	}{
		{"one by one", []driver.Message{message(0, 7, false), message(0, 8, false)}, 0, 0, []int64{8, 0}, []int64{9, 0}},
		{"another at hand", []driver.Message{message(0, 7, true), message(0, 8, false)}, 0, 0, []int64{0, 0}, []int64{9, 0}},
		{"the other one came", []driver.Message{message(0, 7, true), message(0, 8, false)}, 0, 1, []int64{9, 0}, []int64{9, 0}},
		{"two partitions in turn", []driver.Message{message(0, 7, true), message(1, 3, false), message(0, 8, false)}, 0, 1, []int64{0, 4}, []int64{9, 4}},
		{"the client ends first", []driver.Message{message(0, 7, true)}, 0, 0, []int64{0, 0}, []int64{8, 0}},
		{"many at hand: no longer than one look at the clock", long, 0, clockEvery - 1, []int64{clockEvery, 0}, []int64{clockEvery + 2, 0}},
		{"each takes its time", []driver.Message{message(0, 7, true), message(0, 8, false)}, time.Millisecond, 0, []int64{8, 0}, []int64{9, 0}},
	} {
		m := meter.New(meter.Config{To: time.Hour})
		g := &group{clock: newClock(), bounds: newBounds(0, time.Hour, time.Hour), table: load.StampTable(), audit: noAudit{}, partitions: make([]partitionState, 2)}
		next := func() []int64 { return []int64{g.partitions[0].next.Load(), g.partitions[1].next.Load()} }
		s := &script{messages: tt.messages, between: func(i int) {
			if got := next(); i == tt.after && (got[0] != tt.next[0] || got[1] != tt.next[1]) {
				t.Errorf("%s: after message %d the group is at %v, want %v", tt.why, i, got, tt.next)
			}
		}}
		if err := newMember(g, 1, s, tt.processing, m).consume(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := next(); got[0] != tt.end[0] || got[1] != tt.end[1] {
			t.Errorf("%s: in the end the group is at %v, want %v", tt.why, got, tt.end)
		}
		m.Harvest(time.Hour)
		n := int64(len(tt.messages))
		if p := m.Measured(); p.Consumed != n || p.ConsumedThen != n || p.ConsumedBytesThen != n*size || g.measured() != n {
			t.Errorf("%s: the meter has %d (%d bytes), the group %d; want %d", tt.why, p.Consumed, p.ConsumedBytesThen, g.measured(), n)
		}
	}
}

// TestStretchKeepsEachRecord has records that were read at one look at the clock keep latencies of their own.
func TestStretchKeepsEachRecord(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := meter.New(meter.Config{To: time.Hour})
		g := &group{
			clock: newClock(), live: true, stamped: true, own: true, run: 5, bounds: newBounds(0, time.Hour, time.Hour), table: load.StampTable(), audit: noAudit{},
			partitions: make([]partitionState, 1),
		}
		g.clock.begin(0)
		<-time.After(10 * time.Millisecond)
		s := &script{between: func(int) {}}
		for i := range 3 {
			value := make([]byte, load.StampSize)
			stamp := load.Stamp{Run: 5, Seq: uint64(i), Due: time.Duration(i) * time.Millisecond, Sent: time.Duration(i+1) * time.Millisecond}
			load.NewStamper().Put(&stamp, value)
			s.messages = append(s.messages, driver.Message{Offset: int64(i), Value: value, More: i < 2})
		}
		if err := newMember(g, 1, s, 0, m).consume(t.Context()); err != nil {
			t.Fatal(err)
		}
		m.Harvest(time.Hour)
		e2e, service := &m.Measured().Stats[meter.E2E], &m.Measured().Stats[meter.E2EService]
		if e2e.Count() != 3 || e2e.Min != int64(8*time.Millisecond) || e2e.Max != int64(10*time.Millisecond) || service.Min != int64(7*time.Millisecond) {
			t.Errorf("e2e of %d records from %d to %d ns, service from %d; want 3 from 8 to 10 ms, and 7 ms", e2e.Count(), e2e.Min, e2e.Max, service.Min)
		}
	})
}
