package run

import (
	"time"

	"kbench/internal/meter"
	"kbench/internal/steady"
)

// bin is how much of the load one mean is over that tells whether the warm-up is over.
const bin = 100 * time.Millisecond

// ahead is how long before the measured part is to begin that is decided at least: no sender may have come so far. A record is
// sent when it is due and not before, so only a kbench that stands still meanwhile could be too late.
const ahead = time.Second

// shortest is how long the warm-up is at least: caches fill and code is compiled in it, which a response that stays may not show.
const shortest = 10 * time.Second

// A warmup sums up the response of one producer's records by the instant they were due, as long as it is not known where the
// measured part begins; at rate max that is the service, since a record is due when it is sent. Adding allocates nothing. Whoever
// writes or reads holds the producer's lock.
type warmup struct {
	sums   []time.Duration // by bin
	counts []int64
	newest int // bin that has come last
}

// newWarmup returns one for a load whose warm-up ends then at the latest.
func newWarmup(most time.Duration) *warmup {
	n := int(most / bin)
	return &warmup{sums: make([]time.Duration, n), counts: make([]int64, n)}
}

func (w *warmup) add(due, response time.Duration) {
	i := int(due / bin)
	if due < 0 || i >= len(w.sums) {
		return
	}
	w.sums[i] += response
	w.counts[i]++
	w.newest = max(w.newest, i)
}

// warmingMeans returns the mean response of each bin that has come in, over all producers. The newest one may not be whole, and
// those without a record have none.
func (t *trial) warmingMeans() (means []float64) {
	all := newWarmup(t.bounds.start())
	for _, p := range t.producers {
		p.mu.Lock()
		for i := range p.warm.sums {
			all.sums[i] += p.warm.sums[i]
			all.counts[i] += p.warm.counts[i]
		}
		all.newest = max(all.newest, p.warm.newest)
		p.mu.Unlock()
	}
	for i := range all.newest {
		if all.counts[i] > 0 {
			means = append(means, float64(all.sums[i])/float64(all.counts[i]))
		}
	}
	return means
}

// settle decides where the measured part begins, once the response has become steady: by MSER-5, with a second in hand.
func (t *trial) settle(now time.Duration) {
	switch {
	case !t.undecided || now < 0:
	case now >= t.bounds.start():
		t.warn("the response did not become steady in the warm-up of %v, which is the longest: what was measured after it may be warm-up still", t.bounds.start())
		t.settleAt(now)
	case now+ahead >= shortest:
		if _, ok := steady.MSER5(t.warmingMeans()); ok {
			t.settleAt(now + ahead)
		}
	}
}

// settleAt lets the measured part begin with the first whole second from an instant on, where that is earlier than the latest
// that it may; unless it is decided already.
func (t *trial) settleAt(at time.Duration) {
	if !t.undecided {
		return
	}
	t.undecided = false
	for _, p := range t.producers {
		p.mu.Lock()
		p.warm = nil
		p.mu.Unlock()
	}
	at = (max(at, 0) + meter.Width - 1).Truncate(meter.Width)
	if at >= t.bounds.start() {
		return
	}
	t.bounds.begin(at)
	t.meter.Begin(at, t.bounds.stop())
	if t.clock.now() >= at && !t.loaded.Load() {
		t.warn("kbench stood still while it ended the warm-up: some records of the first %v may count for both parts", t.clock.now()-at)
	}
}
