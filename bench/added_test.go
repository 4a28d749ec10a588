//go:build !race

// Allocations of a program with the race detector are not those of the program.

// Package bench_test shows what kbench adds to a client library's own allocations: the same work by the bare loop of the
// library and by a whole trial of kbench, in this process, with the broker in another one.
package bench_test

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"kbench/bench/bare"
	"kbench/internal/admin"
	"kbench/internal/cluster"
	"kbench/internal/driver"
	"kbench/internal/driver/confluent"
	"kbench/internal/driver/franz"
	"kbench/internal/driver/sarama"
	"kbench/internal/host"
	"kbench/internal/result"
	"kbench/internal/run"
	"kbench/internal/scenario"
)

// TestMain lets this binary be the fake broker too.
func TestMain(m *testing.M) {
	if len(os.Args) == 3 && os.Args[1] == cluster.EmbeddedWord {
		nodes, err := strconv.Atoi(os.Args[2])
		if err == nil {
			err = cluster.ServeEmbedded(context.Background(), os.Stdin, os.Stdout, nodes)
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	m.Run()
}

const (
	size       = 200
	partitions = 3
)

// A bench is a fake broker with what trials need to run on it.
type bench struct {
	env   run.Env
	admin *admin.Admin
	topic string // to read
}

func open(tb testing.TB) *bench {
	tb.Helper()
	c, err := cluster.Open(tb.Context(), cluster.Spec{Engine: cluster.Embedded, Nodes: 1}, cluster.Options{})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = c.Close(context.Background()) })
	a, err := admin.Open(tb.Context(), c.Brokers(), "kbench-bench")
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(a.Close)
	sampler := host.NewSampler()
	tb.Cleanup(sampler.Close)
	return &bench{admin: a, topic: "to-read", env: run.Env{
		Drivers: drivers(), Brokers: c.Brokers(), Admin: a, Host: host.Read(""), Sampler: sampler, Seed: 1,
	}}
}

// drivers are the clients of this build.
func drivers() []driver.Driver {
	ds := []driver.Driver{franz.New(), sarama.New()}
	if d, ok := confluent.New(); ok {
		ds = append(ds, d)
	}
	return ds
}

// trial carries out a scenario as kbench run does.
func (b *bench) trial(tb testing.TB, text string) *result.Trial {
	tb.Helper()
	p, err := scenario.Parse("bench.yaml", []byte(text), scenario.Options{Repeats: 1})
	if err != nil {
		tb.Fatal(err)
	}
	if err := b.env.Preflight(tb.Context(), p); err != nil {
		tb.Fatal(err)
	}
	t, m := b.env.Trial(tb.Context(), &p.Cases[0], run.Position{Run: "bench", Number: 1, Of: 1, Repeat: 1})
	defer func() { _ = m.Close() }() // its numbers are in the record
	if t.Status != result.StatusOK {
		tb.Fatalf("the trial %s: %s", t.Status, t.Failure)
	}
	return t
}

// scenarioOf is the work that is looked at, with a load of its own. The buffer is small, so that it is full soon.
func (b *bench) scenarioOf(kind, client, load string) string {
	s := fmt.Sprintf("load: {rate: max, %s}\nmessage: {size: %dB}\n", load, size)
	if kind == "produce" {
		return s + fmt.Sprintf("topic: {partitions: %d}\nproducer: {client: %s, buffer: 2k}\n", partitions, client)
	}
	return s + fmt.Sprintf("topic: {name: %s}\nconsumer: {client: %s, start: earliest}\n", b.topic, client)
}

// fill writes n records to read.
func (b *bench) fill(tb testing.TB, n int) {
	tb.Helper()
	if err := b.admin.CreateTopic(tb.Context(), b.topic, partitions, 1, nil); err != nil {
		tb.Fatal(err)
	}
	b.trial(tb, fmt.Sprintf("load: {rate: max, warmup: 0s, records: %d}\nmessage: {size: %dB}\ntopic: {name: %s}\nproducer: {client: franz}\n", n, size, b.topic))
}

// each calls f for both kinds of work and every client.
func each(f func(kind, client string)) {
	for _, kind := range []string{"produce", "consume"} {
		for _, d := range drivers() {
			f(kind, d.Name())
		}
	}
}

// TestAddsNoAllocation counts the objects that kbench's own code allocates, whatever the library under it does: in a
// longer trial as many as in a shorter one. What a trial takes at its beginning, such as a pool of records, is in both. What
// comes by the second, such as a library's statistics five times, weighs the more the slower the machine is that counts here.
func TestAddsNoAllocation(t *testing.T) {
	const short, long, most = 50_000, 250_000, 0.05
	rate := runtime.MemProfileRate
	runtime.MemProfileRate = 1 // every one, from here on
	defer func() { runtime.MemProfileRate = rate }()
	b := open(t)
	b.fill(t, long+1000)
	each(func(kind, client string) {
		allocated := func(records int) (n int64) {
			before := ownAllocations()
			b.trial(t, b.scenarioOf(kind, client, fmt.Sprintf("warmup: 0s, records: %d", records)))
			return ownAllocations() - before
		}
		less, more := allocated(short), allocated(long)
		if added := float64(more-less) / (long - short); added >= most {
			t.Errorf("%s with %s: kbench's own code allocates %.4f objects for a record, want less than %v", kind, client, added, most)
		}
	})
}

// ownAllocations returns how many objects kbench has allocated so far, by itself or through Go's own packages.
func ownAllocations() (n int64) {
	runtime.GC() // the profile is as of the last collection but one
	runtime.GC()
	records := make([]runtime.MemProfileRecord, 1000)
	found, ok := runtime.MemProfile(records, true)
	for ; !ok; found, ok = runtime.MemProfile(records, true) {
		records = make([]runtime.MemProfileRecord, 2*found)
	}
	for i := range records[:found] {
		if module(records[i].Stack()) == "kbench" {
			n += records[i].AllocObjects
		}
	}
	return n
}

// module returns the first part of the innermost function's name that is not of Go's own packages, such as kbench or
// github.com; empty for none, or for one of this package.
func module(stack []uintptr) string {
	frames := runtime.CallersFrames(stack)
	for frame, more := frames.Next(); more; frame, more = frames.Next() {
		first, rest, deep := strings.Cut(frame.Function, "/")
		switch {
		case first == "kbench" && strings.HasPrefix(rest, "bench"):
			return ""
		case first == "kbench" || deep && strings.Contains(first, "."):
			return first
		}
	}
	return ""
}

// BenchmarkAdded shows what a record costs in objects by itself, in the library's bare loop, and what kbench adds to that:
// its own, and what the library allocates because of it. The two sides never do exactly the same, since records are
// under way at the edges of the measured part, and batches differ in size.
func BenchmarkAdded(b *testing.B) {
	const readable = 2_000_000
	env := open(b)
	env.fill(b, readable)
	each(func(kind, client string) {
		b.Run(kind+"/"+client, func(b *testing.B) {
			var alone, inside float64
			for b.Loop() {
				inside, alone = env.compare(b, kind, client)
			}
			b.ReportMetric(alone, "client-allocs/record")
			b.ReportMetric(inside-alone, "added-allocs/record")
		})
	})
}

// compare returns the allocations for a record of the two sides.
func (b *bench) compare(tb testing.TB, kind, client string) (inside, alone float64) {
	tb.Helper()
	j := bare.Job{
		Client: client, Brokers: b.env.Brokers, Topic: b.topic, Group: fmt.Sprint("bare-", time.Now().UnixNano()), Size: size, CompressTo: 0.5,
		Warmup: 100 * time.Millisecond, Measure: 300 * time.Millisecond,
	}
	if kind == "produce" {
		j.Topic, j.Warmup, j.Measure = "to-write", time.Second, 2*time.Second // until the buffer is full, and then some
		if err := b.admin.CreateTopic(tb.Context(), j.Topic, partitions, 1, nil); err != nil {
			tb.Fatal(err)
		}
		defer func() {
			if err := b.admin.DeleteTopic(context.Background(), j.Topic); err != nil {
				tb.Error(err)
			}
		}()
	}
	t := b.trial(tb, b.scenarioOf(kind, client, fmt.Sprintf("warmup: %s, measure: %s", j.Warmup, j.Measure)))
	if p := t.Client.Producer; p != nil {
		j.Producer = p.Settings
	} else {
		j.Consumer = t.Client.Consumer.Settings
	}
	r, err := bare.Run(tb.Context(), &j)
	if err != nil || t.Cost.AllocPerRecord == nil {
		tb.Fatalf("the bare loop: %v; the record's allocations: %v", err, t.Cost.AllocPerRecord)
	}
	return *t.Cost.AllocPerRecord, float64(r.Allocs) / float64(r.Acked+r.Consumed)
}
