package convert

import (
	"maps"
	"strings"

	"kbench/internal/driver/security"
)

// A meaning is what becomes of a property of a client: a key of the scenario, a property of librdkafka, or a warning. Exactly
// one of key, own and why is set.
type meaning struct {
	key string  // of producer or consumer
	as  reading // the key's value; nil: the text as it is
	but string  // what is not the same with that key; empty: it is the same
	own string  // the property of librdkafka that does the same
	why string  // why there is no counterpart
}

// Reasons that several properties share.
const (
	whyJava     = "only Java's client has it"
	whyKbench   = "kbench sets it itself"
	whySecurity = "how to connect is no part of a scenario, since it may hold secrets: kbench run has --client-config FILE for it, or -X NAME=VALUE"
	whyNoTx     = "kbench's transactions go by records, under an id of its own: set producer.transaction.records, and producer.idempotence: true"
)

// commonMeanings are those of producers and consumers. Names are those of Kafka's Java client, and of librdkafka where it has
// another.
func commonMeanings() map[string]meaning {
	m := map[string]meaning{
		"client.id":                {why: whyKbench},
		"receive.buffer.bytes":     {own: "socket.receive.buffer.bytes"},
		"send.buffer.bytes":        {own: "socket.send.buffer.bytes"},
		"request.timeout.ms":       {why: "librdkafka has two limits in its place, request.timeout.ms and socket.timeout.ms; kbench's are in force"},
		"allow.auto.create.topics": {why: "a mistyped name is an error in kbench, not a new topic"},
		"interceptor.classes":      {why: whyJava},
		"default.api.timeout.ms":   {why: whyJava},
		"metric.reporters":         {why: whyJava},
		"enable.metrics.push":      {why: "off in kbench: the broker would be sent telemetry while it is measured"},
		"debug":                    {why: whyKbench},
		"log.queue":                {why: whyKbench},
		"statistics.interval.ms":   {why: whyKbench},
	}
	keep(m,
		"metadata.max.age.ms", "reconnect.backoff.ms", "reconnect.backoff.max.ms", "retry.backoff.ms", "retry.backoff.max.ms",
		"socket.connection.setup.timeout.ms", "connections.max.idle.ms", "client.dns.lookup",
	)
	return m
}

// keep has settings go by as they are, to the client's own.
func keep(m map[string]meaning, names ...string) {
	for _, name := range names {
		m[name] = meaning{own: name}
	}
}

func producerMeanings() map[string]meaning {
	m := commonMeanings()
	maps.Copy(m, map[string]meaning{
		"acks":                                  {key: "acks", as: asAcks},
		"enable.idempotence":                    {key: "idempotence", as: asTruth},
		"compression.type":                      {key: "compression", as: asWord("none", "gzip", "snappy", "lz4", "zstd")},
		"linger.ms":                             {key: "linger", as: asMillis},
		"batch.size":                            {key: "batch_size", as: asBytes},
		"max.in.flight.requests.per.connection": {key: "max_in_flight", as: asNumber(1)},
		"retries":                               {key: "retries", as: asRetries},
		"delivery.timeout.ms":                   {key: "timeout", as: asMillis},
		"partitioner.class":                     {key: "partitioner", as: asClass(map[string]string{"DefaultPartitioner": "sticky", "UniformStickyPartitioner": "sticky", "RoundRobinPartitioner": "round_robin"})},
		"buffer.memory":                         {why: "kbench's producer.buffer is a number of records, not of bytes; it is at its default"},
		"max.block.ms":                          {why: "in kbench a full buffer is waited for, and that shows as lag; see producer.on_full"},
		"max.request.size":                      {why: "kbench puts no limit of the client's on a request; batch_size bounds a batch"},
		"transactional.id":                      {why: whyNoTx},
		"transaction.timeout.ms":                {why: whyNoTx},
		"key.serializer":                        {why: whyJava},
		"value.serializer":                      {why: whyJava},
		"partitioner.adaptive.partitioning.enable": {why: whyJava},
		"partitioner.availability.timeout.ms":      {why: whyJava},
		"partitioner.ignore.keys":                  {why: whyJava},
		"auto.include.jmx.reporter":                {why: whyJava},
		"delivery.report.only.error":               {why: whyKbench},
	})
	return m
}

func consumerMeanings() map[string]meaning {
	m := commonMeanings()
	assignors := map[string]string{
		"RangeAssignor": "range", "RoundRobinAssignor": "roundrobin", "CooperativeStickyAssignor": "cooperative-sticky",
		"range": "range", "roundrobin": "roundrobin", "cooperative-sticky": "cooperative-sticky",
	}
	maps.Copy(m, map[string]meaning{
		"auto.offset.reset":             {key: "start", as: asStart},
		"isolation.level":               {key: "isolation", as: asWord("read_uncommitted", "read_committed")},
		"enable.auto.commit":            {key: "commit", as: asCommit},
		"auto.commit.interval.ms":       {key: "commit_every", as: asMillis},
		"group.protocol":                {key: "protocol", as: asLower(asWord("classic", "consumer"))},
		"partition.assignment.strategy": {key: "assignor", as: asClass(assignors)},
		"fetch.max.wait.ms":             {own: "fetch.wait.max.ms"},
		"max.poll.records":              {why: "librdkafka hands out record by record; how many it holds ready is queued.min.messages"},
		"group.id":                      {why: "kbench names groups itself, anew for each trial"},
		"group.instance.id":             {key: "static_members", as: asGiven, but: "each member has an id of kbench's own"},
		"key.deserializer":              {why: whyJava},
		"value.deserializer":            {why: whyJava},
		"exclude.internal.topics":       {why: whyJava},
		"enable.auto.offset.store":      {why: whyKbench},
		"enable.partition.eof":          {why: whyKbench},
	})
	keep(m,
		"fetch.min.bytes", "fetch.max.bytes", "max.partition.fetch.bytes", "session.timeout.ms", "heartbeat.interval.ms",
		"max.poll.interval.ms", "check.crcs", "client.rack",
	)
	return m
}

// asStart takes the older words too.
func asStart(text string) (any, error) {
	switch text {
	case "smallest", "beginning":
		text = "earliest"
	case "largest", "end":
		text = "latest"
	}
	return asWord("earliest", "latest")(text)
}

// asCommit: who turns the library's own commits off and says no more commits nothing.
func asCommit(text string) (any, error) {
	switch truth, err := asTruth(text); {
	case err != nil:
		return nil, err
	case truth == true:
		return "auto", nil
	}
	return "none", nil
}

func asLower(as reading) reading {
	return func(text string) (any, error) { return as(strings.ToLower(text)) }
}

// client gives each property of one side its meaning. Of properties that have none, those of librdkafka are passed on as they
// are, and those of Java's client are named.
func (d *draft) client(side string, props pairs, librdkafka bool) {
	d.add(side)
	meanings := producerMeanings()
	if side == "consumer" {
		meanings = consumerMeanings()
	}
	for _, p := range props {
		m, known := meanings[p.name]
		d.place = p.place()
		switch {
		case p.name == "bootstrap.servers":
			d.brokers = p.value
		case security.Is(p.name):
			d.warn(p.name, whySecurity)
		case !known && librdkafka:
			d.setOwn(side, p.name, p.value)
		case !known:
			d.warn(p.name, "not known to kbench convert; if librdkafka has it, write it into %s.config", side)
		case m.why != "":
			d.warn(p.name, "%s", m.why)
		case p.name == "batch.size" && p.value == "0" && !librdkafka:
			d.set(side, m.key, "1B")
			d.warn(p.name, "0 has no batches: each record is sent by itself; so it is here with the smallest batch that there is, 1B")
		case m.own != "":
			d.setOwn(side, m.own, p.value)
		default:
			d.setAs(side, m, p)
		}
	}
	d.place = ""
}

// setAs sets the key that a property stands for.
func (d *draft) setAs(side string, m meaning, p pair) {
	as := m.as
	if as == nil {
		as = asText
	}
	value, err := as(p.value)
	if err != nil {
		if m.key == "partitioner" || m.key == "assignor" || m.key == "start" { // words of which others have more
			d.warn(p.name, "%v; %s.%s is at its default", err, side, m.key)
			return
		}
		d.problem(p.name, "%v", err)
		return
	}
	d.set(side, m.key, value)
	if m.but != "" {
		d.warn(p.name, "%s", m.but)
	}
}

// levels takes compression.gzip.level and its like out of a Java client's properties. Only the level of the codec in use has a
// meaning.
func (d *draft) levels(props pairs) pairs {
	codec := ""
	for _, p := range props {
		if p.name == "compression.type" {
			codec = p.value
		}
	}
	var rest pairs
	for _, p := range props {
		of, is := strings.CutPrefix(p.name, "compression.")
		of, level := strings.CutSuffix(of, ".level")
		switch {
		case !is || !level:
			rest = append(rest, p)
		case of != codec:
			d.warn(p.name, "without effect, since compression.type is not %s", of)
		default:
			d.place = p.place()
			d.setAs("producer", meaning{key: "compression_level", as: asNumber(1)}, p)
		}
	}
	return rest
}

// javaProducer sets what Java's client does by itself and kbench does not.
func (d *draft) javaProducer() {
	d.place = ""
	if d.producer("linger") == nil {
		d.set("producer", "linger", "5ms")
		d.warn("linger.ms", "not given; 5ms is the default of Kafka's clients since 4.0, before that it was 0")
	}
	if d.producer("batch_size") == nil {
		d.set("producer", "batch_size", "16384B")
	}
	if d.producer("timeout") == nil {
		d.set("producer", "timeout", "2m")
	}
	acks, retries, inFlight := d.producer("acks"), d.producer("retries"), d.producer("max_in_flight")
	n, limited := inFlight.(int64)
	if d.producer("idempotence") == nil && (acks == nil || acks == "all") && retries != int64(0) && !(limited && n > 5) {
		d.set("producer", "idempotence", true)
	}
}
