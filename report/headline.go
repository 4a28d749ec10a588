package report

import (
	"fmt"
	"slices"
	"strings"

	"kbench/internal/result"
)

// notKafka returns what stands before everything else where a number was not made by Kafka.
func notKafka(trials []*result.Trial) string {
	for _, t := range trials {
		switch t.Cluster.Kind {
		case "embedded":
			return "NOT Kafka: measured against kbench's embedded fake broker. These numbers say nothing about Kafka; they show that a scenario works."
		case "none":
			return "NOT Kafka: client null acknowledges at once, without a broker. These numbers are those of kbench itself."
		}
	}
	return ""
}

// headlines lists what to know before the numbers: what was missed, whether there are all numbers, whether to trust them, and only
// then what they say.
func headlines(run *result.Run, thresholds []Threshold) []Headline {
	out := append(capacityHeadlines(run.Trials), statusHeadlines(run)...)
	if rest := outside(run.Trials); len(rest) > 0 || len(run.Trials) == 0 { // a search has judged its own steps
		out = append(out, trustHeadline(rest))
	}
	out = append(out, integrityHeadlines(run.Trials)...)
	if held, missed := thresholdHeadlines(thresholds); missed {
		out = append(held, out...)
	} else {
		out = append(out, held...)
	}
	for _, w := range run.Warnings {
		out = append(out, Headline{"Doubtful file", w})
	}
	return out
}

// statusHeadlines says nothing of a run that did all it planned.
func statusHeadlines(run *result.Run) []Headline {
	var out []Headline
	ok, failed := withStatus(run.Trials, result.StatusOK), withStatus(outside(run.Trials), result.StatusFailed)
	progress := fmt.Sprintf("%d of %d planned trials ran to their end.", len(ok), planned(run))
	if slices.ContainsFunc(run.Trials, isStep) { // how many a search takes is not planned
		progress = fmt.Sprintf("%d trials ran to their end.", len(ok))
	}
	if cut := len(withStatus(run.Trials, result.StatusInterrupted)); cut > 0 {
		progress += fmt.Sprintf(" %d %s cut short.", cut, plural(cut, "was", "were"))
	}
	left := missing(run)
	if left != "" {
		progress += " Not run: " + left + "."
	}
	switch status := run.Manifest.Status; {
	case status == result.StatusRunning:
		out = append(out, Headline{"Unfinished", "The run was still going or was killed. " + progress})
	case status == result.StatusInterrupted:
		out = append(out, Headline{"Interrupted", progress})
	case left != "", status == result.StatusFailed && len(failed) == 0:
		out = append(out, Headline{"Incomplete", progress})
	}
	if len(failed) > 0 {
		var reasons []string
		for _, t := range failed {
			reasons = unique(reasons, upper(sentence(t.Failure)))
		}
		out = append(out, Headline{
			fmt.Sprintf("Failed: %d of %d trials", len(failed), len(run.Trials)), someOf(reasons, " ", 3),
		})
	}
	return out
}

// missing names the cases of which trials have no record, with how many, in the plan's order.
func missing(run *result.Run) string {
	p := run.Manifest.Plan
	if p == nil {
		return ""
	}
	var out []string
	for i, c := range p.Cases {
		left := 0
		for _, step := range p.Order {
			if step.Case == i && !slices.ContainsFunc(run.Trials, func(t *result.Trial) bool { return t.Case == c.Name && plannedAs(t) == step.Repeat }) {
				left++
			}
		}
		if left > 0 {
			out = append(out, fmt.Sprintf("%s (%d)", c.Name, left))
		}
	}
	return someOf(out, ", ", 6)
}

// plannedAs returns which repeat of the plan a trial is, or belongs to: a search is one.
func plannedAs(t *result.Trial) int {
	if t.Search != nil {
		return t.Search.Number
	}
	return t.Repeat
}

// trustHeadline says whether the numbers may be believed, and if not, why.
func trustHeadline(trials []*result.Trial) Headline {
	measured := slices.DeleteFunc(slices.Clone(trials), func(t *result.Trial) bool { return t.Status == result.StatusFailed && !hasNumbers(t) })
	if len(measured) == 0 {
		return Headline{"Trust: none", "Nothing was measured."}
	}
	var verdicts, says, reasons []string
	told := map[string]bool{} // by likeness
	for _, v := range []struct{ word, says string }{
		{"invalid", "do not use these numbers"},
		{"client-bound", "the client or its machine was the limit there, not the cluster"},
		{"unknown", "the record has no verdict"},
	} {
		n := 0
		for _, t := range measured {
			if trustWord(t) == v.word {
				n++
				for _, reason := range t.Verdict.Reasons {
					text := upper(sentence(reason))
					if kind := likeness(text); !told[kind] {
						told[kind], reasons = true, append(reasons, text)
					}
				}
			}
		}
		if n > 0 {
			verdicts = append(verdicts, v.word)
			says = append(says, upper(fmt.Sprintf("%s in %d of %d trials: %s.", v.word, n, len(measured), v.says)))
		}
	}
	if len(verdicts) == 0 {
		return Headline{"Trust: ok", fmt.Sprintf("kbench kept up in %s, and nothing that it checks speaks against the numbers.", allOf(len(measured), "trial"))}
	}
	return Headline{"Trust: " + verdicts[0], strings.TrimSpace(strings.Join(says, " ") + " " + someOf(reasons, " ", 3))}
}

// integrityHeadlines says what broke a promise of Kafka's, if anything did.
func integrityHeadlines(trials []*result.Trial) []Headline {
	type kind struct{ name, what, why string }
	var kinds []kind // in order
	count := map[kind]int64{}
	for _, t := range trials {
		for _, f := range t.Integrity {
			if f.Level == result.Violation {
				k := kind{t.Case, f.What, f.Why}
				kinds = unique(kinds, k)
				count[k] += f.Count
			}
		}
	}
	if len(kinds) == 0 {
		return nil
	}
	var says []string
	for _, k := range kinds {
		says = append(says, fmt.Sprintf("%s: %s %s: %s.", k.name, human(result.UnitRecords, float64(count[k])), k.what, k.why))
	}
	return []Headline{{"Integrity: violated", someOf(says, " ", 3)}}
}

// trustWord is the verdict on one trial, as reports spell it.
func trustWord(t *result.Trial) string {
	switch t.Verdict.Trust {
	case result.TrustOK, result.TrustInvalid:
		return t.Verdict.Trust
	case result.TrustClientBound:
		return "client-bound"
	}
	return "unknown"
}
