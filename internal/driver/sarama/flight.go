package sarama

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/IBM/sarama"

	"kbench/internal/driver"
)

// A slot is what the library is given for a record. It stays with the record and is used each time that it is sent.
// While the record is in flight the slot belongs to the flight and to the library.
type slot struct {
	msg        sarama.ProducerMessage
	key, value encoded // msg.Key and msg.Value point here
	partition  int32   // that the record names, or -1
	record     *driver.Record
	sent       time.Time
	given      bool // the library has it, or is being offered it
	prev, next *slot
}

// encoded are bytes that the library takes without another allocation. Once their producer closes they cannot be had any
// more, so that the library lets go of a record at the next step, and does not send it.
type encoded struct {
	bytes  []byte
	closed *atomic.Bool
}

func (e *encoded) Encode() ([]byte, error) {
	if e.closed.Load() {
		return nil, sarama.ErrShuttingDown
	}
	return e.bytes, nil
}

// Length always tells the truth. Note: one beyond any limit while closing would make the library let go of a record a step
// earlier, where another of its goroutines may still be reading it.
func (e *encoded) Length() int { return len(e.bytes) }

// load fills r's slot, a new one where there is none.
func load(r *driver.Record, topic string, closed *atomic.Bool) *slot {
	s, ok := r.Slot.(*slot)
	if !ok {
		s = &slot{}
		s.msg.Metadata = s
		r.Slot = s
	}
	s.record, s.partition, s.given = r, r.Partition, false
	s.key, s.value = encoded{r.Key, closed}, encoded{r.Value, closed}
	s.msg.Topic, s.msg.Key, s.msg.Value = topic, nil, nil // a nil interface, which is not a nil slice
	if r.Key != nil {
		s.msg.Key = &s.key
	}
	if r.Value != nil {
		s.msg.Value = &s.value
	}
	s.msg.Partition, s.msg.Offset = -1, -1 // the library leaves them alone where it learns nothing
	s.msg.Headers = headersOf(r, s.msg.Headers)
	return s
}

// headersOf returns the record's headers in the library's type, in the memory of those that the slot had. Keys are bytes there: those
// of the last time will mostly do.
func headersOf(r *driver.Record, last []sarama.RecordHeader) []sarama.RecordHeader {
	out := last[:0]
	last = last[:cap(last)]
	for i, h := range r.Headers {
		var key []byte
		if i < len(last) && last[i].Key != nil && string(last[i].Key) == h.Key {
			key = last[i].Key
		} else {
			key = []byte(h.Key)
		}
		out = append(out, sarama.RecordHeader{Key: key, Value: h.Value})
	}
	return out
}

// A flight holds every record that was accepted and not yet acked, oldest first, and bounds them. The library has been
// given the older ones; what it does not take at once waits here. It is safe for concurrent use.
type flight struct {
	input chan<- *sarama.ProducerMessage // of the library
	most  int64
	work  chan struct{} // holds a token when there is something to offer
	room  chan struct{} // holds a token when there is room after there was none

	mu         sync.Mutex // guards what follows, and prev, next and given of the slots in the list
	head, tail *slot
	waiting    *slot // the first that the library has not been offered
	offering   bool  // take has returned one, and not yet nil
	held       int64 // records that take room: those in the list, and those given up that the library still has
}

func newFlight(most int64, input chan<- *sarama.ProducerMessage) *flight {
	return &flight{most: most, input: input, work: make(chan struct{}, 1), room: make(chan struct{}, 1)}
}

// signal puts a token where there is none.
func signal(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// add takes a record in, unless it is full. Where the library is waiting for one, it gets it at once.
func (f *flight) add(s *slot) bool {
	s.sent = time.Now()
	s.msg.Timestamp = s.sent // or the library would look at the clock again
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.held >= f.most {
		return false
	}
	f.held++
	s.prev, s.next = f.tail, nil
	if f.tail == nil {
		f.head = s
	} else {
		f.tail.next = s
	}
	f.tail = s
	if f.waiting != nil {
		return true // and somebody has been told
	}
	if !f.offering {
		select {
		case f.input <- &s.msg:
			s.given = true
			return true
		default:
		}
	}
	f.waiting = s
	signal(f.work)
	return true
}

// take returns the next record to offer to the library, nil when there is none.
func (f *flight) take() *slot {
	f.mu.Lock()
	defer f.mu.Unlock()
	s := f.waiting
	f.offering = s != nil
	if s != nil {
		f.waiting, s.given = s.next, true
	}
	return s
}

// land takes a record out that the library has let go of, and returns it: nil if it has been given up before.
func (f *flight) land(s *slot) *driver.Record {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.free()
	r := s.record
	if r != nil {
		f.unlink(s)
	}
	return r
}

// giveUp takes the oldest record out if it was sent at the instant or before, and returns it. The library may still have
// its bytes and its slot, so the record gets others.
func (f *flight) giveUp(before time.Time) (*driver.Record, *slot) {
	f.mu.Lock()
	defer f.mu.Unlock()
	s := f.head
	if s == nil || s.sent.After(before) {
		return nil, nil
	}
	r := s.record
	if f.waiting == s {
		f.waiting = s.next
	}
	given := s.given
	f.unlink(s)
	if !given {
		f.free()
		return r, s
	}
	r.Slot, r.Key, r.Value = nil, clone(r.Key), clone(r.Value)
	return r, s
}

// clone keeps the capacity, and a nil slice nil.
func clone(b []byte) []byte {
	if b == nil {
		return nil
	}
	return append(make([]byte, 0, cap(b)), b...)
}

func (f *flight) unlink(s *slot) {
	if s.prev == nil {
		f.head = s.next
	} else {
		s.prev.next = s.next
	}
	if s.next == nil {
		f.tail = s.prev
	} else {
		s.next.prev = s.prev
	}
	s.prev, s.next, s.record = nil, nil, nil
}

// free makes room for one.
func (f *flight) free() {
	if f.held == f.most {
		signal(f.room)
	}
	f.held--
}
