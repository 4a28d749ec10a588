package scenario

import (
	"encoding/json"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"

	"kbench/internal/unit"
)

// A Threshold is a limit on a metric, such as response_p99 <= 20ms; of one workload, service.response_p99 <= 20ms. It is
// written as that text, or as a mapping with the text under metric.
type Threshold struct {
	Metric string
	Op     string  // <= < >= > == !=
	Value  float64 // in the metric's base unit: nanoseconds, bytes, records a second, a part of one
	Text   string  `yaml:"metric" doc:"METRIC OP VALUE, such as response_p99 <= 20ms; with several workloads NAME.METRIC for one of them."` // as it was written
	Abort  bool    `yaml:"abort" doc:"Stop the trial's load once what it has measured so far misses the threshold; looked at each second. Only for what is known by then."`
	Scope  Scope   `yaml:"scope" doc:"What is held against the threshold: each trial, or the median over those repeats of a case that can be trusted."`
}

// Scope is what a threshold applies to; empty is each trial.
type Scope string

// The values of Scope.
const (
	ScopeTrial Scope = "trial"
	ScopeCase  Scope = "case"
)

// thresholdForm splits METRIC OP VALUE; the schema has it too.
const thresholdForm = `^\s*((?:[A-Za-z0-9_-]+\.)?[a-z0-9_]+)\s*(<=|>=|==|!=|<|>)\s*([^\s<>=!]+)\s*$`

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
	if _, metric := t.Split(); latencyPattern.MatchString(metric) {
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

// samples returns how many records a percentile takes, so that ten lie beyond it; 0 for another metric.
func (t *Threshold) samples() float64 {
	_, digits, ok := strings.Cut(t.Metric, "_p")
	part, err := strconv.ParseFloat("0."+digits, 64)
	if !ok || err != nil || !latencyPattern.MatchString(t.Metric) {
		return 0
	}
	return math.Round(10 / (1 - part))
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

// MarshalText implements encoding.TextMarshaler: the limit alone.
func (t Threshold) MarshalText() ([]byte, error) { return []byte(t.Text), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (t *Threshold) UnmarshalText(b []byte) error { return t.setText(string(b)) }

// thresholdMapping is a threshold in JSON that says more than its text.
type thresholdMapping struct {
	Text  string `json:"metric"`
	Abort bool   `json:"abort,omitempty"`
	Scope Scope  `json:"scope,omitempty"`
}

// MarshalJSON implements json.Marshaler: the text where that says all, else a mapping as in a file.
func (t Threshold) MarshalJSON() ([]byte, error) {
	m := thresholdMapping{t.Text, t.Abort, t.Scope}
	if m == (thresholdMapping{Text: t.Text}) {
		return json.Marshal(t.Text)
	}
	return json.Marshal(m)
}

// UnmarshalJSON implements json.Unmarshaler. It takes both forms.
func (t *Threshold) UnmarshalJSON(b []byte) error {
	var m thresholdMapping
	if err := json.Unmarshal(b, &m.Text); err != nil {
		m = thresholdMapping{}
		if err := json.Unmarshal(b, &m); err != nil {
			return err
		}
	}
	*t = Threshold{Text: m.Text, Abort: m.Abort, Scope: m.Scope}
	return t.complete()
}
