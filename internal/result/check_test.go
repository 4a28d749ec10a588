package result

import (
	"strings"
	"testing"

	"kbench/internal/driver"
	"kbench/internal/scenario"
)

// produced is a trial with a producer that acked so many records a second.
func produced(name string, repeat int, perS float64, th ...scenario.Threshold) *Trial {
	return &Trial{
		Case: name, Repeat: repeat, Status: StatusOK, Verdict: Verdict{Trust: TrustOK}, MeasureNs: 10e9, Rates: Rates{AckedPerS: perS},
		Plan: scenario.Scenario{Producer: &scenario.Producer{}, Thresholds: th},
	}
}

func parse(t *testing.T, text string) scenario.Threshold {
	t.Helper()
	th, err := scenario.ParseThreshold(text)
	if err != nil {
		t.Fatal(err)
	}
	return th
}

func TestCheckAll(t *testing.T) {
	t.Parallel()
	rate := parse(t, "acked_per_s >= 100")
	median := rate
	median.Scope = scenario.ScopeCase
	untrusted := func(t *Trial) *Trial { t.Verdict.Trust = TrustInvalid; return t }
	unmeasured := func(t *Trial) *Trial { t.MeasureNs = 0; return t }
	stopped := func(t *Trial) *Trial { t.Aborted = &Abort{Threshold: rate.Text, AfterNs: 7e9, Why: "90.0/s"}; return t }
	step := func(t *Trial) *Trial { t.Search = &Search{}; return t }
	pair := func(t *Trial, attempt int, side string) *Trial {
		t.Pair = &Pair{Number: 1, Attempt: attempt, Side: side}
		return t
	}
	for _, tt := range []struct {
		why    string
		trials []*Trial
		want   string // of each check: case, repeat, whether it held
	}{
		{"nothing", nil, ""},
		{"no thresholds", []*Trial{produced("a", 1, 1)}, ""},
		{"each trial", []*Trial{produced("a", 1, 120, rate), produced("a", 2, 90, rate)}, "a1+ a2-"},
		{"one that was stopped over it missed it, whatever the drain made of its number", []*Trial{stopped(produced("a", 1, 120, rate))}, "a1-"},
		{"the median of a case", []*Trial{produced("a", 1, 120, median), produced("a", 2, 50, median), produced("a", 3, 110, median)}, "a0+"},
		{"of each", []*Trial{produced("a", 1, 120, median), produced("b", 1, 90, median)}, "a0+ b0-"},
		{"that counts what can be trusted only", []*Trial{produced("a", 1, 120, median), untrusted(produced("a", 2, 5, median)), untrusted(produced("a", 3, 5, median))}, "a0+"},
		{"and there may be none", []*Trial{untrusted(produced("a", 1, 120, median))}, "a0?"},
		{"one repeat without a number leaves it unknown", []*Trial{produced("a", 1, 120, median), unmeasured(produced("a", 2, 120, median))}, "a0?"},
		{"both", []*Trial{produced("a", 1, 120, median, rate), produced("a", 2, 90, median, rate)}, "a0+ a1+ a2-"},
		{"side b of a pair, and not side a", []*Trial{pair(produced("a", 1, 90, rate), 1, SideA), pair(produced("b", 1, 90, rate), 1, SideB)}, "b1-"},
		{"the last attempt at it", []*Trial{pair(produced("b", 1, 90, rate, median), 1, SideB), pair(produced("b", 2, 120, rate, median), 2, SideB)}, "b2+ b0+"},
		{"and it can be trusted", []*Trial{untrusted(pair(produced("b", 1, 90, rate), 1, SideB))}, ""},
		{"a step of a search is held against none", []*Trial{step(produced("a", 1, 1, rate, median))}, ""},
	} {
		var got []string
		for _, c := range CheckAll(tt.trials) {
			word := c.Case + string(rune('0'+c.Repeat))
			switch {
			case c.OK:
				word += "+"
			case c.Known:
				word += "-"
			default:
				word += "?"
				if c.Why == "" {
					t.Errorf("%s: a miss without a reason", tt.why)
				}
			}
			got = append(got, word)
		}
		if s := strings.Join(got, " "); s != tt.want {
			t.Errorf("%s: %q, want %q", tt.why, s, tt.want)
		}
	}
}

func TestMedianOfBounds(t *testing.T) {
	t.Parallel()
	th := parse(t, "response_p99 <= 20ms")
	th.Scope = scenario.ScopeCase
	trial := func(repeat int, atLeast ...string) *Trial {
		p99 := int64(10e6)
		r := produced("a", repeat, 1, th)
		r.Latency = map[Span]*Latency{Response: {Count: 1, P99Ns: &p99, AtLeast: atLeast}}
		return r
	}
	if c := CheckAll([]*Trial{trial(1), trial(2), trial(3)})[0]; !c.OK || c.AtLeast || c.Got != 10e6 {
		t.Errorf("%+v, want 10 ms to hold", c)
	}
	if c := CheckAll([]*Trial{trial(1), trial(2, "p99"), trial(3)})[0]; c.OK || !c.AtLeast {
		t.Errorf("%+v: one of them is larger, nobody knows by how much", c)
	}
}

// TestWhyUnknown gives each metric that a trial lacks a reason, and the right one where there are several.
func TestWhyUnknown(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		why, metric string
		change      func(*Trial)
		want        string
	}{
		{"no such metric", "speed", nil, "kbench has no such metric"},
		{"it has it", "acked_per_s", nil, ""},
		{"nothing", "acked_per_s", func(t *Trial) { t.MeasureNs = 0 }, "nothing was measured"},
		{"acks 0", "response_p99", func(t *Trial) { t.Plan.Producer.Acks = driver.AcksNone }, "acks are 0, so nothing acknowledges"},
		{"acks 0 has a lag, if anything was sent", "lag_p99", func(t *Trial) { t.Plan.Producer.Acks = driver.AcksNone }, "no record of the measured part completed"},
		{"rate max", "response_p99", func(t *Trial) { t.Closed = true }, "at rate max no record is due at an instant"},
		{"rate max has a service", "service_p99", func(t *Trial) { t.Closed = true }, "no record of the measured part completed"},
		{"rate max offers nothing", "offered_per_s", func(t *Trial) { t.Closed = true }, "at rate max no record is due at an instant"},
		{"few samples", "response_p999", func(t *Trial) { t.Latency = map[Span]*Latency{Response: {Count: 3}} }, "fewer than 10 samples lie beyond it"},
		{"no consumer", "e2e_p99", nil, "the scenario has no consumer"},
		{"no consumer", "consumed_per_s", nil, "the scenario has no consumer"},
		{"no consumer", "consumer_lag_max", nil, "the scenario has no consumer"},
		{"no consumer", "lost", nil, "the scenario has no consumer"},
		{"small records", "e2e_p99", func(t *Trial) { t.Plan.Consumer = &scenario.Consumer{} }, "records have no room for a stamp"},
		{"verify off", "lost", func(t *Trial) { t.Plan.Consumer = &scenario.Consumer{} }, "verify is off"},
		{"not read to the end", "lost", func(t *Trial) {
			t.Plan.Consumer, t.Plan.Verify, t.Plan.Message.Size.Fixed = &scenario.Consumer{}, true, 100
		}, "not every group had read to the end"},
		{"no producer", "acked_per_s", func(t *Trial) { t.Plan.Producer = nil }, "the scenario has no producer"},
		{"no producer", "response_p99", func(t *Trial) { t.Plan.Producer = nil }, "the scenario has no producer"},
		{"nobody was held up", "lag_backpressure_p99", nil, "no full buffer held kbench up"},
		{"no record", "failed_ratio", nil, "no record was due"},
		{"the library", "producer_wire_mean", nil, "the client does not tell"},
	} {
		trial := produced("a", 1, 1)
		if tt.change != nil {
			tt.change(trial)
		}
		if got := trial.WhyUnknown(tt.metric); got != tt.want {
			t.Errorf("%s: %s: %q, want %q", tt.why, tt.metric, got, tt.want)
		}
	}
	for _, m := range Metrics() {
		trial := produced("a", 1, 1)
		_, known := m.Of(trial)
		if why := trial.WhyUnknown(m.Name); known != (why == "") {
			t.Errorf("%s: known is %v, and the reason %q", m.Name, known, why)
		}
	}
}

func TestCannotAbort(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		threshold string
		can       bool
	}{
		{"response_p99 <= 20ms", true},
		{"response_mean <= 20ms", true},
		{"e2e_service_max < 1s", true},
		{"response_max >= 1s", false},
		{"response_min <= 1ms", false},
		{"acked_per_s >= 49k", true},
		{"consumed_bytes_per_s > 5MB", true},
		{"failed == 0", true},
		{"failed_ratio <= 1%", true},
		{"acked >= 1M", false},
		{"queue_full != 0", false},
		{"consumer_lag_max <= 10k", true},
		{"lost == 0", false},
		{"unresolved == 0", false},
		{"rss_max_bytes <= 1GB", false},
		{"producer_wire_mean <= 5", false},
	} {
		if why := CannotAbort(parse(t, tt.threshold)); (why == "") != tt.can {
			t.Errorf("%s: %q, want that it can is %v", tt.threshold, why, tt.can)
		}
	}
}

func TestMissedSoFar(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		why, threshold string
		change         func(*Trial)
		want           bool
	}{
		{"it holds", "acked_per_s >= 100", nil, false},
		{"it does not", "acked_per_s >= 101", nil, true},
		{"a rate of too few seconds", "acked_per_s >= 101", func(t *Trial) { t.MeasureNs = 2e9 }, false},
		{"a part of too few seconds", "failed_ratio <= 1%", func(t *Trial) { t.MeasureNs, t.Counts = 2e9, Counts{Scheduled: 10, Failed: 5} }, false},
		{"a part", "failed_ratio <= 1%", func(t *Trial) { t.Counts = Counts{Scheduled: 10, Failed: 5} }, true},
		{"a count that is not there yet", "failed == 3", nil, false},
		{"that is there", "failed == 3", func(t *Trial) { t.Counts.Failed = 3 }, false},
		{"that is past it", "failed == 3", func(t *Trial) { t.Counts.Failed = 4 }, true},
		{"a count at its limit", "failed < 3", func(t *Trial) { t.Counts.Failed = 3 }, true},
		{"no number yet", "response_p99 <= 1ms", nil, false},
		{"what is not known before the end", "unresolved == 0", func(t *Trial) { t.Counts.Unresolved = 5 }, false},
		{"a bound: records failed", "response_max <= 1s", func(t *Trial) {
			low := int64(5)
			t.Latency = map[Span]*Latency{Response: {Count: 1, MaxNs: &low, AtLeast: []string{"max"}}}
		}, true},
	} {
		trial := produced("a", 1, 100)
		if tt.change != nil {
			tt.change(trial)
		}
		if _, got := MissedSoFar(trial, parse(t, tt.threshold)); got != tt.want {
			t.Errorf("%s: %s: missed is %v, want %v", tt.why, tt.threshold, got, tt.want)
		}
	}
}
