//go:build e2e && e2e_long

package e2e

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"kbench/internal/fault"
	"kbench/report"
)

const compared = `
name: compared
load: {rate: 5k/s, warmup: 1s, measure: 2s, drain: 10s}
producer: {linger: 5ms}
consumer: null
`

// TestLong holds the gate to what it promises, on a real Kafka: it does not cry wolf, and it does not sleep. It takes more than
// half an hour:
//
//	make e2e-long
func TestLong(t *testing.T) {
	k := up(t, 1)
	warmUp(t, k)
	t.Run("same", k.same)
	t.Run("linger", k.linger)
	t.Run("delay", k.delay)
}

// experiment compares two sides, and returns the verdict.
func (k *kafka) experiment(t *testing.T, seed, pairs int, flags ...string) string {
	t.Helper()
	flags = append(flags, "--rest", "300ms", "--gate", "response_p50=5%", "--seed", fmt.Sprint(seed), "--pairs", fmt.Sprint(pairs))
	r := startAB(t, compared, flags...).finish()
	answer := r.answer(t)
	want := map[string]int{report.Fail: 1, report.Untrusted: 4}[answer.Verdict]
	if r.code != want {
		t.Errorf("%s, and exit %d, want %d", answer.Verdict, r.code, want)
	}
	t.Logf("experiment %d: %s", seed, answer.Sentence)
	return answer.Verdict
}

// same compares a scenario with itself.
func (k *kafka) same(t *testing.T) {
	fails, untrusted := 0, 0
	for seed := range 20 {
		switch k.experiment(t, seed+1, 6, k.on()...) {
		case report.Fail:
			fails++
		case report.Untrusted:
			untrusted++
		}
	}
	t.Logf("%d of 20 experiments of a thing with itself failed, %d could not be trusted", fails, untrusted)
	if fails > 1 || untrusted > 10 {
		t.Error("want at most 1, and at most half that can't be trusted")
	}
}

// linger compares 5 ms with 10 ms.
func (k *kafka) linger(t *testing.T) {
	fails := 0
	for seed := range 10 {
		if k.experiment(t, seed+1, 8, k.on("--a", "producer.linger=5ms", "--b", "producer.linger=10ms")...) == report.Fail {
			fails++
		}
	}
	t.Logf("%d of 10 experiments saw that linger was 5 ms longer", fails)
	if fails < 9 {
		t.Error("want 9 at least")
	}
}

// delay compares the broker with itself behind a link that takes a millisecond.
func (k *kafka) delay(t *testing.T) {
	addr := k.slowed(t, time.Millisecond/2, 0)
	if got := k.experiment(t, 1, 8, "--a", "brokers="+strings.Join(k.cluster.Brokers(), ","), "--b", "brokers="+addr); got != report.Fail {
		t.Errorf("%s, want %s", got, report.Fail)
	}
}

// slowed puts a link in front of the only node, which ends with the test: each way it takes that long, and lets rate bytes a
// second pass, 0 for as many as go. It returns where clients begin.
func (k *kafka) slowed(t *testing.T, delay time.Duration, rate int64) (addr string) {
	t.Helper()
	addr, broker := k.cluster.Nodes()[0].LinkEnds()
	l, err := fault.Listen(addr, broker)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	l.Slow(delay, rate)
	return addr
}
