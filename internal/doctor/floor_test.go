package doctor

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"kbench/internal/cluster"
	"kbench/internal/driver"
	"kbench/internal/driver/null"
	"kbench/internal/pace"
	"kbench/internal/result"
	"kbench/internal/unit"
)

func TestQuantileOfLateness(t *testing.T) {
	t.Parallel()
	upTo := func(n int64) (l lateness) {
		for i := range n {
			l = append(l, i+1)
		}
		return l
	}
	for _, tt := range []struct {
		why  string
		of   lateness
		q    float64
		want int64 // 0 for none
	}{
		{"nothing came", nil, 0.5, 0},
		{"half of twenty has ten beyond it", upTo(20), 0.5, 10},
		{"half of nineteen has not", upTo(19), 0.5, 0},
		{"exactly ten beyond p99", upTo(1000), 0.99, 990},
		{"a value short", upTo(999), 0.99, 0},
		{"rank is rounded up", upTo(1001), 0.5, 501},
	} {
		got := tt.of.quantile(tt.q)
		if (got == nil) != (tt.want == 0) || got != nil && *got != tt.want {
			t.Errorf("%s: got %s, want %d", tt.why, human(got), tt.want)
		}
	}
}

func TestOversleepIsByHowMuchWaitsEndLate(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		late := oversleep(t.Context(), pace.NewSleeping(time.Now()), 2*time.Second)
		if most := late.most(); len(late) != 2000 || most == nil || *most != 0 {
			t.Errorf("on a clock that is never late: %d waits, the worst late by %s; want 2000, late by nothing", len(late), human(most))
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if late := oversleep(ctx, pace.NewSleeping(time.Now()), time.Hour); len(late) != 0 {
			t.Errorf("with an ended context there were %d waits, want none", len(late))
		}
	})
}

func TestLatenessIsJudgedByP99(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		why  string
		p99  time.Duration // 0: unknown
		want Level
	}{
		{"quiet", 120 * time.Microsecond, OK},
		{"at the limit", lagWarn, OK},
		{"above it", lagWarn + 1, Warn},
		{"where trials become invalid", time.Millisecond + 1, Fail},
		{"unknown", 0, Warn},
	} {
		lag := &result.Latency{}
		if tt.p99 > 0 {
			lag.P99Ns = new(int64(tt.p99))
		}
		checks := []Check{judgeLag("lag_1k", 1000*unit.PerSecond, lag), judgeNull(1000*unit.PerSecond, lag)}
		whole(t, checks)
		for _, c := range checks {
			if c.Level != tt.want {
				t.Errorf("%s: %s is %s, want %s", tt.why, c.Name, c.Level, tt.want)
			}
		}
	}
	whole(t, []Check{judgeLag("lag_1k", 1000*unit.PerSecond, nil), judgeHiccups(nil), compareTimers(nil, nil)})
}

func TestCeilingIsJudgedByTheDefaultLoad(t *testing.T) {
	t.Parallel()
	for rate, want := range map[float64]Level{50_000: OK, 49_999: Warn} {
		c := judgeCeiling("franz", &result.Trial{Rates: result.Rates{AckedPerS: rate}})
		whole(t, []Check{c})
		if c.Level != want {
			t.Errorf("%v/s is %s, want %s", rate, c.Level, want)
		}
	}
}

// TestCeilingWithoutBroker has a program for the embedded broker that is none.
func TestCeilingWithoutBroker(t *testing.T) {
	t.Parallel()
	var got []Check
	d := &Doctor{Drivers: []driver.Driver{null.New()}, Cluster: cluster.Options{EmbeddedCommand: []string{"/nothing/there"}, StateDir: t.TempDir(), CacheDir: t.TempDir()}}
	d.checkCeiling(t.Context(), func(c Check) { got = append(got, c) })
	whole(t, got)
	if len(got) != 2 || got[0].Name != "null" || got[0].Level == Fail || got[1].Name != "embedded" || got[1].Level != Fail {
		t.Fatalf("got %+v, want null, and that the embedded broker failed", got)
	}
	if !strings.Contains(got[1].Said, "/nothing/there") {
		t.Errorf("%q does not say what was tried", got[1].Said)
	}
}

func TestInterruptedTellsNothing(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	d := &Doctor{Drivers: []driver.Driver{null.New()}, Tell: func(c Check) { t.Errorf("told %+v", c) }}
	if err := d.CheckMachine(ctx); err == nil {
		t.Error("checking the machine was not interrupted")
	}
	if err := d.CheckBrokers(ctx, []string{"127.0.0.1:1"}); err == nil {
		t.Error("checking the brokers was not interrupted")
	}
}
