//go:build cgo && (linux || darwin) && (amd64 || arm64)

package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"kbench/internal/driver"
	"kbench/internal/result"
	"kbench/internal/scenario"
	"kbench/scenarios"
)

// TestClients holds docs/clients.md to what the drivers say. Only a build with every client can write it.
func TestClients(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	p := &clientPage{t: t}
	b.WriteString(clientsHead)
	for _, d := range drivers() {
		fmt.Fprintf(&b, "- `%s`: %s\n", d.Name(), d.Library())
	}
	b.WriteString(p.section("producer", reflect.TypeFor[driver.ProducerConfig]()))
	b.WriteString(p.section("consumer", reflect.TypeFor[driver.ConsumerConfig]()))
	b.WriteString("\n")
	for i, reason := range p.reasons {
		fmt.Fprintf(&b, "[^%d]: %s\n", i+1, reason)
	}
	file := filepath.Join("..", "..", "docs", "clients.md")
	if *update {
		if err := os.WriteFile(file, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(b.Bytes(), want) {
		t.Errorf("%s differs; see what changed with -update\ngot:\n%s", file, &b)
	}
}

// TestClientsAnswer holds the page's answers to what is known of the clients.
func TestClientsAnswer(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "clients.md"))
	if err != nil {
		t.Fatal(err)
	}
	notes := regexp.MustCompile(`\[\^\d+\]`)
	page := notes.ReplaceAllString(string(text), "")
	for _, tt := range []struct{ why, row string }{
		{"sarama has transactions, with one request in flight", "| `transaction.records` | 0 to 1M, with `max_in_flight` as for `idempotence` | yes | yes | yes | no |"},
		{"the same of those that are aborted", "| `transaction.abort_ratio` | 0 to 1, with `max_in_flight` as for `idempotence` | yes | yes | yes | no |"},
		{"librdkafka can't end without a commit", "| `churn[].do` | `die` | no | by kbench | by kbench |"},
		{"it can leave", "| `churn[].do` | `leave` | by kbench | by kbench | by kbench |"},
		{"to forward no records is to forward none", "| `forward.records` | 0 to 1M | yes | yes | no |"},
		{"a part is a part", "| `linger` | 0s to 15m | in part | in part | in part | yes |"},
	} {
		if !strings.Contains(page, "\n"+tt.row+"\n") {
			t.Errorf("%s: there is no row %s", tt.why, tt.row)
		}
	}
}

// TestBuiltIns: the clients that built-in scenarios name can do what is asked of them.
func TestBuiltIns(t *testing.T) {
	t.Parallel()
	for _, name := range scenarios.Names() {
		if _, err := loadScenario(name, nil, scenario.Options{Metrics: result.Names(), Clients: driverNames()}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

const clientsHead = `<!-- Written by go test ./cmd/kbench -update. Do not edit. -->
# Clients

What each client can do, as its driver in kbench answers when it is asked for one value after the other, the rest left at its default. What a
client can't do is refused before anything runs, with exit code 2 and the words of the footnote. Of a range the smallest and the largest value were
asked for; "in part" is less than that. A client that takes nothing but 0, where 0 is off, can't do it. "By kbench" is what kbench does itself.
` + "`kbench version`" + ` prints the libraries' versions.

`

// A clientPage gathers the reasons of every refusal, each once.
type clientPage struct {
	t       *testing.T
	reasons []string
}

// section writes the table of one section. A client that cannot do its defaults has no column.
func (p *clientPage) section(name string, config reflect.Type) string {
	var able []driver.Driver
	var unable string
	for _, d := range drivers() {
		if why := p.ask(d, []string{name + ".client=" + d.Name()}); why == "" {
			able = append(able, d)
		} else {
			unable += fmt.Sprintf("\nNot `%s`.%s\n", d.Name(), p.note(why))
		}
	}
	head, rule := "| Setting | Value |", "|---|---|"
	for _, d := range able {
		head, rule = head+" "+d.Name()+" |", rule+"---|"
	}
	out := "\n## " + name + "\n\n" + head + "\n" + rule + "\n"
	for _, q := range scenario.Questions(name) {
		key := strings.TrimPrefix(q.Path, name+".")
		if key == "client" || inList(key) {
			continue
		}
		for _, r := range p.rows(q) {
			out += fmt.Sprintf("| `%s` | %s |", key, r.value)
			for _, d := range able {
				cell := r.answer(d)
				if cell == "yes" && !hasKey(config, key) {
					cell = "by kbench"
				}
				out += " " + cell + " |"
			}
			out += "\n"
		}
	}
	return out + unable
}

// hasKey reports whether a key is for drivers: those that are not are kbench's own.
func hasKey(config reflect.Type, key string) bool {
	first, _, _ := strings.Cut(key, ".")
	return slices.ContainsFunc(reflect.VisibleFields(config), func(f reflect.StructField) bool { return f.Tag.Get("yaml") == first })
}

// inList reports whether a key is of the entries of a list, which is said once, for all of them. What members do in a churn is
// asked: clients differ in it.
func inList(key string) bool { return strings.Contains(key, "[]") && key != "churn[].do" }

// A clientRow is one row of a table.
type clientRow struct {
	value  string
	answer func(driver.Driver) string
}

// rows returns the rows of one key: one for each word, one for a range, and where a number's meaning hangs on another
// key, which numbers go with it.
func (p *clientPage) rows(q scenario.Question) (rows []clientRow) {
	set := func(value string) []string { return append([]string{q.Path + "=" + value}, besides(q.Path)...) }
	one := func(label, value string) {
		rows = append(rows, clientRow{label, func(d driver.Driver) string { return p.yes(d, value, set(value)) }})
	}
	switch {
	case q.Path == "producer.compression_level":
		for _, codec := range driver.Choices(driver.Compression("")) {
			if _, why := asScenario(append(set("1"), "producer.compression="+codec)); why != "" {
				continue // it has no levels
			}
			rows = append(rows, clientRow{"with `" + codec + "`", func(d driver.Driver) string {
				return p.numbers(d, func(n string) []string { return append(set(n), "producer.compression="+codec) })
			}})
		}
	case q.Path == "producer.idempotence":
		rows = append(rows, clientRow{"`true`, with `max_in_flight`", func(d driver.Driver) string {
			return p.numbers(d, func(n string) []string { return append(set("true"), "producer.max_in_flight="+n) })
		}})
	case q.Path == "consumer.commit_every":
		one("a time", "5s")
		one("a number of records", "1000")
	case q.Values == nil && !strings.HasSuffix(q.Path, ".config"): // no driver is asked
		rows = append(rows, clientRow{"a list", func(driver.Driver) string { return "yes" }})
	case q.Values == nil: // the client's own properties
		const property = "metadata.max.age.ms"
		rows = append(rows, clientRow{"under Kafka's names, such as `" + property + "`", func(d driver.Driver) string {
			return p.yes(d, "", []string{q.Path + "." + property + "=60000"})
		}})
	case len(q.Values) == 2 && strings.ContainsAny(q.Values[1], "0123456789"):
		rows = append(rows, clientRow{q.Values[0] + " to " + q.Values[1] + withInFlight(q.Path), func(d driver.Driver) string {
			ask := func(value string) string { return p.ask(d, append(set(value), p.inFlight(d, q.Path)...)) }
			least, most := ask(q.Values[0]), ask(q.Values[1])
			switch {
			case least == "" && most == "":
				return "yes"
			case least == most, least == "" && offAt0(q.Path):
				return "no" + p.note(most)
			}
			return "in part" + p.note(least) + p.note(most)
		}})
	default:
		for _, v := range q.Values {
			one("`"+v+"`", v)
		}
	}
	return rows
}

// besides returns what else must be set for a key's values to make sense at all, whichever the client.
func besides(path string) []string {
	return map[string][]string{
		"producer.linger":                  {"producer.timeout=24h"},
		"producer.timeout":                 {"producer.linger=0s"},
		"producer.transaction.records":     {"producer.idempotence=true"},
		"producer.transaction.abort_ratio": {"producer.idempotence=true", "producer.transaction.records=1"},
		"consumer.forward.records":         {"consumer.isolation=read_committed", "consumer.commit=none", "consumer.start=earliest"},
		"consumer.commit_every":            {"consumer.commit=async"},
		"consumer.churn[].do":              {"consumer.start=earliest"},
	}[path]
}

// offAt0 reports whether a key's 0 is not a value but leaves the thing off.
func offAt0(path string) bool {
	return path == "producer.transaction.records" || path == "consumer.forward.records"
}

// transactional reports whether a key is about transactions, for which a client takes what it takes for idempotence.
func transactional(path string) bool { return strings.HasPrefix(path, "producer.transaction.") }

// withInFlight says so in the table.
func withInFlight(path string) string {
	if transactional(path) {
		return ", with `max_in_flight` as for `idempotence`"
	}
	return ""
}

// inFlight returns the max_in_flight that a client takes with idempotence, for the keys that need it: not all take the same.
func (p *clientPage) inFlight(d driver.Driver, path string) []string {
	one := "producer.max_in_flight=1"
	if !transactional(path) || p.ask(d, []string{"producer.idempotence=true", one}) != "" {
		return nil
	}
	return []string{one}
}

// yes answers for one value.
func (p *clientPage) yes(d driver.Driver, value string, sets []string) string {
	if why := p.ask(d, sets); why != "" {
		return "no" + p.note(why)
	}
	own := driver.Partitioner(value)
	if slices.Contains(driver.Choices(own), value) && !slices.Contains(d.Partitioners(), own) {
		return "by kbench"
	}
	return "yes"
}

// numbers answers with those, from 1, that the client takes of those that a scenario may have.
func (p *clientPage) numbers(d driver.Driver, sets func(n string) []string) string {
	var taken []int
	why := ""
	for n := 1; ; n++ {
		if _, beyond := asScenario(sets(strconv.Itoa(n))); beyond != "" {
			break
		}
		if reason := p.ask(d, sets(strconv.Itoa(n))); reason == "" {
			taken = append(taken, n)
		} else if why == "" {
			why = p.note(reason)
		}
	}
	switch most := len(taken) - 1; {
	case most < 0:
		return "no" + why
	case most > 0 && taken[most]-taken[0] == most:
		return fmt.Sprintf("%d to %d", taken[0], taken[most]) + why
	}
	return strings.Trim(strings.ReplaceAll(fmt.Sprint(taken), " ", ", "), "[]") + why
}

// ask returns in which words kbench refuses a client some settings of its section, which the first of them names; nothing
// if it does not.
func (p *clientPage) ask(d driver.Driver, sets []string) string {
	section, _, _ := strings.Cut(sets[0], ".")
	plan, why := asScenario(append([]string{section + ".client=" + d.Name()}, sets...))
	if why != "" {
		return why
	}
	err := checkClients("", plan)
	if err == nil {
		return ""
	}
	if !errors.Is(err, driver.ErrUnsupported) {
		p.t.Errorf("%s with %v: %v, which is not ErrUnsupported", d.Name(), sets, err)
	}
	_, words, _ := strings.Cut(strings.Join(strings.Fields(err.Error()), " "), ": case base: ")
	return strings.TrimSpace(strings.TrimSuffix(words, ": "+driver.ErrUnsupported.Error()))
}

// asScenario reads a scenario that has the settings, or says why there can be none.
func asScenario(sets []string) (plan *scenario.Plan, why string) {
	file := "producer: {}"
	if strings.HasPrefix(sets[0], "consumer.") {
		file += "\nconsumer: {}"
	}
	sets = slices.DeleteFunc(slices.Clone(sets), func(set string) bool { // only the file can have a list
		do, is := strings.CutPrefix(set, "consumer.churn[].do=")
		if is {
			file = strings.TrimSuffix(file, "{}") + "{members: 2, churn: [{at: 1s, do: " + do + "}]}"
		}
		return is
	})
	plan, err := scenario.Parse("", []byte(file), scenario.Options{Set: sets, Clients: driverNames()})
	if problems, ok := errors.AsType[scenario.Problems](err); ok {
		return nil, problems[0].Path + ": " + problems[0].Msg
	}
	return plan, ""
}

// note returns the footnote with that text, a new one if there is none; nothing for none.
func (p *clientPage) note(reason string) string {
	if reason == "" {
		return ""
	}
	i := slices.Index(p.reasons, reason)
	if i < 0 {
		i = len(p.reasons)
		p.reasons = append(p.reasons, reason)
	}
	return fmt.Sprintf("[^%d]", i+1)
}
