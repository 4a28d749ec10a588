package report

import (
	"fmt"
	"strings"

	"kbench/internal/result"
)

// A Threshold is a limit that was set on a metric, and how the trials did.
type Threshold struct {
	Text    string   `json:"text"` // as the scenario has it
	Metric  string   `json:"metric"`
	Unit    string   `json:"unit"`
	Trials  int      `json:"trials"`  // that it was checked on
	Missed  int      `json:"missed"`  // of these
	Unknown int      `json:"unknown"` // of those missed: there was no number to check
	Worst   *float64 `json:"worst"`   // of the trials that missed, or else of all; nil where no trial has a number
	AtLeast bool     `json:"at_least,omitempty"`
	Case    string   `json:"case,omitempty"` // of the worst
	Repeat  int      `json:"repeat,omitempty"`

	worstHeld bool // no trial with a number has missed so far
}

// checkThresholds holds every trial against each of its thresholds, in the scenario's order.
func checkThresholds(trials []*result.Trial) []Threshold {
	var out []Threshold
	index := map[string]int{}
	for _, t := range trials {
		for _, th := range t.Plan.Thresholds {
			i, seen := index[th.Text]
			if !seen {
				m, _ := result.Lookup(th.Metric)
				i = len(out)
				index[th.Text] = i
				out = append(out, Threshold{Text: th.Text, Metric: th.Metric, Unit: m.Unit})
			}
			ok, got, known := result.Check(t, th)
			out[i].count(t, ok, got, known, strings.HasPrefix(th.Op, ">"))
		}
	}
	return out
}

// count adds one trial. lowIsBad says on which side the worst is.
func (th *Threshold) count(t *result.Trial, ok bool, got float64, known, lowIsBad bool) {
	th.Trials++
	if !ok {
		th.Missed++
	}
	if !known {
		th.Unknown++
		return
	}
	worse := th.Worst == nil || lowIsBad && got < *th.Worst || !lowIsBad && got > *th.Worst
	if th.Worst != nil && ok != th.worstHeld { // any miss is worse than what held: a lower bound under the limit misses
		worse = !ok
	}
	if worse {
		th.Worst, th.AtLeast, th.Case, th.Repeat, th.worstHeld = &got, t.AtLeast(th.Metric), t.Case, t.Repeat, ok
	}
}

// worst prints the worst number and where it was.
func (th *Threshold) worst() string {
	if th.Worst == nil {
		return "no number"
	}
	sign := ""
	if th.AtLeast {
		sign = "≥ "
	}
	return fmt.Sprintf("%s%s in %s, repeat %d", sign, human(th.Unit, *th.Worst), th.Case, th.Repeat)
}

// held prints in how many trials it held.
func (th *Threshold) held() string {
	text := fmt.Sprintf("%d of %d trials", th.Trials-th.Missed, th.Trials)
	if th.Unknown > 0 {
		text += fmt.Sprintf(" (no number in %d)", th.Unknown)
	}
	return text
}

// thresholdHeadline names every threshold that was missed. The scenario has some.
func thresholdHeadline(thresholds []Threshold) Headline {
	var parts []string
	for _, th := range thresholds {
		if th.Missed > 0 {
			parts = append(parts, fmt.Sprintf("%s held in %s; worst: %s.", th.Text, th.held(), th.worst()))
		}
	}
	if len(parts) == 0 {
		return Headline{"Thresholds: held", fmt.Sprintf("%s held in %s.", upper(allOf(len(thresholds), "threshold")), allOf(thresholds[0].Trials, "trial"))}
	}
	return Headline{fmt.Sprintf("Thresholds: %d of %d missed", len(parts), len(thresholds)), strings.Join(parts, " ")}
}
