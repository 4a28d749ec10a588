package run

import (
	"context"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"kbench/internal/driver"
	"kbench/internal/driver/null"
	"kbench/internal/host"
	"kbench/internal/pace"
	"kbench/internal/result"
	"kbench/internal/scenario"
)

// journaled runs one trial with a journal in a results folder, and reads the folder at some instants of the load, as if
// kbench had been killed there. Call it in a synctest bubble.
func journaled(t *testing.T, ctx context.Context, c *scenario.Case, d fake, at ...time.Duration) (whole *result.Trial, cut []*result.Run) {
	t.Helper()
	folder, err := result.Create(t.TempDir(), "test", time.Now(), result.Manifest{})
	if err != nil {
		t.Fatal(err)
	}
	sampler := host.NewSampler()
	t.Cleanup(sampler.Close)
	d.Driver = null.New()
	e := &Env{Drivers: []driver.Driver{d}, Sampler: sampler, pacer: pace.NewSleeping}
	done := make(chan *result.Trial)
	began := time.Now().Add(startDelay)
	go func() {
		r, m := e.Trial(ctx, c, Position{Run: folder.Name(), Number: 1, Of: 1, Repeat: 1, Journal: folder.Journal})
		_ = m.Close()
		done <- r
	}()
	read := func() {
		r, err := result.Open(folder.Path())
		if err != nil {
			t.Fatal(err)
		}
		cut = append(cut, r)
	}
	for _, at := range at {
		<-time.After(time.Until(began.Add(at)))
		read()
	}
	whole = <-done
	read() // a kill before the record is written
	return whole, cut
}

// TestJournalAtAnyInstant kills, in effect, at instants all over a trial, and wants all that was acked up to the last whole
// second.
func TestJournalAtAnyInstant(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		why    string
		warmup time.Duration
		fake   fake
	}{
		{"a quiet broker", 2 * time.Second, fake{delay: 4 * time.Millisecond}},
		{"a warm-up that is no whole number of seconds", 1500 * time.Millisecond, fake{delay: 4 * time.Millisecond}},
		{"a broker that stands still for two seconds", 2 * time.Second, fake{delay: time.Millisecond, stall: 3 * time.Second, until: 5500 * time.Millisecond}},
	} {
		synctest.Test(t, func(t *testing.T) {
			var at []time.Duration
			for i := range 31 {
				at = append(at, time.Duration(i)*270*time.Millisecond+123*time.Millisecond) // never at the end of a second
			}
			whole, cut := journaled(t, t.Context(), produceOnly("1k/s", tt.warmup, 6*time.Second), tt.fake, at...)
			for i, at := range at {
				r := cut[i]
				first := tt.warmup % time.Second // the first window may be a part of one
				if at < first {
					continue
				}
				if len(r.Trials) != 1 || len(r.Warnings) > 0 {
					t.Fatalf("%s, %v: %d trials, warnings %q", tt.why, at, len(r.Trials), r.Warnings)
				}
				trial := r.Trials[0]
				sure := (at - first).Truncate(time.Second) + first // the end of the last whole window
				var acked int64
				for _, w := range trial.Windows {
					acked += w.Acked
				}
				want := answered(tt.fake, sure)
				if math.Abs(float64(acked)-want) > 6 || acked != trial.WarmupCounts.Acked+trial.Counts.Acked || trial.MeasureNs != int64(max(0, sure-tt.warmup)) {
					t.Errorf("%s, %v: up to %v %d are acked, %+v; want %.0f", tt.why, at, sure, acked, trial.Counts, want)
				}
			}
			last := cut[len(cut)-1].Trials[0]
			if last.Counts.Scheduled != whole.Counts.Scheduled || last.Counts.Acked != whole.Counts.Acked || last.MeasureNs != whole.MeasureNs ||
				len(last.Windows) != len(whole.Windows) || *last.Latency[result.Response].P99Ns != *whole.Latency[result.Response].P99Ns {
				t.Errorf("%s: at its end the journal has %+v over %d, the record %+v over %d", tt.why, last.Counts, last.MeasureNs, whole.Counts, whole.MeasureNs)
			}
		})
	}
}

// answered returns how many of 1,000 records a second, sent from the start on, a fake broker has acked at an instant.
func answered(f fake, at time.Duration) float64 {
	if f.stall > 0 && at > f.stall && at <= f.until {
		at = f.stall
	}
	return at.Seconds() * 1000
}

// TestJournalOfAnInterruption wants rates over the time that was measured, not over the drain that follows it.
func TestJournalOfAnInterruption(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(5*time.Second+startDelay, cancel)
		_, cut := journaled(t, ctx, produceOnly("1k/s", time.Second, 10*time.Second), fake{delay: time.Millisecond, stall: 4500 * time.Millisecond}, 6500*time.Millisecond)
		trial := cut[0].Trials[0] // in the drain
		if !near(float64(trial.MeasureNs)/1e9, 4, 0.03) || !near(trial.Rates.OfferedPerS, 1000, 5) || !near(trial.Rates.AckedPerS, 875, 5) {
			t.Errorf("measured for %v, offered %.1f/s, acked %.1f/s; want 4 s, 1000, 875",
				time.Duration(trial.MeasureNs), trial.Rates.OfferedPerS, trial.Rates.AckedPerS)
		}
	})
}

func TestJournalThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		folder, err := result.Create(t.TempDir(), "test", time.Now(), result.Manifest{})
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Mkdir(filepath.Join(folder.Path(), "journal.jsonl"), 0o755); err != nil {
			t.Fatal(err)
		}
		sampler := host.NewSampler()
		t.Cleanup(sampler.Close)
		e := &Env{Drivers: []driver.Driver{fake{Driver: null.New(), delay: time.Millisecond}}, Sampler: sampler, pacer: pace.NewSleeping}
		r, m := e.Trial(t.Context(), produceOnly("1k/s", 0, 3*time.Second), Position{Run: "run", Repeat: 1, Journal: folder.Journal})
		_ = m.Close()
		if r.Status != result.StatusOK || strings.Count(strings.Join(r.Warnings, "\n"), "the journal of this trial ends at") != 1 {
			t.Errorf("status %s: %s; warnings %q; want one of the journal, and nothing worse", r.Status, r.Failure, r.Warnings)
		}
	})
}
