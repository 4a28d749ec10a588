// Package convert makes scenarios of what other load tools for Kafka are told: the workload and driver files of OpenMessaging
// Benchmark, and the command lines of kafka-producer-perf-test, kafka-consumer-perf-test and rdkafka_performance.
//
// Nothing is dropped in silence: what has no counterpart is a warning that begins with its name there. Where the other tool's
// client has another default than kbench, the scenario says that default. Whether the whole is a valid scenario is for package
// scenario to say: a number that is out of kbench's range is written as it is.
package convert

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/goccy/go-yaml"
)

// A Converted is a scenario, and what did not come over into it.
type Converted struct {
	Scenario []byte   // YAML; its comments have the brokers and the warnings too
	Brokers  string   // HOST:PORT,.. for kbench run --brokers; empty where none are named
	Warnings []string // one line each

	said map[string]string // what the other tool was told, and where, by the scenario's key
}

// Said returns what of the input has set a key of the scenario, such as "--producer-props linger.ms"; empty where nothing has.
func (c *Converted) Said(path string) string {
	for path != "" {
		if place := c.said[path]; place != "" {
			return place
		}
		path = path[:max(0, strings.LastIndexByte(path, '.'))]
	}
	return ""
}

// maxInput bounds each text that is read, in bytes.
const maxInput = 64 << 10

// A draft is a scenario that grows key by key.
type draft struct {
	from     string                   // the tool, for the description
	name     string                   // of the scenario; made legal when it is written
	brokers  string                   // as they were named
	sections map[string]yaml.MapSlice // nil: the section is left out; in the order of setting
	own      map[string]yaml.MapSlice // the config of a section
	warnings []string
	problems []error

	place string            // what is being read; what is set meanwhile is set by it
	said  map[string]string // places by key
}

func newDraft(from, name string) *draft {
	return &draft{from: from, name: name, sections: map[string]yaml.MapSlice{}, own: map[string]yaml.MapSlice{}, said: map[string]string{}}
}

// add makes a section be there, if only with its defaults.
func (d *draft) add(section string) {
	if d.sections[section] == nil {
		d.sections[section] = yaml.MapSlice{}
	}
}

// set sets a key of a section; a later value takes the place of an earlier one.
func (d *draft) set(section, key string, value any) {
	d.sections[section] = put(d.sections[section], key, value)
	d.said[section+"."+key] = line(d.place)
}

// saidBy notes what has set keys that were set without a place: each by the first of the names there that place knows.
func (d *draft) saidBy(keys map[string][]string, place func(name string) (string, bool)) {
	for path, names := range keys {
		for _, name := range names {
			if at, ok := place(name); ok && d.said[path] == "" {
				d.said[path] = line(at)
			}
		}
	}
}

// producer returns what a key of the producer has been set to; nil if it has not.
func (d *draft) producer(key string) any {
	for _, item := range d.sections["producer"] {
		if item.Key == key {
			return item.Value
		}
	}
	return nil
}

// keys says that records have keys, so many distinct ones.
func (d *draft) keys(count int, pick string) {
	d.set("message", "keys", yaml.MapSlice{{Key: "count", Value: count}, {Key: "pick", Value: pick}})
}

// setOwn sets a property in the config of a section.
func (d *draft) setOwn(section, property, value string) {
	d.add(section)
	d.own[section] = put(d.own[section], property, value)
	d.said[section+".config."+property] = line(d.place)
}

func put(m yaml.MapSlice, key string, value any) yaml.MapSlice {
	if i := slices.IndexFunc(m, func(item yaml.MapItem) bool { return item.Key == key }); i >= 0 {
		m[i].Value = value
		return m
	}
	return append(m, yaml.MapItem{Key: key, Value: value})
}

// warn notes what has no counterpart. name is what it is called there.
func (d *draft) warn(name, format string, args ...any) {
	d.warnings = append(d.warnings, line(name+": "+fmt.Sprintf(format, args...)))
}

// problem notes what can't be read.
func (d *draft) problem(name, format string, args ...any) {
	d.problems = append(d.problems, errors.New(line(name+": "+fmt.Sprintf(format, args...))))
}

// line makes one printable line of any text: names and values come from other people's files.
func line(s string) string {
	printable := strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return ' '
	}, s)
	text := []rune(strings.Join(strings.Fields(printable), " "))
	if len(text) > 300 {
		return string(text[:299]) + "…"
	}
	return string(text)
}

// finish writes the scenario, or says all that is wrong.
func (d *draft) finish() (*Converted, error) {
	if len(d.problems) > 0 {
		return nil, errors.Join(d.problems...)
	}
	body := yaml.MapSlice{{Key: "name", Value: legalName(d.name)}, {Key: "description", Value: line("Converted from " + d.from)}}
	for _, section := range []string{"topic", "load", "producer", "consumer", "message"} {
		keys, own := d.sections[section], d.own[section]
		if keys == nil {
			continue
		}
		if len(own) > 0 {
			keys = append(slices.Clone(keys), yaml.MapItem{Key: "config", Value: own})
		}
		body = append(body, yaml.MapItem{Key: section, Value: keys})
	}
	body = append(body, yaml.MapItem{Key: "repeats", Value: 1})
	text, err := yaml.Marshal(body)
	if err != nil {
		return nil, fmt.Errorf("write the scenario: %w", err)
	}
	var head strings.Builder
	fmt.Fprintf(&head, "# Converted by kbench from %s.\n", line(d.from))
	if d.brokers = line(d.brokers); d.brokers != "" {
		fmt.Fprintf(&head, "# Its brokers: kbench run FILE --brokers %s\n", d.brokers)
	}
	for i, w := range d.warnings {
		if i == 0 {
			fmt.Fprintf(&head, "#\n# What did not come over, or not as it was:\n")
		}
		fmt.Fprintf(&head, "# - %s\n", w)
	}
	return &Converted{Scenario: append([]byte(head.String()), text...), Brokers: d.brokers, Warnings: d.warnings, said: d.said}, nil
}

var illegalInName = regexp.MustCompile(`[^A-Za-z0-9_-]+`)

// legalName makes a scenario's name of any text.
func legalName(s string) string {
	name := strings.Trim(illegalInName.ReplaceAllString(s, "-"), "-")
	if name = strings.TrimRight(name[:min(len(name), 64)], "-"); name == "" {
		return "converted"
	}
	return name
}
