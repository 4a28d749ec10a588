package run

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"kbench/internal/driver"
	"kbench/internal/driver/null"
	"kbench/internal/host"
	"kbench/internal/meter"
	"kbench/internal/pace"
	"kbench/internal/result"
	"kbench/internal/scenario"
	"kbench/internal/unit"
)

// A fake is a driver whose broker answers after a delay, and not at all during a stall. Instants count from the first
// record's sending.
type fake struct {
	driver.Driver

	delay        time.Duration
	more         func(since time.Duration) time.Duration // on top of the delay, for a record sent then; nil for none
	stall, until time.Duration                           // no answer in between; until 0: for ever, when stall is above 0
	buffer       int                                     // records out before Send waits; 0 is no bound
	bad          uint64                                  // each record whose number this divides is refused; 0: none
	fail         bool                                    // Send fails at once instead
	hang         time.Duration                           // Send takes that long, once, 3 s after the first, and says nothing of it
}

func (fake) Name() string { return "fake" }

func (f fake) NewProducer(_ context.Context, _ driver.Cluster, _ driver.ProducerConfig, ack driver.AckFunc) (driver.Producer, error) {
	p := &fakeProducer{fake: f, ack: ack, queue: make(chan *driver.Record, 1<<20), room: make(chan struct{}, 1<<20), quit: make(chan struct{}), ended: make(chan struct{})}
	for range f.buffer {
		p.room <- struct{}{}
	}
	go p.answer()
	return p, nil
}

type fakeProducer struct {
	fake
	ack         driver.AckFunc
	queue       chan *driver.Record
	room        chan struct{}
	quit, ended chan struct{}
	once        sync.Once
	began       time.Time
	full        atomic.Int64
}

func (p *fakeProducer) Send(ctx context.Context, r *driver.Record) (waited time.Duration, err error) {
	p.once.Do(func() { p.began = time.Now() })
	if p.hang > 0 && time.Since(p.began) >= 3*time.Second {
		<-time.After(p.hang)
		p.hang = 0
	}
	if p.buffer > 0 {
		select {
		case <-p.room:
		default:
			p.full.Add(1)
			if p.fail {
				return 0, &driver.Error{Class: driver.ErrQueueFull}
			}
			from := time.Now()
			select {
			case <-p.room:
				waited = time.Since(from)
			case <-ctx.Done():
				return time.Since(from), ctx.Err()
			}
		}
	}
	r.Slot = time.Now()
	p.queue <- r
	return waited, nil
}

// answer acks in order, each a delay after it was sent, and the stalled ones when the stall is over.
func (p *fakeProducer) answer() {
	defer close(p.ended)
	for {
		select {
		case <-p.quit:
			return
		case r := <-p.queue:
			at := r.Slot.(time.Time).Add(p.delay)
			if p.more != nil {
				at = at.Add(p.more(at.Sub(p.began)))
			}
			if since := at.Sub(p.began); p.stall > 0 && since >= p.stall && (p.until == 0 || since < p.until) {
				at = p.began.Add(p.until)
				if p.until == 0 {
					<-p.quit
					return
				}
			}
			select {
			case <-time.After(time.Until(at)):
			case <-p.quit:
				return
			}
			var err error
			if p.bad > 0 && r.Seq%p.bad == 0 {
				err = &driver.Error{Class: "MESSAGE_TOO_LARGE"}
			}
			p.ack(r, driver.Ack{Partition: max(r.Partition, 0), Offset: 0}, err)
			if p.buffer > 0 {
				p.room <- struct{}{}
			}
		}
	}
}

func (p *fakeProducer) Flush(context.Context) error { return nil }
func (p *fakeProducer) Settings() map[string]string { return nil }
func (p *fakeProducer) Stats() driver.Stats {
	return driver.Stats{QueueFull: p.full.Load(), WireBytes: -1}
}

// Times tells of one stretch with each call, and that nothing else happened.
func (p *fakeProducer) Times() driver.Times {
	w := driver.NewStopwatch(driver.PartQueue, driver.PartThrottle)
	w.Note(driver.PartQueue, 3, 0, 5)
	return w.Take()
}

func (p *fakeProducer) Close() error {
	close(p.quit)
	<-p.ended
	return nil
}

// produceOnly is a case without a consumer that the tests change.
func produceOnly(rate string, warmup, measure time.Duration) *scenario.Case {
	s := scenario.Default()
	s.Name, s.Consumer = "test", nil
	s.Producer.Client = "fake"
	_ = s.Load.Rate.UnmarshalText([]byte(rate)) // the tests' own constants
	s.Load.Warmup.For, s.Load.Measure, s.Load.Drain = unit.Duration(warmup), unit.Duration(measure), 5e9
	return &scenario.Case{Name: "base", Scenario: s}
}

// carryOut runs one trial with a fake clock's pacer; call it in a synctest bubble.
func carryOut(t *testing.T, ctx context.Context, c *scenario.Case, d driver.Driver) (*result.Trial, *meter.Meter) {
	t.Helper()
	if f, ok := d.(fake); ok {
		f.Driver = null.New()
		d = f
	}
	sampler := host.NewSampler()
	t.Cleanup(sampler.Close)
	e := &Env{Drivers: []driver.Driver{d}, Sampler: sampler, pacer: pace.NewSleeping}
	r, m := e.Trial(ctx, c, Position{Run: "run", Number: 1, Of: 1, Repeat: 1})
	if got := r.Counts.Acked + r.Counts.Failed + r.Counts.Unresolved; got != r.Counts.Scheduled || r.Counts.Unresolved < 0 {
		t.Errorf("scheduled %d, but acked %d + failed %d + unresolved %d", r.Counts.Scheduled, r.Counts.Acked, r.Counts.Failed, r.Counts.Unresolved)
	}
	// What the machine's counters say is of its own time, and this clock's is another.
	of := *r
	of.Usage = host.Usage{HiccupP99Ns: r.Usage.HiccupP99Ns, StillNs: r.Usage.StillNs}
	r.Verdict = judge(&of, len(c.Scenario.Faults) > 0)
	return r, m
}
