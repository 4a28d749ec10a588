// Package metrics serves what kbench counts and times to Prometheus. It is fed once a second from the meter of the trial under
// way, so it costs a record nothing.
package metrics

import (
	"hash/fnv"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
	"weak"

	"github.com/HdrHistogram/hdrhistogram-go"
	"github.com/prometheus/client_golang/prometheus"

	"kbench/internal/meter"
)

// A Sample is where a trial stands. nil is not known, or does not exist there.
type Sample struct {
	Scenario, Case string
	Cluster        string // its kind: embedded (not Kafka), kafka, none
	Trial, Trials  int    // its number in the run, from 1, and how many there are in all
	OfferedPerS    *float64
	ConsumerLag    *int64           // records
	Failed         map[string]int64 // records of the measured part by class of error
	Meter          *meter.Meter     // read while Observe runs, and not after it; each trial has one of its own
}

// How many label values there can be. What comes after them counts under other.
const (
	mostCases   = 100 // pairs of scenario and case
	mostClasses = 30  // of errors
	longest     = 100 // bytes of a value
	other       = "other"
)

// A Collector adds up what trials count and time, over the life of the process. It is a prometheus.Collector, and safe for
// concurrent use.
type Collector struct {
	version string
	began   time.Time
	descs   descs

	mu      sync.Mutex
	cases   set[key] // their part is empty
	classes set[string]
	done    map[key]*totals           // of trials that are over; they stay as they are
	now     map[key]*totals           // of the trial under way; likewise: what is newer takes their place
	of      weak.Pointer[meter.Meter] // whose trial that is; only compared
	last    Sample                    // without its meter
	scratch *hdrhistogram.PackedHistogram
}

// A key says which records some series are of.
type key struct{ scenario, name, part string }

// New returns a collector of nothing yet. version is kbench's; began is when counting began.
func New(version string, began time.Time) *Collector {
	return &Collector{
		version: version, began: began, descs: newDescs(),
		cases: set[key]{}, classes: set[string]{}, done: map[key]*totals{}, now: map[key]*totals{},
		scratch: hdrhistogram.NewPacked(1, int64(meter.Longest), digits),
	}
}

// Observe takes what a trial has counted so far in place of what it had before. Counts of a trial only grow, and so do those
// over all trials.
func (c *Collector) Observe(s Sample) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if of := weak.Make(s.Meter); of != c.of {
		for k, t := range c.now {
			c.done[k] = sum(c.done[k], t)
		}
		c.now, c.of = map[key]*totals{}, of
	}
	of := key{scenario: short(s.Scenario), name: short(s.Case)}
	if !c.cases.admits(of, mostCases) {
		of = key{scenario: other, name: other}
	}
	c.part(of, "warmup", s.Meter.Warmup(), map[string]int64{"": s.Meter.Warmup().Failed}) // nobody keeps their classes
	c.part(of, "measured", s.Meter.Measured(), c.byClass(s.Failed))
	s.Scenario, s.Case, s.Meter = of.scenario, of.name, nil
	c.last = s
}

// part takes what one part of the trial under way has counted so far.
func (c *Collector) part(of key, name string, part *meter.Part, failed map[string]int64) {
	of.part = name
	t := &totals{counts: part.Counts, failed: failed}
	if was := c.now[of]; was != nil {
		t.spans = was.spans
	}
	for span := range t.spans {
		t.spans[span].read(&part.Stats[span], c.scratch)
	}
	c.now[of] = t
}

// byClass returns failures by class, of which there are so many and no more. Those without a class are there from the start.
func (c *Collector) byClass(failed map[string]int64) map[string]int64 {
	out := map[string]int64{"": 0}
	for _, class := range slices.Sorted(maps.Keys(failed)) {
		name := short(class)
		if !c.classes.admits(name, mostClasses) {
			name = other
		}
		out[name] += failed[class]
	}
	return out
}

// A set takes in who comes first.
type set[K comparable] map[K]bool

// admits says whether k is in the set, or can be, of which there are so many at most.
func (s set[K]) admits(k K, most int) bool {
	if !s[k] && len(s) >= most {
		return false
	}
	s[k] = true
	return true
}

// short makes a label value of any text. Texts that differ stay different, where they are cut too.
func short(s string) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	if len(s) <= longest {
		return s
	}
	sum := fnv.New32a()
	_, _ = sum.Write([]byte(s)) // it takes everything
	end := "~" + strconv.FormatUint(uint64(sum.Sum32()), 16)
	return strings.ToValidUTF8(s[:longest-len(end)], "") + end
}

// Describe implements prometheus.Collector.
func (c *Collector) Describe(to chan<- *prometheus.Desc) { c.descs.each(to) }

// Collect implements prometheus.Collector.
func (c *Collector) Collect(to chan<- prometheus.Metric) {
	for _, m := range c.collect() {
		to <- m
	}
}

// collect makes the metrics. Under the lock that a trial waits for it only looks up what they are of, which nobody changes. Those of
// a case that is not under way are made once, since a scrape must not cost more the longer a run is.
func (c *Collector) collect() []prometheus.Metric {
	c.mu.Lock()
	done, now, last := maps.Clone(c.done), maps.Clone(c.now), c.last
	c.mu.Unlock()
	out := scrape{descs: &c.descs, began: c.began}
	out.run(c.version, &last)
	for k, t := range now {
		out.records(k, sum(done[k], t))
		delete(done, k)
	}
	for k, t := range done {
		t.once.Do(func() {
			own := scrape{descs: out.descs, began: out.began}
			own.records(k, t)
			t.metrics = own.list
		})
		out.list = append(out.list, t.metrics...)
	}
	return out.list
}
