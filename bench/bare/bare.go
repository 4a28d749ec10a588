// Package bare holds the loops that kbench is held against: each client library driven by a loop of its own, as small
// and as fast as somebody who knows the library would write it. A loop counts what is acked or read. It measures no
// latency, checks nothing, and follows no schedule.
//
// A loop sets what kbench's driver has in force, which it takes from the settings in kbench's record: linger, size of
// batches, buffer, compression, acks, requests in flight and fetch sizes decide how fast a client is, and are not what is
// compared. What kbench sets for its own sake, such as the library's statistics, it leaves out.
package bare

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync/atomic"
	"time"

	"kbench/internal/host"
	"kbench/internal/load"
)

// A Job is what one process does: produce, consume, or both at once, as fast as it goes.
type Job struct {
	Client     string            `json:"client"` // franz, confluent or sarama
	Brokers    []string          `json:"brokers"`
	Topic      string            `json:"topic"`
	Group      string            `json:"group"`       // that nobody has committed for: reading starts at the beginning
	Size       int               `json:"size"`        // bytes of a value
	CompressTo float64           `json:"compress_to"` // part of it that compression leaves, as kbench's message.compress_to
	Ring       int               `json:"ring"`        // bytes of values that are sent again and again, if more than any batch
	Producer   map[string]string `json:"producer"`    // settings in force in kbench; nil: the job does not produce
	Consumer   map[string]string `json:"consumer"`    // likewise
	Channel    bool              `json:"channel"`     // confluent: read from the library's channel, which it advises against, and not by polling
	Warmup     time.Duration     `json:"warmup"`
	Measure    time.Duration     `json:"measure"`

	values [][]byte // to be sent
}

// A Result is of the measured part, taken as kbench takes its own.
type Result struct {
	Seconds  float64 `json:"seconds"`
	Acked    int64   `json:"acked"`
	Consumed int64   `json:"consumed"`
	CPUNs    int64   `json:"cpu_ns"`  // of the process, between the same two instants
	Allocs   int64   `json:"allocs"`  // heap objects, likewise
	Written  int64   `json:"written"` // records acked from the beginning to the end
	Read     int64   `json:"read"`    // likewise, read
}

// A loop produces or consumes until its tally says that it is over.
type loop func(j *Job, t *tally) error

// A tally is what a loop counts into.
type tally struct {
	records, bytes atomic.Int64  // acked, or read
	ready          chan struct{} // closed by a consumer that has its partitions
	over           atomic.Bool   // the loop shall end
	done           chan struct{} // closed then
	failed         chan error    // holds the first error of a record: a loop that loses some measures nothing
}

func newTally() *tally {
	return &tally{ready: make(chan struct{}), done: make(chan struct{}), failed: make(chan error, 1)}
}

// fail tells of a record that did not get through. What a client gives up because the loop is over is no failure.
func (t *tally) fail(err error) {
	if !t.over.Load() {
		select {
		case t.failed <- err:
		default:
		}
	}
}

func (t *tally) end() {
	t.over.Store(true)
	close(t.done)
}

// Limits on waiting for what a broker that works does in well under a second.
const (
	readyWithin = 30 * time.Second
	endWithin   = 30 * time.Second
)

// Run carries out the job. The clock of the measured part starts with the sending, or with the first record read.
func Run(ctx context.Context, j *Job) (Result, error) {
	produce, consume, err := loops(j.Client)
	if err != nil {
		return Result{}, err
	}
	// Go's runtime is set up as kbench sets it up: it is not what is compared.
	var f host.Facts
	defer f.RelaxGC()()
	was, _ := host.RaiseGOMAXPROCS(procs(j))
	defer runtime.GOMAXPROCS(was)
	r := &run{job: j, acked: newTally(), seen: newTally(), ends: make(chan error, 2), sampler: host.NewSampler()}
	defer r.sampler.Close()
	if j.Consumer != nil {
		r.begin(consume, r.seen)
		err = r.await(ctx, readyWithin, r.seen.ready)
	}
	if j.Producer != nil && err == nil {
		j.makeValues()
		r.begin(produce, r.acked)
	}
	var out Result
	if err == nil {
		out, err = r.measure(ctx)
	}
	err = errors.Join(err, r.end())
	out.Written, out.Read = r.acked.records.Load(), r.seen.records.Load()
	return out, err
}

// procs is what kbench takes for one producer, one member of a group, and the rest.
func procs(j *Job) int {
	n := 2
	if j.Producer != nil {
		n += 2
	}
	if j.Consumer != nil {
		n++
	}
	return n
}

// A run is a job being carried out.
type run struct {
	job         *Job
	acked, seen *tally
	ends        chan error // what a loop returned
	running     int
	sampler     *host.Sampler
}

func (r *run) begin(l loop, t *tally) {
	r.running++
	go func() { r.ends <- l(r.job, t) }()
}

// end waits for the loops.
func (r *run) end() (err error) {
	r.acked.end()
	r.seen.end()
	limit := time.NewTimer(endWithin)
	defer limit.Stop()
	for ; r.running > 0; r.running-- {
		select {
		case ended := <-r.ends:
			err = errors.Join(err, ended)
		case <-limit.C:
			return fmt.Errorf("the loop of %s did not end within %v", r.job.Client, endWithin)
		}
	}
	return err
}

// await returns nil once done is closed or, where that is nil, after d. Anything else that happens is an error.
func (r *run) await(ctx context.Context, d time.Duration, done <-chan struct{}) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-done:
		return nil
	case <-timer.C:
		if done != nil {
			return fmt.Errorf("nothing came from topic %s within %v", r.job.Topic, d)
		}
		return nil
	case err := <-r.ends:
		r.running--
		return cmp.Or(err, errors.New("a loop ended before it was told to"))
	case err := <-r.acked.failed:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// measure reads the counts at both ends of the measured part.
func (r *run) measure(ctx context.Context) (Result, error) {
	type reading struct {
		at          time.Time
		acked, seen int64
		host.Sample
	}
	read := func() reading {
		return reading{time.Now(), r.acked.records.Load(), r.seen.records.Load(), r.sampler.Sample()}
	}
	for begin := time.Now(); r.job.Producer == nil && r.seen.records.Load() == 0; {
		if err := r.await(ctx, time.Millisecond, nil); err != nil {
			return Result{}, err
		}
		if time.Since(begin) > readyWithin {
			return Result{}, fmt.Errorf("no record came from topic %s within %v", r.job.Topic, readyWithin)
		}
	}
	if err := r.await(ctx, r.job.Warmup, nil); err != nil {
		return Result{}, err
	}
	a := read()
	if err := r.await(ctx, r.job.Measure, nil); err != nil {
		return Result{}, err
	}
	b := read()
	return Result{
		Seconds: b.at.Sub(a.at).Seconds(), Acked: b.acked - a.acked, Consumed: b.seen - a.seen,
		CPUNs: b.CPUUser + b.CPUSystem - a.CPUUser - a.CPUSystem, Allocs: b.AllocObjects - a.AllocObjects,
	}, nil
}

// ringBytes is the least: more than any batch, so that no codec meets a value twice.
const ringBytes = 4 << 20

// makeValues makes what kbench would send, stamps and all, once: making it again for each record is kbench's work and not
// the client's.
func (j *Job) makeValues() {
	// As kbench does, which stamps what somebody reads: a consumer, or confluent when a record comes back.
	stamped := j.Size >= load.StampSize && (j.Consumer != nil || j.Client == "confluent")
	content := load.NewMessages(load.Content{Sizes: load.FixedSize(j.Size), Payload: load.Random, CompressTo: j.CompressTo, Seed: 1, Stamped: stamped})
	stamper := load.NewStamper()
	j.values = make([][]byte, max(max(ringBytes, j.Ring)/j.Size, 1))
	for i := range j.values {
		j.values[i] = content.NewValue(uint64(i))
		if stamped {
			s := load.Stamp{Run: load.Mix(1), Seq: uint64(i), Due: time.Duration(i) * time.Microsecond, Sent: time.Duration(i) * time.Microsecond}
			stamper.Put(&s, j.values[i])
		}
	}
}
