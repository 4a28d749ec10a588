package main

import (
	"testing"
	"time"
)

// Lines are as Apache Kafka 4.3.0 prints them.
func TestWindow(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		why, line  string
		ok         bool
		n, seconds float64
	}{
		{"an interval", "500166 records sent, 250083.0 records/sec (47.70 MB/sec), 452.0 ms avg latency, 660.0 ms max latency.", true, 500166, 2},
		{"a number with an exponent is still one", "1.0E7 records sent, 5000000.0 records/sec", true, 1e7, 2},
		{"nothing was sent", "0 records sent, 0.0 records/sec (0.00 MB/sec), NaN ms avg latency, 0.0 ms max latency.", false, 0, 0},
		{"what it says of warming up", "Warmup first 2000000 records. Steady state results will print after the complete test summary.", false, 0, 0},
		{"an empty line", "", false, 0, 0},
	} {
		n, perS, ok := window(tc.line)
		if ok != tc.ok || ok && (n != tc.n || n/perS != tc.seconds) {
			t.Errorf("%s: got %v at %v/s, %v", tc.why, n, perS, ok)
		}
	}
}

func TestProgress(t *testing.T) {
	t.Parallel()
	at, records, ok := progress("2026-11-21T07:44:26.584, 0, 124.1707, 176.2760, 651012, 924194.1176, 0, 510, 176.2760, 924194.1176")
	want := time.Date(2026, 11, 21, 7, 44, 26, 584e6, time.UTC)
	if !ok || records != 651012 || at != time.Duration(want.UnixNano()) {
		t.Errorf("got %v at %v, %v", records, at, ok)
	}
	for why, line := range map[string]string{
		"nothing was read yet": "2026-11-21T07:44:26.584, 0, 0.0000, 0.0000, 0, 0.0000, 0, 510, 0.0000, 0.0000",
		"the line of the sum":  "2026-11-21T07:44:33.662, 2026-11-21T07:44:40.026, 2288.8380, 359.6540",
		"a header":             "time, threadId, data.consumed.in.MB, MB.sec, data.consumed.in.nMsg, nMsg.sec",
		"an empty line":        "",
	} {
		if _, _, ok := progress(line); ok {
			t.Errorf("%s: %q was taken for progress", why, line)
		}
	}
}

// TestGauge cuts the measured part out of lines that come every 250 ms.
func TestGauge(t *testing.T) {
	t.Parallel()
	ended := 0
	g := gauge{warmup: time.Second, length: 2 * time.Second, enough: func() { ended++ }}
	begin := time.Hour // any clock will do
	for i := range 20 {
		g.line(-1, begin+time.Duration(i)*reporting, float64(i*1000))
	}
	if ended != 1 {
		t.Errorf("it was enough %d times, want once", ended)
	}
	if g.from.at != begin+time.Second || g.from.records != 4000 || g.to.at != begin+3*time.Second || g.to.records != 12_000 {
		t.Errorf("measured from %+v to %+v, want from 1 s to 3 s", g.from, g.to)
	}
}
