package convert

import (
	"math"
	"math/big"
	"strings"

	"kbench/internal/unit"
)

// whyReport is the reason of flags about output.
const whyReport = "every run leaves all of its numbers in its records, with a window for each second"

// producerFlags are those of kafka-producer-perf-test from Kafka 2 to 4. Those up to --producer.config are deprecated since 4.2.
func producerFlags() map[string]flag {
	return map[string]flag{
		"--producer-props": {takes: several}, "--producer.config": {takes: 1},
		"--command-property": {takes: several}, "--command-config": {takes: 1}, "--bootstrap-server": {takes: 1},
		"--topic": {takes: 1}, "--num-records": {takes: 1}, "--record-size": {takes: 1}, "--throughput": {takes: 1},
		"--warmup-records": {takes: 1},
		"--payload-file":   {takes: 1}, "--payload-delimiter": {takes: 1},
		"--payload-monotonic":       {why: "records have a stamp with their number in kbench, and random bytes behind it"},
		"--transactional-id":        {takes: 1, why: whyNoTx},
		"--transaction-duration-ms": {takes: 1, why: whyNoTx},
		"--print-metrics":           {why: whyReport},
		"--reporting-interval":      {takes: 1, why: whyReport},
	}
}

// producerPerf reads the arguments of kafka-producer-perf-test.
func producerPerf(args []string, read ReadFile) (*Converted, error) {
	known := producerFlags()
	given, err := longFlags(known, args)
	if err != nil {
		return nil, err
	}
	d := newDraft("kafka-producer-perf-test", "")
	d.lacking(known, given)
	if name, ok := last(given, "--topic"); ok {
		d.topic(name)
	} else {
		d.problem("--topic", "missing")
	}
	d.produceRate(given)
	d.producePayload(given)
	props := d.properties(given, read, []string{"--producer.config", "--command-config"}, []string{"--producer-props", "--command-property"})
	d.client("producer", d.levels(props), false)
	if brokers, ok := last(given, "--bootstrap-server"); ok {
		d.brokers = brokers
	}
	d.javaProducer()
	return d.finishFlags(given)
}

// produceRate says how many records, how fast, and which of them count.
func (d *draft) produceRate(given map[string][]string) {
	text, _ := last(given, "--throughput")
	perSecond, ok := new(big.Rat).SetString(text)
	switch {
	case !ok || len(text) > 40 || strings.ContainsAny(text, "/eEpPxX_"):
		d.problem("--throughput", "%q is not a number of records a second, or -1", text)
		return
	case perSecond.Sign() == 0:
		d.problem("--throughput", "0 sends nothing")
		return
	case perSecond.Sign() < 0:
		d.set("load", "rate", "max")
	default:
		d.set("load", "rate", text+"/s")
	}
	text, _ = last(given, "--num-records")
	n, err := asNumber(1)(text)
	if err != nil {
		d.problem("--num-records", "%v", err)
		return
	}
	records, warmup := n.(int64), int64(0)
	if text, ok = last(given, "--warmup-records"); ok {
		n, err = asNumber(0)(text)
		if err != nil || n.(int64) >= records {
			d.problem("--warmup-records", "%q is not a whole number below --num-records", text)
			return
		}
		warmup = n.(int64)
	}
	d.set("load", "warmup", "0s")
	switch {
	case warmup > 0 && perSecond.Sign() < 0:
		d.set("load", "warmup", "5s")
		d.warn("--warmup-records", "a warm-up is a time in kbench, and without a rate %d records have none; it is 5s", warmup)
	case warmup > 0:
		seconds, _ := new(big.Rat).Quo(new(big.Rat).SetInt64(warmup), perSecond).Float64()
		d.set("load", "warmup", shortly(unit.Duration(math.Round(min(seconds, 1e6)*1e3)*1e6))) // whole milliseconds; kbench takes an hour at most
	default:
		d.warn("warm-up", "none there, so the first records count, which meet cold clients and brokers; load.warmup: 5s would leave them out")
	}
	d.set("load", "records", unit.Count(records-warmup).String())
}

// producePayload says what records hold.
func (d *draft) producePayload(given map[string][]string) {
	if size, ok := last(given, "--record-size"); ok {
		value, err := asBytes(size)
		if err != nil {
			d.problem("--record-size", "%v", err)
		}
		d.set("message", "size", value)
		d.set("message", "compress_to", 0.59) // random capital letters, of which a compressor leaves so much
		return
	}
	file, ok := last(given, "--payload-file")
	if !ok {
		return
	}
	if !strings.ContainsAny(file, "/.") { // a word is no file to kbench
		file = "./" + file
	}
	switch end, given := last(given, "--payload-delimiter"); {
	case given && end != `\n` && end != "\n":
		d.warn("--payload-delimiter", "a file's values are its lines here, so there are message.size random bytes instead; write each value of %s on a line, and the file's path into message.payload", file)
	default:
		d.set("message", "payload", file)
		d.warn("--payload-file", "a relative path is looked for from the scenario's folder; lines are sent in turn here, at random there")
	}
}

// consumerFlags are those of kafka-consumer-perf-test from Kafka 2 to 4.
func consumerFlags() map[string]flag {
	return map[string]flag{
		"--bootstrap-server": {takes: 1}, "--broker-list": {takes: 1}, "--topic": {takes: 1},
		"--messages": {takes: 1}, "--num-records": {takes: 1}, "--from-latest": {}, "--fetch-size": {takes: 1}, "--socket-buffer-size": {takes: 1},
		"--consumer.config": {takes: 1}, "--command-config": {takes: 1}, "--command-property": {takes: 1},
		"--include":             {takes: 1, why: "topics have names here: topic.name, and several are workloads with one each"},
		"--group":               {takes: 1, why: "kbench names groups itself, anew for each trial"},
		"--timeout":             {takes: 1, why: "a load of kbench's ends with its records; load.drain bounds the wait for the last of them"},
		"--threads":             {takes: 1, why: "it has had no effect since Kafka 2; several readers are consumer.members"},
		"--num-fetch-threads":   {takes: 1, why: "it has had no effect since Kafka 2; several readers are consumer.members"},
		"--print-metrics":       {why: whyReport},
		"--show-detailed-stats": {why: whyReport},
		"--reporting-interval":  {takes: 1, why: whyReport},
		"--date-format":         {takes: 1, why: whyReport},
		"--hide-header":         {why: whyReport},
	}
}

// consumerPerf reads the arguments of kafka-consumer-perf-test.
func consumerPerf(args []string, read ReadFile) (*Converted, error) {
	known := consumerFlags()
	given, err := longFlags(known, args)
	if err != nil {
		return nil, err
	}
	d := newDraft("kafka-consumer-perf-test", "")
	d.lacking(known, given)
	if name, ok := last(given, "--topic"); ok {
		d.topic(name)
	} else {
		d.problem("--topic", "missing: a topic is read by its name; in a scenario of one's own several are workloads, with a topic.name each")
	}
	text, _ := last(given, "--num-records", "--messages")
	n, err := asNumber(1)(text)
	if err != nil {
		d.problem("--messages", "%v", err)
	} else {
		d.set("load", "warmup", "0s")
		d.set("load", "records", unit.Count(n.(int64)).String())
	}
	d.client("consumer", d.properties(given, read, []string{"--consumer.config", "--command-config"}, []string{"--command-property"}), false)
	start := "earliest" // wins over what properties say, there as here
	if given["--from-latest"] != nil {
		start = "latest"
	}
	d.set("consumer", "start", start)
	for _, f := range []struct{ flag, property string }{
		{"--fetch-size", "max.partition.fetch.bytes"}, {"--socket-buffer-size", "socket.receive.buffer.bytes"},
	} {
		if text, ok := last(given, f.flag); ok {
			if _, err := asNumber(0)(text); err != nil {
				d.problem(f.flag, "%v", err)
			}
			d.setOwn("consumer", f.property, text)
		}
	}
	if brokers, ok := last(given, "--bootstrap-server", "--broker-list"); ok {
		d.brokers = brokers
	}
	return d.finishFlags(given)
}
