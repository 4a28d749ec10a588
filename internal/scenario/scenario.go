// Package scenario turns a YAML file into a checked, immutable Plan: which cases, in which order, each with every
// setting resolved. Its structs are the scenario's keys: a setting is one field of one struct, from the file to the
// report's row. The doc tags are what the JSON schema and docs/scenarios.md say of each key.
package scenario

import (
	"kbench/internal/driver"
	"kbench/internal/unit"
)

// A Scenario is one case of a file: its keys, with one combination of the matrix laid over them. A nil Producer means
// consume only, a nil Consumer produce only. It is not changed after Parse, which leaves Matrix empty: a Case's Set has
// what came from it.
type Scenario struct {
	Name        string              `yaml:"name" json:"name" doc:"Names the results folder and the report: letters, digits, - and _. Empty: the file's name."`
	Description string              `yaml:"description" json:"description" doc:"The question that the scenario answers; the report's first line."`
	Topic       Topic               `yaml:"topic" json:"topic" doc:"What the records go to."`
	Load        Load                `yaml:"load" json:"load" doc:"When records are due, and for how long."`
	Producer    *Producer           `yaml:"producer" json:"producer,omitempty" doc:"Leave it out to consume only."`
	Consumer    *Consumer           `yaml:"consumer" json:"consumer,omitempty" doc:"Leave it out to produce only."`
	Message     Message             `yaml:"message" json:"message" doc:"What records look like."`
	Workloads   []Workload          `yaml:"workloads" json:"workloads,omitempty" doc:"Several loads side by side, from one start to one end; what each leaves out it has from the keys above. Results are told for each workload and for all together."`
	Faults      []Fault             `yaml:"faults" json:"faults,omitempty" doc:"What is done to brokers during each trial; only on a cluster that kbench started."`
	Preload     unit.Count          `yaml:"preload" json:"preload" doc:"Without a producer: records written to a fresh topic before the consumers start."`
	Preheat     *unit.Duration      `yaml:"preheat" json:"preheat,omitempty" doc:"Load before the first trial that is thrown away. A Kafka that kbench just started gets 20s unless this says otherwise."`
	Verify      bool                `yaml:"verify" json:"verify" doc:"Integrity: count lost, duplicated, reordered and corrupt records."`
	Matrix      map[string][]string `yaml:"matrix" json:"-" doc:"Paths of keys, each with a list of values; every combination is a case."`
	Repeats     int                 `yaml:"repeats" json:"repeats" doc:"Trials of each case."`
	Order       Order               `yaml:"order" json:"order" doc:"shuffled: by seed, repeats interleaved; listed: as the file has them."`
	Thresholds  []Threshold         `yaml:"thresholds" json:"thresholds,omitempty" doc:"METRIC OP VALUE, checked on every trial; a miss exits with 1."`
}

// Order is the order of trials.
type Order string

// The values of Order.
const (
	OrderShuffled Order = "shuffled"
	OrderListed   Order = "listed"
)

// A Topic says what the records go to.
type Topic struct {
	Name              string            `yaml:"name" json:"name" doc:"Empty: a fresh topic for each trial, deleted afterwards. A name: used as it is, never deleted."`
	Partitions        int               `yaml:"partitions" json:"partitions" doc:"Partitions of a fresh topic."`
	ReplicationFactor Replication       `yaml:"replication_factor" json:"replication_factor" doc:"A number, or max: the number of brokers, 3 at most."`
	Config            map[string]string `yaml:"config" json:"config" doc:"Kafka's topic settings, for a fresh topic."`
}

// Replication is a replication factor; 0 is written max and means min(3, brokers).
type Replication int

// A Load says when records are due, and how long it lasts. Exactly one of Rate, Profile and FindMax is set, and one of
// Measure and Records; a record of a search's step has FindMax and the Rate of that step. What a Trace says stands in Profile.
type Load struct {
	Rate    unit.Rate     `yaml:"rate" json:"rate,omitempty" doc:"Records a second over all producers, or max."`
	Profile []Phase       `yaml:"profile" json:"profile,omitempty" doc:"Phases one after the other, instead of one rate. The first begins where the measured part does; the warm-up has the rate that it begins with, before bursts their mean."`
	Trace   string        `yaml:"trace" json:"trace,omitempty" doc:"A profile from a file, by its path from the scenario's folder: lines of LENGTH,RECORDS, such as 1s,1200, say how many records are due in the time after the line before, evenly spaced. Up to 10000 of them; what begins with # is a comment."`
	FindMax *FindMax      `yaml:"find_max" json:"find_max,omitempty" doc:"Search for the highest rate under objectives, instead of one rate. Each repeat is one search, of about ten trials; measure is the length of each, twice that for those that confirm."`
	Arrival Arrival       `yaml:"arrival" json:"arrival" doc:"constant spacing, or poisson: random arrivals at the same mean rate."`
	Warmup  Warmup        `yaml:"warmup" json:"warmup" doc:"Load before the measured part. auto: until the response is steady, and 60s at most."`
	Measure unit.Duration `yaml:"measure" json:"measure" doc:"Length of the measured part. With a profile or a trace it is theirs, or less."`
	Records unit.Count    `yaml:"records" json:"records,omitempty" doc:"Measured records, instead of measure."`
	Drain   unit.Duration `yaml:"drain" json:"drain" doc:"How long to wait for what is still out after the last record was due."`
}

// Arrival is how records are spaced.
type Arrival string

// The values of Arrival.
const (
	ArrivalConstant Arrival = "constant"
	ArrivalPoisson  Arrival = "poisson"
)

// Warmup is a time, or auto.
type Warmup struct {
	Auto bool
	For  unit.Duration
}

// A Phase is one part of a profile: a rate, a ramp between two, bursts, or a sine. A line of a trace is one with Records, or with
// nothing but its length where none are due.
type Phase struct {
	For     unit.Duration `yaml:"for" json:"for" doc:"Length of the phase."`
	Rate    unit.Rate     `yaml:"rate" json:"rate,omitempty" doc:"Constant rate."`
	From    unit.Rate     `yaml:"from" json:"from,omitempty" doc:"Ramp: rate at the start."`
	To      unit.Rate     `yaml:"to" json:"to,omitempty" doc:"Ramp: rate at the end."`
	Burst   unit.Rate     `yaml:"burst" json:"burst,omitempty" doc:"Bursts: rate within a burst."`
	Every   unit.Duration `yaml:"every" json:"every,omitempty" doc:"Bursts: time from one to the next."`
	Lasting unit.Duration `yaml:"lasting" json:"lasting,omitempty" doc:"Bursts: length of each."`
	Sine    *Sine         `yaml:"sine" json:"sine,omitempty" doc:"A rate that goes up and down around a mean, from which it goes up first."`
	Records unit.Count    `yaml:"-" json:"records,omitempty"`
}

// A Sine is a rate that goes up and down around a mean.
type Sine struct {
	Mean      unit.Rate     `yaml:"mean" json:"mean" doc:"Half way between the lowest rate and the highest."`
	Amplitude unit.Rate     `yaml:"amplitude" json:"amplitude" doc:"By how much the highest rate is above the mean, and the lowest below it."`
	Period    unit.Duration `yaml:"period" json:"period" doc:"Time from one peak to the next."`
}

// FindMax is a search for the highest rate at which every objective holds.
type FindMax struct {
	SLO       []Threshold `yaml:"slo" json:"slo" doc:"Objectives, as thresholds are written."`
	From      unit.Rate   `yaml:"from" json:"from" doc:"Lowest rate tried."`
	To        unit.Rate   `yaml:"to" json:"to" doc:"Highest rate tried."`
	Precision Percent     `yaml:"precision" json:"precision" doc:"Width of the answer: the lowest rate that failed is at most so much above the highest that passed."`
	Curve     bool        `yaml:"curve" json:"curve" doc:"After it: short trials at 10 to 105 percent of the rate that was found, for latency against load."`
}

// Percent is a part of one, written 5%.
type Percent float64

// Producer is the producing side.
type Producer struct {
	Client                string `yaml:"client" json:"client" doc:"Client library; null acks at once and needs no broker." words:"confluent franz sarama null"`
	Count                 int    `yaml:"count" json:"count" doc:"Client instances; they share the load."`
	Mode                  Mode   `yaml:"mode" json:"mode" doc:"async, or sync: one record in flight for each instance, which waits for its ack."`
	driver.ProducerConfig `yaml:",inline"`
}

// Mode is how a producer waits.
type Mode string

// The values of Mode.
const (
	ModeAsync Mode = "async"
	ModeSync  Mode = "sync"
)

// Consumer is the consuming side.
type Consumer struct {
	Client                string        `yaml:"client" json:"client" doc:"Client library." words:"confluent franz sarama null"`
	Groups                int           `yaml:"groups" json:"groups" doc:"Consumer groups; each gets every record."`
	Members               int           `yaml:"members" json:"members" doc:"Members of each group."`
	Processing            unit.Duration `yaml:"processing" json:"processing" doc:"Time spent on each record, by waiting."`
	Pause                 []Pause       `yaml:"pause" json:"pause,omitempty" doc:"Times at which all consumers stop reading, by their client's own pause, and stay in their groups: a backlog builds up, and is caught up afterwards."`
	Slow                  []Slow        `yaml:"slow" json:"slow,omitempty" doc:"Members that take another time for each record: slow ones, or whole groups. The first entry that is about a member holds."`
	StaticMembers         bool          `yaml:"static_members" json:"static_members,omitempty" kafka:"group.instance.id" librdkafka:"group.instance.id" doc:"Each member has a group.instance.id: one that goes keeps its partitions until the session times out, and gets them back if it joins again before."`
	Churn                 []Churn       `yaml:"churn" json:"churn,omitempty" doc:"Members that join, leave and die in the course of each trial."`
	driver.ConsumerConfig `yaml:",inline"`
}

// A Message says what records look like.
type Message struct {
	Size       Sizes   `yaml:"size" json:"size" doc:"Bytes of the value: one size, or a distribution. Under 48B there is no room for the stamp: e2e and integrity are off."`
	Keys       Keys    `yaml:"keys" json:"keys" doc:"Which keys records have."`
	Payload    string  `yaml:"payload" json:"payload" doc:"random, zeros, text (words), json (objects), or the path of a file, from the scenario's folder, whose lines are the values, in turn. Where records are read, the stamp takes the first 48B, and comes before a line."`
	CompressTo float64 `yaml:"compress_to" json:"compress_to" doc:"For random: the part that compression leaves, above 0 and up to 1. From values of 2KB on it is within 3 percent of their size; at 200B the stamp weighs (docs/method.md#messages)."`
	Headers    int     `yaml:"headers" json:"headers" doc:"Headers of each record, with values of 8 to 32 bytes."`

	Lines [][]byte `yaml:"-" json:"-"` // of the file that Payload names; read with the scenario, and not part of a record
}

// Sizes is one size or a distribution of sizes; exactly one field is set.
type Sizes struct {
	Fixed     unit.Size           `yaml:"-" json:"fixed,omitempty"`
	Uniform   []unit.Size         `yaml:"uniform" json:"uniform,omitempty" doc:"Smallest and largest."`
	Lognormal *Lognormal          `yaml:"lognormal" json:"lognormal,omitempty" doc:"Median and 99th percentile, and where it is cut."`
	Weighted  map[string]Positive `yaml:"weighted" json:"weighted,omitempty" doc:"Sizes with their weights."`
}

// Positive is a number above zero.
type Positive float64

// Lognormal is a distribution of sizes by two of its quantiles, and its bounds.
type Lognormal struct {
	Median unit.Size `yaml:"median" json:"median" doc:"Half of the sizes are smaller."`
	P99    unit.Size `yaml:"p99" json:"p99" doc:"99 of 100 sizes are smaller."`
	Min    unit.Size `yaml:"min" json:"min" doc:"What would be smaller has this size, and is counted. 48B leave room for the stamp."`
	Max    unit.Size `yaml:"max" json:"max" doc:"What would be larger has this size, and is counted."`
}

// Keys says which keys records have.
type Keys struct {
	Count    unit.Count `yaml:"count" json:"count" doc:"Distinct keys; 0 for records without a key."`
	Pick     Pick       `yaml:"pick" json:"pick" doc:"How a record's key is chosen: uniform; sequential, one after the other; zipf, the k-th as often as 1 / k^exponent; hot, some much more often than the rest."`
	Exponent float64    `yaml:"exponent" json:"exponent" doc:"For zipf: the larger, the more records have the commonest keys."`
	Hot      Hot        `yaml:"hot" json:"hot" doc:"For hot: which part of the records has which part of the keys."`
}

// Hot is a part of the keys that has a part of the records.
type Hot struct {
	Keys    Percent `yaml:"keys" json:"keys" doc:"Hot keys, one at least."`
	Records Percent `yaml:"records" json:"records" doc:"Records that have one of them, each as often as any other."`
}

// Pick is a distribution over keys.
type Pick string

// The values of Pick.
const (
	PickUniform    Pick = "uniform"
	PickSequential Pick = "sequential"
	PickZipf       Pick = "zipf"
	PickHot        Pick = "hot"
)

// A Fault is done to a node, or to all, at one instant of each trial.
type Fault struct {
	At    unit.Duration `yaml:"at" json:"at" doc:"After the trial's start, warm-up included."`
	Do    string        `yaml:"do" json:"do" doc:"pause and go on; kill as a crash does; stop in order; restart in order; slow the way between clients and the node." words:"pause kill stop restart slow"`
	Node  string        `yaml:"node" json:"node" doc:"A node's number from 1; leader or follower, of the topic's partition 0; controller; or, to slow, all. Who that is is asked at that instant."`
	For   unit.Duration `yaml:"for" json:"for" doc:"How long it lasts: then the node goes on, is started again, or is no longer slow. 0s: until the load is through; a pause needs a time, a restart takes none."`
	Delay unit.Duration `yaml:"delay" json:"delay,omitempty" doc:"To slow: added to all that goes each way."`
	Rate  Bandwidth     `yaml:"rate" json:"rate,omitempty" doc:"To slow: what passes each way, over all connections to the node together. 0B/s: no limit."`
}

// Values of Fault.Do and Fault.Node that are more than words.
const (
	FaultPause   = "pause"
	FaultKill    = "kill"
	FaultStop    = "stop"
	FaultRestart = "restart"
	FaultSlow    = "slow"

	NodeLeader     = "leader"
	NodeFollower   = "follower"
	NodeController = "controller"
	NodeAll        = "all"
)

// Bandwidth is a number of bytes a second, written as a size with /s: 1MB/s.
type Bandwidth int64

// Default returns the scenario that an empty file is, with a producer's and a consumer's defaults filled in.
func Default() Scenario {
	s := Scenario{
		Topic:    Topic{Partitions: 3, Config: map[string]string{}},
		Load:     Load{Rate: 50e3 * unit.PerSecond, Arrival: ArrivalConstant, Warmup: Warmup{For: 5e9}, Measure: 20e9, Drain: 30e9},
		Producer: &Producer{},
		Consumer: &Consumer{},
		Message:  Message{Size: Sizes{Fixed: 200}, Keys: Keys{Pick: PickUniform, Exponent: 1, Hot: Hot{Keys: 0.01, Records: 0.8}}, Payload: "random", CompressTo: 0.5},
		Verify:   true, Repeats: 3, Order: OrderShuffled,
	}
	s.Producer.setDefaults()
	s.Consumer.setDefaults()
	return s
}

func (p *Producer) setDefaults() {
	*p = Producer{Client: "confluent", Count: 1, Mode: ModeAsync, ProducerConfig: driver.DefaultProducer()}
}

func (c *Consumer) setDefaults() {
	*c = Consumer{Client: "confluent", Groups: 1, Members: 1, ConsumerConfig: driver.DefaultConsumer()}
}

// The largest size is a little below Kafka's own limit of a batch.
func (l *Lognormal) setDefaults() { *l = Lognormal{Min: StampSize, Max: 1e6} }

func (f *FindMax) setDefaults() {
	*f = FindMax{From: 1e3 * unit.PerSecond, To: 2e6 * unit.PerSecond, Precision: 0.05}
}
