package scenario

import (
	"fmt"
	"reflect"
	"strings"
	"time"

	"kbench/internal/unit"
)

// Bounds of a plan as a whole.
const (
	maxTrials   = 10_000 // cases x repeats
	maxSize     = unit.Size(1e9)
	maxRate     = 100e6 * unit.PerSecond
	longestLoad = unit.Duration(72 * time.Hour) // one window a second is kept: a quarter of a million of them
)

// A limit is the range of one key's numbers, in the base unit of the key's type, both ends included. What is out
// of it is a mistake, or more than kbench itself could carry.
type limit struct {
	path     string // as pattern returns it
	min, max float64
	above    bool // min itself is excluded
}

// limits lists the range of every key that is a number, a size or a time.
func limits() []limit {
	const (
		hour    = float64(time.Hour)
		longest = float64(longestLoad)
		size    = float64(maxSize)
		rate    = float64(maxRate)
		records = 1e12
	)
	return []limit{
		{path: "topic.partitions", min: 1, max: 100_000},
		{path: "load.rate", max: rate, above: true},
		{path: "load.profile[].for", max: longest, above: true},
		{path: "load.profile[].rate", max: rate},
		{path: "load.profile[].from", max: rate},
		{path: "load.profile[].to", max: rate},
		{path: "load.profile[].burst", max: rate},
		{path: "load.profile[].every", max: longest},
		{path: "load.profile[].lasting", max: longest},
		{path: "load.profile[].sine.mean", max: rate, above: true},
		{path: "load.profile[].sine.amplitude", max: rate, above: true},
		{path: "load.profile[].sine.period", min: float64(time.Millisecond), max: longest},
		{path: "load.find_max.from", max: rate, above: true},
		{path: "load.find_max.to", max: rate, above: true},
		{path: "load.find_max.precision", min: 0.001, max: 0.5},
		{path: "load.warmup", max: hour},
		{path: "load.measure", max: longest, above: true},
		{path: "load.records", min: 1, max: records},
		{path: "load.drain", max: hour, above: true},
		{path: "producer.count", min: 1, max: 1000},
		{path: "producer.compression_level", max: 22},
		{path: "producer.linger", max: hour / 4},
		{path: "producer.batch_size", min: 1, max: size},
		{path: "producer.max_in_flight", min: 1, max: 1e6},
		{path: "producer.buffer", min: 1, max: 10e6},
		{path: "producer.timeout", max: 24 * hour, above: true},
		{path: "producer.transaction.records", max: 1e6},
		{path: "consumer.forward.records", max: 1e6},
		{path: "producer.transaction.abort_ratio", max: 1},
		{path: "consumer.groups", min: 1, max: 1000},
		{path: "consumer.members", min: 1, max: 1000},
		{path: "consumer.processing", max: hour},
		{path: "consumer.slow[].group", max: 1000},
		{path: "consumer.slow[].members", max: 1000},
		{path: "consumer.slow[].processing", max: hour},
		{path: "consumer.churn[].at", max: longest},
		{path: "consumer.churn[].members", min: 1, max: 1000},
		{path: "consumer.churn[].group", max: 1000},
		{path: "consumer.pause[].at", min: float64(time.Second), max: longest},
		{path: "consumer.pause[].for", max: hour, above: true},
		{path: "message.size", min: 1, max: size},
		{path: "message.size.uniform[]", min: 1, max: size},
		{path: "message.size.lognormal.median", min: 1, max: size},
		{path: "message.size.lognormal.p99", min: 1, max: size},
		{path: "message.size.lognormal.min", min: 1, max: size},
		{path: "message.size.lognormal.max", min: 1, max: size},
		{path: "message.keys.count", max: 1e9},
		{path: "message.keys.exponent", max: 10, above: true},
		{path: "message.keys.hot.keys", max: 1, above: true},
		{path: "message.keys.hot.records", max: 1, above: true},
		{path: "message.compress_to", max: 1, above: true},
		{path: "message.headers", max: 1000},
		{path: "faults[].at", max: longest},
		{path: "faults[].for", max: hour},
		{path: "faults[].delay", max: hour / 60},
		{path: "faults[].rate", max: 100e9},
		{path: "preload", min: 1, max: records},
		{path: "preheat", max: hour},
		{path: "repeats", min: 1, max: maxTrials},
	}
}

// limitsByPath returns limits by their paths.
func limitsByPath() map[string]limit {
	m := map[string]limit{}
	for _, l := range limits() {
		m[l.path] = l
		if section, _, _ := strings.Cut(l.path, "."); below(reflect.TypeFor[Workload](), section) != nil {
			m["workloads[]."+l.path] = l
		}
	}
	return m
}

// check says what is wrong with a value, or nothing. The zero limit allows everything.
func (l limit) check(v reflect.Value) string {
	x, to := number(v)
	if l.path == "" || to == nil || (x <= l.max && x >= l.min && !(l.above && x == l.min)) {
		return ""
	}
	return fmt.Sprintf("%s is out of range: it is %s", show(x, to), l.describe(to))
}

// describe prints the range of a key of type t: 1 to 1000, or above 0s, up to 1h.
func (l limit) describe(t reflect.Type) string {
	_, to := number(reflect.Zero(t))
	if l.above {
		return "above " + show(l.min, to) + ", up to " + show(l.max, to)
	}
	return show(l.min, to) + " to " + show(l.max, to)
}

// number returns v in its base unit, and the type that prints it; a nil type for what has no limits, such as max.
func number(v reflect.Value) (float64, reflect.Type) {
	switch x := v.Interface().(type) {
	case Warmup:
		return float64(x.For), reflect.TypeFor[unit.Duration]()
	case Sizes:
		return float64(x.Fixed), reflect.TypeFor[unit.Size]()
	case unit.Rate:
		if x == unit.MaxRate {
			return 0, nil
		}
	}
	switch {
	case v.CanInt():
		return float64(v.Int()), v.Type()
	case v.CanFloat():
		return v.Float(), v.Type()
	}
	return 0, nil
}

// show prints x as type t does.
func show(x float64, t reflect.Type) string {
	v := reflect.New(t).Elem()
	if v.CanInt() {
		v.SetInt(int64(x))
	} else {
		v.SetFloat(x)
	}
	s := fmt.Sprint(v.Interface())
	if t == reflect.TypeFor[unit.Duration]() { // Go prints 72h as 72h0m0s
		if strings.HasSuffix(s, "m0s") {
			s = strings.TrimSuffix(s, "0s")
		}
		if strings.HasSuffix(s, "h0m") {
			s = strings.TrimSuffix(s, "0m")
		}
	}
	return s
}
