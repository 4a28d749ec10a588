package driver

import (
	"encoding"
	"fmt"
	"math"
	"strconv"
	"strings"

	"kbench/internal/unit"
)

// Acks is Kafka's acks setting. The zero value means unset, never acks=0.
type Acks string

// The values of Acks.
const (
	AcksAll    Acks = "all"
	AcksLeader Acks = "1"
	AcksNone   Acks = "0"
)

// Compression is a codec of Kafka's record batches, by Kafka's name.
type Compression string

// A Partitioner chooses a record's partition. Those that hash keys (murmur2 as Kafka's Java client does, crc32 and
// fnv1a as librdkafka does) and sticky, which hashes keys by murmur2, put records without a key as the library does.
type Partitioner string

// The values of Partitioner.
const (
	PartitionerSticky     Partitioner = "sticky"      // no key: one partition for each batch; a key: murmur2
	PartitionerRoundRobin Partitioner = "round_robin" // each record to the next partition, keys or not
	PartitionerRandom     Partitioner = "random"      // each record to any partition, keys or not
	PartitionerMurmur2    Partitioner = "murmur2"
	PartitionerCRC32      Partitioner = "crc32"
	PartitionerFNV1a      Partitioner = "fnv1a"
	PartitionerManual     Partitioner = "manual" // kbench names it: key index, or producer index, modulo partitions
)

// OnFull says what Send does while the client's buffer is full.
type OnFull string

// The values of OnFull.
const (
	OnFullWait OnFull = "wait"
	OnFullFail OnFull = "fail"
)

// Retries is how many times a client sends a batch again. MaxRetries is written max.
type Retries int32

// MaxRetries leaves it to the delivery timeout.
const MaxRetries Retries = math.MaxInt32

// Words for the settings of consumers, each with Kafka's own meaning.
type (
	Protocol  string // of the group: ProtocolClassic, ProtocolConsumer (KIP-848) or ProtocolShare (KIP-932)
	Assignor  string // by Kafka's name
	Commit    string // CommitAuto, CommitSync, CommitAsync or CommitNone
	Start     string // where a group without committed offsets begins: StartEarliest or StartLatest
	Isolation string // by Kafka's name
	Assign    string // AssignSubscribe or AssignStatic
)

// The values of the types above.
const (
	ProtocolClassic  Protocol = "classic"
	ProtocolConsumer Protocol = "consumer"
	ProtocolShare    Protocol = "share"

	CommitAuto  Commit = "auto"
	CommitSync  Commit = "sync"
	CommitAsync Commit = "async"
	CommitNone  Commit = "none"

	StartEarliest Start = "earliest"
	StartLatest   Start = "latest"

	AssignSubscribe Assign = "subscribe"
	AssignStatic    Assign = "static"

	ReadUncommitted Isolation = "read_uncommitted"
	ReadCommitted   Isolation = "read_committed"
)

// Every is an interval in time or in records; exactly one of the two is above zero. It is written 5s or 1000.
type Every struct {
	For     unit.Duration
	Records unit.Count
}

// A Transaction groups records. With Records 0, the zero value, there are no transactions.
type Transaction struct {
	Records    unit.Count `yaml:"records" json:"records" doc:"Records in each transaction of a client's; 0 for no transactions. Needs idempotence."`
	AbortRatio float64    `yaml:"abort_ratio" json:"abort_ratio" doc:"Part of the transactions that is aborted, 0 to 1. Which ones the seed says."`
}

// ProducerConfig is every setting of a producing client. Its fields are the scenario's keys: nothing copies them on
// the way. A driver refuses what its library cannot honour, by Unsupported. The tags kafka and librdkafka name the properties
// of Kafka's Java client and of librdkafka that a key stands for, with spaces between; docs/scenarios.md lists them.
type ProducerConfig struct {
	Acks             Acks              `yaml:"acks" json:"acks" kafka:"acks" librdkafka:"acks" doc:"What a record waits for before it counts as sent: 0 nothing, 1 the leader, all every in-sync replica."`
	Idempotence      bool              `yaml:"idempotence" json:"idempotence" kafka:"enable.idempotence" librdkafka:"enable.idempotence" doc:"The broker drops duplicates that retries make. Needs acks all and max_in_flight of 5 or less."`
	Compression      Compression       `yaml:"compression" json:"compression" kafka:"compression.type" librdkafka:"compression.type" doc:"Codec of each batch."`
	CompressionLevel int               `yaml:"compression_level" json:"compression_level" kafka:"compression.gzip.level compression.lz4.level compression.zstd.level" librdkafka:"compression.level" doc:"The codec's own level; 0 is its default."`
	Partitioner      Partitioner       `yaml:"partitioner" json:"partitioner" kafka:"partitioner.class" librdkafka:"partitioner" doc:"Who chooses the partition: sticky and the hashes by key, round_robin, random, or manual (kbench names it)."`
	Linger           unit.Duration     `yaml:"linger" json:"linger" kafka:"linger.ms" librdkafka:"linger.ms" doc:"How long a batch waits for more records."`
	BatchSize        unit.Size         `yaml:"batch_size" json:"batch_size" kafka:"batch.size" librdkafka:"batch.size" doc:"Largest batch of one partition."`
	MaxInFlight      int               `yaml:"max_in_flight" json:"max_in_flight" kafka:"max.in.flight.requests.per.connection" librdkafka:"max.in.flight.requests.per.connection" doc:"Requests to one broker that may be unanswered at once."`
	Buffer           unit.Count        `yaml:"buffer" json:"buffer" librdkafka:"queue.buffering.max.messages" doc:"Records that one client may hold before Send waits or fails."`
	OnFull           OnFull            `yaml:"on_full" json:"on_full" doc:"While the buffer is full: wait, which shows as lag, or fail the record, which is counted."`
	Retries          Retries           `yaml:"retries" json:"retries" kafka:"retries" librdkafka:"retries" doc:"How often a batch is sent again, or max."`
	Timeout          unit.Duration     `yaml:"timeout" json:"timeout" kafka:"delivery.timeout.ms" librdkafka:"delivery.timeout.ms" doc:"Delivery timeout: after it a record has failed."`
	Transaction      Transaction       `yaml:"transaction" json:"transaction" doc:"Transactions around records."`
	Config           map[string]string `yaml:"config" json:"config,omitempty" doc:"The client's own properties, passed as they are; they win over the keys above."`

	Topic           string `yaml:"-" json:"-"` // to write to
	TransactionalID string `yaml:"-" json:"-"` // of this client alone; with Transaction.Records above 0

	// SeqOf reads Record.Seq out of a value, for libraries that hand back values cheaper than a pointer; ok is false where
	// a value does not say it. Nil: no value does. MaxValue is the length of the longest value.
	SeqOf    func(value []byte) (seq uint64, ok bool) `yaml:"-" json:"-"`
	MaxValue int                                      `yaml:"-" json:"-"`
}

// ConsumerConfig is every setting of one consuming client: the scenario's keys, and what differs by member.
type ConsumerConfig struct {
	Assign      Assign            `yaml:"assign" json:"assign" doc:"subscribe joins the group; static deals the partitions out without it."`
	Protocol    Protocol          `yaml:"protocol" json:"protocol" kafka:"group.protocol" librdkafka:"group.protocol" doc:"Group protocol: classic, consumer (KIP-848), or share (KIP-932): members share partitions, and acknowledge each record; there is no order."`
	Assignor    Assignor          `yaml:"assignor" json:"assignor" kafka:"partition.assignment.strategy group.remote.assignor" librdkafka:"partition.assignment.strategy group.remote.assignor" doc:"How the classic protocol deals partitions. The consumer protocol's own is uniform, or range when asked."`
	Commit      Commit            `yaml:"commit" json:"commit" kafka:"enable.auto.commit" librdkafka:"enable.auto.commit" doc:"auto: the library in the background; sync: wait for each commit; async: commit and go on; none."`
	CommitEvery Every             `yaml:"commit_every" json:"commit_every" kafka:"auto.commit.interval.ms" librdkafka:"auto.commit.interval.ms" doc:"Time or number of records between commits."`
	Start       Start             `yaml:"start" json:"start" kafka:"auto.offset.reset" librdkafka:"auto.offset.reset" doc:"Where a group without committed offsets begins."`
	Isolation   Isolation         `yaml:"isolation" json:"isolation" kafka:"isolation.level" librdkafka:"isolation.level" doc:"Whether records of open and aborted transactions are seen."`
	Forward     Forward           `yaml:"forward" json:"forward,omitzero" doc:"Writing what is read to another topic, exactly once."`
	Config      map[string]string `yaml:"config" json:"config,omitempty" doc:"The client's own properties, passed as they are; they win over the keys above."`

	Topic      string  `yaml:"-" json:"-"` // to read
	Group      string  `yaml:"-" json:"-"` // id of the group, used for commits with a static assignment too
	Partitions []int32 `yaml:"-" json:"-"` // with AssignStatic: this member's part
	Instance   string  `yaml:"-" json:"-"` // group.instance.id of a static member; empty: a dynamic one
	Crashes    bool    `yaml:"-" json:"-"` // the consumer must be a Crasher
}

// DefaultProducer returns the settings of a scenario that says nothing.
func DefaultProducer() ProducerConfig {
	return ProducerConfig{
		Acks: AcksAll, Compression: "none", Partitioner: PartitionerSticky,
		Linger: 5e6, BatchSize: 1e6, MaxInFlight: 5, Buffer: 500e3, OnFull: OnFullWait,
		Retries: MaxRetries, Timeout: 30e9,
	}
}

// DefaultConsumer returns the settings of a scenario that says nothing.
func DefaultConsumer() ConsumerConfig {
	return ConsumerConfig{
		Assign: AssignSubscribe, Protocol: ProtocolClassic, Assignor: "range", Commit: CommitAuto,
		CommitEvery: Every{For: 5e9}, Start: StartLatest, Isolation: ReadUncommitted,
	}
}

// Choices returns the words allowed for a value of one of this package's word types, in the order people list them;
// nil for any other type. Decoding, the JSON schema and the docs all use it.
func Choices(v any) []string {
	switch v.(type) {
	case Acks:
		return []string{"0", "1", "all"}
	case Compression:
		return []string{"none", "gzip", "snappy", "lz4", "zstd"}
	case Partitioner:
		return []string{"sticky", "round_robin", "random", "murmur2", "crc32", "fnv1a", "manual"}
	case OnFull:
		return []string{"wait", "fail"}
	case Protocol:
		return []string{"classic", "consumer", "share"}
	case Assignor:
		return []string{"range", "roundrobin", "sticky", "cooperative-sticky"}
	case Commit:
		return []string{"auto", "sync", "async", "none"}
	case Start:
		return []string{"earliest", "latest"}
	case Isolation:
		return []string{"read_uncommitted", "read_committed"}
	case Assign:
		return []string{"subscribe", "static"}
	}
	return nil
}

// String prints max or the number.
func (r Retries) String() string {
	if r == MaxRetries {
		return "max"
	}
	return strconv.Itoa(int(r))
}

// MarshalText implements encoding.TextMarshaler.
func (r Retries) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (r *Retries) UnmarshalText(b []byte) error {
	if string(b) == "max" {
		*r = MaxRetries
		return nil
	}
	n, err := strconv.ParseInt(string(b), 10, 32)
	if err != nil || n < 0 {
		return fmt.Errorf("%q is not a number of retries: it is max, or 0 to 2147483647", b)
	}
	*r = Retries(n)
	return nil
}

// String prints 5s or 1000.
func (e Every) String() string {
	if e.Records > 0 {
		return e.Records.String()
	}
	return e.For.String()
}

// MarshalText implements encoding.TextMarshaler.
func (e Every) MarshalText() ([]byte, error) { return []byte(e.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (e *Every) UnmarshalText(b []byte) error {
	s := strings.TrimSpace(string(b))
	if n, err := unit.ParseCount(s); err == nil && n > 0 {
		*e = Every{Records: n}
		return nil
	}
	d, err := unit.ParseDuration(s)
	if err != nil || d == 0 {
		return fmt.Errorf("%q is neither a time nor a number of records above 0 (examples: 5s, 1000)", s)
	}
	*e = Every{For: d}
	return nil
}

var (
	_ encoding.TextUnmarshaler = (*Retries)(nil)
	_ encoding.TextUnmarshaler = (*Every)(nil)
)
