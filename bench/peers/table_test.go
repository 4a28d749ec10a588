package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kbench/bench/lab"
	"kbench/internal/scenario"
)

// TestTable looks at the row of a comparison whose figures are known.
func TestTable(t *testing.T) {
	t.Parallel()
	c := &comparison{kind: produce, client: "franz", corner: usual(), again: 1}
	for i := range 6 {
		slow := 1 + float64(i)/100
		c.pairs = append(c.pairs, pair{
			kbench: outcome{perS: 800e3 / slow, cpuNs: 550, rss: 300 << 20},
			peer:   outcome{perS: 1000e3 / slow, cpuNs: 500, rss: 100 << 20},
		})
	}
	short := &comparison{kind: consume, client: "sarama", corner: usual(), pairs: c.pairs[:5], again: 3, gone: []string{"a host that took CPU time away"}}
	blind := &comparison{kind: produce, client: "franz", tool: true, corner: usual(), pairs: append([]pair(nil), c.pairs...)}
	blind.pairs[3].peer.cpuNs = 0
	b := &bench{options: options{seed: 7, pairs: 6}}
	got := b.rows([]block{{comparisons: []*comparison{c, short, blind}}})
	for _, want := range []string{
		"| produce, franz | bare loop | 200 B, acks all, none | 781 k | 976 k | 0.80; 0.80 (0.80 to 0.80) | 550 | 500 | 1.10; 1.10 (1.10 to 1.10) | 300 | 100 | 6, 1 |",
		"none: compare 5 pairs: at least 6 are needed",
		"A pair of consume sarama / bare loop (200 B, acks all, none) is missing: a host that took CPU time away.",
		"| produce, franz | kafka-producer-perf-test | 200 B, acks all, none | 781 k | 976 k | 0.80; 0.80 (0.80 to 0.80) | not known |",
		"at 96.9 % or more",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("the table lacks %q:\n%s", want, got)
		}
	}
}

// TestScenarios holds what kbench is given against its own rules.
func TestScenarios(t *testing.T) {
	t.Parallel()
	o := defaults()
	o.full = true
	blocks, err := plan(o)
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range blocks {
		for _, c := range b.comparisons {
			p, err := scenario.Parse("peers.yaml", []byte(c.scenario("a-topic", o.warmup, o.length)), scenario.Options{})
			if err != nil {
				t.Fatalf("%s: %v", c.name(), err)
			}
			s := p.Cases[0].Scenario
			if writes := s.Producer != nil; writes != (c.kind != consume) || (s.Consumer != nil) != (c.kind != produce) || !s.Verify || len(p.Order) != 1 {
				t.Errorf("%s: the scenario is about something else", c.name())
			}
		}
	}
}

// TestPage holds the page that the program writes into against the section that it looks for.
func TestPage(t *testing.T) {
	t.Parallel()
	page := filepath.Join(t.TempDir(), "page.md")
	b, err := os.ReadFile("../../docs/performance.md")
	if err != nil || os.WriteFile(page, b, 0o644) != nil {
		t.Fatal(err)
	}
	if err := lab.WriteSection(page, section, "figures"); err != nil {
		t.Error(err)
	}
}
