package scenario

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"kbench/internal/unit"
)

// TestProfileInForce: the measured part is the profile, or what is given of it, and no other rate is in the plan.
func TestProfileInForce(t *testing.T) {
	t.Parallel()
	const profile = "profile: [{for: 10s, rate: 2k/s}, {for: 30s, from: 10k/s, to: 80k/s}, {for: 10s, burst: 200k/s, every: 1s, lasting: 100ms}, {for: 10s, sine: {mean: 5k/s, amplitude: 4k/s, period: 1s}}]"
	tests := []struct {
		why, load string
		set       []string
		want      string // measured, in all, bounds, first rate, what it is
	}{
		{"all of it", profile, nil, "1m0s 1m5s 0/s 200k/s 2k/s 2k/s for 10s, then 10k/s to 80k/s in 30s, then bursts of 200k/s for 100ms every 1s, for 10s, then a sine of 5k/s ± 4k/s with a period of 1s, for 10s"},
		{"a part", "measure: 8s, profile: [{for: 10s, from: 3k/s, to: 2k/s}]", nil, "8s 13s 2k/s 3k/s 3k/s 3k/s to 2k/s in 10s"},
		{"a part, by a flag", "profile: [{for: 10s, burst: 3k/s, every: 1s, lasting: 1ms}]", []string{"load.measure=8s"}, "8s 13s 0/s 3k/s 3/s bursts of 3k/s for 1ms every 1s, for 10s"},
		{"a sine begins with its mean", "warmup: 0s, profile: [{for: 1s, sine: {mean: 5k/s, amplitude: 5k/s, period: 1s}}]", nil, "1s 1s 0/s 10k/s 5k/s a sine of 5k/s ± 5k/s with a period of 1s, for 1s"},
		{"more phases than are named", "profile: [" + strings.Repeat("{for: 1s, rate: 1/s}, ", 5) + "{for: 1s, rate: 1/s}]", nil, "6s 11s 1/s 1/s 1/s" + strings.Repeat(" 1/s for 1s, then", 4) + " 2 more phases"},
		{"a trace", "trace: good.csv", nil, "3.5s 8.5s 0/s 2k/s 100/s the trace good.csv of 3 lines"},
		{"a trace instead of the file's rate", "rate: 5k/s", []string{"load.trace=good.csv"}, "3.5s 8.5s 0/s 2k/s 100/s the trace good.csv of 3 lines"},
	}
	for _, tt := range tests {
		o := inTests()
		o.Set = tt.set
		p := parsed(t, "f.yaml", "producer: {}\nload: {"+tt.load+"}", o)
		l := p.Cases[0].Scenario.Load
		least, most := l.RateBounds()
		if got := fmt.Sprint(l.Measure, " ", p.Cases[0].Duration(), " ", least, " ", most, " ", l.Profile[0].First(), " ", l.DescribeProfile()); got != tt.want {
			t.Errorf("%s: got\n%s, want\n%s", tt.why, got, tt.want)
		}
		if l.Rate != 0 || l.Records != 0 || len(p.Warnings) > 0 {
			t.Errorf("%s: rate %v, records %v and warnings %q are in the plan too", tt.why, l.Rate, l.Records, p.Warnings)
		}
		roundTrip(t, p)
	}
	p := parsed(t, "f.yaml", "producer: {}\nload: {trace: good.csv}", inTests())
	second := unit.Duration(time.Second)
	if got, want := p.Cases[0].Scenario.Load.Profile, []Phase{{For: second, Records: 100}, {For: 2 * second}, {For: second / 2, Records: 1000}}; !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	p = parsed(t, "f.yaml", "producer: {}\nload: {profile: [{for: 5s, to: 2k/s}]}", inTests())
	if want := []string{"load.warmup: nothing is due in it, since the profile begins with 0/s"}; !reflect.DeepEqual(p.Warnings, want) {
		t.Errorf("got warnings %q, want %q", p.Warnings, want)
	}
}

func TestParseTrace(t *testing.T) {
	t.Parallel()
	tests := []struct {
		why, src, wrong string
	}{
		{"Windows' line ends, a byte order mark, spaces", "\ufeff 1s , 5 \r\n2s,0\r\n", ""},
		{"no newline at the end", "1s,5", ""},
		{"as many lines as may be", strings.Repeat("1ms,1\n", maxTraceLines), ""},
		{"one more", strings.Repeat("1ms,1\n", maxTraceLines+1), "it has 10001 lines; a trace may have 10000, so let each be of a longer time"},
		{"nothing", "", "no record is due in it; a trace has lines of LENGTH,RECORDS (example: 1s,1200)"},
		{"silence", "1s,0\n# 1s,5\n", "no record is due in it; a trace has lines of LENGTH,RECORDS (example: 1s,1200)"},
		{"too long in all", "72h,1\n1ns,0", "it lasts 72h0m0.000000001s; a load may last 72h0m0s"},
		{"a line too long in itself", "73h,1", "line 1: 73h0m0s is out of range: a length is above 0s, up to 72h0m0s"},
		{"no length", "\n\n0,1", "line 3: 0s is out of range: a length is above 0s, up to 72h0m0s"},
		{"one number", "1s,1\n1200", `line 2: "1200" is not LENGTH,RECORDS (example: 1s,1200)`},
		{"three", "1s,1,2", `line 1: "1,2" is not a count: "1,2" is not a number with a known unit (examples: 500, 500k, 1M)`},
		{"a length without a unit", "1,2", `line 1: "1" is not a duration: it needs a number and ns, us, ms, s, m or h (examples: 5ms, 20s, 1m30s)`},
		{"half a record", "1s,0.5", `line 1: "0.5" is not a count: 0.5 is finer than it can be (examples: 500, 500k, 1M)`},
		{"faster than may be", "1s,100M\n1ms,100001", "line 2: 100001 records in 1ms are more than 100M/s, which is the highest rate there is"},
		{"a line without an end", strings.Repeat("1", maxScalar) + ",1", `line 1: "` + strings.Repeat("1", 60) + `..." is not LENGTH,RECORDS (example: 1s,1200)`},
		{"no text", "1s,\xff", "it is not valid UTF-8 text"},
	}
	for _, tt := range tests {
		phases, wrong := parseTrace([]byte(tt.src))
		if got := strings.Join(wrong, "\n"); got != tt.wrong || (tt.wrong == "") != (len(phases) > 0) {
			t.Errorf("%s: got %d phases and %q, want %q", tt.why, len(phases), got, tt.wrong)
		}
	}
	if _, wrong := parseTrace([]byte(strings.Repeat("x\n", 1000))); len(wrong) != maxTraceProblems {
		t.Errorf("%d problems of 1000 are told, want %d", len(wrong), maxTraceProblems)
	}
	if _, err := Parse("f.yaml", []byte("producer: {}\nload: {trace: a.csv}"), Options{}); err == nil || !strings.HasSuffix(err.Error(), "load.trace: a.csv can't be read from here") {
		t.Errorf("without files: %v", err)
	}
}

// FuzzParseTrace: what is read can be carried out, and what is not has one line for each reason.
func FuzzParseTrace(f *testing.F) {
	f.Add([]byte("1s,100\n2s,0\n"))
	f.Add([]byte("# x\n1m30s,1.5k\r\n\n,\n"))
	f.Add([]byte("time,records\n72h,26T"))
	f.Fuzz(func(t *testing.T, src []byte) {
		phases, wrong := parseTrace(src)
		if (len(phases) == 0) != (len(wrong) > 0) || len(phases) > maxTraceLines {
			t.Fatalf("%d phases and problems %q", len(phases), wrong)
		}
		var records unit.Count
		for i := range phases {
			p := &phases[i]
			if least, most := p.bounds(); p.For <= 0 || p.Records < 0 || least != most || most > maxRate {
				t.Fatalf("line %+v was read", *p)
			}
			records += p.Records
		}
		if len(phases) > 0 && (records <= 0 || lengthOf(phases) > longestLoad) {
			t.Fatalf("%d records in %v were read", records, lengthOf(phases))
		}
		for _, w := range wrong {
			if strings.ContainsAny(w, "\r\n") {
				t.Fatalf("%q is more than a line", w)
			}
		}
	})
}
