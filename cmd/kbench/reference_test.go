//go:build cgo && (linux || darwin) && (amd64 || arm64)

package main

import (
	"bytes"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"kbench/internal/driver"
	"kbench/internal/scenario"
)

// TestReference holds docs/scenarios.md to the types, and to what the drivers say. Only a build with every client can write it.
func TestReference(t *testing.T) {
	t.Parallel()
	p := &clientPage{t: t}
	honour := map[string]string{}
	for name, config := range map[string]reflect.Type{"producer": reflect.TypeFor[driver.ProducerConfig](), "consumer": reflect.TypeFor[driver.ConsumerConfig]()} {
		for _, q := range scenario.Questions(name) {
			key := strings.TrimPrefix(q.Path, name+".")
			honour[q.Path] = "kbench"
			if own := hasKey(config, key); own || q.Values != nil && key != "client" && !inList(key) {
				if words := p.honoured(name, q); own || words != "all" {
					honour[q.Path] = words
				}
			}
		}
	}
	var b bytes.Buffer
	if err := scenario.Reference(&b, func(path string) string { return honour[path] }); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join("..", "..", "docs", "scenarios.md")
	if *update {
		if err := os.WriteFile(file, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if want, err := os.ReadFile(file); err != nil || !bytes.Equal(b.Bytes(), want) {
		t.Errorf("%s is not what the types say (%v); see what changed with -update\ngot:\n%s", file, err, &b)
	}
}

// honoured sums up which clients can do what a key asks of them. One that can't do the defaults of its section is not asked.
func (p *clientPage) honoured(section string, q scenario.Question) string {
	if q.Values == nil && q.Path != "consumer.commit_every" {
		return "all but null, each by its own names"
	}
	var words, answers []string
	able, full := 0, 0
	for _, d := range drivers() {
		if p.ask(d, []string{section + ".client=" + d.Name()}) != "" {
			continue
		}
		able++
		can, refuses, all := false, false, ""
		for _, r := range p.rows(q) {
			answer := r.answer(d)
			can = can || !strings.HasPrefix(answer, "no")
			refuses = refuses || strings.Contains(answer, "[^")
			all += answer + "\n"
		}
		if !slices.Contains(answers, all) {
			answers = append(answers, all)
		}
		switch {
		case !can:
		case refuses:
			words = append(words, d.Name()+" in part")
		default:
			full++
			words = append(words, d.Name())
		}
	}
	switch {
	case full == able:
		return "all"
	case full == 0 && len(answers) == 1: // kbench refuses it, whichever the client
		return "none yet"
	}
	return strings.Join(words, ", ")
}
