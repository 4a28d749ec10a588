package convert

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// A ReadFile returns the text of a file that a command line names.
type ReadFile func(name string) ([]byte, error)

// tools are the programs whose command lines are read, by name.
func tools() map[string]func(args []string, read ReadFile) (*Converted, error) {
	return map[string]func([]string, ReadFile) (*Converted, error){
		"kafka-producer-perf-test": producerPerf,
		"kafka-consumer-perf-test": consumerPerf,
		"rdkafka_performance":      rdkafkaPerformance,
	}
}

// classes are the same as kafka-run-class starts them.
func classes() map[string]string {
	return map[string]string{"ProducerPerformance": "kafka-producer-perf-test", "ConsumerPerformance": "kafka-consumer-perf-test"}
}

// Tools lists the programs whose command lines Command reads.
func Tools() []string { return slices.Sorted(maps.Keys(tools())) }

// IsTool reports whether a program is one of Tools, by whichever path and ending.
func IsTool(program string) bool {
	name := toolName(program)
	return tools()[name] != nil || name == "kafka-run-class"
}

func toolName(program string) string {
	name := program[strings.LastIndexAny(program, `/\`)+1:]
	return strings.TrimSuffix(strings.TrimSuffix(name, ".sh"), ".bat")
}

// Command makes a scenario of a command line: the program, and its arguments as a shell gives them. read is asked for the files
// of properties that it names.
func Command(args []string, read ReadFile) (*Converted, error) {
	size := 0
	for _, a := range args {
		size += len(a) + 1
	}
	if len(args) == 0 || size > maxInput {
		return nil, fmt.Errorf("a command line of one of %s is wanted", strings.Join(Tools(), ", "))
	}
	name, rest := toolName(args[0]), args[1:]
	if name == "kafka-run-class" && len(rest) > 0 {
		name, rest = classes()[rest[0][strings.LastIndexByte(rest[0], '.')+1:]], rest[1:]
	}
	convert := tools()[name]
	if convert == nil {
		return nil, fmt.Errorf("%s: kbench convert reads the command lines of %s", line(args[0]), strings.Join(Tools(), ", "))
	}
	return convert(rest, read)
}

// A flag is one of another tool's.
type flag struct {
	takes int    // values: 0, 1, or several up to the next flag
	why   string // why it has no counterpart; empty: it has one
}

const several = 2

// longFlags reads --name value, --name=value and --name value value.
func longFlags(known map[string]flag, args []string) (map[string][]string, error) {
	given := map[string][]string{}
	for i := 0; i < len(args); {
		name, value, joined := strings.Cut(args[i], "=")
		f, ok := known[name]
		i++
		switch {
		case !ok:
			return nil, fmt.Errorf("%s: not a flag of this tool that kbench convert knows", line(name))
		case f.takes == 0 && joined:
			return nil, fmt.Errorf("%s: takes no value", name)
		case f.takes == 0:
			given[name] = []string{}
			continue
		case joined:
			given[name] = append(given[name], value)
		case i == len(args):
			return nil, fmt.Errorf("%s: its value is missing", name)
		default:
			given[name] = append(given[name], args[i])
			i++
		}
		for f.takes == several && i < len(args) && !strings.HasPrefix(args[i], "--") {
			given[name] = append(given[name], args[i])
			i++
		}
	}
	return given, nil
}

// last returns the value of a flag that counts; false where it is not given.
func last(given map[string][]string, names ...string) (string, bool) {
	for _, name := range names {
		if values := given[name]; len(values) > 0 {
			return values[len(values)-1], true
		}
	}
	return "", false
}

// lacking warns of the flags that have no counterpart, in their order by name.
func (d *draft) lacking(known map[string]flag, given map[string][]string) {
	for _, name := range slices.Sorted(maps.Keys(given)) {
		if why := known[name].why; why != "" {
			d.warn(name, "%s", why)
		}
	}
}

// properties gathers what a command line says of its client: of files first, then of the flags that win over them.
func (d *draft) properties(given map[string][]string, read ReadFile, files, settings []string) (out pairs) {
	for _, flag := range files {
		for _, name := range given[flag] {
			text, err := read(name)
			if err == nil {
				var props pairs
				if props, err = parseFile(text); err == nil {
					out = out.over(props.under(name + ", "))
				} else {
					err = fmt.Errorf("%s, %w", name, err)
				}
			}
			if err != nil {
				d.problem(flag, "%v", err)
			}
		}
	}
	for _, flag := range settings {
		for _, text := range given[flag] {
			name, value, ok := strings.Cut(text, "=")
			if !ok || name == "" {
				d.problem(flag, "%q is not NAME=VALUE", text)
				continue
			}
			out.put(name, value, flag)
		}
	}
	return out
}

// flagKeys are the flags of all the tools that decide on one key of the scenario.
func flagKeys() map[string][]string {
	return map[string][]string{
		"topic.name": {"--topic", "-t"}, "load.records": {"--num-records", "--messages", "-c"}, "load.rate": {"--throughput", "-r"},
		"load.warmup": {"--warmup-records"}, "message.size": {"--record-size", "-s", "-m"}, "message.payload": {"--payload-file"}, "message.headers": {"-H"},
	}
}

// finishFlags is finish for a command line.
func (d *draft) finishFlags(given map[string][]string) (*Converted, error) {
	d.saidBy(flagKeys(), func(name string) (string, bool) { return name, given[name] != nil })
	return d.finish()
}

// topic sets the one topic that the tools write to or read.
func (d *draft) topic(name string) {
	d.name = name
	d.set("topic", "name", name)
}
