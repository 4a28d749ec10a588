package convert

import (
	"fmt"
	"strings"

	"kbench/internal/unit"
)

// rdkafkaFlags are those of rdkafka_performance, one letter each.
func rdkafkaFlags() map[string]flag {
	const (
		whyPrint = "what is printed is kbench's own"
		whyOwn   = "kbench measures that for each record by itself"
	)
	return map[string]flag{
		"-C": {}, "-P": {}, "-G": {takes: 1}, "-t": {takes: 1}, "-b": {takes: 1}, "-s": {takes: 1}, "-k": {takes: 1}, "-c": {takes: 1},
		"-r": {takes: 1}, "-a": {takes: 1}, "-z": {takes: 1}, "-o": {takes: 1}, "-X": {takes: 1}, "-H": {takes: 1},
		"-p": {takes: 1, why: "kbench uses all partitions of a topic; producer.partitioner says how"},
		"-m": {takes: 1, why: "the bytes of records are random here; to send that text write it into a file of one line, and its path into message.payload"},
		"-S": {takes: 1, why: "kbench numbers records itself, in their stamp"},
		"-R": {takes: 1, why: "kbench run --seed"},
		"-x": {takes: 1, why: "kbench waits for what it has sent"},
		"-D": {why: "how the library takes a record's bytes is kbench's own"},
		"-B": {takes: 1, why: "kbench reads record by record"},
		"-f": {why: "how the library takes a record's bytes is kbench's own"},
		"-i": {takes: 1, why: whyPrint}, "-M": {why: whyPrint}, "-q": {why: whyPrint}, "-v": {why: whyPrint}, "-u": {why: whyPrint}, "-O": {why: whyPrint},
		"-l": {why: whyOwn}, "-A": {takes: 1, why: whyOwn}, "-N": {why: whyOwn},
		"-T": {takes: 1, why: whyOwn}, "-Y": {takes: 1, why: whyOwn},
		"-d": {takes: 1, why: whyKbench}, "-I": {why: "a load without records measures nothing"},
		"-e": {why: "the end of a load is load.records or load.measure"}, "-w": {why: "kbench has no such wait"},
	}
}

// shortFlags reads -c 10, -c10 and -Pq.
func shortFlags(known map[string]flag, args []string) (map[string][]string, error) {
	given := map[string][]string{}
	for i := 0; i < len(args); i++ {
		letters, ok := strings.CutPrefix(args[i], "-")
		if !ok || letters == "" {
			return nil, fmt.Errorf("%s: not a flag of this tool", line(args[i]))
		}
		for k, letter := range letters {
			name := "-" + string(letter)
			f, ok := known[name]
			switch {
			case !ok:
				return nil, fmt.Errorf("%s: not a flag of this tool that kbench convert knows", line(name))
			case f.takes == 0:
				given[name] = []string{}
				continue
			case letters[k+1:] != "": // known letters are one byte each
				given[name] = append(given[name], letters[k+1:])
			case i+1 == len(args):
				return nil, fmt.Errorf("%s: its value is missing", name)
			default:
				i++
				given[name] = append(given[name], args[i])
			}
			break
		}
	}
	return given, nil
}

// rdkafkaNames are librdkafka's other names of what Java's client has too.
func rdkafkaNames() map[string]string {
	return map[string]string{
		"metadata.broker.list":     "bootstrap.servers",
		"request.required.acks":    "acks",
		"compression.codec":        "compression.type",
		"queue.buffering.max.ms":   "linger.ms",
		"max.in.flight":            "max.in.flight.requests.per.connection",
		"message.send.max.retries": "retries",
		"message.timeout.ms":       "delivery.timeout.ms",
	}
}

// rdkafkaPerformance reads the arguments of rdkafka_performance.
func rdkafkaPerformance(args []string, read ReadFile) (*Converted, error) {
	known := rdkafkaFlags()
	given, err := shortFlags(known, args)
	if err != nil {
		return nil, err
	}
	d := newDraft("rdkafka_performance", "")
	d.lacking(known, given)
	switch topics := given["-t"]; len(topics) {
	case 1:
		d.topic(topics[0])
	default:
		d.problem("-t", "one topic is wanted, not %d; in a scenario of one's own several are workloads, with a topic.name each", len(topics))
	}
	if n, ok := last(given, "-c"); ok {
		value, err := asNumber(1)(n)
		if err != nil {
			d.problem("-c", "%v", err)
		} else {
			d.set("load", "records", unit.Count(value.(int64)).String())
		}
	} else {
		d.warn("-c", "not given: a load without an end has no counterpart; load.measure is at its default")
	}
	d.set("load", "warmup", "0s")
	props := d.rdkafkaProperties(given, read)
	if given["-C"] != nil || given["-G"] != nil {
		d.rdkafkaConsumer(given, props)
	} else {
		d.rdkafkaProducer(given, props)
	}
	if brokers, ok := last(given, "-b"); ok {
		d.brokers = brokers
	}
	return d.finishFlags(given)
}

// rdkafkaProperties gathers -X NAME=VALUE and -X file=NAME, in their order.
func (d *draft) rdkafkaProperties(given map[string][]string, read ReadFile) (out pairs) {
	add := func(name, value, at string) {
		name = strings.TrimPrefix(name, "topic.")
		if other := rdkafkaNames()[name]; other != "" {
			name = other
		}
		out.put(name, value, at)
	}
	for _, text := range given["-X"] {
		name, value, ok := strings.Cut(text, "=")
		switch {
		case text == "list" || text == "help" || text == "dump":
			d.warn("-X "+text, "kbench shows the settings in force in each report")
		case !ok || name == "":
			d.problem("-X", "%q is not NAME=VALUE", text)
		case name == "file":
			file, err := read(value)
			props, wrong := parseText(string(file))
			if err == nil && wrong != nil {
				err = fmt.Errorf("%s, %w", value, wrong)
			}
			if err != nil {
				d.problem("-X file", "%v", err)
			}
			for _, p := range props {
				add(p.name, p.value, value+", "+p.at)
			}
		default:
			add(name, value, "-X")
		}
	}
	return out
}

// rdkafkaProducer sets what its producer does, its own defaults and librdkafka's among it.
func (d *draft) rdkafkaProducer(given map[string][]string, props pairs) {
	d.set("load", "rate", "max")
	if rate, ok := last(given, "-r"); ok {
		if _, err := unit.ParseRate(rate + "/s"); err != nil {
			d.problem("-r", "%v", err)
		}
		d.set("load", "rate", rate+"/s")
	}
	d.set("message", "size", "31B") // of the text that it sends where nothing is said
	if size, ok := last(given, "-s"); ok {
		value, err := asBytes(size)
		if err != nil {
			d.problem("-s", "%v", err)
		}
		d.set("message", "size", value)
	} else if _, ok := last(given, "-m"); ok {
		pattern, _ := last(given, "-m")
		d.set("message", "size", unit.Size(len(pattern)).String())
	}
	if _, ok := last(given, "-k"); ok {
		d.keys(1, "uniform") // its text is kbench's own
	}
	if headers := len(given["-H"]); headers > 0 {
		d.set("message", "headers", headers)
		d.warn("-H", "as many headers, with names and values of kbench's own")
	}
	for _, other := range []struct{ flag, property string }{{"-a", "acks"}, {"-z", "compression.type"}} {
		if value, ok := last(given, other.flag); ok {
			props.put(other.property, value, other.flag+",")
		}
	}
	own := pairs{{name: "max.in.flight.requests.per.connection", value: "1000000"}, {name: "delivery.timeout.ms", value: "300000"}, {name: "retries", value: "3"}, {name: "retry.backoff.ms", value: "500"}}
	props = own.over(props)
	if partitioner, ok := props.take("partitioner"); ok {
		d.rdkafkaPartitioner(partitioner)
	}
	if level, ok := props.take("compression.level"); ok && level != "-1" {
		d.place = "-X compression.level"
		d.setAs("producer", meaning{key: "compression_level", as: asNumber(0)}, pair{name: "compression.level", value: level})
	}
	if records, ok := props.take("queue.buffering.max.messages"); ok {
		d.place = "-X queue.buffering.max.messages"
		d.setAs("producer", meaning{key: "buffer", as: asNumber(1)}, pair{name: "queue.buffering.max.messages", value: records})
	}
	d.client("producer", props, true)
}

func (d *draft) rdkafkaPartitioner(word string) {
	ours := map[string]string{"consistent_random": "crc32", "murmur2_random": "murmur2", "fnv1a_random": "fnv1a", "random": "random"}[word]
	if ours == "" {
		d.warn("partitioner", "%s puts all records without a key into one partition, which kbench has not; producer.partitioner is at its default", word)
		return
	}
	d.set("producer", "partitioner", ours)
}

// rdkafkaConsumer sets what its consumer does: by itself with -C, in a group with -G.
func (d *draft) rdkafkaConsumer(given map[string][]string, props pairs) {
	d.add("consumer")
	d.set("consumer", "start", "earliest")
	if given["-G"] == nil {
		d.set("consumer", "assign", "static")
		d.set("consumer", "commit", "none")
	}
	switch offset, ok := last(given, "-o"); {
	case !ok || offset == "beginning":
	case offset == "end":
		d.set("consumer", "start", "latest")
	default:
		d.warn("-o", "%s: kbench begins at the first or after the last record; it is earliest", offset)
	}
	for _, flag := range []string{"-r", "-s", "-k", "-a", "-z", "-H"} {
		if _, ok := last(given, flag); ok {
			d.warn(flag, "without effect on a consumer")
		}
	}
	d.client("consumer", props, true)
}
