package load

import (
	"math/big"
	"time"
)

// ramp is a cycle of one line.
func ramp(long time.Duration, from, to int64) Cycle {
	return Cycle{long, []Line{{For: long, From: from, To: to}}}
}

// bursts are a rate for a while at the beginning of each period.
func bursts(long time.Duration, rate int64, lasting, every time.Duration) Cycle {
	return Cycle{long, []Line{{For: lasting, From: rate, To: rate}, {For: every - lasting}}}
}

func counted(long time.Duration, records int64) Cycle {
	return Cycle{long, []Line{{For: long, Records: records}}}
}

// A shape is a profile of the tests.
type shape struct {
	why    string
	cycles []Cycle
}

func shapes() []shape {
	const s = time.Second
	return []shape{
		{"one rate", []Cycle{ramp(10*s, 1000e3, 1000e3)}},
		{"a rate that does not divide a second, for no whole number of records", []Cycle{ramp(3*s/2, 333, 333), ramp(7*s+1, 1001, 1001)}},
		{"steps up and down", []Cycle{ramp(2*s, 500e3, 500e3), ramp(s, 2000e3, 2000e3), ramp(3*s, 10e3, 10e3)}},
		{"a ramp up from nothing", []Cycle{ramp(20*s, 0, 1000e3)}},
		{"a ramp down to nothing", []Cycle{ramp(20*s, 1000e3, 0)}},
		{"there and back", []Cycle{ramp(5*s+3, 17e3, 999_999), ramp(5*s+7, 999_999, 1)}},
		{"the longest and steepest that a scenario may have", []Cycle{ramp(72*time.Hour, 0, 100e9)}},
		{"and back", []Cycle{ramp(72*time.Hour, 100e9, 0)}},
		{"three days of one record in a thousand seconds", []Cycle{ramp(72*time.Hour, 1, 1)}},
		{"so slow a ramp that a part of a record takes milliseconds", []Cycle{ramp(72*time.Hour, 0, 1), ramp(72*time.Hour, 1, 0)}},
		{"bursts", []Cycle{bursts(5*s, 2000e3, s/10, s)}},
		{"bursts of which the last is cut short", []Cycle{bursts(2*s+s/20, 2000e3, s/10, s)}},
		{"bursts of which the last is cut in its silence", []Cycle{bursts(2*s+s/2, 2000e3, s/10, s), ramp(s, 100e3, 100e3)}},
		{"a record for every other burst", []Cycle{bursts(5*s, 500e3, s/1000, s/100)}},
		{"a sine", []Cycle{{10 * s, Sine(1000e3, 900e3, 2*s)}}},
		{"a sine down to nothing, cut, with no whole nanoseconds for its lines", []Cycle{{5*s + 12345, Sine(777_777, 777_777, 1_999_999_999)}}},
		{"a sine of fewer nanoseconds than lines", []Cycle{{1000, Sine(100e9, 50e9, 100)}}},
		{"a trace", []Cycle{counted(s, 1000), counted(s, 0), counted(s/3, 7), counted(90*s, 1), counted(s, 123_456)}},
		{"silence first, in between and last", []Cycle{ramp(s, 0, 0), ramp(s, 1e3, 1e3), bursts(s, 0, 1, 2), ramp(s, 2e3, 2e3), ramp(s, 0, 0)}},
		{"nothing at all", nil},
		{"what has no length", []Cycle{{0, []Line{{For: s, From: 1e3, To: 1e3}}}, {s, nil}, {s, []Line{{For: 0, From: 5}, {For: -s}}}}},
	}
}

// A truth is what a profile is held to: its integrals, in numbers that have no limit.
type truth []stretch

// A stretch is lines, one after the other, again and again for a time that holds them a whole number of times.
type stretch struct {
	long, period time.Duration
	lines        []Line
	starts       []time.Duration
	before       []*big.Rat // records by the beginning of each line
	each         *big.Rat   // and of them all
}

func newTruth(cycles []Cycle) (out truth) {
	add := func(lines []Line, long, period time.Duration) {
		s := stretch{long: long, period: period, each: new(big.Rat)}
		at := time.Duration(0)
		for _, l := range lines {
			if l.For > 0 {
				s.lines, s.starts, s.before = append(s.lines, l), append(s.starts, at), append(s.before, new(big.Rat).Set(s.each))
				s.each.Add(s.each, integral(l, l.For))
				at += l.For
			}
		}
		out = append(out, s)
	}
	for _, c := range cycles {
		period := lengthOf(c.Lines)
		if period <= 0 || c.For <= 0 {
			continue
		}
		if rest := c.For % period; rest < c.For {
			add(c.Lines, c.For-rest, period)
		}
		if rest := c.For % period; rest > 0 {
			add(cut(c.Lines, rest), rest, rest)
		}
	}
	return out
}

// come is how many records there are by an instant.
func (tr truth) come(at time.Duration) *big.Rat {
	sum := new(big.Rat)
	for _, s := range tr {
		part := min(s.long, at)
		sum.Add(sum, new(big.Rat).Mul(s.each, big.NewRat(int64(part/s.period), 1)))
		rest := part % s.period
		i := last(len(s.starts), func(i int) bool { return s.starts[i] <= rest })
		sum.Add(sum, s.before[i]).Add(sum, integral(s.lines[i], rest-s.starts[i]))
		at -= part
	}
	return sum
}

// integral is how many records come by an instant of a line.
func integral(l Line, at time.Duration) *big.Rat {
	t := big.NewRat(int64(at), 1)
	if l.Records > 0 {
		return t.Mul(t, big.NewRat(l.Records, int64(l.For)))
	}
	bend := new(big.Rat).Mul(big.NewRat(l.To-l.From, 2*int64(l.For)), t)
	rate := bend.Add(bend, big.NewRat(l.From, 1))
	return t.Mul(t, rate).Mul(t, big.NewRat(1, 1e12))
}

// due is when record n is due, by looking for it: the last nanosecond by which no more than n have come.
func (tr truth) due(length time.Duration, n uint64) (time.Duration, bool) {
	want := new(big.Rat).SetInt(new(big.Int).SetUint64(n))
	if tr.come(length).Cmp(want) <= 0 {
		return 0, false
	}
	low, high := time.Duration(0), length
	for high-low > 1 {
		if at := low + (high-low)/2; tr.come(at).Cmp(want) <= 0 {
			low = at
		} else {
			high = at
		}
	}
	return low, true
}
