package main

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"kbench/internal/scenario"
)

// A variant is one side as the user asked for it.
type variant struct {
	set      []string // PATH=VALUE
	scenario string   // "" for the one that both have
	brokers  []string // nil likewise
	config   string   // file of a client's properties; "" likewise
	client   string
	text     string // all of it, for people
}

// asItIs is the text of a side that changes nothing.
const asItIs = "as it is"

func readVariant(side string, words []string) (variant, error) {
	v := variant{text: asItIs}
	if len(words) > 0 {
		v.text = strings.Join(words, " ")
	}
	for _, w := range words {
		name, value, ok := strings.Cut(w, "=")
		if !ok || value == "" {
			return v, fmt.Errorf("--%s %q: it is PATH=VALUE, client=NAME, scenario=FILE, brokers=HOST:PORT,HOST:PORT or client-config=FILE", side, w)
		}
		switch name {
		case "scenario":
			v.scenario = value
		case "brokers":
			v.brokers = strings.Split(value, ",")
		case "client-config":
			v.config = value
		case "client":
			v.client = value
		default:
			v.set = append(v.set, w)
		}
	}
	return v, nil
}

// namesBrokers reports whether the words that make a side say where its brokers are.
func namesBrokers(words []string) bool {
	return slices.ContainsFunc(words, func(w string) bool {
		return strings.HasPrefix(w, "brokers=") || strings.HasPrefix(w, "client-config=")
	})
}

// plan reads the one case that a side is. text is what a base of "-" stands for.
func (v variant) plan(side, base string, text []byte, o scenario.Options) (*scenario.Plan, error) {
	from := base
	if v.scenario != "" {
		from = v.scenario
	}
	o.Repeats, o.Set = 1, slices.Concat(o.Set, v.set)
	p, err := loadScenario(from, bytes.NewReader(text), o)
	if err != nil {
		return nil, err
	}
	if v.client != "" {
		s := &p.Cases[0].Scenario
		for path, there := range map[string]bool{"producer.client=": s.Producer != nil, "consumer.client=": s.Consumer != nil} {
			if there {
				o.Set = append(o.Set, path+v.client)
			}
		}
		if p, err = loadScenario(from, bytes.NewReader(text), o); err != nil {
			return nil, err
		}
	}
	if len(p.Cases) != 1 {
		return nil, fmt.Errorf("side %s of %s has %d cases: a comparison is of one; choose it by --only, or take the matrix out", side, from, len(p.Cases))
	}
	if p.Cases[0].Scenario.Load.FindMax != nil {
		return nil, fmt.Errorf("side %s of %s searches for the highest rate: a comparison needs a load that is the same on both sides", side, from)
	}
	return p, nil
}

// settings lists what the side sets, for the report's columns.
func (v variant) settings(s *scenario.Scenario) (set []scenario.Setting) {
	if v.scenario != "" {
		set = append(set, scenario.Setting{Path: "scenario", Value: v.scenario})
	}
	if len(v.brokers) > 0 {
		set = append(set, scenario.Setting{Path: "brokers", Value: strings.Join(v.brokers, ",")})
	}
	if v.config != "" {
		set = append(set, scenario.Setting{Path: "client-config", Value: v.config})
	}
	if v.client != "" && s.Producer != nil {
		set = append(set, scenario.Setting{Path: "producer.client", Value: v.client})
	}
	if v.client != "" && s.Consumer != nil {
		set = append(set, scenario.Setting{Path: "consumer.client", Value: v.client})
	}
	for _, w := range v.set {
		path, value, _ := strings.Cut(w, "=")
		set = append(set, scenario.Setting{Path: path, Value: value})
	}
	return set
}
