// Package result holds what a trial leaves behind: its record, the folder that records live in, and the table of
// metrics that can be read off a record. Everything that a person or a machine reads is computed from records only.
package result

import (
	"kbench/internal/host"
	"kbench/internal/scenario"
)

// Schema is the version of the record's form. It changes when a reader of the old form would misread the new one.
const Schema = 1

// Span names a stretch between two of a record's four instants: due, sent, acked, seen.
type Span string

// The spans, in the order that reports list them.
const (
	Response   Span = "response"    // due to acked
	Service    Span = "service"     // sent to acked
	Lag        Span = "lag"         // due to sent
	E2E        Span = "e2e"         // due to seen
	E2EService Span = "e2e_service" // sent to seen

	// What lag is made of, record by record. Windows have it whole.
	LagHarness      Span = "lag_harness"      // kbench's own part, of every record
	LagBackpressure Span = "lag_backpressure" // the rest: of records sent while a full buffer held kbench up
)

// Spans lists every span in the order of reports.
func Spans() []Span {
	return []Span{Response, Service, Lag, E2E, E2EService, LagHarness, LagBackpressure}
}

// The values of Trial.Status.
const (
	StatusOK          = "ok"
	StatusFailed      = "failed"
	StatusInterrupted = "interrupted"
)

// The values of Verdict.Trust.
const (
	TrustOK          = "ok"
	TrustClientBound = "client_bound"
	TrustInvalid     = "invalid"
)

// A Trial is the record of one trial: one JSON file, whole or absent. Numbers are in base units, named in the key.
// A nil number is unknown or undefined, and never stands for zero.
type Trial struct {
	Schema   int                `json:"schema"`
	ID       string             `json:"id"`  // unique: run, case and repeat
	Run      string             `json:"run"` // name of the run's folder
	Scenario string             `json:"scenario"`
	Case     string             `json:"case"`
	Set      []scenario.Setting `json:"set"`
	Repeat   int                `json:"repeat"`             // from 1
	Position int                `json:"position"`           // in the order of running, from 1
	Pair     *Pair              `json:"pair,omitempty"`     // of a comparison
	Search   *Search            `json:"search,omitempty"`   // of a search for the highest rate
	Plan     scenario.Scenario  `json:"plan"`               // every setting, as asked
	Start    string             `json:"start"`              // RFC 3339, UTC, of due instant 0
	Workload string             `json:"workload,omitempty"` // that it is the record of, in Workloads
	Status   string             `json:"status"`
	Failure  string             `json:"failure,omitempty"` // one line, with what to do
	Aborted  *Abort             `json:"aborted,omitempty"` // the load was stopped early, because a threshold was missed; status stays ok
	Verdict  Verdict            `json:"verdict"`

	Cluster Cluster `json:"cluster"`
	Client  Clients `json:"client"`

	// WarmupNs and MeasureNs are the lengths of the two parts as they were; an interrupted trial's are shorter.
	WarmupNs  int64 `json:"warmup_ns"`
	MeasureNs int64 `json:"measure_ns"`
	// Closed says that there was no schedule (rate max): a record had no due instant, so response, lag and e2e do not
	// exist, and windows go by the instant of sending.
	Closed bool `json:"closed_loop"`

	Counts       Counts            `json:"counts"`
	WarmupCounts Counts            `json:"warmup_counts"`
	Integrity    []Finding         `json:"integrity,omitempty"` // what of the counts the settings allow
	Rates        Rates             `json:"rates"`
	Latency      map[Span]*Latency `json:"latency"`           // a span that does not exist here is absent
	Message      *Message          `json:"message,omitempty"` // nil where nothing was produced
	Queues       Queues            `json:"queues"`
	Cost         Cost              `json:"cost"`
	Breakdown    *Breakdown        `json:"breakdown,omitempty"`
	Groups       []Group           `json:"groups,omitempty"`
	Partitions   []Partition       `json:"partitions,omitempty"`
	Windows      []Window          `json:"windows"`
	Events       []Event           `json:"events,omitempty"`
	Faults       []Fault           `json:"faults,omitempty"` // Faults[i] is of Plan.Faults[i]
	Rebalances   []Rebalance       `json:"rebalances,omitempty"`
	Pauses       []Pause           `json:"pauses,omitempty"` // Pauses[i] is of Plan.Consumer.Pause[i]
	Transactions *Transactions     `json:"transactions,omitempty"`
	Steady       Steady            `json:"steady,omitzero"`
	Host         host.Facts        `json:"host"`
	Usage        host.Usage        `json:"usage"` // of the measured part
	Fingerprint  string            `json:"fingerprint"`
	Warnings     []string          `json:"warnings,omitempty"`

	// Workloads are the records of several loads side by side, in the scenario's order; this one is of all of them together.
	Workloads []*Trial `json:"workloads,omitempty"`
}

// An Abort says over which threshold a trial was stopped, as its abort asks for.
type Abort struct {
	Threshold string `json:"threshold"` // as the scenario has it
	AfterNs   int64  `json:"after_ns"`  // so much of the measured part
	Why       string `json:"why"`       // what it was then
}

// Steady says whether the seconds of the measured part stayed where they were. The zero value makes no claim: there were too few,
// or faults or a profile of the scenario moved them.
type Steady struct {
	Class   string `json:"class"`   // steady, warming, drifting or bistable: see internal/steady; empty: too noisy to tell
	What    string `json:"what"`    // the metric whose seconds were looked at
	Seconds int    `json:"seconds"` // how many
	// Ratio is the median of the second half over that of the first; where bistable, the higher level over the lower. It is nil
	// where one of them was 0.
	Ratio *float64 `json:"ratio"`
}

// A Verdict says whether to trust the measurement, and why not.
type Verdict struct {
	Trust   string   `json:"trust"`
	Reasons []string `json:"reasons,omitempty"`
}

// A Cluster is what was measured.
type Cluster struct {
	Kind            string            `json:"kind"`              // embedded (not Kafka), kafka, none
	Engine          string            `json:"engine,omitempty"`  // how kbench started it: java, docker; empty: it did not
	Version         string            `json:"version,omitempty"` // as the broker states or its API versions imply
	ID              string            `json:"id,omitempty"`
	Nodes           int               `json:"nodes"`
	UpNs            int64             `json:"up_ns,omitempty"` // how long it had been up, where kbench started it
	Topic           string            `json:"topic,omitempty"`
	TopicConfig     map[string]string `json:"topic_config,omitempty"` // in force, where it differs from Kafka's default
	Replication     int               `json:"replication_factor,omitempty"`
	LeadersBefore   map[string]int32  `json:"leaders_before,omitempty"` // partition to node
	LeadersAfter    map[string]int32  `json:"leaders_after,omitempty"`
	LeaderMoves     int               `json:"leader_moves"`     // changes of a partition's leader, looked at once a second
	UnderReplicated int               `json:"under_replicated"` // most partitions that lacked an in-sync replica: before, after, or at the end of a second
	DiskBytes       *int64            `json:"disk_bytes"`       // of one replica of the topic, after the trial, as the brokers say
	EndOffsets      int64             `json:"end_offsets"`      // growth over the trial, summed over partitions
}

// Clients are the two sides; nil where a side is not used.
type Clients struct {
	Producer *Client `json:"producer,omitempty"`
	Consumer *Client `json:"consumer,omitempty"`
}

// A Client is a library and its settings.
type Client struct {
	Name        string            `json:"name"`
	Library     string            `json:"library"`
	Version     string            `json:"version"`
	Settings    map[string]string `json:"settings"`              // in force, as the library says
	Partitioner string            `json:"partitioner,omitempty"` // who chose partitions: the library's name, or kbench
}

// Counts are numbers of records. Always: Scheduled = Acked + Failed + Unresolved.
type Counts struct {
	Scheduled  int64            `json:"scheduled"`
	Acked      int64            `json:"acked"`
	Failed     int64            `json:"failed"`
	Unresolved int64            `json:"unresolved"` // neither acked nor failed when the drain ended
	Consumed   int64            `json:"consumed"`   // measured records, once for each group
	Lost       *int64           `json:"lost"`       // acked and not read; nil where it was not checked
	Duplicated *int64           `json:"duplicated"` // in the log at more than one offset
	Reordered  *int64           `json:"reordered"`
	Corrupt    *int64           `json:"corrupt"`
	Truncated  *int64           `json:"truncated"`        // acked, and deleted by retention before it could be read
	Reread     *int64           `json:"reread"`           // read again at an offset that the group had passed; nil where it was not checked
	QueueFull  int64            `json:"queue_full"`       // times that Send met a full buffer
	Unsent     int64            `json:"unsent"`           // due, and never sent though no full buffer held kbench up; they are unresolved
	Negative   int64            `json:"negative"`         // samples of any span below zero: the clock's fault
	Over       int64            `json:"over_range"`       // samples above the histograms' range, held at its end
	Errors     map[string]int64 `json:"errors,omitempty"` // failures by class

	// Of transactions: acked records whose transaction was aborted, as it was meant to be; and how many records of aborted
	// transactions were read by groups that read committed ones only, nil where that was not checked.
	Aborted     int64  `json:"aborted,omitempty"`
	AbortedRead *int64 `json:"aborted_read,omitempty"`
}

// Rates are by completion within the measured part; Offered is what the schedule asked for.
type Rates struct {
	OfferedPerS       float64 `json:"offered_per_s"`
	AckedPerS         float64 `json:"acked_per_s"`
	AckedBytesPerS    float64 `json:"acked_bytes_per_s"` // keys and values
	ConsumedPerS      float64 `json:"consumed_per_s"`
	ConsumedBytesPerS float64 `json:"consumed_bytes_per_s"`
}

// The sides of a comparison.
const (
	SideA = "a"
	SideB = "b"
)

// A Pair is a trial's place in a comparison. The two trials of a pair share Number and Attempt.
type Pair struct {
	Number  int    `json:"number"`  // from 1
	Attempt int    `json:"attempt"` // from 1; a pair of which a trial is invalid is run again
	Side    string `json:"side"`    // a or b
}

// A Search is a trial's place in a search for the highest rate that meets objectives.
type Search struct {
	Number   int     `json:"number"`        // of the case's searches, from 1
	Step     int     `json:"step"`          // of the search, from 1
	Phase    string  `json:"phase"`         // what the step is for
	RatePerS float64 `json:"rate_per_s"`    // asked for; 0: as much as goes
	Pass     *bool   `json:"pass"`          // the rate was sustained and met the objectives; nil where that can't be told
	Why      string  `json:"why,omitempty"` // what speaks against it
}

// A Latency sums up one span. A percentile with fewer than 10 samples beyond it is nil. AtLeast names the percentiles
// whose true value is larger, because more records failed or stayed out than the percentile leaves out.
type Latency struct {
	Count   int64    `json:"count"`
	MinNs   *int64   `json:"min_ns"`
	MeanNs  *float64 `json:"mean_ns"`
	P50Ns   *int64   `json:"p50_ns"`
	P90Ns   *int64   `json:"p90_ns"`
	P95Ns   *int64   `json:"p95_ns"`
	P99Ns   *int64   `json:"p99_ns"`
	P999Ns  *int64   `json:"p999_ns"`
	P9999Ns *int64   `json:"p9999_ns"`
	MaxNs   *int64   `json:"max_ns"`
	AtLeast []string `json:"at_least,omitempty"` // p50, p99, ...
}

// A Message is what the records of the measured part were like, as the client took them. What is nil was not to be seen in so few.
type Message struct {
	MeanBytes *float64 `json:"value_mean_bytes"`
	MinBytes  *int64   `json:"value_min_bytes"`
	P50Bytes  *int64   `json:"value_p50_bytes"` // quantiles are within 0.1 %
	P90Bytes  *int64   `json:"value_p90_bytes"`
	P99Bytes  *int64   `json:"value_p99_bytes"`
	MaxBytes  *int64   `json:"value_max_bytes"`
	Cut       int64    `json:"cut"` // values whose size would have been beyond the bounds of its distribution

	HeaderMeanBytes float64  `json:"header_mean_bytes"` // keys and values of a record's headers; rates do not count them
	PartitionSkew   *float64 `json:"partition_skew"`    // records acked in the fullest partition over the mean of all
}

// Queues are means over the measured part, of some hundred samples a second; nil where a client does not tell.
type Queues struct {
	InFlight   *float64 `json:"in_flight"`   // records that clients had taken and brokers had not acked
	AckBacklog *float64 `json:"ack_backlog"` // acks that clients had and kbench had not taken
}

// Cost is what a record cost.
type Cost struct {
	CPUNsPerRecord   *float64 `json:"cpu_ns_per_record"` // kbench with its clients, over records acked, or consumed where none is produced
	RSSMaxBytes      *int64   `json:"rss_max_bytes"`
	WireBytes        *int64   `json:"wire_bytes"`        // sent by the producers, as the library counts
	CompressionRatio *float64 `json:"compression_ratio"` // bytes of keys and values over bytes on disk
	AllocPerRecord   *float64 `json:"alloc_per_record"`  // heap objects of the whole process
}

// A Group is a consumer group's account.
type Group struct {
	Name     string `json:"name"`
	Consumed int64  `json:"consumed"`
	// ConsumedPerS is by completion, within the measured part; nil where that is not known.
	ConsumedPerS *float64 `json:"consumed_per_s"`
	LagMax       *int64   `json:"lag_max"`   // largest sampled sum over partitions, in the measured part
	Committed    *int64   `json:"committed"` // sum of committed offsets at the end; nil where none
	End          int64    `json:"end"`       // sum of end offsets at the end

	// Of a share group: messages that brokers gave out again, and how often they gave one out at most. Nil for other groups.
	Redelivered   *int64 `json:"redelivered,omitempty"`
	DeliveriesMax *int64 `json:"deliveries_max,omitempty"`
}

// A Partition is one partition's share of the measured records.
type Partition struct {
	Partition int32 `json:"partition"`
	Acked     int64 `json:"acked"`
	Consumed  int64 `json:"consumed"`
}

// A Window is one second. Index 0 begins where the measured part does; warm-up has negative indexes. Counts and
// latency go by the due instant; AckedPerS and ConsumedPerS by the instant of completion.
type Window struct {
	Index        int               `json:"index"`
	Scheduled    int64             `json:"scheduled"`
	Acked        int64             `json:"acked"`
	Failed       int64             `json:"failed"`
	Aborted      int64             `json:"aborted,omitempty"` // acked ones whose transaction was aborted, as it was meant to be
	Consumed     int64             `json:"consumed"`
	AckedPerS    float64           `json:"acked_per_s"`
	ConsumedPerS float64           `json:"consumed_per_s"`
	ConsumerLag  *int64            `json:"consumer_lag"` // sampled at its end, over all groups
	Latency      map[Span]*Latency `json:"latency,omitempty"`
}

// An Event is something that happened during a trial.
type Event struct {
	AtNs int64  `json:"at_ns"` // since the trial's start
	What string `json:"what"`
}
