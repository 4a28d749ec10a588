package convert_test

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kbench/internal/convert"
	"kbench/internal/scenario"
)

var update = flag.Bool("update", false, "write the goldens instead of comparing with them")

// files are those that the command lines of the tests name.
func files(name string) ([]byte, error) {
	text, ok := map[string]string{
		"client.properties": "# as kafka-configs has it\nbootstrap.servers = k1:9092, \\\n    k2:9092\nacks=1\nsecurity.protocol: SASL_SSL\nsasl.jaas.config=secret\\=\"x\"\n",
		"rdkafka.conf":      "compression.codec=lz4\nlinger.ms=20\n",
		"broken.properties": "acks=1\nclient.rack=\\u00\n",
	}[name]
	if !ok {
		return nil, fmt.Errorf("open %s: no such file", name)
	}
	return []byte(text), nil
}

const workload = `
name : 2 topics / 16 partitions / 1Kb
topics: 2
partitionsPerTopic: 16
keyDistributor: "KEY_ROUND_ROBIN"
messageSize: 1024
useRandomizedPayloads: true
randomBytesRatio: 0.5
randomizedPayloadPoolSize: 1000
payloadFile: "payload/payload-1Kb.data"
subscriptionsPerTopic: 1
consumerPerSubscription: 2
producersPerTopic: 1
producerRate: 50000
consumerBacklogSizeGB: 0
testDurationMinutes: 5
`

const driverFile = `
name: Kafka
driverClass: io.openmessaging.benchmark.driver.kafka.KafkaBenchmarkDriver
replicationFactor: 3
reset: true
topicConfig: |
  min.insync.replicas=2
commonConfig: |
  bootstrap.servers=k1:9092,k2:9092
  default.api.timeout.ms=1200000
producerConfig: |
  acks=all
  linger.ms=1
  batch.size=131072
  compression.type=zstd
  compression.zstd.level=3
  compression.gzip.level=9
consumerConfig: |
  auto.offset.reset=earliest
  enable.auto.commit=false
  max.partition.fetch.bytes=10485760
`

// TestGoldens holds whole conversions, warnings included, and that each is a valid scenario.
func TestGoldens(t *testing.T) {
	t.Parallel()
	command := func(line string) func() (*convert.Converted, error) {
		return func() (*convert.Converted, error) { return convert.Command(strings.Fields(line), files) }
	}
	for name, convertIt := range map[string]func() (*convert.Converted, error){
		"omb":       func() (*convert.Converted, error) { return convert.Workload([]byte(workload), []byte(driverFile)) },
		"omb-alone": func() (*convert.Converted, error) { return convert.Workload([]byte(workload), nil) },
		"omb-backlog": func() (*convert.Converted, error) {
			return convert.Workload([]byte("topics: 1\npartitionsPerTopic: 1\nmessageSize: 100\nproducersPerTopic: 4\nproducerRate: 0\nconsumerBacklogSizeGB: 100\nbacklogDrainRatio: 0.9\ntestDurationMinutes: 0\nwarmupDurationMinutes: 0\nuseRandomizedPayloads: false\npayloadFile: p.data\n"), nil)
		},
		"omb-pause": func() (*convert.Converted, error) {
			return convert.Workload([]byte(strings.Replace(workload, "consumerBacklogSizeGB: 0", "consumerBacklogSizeGB: 10\nbacklogDrainRatio: 0.9", 1)), []byte(driverFile))
		},
		"omb-pause-unknown": func() (*convert.Converted, error) {
			return convert.Workload([]byte(strings.Replace(workload, "consumerBacklogSizeGB: 0", "consumerBacklogSizeGB: 100", 1)), nil)
		},
		"producer-file":      command("kafka-producer-perf-test.sh --topic perf --num-records 10 --throughput 1 --payload-file lines --payload-delimiter \\n --producer-props bootstrap.servers=k1:9092 security.protocol=SSL"),
		"producer-delimiter": command("kafka-producer-perf-test.sh --topic perf --num-records 10 --throughput 1 --payload-file data/records.txt --payload-delimiter ; --producer-props bootstrap.servers=k1:9092"),
		"consumer-static":    command("kafka-consumer-perf-test.sh --bootstrap-server k1:9092 --topic perf --num-records 1000 --command-property group.instance.id=one"),
		"rdkafka-h":          command("rdkafka_performance -P -t perf -b k1:9092 -s 100 -c 10 -H a=b -H c -X enable.ssl.certificate.verification=false"),
		"producer-3":         command("/opt/kafka/bin/kafka-producer-perf-test.sh --topic perf --num-records 1000000 --record-size 200 --throughput -1 --print-metrics --producer-props bootstrap.servers=k1:9092 acks=1 linger.ms=10 batch.size=65536 compression.type=lz4 buffer.memory=67108864"),
		"producer-4":         command("kafka-producer-perf-test --bootstrap-server k3:9092 --topic=perf --num-records 110000 --warmup-records 10000 --record-size 1024 --throughput 5000.5 --command-property linger.ms=0 max.in.flight.requests.per.connection=10 --command-config client.properties --reporting-interval 1000"),
		"producer-tx":        command("kafka-run-class.sh org.apache.kafka.tools.ProducerPerformance --topic perf --num-records 10 --payload-monotonic --throughput 1 --transactional-id tx --transaction-duration-ms 100 --producer-props partitioner.class=org.apache.kafka.clients.producer.RoundRobinPartitioner"),
		"consumer-3":         command("kafka-consumer-perf-test.sh --broker-list k1:9092 --topic perf --messages 1000000 --threads 4 --group g --fetch-size 1048576 --hide-header --timeout 1000"),
		"consumer-4":         command("kafka-consumer-perf-test.sh --bootstrap-server k1:9092 --topic perf --num-records 1000000 --from-latest --command-property max.poll.records=1000 --command-property isolation.level=read_committed --command-property group.protocol=CONSUMER"),
		"rdkafka":            command("./rdkafka_performance -P -t perf -b k1:9092 -s 100 -c1000000 -r 5000 -a 1 -z snappy -l -Dq -X file=rdkafka.conf -X batch.num.messages=1000 -X queue.buffering.max.messages=100000 -X partitioner=fnv1a_random"),
		"rdkafka-c":          command("rdkafka_performance -C -t perf -b k1:9092 -c 1000 -o -100 -p 0 -X fetch.wait.max.ms=100"),
		"rdkafka-g":          command("rdkafka_performance -G group -t perf -o end -X group.protocol=consumer"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, err := convertIt()
			if err != nil {
				t.Fatal(err)
			}
			file := filepath.Join("testdata", name+".yaml")
			if *update {
				if err := os.WriteFile(file, c.Scenario, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if want, err := os.ReadFile(file); err != nil || string(want) != string(c.Scenario) {
				t.Errorf("%s is not what comes out now (%v); look at the difference after go test ./internal/convert -update\ngot\n%s", file, err, c.Scenario)
			}
			lines := func(name string, _ int) ([]byte, error) { return []byte("a line of " + name), nil }
			if _, err := scenario.Parse(name, c.Scenario, scenario.Options{ReadFile: lines}); err != nil {
				t.Errorf("not a valid scenario: %v\n%s", err, c.Scenario)
			}
		})
	}
}

// TestRefuses holds what can't be read to be said by its name there.
func TestRefuses(t *testing.T) {
	t.Parallel()
	perf := "kafka-producer-perf-test --topic t --num-records 10 --record-size 10 --throughput 1 "
	for _, tc := range []struct{ why, line, want string }{
		{"another program", "wrk -c 10", "kbench convert reads the command lines of"},
		{"no such class", "kafka-run-class.sh kafka.tools.Nothing", "kbench convert reads the command lines of"},
		{"an unknown flag", perf + "--frobnicate 1", "--frobnicate: not a flag"},
		{"a value is missing", perf + "--producer.config", "--producer.config: its value is missing"},
		{"a flag without values gets one", perf + "--print-metrics=yes", "--print-metrics: takes no value"},
		{"a file is not there", perf + "--producer.config nosuch", "--producer.config: open nosuch"},
		{"a file with a broken escape", perf + "--producer.config broken.properties", `--producer.config: broken.properties, line 2: \u is not`},
		{"the same of librdkafka's", "rdkafka_performance -t a -X file=broken.properties", `-X file: broken.properties, line 2: \u is not`},
		{"no NAME=VALUE", perf + "--producer-props acks", `--producer-props: "acks" is not NAME=VALUE`},
		{"acks of another world", perf + "--producer-props acks=2", `acks: "2" is none of 0, 1, all`},
		{"a time that is none", perf + "--producer-props linger.ms=soon", `linger.ms: "soon" is not a number of milliseconds`},
		{"a negative time", perf + "--producer-props linger.ms=-1", "linger.ms"},
		{"a rate of zero", "kafka-producer-perf-test --topic t --num-records 10 --record-size 10 --throughput 0", "--throughput: 0 sends nothing"},
		{"a rate in a form that ours has not", "kafka-producer-perf-test --topic t --num-records 10 --record-size 10 --throughput 1e9", "--throughput"},
		{"more warm-up than records", perf + "--warmup-records 10", "--warmup-records"},
		{"no topic", "kafka-producer-perf-test --num-records 10 --record-size 10 --throughput 1", "--topic: missing"},
		{"topics by pattern", "kafka-consumer-perf-test --bootstrap-server b:1 --include t.* --messages 1", "--topic: missing"},
		{"no number of records", "kafka-consumer-perf-test --bootstrap-server b:1 --topic t", "--messages"},
		{"two topics", "rdkafka_performance -t a -t b -c 1", "-t: one topic is wanted, not 2"},
		{"an unknown letter", "rdkafka_performance -t a -Pé", "-é: not a flag"},
		{"a word that is no flag", "rdkafka_performance -t a b", "b: not a flag"},
		{"a letter without its value", "rdkafka_performance -t a -c", "-c: its value is missing"},
	} {
		_, err := convert.Command(strings.Fields(tc.line), files)
		if err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: got %v, want %s", tc.why, err, tc.want)
		}
	}
	for _, tc := range []struct{ why, workload, driver, want string }{
		{"nothing", "", "name: x", "the workload is empty"},
		{"a list", "- topics", "name: x", "one mapping of keys"},
		{"no YAML", "a: [", "name: x", "not valid YAML"},
		{"a nested value", "topics: {a: 1}", "name: x", "topics: a single value is wanted"},
		{"the files are swapped", driverFile, workload, "driverClass: this is a driver file"},
		{"another system's driver", workload, "driverClass: io.openmessaging.benchmark.driver.pulsar.PulsarBenchmarkDriver", "is not the Kafka driver"},
		{"what a workload must have", "topics: 1", "driverClass: a.kafka.b", "messageSize: missing in the workload"},
		{"a number that is none", strings.Replace(workload, "topics: 2", "topics: two", 1), "driverClass: a.kafka.b", `topics: "two" is not a whole number`},
		{"more than anything", strings.Replace(workload, "topics: 2", "topics: 9000000000000", 1), "driverClass: a.kafka.b", "more topics"},
		{"a driver with a broken escape", workload, "driverClass: a.kafka.b\ncommonConfig: |\n  client.rack=\\u00\n", `commonConfig: line 1: \u is not`},
		{"a ratio above 1", strings.Replace(workload, "Ratio: 0.5", "Ratio: 1.5", 1), "driverClass: a.kafka.b", "randomBytesRatio"},
	} {
		_, err := convert.Workload([]byte(tc.workload), []byte(tc.driver))
		if err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: got %v, want %s", tc.why, err, tc.want)
		}
	}
}

// check holds what every conversion must have, whatever was read.
func check(t *testing.T, c *convert.Converted, err error) {
	if err != nil {
		if c != nil || strings.Contains(err.Error(), "\x1b") {
			t.Fatalf("got %v with %q", c, err)
		}
		return
	}
	for _, w := range append(c.Warnings, c.Brokers) {
		if strings.ContainsAny(w, "\n\r\x1b") {
			t.Fatalf("%q is not one printable line", w)
		}
	}
	_, err = scenario.Parse("fuzz", c.Scenario, scenario.Options{})
	if problems, ok := errors.AsType[scenario.Problems](err); ok {
		for _, p := range problems {
			if strings.Contains(p.Msg, "not valid YAML") || strings.Contains(p.Msg, "unknown key") || strings.Contains(p.Msg, "given twice") {
				t.Fatalf("%v in\n%s", p, c.Scenario)
			}
		}
	}
}

func FuzzWorkload(f *testing.F) {
	f.Add(workload, driverFile)
	f.Add("topics: &a 1\npartitionsPerTopic: *a", "commonConfig: |\n  a=b\\\n")
	f.Add("name: \"a\\u001b[31m\"\ntopics: 1\npartitionsPerTopic: 1\nmessageSize: 1\nproducersPerTopic: 1\nproducerRate: 1\nx\ty: 1", "driverClass: .kafka.\ntopicConfig: \"a:: b\\nc\"")
	f.Fuzz(func(t *testing.T, workload, driver string) {
		c, err := convert.Workload([]byte(workload), []byte(driver))
		check(t, c, err)
	})
}

func FuzzCommand(f *testing.F) {
	f.Add("kafka-producer-perf-test\n--topic\nt\n--num-records\n10\n--record-size\n10\n--throughput\n-1\n--producer-props\nacks=all\na=b c")
	f.Add("kafka-consumer-perf-test.sh\n--topic\nt\n--messages\n10\n--command-property\nclient.rack=\x1b")
	f.Add("rdkafka_performance\n-Pt\nt\n-Xa=\x00\n-X\nfile=client.properties")
	f.Fuzz(func(t *testing.T, line string) {
		c, err := convert.Command(strings.Split(line, "\n"), files)
		check(t, c, err)
	})
}
