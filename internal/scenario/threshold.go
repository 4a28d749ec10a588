package scenario

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"kbench/internal/unit"
)

// A Threshold is a limit on a metric, such as response_p99 <= 20ms. It is written as that text, or as a mapping with
// the text under metric.
type Threshold struct {
	Metric string
	Op     string  // <= < >= > == !=
	Value  float64 // in the metric's base unit: nanoseconds, bytes, records a second, a part of one
	Text   string  `yaml:"metric" doc:"METRIC OP VALUE, such as response_p99 <= 20ms."` // as it was written
	Abort  bool    `yaml:"abort" doc:"Stop the trial as soon as the threshold is missed."`
	Scope  Scope   `yaml:"scope" doc:"What is held against the threshold: each trial, or the median over a case's repeats."`
}

// Scope is what a threshold applies to; empty is each trial.
type Scope string

// The values of Scope.
const (
	ScopeTrial Scope = "trial"
	ScopeCase  Scope = "case"
)

// thresholdForm splits METRIC OP VALUE; the schema has it too.
const thresholdForm = `^\s*([a-z0-9_]+)\s*(<=|>=|==|!=|<|>)\s*([^\s<>=!]+)\s*$`

var (
	thresholdPattern = regexp.MustCompile(thresholdForm)
	// latencyPattern is a metric in time: a span and a statistic of it.
	latencyPattern = regexp.MustCompile(`^(response|service|lag|e2e|e2e_service)_(min|mean|p[0-9]+|max)$`)
)

// ParseThreshold reads METRIC OP VALUE. A value has the unit of its metric: a latency needs a time, such as 20ms; others
// take a plain number, 49k, 5MB or 0.1%.
func ParseThreshold(s string) (Threshold, error) {
	m := thresholdPattern.FindStringSubmatch(s)
	if m == nil {
		return Threshold{}, fmt.Errorf("%q is not a threshold: it is METRIC OP VALUE, where OP is <=, <, >=, >, == or != (examples: response_p99 <= 20ms, lost == 0)", clip(s))
	}
	t := Threshold{Metric: m[1], Op: m[2], Text: strings.TrimSpace(s)}
	var err error
	if latencyPattern.MatchString(t.Metric) {
		var d unit.Duration
		d, err = unit.ParseDuration(m[3])
		t.Value = float64(d)
	} else {
		t.Value, err = plainValue(m[3])
	}
	if err != nil {
		return Threshold{}, fmt.Errorf("threshold on %s: %w", t.Metric, err)
	}
	return t, nil
}

// plainValue reads a number with any unit but that of time.
func plainValue(s string) (float64, error) {
	if c, err := unit.ParseCount(s); err == nil {
		return float64(c), nil
	}
	if r, err := unit.ParseRate(s); err == nil && r != unit.MaxRate {
		return r.PerSecond(), nil
	}
	if b, err := unit.ParseSize(s); err == nil {
		return float64(b), nil
	}
	if p, err := parsePercent(s); err == nil {
		return p, nil
	}
	if strings.Trim(s, "0123456789.") == "" {
		if f, err := strconv.ParseFloat(s, 64); err == nil {
			return f, nil
		}
	}
	if _, err := unit.ParseDuration(s); err == nil {
		return 0, fmt.Errorf("%q is a time, which only latencies take, such as response_p99", s)
	}
	return 0, fmt.Errorf("%q is not a value (examples: 0, 0.5, 49k, 49k/s, 5MB, 0.1%%)", clip(s))
}

func (t *Threshold) setText(s string) (err error) {
	*t, err = ParseThreshold(s)
	return err
}

// complete reads the text of a threshold that was written as a mapping.
func (t *Threshold) complete() error {
	if t.Text == "" {
		return fmt.Errorf("metric is missing (example: {metric: response_p99 <= 20ms, abort: true})")
	}
	read, err := ParseThreshold(t.Text)
	read.Abort, read.Scope = t.Abort, t.Scope
	*t = read
	return err
}

// String prints the threshold as it was written.
func (t Threshold) String() string { return t.Text }

// MarshalText implements encoding.TextMarshaler.
func (t Threshold) MarshalText() ([]byte, error) { return []byte(t.Text), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (t *Threshold) UnmarshalText(b []byte) error { return t.setText(string(b)) }
