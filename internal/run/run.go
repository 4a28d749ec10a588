// Package run carries out trials: topic, clients, readiness, warm-up, measured part, drain, account, clean-up. A trial
// always ends, and always leaves a record, whatever became of the brokers.
package run

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"time"

	"kbench/internal/admin"
	"kbench/internal/driver"
	"kbench/internal/driver/security"
	"kbench/internal/host"
	"kbench/internal/meter"
	"kbench/internal/pace"
	"kbench/internal/result"
	"kbench/internal/scenario"
	"kbench/internal/unit"
)

// An Env is what trials run with. It is used by one run at a time.
type Env struct {
	Drivers []driver.Driver
	Brokers []string       // nil where no client of the plan needs one
	Admin   *admin.Admin   // nil likewise
	Cluster result.Cluster // what is known of it before a trial
	Started time.Time      // when kbench started the brokers; zero where it did not
	Fresh   bool           // kbench has only just started them: they are cold
	Nodes   map[int32]Node // those that kbench started, for faults; nil where it did not

	// Links puts links that can be slow in front of the nodes, and returns their addresses; nil where there are none.
	Links func() (brokers []string, err error)

	Security security.Config // how to connect to Brokers
	Host     host.Facts
	Sampler  *host.Sampler
	Seed     uint64
	Progress func(Progress) // may be called from several goroutines; nil for none

	// Observe is shown the meter of the trial under way once a second, and once more when it is over, by the goroutine that may
	// use it: it keeps nothing of it. Another trial has another meter. nil for none.
	Observe func(Progress, *meter.Meter)

	nodes admin.Description
	where Progress                          // trial, case and repeat under way
	pacer func(start time.Time) *pace.Pacer // nil: pace.New; tests have a clock of their own
}

// A Position is where a trial stands in its run.
type Position struct {
	Run       string // name of the run's folder
	Number    int    // in the order of running, from 1
	Of        int
	Repeat    int // from 1
	KeepTopic bool
	Journal   func(head *result.Trial) (*result.Journal, error) // begins one of the trial in flight; nil for none
	Pair      *result.Pair                                      // of a comparison; nil outside of one
	Search    *result.Search                                    // of a search, likewise

	salt uint64 // tells the workloads of one trial apart
}

// Driver returns the client with the name; the plan has been checked against the same list.
func (e *Env) Driver(name string) driver.Driver {
	for _, d := range e.Drivers {
		if d.Name() == name {
			return d
		}
	}
	return nil
}

// newPacer returns a pacer for the calling goroutine.
func (e *Env) newPacer(start time.Time) *pace.Pacer {
	if e.pacer != nil {
		return e.pacer(start)
	}
	return pace.New(start)
}

func (e *Env) driverCluster() driver.Cluster {
	return driver.Cluster{Brokers: e.Brokers, ClientID: "kbench", DialTimeout: dialWithin, Security: e.Security}
}

// dialWithin is how long brokers may take to answer at first.
const dialWithin = 10 * time.Second

// Preflight finds out, before anything is measured, what would stop a trial later: brokers that do not answer, a
// replication factor that the cluster cannot have, topic settings that it refuses.
func (e *Env) Preflight(ctx context.Context, p *scenario.Plan) error {
	if e.Admin == nil {
		return nil
	}
	about, err := e.Admin.Describe(ctx)
	if err != nil {
		return err
	}
	e.nodes = about
	e.Cluster.Kind, e.Cluster.Version, e.Cluster.ID, e.Cluster.Nodes = about.Kind, about.Version, about.ID, len(about.Nodes)
	asked := map[string]bool{}
	var errs []error
	for i := range p.Cases {
		for _, part := range p.Cases[i].Parts() {
			key := fmt.Sprint(part.Scenario.Topic)
			if asked[key] {
				continue
			}
			asked[key] = true
			if err := e.preflightTopic(ctx, part.Scenario.Topic); err != nil {
				errs = append(errs, fmt.Errorf("case %s: %w", part.Name, err))
			}
		}
	}
	return errors.Join(errs...)
}

func (e *Env) preflightTopic(ctx context.Context, c scenario.Topic) error {
	if c.Name == "" {
		return e.Admin.ValidateTopic(ctx, TopicPrefix+"preflight", c.Partitions, replicas(c.ReplicationFactor, len(e.nodes.Nodes)), c.Config)
	}
	_, err := e.Admin.Topic(ctx, c.Name)
	return err
}

// A Sink takes what a run produces, as it comes.
type Sink interface {
	// Journal begins the journal of the trial in flight, of which head is what is known before its load. It may fill in head.
	Journal(head *result.Trial) (*result.Journal, error)
	// Trial stores a record and its histograms, before the next trial begins.
	Trial(t *result.Trial, m *meter.Meter) error
}

// Run carries out the plan's trials in order, as Prepare and Follow do.
func (e *Env) Run(ctx context.Context, p *scenario.Plan, name string, keepTopics bool, sink Sink) error {
	restore, err := e.Prepare(ctx, p, name)
	if err != nil {
		return err
	}
	defer restore()
	return e.Follow(ctx, Listed(p), name, keepTopics, sink)
}

// Prepare gets the brokers ready for the trials of a plan: links in front of them where a fault needs those, and load that is
// thrown away. Call restore after the last trial.
func (e *Env) Prepare(ctx context.Context, p *scenario.Plan, name string) (restore func(), err error) {
	restore, err = e.throughLinks(p)
	if err != nil {
		return nil, err
	}
	if err := e.preheat(ctx, p, name); err != nil {
		restore()
		return nil, err
	}
	return restore, nil
}

// Follow carries out the trials of a course. It returns after the trial during which ctx ended, with ctx's error; any other
// error is the sink's, or says that the brokers are gone. What became of each trial stands in its record.
func (e *Env) Follow(ctx context.Context, course Course, name string, keepTopics bool, sink Sink) error {
	for number := 1; ctx.Err() == nil; number++ {
		step, ok := course.Next()
		if !ok {
			return nil
		}
		if err := e.follow(ctx, step, course, sink, Position{
			Run: name, Number: number, Of: max(step.Trials, number), Repeat: step.Repeat, KeepTopic: keepTopics, Journal: sink.Journal,
			Pair: step.Pair, Search: step.Search,
		}); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// follow carries out one step of a course.
func (e *Env) follow(ctx context.Context, step Step, course Course, sink Sink, at Position) error {
	on := cmp.Or(step.Env, e)
	on.where = Progress{Trial: at.Number, Trials: at.Of, Case: step.Case.Name, Repeat: step.Repeat, Scenario: step.Case.Scenario.Name}
	if err := on.rest(ctx, step.Pause); err != nil {
		return err
	}
	debug.FreeOSMemory() // so that a trial's memory is its own, as far as it can be
	t, m := on.Trial(ctx, step.Case, at)
	if t.Status != result.StatusInterrupted {
		course.Done(t)
	}
	err := sink.Trial(t, m)
	_ = m.Close() // a temporary file, that nobody reads any more
	if err == nil && t.Status == result.StatusFailed {
		err = on.stillThere(ctx)
	}
	return err
}

// rest lets some time go by before a trial.
func (e *Env) rest(ctx context.Context, d time.Duration) error {
	if d == 0 {
		return nil
	}
	e.progress(Progress{Phase: "pause"})
	if !pause(ctx, d) {
		return ctx.Err()
	}
	return nil
}

// stillThere keeps a run from trying every other trial on brokers that are gone.
func (e *Env) stillThere(ctx context.Context) error {
	if e.Admin == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, dialWithin)
	defer cancel()
	if _, err := e.Admin.Describe(ctx); err != nil {
		return fmt.Errorf("the run ends here, its brokers do not answer any more: %w", err)
	}
	return nil
}

// preheatFresh is how long a Kafka that kbench has just started is warmed: a cold JVM gives 1.6 to 2.3 times less.
const preheatFresh = 20 * time.Second

// preheatBuffer keeps what the preheat has out small: memory that a client once took stays with the process, and would
// be counted against the trials.
const preheatBuffer = 50_000

// preheat puts load on the brokers that is thrown away.
func (e *Env) preheat(ctx context.Context, p *scenario.Plan, name string) error {
	if e.Admin == nil || len(p.Cases) == 0 {
		return nil
	}
	c := p.Cases[0].Parts()[0]
	length := time.Duration(0)
	if h := c.Scenario.Preheat; h != nil {
		length = time.Duration(*h)
	} else if e.Cluster.Kind == admin.KindKafka && e.Fresh {
		length = preheatFresh
	}
	if length == 0 {
		return nil
	}
	e.Fresh = false // warm from here on, for every further plan
	workload := ""
	if all := p.Cases[0].Scenario.Workloads; len(all) > 0 {
		workload = all[0].Name
	}
	may := expected(p.Cases[0].Scenario.Thresholds, workload)
	if c.Scenario = preheating(c.Scenario, length); may != nil {
		c.Scenario.Thresholds = []scenario.Threshold{*may}
	}
	e.where = Progress{Case: "preheat of the brokers, thrown away", Trials: len(p.Order), Scenario: p.Name}
	t, m := e.Trial(ctx, &c, Position{Run: name})
	_ = m.Close() // nobody reads it
	if t.Status == result.StatusFailed {
		return fmt.Errorf("preheat: %s", t.Failure)
	}
	return nil
}

// preheating returns what a scenario's brokers are warmed with: its own load as fast as it goes, read by consumers that do nothing
// else, since what takes time for each record would leave a backlog that is read up to the end of the drain.
func preheating(s scenario.Scenario, length time.Duration) scenario.Scenario {
	producer := s.Producer
	if producer == nil {
		producer = scenario.Default().Producer
		producer.Client = s.Consumer.Client
	}
	warm := *producer // the plan's own stays as it is
	warm.Buffer = min(warm.Buffer, preheatBuffer)
	if warm.Acks == driver.AcksNone { // nothing would hold it back, and the brokers would work it off for long
		warm.Acks = driver.AcksAll
	}
	s.Producer, s.Preload, s.Topic.Name, s.Faults, s.Thresholds = &warm, 0, "", nil, nil
	if s.Consumer != nil {
		reader := *s.Consumer
		reader.Pause, reader.Churn, reader.Slow, reader.Processing, reader.Forward = nil, nil, nil, 0, driver.Forward{}
		s.Consumer = &reader
	}
	s.Load.Rate, s.Load.Records, s.Load.Profile = unit.MaxRate, 0, nil
	s.Load.Warmup, s.Load.Measure = scenario.Warmup{}, unit.Duration(length)
	return s
}

// MakeRoom sets the process up for load. Every thread that a trial blocks in the kernel or in C gets a processor of Go's:
// with fewer, they hold up each other, and the milliseconds of that show up as the brokers' tail latency. And the garbage
// collector runs less often. Call it before Run, and restore after it.
func (e *Env) MakeRoom(p *scenario.Plan) (restore func()) {
	need := 0
	for i := range p.Cases {
		n := 0
		for _, part := range p.Cases[i].Parts() {
			n += 3 // one of them waits for hiccups
			if producer := part.Scenario.Producer; producer != nil {
				n += 2 * producer.Count // its pacer and its poller
			}
			if consumer := part.Scenario.Consumer; consumer != nil {
				n += consumer.Clients()
			}
		}
		need = max(need, n)
	}
	was, now := host.RaiseGOMAXPROCS(need)
	e.Host.GOMAXPROCS = now
	tighten := e.Host.RelaxGC()
	return func() {
		tighten()
		runtime.GOMAXPROCS(was)
		e.Host.GOMAXPROCS = was
	}
}
