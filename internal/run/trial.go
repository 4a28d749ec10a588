package run

import (
	"context"
	"errors"
	"fmt"
	"math"
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

// closeWithin bounds a consumer's return after its context ended. Closing a client is bounded by its driver.
const closeWithin = 15 * time.Second

// A trial is one trial being carried out. Its state lives here and nowhere else.
type trial struct {
	env  *Env
	c    *scenario.Scenario
	rec  *result.Trial
	id   uint64 // in every record's stamp
	keep bool   // the topic

	own        string // name of the topic that kbench makes, and beginning of its groups'
	topic      string
	fresh      bool // kbench made the topic
	partitions int
	starts     map[int32]int64 // end offsets before the trial
	ends       map[int32]int64 // and after it; nil where nobody could say

	expected *scenario.Threshold // by which records may fail; nil: none may

	silent bool // the brokers did not answer after the load

	clock     *clock
	gate      *gate     // where several workloads begin together; nil for one
	leads     bool      // of several workloads: it samples what is common to all
	faults    *director // nil where the scenario has none, and before the load
	held      *holder   // nil where the scenario has no pause, and before the load
	meter     *meter.Meter
	producers []*producer
	content   *content // that they send
	groups    []*group
	churn     *churner // nil where no group is watched, and before the load
	ledger    *ledger
	probes    atomic.Int64 // probe records that brokers took

	transactions transactionAccount
	forward      *forward // nil where consumers only read

	schedules func() load.Schedule // makes one for each producer; only where the load is open
	bounds    *bounds
	undecided bool          // where the measured part begins: the warm-up is auto, and not over; the watch's own
	stopped   time.Duration // when the load really ended
	loaded    atomic.Bool   // it has

	mu       sync.Mutex
	events   []result.Event
	warnings []string
	unread   bool                      // a warning tells of windows that could not be read back
	lagMax   []int64                   // by group, -1 where not sampled
	assigned map[driver.Consumer]int64 // how many assignments each member has had; the watch's own
	lags     map[time.Duration]int64   // by the window's beginning, over all groups
	usage    host.Usage
	parts    breakdown
	journal  journal    // the watch's own
	scratch  meter.Stat // of window
	hiccups  hiccups
	standing standing

	fullBefore, full int64 // times that Send met a full buffer, up to the measured part and up to its end
}

// Trial carries out one trial of a case and returns its record, whatever happened: a failure stands in the record. It
// ends early, with the status interrupted, when ctx does. The meter holds the windows for the .hlog file; the caller closes
// it.
func (e *Env) Trial(ctx context.Context, c *scenario.Case, step Position) (*result.Trial, *meter.Meter) {
	if len(c.Scenario.Workloads) > 0 {
		return e.workloads(ctx, c, step)
	}
	t := e.newTrial(c, step)
	t.conclude(ctx, t.carryOut(ctx))
	t.summarise()
	e.observe(Progress{Errors: t.failedBy()}, t.meter)
	return t.rec, t.meter
}

// newTrial returns the trial of a case, with nothing done yet.
func (e *Env) newTrial(c *scenario.Case, step Position) *trial {
	t := &trial{
		env: e, c: &c.Scenario, keep: step.KeepTopic, clock: newClock(), lags: map[time.Duration]int64{}, ledger: &ledger{},
		journal: journal{begin: step.Journal},
		id:      load.Mix(uint64(time.Now().UnixNano()) ^ uint64(step.Number)<<48 ^ step.salt<<56),
		rec:     e.newRecord(c, step), expected: expected(c.Scenario.Thresholds, ""),
	}
	t.plan()
	if e.Security.TLS.AnyName {
		t.warn("the names in the brokers' certificates were not checked, as ssl.endpoint.identification.algorithm asks: somebody else may have answered")
	}
	return t
}

// newRecord returns the record of a trial, with what is known before it.
func (e *Env) newRecord(c *scenario.Case, step Position) *result.Trial {
	return &result.Trial{
		Schema: result.Schema, ID: fmt.Sprintf("%s/%s.r%d", step.Run, c.Name, step.Repeat), Run: step.Run,
		Scenario: c.Scenario.Name, Case: c.Name, Set: c.Set, Repeat: step.Repeat, Position: step.Number,
		Plan: c.Scenario, Status: result.StatusOK, Host: e.Host, Pair: step.Pair, Search: step.Search,
	}
}

// conclude notes how the trial ended: err is what went wrong, nil for nothing.
func (t *trial) conclude(ctx context.Context, err error) {
	switch {
	case ctx.Err() != nil:
		t.rec.Status, t.rec.Failure = result.StatusInterrupted, "interrupted"
		if err != nil && !errors.Is(err, context.Canceled) {
			t.warn("after the interruption: %s", oneLine(err))
		}
	case err != nil:
		t.rec.Status, t.rec.Failure = result.StatusFailed, oneLine(err)
	}
}

// plan fixes the instants and the spans before anything runs.
func (t *trial) plan() {
	l := t.c.Load
	from := time.Duration(l.Warmup.Most())
	to := from + time.Duration(l.Measure)
	end := to
	if l.Records > 0 {
		to, end = math.MaxInt64, math.MaxInt64
		if t.open() {
			to = from + time.Duration(float64(l.Records)/l.Rate.PerSecond()*1e9)
		}
	}
	t.bounds, t.undecided = newBounds(from, to, end), l.Warmup.Auto
	if t.open() {
		t.schedules = schedules(l, t.env.Seed)
	}
	t.rec.Closed = t.c.Producer != nil && !t.open()
	t.own = OwnName(t.c.Name, time.Now().Add(t.planned()), t.id, t.keep)
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
	t.meter = meter.New(meter.Config{From: from, To: to, Off: off, Spool: spool})
}

// open says that the load follows a schedule, whatever becomes of it.
func (t *trial) open() bool { return t.c.Producer != nil && t.c.Load.Rate != unit.MaxRate }

// stamped says that values have a stamp: they have room for it, and somebody reads it. Making it takes a fifth of all that
// sending a small record does, most of it to get hold of a value of its own for each record.
func (t *trial) stamped() bool {
	read := t.c.Consumer != nil || t.c.Producer != nil && t.env.Driver(t.c.Producer.Client).ByValue()
	return read && t.c.Message.HasStamp()
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
	t.splitConsumer()
	t.ledger = newLedger(t.c, t.stamped())
	if !t.stamped() && t.c.Producer != nil && t.c.Consumer != nil {
		t.warn("not every record has %d bytes, room for a stamp: there is no e2e and no integrity account, and records count as consumed by the instant they were read", load.StampSize)
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
	if t.gate != nil && t.c.Producer == nil { // its records are there, and reading them is the load
		if err := t.begin(ctx); err != nil {
			return errors.Join(err, closeAll(t.groups))
		}
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
		if err := t.begin(ctx); err != nil {
			return err
		}
	}
	loading, stopLoad := context.WithCancelCause(ctx)
	defer stopLoad(nil)
	t.journal.head = *t.rec // before others write to it
	t.churn = t.newChurner()
	watching := make(chan struct{})
	watch, stopWatch := context.WithCancel(context.WithoutCancel(ctx))
	go func() {
		defer close(watching)
		var asleep sync.WaitGroup
		asleep.Go(func() { t.watchHiccups(watch) })
		if t.churn != nil {
			asleep.Go(func() { t.watchGroups(watch) })
		}
		if t.env.Admin != nil {
			asleep.Go(func() { t.watchStanding(watch) })
		}
		t.watch(watch, stopLoad)
		asleep.Wait()
	}()
	defer func() { stopWatch(); <-watching }()

	if t.faulted() {
		t.faults = t.direct(ctx)
		defer t.faults.end(ctx)
	}
	if len(t.producers) == 0 {
		return t.consumeOnly(loading)
	}
	if t.pauses() {
		t.held = t.hold(ctx)
		defer t.held.end()
	}
	var senders sync.WaitGroup
	for _, p := range t.producers {
		senders.Go(func() { p.produce(loading) })
	}
	senders.Wait()
	t.stopped = t.clock.now()
	t.loaded.Store(true)
	var stalled error
	switch cause := context.Cause(loading); {
	case ctx.Err() != nil:
		t.meter.End(t.stopped)
	case errors.Is(cause, errDrainOver), errors.Is(cause, errAborted):
	default:
		stalled = cause
	}
	return errors.Join(stalled, t.drain(ctx))
}

// begin puts the start a little ahead, once all workloads that begin together are ready.
func (t *trial) begin(ctx context.Context) error {
	if t.gate != nil {
		return t.gate.pass(ctx, func() { t.clock.begin(startDelay) })
	}
	t.clock.begin(startDelay)
	return nil
}

func (t *trial) warn(format string, args ...any) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.warnings = append(t.warnings, fmt.Sprintf(format, args...))
}

func (t *trial) event(format string, args ...any) { t.eventAt(t.clock.now(), format, args...) }

// eventAt notes one that was at an instant before now.
func (t *trial) eventAt(at time.Duration, format string, args ...any) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.events = append(t.events, result.Event{AtNs: int64(at), What: fmt.Sprintf(format, args...)})
}
