package main

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"kbench/internal/result"
	"kbench/internal/run"
	"kbench/internal/scenario"
	"kbench/internal/unit"
)

// minute is how many seconds a view remembers.
const minute = 60

// A view is what a terminal shows of the trial under way. It is used by one goroutine; a copy stays as it is.
type view struct {
	pen    pen
	now    run.Progress
	left   *time.Duration // of the run, by plan; nil: not known
	rates  []*float64     // of the trial's seconds, newest last; nil where a second has none
	slow   []*float64     // likewise, the p99 in nanoseconds
	bound  []bool         // of those, which are lower bounds
	second *time.Duration // the newest of them
}

// take brings the view up to date.
func (v *view) take(p run.Progress, left *time.Duration) {
	if !sameTrial(&p, &v.now) {
		*v = view{pen: v.pen}
	}
	v.now, v.left = p, left
	if p.Second == nil || v.second != nil && *p.Second == *v.second {
		return
	}
	var slow *float64
	if p.P99Ns != nil {
		slow = new(float64(*p.P99Ns))
	}
	v.second = p.Second
	v.rates = lastOf(append(slices.Clip(v.rates), cmp.Or(p.AckedPerS, p.ConsumedPerS)), minute)
	v.slow = lastOf(append(slices.Clip(v.slow), slow), minute)
	v.bound = lastOf(append(slices.Clip(v.bound), slices.Contains(p.AtLeast, "p99")), minute)
}

// following returns p with what it does not say, because it is of a phase and not of the load, as it was in the same trial.
func following(was, p run.Progress) run.Progress {
	if p.At > 0 || !sameTrial(&was, &p) {
		return p
	}
	was.Phase = p.Phase
	return was
}

func sameTrial(a, b *run.Progress) bool {
	return a.Trial == b.Trial && a.Scenario == b.Scenario && a.Case == b.Case && a.Repeat == b.Repeat
}

// lastOf returns the last n.
func lastOf[T any](s []T, n int) []T { return s[max(0, len(s)-n):] }

// lines is the view's frame.
func (v view) lines(columns int) []string {
	p := &v.now
	title := p.Scenario + ": " + p.Case
	if p.Trial > 0 {
		title = fmt.Sprintf("%s: trial %d of %d: %s r%d", p.Scenario, p.Trial, p.Trials, p.Case, p.Repeat)
	}
	what, span := "acked/s", cmp.Or(p.Span, result.Response)
	if p.AckedPerS == nil && p.ConsumedPerS != nil {
		what = "read/s"
	}
	return []string{
		title,
		v.course(),
		row("rate", fmt.Sprintf("offered %s, acked %s, consumed %s", rate(p.OfferedPerS), rate(p.AckedPerS), rate(p.ConsumedPerS))),
		row("lag", lag(p.ConsumerLag)),
		row(string(span), fmt.Sprintf("p50 %s, p99 %s", latency(p, "p50", p.P50Ns), latency(p, "p99", p.P99Ns))),
		row("errors", failures(p)),
		v.trend(what, v.rates, nil, columns, func(v float64) string { return rate(&v) }),
		v.trend("p99", v.slow, v.bound, columns, func(v float64) string { return unit.HumanDuration(time.Duration(v)) }),
	}
}

// row puts a name before what is to be said.
func row(name, text string) string { return fmt.Sprintf("%-9s%s", name, text) }

// course says how far the trial has come, and the run.
func (v *view) course() string {
	p := &v.now
	text := p.At.Round(time.Second).String()
	if p.Of > 0 {
		text = fmt.Sprintf("%s %s of %s", v.pen.bar(p.At.Seconds()/p.Of.Seconds(), 20), text, p.Of.Round(time.Second))
	}
	switch {
	case p.Phase != "":
		text += ", " + p.Phase
	case p.Warmup:
		text += ", warm-up"
	}
	if v.left != nil {
		text += fmt.Sprintf("; run: %s left", v.left.Round(time.Second))
	}
	return text
}

// trend draws the last minute, with the highest value beside it: the newest second is on the right. bound says which values are
// lower bounds; nil for none.
func (v *view) trend(name string, values []*float64, bound []bool, columns int, amount func(float64) string) string {
	const beside = 9 + 10 // the name, and the highest value
	long := max(0, min(minute, columns-beside))
	values, bound = lastOf(values, long), lastOf(bound, long)
	text := row(name, strings.Repeat(" ", long-len(values))+v.pen.spark(values))
	if top := highest(values); top > 0 {
		text += " "
		if slices.Contains(bound, true) { // the highest may be that one
			text += ">="
		}
		text += amount(top)
	}
	return text
}

// failures says how many records failed, and of what.
func failures(p *run.Progress) string {
	switch {
	case p.Failed == nil:
		return "-"
	case *p.Failed == 0:
		return "none"
	}
	classes := slices.Sorted(maps.Keys(p.Errors))
	return unit.Human(float64(*p.Failed)) + " failed: " +
		strings.Join(mapped(classes, func(c string) string { return inert(c) + " " + unit.Human(float64(p.Errors[c])) }), ", ")
}

func rate(v *float64) string {
	if v == nil {
		return "-"
	}
	return unit.Human(*v) + "/s"
}

// latency prints a percentile of p by its name: >= where the true value is larger.
func latency(p *run.Progress, name string, ns *int64) string {
	switch {
	case ns == nil:
		return "-"
	case slices.Contains(p.AtLeast, name):
		return ">= " + unit.HumanDuration(time.Duration(*ns))
	}
	return unit.HumanDuration(time.Duration(*ns))
}

func lag(records *int64) string {
	if records == nil {
		return "-"
	}
	return unit.Human(float64(*records)) + " behind"
}

// lengths are those of a plan's trials in their order; empty where one of them is not known.
type lengths []time.Duration

func lengthsOf(p *scenario.Plan) (out lengths) {
	for _, s := range p.Order {
		c := &p.Cases[s.Case]
		d := time.Duration(c.Duration())
		if d == 0 || c.Scenario.Load.FindMax != nil { // how many steps a search takes turns out
			return nil
		}
		out = append(out, d)
	}
	return out
}

// left returns how long the loads of the run still take, by plan; nil where that is not known. Trials that came on top of the
// plan's are as long as its are on average.
func (l lengths) left(p run.Progress) *time.Duration {
	if len(l) == 0 {
		return nil
	}
	var sum time.Duration
	for _, d := range l {
		sum += d
	}
	rest, of := sum, p.Of
	if p.Trial > 0 {
		own := sum / time.Duration(len(l))
		rest = own * time.Duration(p.Trials-p.Trial)
		if p.Trials == len(l) {
			own, rest = l[p.Trial-1], 0
			for _, d := range l[p.Trial:] {
				rest += d
			}
		}
		of = cmp.Or(of, own)
	}
	rest += max(0, of-p.At)
	return &rest
}
