package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"kbench/bench/lab"
)

// How many times as long as the others' the warm-up of each Java tool is: its code is compiled meanwhile. The one that reads
// is level sooner.
const (
	producerWarm = 3
	consumerWarm = 2
)

// reporting is the interval of the tools' lines, and so how exactly the measured part is cut out.
const reporting = 250 * time.Millisecond

// A gauge reads a tool's own lines as they come. The measured part begins and ends with one of them: what the tool says
// it has done in between is its rate, what the process took in between its CPU time.
type gauge struct {
	warmup, length time.Duration
	enough         func() // called once the measured part is over

	first, from, to *reading
}

// A reading is where the tool stands at one of its lines.
type reading struct {
	at      time.Duration // by the tool's own clock
	records float64       // so far
	cpu     time.Duration // of the process so far
	known   bool          // whether the system tells that
}

func (g *gauge) line(pid int, at time.Duration, records float64) {
	r := &reading{at: at, records: records}
	r.cpu, r.known = lab.CPUSoFar(pid)
	switch {
	case g.first == nil:
		g.first = r
	case g.from == nil && at-g.first.at >= g.warmup:
		g.from = r
	case g.from != nil && g.to == nil && at-g.from.at >= g.length:
		g.to = r
		g.enough()
	}
}

// gauge runs a tool until its measured part is over. It is dry where the tool ended before.
func (b *bench) gauge(ctx context.Context, argv []string, warmup time.Duration, parse func(line string) (at time.Duration, records float64, ok bool)) (outcome, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	g := &gauge{warmup: warmup, length: b.length, enough: cancel}
	_, used, err := lab.Run(ctx, lab.Command{Argv: argv, Line: func(pid int, line string) {
		if at, records, ok := parse(line); ok {
			g.line(pid, at, records)
		}
	}})
	if g.to == nil {
		return outcome{dry: err == nil}, err
	}
	records := g.to.records - g.from.records
	o := outcome{perS: records / (g.to.at - g.from.at).Seconds(), rss: used.RSSBytes}
	if g.from.known && g.to.known {
		o.cpuNs = float64(g.to.cpu-g.from.cpu) / records
	}
	return o, nil
}

// producerTool runs kafka-producer-perf-test with the settings that kbench has in force. Its buffer stays at its own
// 32 MiB: four times as much made it slower.
func (b *bench) producerTool(ctx context.Context, c *comparison, topic string) (outcome, error) {
	argv := b.kafka.Tool("org.apache.kafka.tools.ProducerPerformance",
		"--bootstrap-server", strings.Join(b.kafka.Brokers, ","), "--topic", topic, "--throughput", "-1",
		"--num-records", strconv.Itoa(math.MaxInt32), "--record-size", strconv.Itoa(c.corner.size),
		"--reporting-interval", strconv.FormatInt(reporting.Milliseconds(), 10), "--command-property")
	for _, name := range []string{"acks", "linger.ms", "batch.size", "compression.type", "max.in.flight.requests.per.connection", "enable.idempotence"} {
		value, ok := c.settings.Producer.Settings[name]
		if !ok {
			return outcome{}, fmt.Errorf("kbench's record has no setting %s: the tool can't have the same", name)
		}
		argv = append(argv, name+"="+value)
	}
	var at, records float64
	o, err := b.gauge(ctx, argv, producerWarm*b.warmup, func(line string) (time.Duration, float64, bool) {
		n, perS, ok := window(line)
		if ok {
			at, records = at+n/perS, records+n
		}
		return time.Duration(at * 1e9), records, ok
	})
	if err == nil && o.dry {
		err = errors.New("kafka-producer-perf-test ended before its measured part was over")
	}
	return o, err
}

// window reads "60648 records sent, 57870.2 records/sec (...), ...", which is about one interval.
func window(line string) (records, perS float64, ok bool) {
	n, err := fmt.Sscanf(line, "%f records sent, %f records/sec", &records, &perS)
	return records, perS, n == 2 && err == nil && perS > 0
}

// consumerTool runs kafka-consumer-perf-test, whose defaults are what kbench states.
func (b *bench) consumerTool(ctx context.Context, from shelf) (outcome, error) {
	argv := b.kafka.Tool("org.apache.kafka.tools.ConsumerPerformance",
		"--bootstrap-server", strings.Join(b.kafka.Brokers, ","), "--topic", from.topic, "--group", b.unused("group"),
		"--num-records", strconv.FormatInt(from.records, 10), "--show-detailed-stats", "--hide-header",
		"--reporting-interval", strconv.FormatInt(reporting.Milliseconds(), 10), "--date-format", javaDate)
	return b.gauge(ctx, argv, consumerWarm*b.warmup, progress)
}

// One form, in Java's words and in Go's.
const (
	javaDate = "yyyy-MM-dd'T'HH:mm:ss.SSS"
	goDate   = "2006-01-02T15:04:05.000"
)

// progress reads "TIME, THREAD, MB, MB/s, RECORDS, ...", where MB and records are those so far.
func progress(line string) (at time.Duration, records float64, ok bool) {
	fields := strings.Split(line, ", ")
	if len(fields) < 5 {
		return 0, 0, false
	}
	t, err := time.Parse(goDate, fields[0])
	if err != nil {
		return 0, 0, false
	}
	records, err = strconv.ParseFloat(fields[4], 64)
	return time.Duration(t.UnixNano()), records, err == nil && records > 0
}
