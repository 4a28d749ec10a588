package run

import (
	"context"
	"math"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"kbench/internal/meter"
	"kbench/internal/result"
	"kbench/internal/scenario"
	"kbench/internal/unit"
)

// auto makes a case's warm-up end when it may.
func auto(c *scenario.Case) *scenario.Case {
	c.Scenario.Load.Warmup = scenario.Warmup{Auto: true}
	return c
}

// settling is a broker whose answers take longer at first, and never equally long; growing is one whose answers take longer and
// longer.
func settling(since time.Duration) time.Duration {
	return time.Duration(200e6*math.Exp(-since.Seconds())) + time.Duration(since.Milliseconds()*7919%1009)*time.Microsecond
}

func growing(since time.Duration) time.Duration { return since / 1000 }

func TestWarmupAuto(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		why       string
		rate      string
		producers int
		fake      fake
		least     time.Duration // the warm-up
		most      time.Duration
		warns     bool
	}{
		{"steady from the start", "300/s", 1, fake{delay: 4 * time.Millisecond}, shortest, 11 * time.Second, false},
		{"several producers", "301/s", 3, fake{delay: 4 * time.Millisecond}, shortest, 11 * time.Second, false},
		{"it takes some seconds", "300/s", 1, fake{delay: 4 * time.Millisecond, more: settling}, shortest, 40 * time.Second, false},
		{"it never becomes steady", "50/s", 1, fake{delay: 4 * time.Millisecond, more: growing}, time.Minute, time.Minute, true},
		{"few records: a mean for each is all there is", "5/s", 1, fake{delay: 4 * time.Millisecond}, 11 * time.Second, 13 * time.Second, false},
		{"too few records to tell", "30/m", 1, fake{delay: 4 * time.Millisecond}, time.Minute, time.Minute, true},
		{"nothing is ever acked", "10/s", 1, fake{stall: time.Nanosecond}, time.Minute, time.Minute, true},
	} {
		synctest.Test(t, func(t *testing.T) {
			c := auto(produceOnly(tt.rate, 0, 3*time.Second))
			c.Scenario.Producer.Count = tt.producers
			r, m := carryOut(t, t.Context(), c, tt.fake)
			_ = m.Close()
			warmup := time.Duration(r.WarmupNs)
			if warmup < tt.least || warmup > tt.most || warmup%time.Second != 0 || r.MeasureNs != int64(3*time.Second) {
				t.Errorf("%s: warm-up %v, measured %v; want whole seconds from %v to %v, and 3 s", tt.why, warmup, time.Duration(r.MeasureNs), tt.least, tt.most)
			}
			if warned := strings.Contains(strings.Join(r.Warnings, "\n"), "did not become steady"); warned != tt.warns {
				t.Errorf("%s: warnings %q", tt.why, r.Warnings)
			}
			perS := c.Scenario.Load.Rate.PerSecond()
			if got, want := r.Counts.Scheduled, int64(math.Ceil(3*perS)); got != want {
				t.Errorf("%s: %d scheduled, want %d", tt.why, got, want)
			}
			if got, want := r.WarmupCounts.Scheduled, int64(math.Ceil(warmup.Seconds()*perS)); got != want {
				t.Errorf("%s: %d scheduled in the warm-up of %v, want %d", tt.why, got, warmup, want)
			}
			checkParts(t, tt.why, r)
		})
	}
}

// checkParts holds what was counted by different hands against each other: all of them must have drawn the line at the same place.
func checkParts(t *testing.T, why string, r *result.Trial) {
	t.Helper()
	var inWindows, inParts int64
	for i, w := range r.Windows {
		if w.Index >= 0 {
			inWindows += w.Acked
		}
		if i > 0 && w.Index <= r.Windows[i-1].Index || time.Duration(w.Index)*time.Second < -time.Duration(r.WarmupNs) {
			t.Errorf("%s: window %d has index %d, of a warm-up of %v", why, i, w.Index, time.Duration(r.WarmupNs))
		}
	}
	for _, p := range r.Partitions {
		inParts += p.Acked
	}
	if inWindows != r.Counts.Acked || inParts != r.Counts.Acked {
		t.Errorf("%s: acked %d, by windows %d, by partitions %d", why, r.Counts.Acked, inWindows, inParts)
	}
}

func TestWarmupAutoOfOtherLoads(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		why       string
		change    func(*scenario.Scenario)
		scheduled int64
	}{
		{"a number of records", func(s *scenario.Scenario) { s.Load.Measure, s.Load.Records = 0, 3001 }, 3001},
		{"a number of records at full speed, one at a time", func(s *scenario.Scenario) {
			s.Load.Rate, s.Load.Measure, s.Load.Records, s.Producer.Mode = unit.MaxRate, 0, 3001, scenario.ModeSync
		}, 3001},
		{"full speed, one at a time", func(s *scenario.Scenario) { s.Load.Rate, s.Producer.Mode = unit.MaxRate, scenario.ModeSync }, 1000},
	} {
		synctest.Test(t, func(t *testing.T) {
			c := auto(produceOnly("1k/s", 0, 4*time.Second))
			tt.change(&c.Scenario)
			r, m := carryOut(t, t.Context(), c, fake{delay: 4 * time.Millisecond})
			_ = m.Close()
			if warmup := time.Duration(r.WarmupNs); r.Status != result.StatusOK || warmup < shortest || warmup > 11*time.Second || strings.Contains(strings.Join(r.Warnings, "\n"), "did not become steady") {
				t.Errorf("%s: %s %s, warm-up %v, warnings %q", tt.why, r.Status, r.Failure, warmup, r.Warnings)
			}
			if got := r.Counts.Scheduled; got < tt.scheduled-5 || got > tt.scheduled {
				t.Errorf("%s: %d scheduled, want %d", tt.why, got, tt.scheduled)
			}
			checkParts(t, tt.why, r)
		})
	}
}

func TestWarmupAutoInterrupted(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(3400*time.Millisecond, cancel)
		r, m := carryOut(t, ctx, auto(produceOnly("1k/s", 0, 10*time.Second)), fake{delay: time.Millisecond})
		_ = m.Close()
		if r.Status != result.StatusInterrupted || r.MeasureNs != 0 || r.WarmupNs != int64(4*time.Second) || r.Counts.Scheduled != 0 {
			t.Errorf("%s, warm-up %v, measured %d ns, %d records; want none after 4 s", r.Status, time.Duration(r.WarmupNs), r.MeasureNs, r.Counts.Scheduled)
		}
		if first, last := r.Windows[0], r.Windows[len(r.Windows)-1]; first.Index != -4 || last.Index != -1 {
			t.Errorf("windows %d to %d, want -4 to -1", first.Index, last.Index)
		}
	})
}

// TestWarmupAutoInTheJournal: what is taken down has the indexes that the record has.
func TestWarmupAutoInTheJournal(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		whole, cut := journaled(t, t.Context(), auto(produceOnly("200/s", 0, 5*time.Second)), fake{delay: time.Millisecond},
			3500*time.Millisecond, 12600*time.Millisecond)
		if n := len(cut[0].Trials); n != 0 {
			t.Errorf("%d trials while it is not known where the measured part begins, want none", n)
		}
		if len(cut[1].Trials) != 1 {
			t.Fatalf("%d trials, warnings %q", len(cut[1].Trials), cut[1].Warnings)
		}
		got := cut[1].Trials[0]
		if got.WarmupNs != whole.WarmupNs || got.MeasureNs != int64(12*time.Second)-whole.WarmupNs || got.Windows[0].Index != whole.Windows[0].Index || len(got.Windows) != 12 {
			t.Errorf("warm-up %d, measured %d ns, %d windows from %d; the record has a warm-up of %d ns and windows from %d",
				got.WarmupNs, got.MeasureNs, len(got.Windows), got.Windows[0].Index, whole.WarmupNs, whole.Windows[0].Index)
		}
	})
}

func TestWarmupAddsWithoutAllocating(t *testing.T) {
	w := newWarmup(time.Minute)
	due := -time.Second
	if n := testing.AllocsPerRun(1000, func() { w.add(due, time.Millisecond); due += 70 * time.Millisecond }); n > 0 {
		t.Errorf("%v allocations a record", n)
	}
	if w.newest != 599 || w.counts[0] == 0 {
		t.Errorf("newest bin %d, %d records in the first; want all bins, and none that are out of it", w.newest, w.counts[0])
	}
}

func TestSteadiness(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		why     string
		measure time.Duration
		fake    fake
		change  func(*scenario.Scenario)
		want    result.Steady // its ratio is not compared
		warns   string
	}{
		{"steady", 12 * time.Second, fake{delay: time.Millisecond}, nil, result.Steady{Class: "steady", What: "response_mean", Seconds: 12}, ""},
		{"too short to tell", 9 * time.Second, fake{delay: time.Millisecond, more: growing}, nil, result.Steady{}, ""},
		{"a second that is not whole does not count", 9900 * time.Millisecond, fake{delay: time.Millisecond, more: growing}, nil, result.Steady{}, ""},
		{"drifting", 20 * time.Second, fake{delay: time.Millisecond, more: growing}, nil, result.Steady{Class: "drifting", What: "response_mean", Seconds: 20}, "the response_mean of each second was drifting (second half 2"},
		{"full speed has a service only", 12 * time.Second, fake{delay: 2 * time.Millisecond}, func(s *scenario.Scenario) {
			s.Load.Rate, s.Producer.Mode = unit.MaxRate, scenario.ModeSync
		}, result.Steady{Class: "steady", What: "service_mean", Seconds: 12}, ""},
		{"acks 0 has a throughput only", 12 * time.Second, fake{delay: time.Millisecond}, func(s *scenario.Scenario) { s.Producer.Acks = "0" }, result.Steady{Class: "steady", What: "acked_per_s", Seconds: 12}, ""},
	} {
		synctest.Test(t, func(t *testing.T) {
			c := produceOnly("100/s", time.Second, tt.measure)
			if tt.change != nil {
				tt.change(&c.Scenario)
			}
			r, m := carryOut(t, t.Context(), c, tt.fake)
			_ = m.Close()
			got := r.Steady
			if known := got.Ratio != nil; known != (tt.want.Class != "") {
				t.Errorf("%s: ratio known is %v", tt.why, known)
			}
			got.Ratio = nil
			if got != tt.want {
				t.Errorf("%s: %+v, want %+v", tt.why, got, tt.want)
			}
			warned := strings.Join(r.Warnings, "\n")
			if tt.warns == "" && strings.Contains(warned, "of each second") || !strings.Contains(warned, tt.warns) {
				t.Errorf("%s: warnings %q, want %q", tt.why, r.Warnings, tt.warns)
			}
		})
	}
}

func TestBounds(t *testing.T) {
	t.Parallel()
	b := newBounds(time.Minute, 80*time.Second, math.MaxInt64)
	b.begin(7 * time.Second)
	if b.start() != 7*time.Second || b.stop() != 27*time.Second || b.loadEnd() != math.MaxInt64 {
		t.Errorf("%v to %v, load to %v; want 7 s to 27 s, and no end", b.start(), b.stop(), b.loadEnd())
	}
	if b.measured(7*time.Second-1) || !b.measured(7*time.Second) {
		t.Error("the line is not where the measured part begins")
	}
	b.cut(9 * time.Second)
	b.cut(11 * time.Second)
	if b.stop() != 9*time.Second || b.loadEnd() != 9*time.Second {
		t.Errorf("cut at 9 s it ends at %v, the load at %v", b.stop(), b.loadEnd())
	}
	if meter.Width != time.Second {
		t.Error("settleAt begins the measured part with a whole second, and windows are no seconds")
	}
}
