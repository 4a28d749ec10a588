package scenario

import (
	"fmt"
	"io"
	"reflect"
	"strings"

	"kbench/internal/driver"
	"kbench/internal/unit"
)

// Reference writes the reference of every key as markdown. clients says which clients honour a key of producer or consumer.
func Reference(w io.Writer, clients func(path string) string) error {
	var top, inner strings.Builder
	limits, section := limitsByPath(), ""
	walk(func(k key) {
		first, _, nested := strings.Cut(k.path, ".")
		if !nested {
			fmt.Fprintf(&top, "| `%s` | %s | %s | %s |\n", k.path, k.allowed(limits[k.path]), k.defaults(limits[k.path]), k.doc)
			return
		}
		isClient := isOptionalSection(first)
		if first != section {
			section = first
			head := tableHead
			if isClient {
				head = clientHead
			}
			fmt.Fprintf(&inner, "\n## %s\n\n%s", strings.TrimSuffix(first, "[]"), head)
		}
		more := ""
		if isClient {
			more = fmt.Sprintf(" %s | %s | %s |", clients(k.path), properties(k.kafka), properties(k.rd))
		}
		fmt.Fprintf(&inner, "| `%s` | %s | %s |%s %s |\n", k.path, k.allowed(limits[k.path]), k.defaults(limits[k.path]), more, k.doc)
	})
	_, err := fmt.Fprintf(w, referenceText, tableHead+top.String(), inner.String(), matrixExample)
	return err
}

// properties prints the names of a tag.
func properties(names string) string {
	var out []string
	for name := range strings.FieldsSeq(names) {
		out = append(out, "`"+name+"`")
	}
	return strings.Join(out, ", ")
}

const (
	tableHead  = "| Key | Allowed | Default | Meaning |\n|---|---|---|---|\n"
	clientHead = "| Key | Allowed | Default | Clients | Kafka's Java client | librdkafka | Meaning |\n|---|---|---|---|---|---|---|\n"
)

const referenceText = `<!-- Written by go test ./cmd/kbench -update. Do not edit. -->
# Scenario files

YAML, one scenario a file. Every key has a default; an unknown key is an error. The flag --set PATH=VALUE sets any single value over the
file. What this kbench reads and cannot do yet, it refuses by name.

Numbers have their unit with them: a time is written 5ms, 20s or 1m30s; a size 200B, 1KiB or 16MB; a count 500, 500k or 1M, of records
where nothing else is said; a rate 50k/s, 90/m or max. Ranges below are in the same form.

For the keys of producer and consumer the tables also say which clients honour them, and how Kafka's Java client and librdkafka
name the same. "kbench" means that kbench does it itself, with every client; "in part" that the client takes some of the values and refuses the
others by name: [clients.md](clients.md) has each value. A property that no key stands for goes into producer.config or consumer.config under the
client's own name for it.

%s%s
## Several workloads

A workload has the keys in which it differs: what it leaves out it has from the top level, key by key. Warm-up, measured part and drain
are common, so load has only rate, profile, trace and arrival there. What the top level has and a workload must not have is null:
consumer: null. Paths reach into workloads by name, as in workloads.bulk.load.rate; a rate of 0/s, or --set workloads.bulk=none, leaves one
out. With workloads there is no search, no fault, no preload, no warmup auto, and no threshold with abort.

## matrix

Each entry is a path and a list of values; every combination is a case, named by its values. A path that ends in a section, such as
producer or message.keys, has a list of mappings: keys of the section that vary together, and as, the name that they have in names of
cases, in tables and in CSV. The path variant stands for the whole scenario, for keys of several sections that vary together. A mapping
is laid over its section key by key: what it does not name stays as it is. No key can be set by two entries.

` + "```yaml\n%s```" + `

These are twelve cases, such as variant=franz,producer=tuned,acks=all. The flag --set goes over the file before the matrix does. Where a
path of the matrix is a single value, the flag takes the place of its list: --set producer.acks=1. What the mappings set, such as
producer.linger here, it cannot set: a name would no longer say what was measured. To choose cases there is --only 'variant=franz,*'.
`

const matrixExample = `producer: {compression: lz4}
consumer: {}
matrix:
  variant:
    - {as: franz, producer: {client: franz}, consumer: {client: franz}}
    - {as: sarama, producer: {client: sarama}, consumer: {client: sarama}}
  producer:
    - {as: quick, linger: 0s}
    - {as: tuned, linger: 20ms, batch_size: 256KB}
  producer.acks: ["0", "1", all]
`

// A key is one row of the reference.
type key struct {
	field
	path  string
	value reflect.Value // its default
}

// walk visits each key of a scenario in the order of the structs, a section before what is in it.
func walk(visit func(key)) { walkSection(reflect.ValueOf(Default()), "", visit) }

func walkSection(v reflect.Value, path string, visit func(key)) {
	for _, f := range fields(v.Type()) {
		k := key{f, join(path, f.name), v.FieldByIndex(f.index)}
		visit(k)
		if f.typ == reflect.TypeFor[[]Threshold]() && path != "" || path == "workloads[]" {
			continue // its keys are listed once, at the top
		}
		switch t := f.typ; {
		case t.Kind() == reflect.Slice && !isScalar(t.Elem()):
			walkSection(fresh(t.Elem()).Elem(), k.path+"[]", visit)
		case bare(t).Kind() == reflect.Struct && !isScalar(bare(t)):
			walkSection(present(k.value), k.path, visit)
		}
	}
}

// A Question is a key, with the values that ask most of whoever must honour it: each word that it may be, or the smallest
// and the largest number. There are none where it may be any text, or has keys of its own.
type Question struct {
	Path   string
	Values []string
}

// Questions lists the keys of a section, and of sections within it, in the reference's order.
func Questions(section string) (out []Question) {
	limits := limitsByPath()
	walk(func(k key) {
		if strings.HasPrefix(k.path, section+".") && !isSection(k.typ) {
			out = append(out, Question{k.path, k.extremes(limits[k.path])})
		}
	})
	return out
}

// A Path is a key that --set takes.
type Path struct {
	Path  string
	Doc   string
	Words []string // that its value may be; nil: anything of its kind
}

// Paths lists every key that --set takes, in the reference's order. What stands under topic.config and its like has any name,
// and is listed as topic.config.
func Paths() (out []Path) {
	walk(func(k key) {
		_, end, err := resolve(k.path)
		free := strings.HasSuffix(k.path, ".config")
		if err != nil || !free && unsettable(k.path, end) != "" {
			return
		}
		words := k.words
		if k.typ.Kind() == reflect.Bool {
			words = []string{"true", "false"}
		}
		out = append(out, Path{k.path, k.doc, words})
	})
	return out
}

// extremes returns the values of a Question.
func (k key) extremes(l limit) []string {
	_, number := number(reflect.Zero(k.typ))
	switch {
	case k.words != nil:
		return k.words
	case k.typ.Kind() == reflect.Bool:
		return []string{"false", "true"}
	case k.typ == reflect.TypeFor[driver.Retries]():
		return []string{"0", driver.MaxRetries.String()}
	case l.path == "":
		return nil
	case l.above: // one more, in the base unit
		return []string{show(l.min+1, number), show(l.max, number)}
	}
	return []string{show(l.min, number), show(l.max, number)}
}

// allowed says what may be written.
func (k key) allowed(l limit) string {
	t := bare(k.typ)
	switch {
	case isUnion(t):
		return textForm(reflect.TypeFor[unit.Size]()).says + ", " + l.describe(t) + ", or one of the keys below"
	case isScalar(t):
		return scalarForm(t, k.words, l).says
	case t.Kind() == reflect.Slice && isScalar(t.Elem()):
		return "list of " + textForm(t.Elem()).says + "s"
	case t == reflect.TypeFor[[]Threshold]():
		return "list of text, or of mappings with the keys of thresholds[]"
	case t.Kind() == reflect.Slice:
		return "list of mappings with the keys below"
	case k.path == "matrix":
		return "mapping of paths to lists of values, or of mappings: see below"
	case t.Kind() == reflect.Map:
		return "mapping to " + textForm(t.Elem()).says
	case k.typ.Kind() == reflect.Pointer:
		return "section, optional"
	}
	return "section"
}

// defaults prints the default as it would be written in a file, where there is one.
func (k key) defaults(l limit) string {
	if value, ok := defaultOf(k.value, k.words, l); ok && value != "" {
		return fmt.Sprintf("`%v`", value)
	}
	return ""
}
