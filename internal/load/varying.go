package load

import "time"

// Varying spaces records evenly by a profile: record n is due where the profile has had n records, rounded down to a nanosecond.
// All of it is integers. Where the rate is 0, that is the end of it: a record that comes with the next burst is due when that
// begins. So each stretch of a profile has exactly its records, up to the part of one that it begins or ends with.
//
// It remembers where the last record was, so it is for one goroutine; others make their own from the same profile.
type Varying struct {
	profile  *Profile
	at       *piece // where the last record was; nil for none yet
	start    uint64 // ns from the profile's start to its beginning
	from, to wide   // parts that have come by its beginning and by its end
}

// NewVarying makes a schedule that ends with the profile.
func NewVarying(p *Profile) *Varying { return &Varying{profile: p} }

// Due returns when record n is due; ok is false once the profile has no such record.
func (v *Varying) Due(n uint64) (at time.Duration, ok bool) { return v.due(n, 0) }

// Rate is the profile's.
func (v *Varying) Rate(at time.Duration) float64 { return v.profile.Rate(at) }

func (v *Varying) due(n uint64, part float64) (time.Duration, bool) {
	parts := product(n, recordParts).plus(wide{low: uint64(part * recordParts)})
	if v.at == nil || !v.from.atMost(parts) || v.to.atMost(parts) {
		if v.profile.total.atMost(parts) {
			return 0, false
		}
		v.seek(parts)
	}
	return time.Duration(v.start + v.at.after(parts.minus(v.from))), true
}

// seek goes to the last piece by whose beginning no more than some parts have come; there are more parts in all. Pieces in which
// none come are passed by.
func (v *Varying) seek(parts wide) {
	laps := v.profile.laps
	l := &laps[last(len(laps), func(i int) bool { return laps[i].before.atMost(parts) })]
	parts = parts.minus(l.before)
	turn := uint64(last(l.times, func(i int) bool { return l.each.times(uint64(i)).atMost(parts) }))
	parts = parts.minus(l.each.times(turn))
	v.at = &l.pieces[last(len(l.pieces), func(i int) bool { return l.pieces[i].before.atMost(parts) })]
	v.start = l.start + turn*l.length + v.at.start
	v.from = l.before.plus(l.each.times(turn)).plus(v.at.before)
	v.to = v.from.plus(v.at.total)
}

var _ Even = (*Varying)(nil)
