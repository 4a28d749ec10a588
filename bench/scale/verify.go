package main

import (
	"context"
	"fmt"
	"time"

	"kbench/bench/lab"
	"kbench/internal/compare"
	"kbench/internal/result"
)

// Of verifying: pairs of a trial that verifies and one that does not, the first of them in turn.
const (
	verifyPairs   = 8
	verifyWarmup  = 2 * time.Second
	verifyMeasure = 6 * time.Second
	verifyLevel   = 0.95
)

// verify finds what holding every record against what was read costs: at a rate that the machine carries, where it can only
// cost CPU time, and at the highest, where it costs throughput.
func (s *scale) verify(ctx context.Context) (string, error) {
	t := newTable("load", "read, records/s, without and with", "ratio", "CPU ns a record, without and with", "ratio", "in doubt")
	for _, rate := range []string{soakRate, "max"} {
		var throughput, cpu []compare.Pair
		doubts := 0
		for i := range verifyPairs {
			var sides [2]*result.Trial
			for j := range sides {
				on := (i + j) % 2
				trial, err := s.verified(ctx, rate, on == 1)
				if err != nil {
					return "", fmt.Errorf("rate %s, verify %v: %w", rate, on == 1, err)
				}
				if trial.Verdict.Trust == result.TrustInvalid {
					doubts++
				}
				sides[on] = trial
			}
			a, b := sides[0], sides[1]
			if a.Cost.CPUNsPerRecord == nil || b.Cost.CPUNsPerRecord == nil {
				return "", fmt.Errorf("rate %s: what a record costs is not known on this machine", rate)
			}
			throughput = append(throughput, compare.Pair{A: a.Rates.ConsumedPerS, B: b.Rates.ConsumedPerS})
			cpu = append(cpu, compare.Pair{A: *a.Cost.CPUNsPerRecord, B: *b.Cost.CPUNsPerRecord})
			fmt.Fprintf(s.log, "rate %s, pair %d: %.0f and %.0f records/s\n", rate, i+1, a.Rates.ConsumedPerS, b.Rates.ConsumedPerS)
		}
		t.add(rate, medians(throughput), ratio(throughput), medians(cpu), ratio(cpu), fmt.Sprintf("%d of %d trials", doubts, 2*verifyPairs))
	}
	return fmt.Sprintf("franz-go writes and reads 200 B, acks all, 3 partitions; %d pairs each, which side is first in turn. Ratios are of with to without: "+
		"the Hodges-Lehmann estimate of the pairs and its %.0f %% interval.\n\n%s", verifyPairs, 100*verifyLevel, t.markdown()), nil
}

func (s *scale) verified(ctx context.Context, rate string, on bool) (*result.Trial, error) {
	trial, _, err := lab.Kbench(ctx, s.kbench, s.kafka.Brokers, fmt.Sprintf(
		"name: scale\nrepeats: 1\nverify: %v\ntopic: {partitions: 3, %s}\nload: {rate: %s, warmup: %s, measure: %s}\nproducer: {client: franz, buffer: 50k}\nconsumer: {client: franz}\n",
		on, lab.TopicYAML, rate, verifyWarmup, verifyMeasure), nil)
	return trial, err
}

func medians(pairs []compare.Pair) string {
	var a, b []float64
	for _, p := range pairs {
		a, b = append(a, p.A), append(b, p.B)
	}
	return median(a, 0) + ", " + median(b, 0)
}

func ratio(pairs []compare.Pair) string {
	r, err := compare.Paired(pairs, verifyLevel)
	if err != nil {
		return "none: " + err.Error()
	}
	return fmt.Sprintf("%.3f (%.3f to %.3f)", r.Estimate, r.Lo, r.Hi)
}
