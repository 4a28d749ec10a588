package report

import (
	"slices"
	"strings"

	"kbench/internal/result"
)

// A measure is a number by which cases are held against each other, where less is better.
type measure struct {
	name, unit string
	of         func(*group) *Number // nil where the case has none
}

// A subject is what cases are about, where their question is not that of a plain load: how long records take to be acknowledged.
type subject struct {
	is       func(*result.Trial) bool
	measures []measure     // those that every case has answer
	spans    []result.Span // where none does, the first of these that every case has
}

// subjects are in order: the first that some case is about holds for all, so that they can be compared.
func subjects() []subject {
	acked := []result.Span{result.Response, result.Service, result.E2E, result.E2EService}
	seen := []result.Span{result.E2E, result.E2EService, result.Response, result.Service}
	return []subject{
		{
			is:       func(t *result.Trial) bool { return t.Plan.Consumer != nil && len(t.Plan.Consumer.Churn) > 0 },
			measures: []measure{measured("rebalance pause max", "rebalance_pause_max"), measured("records read again", "reread")},
			spans:    acked,
		},
		{
			is:       func(t *result.Trial) bool { return t.Plan.Consumer != nil && len(t.Plan.Consumer.Pause) > 0 },
			measures: []measure{{"catch-up time", result.UnitNs, catchUp}},
			spans:    acked,
		},
		{is: func(t *result.Trial) bool { return t.Plan.Producer != nil && t.Plan.Producer.Transaction.Records > 0 }, spans: acked},
		{
			is: func(t *result.Trial) bool {
				k := t.Plan.Consumer
				return k != nil && (k.Processing > 0 || len(k.Slow) > 0 || k.Forward.Records > 0)
			},
			spans: seen,
		},
		{is: func(*result.Trial) bool { return true }, spans: acked},
	}
}

// measured is a metric of the record.
func measured(name, metric string) measure {
	s := resolved([]spec{{metric: metric}})[0]
	return measure{name, s.found.Unit, s.number}
}

// answerMeasures returns what throughput is here, and by what else these cases answer their question.
func answerMeasures(groups []*group) (throughput measure, rest []measure) {
	every := func(m measure) bool {
		return !slices.ContainsFunc(groups, func(g *group) bool { return m.of(g) == nil })
	}
	if throughput = measured("throughput", "acked_per_s"); !every(throughput) {
		throughput = measured("throughput", "consumed_per_s")
	}
	all := subjects()
	s := all[slices.IndexFunc(all, func(s subject) bool {
		return slices.ContainsFunc(groups, func(g *group) bool { return s.is(g.all[0]) })
	})]
	for _, m := range s.measures {
		if every(m) {
			rest = append(rest, m)
		}
	}
	if len(rest) > 0 {
		return throughput, rest
	}
	for _, stat := range []string{"p99", "p50"} {
		for _, span := range s.spans {
			if m := measured(strings.ReplaceAll(string(span), "_", " ")+" "+stat, string(span)+"_"+stat); every(m) {
				return throughput, []measure{m}
			}
		}
	}
	return throughput, nil
}

// catchUp returns how long the longest catching up after a pause took. Of one that was not over when its trial ended, that is as
// long as it had lasted by then.
func catchUp(g *group) *Number {
	var values []float64
	atLeast := false
	for _, t := range g.used {
		longest, found := int64(0), false
		for _, p := range t.Pauses {
			took := int64(0)
			switch {
			case p.EndNs == nil: // it never came to that
				continue
			case p.CatchUpNs != nil:
				took = *p.CatchUpNs
			default:
				atLeast = true
				for _, f := range p.Phases {
					if f.Name == result.PhaseCatchingUp || f.Name == result.PhaseAfterLoad {
						took += f.ForNs
					}
				}
			}
			longest, found = max(longest, took), true
		}
		if found {
			values = append(values, float64(longest))
		}
	}
	return median(values, atLeast)
}
