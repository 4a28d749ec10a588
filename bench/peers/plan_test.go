package main

import (
	"strings"
	"testing"
	"time"
)

func defaults() options {
	return options{pairs: 6, warmup: 2 * time.Second, length: 4 * time.Second}
}

func TestPlan(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		why         string
		set         func(*options)
		blocks, all int
	}{
		{"everything in the usual corner, and one thing in the others", func(*options) {}, 8, 11 + 7},
		{"the grid: reading only with one of the acks, the producing tool only without compression", func(o *options) { o.full = true }, 8, 4*(5+1) + 4*(3+1) + 4*5},
		{"one client", func(o *options) { o.only = "consume sarama" }, 1, 1},
		{"one tool", func(o *options) { o.only = "perf-test" }, 1, 4},
		{"one corner of the grid", func(o *options) { o.full, o.only = true, "(1024 B, acks 1, lz4)" }, 1, 4},
	} {
		o := defaults()
		tc.set(&o)
		blocks, err := plan(o)
		if err != nil || len(blocks) != tc.blocks || count(blocks) != tc.all {
			t.Errorf("%s: %d comparisons in %d blocks, %v; want %d in %d", tc.why, count(blocks), len(blocks), err, tc.all, tc.blocks)
		}
		seen := map[string]bool{}
		for _, b := range blocks {
			for _, c := range b.comparisons {
				if seen[c.name()] || c.corner != b.corner {
					t.Errorf("%s: %s is there twice, or in the block of %s", tc.why, c.name(), b.corner)
				}
				seen[c.name()] = true
			}
		}
	}
}

func TestRefused(t *testing.T) {
	t.Parallel()
	for why, set := range map[string]func(*options){
		"five pairs have no interval": func(o *options) { o.pairs = 5 },
		"too many":                    func(o *options) { o.pairs = 61 },
		"no comparison of that name":  func(o *options) { o.only = "kafka-go" },
		"no warm-up":                  func(o *options) { o.warmup = 0 },
		"too short to be measured":    func(o *options) { o.length = time.Millisecond },
	} {
		o := defaults()
		set(&o)
		if _, err := plan(o); err == nil || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: got %v, want an error of one line", why, err)
		}
	}
}

// TestDefaultIsShort holds the default to what somebody waits for.
func TestDefaultIsShort(t *testing.T) {
	t.Parallel()
	blocks, err := plan(defaults())
	if err != nil {
		t.Fatal(err)
	}
	if e := estimate(blocks, defaults()); e < 10*time.Minute || e > 35*time.Minute {
		t.Errorf("the default takes %v, want less than 35 minutes", e)
	}
}
