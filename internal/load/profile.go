package load

import (
	"math"
	"sort"
	"time"
)

// A Line is a stretch of time in which the rate goes in a straight line from one value to another.
type Line struct {
	For      time.Duration // its length; a Line of 0 or less is left out
	From, To int64         // rates in thousandths of a record a second, 0 or more

	// Records, where above 0, is how many records come, evenly spaced, whatever From and To are.
	Records int64
}

// A Cycle is Lines one after the other, again and again for a time. The last time is cut where that is over.
type Cycle struct {
	For   time.Duration
	Lines []Line
}

// A Profile says how a rate goes over time: Cycles one after the other, from instant 0. It is not changed once it is made, and
// safe for concurrent use.
type Profile struct {
	laps   []lap
	total  wide          // parts of records in all of them
	length time.Duration // of all of them
}

// recordParts is how many parts a record is counted in. What has come is then a whole number of parts at every corner of a
// profile, and nothing is rounded: half of a sum of rates in thousandths a second, times nanoseconds.
const recordParts = 2 * nanosTimesThousandths

// A lap is pieces one after the other, a number of times.
type lap struct {
	start  uint64 // ns from the profile's start
	before wide   // parts that have come by then
	times  int
	length uint64 // ns, of one time
	each   wide   // parts that come in one time
	pieces []piece
}

// A piece is a Line in its lap. By t nanoseconds after its beginning (even t + slope t²) / length parts have come.
type piece struct {
	start  uint64 // ns from the beginning of the lap
	before wide   // parts that have come by then, of one time
	length uint64 // ns
	even   wide   // parts that would come at the rate that it begins with
	slope  int64  // rate at its end less that at its beginning, in thousandths of a record a second
	total  wide   // parts that come
}

// NewProfile makes a profile. Cycles without a length, or without Lines that have one, are left out.
func NewProfile(cycles ...Cycle) *Profile {
	p := &Profile{}
	for _, c := range cycles {
		period := lengthOf(c.Lines)
		if c.For <= 0 || period <= 0 {
			continue
		}
		if whole := int(c.For / period); whole > 0 {
			p.add(c.Lines, whole)
		}
		if rest := c.For % period; rest > 0 {
			p.add(cut(c.Lines, rest), 1)
		}
	}
	return p
}

func lengthOf(lines []Line) (sum time.Duration) {
	for _, l := range lines {
		sum += max(l.For, 0)
	}
	return sum
}

// cut returns the lines up to an instant that lies within them. The one that is cut ends with the rate that it has there, to the
// thousandth, or keeps its share of a number of records, to the nearest.
func cut(lines []Line, at time.Duration) (out []Line) {
	for _, l := range lines {
		if l.For <= 0 {
			continue
		}
		if l.For > at {
			part := func(of int64) int64 { return int64(math.Round(float64(of) * (float64(at) / float64(l.For)))) }
			l.To, l.Records, l.For = l.From+part(l.To-l.From), part(l.Records), at
		}
		out = append(out, l)
		if at -= l.For; at == 0 {
			break
		}
	}
	return out
}

// add appends lines, a number of times.
func (p *Profile) add(lines []Line, times int) {
	l := lap{start: uint64(p.length), before: p.total, times: times}
	for _, line := range lines {
		if line.For > 0 {
			q := newPiece(line)
			q.start, q.before = l.length, l.each
			l.pieces = append(l.pieces, q)
			l.length, l.each = l.length+q.length, l.each.plus(q.total)
		}
	}
	p.laps = append(p.laps, l)
	p.total = p.total.plus(l.each.times(uint64(times)))
	p.length += time.Duration(l.length) * time.Duration(times)
}

func newPiece(l Line) piece {
	p := piece{length: uint64(l.For)}
	if l.Records > 0 {
		p.even = product(uint64(l.Records), recordParts)
		p.total = p.even
		return p
	}
	p.slope = l.To - l.From
	p.even = product(2*uint64(l.From), p.length)
	p.total = product(uint64(l.From)+uint64(l.To), p.length)
	return p
}

// Rate returns records a second at an instant, 0 outside of the profile. It is for display.
func (p *Profile) Rate(at time.Duration) float64 {
	if at < 0 || at >= p.length {
		return 0
	}
	l := &p.laps[last(len(p.laps), func(i int) bool { return p.laps[i].start <= uint64(at) })]
	within := (uint64(at) - l.start) % l.length
	q := &l.pieces[last(len(l.pieces), func(i int) bool { return l.pieces[i].start <= within })]
	perNs := (q.even.float() + 2*float64(q.slope)*float64(within-q.start)) / float64(q.length)
	return perNs / recordParts * 1e9
}

// last returns the last index below n that holds, where all those that hold come first and the first one does.
func last(n int, holds func(int) bool) int {
	return sort.Search(n, func(i int) bool { return !holds(i) }) - 1
}

// fits reports whether even t + slope t² is at most a limit, t being up to the length.
func (q *piece) fits(t uint64, limit wide) bool {
	come := q.even.times(t)
	switch {
	case q.slope > 0:
		come = come.plus(bend(q.slope, t))
	case q.slope < 0:
		limit = limit.plus(bend(-q.slope, t))
	}
	return come.atMost(limit)
}

// bend returns slope t², slope being above 0.
func bend(slope int64, t uint64) wide { return product(uint64(slope), t).times(t) }

// after returns the last nanosecond of the piece by which no more than some parts have come; parts are fewer than its total. The
// answer is exact, and so the same whoever asks: floats say where to look first, and that they are off changes nothing else.
func (q *piece) after(parts wide) uint64 {
	limit := parts.times(q.length)
	t := min(q.guess(parts), q.length-1)
	for t > 0 && !q.fits(t, limit) {
		t--
	}
	for t+1 < q.length && q.fits(t+1, limit) {
		t++
	}
	return t
}

// guess solves for the same in floats, in the form in which nothing cancels out: from the beginning where the rate goes up, from
// the end where it goes down. In pieces of up to a week it is off by a nanosecond or two.
func (q *piece) guess(parts wide) uint64 {
	if parts == (wide{}) {
		return 0
	}
	length, slope := float64(q.length), float64(q.slope)
	solve := func(even, slope, parts float64) float64 {
		parts *= length
		return 2 * parts / (even + math.Sqrt(even*even+4*slope*parts))
	}
	if q.slope >= 0 {
		return uint64(solve(q.even.float(), slope, parts.float()))
	}
	end := q.even.minus(product(2*uint64(-q.slope), q.length)) // twice the rate that it ends with, times its length
	back := uint64(solve(end.float(), -slope, q.total.minus(parts).float()))
	return q.length - min(back, q.length)
}
