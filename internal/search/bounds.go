package search

import (
	"fmt"
	"math"
	"slices"

	"kbench/internal/unit"
)

// short and long index what trials of usual length have said, and those of Confirm.
const (
	short = 0
	long  = 1
)

// A level is one rate and what its trials have said.
type level struct {
	rate                 float64
	passed, failed, void [2]int
	limited              bool   // by the harness
	phase                Phase  // of the last trial
	single               bool   // one failure is enough
	why                  string // of the last trial that did not pass
}

// A verdict is what is made of a level.
type verdict int

const (
	unclear verdict = iota
	good
	bad
	beyond // the harness
)

// verdict prefers longer trials to shorter ones; what fails in one of them has failed.
func (l *level) verdict() verdict {
	switch {
	case l.failed[long] > 0:
		return bad
	case l.passed[long] > 0:
		return good
	case l.limited || max(l.void[short], l.void[long]) >= attempts:
		return beyond
	case l.failed[short] > 1 || l.single && l.failed[short] > 0:
		return bad
	case l.passed[short] > l.failed[short]:
		return good
	}
	return unclear
}

// levels returns what was tried, by rising rate.
func (s *Search) levels() []*level {
	var all []*level
	for _, t := range s.done {
		if t.Phase == Blast || t.Phase == Curve {
			continue
		}
		i := slices.IndexFunc(all, func(l *level) bool { return l.rate >= t.Rate && l.rate <= t.Rate })
		if i < 0 {
			i = len(all)
			all = append(all, &level{rate: t.Rate, single: t.Phase == Bracket})
		}
		all[i].add(t)
	}
	slices.SortFunc(all, func(a, b *level) int {
		if a.rate < b.rate {
			return -1
		}
		return 1
	})
	return all
}

func (l *level) add(t trial) {
	length := short
	if t.Phase == Confirm {
		length = long
	}
	l.phase = t.Phase
	switch {
	case t.Void:
		l.void[length]++
	case t.HarnessLimited:
		l.limited = true
	case t.Pass:
		l.passed[length]++
		return
	default:
		l.failed[length]++
	}
	l.why = t.Why
}

// bounds are the ends of the bracket; nil where there is none yet. open lies between them, and another trial must decide it.
type bounds struct{ lo, hi, open *level }

// bounds takes the lowest rate that failed for the upper end, and the highest below it that passed for the lower. Where a
// long trial passed, shorter ones at lower rates do not count any more: they failed by chance.
func (s *Search) bounds() (b bounds) {
	all := s.levels()
	sure := 0.0 // highest rate that passed in a long trial, below all that failed in one
	for _, l := range all {
		if l.failed[long] > 0 {
			break
		}
		if l.passed[long] > 0 {
			sure = l.rate
		}
	}
	for _, l := range all {
		v := l.verdict()
		switch {
		case l.rate <= sure || v == good:
			b.lo, b.open = l, nil
		case v == unclear:
			b.open = l
		default:
			b.hi = l
			return b
		}
	}
	return b
}

// refuted says that a rate not far above one was tried in a long trial, with one of the verdicts.
func (s *Search) refuted(rate float64, by ...verdict) bool {
	far := rate * (1 + s.apart()) * (1 + s.apart())
	return slices.ContainsFunc(s.levels(), func(l *level) bool {
		held := l.failed[long]+l.void[long] > 0 || l.limited
		return held && l.rate > rate && l.rate <= far && slices.Contains(by, l.verdict())
	})
}

// A Result is what a search has found, or has so far.
type Result struct {
	Pass float64 // highest rate that was sustained under the objectives, records a second; 0: none was
	Fail float64 // lowest rate above it that was not; 0: none was tried, or the harness gave out first

	HarnessLimited bool   // who makes the load was the limit above Pass: capacity is Pass or more
	Confirmed      bool   // longer trials said the same: Pass passed, and what lies next above it did not
	Unstable       string // what speaks against a capacity that is one number, in one line; "" for nothing
	Open           bool   // the search is not over
	Why            string // why what lies above Pass did not pass
	Trials         int    // without the curve's
}

// Sure says whether Pass may stand for the capacity where nobody reads the doubts: the search is over, longer trials said the same,
// and nothing speaks against it.
func (r *Result) Sure() bool {
	return !r.Open && !r.HarnessLimited && r.Pass > 0 && r.Confirmed && r.Unstable == ""
}

// Result returns what the steps that were done say.
func (s *Search) Result() Result {
	b := s.bounds()
	r := Result{Trials: s.trials()}
	_, r.Open = s.seek()
	if b.lo != nil {
		r.Pass = b.lo.rate
		r.Confirmed = b.lo.passed[long] > 0
	}
	switch {
	case b.hi == nil:
		r.Confirmed = r.Confirmed && r.Pass >= s.config.To
	case b.hi.verdict() == beyond:
		r.HarnessLimited, r.Why = true, b.hi.why
	default:
		r.Fail, r.Why = b.hi.rate, b.hi.why
		r.Confirmed = r.Confirmed && s.refuted(r.Pass, bad)
	}
	r.Unstable = s.unstable()
	return r
}

// unstable says what does not go with a capacity below which every rate passes and above which none does: a rate that failed
// below one that passed, or throughput in one trial that is well below that in another, though enough was asked for.
func (s *Search) unstable() string {
	all := s.levels()
	for _, l := range all {
		above := func(o *level) bool {
			return o.passed[short]+o.passed[long] > 0 && o.rate >= l.rate*(1+s.config.Precision)
		}
		if i := slices.IndexFunc(all, above); i >= 0 && l.verdict() == bad {
			return fmt.Sprintf("%s failed, and %s, which is more, passed", human(l.rate), human(all[i].rate))
		}
	}
	least, most := math.Inf(1), 0.0 // that went through with more asked for, and at all
	for _, t := range s.done {
		switch {
		case t.Phase == Curve || t.Void || t.HarnessLimited || t.AchievedPerS <= 0:
		case t.Pass:
			most = max(most, t.Rate)
		case t.Phase == Blast:
			least = min(least, t.AchievedPerS) // and not the most: it may well do better than any schedule
		case t.AchievedPerS < 0.99*t.Rate:
			least, most = min(least, t.AchievedPerS), max(most, t.AchievedPerS)
		}
	}
	if most <= least*(1+s.apart())*(1+s.apart()) {
		return ""
	}
	return fmt.Sprintf("in one trial %s went through, and with more asked for than that only %s in another", human(most), human(least))
}

func human(rate float64) string { return unit.Human(rate) + "/s" }
