package report

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"kbench/internal/result"
)

// maxNotes bounds a report's footnotes. The records have what is left out.
const maxNotes = 40

// notes are a report's footnotes, each text once.
type notes struct{ texts []string }

// add returns the numbers of the texts, from 1. Once there are too many, the last note stands for all others.
func (n *notes) add(texts ...string) []int {
	var out []int
	for _, text := range texts {
		if len(n.texts) >= maxNotes-1 && !slices.Contains(n.texts, text) {
			text = "There is more to say than fits here: see the warnings, reasons and failures in the records."
		}
		n.texts = unique(n.texts, text)
		if i := slices.Index(n.texts, text) + 1; !slices.Contains(out, i) {
			out = append(out, i)
		}
	}
	return out
}

// doubts lists what a reader must know of one number; v is nil where there is none.
func (s spec) doubts(g *group, v *Number) (out []string) {
	switch s.metric {
	case "acked_per_s":
		out = append(out, loadDoubts(g)...)
	case "failed":
		if v != nil && v.Value > 0 {
			out = append(out, errorClasses(g))
		}
	case "lost", "duplicated":
		if v == nil && len(g.used) > 0 {
			out = append(out, "Not checked here.")
		}
	case "unresolved":
		out = rare(v, "Unresolved records were neither acknowledged nor failed when the drain ended.")
	case "reordered":
		out = rare(v, "Reordered records stand in the log behind records that the same producer sent later.")
	case "corrupt":
		out = rare(v, "Corrupt records did not come back as they were sent, or were never sent.")
	case "truncated":
		out = rare(v, "Truncated records were acknowledged, and deleted by retention before they could be read.")
	case "value_mean_bytes":
		out = cutValues(g)
	case "partition_skew":
		out = rare(v, "Partition skew is the number of records in the fullest partition over the mean of all.")
	case "negative":
		out = rare(v, "Negative samples, of any span, are the clock's fault; they count as the shortest.")
	case "over_range":
		out = rare(v, "Samples over the range of the histograms are held at its end: percentiles there are too low.")
	}
	out = append(out, findings(g, s.metric)...)
	if s.tooFew(g) {
		text := "Fewer than 10 samples lie beyond this percentile: it would be a guess."
		if v != nil {
			text = "In some repeats fewer than 10 samples lie beyond this percentile: the number is over the others."
		}
		out = append(out, text)
	}
	parts := strings.HasPrefix(s.metric, "producer_") || strings.HasPrefix(s.metric, "consumer_")
	switch {
	case v == nil:
	case parts:
		out = append(out, s.partDoubts(g)...)
		if v.AtLeast {
			out = append(out, "The library tells whole milliseconds, rounded down: the true value is larger, a mean by less than 1 ms.")
		}
	case v.AtLeast && s.metric == "rebalance_pause_max":
		out = append(out, "The true value is larger: some partitions that had records were not read from again, and nobody knows their pause.")
	case v.AtLeast:
		out = append(out, "The true value is larger: more records failed or stayed out than this percentile leaves out.")
	}
	return out
}

// cutValues says how many values got their size from the bounds of its distribution.
func cutValues(g *group) []string {
	for _, t := range g.used {
		if l := t.Plan.Message.Size.Lognormal; l != nil && t.Message != nil && t.Message.Cut > 0 {
			return []string{fmt.Sprintf("%s of %s values would have been smaller than %v or larger than %v, and have that size.",
				human(result.UnitRecords, float64(t.Message.Cut)), human(result.UnitRecords, float64(t.Counts.Scheduled)), l.Min, l.Max)}
		}
	}
	return nil
}

// findings says whether what became of a case's records is as its settings allow.
func findings(g *group, what string) (out []string) {
	for _, t := range g.used {
		for _, f := range t.Integrity {
			if f.What == what {
				out = unique(out, fmt.Sprintf("%s: %s.", upper(f.Level), f.Why))
			}
		}
	}
	return out
}

func rare(v *Number, text string) []string {
	if v == nil || v.Value == 0 {
		return nil
	}
	return []string{text}
}

// tooFew reports whether a trial of the case has samples of the span, but too few for the percentile.
func (s spec) tooFew(g *group) bool {
	m, _ := s.lookup()
	return slices.ContainsFunc(g.used, func(t *result.Trial) bool {
		l := t.Latency[spanOf(s.metric)]
		if l == nil || l.Count == 0 || s.only != nil && !s.only(t) {
			return false
		}
		_, known := m.Of(t)
		return !known
	})
}

// spanOf returns response for response_p99. For a metric of no span it is one that no trial has.
func spanOf(metric string) result.Span {
	return result.Span(metric[:max(strings.LastIndexByte(metric, '_'), 0)])
}

// loadDoubts says how the rate of a case is to be taken.
func loadDoubts(g *group) (out []string) {
	if slices.ContainsFunc(g.used, func(t *result.Trial) bool { return t.Plan.Producer != nil && t.Plan.Producer.Acks == "0" }) {
		out = append(out, "acks=0: no broker acknowledges a record, so produced means handed to the network, and there is no response time.")
	}
	if slices.ContainsFunc(g.used, closed) {
		out = append(out, "Rate max: no record was due at an instant, so the times count from sending. They hold for this load only, not for any rate below it.")
	}
	offered, acked := spec{metric: "offered_per_s"}.number(g), spec{metric: "acked_per_s"}.number(g)
	if offered != nil && acked != nil && acked.Value < 0.99*offered.Value {
		out = append(out, fmt.Sprintf("The schedule asked for %s.", human(result.UnitPerS, offered.Value)))
	}
	return out
}

func errorClasses(g *group) string {
	sum := map[string]int64{}
	for _, t := range g.used {
		for class, n := range t.Counts.Errors {
			sum[class] += n
		}
	}
	var parts []string
	for _, class := range slices.Sorted(maps.Keys(sum)) {
		parts = append(parts, class+" "+human(result.UnitRecords, float64(sum[class])))
	}
	if len(parts) == 0 {
		return "Failed without a class."
	}
	return "Failed by class: " + strings.Join(parts, ", ") + "."
}

// trustOf is the verdict on a case's trials: one word where they agree, else what they do not agree on.
func trustOf(g *group) string {
	var words []string
	count := map[string]int{}
	for _, t := range g.all {
		word := trustWord(t)
		if t.Status != result.StatusOK {
			word = t.Status
		}
		words = unique(words, word)
		count[word]++
	}
	if len(words) == 1 {
		return words[0]
	}
	var parts []string
	for _, word := range words {
		if word != result.TrustOK {
			parts = append(parts, fmt.Sprintf("%s in %d of %d", word, count[word], len(g.all)))
		}
	}
	return strings.Join(parts, ", ")
}

// trialDoubts lists what went wrong in a case's trials, what speaks against them, and what they warn of.
func trialDoubts(g *group) (out []string) {
	if g.parts {
		out = append(out, "Cut short: the numbers are those of the part that was measured.")
	}
	for _, t := range g.all {
		if a := t.Aborted; a != nil {
			out = append(out, fmt.Sprintf("Stopped after %s, with the numbers of that time: %s was %s.", human(result.UnitNs, float64(a.AfterNs)), a.Threshold, a.Why))
		}
		switch t.Status {
		case result.StatusFailed:
			if slices.Contains(g.used, t) {
				out = append(out, "Failed; the numbers are those of what it measured: "+sentence(t.Failure))
			} else {
				out = append(out, "Failed, and not among the numbers: "+sentence(t.Failure))
			}
		case result.StatusInterrupted:
			if !g.parts {
				out = append(out, "Cut short, and not among the numbers.")
			}
		}
		for _, d := range differences(t) {
			out = append(out, fmt.Sprintf("Asked for, but not in force: %s of the %s: asked for %s, in force is %s.", d.Name, d.Side, d.Asked, d.InForce))
		}
	}
	out = append(out, toldOnce(g, func(t *result.Trial) (texts []string) {
		for _, reason := range t.Verdict.Reasons {
			texts = append(texts, fmt.Sprintf("%s: %s", upper(trustWord(t)), sentence(reason)))
		}
		return texts
	})...)
	return append(out, toldOnce(g, func(t *result.Trial) (texts []string) {
		for _, w := range t.Warnings {
			texts = append(texts, upper(sentence(w)))
		}
		return texts
	})...)
}

// toldOnce lists what is to be told of a case's trials. Texts that differ in numbers and names only are told once, by the first.
func toldOnce(g *group, of func(*result.Trial) []string) (out []string) {
	var kinds []string
	first, trials, same := map[string]string{}, map[string]int{}, map[string]bool{}
	for _, t := range g.all {
		var told []string
		for _, text := range of(t) {
			kind := likeness(text)
			if slices.Contains(told, kind) { // in one trial they are about two things
				kind = text
			}
			told = append(told, kind)
			if first[kind] == "" {
				kinds, first[kind], same[kind] = append(kinds, kind), text, true
			}
			same[kind] = same[kind] && first[kind] == text
			trials[kind]++
		}
	}
	for _, kind := range kinds {
		text := first[kind]
		if !same[kind] {
			text += fmt.Sprintf(" So, with other numbers, in %d of %d trials.", trials[kind], len(g.all))
		}
		out = append(out, text)
	}
	return out
}

// likeness is a text without its numbers and names: those of equal likeness say the same of other trials.
func likeness(text string) string { return varying.ReplaceAllString(text, "#") }

// varying is what likeness leaves out: numbers, and names that have one, such as a trial's id.
var varying = regexp.MustCompile(`[0-9a-f]*[0-9][0-9a-f.,]*`)
