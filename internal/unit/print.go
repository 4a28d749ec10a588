package unit

import (
	"math"
	"strconv"
	"time"
)

// Human prints a number for people with three significant digits and an SI prefix: 1230000 is "1.23 M", 49999 is
// "50.0 k". Numbers under 1000 have no prefix. NaN and infinities print as "-".
func Human(v float64) string {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return "-"
	}
	prefixes := []struct {
		name   string
		factor float64
	}{{" G", 1e9}, {" M", 1e6}, {" k", 1e3}, {"", 1}}
	for _, p := range prefixes {
		// 999.5 and more would round to 1000 of the smaller prefix, so the step comes just below it.
		if a := math.Abs(v); a >= p.factor*0.9995 || p.factor == 1 {
			if p.factor == 1 && v == math.Trunc(v) {
				return strconv.FormatFloat(v, 'f', 0, 64)
			}
			return ThreeDigits(v/p.factor) + p.name
		}
	}
	return ThreeDigits(v)
}

// HumanBytes prints a number of bytes as Human does, with the unit: "12.3 MB".
func HumanBytes(v float64) string {
	s := Human(v)
	if s == "-" {
		return s
	}
	if last := s[len(s)-1]; last >= '0' && last <= '9' {
		return s + " B"
	}
	if s[len(s)-1] == 'k' {
		s = s[:len(s)-1] + "K" // KB, as sizes are written in scenarios
	}
	return s + "B"
}

// HumanDuration prints a time for people with three significant digits: "1.33 ms", "905 ms", "12.0 s".
func HumanDuration(d time.Duration) string {
	v := float64(d)
	switch a := math.Abs(v); {
	case a >= 0.9995*float64(time.Second):
		return ThreeDigits(v/float64(time.Second)) + " s"
	case a >= 0.9995*float64(time.Millisecond):
		return ThreeDigits(v/float64(time.Millisecond)) + " ms"
	case a >= 0.9995*float64(time.Microsecond):
		return ThreeDigits(v/float64(time.Microsecond)) + " µs"
	default:
		return strconv.FormatFloat(v, 'f', 0, 64) + " ns"
	}
}

// ThreeDigits prints a number below 1,000 with three digits where it has as many, and two decimals at most; larger ones without
// decimals.
func ThreeDigits(v float64) string {
	decimals := 2
	switch a := math.Abs(v); {
	case a >= 99.95:
		decimals = 0
	case a >= 9.995:
		decimals = 1
	}
	return strconv.FormatFloat(v, 'f', decimals, 64)
}
