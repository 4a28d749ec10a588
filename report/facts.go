package report

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"kbench/internal/result"
	"kbench/internal/scenario"
	"kbench/internal/unit"
)

// facts says what was measured where. A fact that differs between trials shows each of its values.
func facts(run *result.Run) []Fact {
	trials := slices.DeleteFunc(slices.Clone(run.Trials), func(t *result.Trial) bool { return t.Status == result.StatusFailed })
	if len(trials) == 0 {
		trials = run.Trials // what was known before they failed
	}
	trials = loads(trials)
	out := legend(run)
	add := func(name string, of func(*result.Trial) string) {
		var values []string
		for _, t := range trials {
			if v := of(t); v != "" {
				values = unique(values, v)
			}
		}
		if len(values) > 1 {
			values = valuesOfLoads(trials, of)
		}
		if len(values) > 0 {
			out = append(out, Fact{name, someOf(values, "; ", 4)})
		}
	}
	add("Load", loadFact)
	add("Records", messageFact)
	add("Cluster", clusterFact)
	add("Topic", topicFact)
	if up := uptimeFact(trials); up != "" {
		out = append(out, Fact{"Broker uptime", up})
	}
	add("Producer", producerFact)
	add("Consumer", consumerFact)
	add("Machine", machineFact)
	add("Process", func(t *result.Trial) string {
		return fmt.Sprintf("%s, GOMAXPROCS %d, GOGC %s", t.Host.GoVersion, t.Host.GOMAXPROCS, t.Host.GOGC)
	})
	add("Fingerprint", func(t *result.Trial) string { return t.Fingerprint })
	return append(out, runFacts(run)...)
}

// brief reports whether a fact belongs beside the numbers too, where they are shown without the rest.
func (f Fact) brief() bool { return f.Name == "Load" || f.Name == "Records" || f.Name == "Cluster" }

func loadFact(t *result.Trial) string {
	l := t.Plan.Load
	var what string
	switch {
	case len(l.Profile) > 0:
		what = fmt.Sprintf("%s, %s", l.DescribeProfile(), l.Arrival)
	case l.FindMax != nil: // its steps differ in length
		return fmt.Sprintf("a search from %v to %v, %s, warm-up %v", l.FindMax.From, l.FindMax.To, l.Arrival, l.Warmup)
	case !t.Produces():
		what = "what is in the topic"
		if n := t.Plan.Preload; n > 0 {
			what = fmt.Sprintf("%v records, written before", n)
		}
	case l.Rate == unit.MaxRate:
		what = "rate max"
	default:
		what = fmt.Sprintf("%v, %s", l.Rate, l.Arrival)
	}
	warmup := "warm-up " + l.Warmup.For.String()
	if l.Warmup.Auto {
		warmup = "warm-up until steady"
	}
	measured := "measured for " + l.Measure.String()
	if l.Records > 0 {
		measured = fmt.Sprintf("measured over %v records", l.Records)
	}
	return strings.Join([]string{what, warmup, measured}, ", ")
}

func messageFact(t *result.Trial) string {
	if !t.Produces() && t.Plan.Preload == 0 {
		return ""
	}
	m := t.Plan.Message
	var size string
	switch s := m.Size; {
	case m.FromFile():
		size = "as long as its line"
	case len(s.Uniform) == 2:
		size = fmt.Sprintf("%v to %v", s.Uniform[0], s.Uniform[1])
	case s.Lognormal != nil:
		size = fmt.Sprintf("median %v and p99 %v, from %v to %v", s.Lognormal.Median, s.Lognormal.P99, s.Lognormal.Min, s.Lognormal.Max)
	case len(s.Weighted) > 0:
		size = "sizes by weight, " + strings.Join(slices.Sorted(maps.Keys(s.Weighted)), ", ")
	default:
		size = s.Fixed.String()
	}
	payload := m.Payload
	switch {
	case m.FromFile():
		payload = "the lines of " + m.Payload
	case payload == "random":
		payload += ", compressible to " + unit.Human(m.CompressTo)
	}
	parts := []string{size, payload, keysFact(m.Keys)}
	if m.Headers > 0 {
		parts = append(parts, fmt.Sprintf("%d %s", m.Headers, plural(m.Headers, "header", "headers")))
	}
	return strings.Join(parts, ", ")
}

func keysFact(k scenario.Keys) string {
	if k.Count == 0 {
		return "no keys"
	}
	out := fmt.Sprintf("%v keys, %s", k.Count, k.Pick)
	switch k.Pick {
	case scenario.PickZipf:
		out += fmt.Sprintf(" with exponent %v", k.Exponent)
	case scenario.PickHot:
		out += fmt.Sprintf(": %v of them in %v of the records", k.Hot.Keys, k.Hot.Records)
	}
	return out
}

func clusterFact(t *result.Trial) string {
	c := t.Cluster
	switch c.Kind {
	case "none":
		return "none"
	case "embedded":
		return "kbench's embedded fake broker, not Kafka"
	case "":
		return ""
	}
	parts := []string{strings.TrimSpace("Kafka " + c.Version)}
	if c.Version == "" {
		parts[0] += " of unknown version"
	}
	parts = append(parts, fmt.Sprintf("%d %s", c.Nodes, plural(c.Nodes, "node", "nodes")))
	if c.Engine != "" {
		parts = append(parts, "started by kbench ("+c.Engine+")")
	}
	return strings.Join(parts, ", ")
}

func topicFact(t *result.Trial) string {
	if t.Cluster.Kind == "none" {
		return ""
	}
	name := "fresh for each trial"
	if t.Plan.Topic.Name != "" {
		name = t.Plan.Topic.Name
	}
	parts := []string{name}
	if n := t.Plan.Topic.Partitions; n > 0 && t.Plan.Topic.Name == "" {
		parts = append(parts, fmt.Sprintf("%d %s", n, plural(n, "partition", "partitions")))
	}
	if n := t.Cluster.Replication; n > 0 {
		parts = append(parts, fmt.Sprintf("replication factor %d", n))
	}
	for _, k := range slices.Sorted(maps.Keys(t.Cluster.TopicConfig)) {
		parts = append(parts, k+"="+t.Cluster.TopicConfig[k])
	}
	if n := t.Cluster.UnderReplicated; n > 0 {
		parts = append(parts, fmt.Sprintf("%d under-replicated", n))
	}
	return strings.Join(parts, ", ")
}

// uptimeFact says how warm the brokers were: a cold one is slower.
func uptimeFact(trials []*result.Trial) string {
	var least, most int64
	for _, t := range trials {
		if up := t.Cluster.UpNs; up > 0 {
			if least == 0 || up < least {
				least = up
			}
			most = max(most, up)
		}
	}
	switch {
	case most == 0:
		return ""
	case least == most:
		return human(result.UnitNs, float64(most)) + " when the trial began"
	}
	return fmt.Sprintf("%s when the first trial began, %s at the last", human(result.UnitNs, float64(least)), human(result.UnitNs, float64(most)))
}

func clientText(c *result.Client) string {
	text := fmt.Sprintf("%s (%s)", c.Name, strings.TrimSpace(c.Library+" "+c.Version))
	if c.Partitioner != "" {
		text += ", partitions chosen by " + c.Partitioner
	}
	return text
}

func producerFact(t *result.Trial) string {
	c, p := t.Client.Producer, t.Plan.Producer
	if c == nil {
		return ""
	}
	text := clientText(c)
	if p != nil {
		text += fmt.Sprintf(", %d %s, %s", p.Count, plural(p.Count, "instance", "instances"), p.Mode)
	}
	return text
}

func consumerFact(t *result.Trial) string {
	c, p := t.Client.Consumer, t.Plan.Consumer
	if c == nil {
		return ""
	}
	text := clientText(c)
	if p != nil {
		text += fmt.Sprintf(", %d %s of %d %s", p.Groups, plural(p.Groups, "group", "groups"), p.Members, plural(p.Members, "member", "members"))
		if processing := processingFact(p); processing != "" {
			text += ", " + processing
		}
	}
	return text
}

func machineFact(t *result.Trial) string {
	h := t.Host
	parts := []string{h.CPUModel, fmt.Sprintf("%d %s", h.CPUs, plural(h.CPUs, "CPU", "CPUs"))}
	if h.CPULimit > 0 {
		parts = append(parts, "limited to "+strconv.FormatFloat(h.CPULimit, 'f', -1, 64)+" cores")
	}
	parts = append(parts, unit.HumanBytes(float64(h.MemBytes))+" of memory")
	if h.MemLimit > 0 {
		parts = append(parts, "limited to "+unit.HumanBytes(float64(h.MemLimit)))
	}
	parts = append(parts, strings.TrimSpace(h.OS+" "+h.Kernel+" "+h.Arch), h.Virt)
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), ", ")
}

// runFacts are those of the run as a whole.
func runFacts(run *result.Run) []Fact {
	m := run.Manifest
	version := "version " + m.Kbench
	if m.Kbench == "" {
		version = "version unknown"
	}
	out := []Fact{{"kbench", version}}
	if p := m.Plan; p != nil {
		order := ""
		if len(p.Cases) > 0 {
			order = fmt.Sprintf(", order %s", p.Cases[0].Scenario.Order)
		}
		what := plural(len(p.Order), "trial", "trials")
		if len(p.Cases) > 0 && p.Cases[0].Scenario.Load.FindMax != nil {
			what = plural(len(p.Order), "search", "searches")
		}
		out = append(out, Fact{"Plan", fmt.Sprintf("%d %s, %d %s, seed %d%s",
			len(p.Cases), plural(len(p.Cases), "case", "cases"), len(p.Order), what, p.Seed, order)})
		for _, w := range p.Warnings {
			out = append(out, Fact{"Scenario warning", w})
		}
	}
	when := m.Start + " to " + m.End
	if m.End == "" {
		when = "begun " + m.Start + ", no end is on record"
	}
	return append(out, Fact{"Time", when}, Fact{"Run", m.Name})
}
