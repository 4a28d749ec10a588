package report

import (
	"fmt"
	"slices"
	"strings"

	"kbench/internal/driver"
	"kbench/internal/host"
	"kbench/internal/result"
	"kbench/internal/scenario"
	"kbench/internal/unit"
)

// A change makes a trial another one than the plain one that trial returns.
type change func(*result.Trial)

// newTrial returns a plausible trial, other numbers for other names and repeats, and always the same ones for the same.
func newTrial(caseName string, repeat int, changes ...change) *result.Trial {
	s := scenario.Default()
	s.Name, s.Description = "acks-tradeoff", "What does each acks level cost, and what does it lose?"
	t := &result.Trial{
		Schema: result.Schema, Run: "acks-tradeoff-20261121T020304Z", ID: fmt.Sprintf("%s.r%d", caseName, repeat), Scenario: s.Name, Case: caseName,
		Repeat: repeat, Plan: s, Start: "2026-11-21T02:03:04Z", Status: result.StatusOK, Verdict: result.Verdict{Trust: result.TrustOK},
		WarmupNs: 5e9, MeasureNs: 20e9, Fingerprint: "5f2c9a10",
		Cluster: result.Cluster{Kind: "kafka", Engine: "java", Version: "4.3.0", Nodes: 3, UpNs: int64(repeat) * 65e9, Replication: 3, TopicConfig: map[string]string{"min.insync.replicas": "1"}},
		Host: host.Facts{
			OS: "linux", Arch: "amd64", Kernel: "6.18.5", CPUModel: "AMD EPYC 7763", CPUs: 8, MemBytes: 33_600_000_000,
			GoVersion: "go1.26.8", GOMAXPROCS: 12, GOGC: "100", Kbench: "v0.3.0",
		},
	}
	for _, part := range strings.Split(caseName, ",") {
		if path, value, ok := strings.Cut(part, "="); ok {
			t.Set = append(t.Set, scenario.Setting{Path: "producer." + path, Value: value})
		}
	}
	wobble := 1 + float64((len(caseName)*7+repeat*5)%11)/50 // 1.00 to 1.20
	const rate, size = 50e3, 200
	n := int64(rate * 20)
	zero, heap, wire := int64(0), 2.13*wobble, n*113
	cpu, rss, ratio := 1853*wobble, int64(61e6*wobble), 1.87
	t.Counts = result.Counts{Scheduled: n, Acked: n, Consumed: n, Lost: &zero, Duplicated: &zero, Reordered: &zero, Corrupt: &zero, Truncated: &zero}
	t.Rates = result.Rates{OfferedPerS: rate, AckedPerS: rate - 7*wobble, ConsumedPerS: rate - 9*wobble, AckedBytesPerS: (rate - 7*wobble) * size, ConsumedBytesPerS: (rate - 9*wobble) * size}
	t.Cost = result.Cost{CPUNsPerRecord: &cpu, RSSMaxBytes: &rss, WireBytes: &wire, CompressionRatio: &ratio, AllocPerRecord: &heap}
	t.Latency = map[result.Span]*result.Latency{
		result.Response: latency(n, 3.21e6*wobble), result.Service: latency(n, 3.05e6*wobble), result.Lag: latency(n, 31e3*wobble),
		result.E2E: latency(n, 4.56e6*wobble), result.E2EService: latency(n, 4.41e6*wobble),
	}
	t.Client = result.Clients{
		Producer: &result.Client{Name: "confluent", Library: "librdkafka", Version: "2.15.0", Partitioner: "librdkafka", Settings: s.Producer.Asked()},
		Consumer: &result.Client{Name: "confluent", Library: "librdkafka", Version: "2.15.0", Settings: s.Consumer.Asked()},
	}
	for _, set := range t.Set {
		if set.Path == "producer.acks" {
			t.Plan.Producer.Acks, t.Client.Producer.Settings["acks"] = driver.Acks(set.Value), set.Value
		}
	}
	for _, c := range changes {
		c(t)
	}
	t.Integrity = t.Findings()
	return t
}

// latency returns a span whose p50 is median and whose tail is that of a quiet system.
func latency(n int64, median float64) *result.Latency {
	at := func(factor float64) *int64 { v := int64(median * factor); return &v }
	mean := median * 1.07
	return &result.Latency{
		Count: n, MinNs: at(0.31), MeanNs: &mean, P50Ns: at(1), P90Ns: at(1.62), P95Ns: at(1.81), P99Ns: at(2.43), P999Ns: at(4.87), P9999Ns: at(7.9), MaxNs: at(9.31),
	}
}

func faster(factor float64) change {
	return func(t *result.Trial) {
		for _, l := range t.Latency {
			for _, p := range []*int64{l.MinNs, l.P50Ns, l.P90Ns, l.P95Ns, l.P99Ns, l.P999Ns, l.P9999Ns, l.MaxNs} {
				*p = int64(float64(*p) / factor)
			}
			*l.MeanNs /= factor
		}
	}
}

func acks(a driver.Acks) change {
	return func(t *result.Trial) {
		p := *t.Plan.Producer
		p.Acks = a
		t.Plan.Producer = &p
		t.Client.Producer.Settings = p.Asked()
		if a == driver.AcksNone {
			delete(t.Latency, result.Response)
			delete(t.Latency, result.Service)
		}
	}
}

func produceOnly(t *result.Trial) {
	t.Plan.Consumer, t.Client.Consumer, t.Counts.Consumed = nil, nil, 0
	t.Rates.ConsumedPerS, t.Rates.ConsumedBytesPerS = 0, 0
	c := &t.Counts
	c.Lost, c.Duplicated, c.Reordered, c.Corrupt, c.Truncated = nil, nil, nil, nil, nil
	delete(t.Latency, result.E2E)
	delete(t.Latency, result.E2EService)
}

func consumeOnly(t *result.Trial) {
	t.Plan.Producer, t.Client.Producer, t.Plan.Preload = nil, nil, 1e6
	t.Counts = result.Counts{Consumed: 1e6}
	t.Rates = result.Rates{ConsumedPerS: 612_345 + float64(t.Repeat)*1000, ConsumedBytesPerS: 122.469e6}
	t.Latency = nil
	lag := int64(1e6)
	t.Groups = []result.Group{{Name: "g0", Consumed: 1e6, LagMax: &lag}}
	t.Cost.WireBytes, t.Cost.CompressionRatio = nil, nil
}

func closedLoop(t *result.Trial) {
	t.Closed, t.Plan.Load.Rate = true, unit.MaxRate
	t.Rates = result.Rates{AckedPerS: 640_123, AckedBytesPerS: 128_024_600, ConsumedPerS: 631_987, ConsumedBytesPerS: 126_397_400}
	for _, span := range []result.Span{result.Response, result.Lag, result.E2E} {
		delete(t.Latency, span)
	}
}

func thresholds(t *result.Trial) {
	t.Plan.Thresholds = []scenario.Threshold{
		{Metric: "response_p99", Op: "<=", Value: 20e6, Text: "response_p99 <= 20ms"},
		{Metric: "acked_per_s", Op: ">=", Value: 49e3, Text: "acked_per_s >= 49k"},
		{Metric: "lost", Op: "==", Value: 0, Text: "lost == 0"},
	}
}

func failed(why string) change {
	return func(t *result.Trial) {
		*t = result.Trial{
			Schema: t.Schema, Run: t.Run, ID: t.ID, Scenario: t.Scenario, Case: t.Case, Set: t.Set, Repeat: t.Repeat, Plan: t.Plan,
			Start: t.Start, Status: result.StatusFailed, Failure: why, Cluster: result.Cluster{Kind: "kafka", Nodes: 1}, Host: t.Host,
		}
	}
}

// stalled loses 2% of the records to the delivery timeout, and leaves some out.
func stalled(t *result.Trial) {
	t.Counts.Acked, t.Counts.Failed, t.Counts.Unresolved = 977_000, 20_000, 3_000
	t.Counts.Errors = map[string]int64{"TIMED_OUT": 19_900, "NOT_ENOUGH_REPLICAS": 100}
	lost := int64(12)
	t.Counts.Lost = &lost
	t.Rates.AckedPerS, t.Rates.AckedBytesPerS = 48_850, 9_770_000
	for _, l := range t.Latency {
		l.AtLeast = []string{"p99", "p999", "p9999", "max"}
	}
	t.Verdict = result.Verdict{Trust: result.TrustInvalid, Reasons: []string{"2 partitions were under-replicated before the trial"}}
	t.Warnings = []string{"the leader of partition 1 moved from node 2 to node 3 after 8 s"}
}

// killed has the leader killed for ten seconds and a link made slow; lost is the first one's, where known.
func killed(back int64, lost *int64) change {
	return func(t *result.Trial) {
		t.Plan.Faults = []scenario.Fault{
			{At: 10e9, Do: scenario.FaultKill, Node: scenario.NodeLeader, For: 10e9},
			{At: 15e9, Do: scenario.FaultSlow, Node: "2", For: 1e9, Delay: 20e6, Rate: 10e6},
			{At: 24e9, Do: scenario.FaultPause, Node: scenario.NodeFollower, For: 1e9},
		}
		at, end, failed, none := int64(10.002e9), int64(20.004e9), int64(120), int64(0)
		during := latency(500_000, 3.21e6)
		during.AtLeast = []string{"p99"}
		t.Faults = []result.Fault{
			{
				Nodes: []int32{1}, AtNs: &at, EndNs: &end, Before: t.Latency[result.Response], During: during, RecoverNs: &back,
				Failed: &failed, Unresolved: &none, Lost: lost, Duplicated: &none, Reordered: &none,
			},
			{Nodes: []int32{2}, AtNs: &end, EndNs: &end, Failed: &none, Unresolved: &failed},
			{Problem: "partition 0 of topic x has no leader now"},
		}
		if back == 0 {
			t.Faults[0].RecoverNs = nil
		}
		t.Counts.Lost = lost
		t.Events = []result.Event{{AtNs: at, What: "fault 1: kill node 1, the leader"}, {AtNs: end, What: "fault 1: node 1 was started"}}
		t.Warnings = []string{"fault 3: partition 0 of topic x has no leader now"}
	}
}

// ramped goes from 10k/s to 92k/s, of which so many a second are acked at most; the rest waits.
func ramped(most float64) change {
	return func(t *result.Trial) {
		const second = unit.Duration(1e9)
		t.Plan.Load.Rate, t.Plan.Load.Measure = 0, 41*second
		t.Plan.Load.Profile = []scenario.Phase{{For: 41 * second, From: 10e3 * unit.PerSecond, To: 92e3 * unit.PerSecond}}
		t.WarmupNs, t.MeasureNs = 2e9, 41e9
		waiting, sum := 0.0, 0.0
		for i := -2; i < 41; i++ {
			due := 10e3 + 2e3*max(float64(i)+0.5, 0)
			acked := min(due+waiting, most)
			waiting += due - acked
			w := result.Window{Index: i, Scheduled: int64(due), Acked: int64(due), AckedPerS: acked, ConsumedPerS: acked, ConsumerLag: new(int64(i * i))}
			w.Latency = map[result.Span]*result.Latency{result.Response: latency(int64(due), 2e6+waiting/most*1e9), result.E2E: latency(int64(due), 3e6+waiting/most*1e9)}
			t.Windows, sum = append(t.Windows, w), sum+acked
		}
		t.Rates.OfferedPerS, t.Rates.AckedPerS, t.Rates.ConsumedPerS = 51e3, sum/43, sum/43
	}
}

// newRun puts trials into a run that planned repeats of each of the cases.
func newRun(status string, cases []string, repeats int, trials ...*result.Trial) *result.Run {
	base := newTrial(cases[0], 1)
	plan := &scenario.Plan{Name: base.Scenario, Seed: 42}
	for i, name := range cases {
		t := newTrial(name, 1)
		plan.Cases = append(plan.Cases, scenario.Case{Name: name, Set: t.Set, Scenario: t.Plan})
		for repeat := range repeats {
			plan.Order = append(plan.Order, scenario.Step{Case: i, Repeat: repeat + 1})
		}
	}
	end := "2026-11-21T02:07:31Z"
	if status == result.StatusRunning {
		end = ""
	}
	return &result.Run{
		Manifest: result.Manifest{Schema: result.Schema, Name: base.Run, Status: status, Start: base.Start, End: end, Kbench: "v0.3.0", Plan: plan},
		Trials:   trials,
	}
}

func acksRun() *result.Run {
	cases := []string{"acks=0", "acks=1", "acks=all"}
	var trials []*result.Trial
	for i, name := range cases {
		level := []driver.Acks{driver.AcksNone, driver.AcksLeader, driver.AcksAll}[i]
		for repeat := 1; repeat <= 3; repeat++ {
			trials = append(trials, newTrial(name, repeat, acks(level), faster([]float64{2.9, 2.4, 1}[i]), thresholds, func(t *result.Trial) {
				if level != driver.AcksNone {
					return
				}
				t.Plan.Thresholds = t.Plan.Thresholds[1:] // acks=0 has no response
				lost := int64(repeat * 3)
				t.Counts.Lost = &lost
			}))
		}
	}
	return newRun(result.StatusComplete, cases, 3, trials...)
}

// breakdown is what each client tells, not all of them the same.
func breakdown(client string, factor float64) *result.Breakdown {
	spread := func(count int64, mean float64) *result.Spread {
		mean *= factor
		most := int64(3 * mean)
		return &result.Spread{Count: count, Mean: &mean, Max: &most}
	}
	switch client {
	case "confluent": // by broker; some values were beyond its histogram
		at := func(part float64) result.Parts {
			return result.Parts{
				ClientQueue: spread(1e6, 1.7e6*part), Wire: spread(4000, 31e3*part), RoundTrip: spread(4000, 0.8e6*part), Throttle: &result.Spread{},
			}
		}
		p := result.Side{Parts: at(1), Brokers: map[int32]*result.Parts{}}
		for node, part := range map[int32]float64{1: 0.9, 2: 1, 10: 1.1} {
			parts := at(part)
			p.Brokers[node] = &parts
		}
		p.ClientQueue.Windows, p.ClientQueue.Truncated = 100, 3
		p.Throttle, p.BatchRecords, p.BatchBytes = spread(3, 50e6), spread(4000, 250), spread(4000, 53e3)
		c := result.Side{Parts: result.Parts{Wire: spread(4000, 20e3), RoundTrip: spread(4000, 4.1e6), Throttle: &result.Spread{}, Buffered: spread(100, 71)}}
		return &result.Breakdown{Producer: &p, Consumer: &c}
	case "sarama": // whole milliseconds
		p := result.Side{Parts: result.Parts{RoundTrip: spread(4000, 1.2e6), RequestRecords: spread(4000, 700), BatchBytes: spread(8000, 60e3)}}
		p.RoundTrip.RoundedDown = true
		c := result.Side{Parts: result.Parts{BatchRecords: spread(900, 300), BatchBytes: spread(900, 60e3), Commit: spread(20, 1.5e6), Processing: spread(1e6, 1.1e6)}}
		return &result.Breakdown{Producer: &p, Consumer: &c}
	}
	return nil
}

// clientsRun is three clients side by side, under names for keys of both sections.
func clientsRun() *result.Run {
	var cases []string
	var trials []*result.Trial
	var planned []scenario.Case
	for i, client := range []string{"confluent", "franz", "sarama"} {
		name := "variant=" + client
		side := func(t *result.Trial) {
			t.Set = []scenario.Setting{{Path: scenario.Variant, Value: client}}
			p, c := *t.Plan.Producer, *t.Plan.Consumer
			p.Client, c.Client = client, client
			if client == "sarama" {
				p.MaxInFlight, p.Config = 1, map[string]string{"Net.KeepAlive": "5s"}
			}
			t.Plan.Producer, t.Plan.Consumer = &p, &c
			t.Client.Producer = &result.Client{Name: client, Library: "its library", Version: "1.2.3", Settings: p.Asked()}
			t.Client.Consumer = &result.Client{Name: client, Library: "its library", Version: "1.2.3", Settings: c.Asked()}
			t.Breakdown = breakdown(client, 1+float64(t.Repeat)/10)
		}
		cases = append(cases, name)
		for repeat := range 2 {
			trials = append(trials, newTrial(name, repeat+1, side, faster(1+float64(i)/4)))
		}
		planned = append(planned, scenario.Case{Name: name, Set: trials[2*i].Set, Scenario: trials[2*i].Plan})
	}
	run := newRun(result.StatusComplete, cases, 2, trials...)
	run.Manifest.Plan.Cases = planned
	return run
}

// runs are the runs of the goldens, by name.
func runs() map[string]*result.Run {
	few := func(t *result.Trial) {
		for _, l := range t.Latency {
			l.Count, l.P999Ns, l.P9999Ns = 5000, nil, nil
		}
	}
	oneFew := func(t *result.Trial) { t.Latency[result.Response].P999Ns = nil }
	bound := func(t *result.Trial) {
		t.Verdict = result.Verdict{Trust: result.TrustClientBound, Reasons: []string{"kbench used 91% of its CPU allowance"}}
	}
	evil := "=cmd|' /C calc'!A0 | <script>alert(1)</script>\n# x \x1b[31m\u202e`a` [b](http://c) www.d.e *f* $g$ &amp; \\"
	hostile := func(t *result.Trial) {
		t.Case, t.Scenario, t.Plan.Description, t.Plan.Topic.Name = evil, evil, "# "+evil, evil
		t.Set = []scenario.Setting{{Path: "producer.config.x", Value: evil}}
		t.Warnings, t.Verdict.Reasons, t.Fingerprint = []string{evil}, []string{evil}, evil
		t.Verdict.Trust = result.TrustInvalid
		t.Client.Producer.Settings = map[string]string{evil: evil, "linger.ms": "7"}
		t.Counts.Failed, t.Counts.Acked, t.Counts.Errors = 5, t.Counts.Acked-5, map[string]int64{evil: 5}
		t.Plan.Thresholds = []scenario.Threshold{{Metric: "lost", Op: ">=", Value: 1, Text: evil}}
	}
	embedded := func(t *result.Trial) {
		t.Cluster = result.Cluster{Kind: "embedded", Version: "kfake", Nodes: 1, Replication: 1}
	}
	broken := failed("no broker at localhost:9092 answered within 10s (connection refused): start one, or leave -b out")
	all := map[string]*result.Run{
		"acks":        acksRun(),
		"clients":     clientsRun(),
		"produce":     newRun(result.StatusComplete, []string{"base"}, 1, newTrial("base", 1, produceOnly, few)),
		"consume":     newRun(result.StatusComplete, []string{"base"}, 2, newTrial("base", 1, consumeOnly), newTrial("base", 2, consumeOnly)),
		"closed":      newRun(result.StatusComplete, []string{"base"}, 2, newTrial("base", 1, closedLoop), newTrial("base", 2, closedLoop, bound)),
		"mixed":       newRun(result.StatusComplete, []string{"rate=50k/s", "rate=max"}, 1, newTrial("rate=50k/s", 1), newTrial("rate=max", 1, closedLoop)),
		"failures":    newRun(result.StatusFailed, []string{"acks=1", "acks=all"}, 3, newTrial("acks=1", 1, thresholds), newTrial("acks=1", 2, thresholds, oneFew), newTrial("acks=1", 3, thresholds, broken), newTrial("acks=all", 1, thresholds, stalled), newTrial("acks=all", 2, thresholds, stalled), newTrial("acks=all", 3, thresholds, stalled)),
		"interrupted": newRun(result.StatusInterrupted, []string{"acks=0", "acks=1", "acks=all"}, 2, newTrial("acks=0", 1, acks("0")), newTrial("acks=1", 1, func(t *result.Trial) { t.Status, t.MeasureNs = result.StatusInterrupted, 7e9 })),
		"killed":      newRun(result.StatusRunning, []string{"base"}, 3, newTrial("base", 1)),
		"all-failed":  newRun(result.StatusFailed, []string{"acks=0", "acks=1"}, 1, newTrial("acks=0", 1, broken), newTrial("acks=1", 1, broken)),
		"embedded":    newRun(result.StatusComplete, []string{"base"}, 1, newTrial("base", 1, embedded)),
		"faults":      newRun(result.StatusComplete, []string{"acks=1", "acks=all"}, 2, newTrial("acks=1", 1, killed(3e9, new(int64(17)))), newTrial("acks=1", 2, killed(5e9, new(int64(4)))), newTrial("acks=all", 1, killed(4e9, new(int64(0)))), newTrial("acks=all", 2, killed(0, nil))),
		"rebalances":  newRun(result.StatusComplete, []string{"base"}, 2, newTrial("base", 1, churned(4e9, 0)), newTrial("base", 2, churned(6e9, 1))),
		"profile":     newRun(result.StatusComplete, []string{"base"}, 2, newTrial("base", 1, ramped(60e3)), newTrial("base", 2, ramped(50e3))),
		"search":      searchRun(),
		"empty":       newRun(result.StatusRunning, []string{"acks=0", "acks=1"}, 3),
		"hostile":     newRun(result.StatusComplete, []string{"base"}, 1, newTrial("base", 1, hostile), newTrial("other", 1)),
	}
	all["hostile"].Warnings = []string{"records/" + evil + " was left out"}
	return all
}

func names(runs map[string]*result.Run) []string {
	var out []string
	for name := range runs {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}
