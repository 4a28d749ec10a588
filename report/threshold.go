package report

import (
	"fmt"
	"strings"

	"kbench/internal/result"
	"kbench/internal/scenario"
)

// A Threshold is a limit that was set on a metric, and how the trials did, or the medians of the cases.
type Threshold struct {
	Text    string         `json:"text"` // as the scenario has it
	Metric  string         `json:"metric"`
	Unit    string         `json:"unit"`
	Scope   scenario.Scope `json:"scope,omitempty"`   // case: the medians over the repeats of each case were checked
	Trials  int            `json:"trials"`            // or cases, that it was checked on
	Missed  int            `json:"missed"`            // of these
	Unknown int            `json:"unknown"`           // of those missed: there was no number to check
	Why     string         `json:"why,omitempty"`     // there was none, in the first of them
	Stopped int            `json:"stopped,omitempty"` // of those missed: the trial was stopped over it
	Worst   *float64       `json:"worst"`             // of the trials that missed, or else of all; nil where no trial has a number
	AtLeast bool           `json:"at_least,omitempty"`
	Case    string         `json:"case,omitempty"`   // of the worst
	Repeat  int            `json:"repeat,omitempty"` // likewise; 0 for a median

	worstHeld bool   // no trial with a number has missed so far
	stopped   string // what the worst was when its trial was stopped
}

// checkThresholds holds every trial against each of its thresholds, in the scenario's order.
func checkThresholds(trials []*result.Trial) []Threshold {
	type key struct {
		text  string
		scope scenario.Scope
	}
	var out []Threshold
	index := map[key]int{}
	for _, c := range result.CheckAll(trials) {
		k := key{c.Threshold.Text, c.Threshold.Scope}
		i, seen := index[k]
		if !seen {
			m, _ := result.Lookup(c.Threshold.Metric)
			i = len(out)
			index[k] = i
			out = append(out, Threshold{Text: c.Threshold.Text, Metric: c.Threshold.Metric, Unit: m.Unit, Scope: c.Threshold.Scope})
		}
		out[i].count(c)
	}
	return out
}

// count adds one check.
func (th *Threshold) count(c result.Checked) {
	th.Trials++
	if !c.OK {
		th.Missed++
	}
	if !c.Known {
		th.Unknown++
		if th.Why == "" {
			th.Why = c.Why
		}
		return
	}
	if c.Stopped != "" {
		th.Stopped++
	}
	lowIsBad := strings.HasPrefix(c.Threshold.Op, ">")
	worse := th.Worst == nil || lowIsBad && c.Got < *th.Worst || !lowIsBad && c.Got > *th.Worst
	if th.Worst != nil && c.OK != th.worstHeld { // any miss is worse than what held: a lower bound under the limit misses
		worse = !c.OK
	}
	if worse {
		th.Worst, th.AtLeast, th.Case, th.Repeat, th.worstHeld, th.stopped = &c.Got, c.AtLeast, c.Case, c.Repeat, c.OK, c.Stopped
	}
}

// worst prints the worst number and where it was.
func (th *Threshold) worst() string {
	if th.Worst == nil {
		return "no number"
	}
	number := human(th.Unit, *th.Worst)
	if th.AtLeast {
		number = "≥ " + number
	}
	switch {
	case th.stopped != "":
		return fmt.Sprintf("%s in %s, repeat %d, which was stopped for it", th.stopped, th.Case, th.Repeat)
	case th.Repeat == 0:
		return fmt.Sprintf("%s, the median of %s", number, th.Case)
	}
	return fmt.Sprintf("%s in %s, repeat %d", number, th.Case, th.Repeat)
}

// held prints in how many trials it held.
func (th *Threshold) held() string {
	what := "trials"
	if th.Scope == scenario.ScopeCase {
		what = "medians of cases"
	}
	text := fmt.Sprintf("%d of %d %s", th.Trials-th.Missed, th.Trials, what)
	if th.Unknown > 0 {
		text += fmt.Sprintf(" (no number in %d: %s)", th.Unknown, th.Why)
	}
	return text
}

// thresholdHeadlines names every threshold that was missed, or says that all held. missed says which of the two.
func thresholdHeadlines(thresholds []Threshold) (out []Headline, missed bool) {
	for _, th := range thresholds {
		if th.Missed > 0 {
			out = append(out, Headline{"Missed too", fmt.Sprintf("%s held in %s; worst: %s.", th.Text, th.held(), th.worst())})
		}
	}
	switch {
	case len(out) > 0:
		out[0].Verdict = fmt.Sprintf("Thresholds: %d of %d missed", len(out), len(thresholds))
		return out, true
	case len(thresholds) > 0:
		out = append(out, Headline{"Thresholds: held", fmt.Sprintf("%s held in %s.", upper(allOf(len(thresholds), "threshold")), heldIn(thresholds))})
	}
	return out, false
}

// lead splits the headlines: thresholds that were missed stand before all else, a comparison too.
func (r *Report) lead() (first, rest []Headline) {
	n := 0
	for _, th := range r.Thresholds {
		if r.Comparison != nil && th.Missed > 0 {
			n++
		}
	}
	return r.Headlines[:n], r.Headlines[n:]
}

// heldIn says where thresholds were checked.
func heldIn(thresholds []Threshold) string {
	first := thresholds[0]
	for _, th := range thresholds {
		if th.Scope != first.Scope {
			return "every trial, or in the median of every case where that is asked for"
		}
	}
	if first.Scope == scenario.ScopeCase {
		return fmt.Sprintf("the median of %s", allOf(first.Trials, "case"))
	}
	return allOf(first.Trials, "trial")
}
