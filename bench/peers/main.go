// Peers holds kbench against what it must not be slower than: bare loops of the same clients, and the tools that come
// with Apache Kafka. It starts one broker, runs each comparison in pairs right after each other and in shuffled order,
// and writes medians, ratios and their intervals into docs/performance.md. See make bench-peers.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/signal"
	"syscall"
	"time"

	"kbench/bench/bare"
	"kbench/bench/lab"
)

// bareWord makes this program a bare loop: the job comes on standard input, the result goes to standard output. A loop
// has a process of its own, so that what the kernel says of the process is of the loop alone.
const bareWord = "bare-loop"

// section of the page that keeps the figures.
const section = "bench-peers"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdin, os.Stdout) //nolint:forbidigo // only main knows the process
	stop()
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "peers:", err) //nolint:forbidigo // likewise
		os.Exit(1)                             //nolint:forbidigo // likewise
	}
}

type options struct {
	pairs  int
	seed   uint64
	full   bool
	only   string
	kbench string
	page   string
	warmup time.Duration
	length time.Duration
}

func run(ctx context.Context, args []string, in io.Reader, out io.Writer) error {
	if len(args) == 1 && args[0] == bareWord {
		return runLoop(ctx, in, out)
	}
	var o options
	flags := flag.NewFlagSet("peers", flag.ContinueOnError)
	flags.IntVar(&o.pairs, "pairs", 6, "pairs of each comparison, 6 to 60")
	flags.Uint64Var(&o.seed, "seed", rand.Uint64()>>32, "of the order; 0 to 2^32-1 unless given")
	flags.BoolVar(&o.full, "full", false, "every comparison for each size, acks and compression")
	flags.StringVar(&o.only, "only", "", "comparisons with this in their name; the page is left alone")
	flags.StringVar(&o.kbench, "kbench", "bin/kbench", "program to measure")
	flags.StringVar(&o.page, "page", "docs/performance.md", "page whose section bench-peers is written")
	flags.DurationVar(&o.warmup, "warmup", 2*time.Second, "load before the measured part of each side")
	flags.DurationVar(&o.length, "measure", 4*time.Second, "length of the measured part")
	if err := flags.Parse(args); err != nil {
		return err
	}
	blocks, err := plan(o)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "seed %d, %d comparisons of %d pairs; this takes about %s\n", o.seed, count(blocks), o.pairs, estimate(blocks, o))
	if _, err := os.Stat(o.kbench); err != nil {
		return fmt.Errorf("find the program to measure: %w; make build makes it", err)
	}
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find this program, to run it as the bare loops: %w", err)
	}
	kafka, err := lab.StartKafka(ctx, out)
	if err != nil {
		return err
	}
	defer kafka.Close()
	if err := kafka.Warm(ctx, o.kbench, out); err != nil {
		return err
	}
	b := &bench{options: o, kafka: kafka, self: self, log: out, order: rand.New(rand.NewPCG(o.seed, 0)), versions: map[string]string{}}
	for _, i := range b.order.Perm(len(blocks)) {
		if err := b.run(ctx, &blocks[i]); err != nil {
			fmt.Fprintln(out, b.table(blocks, time.Now())) // what there is
			return err
		}
	}
	text := b.table(blocks, time.Now())
	fmt.Fprintln(out, text)
	if o.only != "" {
		return nil
	}
	return lab.WriteSection(o.page, section, text)
}

func runLoop(ctx context.Context, in io.Reader, out io.Writer) error {
	var j bare.Job
	if err := json.NewDecoder(in).Decode(&j); err != nil {
		return fmt.Errorf("read the job: %w", err)
	}
	r, err := bare.Run(ctx, &j)
	if err != nil {
		return err
	}
	return json.NewEncoder(out).Encode(r)
}
