package sarama

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/IBM/sarama"

	"kbench/internal/driver"
)

// stillFlight is a flight that nobody takes from, and n records in it.
func stillFlight(t *testing.T, most int64, n int) (*flight, []*slot) {
	t.Helper()
	f := newFlight(most, make(chan *sarama.ProducerMessage))
	slots := make([]*slot, n)
	for i := range slots {
		slots[i] = load(&driver.Record{Key: []byte("k"), Value: []byte("v"), Partition: -1, Seq: uint64(i)}, "t", new(atomic.Bool))
		if !f.add(slots[i]) {
			t.Fatalf("record %d found no room, and there is some for %d", i, most)
		}
	}
	return f, slots
}

func hasToken(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

func TestFlightIsBounded(t *testing.T) {
	t.Parallel()
	f, slots := stillFlight(t, 3, 3)
	more := load(&driver.Record{}, "t", new(atomic.Bool))
	if f.add(more) {
		t.Fatal("a fourth record found room among three")
	}
	if hasToken(f.room) {
		t.Error("there is a token for room, and none has come free")
	}
	for i := range 3 {
		if got := f.take(); got != slots[i] {
			t.Fatalf("offered is %v, want record %d: they go in the order in which they came", got, i)
		}
	}
	if got := f.take(); got != nil {
		t.Errorf("a record was offered twice: %v", got)
	}
	if r := f.land(slots[1]); r.Seq != 1 {
		t.Errorf("landed is record %d, want 1", r.Seq)
	}
	if !hasToken(f.room) || !f.add(more) {
		t.Error("a record landed, and there is no room")
	}
}

// A library that is waiting for a record gets it from add, in order.
func TestFlightHandsOver(t *testing.T) {
	t.Parallel()
	input := make(chan *sarama.ProducerMessage, 1)
	f := newFlight(10, input)
	first, second, third := load(&driver.Record{}, "t", new(atomic.Bool)), load(&driver.Record{}, "t", new(atomic.Bool)), load(&driver.Record{}, "t", new(atomic.Bool))
	f.add(first)
	if got := <-input; got != &first.msg || hasToken(f.work) {
		t.Error("the first was not handed over at once")
	}
	f.add(second) // fills the channel
	f.add(third)
	if !hasToken(f.work) || f.take() != third {
		t.Error("the third is not what is to be offered")
	}
	<-input
	fourth := load(&driver.Record{}, "t", new(atomic.Bool))
	f.add(fourth)
	if len(input) > 0 || f.take() != fourth {
		t.Error("the fourth overtook the third, which is still being offered")
	}
}

func TestFlightGivesUp(t *testing.T) {
	t.Parallel()
	f, slots := stillFlight(t, 3, 3)
	given, waiting := f.take(), slots[1]
	later, sooner := time.Now().Add(time.Hour), slots[0].sent.Add(-1)
	if r, _ := f.giveUp(sooner); r != nil {
		t.Errorf("record %d was given up before its time", r.Seq)
	}
	key, value := given.record.Key, given.record.Value
	r, s := f.giveUp(later)
	if s != given || r.Seq != 0 {
		t.Fatalf("given up was record %d, want the oldest", r.Seq)
	}
	if r.Slot != nil || &r.Key[0] == &key[0] || &r.Value[0] == &value[0] || string(r.Key) != "k" || string(r.Value) != "v" {
		t.Error("the library may still have the record's slot or bytes: it must get others, that say the same")
	}
	if hasToken(f.room) {
		t.Error("there is room, and the library still has what was given up")
	}
	if r, s = f.giveUp(later); s != waiting || r.Slot != waiting || r.Seq != 1 {
		t.Error("a record that the library was never offered keeps what it has")
	}
	if !hasToken(f.room) {
		t.Error("there is no room, and nobody has what was given up")
	}
	if landed := f.land(given); landed != nil {
		t.Error("a record that was given up landed: it would be acked twice")
	}
	if got := f.take(); got != slots[2] || f.held != 1 {
		t.Errorf("left are %d records, and to be offered is %v; want the last one", f.held, got)
	}
}

func TestLoad(t *testing.T) {
	t.Parallel()
	r := &driver.Record{Key: []byte{}, Partition: 3}
	closed := new(atomic.Bool)
	s := load(r, "t", closed)
	if s.msg.Key == nil || s.msg.Value != nil || s.partition != 3 || s.msg.Topic != "t" {
		t.Errorf("got %+v; want an empty key, which is a key, no value, and partition 3", s.msg)
	}
	s.msg.Offset, s.msg.Partition = 7, 8 // as the library does
	r.Key, r.Value, r.Partition = nil, []byte("v"), -1
	if again := load(r, "t", closed); again != s || s.msg.Key != nil || s.msg.Value.Length() != 1 || s.msg.Offset != -1 || s.msg.Partition != -1 {
		t.Errorf("used again: got %+v; want nothing of the time before", s.msg)
	}
}

// What a closing producer still has must look like nothing that could be sent.
func TestEncodedClosed(t *testing.T) {
	t.Parallel()
	closed := new(atomic.Bool)
	s := load(&driver.Record{Value: []byte("v")}, "t", closed)
	if b, err := s.msg.Value.Encode(); string(b) != "v" || err != nil || s.msg.Value.Length() != 1 {
		t.Errorf("open: got %q, %v, length %d; want v, nil, 1", b, err, s.msg.Value.Length())
	}
	closed.Store(true)
	if _, err := s.msg.Value.Encode(); err == nil || s.msg.Value.Length() != 1 {
		t.Errorf("closed: got %v and length %d; want an error, and the length as it is", err, s.msg.Value.Length())
	}
}

// Sending a record again allocates nothing of ours.
func TestFlightAllocatesNothing(t *testing.T) {
	f := newFlight(1, make(chan *sarama.ProducerMessage))
	r := &driver.Record{Key: []byte("k"), Value: make([]byte, 200), Partition: -1}
	closed := new(atomic.Bool)
	if n := testing.AllocsPerRun(1000, func() {
		s := load(r, "t", closed)
		f.add(s)
		f.take()
		f.land(s)
	}); n != 0 {
		t.Errorf("a record's way through the flight allocates %v objects, want 0", n)
	}
}
