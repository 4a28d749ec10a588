package report

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"kbench/internal/result"
)

// DefaultGates returns what decides where nobody says otherwise: throughput, and the median and the tail of response times. Where
// no trial has such a metric, it is left out and that is said.
func DefaultGates() []result.Gate {
	return []result.Gate{
		{Metric: "acked_per_s", Margin: defaultMargin("acked_per_s")},
		{Metric: "response_p50", Margin: defaultMargin("response_p50")},
		{Metric: "response_p99", Margin: defaultMargin("response_p99")},
	}
}

// defaultMargin is 10 % for tails, which vary more, and 5 % for everything else.
func defaultMargin(metric string) float64 {
	if strings.HasSuffix(metric, "_max") || strings.Contains(metric, "_p99") {
		return 0.10
	}
	return 0.05
}

// maxMargin bounds a margin: who takes ten times the latency for granted has no gate.
const maxMargin = 10

// ParseGate reads METRIC or METRIC=MARGIN%, such as response_p99=10%: a metric that can be worse, and by what part of itself it
// may be, from 0 % to 1,000 %, and below 100 % where higher is better. Without a margin it is 5 %, from p99 up 10 %. Counts are no
// gates: a ratio to zero says nothing.
func ParseGate(text string) (result.Gate, error) {
	name, margin, given := strings.Cut(text, "=")
	m, ok := result.Lookup(name)
	switch {
	case !ok:
		return result.Gate{}, fmt.Errorf("%q is not a metric (examples: acked_per_s, response_p99=10%%)", clean(name))
	case m.Better == 0:
		return result.Gate{}, fmt.Errorf("%s is neither better nor worse, whatever it is: choose another metric, such as response_p99", name)
	case m.Unit == result.UnitRecords || m.Unit == result.UnitTimes:
		return result.Gate{}, fmt.Errorf("%s is a count, which has no ratio to zero: set a threshold on it, such as %s == 0", name, name)
	case name == "failed_ratio":
		return result.Gate{}, errors.New("failed_ratio is 0 as a rule, which has no ratio: set a threshold on it, such as failed_ratio <= 0.001")
	case !given:
		return result.Gate{Metric: name, Margin: defaultMargin(name)}, nil
	}
	number, isPart := strings.CutSuffix(margin, "%")
	v, err := strconv.ParseFloat(number, 64)
	v /= 100
	switch {
	case !isPart || err != nil || strings.Trim(number, "0123456789.") != "":
		return result.Gate{}, fmt.Errorf("%q is no margin: it is a percentage, such as 10%%", clean(margin))
	case v > maxMargin || m.Better > 0 && v >= 1:
		return result.Gate{}, fmt.Errorf("the margin %s lets %s be as bad as it likes: choose a smaller one, such as %s%%", clean(margin), name, strconv.FormatFloat(100*defaultMargin(name), 'f', -1, 64))
	}
	return result.Gate{Metric: name, Margin: v}, nil
}
