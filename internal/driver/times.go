package driver

import "sync"

// A Part is a stretch of the way of records through a client and to the brokers, or a size on that way. Values are in
// nanoseconds where it is a time, else in what the name says.
type Part string

// The parts. A request of a producer's is one that produces, and of a consumer's one that fetches, as far as the library
// tells them from others.
const (
	PartQueue          Part = "client queue"       // of a record: from Send until it is put into a request
	PartWire           Part = "wire"               // of a request: from then until it is written to the socket
	PartRoundTrip      Part = "round trip"         // of a request: from then until its answer is there
	PartThrottle       Part = "throttle"           // of an answer by which a broker makes the client wait
	PartCommit         Part = "commit"             // of a commit: from asking for it until its answer is there
	PartProcessing     Part = "processing"         // of a record that was read; kbench's own to tell
	PartBatchRecords   Part = "records in a batch" // of one partition
	PartBatchBytes     Part = "bytes of a batch"   // as they are sent
	PartRequestRecords Part = "records in a request"
	PartInFlight       Part = "records in flight" // in requests without an answer, looked at from time to time
	PartBuffered       Part = "records buffered"  // fetched and not handed over, looked at from time to time
)

// A Spread sums up the values of a part. The zero value has none.
type Spread struct {
	Count int64
	Sum   float64
	Max   int64

	// RoundedDown says that the library cut each time to whole milliseconds: the sum is too low by less than one for each.
	RoundedDown bool

	// A library that tells values by windows tells percentiles of those only. At most 1 of 100 values is above P99, the
	// largest that a window had. Windows is how many windows had values, and Truncated in how many of those the library's
	// histogram left some out, for which it tells no percentile that is true.
	P99                int64
	Windows, Truncated int64
}

// Add adds the values of another.
func (s *Spread) Add(o Spread) {
	s.Count += o.Count
	s.Sum += o.Sum
	s.Max = max(s.Max, o.Max)
	s.RoundedDown = s.RoundedDown || o.RoundedDown
	s.P99 = max(s.P99, o.P99)
	s.Windows += o.Windows
	s.Truncated += o.Truncated
}

// A Place is a part as a whole, or with one broker, or in one partition.
type Place struct {
	Part              Part
	Broker, Partition int32 // all is -1; only one of the two is another number
}

// Whole returns the place of a part with all brokers and partitions.
func Whole(part Part) Place { return Place{part, -1, -1} }

// WithBroker returns the place of a part with one broker, by its node id.
func WithBroker(part Part, node int32) Place { return Place{part, node, -1} }

// InPartition returns the place of a part in one partition.
func InPartition(part Part, partition int32) Place { return Place{part, -1, partition} }

// Times are what a client tells of where its time went. A part that the library tells is there as a whole, with a count of
// 0 where it did not happen; one that it does not tell is not there at all.
type Times map[Place]Spread

// Add adds the values of another, place by place.
func (t Times) Add(o Times) {
	for at, values := range o {
		t.put(at, values)
	}
}

func (t Times) put(at Place, values Spread) {
	s := t[at]
	s.Add(values)
	t[at] = s
}

// A Stopwatch gathers Times for whoever takes them from time to time. It is safe for concurrent use, and allocates for a
// place's first value only.
type Stopwatch struct {
	parts []Part

	mu    sync.Mutex
	times Times
}

// NewStopwatch returns one that keeps the given parts, and no others.
func NewStopwatch(parts ...Part) *Stopwatch {
	w := &Stopwatch{parts: parts}
	w.Take()
	return w
}

// Add adds values at a place, if its part is kept.
func (w *Stopwatch) Add(at Place, values Spread) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if _, kept := w.times[Whole(at.Part)]; kept {
		w.times.put(at, values)
	}
}

// Note adds one value to the whole, and to the broker's and the partition's where those are not below 0.
func (w *Stopwatch) Note(part Part, broker, partition int32, value int64) {
	one := Spread{Count: 1, Sum: float64(value), Max: value}
	w.Add(Whole(part), one)
	if broker >= 0 {
		w.Add(WithBroker(part, broker), one)
	}
	if partition >= 0 {
		w.Add(InPartition(part, partition), one)
	}
}

// Take returns what has been added since the last time. The map is the caller's.
func (w *Stopwatch) Take() Times {
	fresh := make(Times, len(w.parts))
	for _, part := range w.parts {
		fresh[Whole(part)] = Spread{}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	taken := w.times
	w.times = fresh
	return taken
}
