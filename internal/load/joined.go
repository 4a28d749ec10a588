package load

import (
	"sort"
	"time"
)

// Joined is one schedule up to an instant, and then another one, whose own instant 0 that is. It is for one goroutine, as they
// are.
type Joined struct {
	first, then Schedule
	until       time.Duration
	count       uint64 // records of the first
}

// Join makes a Joined. first may be nil: then nothing is due before the instant. It asks first for some of its records, to count
// them.
func Join(first Schedule, until time.Duration, then Schedule) *Joined {
	return &Joined{first: first, then: then, until: until, count: Before(first, until)}
}

// Due returns when record n of both is due.
func (j *Joined) Due(n uint64) (at time.Duration, ok bool) {
	if n < j.count {
		return j.first.Due(n)
	}
	at, ok = j.then.Due(n - j.count)
	return j.until + at, ok && at <= maxInstant-j.until
}

// Rate is that of the one in force.
func (j *Joined) Rate(at time.Duration) float64 {
	switch {
	case at >= j.until:
		return j.then.Rate(at - j.until)
	case j.first == nil:
		return 0
	}
	return j.first.Rate(at)
}

// Before returns how many records of a schedule are due before an instant; a nil one has none.
func Before(s Schedule, at time.Duration) uint64 {
	if s == nil {
		return 0
	}
	due := func(n uint64) bool { d, ok := s.Due(n); return ok && d < at }
	most := uint64(1)
	for most < 1<<62 && due(most-1) {
		most *= 2
	}
	return uint64(sort.Search(int(most), func(n int) bool { return !due(uint64(n)) }))
}
