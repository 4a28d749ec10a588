package main

import (
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
	from, to, err := grown(samples, min(time.Minute, s.soak/5))
	if err != nil {
		return "", err
	}
	t := newTable("after", "memory, MiB")
	step := max(len(samples)/10, 1)
	for i := 0; i < len(samples); i += step {
		t.add(samples[i].at.Round(time.Second).String(), fmt.Sprintf("%.0f", mib(samples[i].bytes)))
	}
	part := float64(to.bytes-from.bytes) / float64(from.bytes)
	verdict := "less than"
	if part >= growth {
		verdict = "which is MORE than"
	}
	lost := "it is not known how many were lost"
	if n := trial.Counts.Lost; n != nil {
		lost = fmt.Sprintf("%d were lost", *n)
	}
	return fmt.Sprintf("franz-go writes and reads %s of 200 B for %s, every record checked: %.0f records/s came through, and %s. "+
		"From %s on, when it had %.0f MiB, memory grew by %.1f %%, %s the %.0f %% that are allowed.\n\n%s",
		soakRate, s.soak, trial.Rates.ConsumedPerS, lost, from.at.Round(time.Second), mib(from.bytes), 100*part, verdict, 100*growth, t.markdown()), nil
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

// grown returns the largest sample of the tenth of a run that follows the settling, and of its last tenth: memory breathes as
// garbage is collected, so one sample is chance, and what matters is what it needs at most.
func grown(samples []sample, settling time.Duration) (from, to sample, err error) {
	tenth := max(len(samples)/10, 1)
	first := slices.IndexFunc(samples, func(s sample) bool { return s.at >= settling })
	for i, s := range samples {
		if first >= 0 && i >= first && i < first+tenth && s.bytes > from.bytes {
			from = s
		}
		if i >= len(samples)-tenth && s.bytes > to.bytes {
			to = s
		}
	}
	if from == (sample{}) || to.at <= from.at {
		return from, to, errors.New("the memory of the process can't be read often enough: it takes Linux, and a longer -soak")
	}
	return from, to, nil
}
