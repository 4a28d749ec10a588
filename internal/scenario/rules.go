package scenario

import (
	"cmp"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"kbench/internal/driver"
	"kbench/internal/unit"
)

// A checker holds one case against what must be true between keys. It runs on cases that decoded without a problem.
type checker struct {
	s       *Scenario
	given   func(path string) bool // whether the file, a flag or the matrix has the key
	varied  func(path string) bool // whether the matrix has it
	clients []string               // in this binary; empty: not known
	metrics []string               // for thresholds; empty: not known

	workloads []string // their names; nil: the scenario is one load

	cannotAbort func(Threshold) string // nil: not known
	problem     func(path, format string, args ...any)
}

func (c *checker) refuse(wrong bool, path, format string, args ...any) {
	if wrong {
		c.problem(path, format, args...)
	}
}

// check reports every rule that the case breaks.
func (c *checker) check() {
	c.scenario()
	c.topic()
	c.load()
	if c.s.Producer != nil {
		c.producer()
	}
	if c.s.Consumer != nil {
		c.consumer()
	}
	c.faults()
	c.thresholds("thresholds", c.s.Thresholds)
	if c.s.Load.FindMax != nil {
		c.findMax()
	}
}

func (c *checker) scenario() {
	s := c.s
	c.refuse(s.Producer == nil && s.Consumer == nil, "", "there is neither a producer nor a consumer; add one (producer: {} has the defaults)")
	c.refuse(!legalName.MatchString(s.Name), "name", "%q is not a name: it is 1 to 64 letters, digits, - and _", clip(s.Name))
	p, known := s.Message.Payload, payloads()
	c.refuse(!slices.Contains(known, p) && !isFile(p), "message.payload", "%q is not allowed: it is %s, or a file with a / or . in its name%s",
		clip(p), alternatives(known), suggest(p, known))
}

func (c *checker) topic() {
	t := &c.s.Topic
	if t.Name != "" {
		legal := legalTopic.MatchString(t.Name) && t.Name != "." && t.Name != ".."
		c.refuse(!legal, "topic.name", "%q is not a topic name: it is 1 to 249 letters, digits, dots, - and _, and not . or ..", clip(t.Name))
		for _, path := range []string{"topic.partitions", "topic.replication_factor"} {
			c.refuse(c.varied(path), "topic.name", "the topic is used as it is, so the matrix cannot vary %s; leave the name out for fresh topics", path)
		}
		return
	}
	insync, err := strconv.Atoi(t.Config["min.insync.replicas"])
	c.refuse(err == nil && t.ReplicationFactor > 0 && insync > int(t.ReplicationFactor), "topic.config.min.insync.replicas",
		"%d is more than replication_factor %s; no record could be acked with acks all", insync, t.ReplicationFactor)
}

func (c *checker) load() {
	l := &c.s.Load
	var ways []string
	for _, path := range []string{"load.rate", "load.profile", "load.trace", "load.find_max"} {
		if c.given(path) && (path != "load.find_max" || l.FindMax != nil) { // find_max: null is no search
			ways = append(ways, path)
		}
	}
	if len(ways) > 1 {
		c.problem(ways[1], "%s exclude each other; leave one", strings.Join(ways, " and "))
	}
	c.profile()
	c.refuse(c.given("load.records") && c.given("load.measure"), "load.records", "load.records and load.measure exclude each other; leave one")
	c.refuse(c.s.Producer != nil && c.s.Producer.OnFull == driver.OnFullFail && l.Rate == unit.MaxRate, "producer.on_full", "fail needs a rate; at rate max the buffer is always full, so use wait")
	c.refuse(l.Arrival == ArrivalPoisson && l.Rate == unit.MaxRate, "load.arrival", "poisson needs a rate; at rate max nothing is scheduled, so use constant")
	if l.Warmup.Auto {
		c.warmupAuto()
	}
}

// findMax refuses what a search can't be made of.
func (c *checker) findMax() {
	f := c.s.Load.FindMax
	c.refuse(c.s.Producer == nil, "load.find_max", "a search is for the rate of producers, and there is none; leave find_max out")
	c.refuse(c.given("load.records"), "load.records", "each step of a search lasts for a time; give load.measure instead")
	c.thresholds("load.find_max.slo", f.SLO)
	for i, t := range f.SLO {
		at := fmt.Sprintf("load.find_max.slo[%d]", i)
		c.refuse(t.Abort, at+".abort", "a search looks at whole trials, and overloads on purpose; leave abort out")
		c.refuse(t.Scope == ScopeCase, at+".scope", "an objective holds for each trial of a search; leave scope out")
	}
}

// warmupAuto refuses what has no response that could become steady.
func (c *checker) warmupAuto() {
	const instead = "give a time, such as 5s"
	p := c.s.Producer
	c.refuse(p == nil, "load.warmup", "auto goes by the response, and without a producer there is none; "+instead)
	c.refuse(p != nil && p.Acks == driver.AcksNone, "load.warmup", "auto goes by the response, and with acks 0 there is none; "+instead)
	c.refuse(len(c.s.Faults) > 0, "load.warmup", "with auto the measured part begins when it may, and faults at fixed instants; "+instead)
}

func (c *checker) producer() {
	p := c.s.Producer
	c.client("producer.client", p.Client)
	c.refuse(p.Client == "null" && c.s.Consumer != nil, "producer.client", "client null stores nothing that a consumer could read; leave the consumer out")
	c.refuse(c.s.Preload > 0, "preload", "preload is for scenarios without a producer; leave one of the two out")
	if p.Idempotence {
		c.refuse(p.Acks != driver.AcksAll, "producer.idempotence", "needs acks all, not %s; set acks: all or idempotence: false", p.Acks)
		c.refuse(p.MaxInFlight > 5, "producer.idempotence", "needs max_in_flight of 5 or less, not %d", p.MaxInFlight)
		c.refuse(p.Retries == 0, "producer.idempotence", "needs retries above 0; set retries: max")
	}
	c.refuse(p.Linger >= p.Timeout, "producer.linger", "%s is not shorter than timeout %s; lower linger or raise timeout", p.Linger, p.Timeout)
	if p.CompressionLevel != 0 {
		most := map[driver.Compression]int{"gzip": 9, "lz4": 12, "zstd": 22}[p.Compression]
		c.refuse(most == 0, "producer.compression_level", "compression %s has no levels; only gzip, lz4 and zstd do", p.Compression)
		c.refuse(most > 0 && p.CompressionLevel > most, "producer.compression_level", "%d is out of range: with %s it is 1 to %d, or 0 for the codec's own", p.CompressionLevel, p.Compression, most)
	}
	t := p.Transaction
	c.refuse(t.AbortRatio > 0 && t.Records == 0, "producer.transaction.abort_ratio", "there are no transactions; set transaction.records")
	c.refuse(t.Records > 0 && p.Acks != driver.AcksAll, "producer.transaction.records", "transactions need acks all, not %s", p.Acks)
	c.refuse(t.Records > 0 && !p.Idempotence, "producer.transaction.records", "transactions need idempotence; set producer.idempotence: true")
}

func (c *checker) consumer() {
	k, t := c.s.Consumer, &c.s.Topic
	if k.Client == "null" {
		c.problem("consumer.client", "client null has nothing to read; use another client, or leave the consumer out")
	} else {
		c.client("consumer.client", k.Client)
	}
	c.refuse(k.Assign == driver.AssignSubscribe && k.Protocol == driver.ProtocolConsumer && k.Assignor != "range", "consumer.assignor",
		"%s is of the classic protocol; protocol consumer takes range here, or protocol: classic", k.Assignor)
	c.refuse(k.Assign == driver.AssignStatic && t.Name == "" && k.Members > t.Partitions, "consumer.members",
		"%d members cannot share %d partitions when assign is static; lower members or raise topic.partitions", k.Members, t.Partitions)
	c.refuse(k.Commit == driver.CommitAuto && k.CommitEvery.Records > 0, "consumer.commit_every",
		"commit auto goes by time, not by %s records; give a time such as 5s, or commit: async", k.CommitEvery)
	c.forward()
	c.pauses()
	c.churn()
	c.share()
	if c.s.Producer != nil {
		return
	}
	c.refuse(t.Name == "" && c.s.Preload == 0, "consumer", "there is nothing to consume; add a producer, topic.name of a topic with records, or preload")
	c.refuse(t.Name != "" && c.s.Preload > 0, "preload", "preload fills a fresh topic, and topic.name is used as it is; leave one of the two out")
	c.refuse(c.s.Preload > 0 && k.Start != driver.StartEarliest, "consumer.start", "%s would skip what preload wrote; set start: earliest", k.Start)
}

func (c *checker) faults() {
	s := c.s
	c.refuse(len(s.Faults) > 0 && s.Producer != nil && s.Producer.Client == "null", "faults",
		"client null has no brokers that a fault could be done to; use another client, or leave the faults out")
	end := s.Load.Warmup.For + s.Load.Measure
	for i, f := range s.Faults {
		c.refuse(c.timed() && f.At >= end, fmt.Sprintf("faults[%d].at", i), "%s is not before the load's end at %s, warm-up and measured part; let it last longer", f.At, end)
		for j, g := range s.Faults[:i] {
			both := (f.Do == FaultSlow) == (g.Do == FaultSlow) && (f.Node == g.Node || f.Node == NodeAll || g.Node == NodeAll)
			c.refuse(both && f.At < g.until() && g.At < f.until(), fmt.Sprintf("faults[%d]", i),
				"it is done to %s at %s, when faults[%d] is not over; let one end before the other begins", f.Node, f.At, j)
		}
	}
}

// until is when a fault is over, as far as the file says. A restart takes as long as it takes.
func (f *Fault) until() unit.Duration {
	switch {
	case f.Do == FaultRestart:
		return f.At + 1
	case f.For == 0:
		return math.MaxInt64
	}
	return f.At + f.For
}

// timed reports whether the file says how long the load lasts.
func (c *checker) timed() bool {
	l := &c.s.Load
	return l.Records == 0 && !l.Warmup.Auto
}

// client checks that this binary has a client.
func (c *checker) client(path, name string) {
	c.refuse(len(c.clients) > 0 && !slices.Contains(c.clients, name), path, "this kbench was built without client %s; it has %s", name, alternatives(c.clients))
}

func (c *checker) thresholds(path string, ts []Threshold) {
	for i, t := range ts {
		at := fmt.Sprintf("%s[%d]", path, i)
		workload, metric := t.Split()
		known := len(c.metrics) == 0 || slices.Contains(c.metrics, metric)
		c.refuse(!known, at, "%q is not a metric%s", clip(metric), cmp.Or(suggest(metric, c.metrics), "; the metrics are "+alternatives(c.metrics)))
		c.refuse(workload != "" && !slices.Contains(c.workloads, workload), at, "there is no workload %s; the scenario has %s", clip(workload), cmp.Or(alternatives(c.workloads), "none"))
		if !t.Abort {
			continue
		}
		c.refuse(t.Scope == ScopeCase, at+".abort", "abort stops one trial, and scope case is about all repeats together; leave one of the two out")
		if known && c.cannotAbort != nil {
			why := c.cannotAbort(t)
			c.refuse(why != "", at+".abort", "%s; leave abort out, and it is checked then", why)
		}
	}
}

// warnings lists what is allowed and yet likely not meant, one line each.
func (c *checker) warnings() []string {
	var out []string
	warn := func(doubtful bool, format string, args ...any) {
		if doubtful {
			out = append(out, fmt.Sprintf(format, args...))
		}
	}
	s := c.s
	least, _ := s.Message.Size.Bounds()
	most := s.Message.longest()
	warn(s.Message.FromFile() && c.given("message.size"), "message.size: without effect, since values are the lines of %s", s.Message.Payload)
	warn(!s.Message.HasStamp(), "message.size: %s has no room for the stamp of %s: e2e and integrity are off", least, StampSize)
	warn(s.Message.Payload != "random" && c.given("message.compress_to"), "message.compress_to: without effect, since payload is %s", s.Message.Payload)
	keys := s.Message.Keys
	warn(keys.Count == 0 && c.given("message.keys.pick"), "message.keys.pick: without effect, since keys.count is 0")
	warn(keys.Pick != PickZipf && c.given("message.keys.exponent"), "message.keys.exponent: without effect, since keys.pick is %s", keys.Pick)
	warn(keys.Pick != PickHot && c.given("message.keys.hot"), "message.keys.hot: without effect, since keys.pick is %s", keys.Pick)
	for _, path := range []string{"topic.partitions", "topic.replication_factor", "topic.config"} {
		warn(s.Topic.Name != "" && c.given(path), "%s: without effect, since topic.name is used as it is", path)
	}
	for i, f := range s.Faults {
		warn(!s.Load.Warmup.Auto && f.At < s.Load.Warmup.For, "faults[%d].at: %s lies in the warm-up of %s, of which there are no results", i, f.At, s.Load.Warmup.For)
	}
	if p := s.Producer; p != nil {
		warn(most > p.BatchSize, "producer.batch_size: %s is smaller than a record of %s: each record is a batch of its own", p.BatchSize, most)
		warn(p.Mode == ModeSync && p.Linger > 0, "producer.linger: in mode sync every record waits the whole %s", p.Linger)
		_, known := s.Topic.Config["max.message.bytes"]
		warn(most > kafkaMaxMessage && !known && s.Topic.Name == "" && p.Client != "null",
			"message.size: %s is above Kafka's own limit of %s: set topic.config.max.message.bytes", most, kafkaMaxMessage)
	} else {
		warn(c.given("load.rate"), "load.rate: without effect, since there is no producer")
	}
	if l := &s.Load; len(l.Profile) > 0 {
		warn(l.Warmup.For > 0 && l.Profile[0].First() == 0, "load.warmup: nothing is due in it, since the profile begins with 0/s")
	}
	if s.Load.FindMax != nil {
		warn(s.Load.Measure < trendWithin, "load.measure: in less than %s a search can't tell whether a backlog grows", trendWithin)
		warn(len(s.Thresholds) > 0, "thresholds: without effect on a search, which overloads on purpose; its objectives are load.find_max.slo")
		lowest := s.Load.FindMax.From.PerSecond() * float64(s.Load.Measure) / 1e9
		for i, o := range s.Load.FindMax.SLO {
			need := o.samples()
			warn(lowest < need, "load.find_max.slo[%d]: %s takes %.0f records, and at %s for %s there are %.0f: it is not known there, and does not hold", i, o.Metric, need, s.Load.FindMax.From, s.Load.Measure, lowest)
		}
	}
	return out
}

// StampSize is what the stamp takes at the start of each value, which says what record it is.
const StampSize = unit.Size(48)

// trendWithin is how long a trial must be measured for a trend to show.
const trendWithin = unit.Duration(5e9)

// kafkaMaxMessage is the default of max.message.bytes.
const kafkaMaxMessage = unit.Size(1_048_588)

var (
	legalName  = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)
	legalTopic = regexp.MustCompile(`^[a-zA-Z0-9._-]{1,249}$`)
)
