// Scale shows what becomes of kbench as the load grows: more producers, more partitions, larger records, more minutes,
// and more windows and trials to report. It starts one Apache Kafka for that, and writes its tables into
// docs/performance.md. See make bench-scale.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"kbench/bench/lab"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout) //nolint:forbidigo // only main knows the process
	stop()
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "scale:", err) //nolint:forbidigo // likewise
		os.Exit(1)                             //nolint:forbidigo // likewise
	}
}

// A scale is a run of this program.
type scale struct {
	kafka   *lab.Kafka
	log     io.Writer
	kbench  string
	repeats int
	warmup  time.Duration
	measure time.Duration
	soak    time.Duration
	windows int
}

// A part is one of the things that grow, with its section of the page.
type part struct {
	name string
	run  func(context.Context) (markdown string, err error)
}

func (p part) section() string { return "bench-scale " + p.name }

func run(ctx context.Context, args []string, out io.Writer) error {
	s := &scale{log: out}
	flags := flag.NewFlagSet("scale", flag.ContinueOnError)
	flags.StringVar(&s.kbench, "kbench", "bin/kbench", "program to measure")
	flags.IntVar(&s.repeats, "repeats", 3, "trials of each row, 1 or more; the table has their median")
	flags.DurationVar(&s.warmup, "warmup", 3*time.Second, "load before the measured part of each trial")
	flags.DurationVar(&s.measure, "measure", 10*time.Second, "length of the measured part")
	flags.DurationVar(&s.soak, "soak", 10*time.Minute, "length of the run whose memory is watched, 20s or more")
	flags.IntVar(&s.windows, "windows", 3600, "most windows of a second that a record has in the report's part, 60 or more")
	only := flags.String("only", "", "parts with this in their name")
	page := flags.String("page", "docs/performance.md", "page whose sections of the parts are written")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if s.repeats < 1 || s.warmup < time.Second || s.measure < time.Second || s.soak < 20*time.Second || s.windows < 60 {
		return fmt.Errorf("-repeats %d -warmup %v -measure %v -soak %v -windows %d: one is too small; -h says how large it must be", s.repeats, s.warmup, s.measure, s.soak, s.windows)
	}
	var parts []part
	for _, p := range s.parts() {
		if strings.Contains(p.name, *only) {
			parts = append(parts, p)
		}
	}
	if len(parts) == 0 {
		return fmt.Errorf("-only %q: no part has this in its name, such as %s", *only, s.parts()[0].name)
	}
	if _, err := os.Stat(s.kbench); err != nil {
		return fmt.Errorf("find the program to measure: %w; make build makes it", err)
	}
	fmt.Fprintf(out, "%d parts; all of them take about %s\n", len(parts), s.estimate())
	var err error
	if s.kafka, err = lab.StartKafka(ctx, out); err != nil {
		return err
	}
	defer s.kafka.Close()
	if err := s.kafka.Warm(ctx, s.kbench, out); err != nil {
		return err
	}
	taken := fmt.Sprintf("Taken on %s by `go run ./bench/scale -repeats %d -warmup %s -measure %s -soak %s -windows %d`. %s.\n",
		time.Now().UTC().Format("2 January 2006"), s.repeats, s.warmup, s.measure, s.soak, s.windows, s.kafka.Machine())
	for _, p := range parts {
		fmt.Fprintf(out, "\n%s\n", p.name)
		markdown, err := p.run(ctx)
		if err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
		fmt.Fprintln(out, markdown)
		if err := lab.WriteSection(*page, p.section(), markdown+"\n"+taken); err != nil {
			return err
		}
	}
	return nil
}

// parts ends with the one that has loops run in this process: the kernel counts the memory that a process has when it starts
// another one as the other's too, and the parts before tell memory.
func (s *scale) parts() []part {
	return []part{
		{"More producers", s.producers},
		{"More partitions", s.partitions},
		{"Records of 1 MB", s.large},
		{"Memory over time", s.memory},
		{"Longer records and more of them", s.reports},
		{"Reading with confluent-kafka-go", s.readers},
		{"Verifying", s.verify},
	}
}

// estimate is about how long everything takes: warming Kafka, then trials with what is around each, and the soak.
func (s *scale) estimate() time.Duration {
	rows := len(counts()) + len(partitionCounts()) + len(clients()) + len(ways())
	return (time.Minute + time.Duration(rows*s.repeats)*(s.warmup+s.measure+4*time.Second) + s.soak + time.Minute).Round(time.Minute)
}
