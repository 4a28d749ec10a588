package report

import (
	"slices"
	"strings"
	"testing"

	"kbench/internal/driver"
	"kbench/internal/result"
	"kbench/internal/scenario"
)

// TestAnswer holds what is said first to what the numbers carry.
func TestAnswer(t *testing.T) {
	t.Parallel()
	of := func(repeats int, of ...[]*result.Trial) *result.Run {
		var cases []string
		for _, trials := range of {
			cases = append(cases, trials[0].Case)
		}
		return newRun(result.StatusComplete, cases, repeats, slices.Concat(of...)...)
	}
	trials := func(name string, repeats int, changes ...change) (out []*result.Trial) {
		for repeat := 1; repeat <= repeats; repeat++ {
			out = append(out, newTrial(name, repeat, changes...))
		}
		return out
	}
	rate := func(perS float64) change {
		return func(t *result.Trial) { t.Rates.AckedPerS, t.Rates.OfferedPerS = perS+float64(t.Repeat), 1e6 }
	}
	bound := func(t *result.Trial) { t.Latency[result.Response].AtLeast = []string{"p99"} }
	client := func(t *result.Trial) { t.Verdict = result.Verdict{Trust: result.TrustClientBound} }
	busy := func(of scenario.Consumer) change {
		return func(t *result.Trial) {
			k := *t.Plan.Consumer
			k.Processing, k.Slow, k.Forward = of.Processing, of.Slow, of.Forward
			t.Plan.Consumer = &k
		}
	}
	seenIn := func(p99 int64) change {
		return func(t *result.Trial) { t.Latency[result.E2E].P99Ns = &p99 }
	}
	firstInvalid := func(t *result.Trial) {
		if t.Repeat == 1 {
			invalid(t)
		}
	}
	for _, tt := range []struct {
		why  string
		run  *result.Run
		want string // all of it begins so
		says string // and has this in it
	}{
		{"one case has its own numbers", of(3, trials("base", 3)), "50.0 k/s at a response p99 of 8.58 ms, medians of 3 repeats.", ""},
		{"one trial is called one", of(1, trials("base", 1)), "50.0 k/s at a response p99 of ", "in one trial."},
		{
			"the ends of a scale are held against each other", of(3, trials("linger=0s", 3, faster(3), rate(9e5)), trials("linger=5ms", 3, faster(2), rate(7e5)), trials("linger=50ms", 3, rate(6e5))),
			"linger=50ms costs 33.3 % of throughput and adds ", "to response p99 against linger=0s.",
		},
		{
			"both directions have words", of(3, trials("acks=all", 3, rate(5e5)), trials("acks=0", 3, faster(3), rate(6e5))),
			"acks=0 gains 20 % of throughput and takes ", "off response p99 against acks=all.",
		},
		{
			"a load that both kept up with is no difference", of(3, trials("acks=0", 3, faster(3)), trials("acks=all", 3)),
			"acks=all adds ", "against acks=0; both kept up with the 50.0 k/s asked for.",
		},
		{
			"ranges that overlap have no winner", of(3, trials("acks=0", 3), trials("acks=all", 3)),
			"acks=all against acks=0: both kept up with the 50.0 k/s asked for and by response p99 they can't be told apart (", "the ranges of the repeats overlap).",
		},
		{"nor has one trial", of(1, trials("acks=0", 1, faster(9)), trials("acks=all", 1)), "acks=all against acks=0: ", "one trial does not show how much they vary"},
		{"a lower bound that is the larger one makes the difference one", of(3, trials("acks=0", 3, faster(3)), trials("acks=all", 3, bound)), "acks=all adds at least ", "against acks=0"},
		{"one that is the smaller tells nothing", of(3, trials("acks=0", 3, faster(3), bound), trials("acks=all", 3)), "acks=all against acks=0: ", "lower bounds"},
		{"what has no scale has a best case", of(3, trials("compression=none", 3, faster(3)), trials("compression=lz4", 3, faster(1.5)), trials("compression=zstd", 3)), "All cases kept up with the 50.0 k/s asked for; compression=none has the lowest response p99, ", "next is compression=lz4 with "},
		{"or none", of(3, trials("compression=none", 3), trials("compression=lz4", 3), trials("compression=zstd", 3)), "All cases kept up with the 50.0 k/s asked for; none is ahead by response p99: ", "can't be told from "},
		{"by throughput too", of(2, trials("compression=none", 2, rate(5e5)), trials("compression=lz4", 2, rate(9e5)), trials("compression=zstd", 2, rate(7e5))), "compression=lz4 has the highest throughput, 900 k/s; next is compression=zstd with 700 k/s; ", ""},
		{
			"what can't be trusted is left out by name", of(3, trials("acks=0", 3, faster(3)), trials("acks=1", 3, faster(9), firstInvalid), trials("acks=all", 3)),
			"acks=all adds ", "Left out: acks=1 (invalid in 1 of 3).",
		},
		{"nothing can be trusted", of(1, trials("base", 1, invalid)), "No answer can be given, since no case has numbers that can be trusted: base (invalid).", ""},
		{"a doubt is named", of(3, trials("base", 3, client)), "50.0 k/s at ", "With doubts: base (client-bound)."},
		{"what was lost belongs to it", acksRun(), "acks=all ", "Lost: 18 with acks=0."},
		{"what all have is compared: acks 0 has no response", acksRun(), "acks=all adds ", "to e2e p99 against acks=0"},
		{
			"what takes time to read is asked how long it takes to be read", of(3, trials("acks=0", 3, busy(scenario.Consumer{Processing: 1e6}), seenIn(80e6)), trials("acks=all", 3, busy(scenario.Consumer{Processing: 1e6}), seenIn(3e9))),
			"acks=all adds 2.92 s (3650 %) to e2e p99 against acks=0; both kept up with the 50.0 k/s asked for.", "",
		},
		{
			"as is what some members are slow with", of(2, trials("base", 2, busy(scenario.Consumer{Slow: []scenario.Slow{{Processing: 1e6}}}), seenIn(80e6))),
			"50.0 k/s at an e2e p99 of 80.0 ms", "",
		},
		{
			"and what is forwarded", of(2, trials("base", 2, busy(scenario.Consumer{ConsumerConfig: driver.ConsumerConfig{Forward: driver.Forward{Records: 10}}}), seenIn(80e6))),
			"50.0 k/s at an e2e p99 of 80.0 ms", "",
		},
		{
			"transactions are asked for the response", of(2, trials("base", 2, busy(scenario.Consumer{Processing: 1e6}), func(t *result.Trial) { t.Plan.Producer.Transaction.Records = 10 })),
			"50.0 k/s at a response p99 of ", "",
		},
		{
			"members that come and go are asked how long nothing was read, and what was read again", of(2, trials("base", 2, churned(4e9, 0))),
			"50.0 k/s at a rebalance pause max of 4.00 s and 4,000 records read again, medians of 2 repeats.", "",
		},
		{
			"and are held against each other by it", of(2, trials("acks=0", 2, churned(4e9, 0)), trials("acks=all", 2, churned(6e9, 1))),
			"acks=all adds at least 2.00 s (50 %) to rebalance pause max and adds 2,000 (50 %) to records read again against acks=0; both kept up", "",
		},
		{
			"or have a best case", of(2, trials("assignor=a", 2, churned(6e9, 0)), trials("assignor=b", 2, churned(4e9, 0)), trials("assignor=c", 2, churned(6e9, 0))),
			"All cases kept up with the 50.0 k/s asked for; assignor=b has the lowest rebalance pause max, 4.00 s; next is assignor=a with 6.00 s; assignor=b has the fewest records read again, 4,000; next is", "",
		},
		{"a pause is asked how long the backlog took", of(2, trials("base", 2, paused(4))), "50.0 k/s at a catch-up time of 4.00 s, medians of 2 repeats.", ""},
		{"of one that was never caught up it is a lower bound", of(2, trials("base", 2, paused(0))), "50.0 k/s at a catch-up time of ≥ 2.00 s", ""},
		{
			"what else became of records is said", of(1, trials("base", 1, func(t *result.Trial) {
				t.Counts.Unresolved, t.Counts.Reread, t.Counts.AbortedRead = 3, new(int64(4)), new(int64(5))
			})),
			"50.0 k/s at ", "Unresolved: 3. Records read again: 4. Aborted, and read all the same: 5.",
		},
		{"nothing was measured", newRun(result.StatusRunning, []string{"base"}, 1), "Nothing has been measured yet.", ""},
		{"all failed", runs()["all-failed"], "No answer can be given", "acks=0 (failed)"},
		{"a search has a rate", searchRun(), "Highest rate of acks=1: ", "Highest rate of acks=all: "},
		{"a comparison has its verdict", experiment(result.Comparison{Pairs: 10}, 10, 0.01), "PASS: b is not worse than a", ""},
		{"reading alone", runs()["consume"], "614 k/s, medians of 2 repeats.", ""},
	} {
		r, err := New(tt.run)
		if err != nil {
			t.Fatal(err)
		}
		if got := r.Answer(); !strings.HasPrefix(got, tt.want) || !strings.Contains(got, tt.says) {
			t.Errorf("%s:\ngot  %s\nwant %s … %s", tt.why, got, tt.want, tt.says)
		}
	}
	if got := (&Report{}).Answer(); got != "Nothing has been measured yet." {
		t.Errorf("a report without records answers %q", got)
	}
}

func TestOrdered(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		why, path string
		values    []string
		want      bool
	}{
		{"times", "producer.linger", []string{"0s", "5ms"}, true},
		{"sizes", "message.size", []string{"100B", "1KB"}, true},
		{"levels of acks", "producer.acks", []string{"0", "1", "all"}, true},
		{"names", "producer.compression", []string{"none", "lz4"}, false},
		{"a name among numbers", "load.rate", []string{"50k/s", "max"}, false},
		{"nothing", "producer.compression", []string{""}, false},
	} {
		var groups []*group
		for _, v := range tt.values {
			groups = append(groups, newGroup(&result.Trial{Set: []scenario.Setting{{Path: tt.path, Value: v}}}))
		}
		if got := ordered(groups); got != tt.want {
			t.Errorf("%s: got %v", tt.why, got)
		}
	}
}
