package result

import (
	"cmp"
	"fmt"
	"slices"

	"kbench/internal/search"
	"kbench/internal/unit"
)

// What a rate that is sustained keeps to.
const (
	leastAcked  = 0.99 // of what was offered, within the measured part
	mostGrowth  = 0.01 // of the offered rate, by which a backlog may grow
	fewestWhole = 5    // seconds, in which a trend shows
	mostPoints  = 300  // that a trend is taken over; more are thinned out
)

// A Found is one search for the highest rate, and what it has found.
type Found struct {
	search.Result
	Case   string
	Number int      // of the case's searches, from 1
	Steps  []*Trial // in their order; one or more
}

// Searches returns the searches that trials belong to, in their order.
func Searches(trials []*Trial) []Found {
	var all []Found
	for _, t := range trials {
		if t.Search == nil {
			continue
		}
		i := slices.IndexFunc(all, func(f Found) bool { return f.Case == t.Case && f.Number == t.Search.Number })
		if i < 0 {
			i = len(all)
			all = append(all, Found{Case: t.Case, Number: t.Search.Number})
		}
		all[i].Steps = append(all[i].Steps, t)
	}
	for i := range all {
		f := &all[i]
		slices.SortStableFunc(f.Steps, func(a, b *Trial) int { return cmp.Compare(a.Search.Step, b.Search.Step) })
		var c search.Config
		if asked := f.Steps[0].Plan.Load.FindMax; asked != nil {
			c = search.Config{From: asked.From.PerSecond(), To: asked.To.PerSecond(), Precision: float64(asked.Precision), Curve: asked.Curve}
		}
		s := search.New(c)
		for _, t := range f.Steps {
			s.Done(search.Step{Phase: search.Phase(t.Search.Phase), Rate: t.Search.RatePerS}, t.Outcome())
		}
		f.Result = s.Result()
	}
	return all
}

// Outcome returns what a search makes of one of its trials.
func (t *Trial) Outcome() search.Outcome {
	judged := t.Search.Pass != nil
	return search.Outcome{
		Pass: judged && *t.Search.Pass, HarnessLimited: !judged && t.Verdict.Trust == TrustClientBound,
		Void: !judged && t.Verdict.Trust == TrustInvalid, AchievedPerS: t.Rates.AckedPerS, Why: t.Search.Why,
	}
}

// Overload says why a trial's rate was more than is sustained: records that failed or stayed out, fewer acks than records that
// were due, or a backlog that grew. It returns none where nothing says so.
func (t *Trial) Overload() (why []string) {
	say := func(when bool, format string, args ...any) {
		if when {
			why = append(why, fmt.Sprintf(format, args...))
		}
	}
	c, r := &t.Counts, &t.Rates
	say(c.Failed > 0, "%d records failed", c.Failed)
	say(c.Unresolved > 0, "%d records were still out at the end", c.Unresolved)
	offered := r.OfferedPerS
	say(offered <= 0, "nothing was offered")
	say(r.AckedPerS < leastAcked*offered, "%s/s of %s/s were acked", unit.Human(r.AckedPerS), unit.Human(offered))
	backlog, behind := t.backlog()
	for _, trend := range []struct {
		what   string
		points [][2]float64
	}{{"the backlog", backlog}, {"the consumers' lag", behind}} {
		growth, ok := slope(trend.points)
		say(ok && growth > mostGrowth*offered, "%s grew by %s/s", trend.what, unit.Human(growth))
	}
	return why
}

// backlog returns what lay before acks, and before consumers, at the end of each whole second of the measured part. What lies
// before acks waits to be sent, in the client or at the brokers; it counts from the start of the measured part.
func (t *Trial) backlog() (acks, consumers [][2]float64) {
	out := 0.0
	for i := range t.Windows {
		w := &t.Windows[i]
		if w.Index < 0 || int64(w.Index+1)*int64(1e9) > t.MeasureNs {
			continue
		}
		at := float64(w.Index + 1)
		out += float64(w.Scheduled) - w.AckedPerS
		acks = append(acks, [2]float64{at, out})
		if w.ConsumerLag != nil {
			consumers = append(consumers, [2]float64{at, float64(*w.ConsumerLag)})
		}
	}
	return acks, consumers
}

// slope returns that of a line through points, by Theil and Sen: the median of the slopes between any two, which a few points
// that lie apart do not move (Sen, Estimates of the regression coefficient based on Kendall's tau, 1968). It returns false
// where there are too few.
func slope(points [][2]float64) (perX float64, ok bool) {
	if len(points) < fewestWhole {
		return 0, false
	}
	every := (len(points) + mostPoints - 1) / mostPoints
	var slopes []float64
	for i := 0; i < len(points); i += every {
		for j := i + every; j < len(points); j += every {
			slopes = append(slopes, (points[j][1]-points[i][1])/(points[j][0]-points[i][0]))
		}
	}
	return Summarize(slopes).Median, true
}
