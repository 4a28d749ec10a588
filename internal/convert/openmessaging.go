package convert

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"

	"kbench/internal/unit"
)

// Workload makes a scenario of a workload file of OpenMessaging Benchmark, and of a driver file of its Kafka driver, which may
// be nil.
//
// A workload of several topics becomes one topic with the partitions, producers and consumers of all: rate, data and work for
// each partition stay the same.
func Workload(workload, driver []byte) (*Converted, error) {
	keys, err := flat("the workload", workload)
	if err != nil {
		return nil, err
	}
	all := slices.Clone(keys)
	name, _ := keys.take("name")
	if _, ok := keys.take("driverClass"); ok {
		return nil, errors.New("driverClass: this is a driver file; the workload comes first: kbench convert WORKLOAD DRIVER")
	}
	d := newDraft("an OpenMessaging workload: "+name, name)
	d.workload(keys)
	d.saidBy(workloadKeys(), func(name string) (string, bool) {
		i := slices.IndexFunc(all, func(p pair) bool { return p.name == name })
		return "the workload, " + all[max(i, 0)].place(), i >= 0
	})
	if driver != nil {
		if keys, err = flat("the driver", driver); err != nil {
			return nil, err
		}
		d.driver(keys)
	}
	d.javaProducer()
	return d.finish()
}

// workloadKeys are the keys of a workload that decide most on one of the scenario.
func workloadKeys() map[string][]string {
	return map[string][]string{
		"topic.partitions": {"partitionsPerTopic"}, "producer.count": {"producersPerTopic"}, "consumer.groups": {"subscriptionsPerTopic"},
		"consumer.members": {"consumerPerSubscription"}, "load.rate": {"producerRate"}, "load.warmup": {"warmupDurationMinutes"},
		"load.measure": {"testDurationMinutes"}, "message.size": {"messageSize"}, "message.compress_to": {"randomBytesRatio"},
	}
}

// taken reads a number that a workload must have.
func (d *draft) taken(keys *pairs, name string, least int64) int64 {
	text, ok := keys.take(name)
	if !ok {
		d.problem(name, "missing in the workload")
		return least
	}
	n, err := asNumber(least)(text)
	if err != nil {
		d.problem(name, "%v", err)
		return least
	}
	return n.(int64)
}

// optional reads a number that is 0 where a workload has none.
func (d *draft) optional(keys *pairs, name string) int64 {
	text, ok := keys.take(name)
	if !ok {
		return 0
	}
	n, err := asNumber(0)(text)
	if err != nil {
		d.problem(name, "%v", err)
		return 0
	}
	return n.(int64)
}

// maxClients bounds topics and clients, so that products of them stay numbers. It is far above what kbench takes.
const maxClients = 1_000_000

func (d *draft) workload(keys pairs) {
	topics, partitions := d.taken(&keys, "topics", 1), d.taken(&keys, "partitionsPerTopic", 1)
	producers := d.taken(&keys, "producersPerTopic", 1)
	groups, members := d.optional(&keys, "subscriptionsPerTopic"), d.optional(&keys, "consumerPerSubscription")
	if max(topics, partitions, producers, groups, members) > maxClients {
		d.problem("topics", "more topics, partitions or clients than anything could carry")
		return
	}
	if topics > 1 {
		d.warn("topics", "one topic has the partitions, producers and consumers of all %d, so that each partition's load is the same; for a topic each write workloads, with a part of load.rate each", topics)
	}
	d.set("topic", "partitions", topics*partitions)
	d.set("producer", "count", topics*producers)
	if groups > 0 && members > 0 {
		d.set("consumer", "groups", groups)
		d.set("consumer", "members", topics*members)
		d.set("consumer", "commit", "async")
		d.warn("consumers", "they commit after each poll there; here every 5s, as consumer.commit_every says")
	}
	rate, warmup, measure := d.times(&keys)
	size := d.taken(&keys, "messageSize", 1)
	d.records(&keys, size)
	d.backlog(&keys, float64(rate)*float64(size)*float64(groups), warmup, measure)
	for _, k := range keys {
		d.warn(k.name, "not known to kbench convert")
	}
}

// times says when records are due, and for how long. A measure of 0 has no end there.
func (d *draft) times(keys *pairs) (rate int64, warmup, measure time.Duration) {
	rate = d.taken(keys, "producerRate", 0)
	if d.set("load", "rate", strconv.FormatInt(rate, 10)+"/s"); rate == 0 {
		d.set("load", "rate", "max")
		d.warn("producerRate", "0 looks for a rate there that consumers keep up with; here it sends as fast as brokers acknowledge. To search under objectives there is load.find_max")
	}
	minutes := func(name, key, unset string) time.Duration {
		text, ok := keys.take(name)
		if !ok {
			text = unset
		}
		n, err := asNumber(0)(text)
		if err != nil || n.(int64) > maxClients {
			d.problem(name, "%q is not a number of minutes", text)
			return 0
		}
		if key == "measure" && n == int64(0) {
			d.warn(name, "a load without an end has no counterpart; load.measure is at its default")
			return 0
		}
		length := time.Duration(n.(int64) * int64(time.Minute))
		d.set("load", key, shortly(unit.Duration(length)))
		return length
	}
	warmup = minutes("warmupDurationMinutes", "warmup", "1")
	return rate, warmup, minutes("testDurationMinutes", "measure", "0")
}

// backlog says when consumers pause, so that a backlog builds up: there until it has its size, over all subscriptions; here for as
// long as that takes at so many bytes a second.
func (d *draft) backlog(keys *pairs, perSecond float64, warmup, measure time.Duration) {
	const name, longest = "consumerBacklogSizeGB", time.Hour // of a pause
	ratio, partly := keys.take("backlogDrainRatio")
	size := d.optional(keys, name)
	if size == 0 {
		return
	}
	if d.sections["consumer"] == nil {
		d.warn(name, "without consumers there is nothing to pause")
		return
	}
	at := max(warmup, time.Second) // the earliest
	begin := shortly(unit.Duration(at))
	seconds := math.Ceil(float64(size) * (1 << 30) / perSecond)
	if !(seconds <= min(longest, warmup+measure-at).Seconds()) { // infinite without a rate
		d.warn(name, "how long that takes is not known, or longer than the test; write consumer.pause: [{at: %s, for: 30s}], with the time that it shall take, within load.measure", begin)
		return
	}
	length := shortly(unit.Duration(seconds * float64(time.Second)))
	d.set("consumer", "pause", []yaml.MapSlice{{{Key: "at", Value: begin}, {Key: "for", Value: length}}})
	d.set("load", "drain", "1h") // there is no limit there
	d.warn(name, "consumers pause for %s, in which %d GB build up at that rate; there until they have", length, size)
	if partly {
		d.warn("backlogDrainRatio", "a backlog is caught up when nothing of it is left; it was %s", ratio)
	}
}

// records says what they look like.
func (d *draft) records(keys *pairs, size int64) {
	d.set("message", "size", unit.Size(size).String())
	const keysThere = 10_000 // as many as its distributors have, whichever it is
	switch how, _ := keys.take("keyDistributor"); strings.ToUpper(how) {
	case "", "NO_KEY":
	case "KEY_ROUND_ROBIN":
		d.keys(keysThere, "sequential")
	case "RANDOM_NANO":
		d.keys(keysThere, "uniform")
	default:
		d.warn("keyDistributor", "%s is not known; records have no key", how)
	}
	random, _ := keys.take("useRandomizedPayloads")
	ratio, given := keys.take("randomBytesRatio")
	_, pool := keys.take("randomizedPayloadPoolSize")
	file, named := keys.take("payloadFile")
	if yes, err := asTruth(random); random == "" || err == nil && yes == false {
		if named && file != "" {
			d.warn("payloadFile", "every record has all bytes of %s there; here they are random. To send text write it into a file of one line, and its path into message.payload", file)
		}
		return
	} else if err != nil {
		d.problem("useRandomizedPayloads", "%v", err)
		return
	}
	part, err := strconv.ParseFloat(ratio, 64)
	switch {
	case given && (err != nil || !(part >= 0 && part <= 1)):
		d.problem("randomBytesRatio", "%q is not a number from 0 to 1", ratio)
	case part == 0:
		d.set("message", "payload", "zeros")
	default:
		d.set("message", "payload", "random")
		d.set("message", "compress_to", part)
	}
	if pool {
		d.warn("randomizedPayloadPoolSize", "kbench makes each record's own bytes")
	}
}

// driver reads what a file of the Kafka driver says.
func (d *draft) driver(keys pairs) {
	keys.take("name")
	if class, _ := keys.take("driverClass"); !strings.Contains(class, ".kafka.") && !strings.Contains(class, ".redpanda.") {
		d.problem("driverClass", "%q is not the Kafka driver; it ends in .kafka.KafkaBenchmarkDriver", class)
	}
	if text, ok := keys.take("replicationFactor"); ok {
		if n, err := asNumber(1)(text); err != nil {
			d.problem("replicationFactor", "%v", err)
		} else {
			d.place = "the driver, replicationFactor"
			d.set("topic", "replication_factor", n)
		}
	}
	if text, ok := keys.take("reset"); ok && strings.EqualFold(text, "true") {
		d.warn("reset", "kbench deletes no topic that it has not made")
	}
	read := func(name string) pairs {
		text, _ := keys.take(name)
		props, err := parseText(text)
		if err != nil {
			d.problem(name, "%v", err)
		}
		return props.under("the driver, " + name + " ")
	}
	topic, common, producer, consumer := read("topicConfig"), read("commonConfig"), read("producerConfig"), read("consumerConfig")
	for _, p := range topic {
		d.place = p.place()
		d.setOwn("topic", p.name, p.value)
	}
	d.client("producer", d.levels(common.over(producer)), false)
	if d.sections["consumer"] != nil {
		said := len(d.warnings)
		props := common.over(consumer)
		if text, _ := props.take("enable.auto.commit"); strings.EqualFold(text, "true") {
			d.set("consumer", "commit", "auto")
		}
		d.client("consumer", props, false)
		d.warnings = append(d.warnings[:said], fresh(d.warnings[:said], d.warnings[said:])...)
	}
	for _, k := range keys {
		d.warn(k.name, "not known to kbench convert")
	}
}

// fresh returns those texts that have not been said.
func fresh(said, texts []string) (out []string) {
	known := map[string]bool{}
	for _, s := range said {
		known[s] = true
	}
	for _, s := range texts {
		if !known[s] {
			out = append(out, s)
		}
	}
	return out
}

// maxTokens bounds the words and signs of a file: the YAML parser's time grows with the square of a mapping's keys.
const maxTokens = 5000

// flat reads a YAML mapping of names to single values, the form of both kinds of file. Aliases, tags and nested values, which
// they do not have, are refused.
func flat(what string, text []byte) (out pairs, err error) {
	defer func() {
		if r := recover(); r != nil { // the parser is not ours
			out, err = nil, fmt.Errorf("%s: the YAML parser can't read it: %v", what, r)
		}
	}()
	if len(text) > maxInput {
		return nil, fmt.Errorf("%s has %d bytes; at most %d are read", what, len(text), maxInput)
	}
	tokens := lexer.Tokenize(string(text))
	if len(tokens) > maxTokens {
		return nil, fmt.Errorf("%s: too much YAML; such files have some twenty keys", what)
	}
	file, err := parser.Parse(tokens, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		first, _, _ := strings.Cut(err.Error(), "\n")
		return nil, fmt.Errorf("%s is not valid YAML: %s", what, line(first))
	}
	for _, doc := range file.Docs {
		if doc.Body == nil {
			continue
		}
		m, ok := doc.Body.(*ast.MappingNode)
		if !ok || out != nil {
			return nil, fmt.Errorf("%s: one mapping of keys such as topics and messageSize is wanted", what)
		}
		for _, v := range m.Values {
			name := strings.TrimSpace(v.Key.GetToken().Value)
			value, ok := single(v.Value)
			if !ok {
				return nil, fmt.Errorf("%s: %s: a single value is wanted", what, line(name))
			}
			out.put(name, value, lineAt(v.Key.GetToken().Position.Line))
		}
	}
	if out == nil {
		return nil, fmt.Errorf("%s is empty", what)
	}
	return out, nil
}

// single returns the text of a node that is one value.
func single(n ast.Node) (text string, ok bool) {
	switch n := n.(type) {
	case *ast.NullNode:
		return "", true
	case *ast.StringNode:
		return n.Value, true
	case *ast.LiteralNode:
		return n.Value.Value, true
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode:
		return n.GetToken().Value, true
	}
	return "", false
}
