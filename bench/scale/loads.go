package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"kbench/bench/lab"
	"kbench/internal/result"
)

func counts() []int          { return []int{1, 2, 4, 8} }
func partitionCounts() []int { return []int{1, 10, 100, 1000} }
func clients() []string      { return []string{"franz", "confluent", "sarama"} }

// producers sends as fast as more and more producers do, on partitions enough for all of them.
func (s *scale) producers(ctx context.Context) (string, error) {
	t := newTable("producers", "records/s", "CPU ns a record", "objects allocated a record", "memory, MiB", "in doubt")
	for _, n := range counts() {
		err := s.row(ctx, t, strconv.Itoa(n), fmt.Sprintf("topic: {partitions: 8, %s}\nproducer: {client: franz, count: %d}\n", lab.TopicYAML, n))
		if err != nil {
			return "", err
		}
	}
	return "franz-go at rate max, 200 B, acks all, 8 partitions. Client and broker share the cores, and each producer may have 500,000 records out.\n\n" + t.markdown(), nil
}

// partitions sends as fast as one producer does to more and more partitions.
func (s *scale) partitions(ctx context.Context) (string, error) {
	t := newTable("partitions", "records/s", "CPU ns a record", "objects allocated a record", "memory, MiB", "in doubt")
	for _, n := range partitionCounts() {
		err := s.row(ctx, t, strconv.Itoa(n), fmt.Sprintf("topic: {partitions: %d, %s}\nproducer: {client: franz}\n", n, lab.TopicYAML))
		if err != nil {
			return "", err
		}
	}
	return "franz-go at rate max, 200 B, acks all, one producer.\n\n" + t.markdown(), nil
}

// large sends and reads records of a megabyte. The buffer counts records, so it must be small.
func (s *scale) large(ctx context.Context) (string, error) {
	t := newTable("client", "records/s", "CPU ns a record", "objects allocated a record", "memory, MiB", "in doubt")
	for _, client := range clients() {
		err := s.row(ctx, t, client, fmt.Sprintf("topic: {partitions: 3, %s}\nmessage: {size: 1MB}\nproducer: {client: %s, buffer: 64, batch_size: 1040KB}\nconsumer: {client: %[2]s}\n", lab.TopicYAML, client))
		if err != nil {
			return "", err
		}
	}
	return "Written and read at once at rate max, with `buffer: 64`, acks all, 3 partitions; what was written is read whole, and its checksum compared.\n\n" + t.markdown(), nil
}

// row adds a row with the medians of the repeats.
func (s *scale) row(ctx context.Context, t *table, name, sections string) error {
	var rate, cpu, allocs, memory []float64
	var doubts []string
	for range s.repeats {
		scenario := fmt.Sprintf("name: scale\nrepeats: 1\nload: {rate: max, warmup: %s, measure: %s}\n%s", s.warmup, s.measure, sections)
		trial, used, err := lab.Kbench(ctx, s.kbench, s.kafka.Brokers, scenario, nil)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if c := trial.Counts; c.Lost != nil && *c.Lost+*c.Corrupt+*c.Duplicated > 0 {
			doubts = append(doubts, fmt.Sprintf("%d lost, %d corrupt, %d duplicated", *c.Lost, *c.Corrupt, *c.Duplicated))
		}
		if trial.Rates.AckedPerS == 0 {
			doubts = append(doubts, "nothing came through")
		}
		if trial.Verdict.Trust == result.TrustInvalid {
			doubts = append(doubts, strings.Join(trial.Verdict.Reasons, "; "))
		}
		rate, memory = append(rate, trial.Rates.AckedPerS), append(memory, float64(used.RSSBytes)/(1<<20))
		if p := trial.Cost.CPUNsPerRecord; p != nil {
			cpu = append(cpu, *p)
		}
		if p := trial.Cost.AllocPerRecord; p != nil {
			allocs = append(allocs, *p)
		}
	}
	if doubts == nil {
		doubts = []string{"none"}
	}
	fmt.Fprintf(s.log, "%s: %.0f records/s\n", name, result.Summarize(rate).Median)
	t.add(name, median(rate, 0), median(cpu, 0), median(allocs, 3), median(memory, 0), strings.Join(doubts, "; "))
	return nil
}

// median prints one, or that there is none.
func median(values []float64, digits int) string {
	s := result.Summarize(values)
	if s.N == 0 {
		return "not known"
	}
	return strconv.FormatFloat(s.Median, 'f', digits, 64)
}

// A table is one of Markdown.
type table struct{ lines []string }

func newTable(columns ...string) *table {
	t := &table{}
	t.add(columns...)
	t.lines = append(t.lines, strings.Repeat("|---", len(columns))+"|")
	return t
}

func (t *table) add(cells ...string) { t.lines = append(t.lines, "| "+strings.Join(cells, " | ")+" |") }

func (t *table) markdown() string { return strings.Join(t.lines, "\n") + "\n" }

// seconds prints a duration with two digits behind the point.
func seconds(d time.Duration) string { return strconv.FormatFloat(d.Seconds(), 'f', 2, 64) }
