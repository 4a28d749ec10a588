package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"kbench/bench/lab"
)

// Memory may grow by this part from its settling to the end.
const growth = 0.05

// soakRate is what the two cores of a small machine carry, with the broker on them.
const soakRate = "200k/s"

// A sample is how much memory a process has at an instant of its run.
type sample struct {
	at    time.Duration
	bytes int64
}

// memory watches a long trial from outside. What it needs once it has after a minute; what it gathers it would show by
// growing after that.
func (s *scale) memory(ctx context.Context) (string, error) {
	every := min(10*time.Second, s.soak/10)
	scenario := fmt.Sprintf("name: soak\nrepeats: 1\ntopic: {partitions: 3, config: {retention.bytes: \"500000000\", segment.bytes: \"100000000\"}}\n"+
		"load: {rate: %s, warmup: 5s, measure: %s}\nproducer: {client: franz}\nconsumer: {client: franz}\n", soakRate, s.soak)
	watching, stop := context.WithCancel(ctx)
	defer stop()
	watched := make(chan []sample, 1)
	started := false
	trial, _, err := lab.Kbench(ctx, s.kbench, s.kafka.Brokers, scenario, func(pid int) {
		started = true
		go func() { watched <- watch(watching, pid, every) }()
	})
	stop()
	if err != nil || !started {
		return "", err
	}
	samples := <-watched
	settling := min(time.Minute, s.soak/5)
	from, to, err := grown(samples, settling)
	if err != nil {
		return "", err
	}
	t := newTable("until", "memory, median MiB", "largest MiB")
	for tenth := range slices.Chunk(samples, max((len(samples)+9)/10, 1)) {
		t.add(tenth[len(tenth)-1].at.Round(time.Second).String(), fmt.Sprintf("%.0f", mib(middle(tenth))), fmt.Sprintf("%.0f", mib(largest(tenth))))
	}
	part := float64(to-from) / float64(from)
	verdict := "less than"
	if part >= growth {
		verdict = "which is MORE than"
	}
	lost := "it is not known how many were lost"
	if n := trial.Counts.Lost; n != nil {
		lost = fmt.Sprintf("%d were lost", *n)
	}
	return fmt.Sprintf("franz-go writes and reads %s of 200 B for %s, every record checked: %.0f records/s came through, and %s. "+
		"Between the tenth that follows %s of settling and the last one the median of its memory grew by %.1f %%, from %.1f MiB to %.1f, %s the %.0f %% that are allowed.\n\n%s",
		soakRate, s.soak, trial.Rates.ConsumedPerS, lost, settling, 100*part, mib(from), mib(to), verdict, 100*growth, t.markdown()), nil
}

func mib(bytes int64) float64 { return float64(bytes) / (1 << 20) }

// watch samples a process until it has ended or ctx is done.
func watch(ctx context.Context, pid int, every time.Duration) (samples []sample) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for begin := time.Now(); ; {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return samples
		}
		bytes, ok := lab.RSSNow(pid)
		if !ok || bytes == 0 { // it has ended
			return samples
		}
		samples = append(samples, sample{time.Since(begin), bytes})
	}
}

// grown returns the medians of the tenth of a run that follows the settling, and of its last tenth. Memory breathes as garbage is
// collected, and a stall of the broker makes records wait: one sample is chance, and so is the largest of a few.
func grown(samples []sample, settling time.Duration) (from, to int64, err error) {
	tenth := max(len(samples)/10, 1)
	first := slices.IndexFunc(samples, func(s sample) bool { return s.at >= settling })
	last := len(samples) - tenth
	if first < 0 || first+tenth > last {
		return 0, 0, errors.New("the memory of the process can't be read often enough: it takes Linux, and a longer -soak")
	}
	return middle(samples[first : first+tenth]), middle(samples[last:]), nil
}

// middle returns the median of the samples' sizes; of two middle ones it is the larger.
func middle(samples []sample) int64 {
	return slices.SortedFunc(slices.Values(samples), bySize)[len(samples)/2].bytes
}

func largest(samples []sample) int64 { return slices.MaxFunc(samples, bySize).bytes }

func bySize(a, b sample) int { return cmp.Compare(a.bytes, b.bytes) }
