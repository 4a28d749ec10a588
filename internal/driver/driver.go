// Package driver says what kbench asks of a Kafka client library: one contract behind which each library is measured
// by the same harness. Package drivertest holds the suite that every driver passes.
//
// All instants are time.Duration since the trial's start, on one monotonic clock.
package driver

import (
	"context"
	"time"

	"kbench/internal/driver/security"
)

// A Driver opens clients of one Kafka library. It holds no state and is safe for concurrent use.
type Driver interface {
	Name() string    // the word for it in scenarios and reports
	Library() string // the library's own name, such as librdkafka
	Version() string // of the library, as the library states it

	// Partitioners lists those the library brings itself. kbench deals the partitions of round_robin and manual where
	// they are not in the list; any other that is not in the list is refused by NewProducer.
	Partitioners() []Partitioner

	// ByValue says that a producer knows an acked record again by its value, if that says its Seq (ProducerConfig.SeqOf), and
	// else in a way that takes more of the processor: values should say it even where nobody reads them.
	ByValue() bool

	// CheckProducer and CheckConsumer say which of the settings NewProducer and NewConsumer would refuse, without any
	// broker: an error wrapping ErrUnsupported, or nil. Topic, group and partitions need not be set.
	CheckProducer(cfg ProducerConfig) error
	CheckConsumer(cfg ConsumerConfig) error

	// NewProducer returns once a broker has answered, so that a wrong address fails here and not in the
	// measurements. It gives up when ctx is done, and in any case after Cluster.DialTimeout. A setting that the
	// library cannot honour is an error wrapping ErrUnsupported, never ignored.
	NewProducer(ctx context.Context, c Cluster, cfg ProducerConfig, ack AckFunc) (Producer, error)

	// NewConsumer returns once a broker has answered, as NewProducer does. It joins no group until Consume is called.
	NewConsumer(ctx context.Context, c Cluster, cfg ConsumerConfig) (Consumer, error)
}

// A Cluster is where to connect.
type Cluster struct {
	Brokers     []string      // HOST:PORT each, never empty except for a driver that needs no broker
	ClientID    string        // sent to the brokers as client.id
	DialTimeout time.Duration // how long a first answer may take; 0 is 10 s
	Security    security.Config
}

// A Record is one message to send. Records are pooled and sent many times. What is read when it is acked stands
// first, in one line of the processor's cache: by then the record has long left it.
type Record struct {
	Seq        uint64        // the caller's own number for it; drivers leave it alone
	Due, Sent  time.Duration // when the schedule wanted it sent, when Send was called
	Value, Key []byte        // a nil Key is no key
	Slot       any           // the driver's own, so that sending again allocates nothing; nil at first
	Time       time.Time     // Sent by the wall clock, for libraries that let others look at it; zero: they look themselves
	Partition  int32         // -1: the partitioner's choice
	Rank       int32         // the caller's own, like Seq: by which it chooses what to let go of
	Headers    []Header      // in this order; none is nil. Libraries may read them until the producer is closed: they must not change
}

// A Header is one of a record's headers. The same key may come twice. A nil Value is Kafka's null.
type Header struct {
	Key   string
	Value []byte
}

// An Ack is where the broker put a record. Partition and Offset are -1 where unknown; with acks=0 the offset always is.
type Ack struct {
	Partition int32
	Offset    int64

	// Follows says that the library already had this ack when it gave the last one that did not follow: one look at the
	// clock, taken then, is right for both. What else came between them, such as a record that failed, does not matter.
	Follows bool
}

// An AckFunc is called exactly once for each record that Send accepted, from any goroutine, but never from two at once
// for the same Producer. It must not block. A non-nil err is always an *Error: a class under Kafka's own name, the same
// for every library, and the library's words. After the call the record belongs to the caller of Send again.
type AckFunc func(r *Record, at Ack, err error)

// A Producer sends records. Send, Flush and Close may be called from one goroutine at a time; Settings, Stats and Times
// from any, until Close returns.
type Producer interface {
	// Send queues r without waiting for the broker. While the library's buffer is full it waits, until ctx is done,
	// and returns how long it waited; with OnFull "fail" it returns an *Error of class ErrQueueFull at once instead.
	// The caller must not touch r until its ack; if Send fails there is no ack. Key and Value are not kept after it.
	Send(ctx context.Context, r *Record) (waited time.Duration, err error)

	// Flush returns when every accepted record has been acked, or with ctx's error. It may send batches before
	// their linger is over, so it is for the end of a producer's life, never a way to wait for room.
	Flush(ctx context.Context) error

	// Settings returns what the library says is in force, under Kafka's own names and spellings (acks=all,
	// linger.ms=5), and what the library alone has, under its own names. The map is the caller's. Secrets are left out.
	Settings() map[string]string

	// Stats returns what the library says of itself, so far.
	Stats() Stats

	// Times returns where the time went since it was called last, as far as the library tells. The map is the caller's.
	Times() Times

	// Close acks what is still queued with an error of class ErrClosed, then frees the client. It takes at most 10 s
	// and leaves no goroutine behind. Closing twice is harmless.
	Close() error
}

// Stats are counts since a client was opened. A count that the library does not tell is -1.
type Stats struct {
	Queued      int64         // records accepted and not yet acked, now
	QueueFull   int64         // how many times Send met a full buffer
	QueueWait   time.Duration // how long Send waited for room, in all
	Backlog     int64         // producers: acks that the library has and has not given; a batch that it has not opened counts as one
	WireBytes   int64         // bytes sent to (a producer) or received from (a consumer) brokers, as far as known now
	Requests    int64         // requests sent to brokers
	Retries     int64         // requests sent again
	Rebalances  int64         // consumers: assignments received
	CommitFails int64         // consumers: commits that a broker refused
}

// A Message is one record read. It is valid only during the call that it is passed to.
type Message struct {
	Partition  int32
	Offset     int64
	Key, Value []byte
	Deliveries int32 // with ProtocolShare: how often the brokers have given it out, this time included; else 0

	// More says that the call for another message of this partition follows at once, unless Consume ends, and that the
	// library had that message when it handed over the last one before which there was no More: one look at the clock,
	// taken then, is right for all of them.
	More bool
}

// A Consumer reads one topic as one member of a group.
type Consumer interface {
	// Consume joins, and calls fn for each message until ctx is done, then commits as the config says, leaves the
	// group and returns nil. It is called once. fn may be called concurrently for different partitions, never for one. With
	// ProtocolShare a message is acknowledged once fn has returned; offsets come in any order, and some again.
	// An error is one that the library gave up on; those that it recovers from are counted by class, in Errors.
	Consume(ctx context.Context, fn func(*Message)) error

	// Pause asks the library not to fetch any more from the partitions that the member has, and from those that it is given later,
	// until Resume. The member stays in its group. Messages that the library had by then may still come. Both may be called at any
	// time, twice too, and do not wait; what goes wrong is in Errors.
	Pause()
	Resume()

	// Assigned returns the partitions that this member has now, and how many times an assignment came in, which is 0
	// until the first. An empty one counts too; with ProtocolConsumer a library may hear of none, so a member for which
	// there is no partition may stay at 0. With ProtocolShare no partition is one member's, and there is nothing to tell. The slice is the caller's.
	Assigned() (partitions []int32, times int64)

	Settings() map[string]string // as a Producer's
	Stats() Stats
	Times() Times
	Errors() map[string]int64 // by class; the map is the caller's

	// Close frees the client; Consume must have returned. It takes at most 10 s: an error of class ErrTimedOut says that
	// the library still waits for brokers that say nothing, and ends later. Closing twice is harmless.
	Close() error
}
