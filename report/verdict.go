package report

import (
	"fmt"
	"slices"

	"kbench/internal/result"
)

// verdict is the run in a few words, in the order of exit codes: what makes the numbers worthless comes before what they say. tone is
// how it is meant, empty where it is neither good nor bad.
func (r *Report) verdict() (words, tone string) {
	missed := 0
	for _, th := range r.Thresholds {
		if th.Missed > 0 {
			missed++
		}
	}
	// Steps of a search and pairs of a comparison have been judged by those.
	own := slices.DeleteFunc(outside(r.Trials), func(t *result.Trial) bool { return t.Pair != nil })
	untrusted := count(own, func(t *result.Trial) bool { return t.Verdict.Trust == result.TrustInvalid })
	status, failed := r.run.Manifest.Status, len(withStatus(own, result.StatusFailed))
	switch {
	case status == result.StatusRunning:
		return "unfinished", toneWarn
	case status == result.StatusInterrupted || len(withStatus(r.Trials, result.StatusInterrupted)) > 0:
		return "interrupted", toneWarn
	case failed > 0:
		return fmt.Sprintf("%d of %d trials failed", failed, len(own)), toneBad
	case len(r.Trials) == 0:
		return "nothing was measured", toneWarn
	case r.Comparison != nil && (r.Comparison.Verdict == Untrusted || r.Comparison.Verdict == Fail):
		return r.Comparison.Verdict, toneOf(r.Comparison.Verdict)
	case untrusted > 0:
		return fmt.Sprintf("%d of %d trials can't be trusted", untrusted, len(own)), toneBad
	case len(integrityHeadlines(r.Trials)) > 0:
		return "integrity violated", toneBad
	case missed > 0:
		return fmt.Sprintf("%d of %d thresholds missed", missed, len(r.Thresholds)), toneBad
	case r.Comparison != nil:
		return r.Comparison.Verdict, toneOf(r.Comparison.Verdict)
	case r.Searches != nil:
		return searchVerdict(result.Searches(r.Trials)), ""
	case len(r.Thresholds) > 0:
		return allOf(len(r.Thresholds), "threshold") + " held", toneGood
	}
	return "measured; no thresholds are set", ""
}

// searchVerdict is what searches came to.
func searchVerdict(found []result.Found) string {
	var words []string
	for i := range found {
		f := &found[i]
		text := answer(f)
		if f.Pass > 0 {
			text = rateText(f.Pass) + ", " + text
		}
		words = unique(words, text)
	}
	return "highest rate: " + someOf(words, "; ", 4)
}
