package meter

import (
	"sync"
	"time"
)

// A Shard is one writer's own counters and histograms. Whoever writes holds the shard's lock, and so decides how many
// records one taking of it serves; harvesting takes it once a second. Writing allocates nothing once warm.
type Shard struct {
	meter *Meter
	mu    sync.Locker // guards what follows

	open []*second // few: one second for each that still has records coming in
	due  *second   // where the last record was due
	then *second   // where the last record was completed

	_ line
}

// A line after what one goroutine writes keeps it out of the cache lines of another one, which would slow both down.
type line [128]byte

// A second is what one shard knows of one window.
type second struct {
	slot     int
	from, to time.Duration
	Counts

	stats [Spans]Stat
	ahead Stat // lag of records that no full buffer held up: Lag and LagHarness are the same, and noted once
	_     line
}

// Sent counts a record that was handed to Send, and its lag; own is the sender's part of that, the rest is back-pressure.
func (s *Shard) Sent(due, sent, own time.Duration) {
	sec := s.at(&s.due, due)
	sec.Scheduled++
	switch lag := sent - due; {
	case s.meter.config.Off[Lag]:
	case own == lag:
		sec.ahead.Observe(lag)
	default:
		sec.stats[Lag].Observe(lag)
		sec.stats[LagHarness].Observe(own)
		sec.stats[LagBackpressure].Observe(lag - own)
	}
}

// Unsent counts a record that was due and could not be handed to Send before the trial ended: it has no lag, and stays
// unresolved.
func (s *Shard) Unsent(due time.Duration) {
	s.at(&s.due, due).Scheduled++
}

// Acked counts a record that a broker took, its response and its service. bytes are those of key and value.
func (s *Shard) Acked(due, sent, now time.Duration, bytes int) { s.Ended(due, sent, now, now, bytes) }

// Ended counts a record that a broker took at one instant, and whose transaction ended now: its response lasts until then, its
// service until it was acked.
func (s *Shard) Ended(due, sent, acked, now time.Duration, bytes int) {
	sec := s.at(&s.due, due)
	sec.Acked++
	s.observe(sec, Response, now-due)
	s.observe(sec, Service, acked-sent)
	if then := s.completed(now); then != nil {
		then.AckedThen++
		then.AckedBytesThen += int64(bytes)
	}
}

// Aborted counts a record whose transaction was aborted, besides its end.
func (s *Shard) Aborted(due time.Duration) {
	s.at(&s.due, due).Aborted++
}

// Failed counts a record that was not taken. It has no latency: a percentile counts it as longer than any.
func (s *Shard) Failed(due time.Duration) {
	s.at(&s.due, due).Failed++
}

// Seen counts a record that a consumer read, its e2e and its e2e_service.
func (s *Shard) Seen(due, sent, now time.Duration, bytes int) {
	sec := s.at(&s.due, due)
	sec.Consumed++
	s.observe(sec, E2E, now-due)
	s.observe(sec, E2EService, now-sent)
	if then := s.completed(now); then != nil {
		then.ConsumedThen++
		then.ConsumedBytesThen += int64(bytes)
	}
}

// Read counts n records that a consumer read without knowing when they were due: they belong to the second that they
// were read in. bytes are those of their keys and values together.
func (s *Shard) Read(now time.Duration, n, bytes int64) {
	s.at(&s.due, now).Consumed += n
	if then := s.completed(now); then != nil {
		then.ConsumedThen += n
		then.ConsumedBytesThen += bytes
	}
}

func (s *Shard) observe(sec *second, span Span, d time.Duration) {
	if !s.meter.config.Off[span] {
		sec.stats[span].Observe(d)
	}
}

// completed returns where a completion now belongs, nil once the measured part is over: what completes in the drain is
// not the throughput of a second that was measured.
func (s *Shard) completed(now time.Duration) *second {
	if now >= time.Duration(s.meter.to.Load()) {
		return nil
	}
	return s.at(&s.then, now)
}

// at returns the second that the instant lies in; last remembers it, since the next record mostly lies there too.
func (s *Shard) at(last **second, at time.Duration) *second {
	if sec := *last; sec != nil && at >= sec.from && at < sec.to {
		return sec
	}
	for _, sec := range s.open {
		if at >= sec.from && at < sec.to {
			*last = sec
			return sec
		}
	}
	sec := s.meter.second(s.meter.slot(at))
	s.open = append(s.open, sec)
	*last = sec
	return sec
}

// take removes the seconds below the slot.
func (s *Shard) take(limit int) []*second {
	s.mu.Lock()
	defer s.mu.Unlock()
	var taken []*second
	kept := s.open[:0]
	for _, sec := range s.open {
		if sec.slot < limit {
			taken = append(taken, sec)
		} else {
			kept = append(kept, sec)
		}
	}
	clear(s.open[len(kept):])
	s.open, s.due, s.then = kept, nil, nil
	return taken
}

func (s *second) reset() {
	s.Counts = Counts{}
	for i := range s.stats {
		s.stats[i].reset()
	}
	s.ahead.reset()
}
