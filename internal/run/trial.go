package run

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"kbench/internal/driver"
	"kbench/internal/host"
	"kbench/internal/load"
	"kbench/internal/meter"
	"kbench/internal/result"
	"kbench/internal/scenario"
	"kbench/internal/unit"
)

// startDelay lies between consumers being ready and the first due instant, so that every sender is there in time.
const startDelay = 50 * time.Millisecond

// interruptedDrain is how long an interrupted trial waits for what is out: long enough for a healthy broker's answer,
// short enough for whoever pressed Ctrl-C.
const interruptedDrain = 2 * time.Second

// closeWithin bounds a consumer's return after its context ended. Closing a client is bounded by its driver.
const closeWithin = 15 * time.Second

// A trial is one trial being carried out. Its state lives here and nowhere else.
type trial struct {
	env  *Env
	c    *scenario.Scenario
	rec  *result.Trial
	id   uint64 // in every record's stamp
	keep bool   // the topic

	topic      string
	fresh      bool // kbench made the topic
	partitions int
	starts     map[int32]int64 // end offsets before the trial
	ends       map[int32]int64 // and after it; nil where nobody could say

	silent bool // the brokers did not answer after the load

	clock     *clock
	meter     *meter.Meter
	producers []*producer
	content   *load.Messages // that they send
	values    [][]byte       // that they share, where values have no stamp
	groups    []*group
	ledger    *ledger
	probes    atomic.Int64 // probe records that brokers took

	warmup, to, end time.Duration // measured part, and where the load ends; math.MaxInt64 where not known beforehand
	stopped         time.Duration // when the load really ended

	mu       sync.Mutex
	events   []result.Event
	warnings []string
	unread   bool                      // a warning tells of windows that could not be read back
	lagMax   []int64                   // by group, -1 where not sampled
	assigned map[driver.Consumer]int64 // how many assignments each member has had; the watch's own
	lags     map[int]int64             // by window, over all groups
	usage    host.Usage

	fullBefore, full int64 // times that Send met a full buffer, up to the measured part and up to its end
}

// Trial carries out one trial of a case and returns its record, whatever happened: a failure stands in the record. It
// ends early, with the status interrupted, when ctx does. The meter holds the windows for the .hlog file; the caller closes
// it.
func (e *Env) Trial(ctx context.Context, c *scenario.Case, step Position) (*result.Trial, *meter.Meter) {
	t := &trial{
		env: e, c: &c.Scenario, keep: step.KeepTopic, clock: newClock(), lags: map[int]int64{}, ledger: &ledger{},
		id: load.Mix(uint64(time.Now().UnixNano()) ^ uint64(step.Number)<<48),
		rec: &result.Trial{
			Schema: result.Schema, ID: fmt.Sprintf("%s/%s.r%d", step.Run, c.Name, step.Repeat), Run: step.Run,
			Scenario: c.Scenario.Name, Case: c.Name, Set: c.Set, Repeat: step.Repeat, Position: step.Number,
			Plan: c.Scenario, Status: result.StatusOK, Host: e.Host,
		},
	}
	t.plan()
	err := t.carryOut(ctx)
	switch {
	case ctx.Err() != nil:
		t.rec.Status, t.rec.Failure = result.StatusInterrupted, "interrupted"
		if err != nil && !errors.Is(err, context.Canceled) {
			t.warn("after the interruption: %s", oneLine(err))
		}
	case err != nil:
		t.rec.Status, t.rec.Failure = result.StatusFailed, oneLine(err)
	}
	t.summarise()
	return t.rec, t.meter
}

// plan fixes the instants and the spans before anything runs.
func (t *trial) plan() {
	l := t.c.Load
	t.warmup = time.Duration(l.Warmup.For)
	t.to = t.warmup + time.Duration(l.Measure)
	t.end = t.to
	if l.Records > 0 {
		t.to, t.end = math.MaxInt64, math.MaxInt64
		if t.open() {
			t.to = t.warmup + time.Duration(float64(l.Records)/l.Rate.PerSecond()*1e9)
		}
	}
	t.rec.Closed = t.c.Producer != nil && !t.open()
	stamped := t.stamped()
	var off [meter.Spans]bool
	none := t.c.Producer == nil
	noAck := none || t.c.Producer.Acks == driver.AcksNone
	off[meter.Response] = noAck || !t.open()
	off[meter.Service] = noAck
	off[meter.Lag] = none || !t.open()
	off[meter.E2E] = none || !t.open() || !stamped || t.c.Consumer == nil
	off[meter.E2EService] = none || !stamped || t.c.Consumer == nil
	spool, err := meter.NewSpool()
	if err != nil {
		t.warn("memory grows with the length of the trial: %s", oneLine(err))
	}
	t.meter = meter.New(meter.Config{From: t.warmup, To: t.to, Off: off, Spool: spool})
}

// open says that the load follows a schedule, whatever becomes of it.
func (t *trial) open() bool { return t.c.Producer != nil && t.c.Load.Rate != unit.MaxRate }

// stamped says that values have a stamp: they have room for it, and somebody reads it. Making it takes a fifth of all that
// sending a small record does, most of it to get hold of a value of its own for each record.
func (t *trial) stamped() bool {
	read := t.c.Consumer != nil || t.c.Producer != nil && t.env.Driver(t.c.Producer.Client).ByValue()
	return read && t.c.Message.Size.Fixed >= load.StampSize
}

func (t *trial) carryOut(ctx context.Context) (err error) {
	if t.env.Admin != nil {
		defer t.cleanUp()
		if err := t.prepareTopic(ctx); err != nil {
			return err
		}
	} else {
		t.partitions = t.c.Topic.Partitions
	}
	t.ledger = newLedger(t.c, t.stamped())
	if !t.stamped() && t.c.Producer != nil && t.c.Consumer != nil {
		t.warn("records have fewer than %d bytes, no room for a stamp: there is no e2e and no integrity account, and records count as consumed by the instant they were read", load.StampSize)
	}
	defer func() { err = errors.Join(err, t.closeProducers()) }()
	if err := t.openProducers(ctx); err != nil {
		return err
	}
	if err := t.preload(ctx); err != nil {
		return err
	}
	// Consumers end before the producers are closed, and after the last record was read.
	consumers, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	if err := t.openConsumers(ctx); err != nil {
		return errors.Join(err, closeAll(t.groups))
	}
	running := t.startConsumers(consumers)
	defer func() { err = errors.Join(err, t.stopConsumers(stop, running)) }()
	if len(t.groups) > 0 && len(t.producers) > 0 {
		t.env.progress(Progress{Phase: "waiting for consumers"})
		if err := awaitReady(ctx, t.groups, t.producers[0], t.consumerError); err != nil {
			return err
		}
	}
	return t.measure(ctx)
}

// measure runs the load, and waits for what is out.
func (t *trial) measure(ctx context.Context) error {
	if len(t.producers) > 0 {
		t.clock.begin(startDelay)
	}
	loading, stopLoad := context.WithCancelCause(ctx)
	defer stopLoad(nil)
	watching := make(chan struct{})
	watch, stopWatch := context.WithCancel(context.WithoutCancel(ctx))
	go func() {
		defer close(watching)
		t.watch(watch, stopLoad)
	}()
	defer func() { stopWatch(); <-watching }()

	if len(t.producers) == 0 {
		return t.consumeOnly(loading)
	}
	var senders sync.WaitGroup
	for _, p := range t.producers {
		senders.Go(func() { p.produce(loading) })
	}
	senders.Wait()
	t.stopped = t.clock.now()
	var stalled error
	if ctx.Err() != nil {
		t.meter.End(t.stopped)
	} else if cause := context.Cause(loading); cause != nil && !errors.Is(cause, errDrainOver) {
		stalled = cause
	}
	return errors.Join(stalled, t.drain(ctx))
}

var errDrainOver = errors.New("the drain is over")

// drain waits until every record is resolved and read, for the scenario's drain after the last one was due.
func (t *trial) drain(ctx context.Context) error {
	t.env.progress(Progress{Phase: "drain"})
	limit := t.clock.start().Add(min(t.end, t.stopped) + time.Duration(t.c.Load.Drain))
	draining, cancel := context.WithDeadline(context.WithoutCancel(ctx), limit)
	defer context.AfterFunc(ctx, func() { time.AfterFunc(interruptedDrain, cancel) })()
	defer cancel()
	var late error
	for _, p := range t.producers {
		late = errors.Join(late, p.drain(draining))
	}
	for _, p := range t.producers {
		p.giveUp.Store(late != nil)
	}
	err := t.judgeDelivery(late != nil)
	if t.env.Admin == nil {
		return err
	}
	// What the brokers hold is asked even when the drain is over: it takes little, and the account needs it.
	limited := 5 * time.Second
	if ctx.Err() != nil {
		limited = interruptedDrain
	}
	asking, cancelAsking := t.asking(limited)
	defer cancelAsking()
	ends, endErr := t.endOffsets(asking)
	if endErr != nil {
		t.silent = true
		return errors.Join(err, fmt.Errorf("ask for the end offsets of %s: %w", t.topic, endErr))
	}
	t.ends = ends
	return errors.Join(err, t.awaitRead(draining))
}

// asking bounds questions to the brokers after the load: those that did not answer one are not waited for as long again.
func (t *trial) asking(limit time.Duration) (context.Context, context.CancelFunc) {
	if t.silent {
		limit = time.Second
	}
	return context.WithTimeout(context.Background(), limit)
}

// settled is how long end offsets that do not cover every ack must stand still before they are taken for final.
const settled = time.Second

// endOffsets returns the end offsets once they cover every ack, or stand still. What a broker tells is its high watermark,
// which may be behind what it has acked when acks is 1, and with acks=0 records may still be on their way to it: readers
// that stopped there would find records lost that are not.
func (t *trial) endOffsets(ctx context.Context) (map[int32]int64, error) {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	last, since := int64(-1), time.Now()
	for {
		ends, err := t.env.Admin.EndOffsets(ctx, t.topic)
		if err != nil || t.covers(ends) {
			return ends, err
		}
		if sum := sumOf(ends); sum != last {
			last, since = sum, time.Now()
		} else if time.Since(since) > settled {
			return ends, nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ends, nil
		}
	}
}

// covers says whether every acked record lies below the ends: by its offset, or by their number where acks tell none.
func (t *trial) covers(ends map[int32]int64) bool {
	var acked int64
	for _, p := range t.producers {
		done := p.tally()
		acked += done.acked
		for i, part := range done.partitions {
			if part.next > ends[int32(i)] {
				return false
			}
		}
	}
	return sumOf(ends)-sumOf(t.starts)-t.probes.Load() >= acked
}

// awaitRead waits until every group has read to the end.
func (t *trial) awaitRead(ctx context.Context) error {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		behind := false
		for _, g := range t.groups {
			behind = behind || !g.reached(t.ends)
		}
		if err := t.consumerError(); err != nil || !behind {
			return err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			for _, g := range t.groups {
				if lag := g.lag(t.ends); lag > 0 {
					t.warn("group %s had not read the last %d records when the drain was over", g.name, lag)
				}
			}
			return nil
		}
	}
}

// brokersGone is how long no record is acked, while some are out, before that counts as a failure and not as load that
// is too high.
const brokersGone = 3 * time.Second

// judgeDelivery turns records that were not taken into the trial's failure.
func (t *trial) judgeDelivery(late bool) error {
	var acked, out int64
	var lastAck time.Duration
	var last error
	classes := map[string]int64{}
	for _, p := range t.producers {
		done := p.tally()
		for class, n := range done.errors {
			classes[class] += n
		}
		last = errors.Join(last, done.lastError)
		out += p.unresolved()
		acked += done.acked
		lastAck = max(lastAck, done.lastAck)
	}
	now := t.clock.now()
	switch failed := failures(classes); {
	case failed != "":
		return fmt.Errorf("records failed: %s; the last error: %s", failed, oneLine(last))
	case acked == 0 && out > 0:
		return fmt.Errorf("no record was acknowledged: %d are out; are the brokers up, and is min.insync.replicas met?", out)
	case late && now-lastAck > brokersGone:
		return fmt.Errorf("brokers stopped answering %s before the drain was over: %d records are out", unit.HumanDuration(now-lastAck), out)
	case late:
		t.warn("%d records were still out when the drain was over: the load is more than these brokers take", out)
	}
	return nil
}

// failures lists classes with their counts; queue-full ones are what on_full: fail asks for.
func failures(classes map[string]int64) string {
	out := ""
	for _, class := range sortedKeys(classes) {
		if class != driver.ErrQueueFull {
			out += ", " + class + " " + strconv.FormatInt(classes[class], 10)
		}
	}
	if out == "" {
		return ""
	}
	return out[2:]
}

func (t *trial) warn(format string, args ...any) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.warnings = append(t.warnings, fmt.Sprintf(format, args...))
}

func (t *trial) event(format string, args ...any) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.events = append(t.events, result.Event{AtNs: int64(t.clock.now()), What: fmt.Sprintf(format, args...)})
}
