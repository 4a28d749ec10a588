// Package unit parses and prints the quantities that kbench's users write and read: sizes, rates, counts and
// durations. It is the only place where a number with a unit becomes a bare number or the other way round.
//
// Every type here is a scalar with UnmarshalText and MarshalText, so that it reads and writes the same in YAML, in
// JSON and on the command line, and String(parse(s)) parses to the same value. The zero value of each is zero of its
// base unit. No value of these types is negative.
package unit

import (
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
	"time"
)

// A Size is a number of bytes. It is written with an SI suffix (KB, MB, GB: powers of 1000), a binary one (KiB, MiB,
// GiB: powers of 1024), B, or none, which means bytes.
type Size int64

// A Count is a number of things, mostly records. It is written plain or with k, M or G (powers of 1000).
type Count int64

// A Duration is a time.Duration that reads and writes as Go prints it: 5ms, 1m30s. A bare 0 is allowed.
type Duration time.Duration

// A Rate is a number of records a second, held in thousandths so that slow rates and long schedules stay exact.
// It is written 500/s, 50k/s, 1.5M/s, 90/m, 10/h, or max for "as fast as the client takes them".
type Rate int64

// MaxRate is the Rate that is written max: no schedule, the client is kept saturated.
const MaxRate Rate = math.MaxInt64

// PerSecond is the Rate of one record a second.
const PerSecond Rate = ratePrecision

// ratePrecision is how many units of Rate make one record a second.
const ratePrecision = 1000

type suffix struct {
	name   string
	factor int64
}

// Longest first, so that KiB is not taken for B.
var (
	sizeSuffixes = []suffix{
		{"KiB", 1 << 10},
		{"MiB", 1 << 20},
		{"GiB", 1 << 30},
		{"kB", 1e3},
		{"KB", 1e3},
		{"MB", 1e6},
		{"GB", 1e9},
		{"B", 1},
		{"", 1},
	}
	countSuffixes = []suffix{{"k", 1e3}, {"K", 1e3}, {"M", 1e6}, {"G", 1e9}, {"", 1}}
)

// ParseSize reads a Size, such as 200B, 1KiB, 16MB or 1048576.
func ParseSize(s string) (Size, error) {
	n, err := parse(s, sizeSuffixes, 1)
	if err != nil {
		return 0, fmt.Errorf("%q is not a size: %w (examples: 200B, 1KiB, 16MB)", s, err)
	}
	return Size(n), nil
}

// ParseCount reads a Count, such as 500, 500k or 1M.
func ParseCount(s string) (Count, error) {
	n, err := parse(s, countSuffixes, 1)
	if err != nil {
		return 0, fmt.Errorf("%q is not a count: %w (examples: 500, 500k, 1M)", s, err)
	}
	return Count(n), nil
}

// ParseRate reads a Rate, such as 50k/s, 90/m or max.
func ParseRate(s string) (Rate, error) {
	t := strings.TrimSpace(s)
	if t == "max" {
		return MaxRate, nil
	}
	number, period, ok := strings.Cut(t, "/")
	seconds, known := map[string]int64{"s": 1, "m": 60, "h": 3600}[period]
	if !ok || !known {
		return 0, fmt.Errorf("%q is not a rate: it needs /s, /m or /h (examples: 50k/s, 90/m, max)", s)
	}
	n, err := parse(number, countSuffixes, ratePrecision)
	if err == nil && n%seconds != 0 {
		err = fmt.Errorf("finer than 0.001/s")
	}
	if err != nil {
		return 0, fmt.Errorf("%q is not a rate: %w (examples: 50k/s, 90/m, max)", s, err)
	}
	return Rate(n / seconds), nil
}

// ParseDuration reads a Duration, such as 5ms, 1m30s or 0.
func ParseDuration(s string) (Duration, error) {
	d, err := time.ParseDuration(strings.TrimSpace(s))
	switch {
	case err != nil:
		return 0, fmt.Errorf("%q is not a duration: it needs a number and ns, us, ms, s, m or h (examples: 5ms, 20s, 1m30s)", s)
	case d < 0:
		return 0, fmt.Errorf("%q is not a duration: it is negative", s)
	}
	return Duration(d), nil
}

// parse reads a decimal number with one of the suffixes and returns number x factor x scale, exactly.
func parse(s string, suffixes []suffix, scale int64) (int64, error) {
	t := strings.TrimSpace(s)
	for _, u := range suffixes {
		digits, ok := strings.CutSuffix(t, u.name)
		if !ok {
			continue
		}
		digits = strings.TrimSpace(digits)
		if !isDecimal(digits) {
			return 0, fmt.Errorf("%q is not a number with a known unit", t)
		}
		r, ok := new(big.Rat).SetString(digits)
		if !ok {
			return 0, fmt.Errorf("%q is not a number", digits)
		}
		r.Mul(r, new(big.Rat).SetInt64(u.factor))
		r.Mul(r, new(big.Rat).SetInt64(scale))
		if !r.IsInt() {
			return 0, fmt.Errorf("%s is finer than it can be", t)
		}
		// MaxInt64 itself stays free: it is MaxRate.
		if !r.Num().IsInt64() || r.Num().Int64() == math.MaxInt64 {
			return 0, fmt.Errorf("%s is too large", t)
		}
		return r.Num().Int64(), nil
	}
	return 0, fmt.Errorf("%q has no known unit", t)
}

// isDecimal reports whether s is digits with at most one point among them: big.Rat would also take 1/3, 0x10, 1e9
// and 1_000. The bound on its length keeps a hostile scenario from making a number of a million digits.
func isDecimal(s string) bool {
	points, digits := 0, 0
	for _, c := range s {
		switch {
		case c == '.':
			points++
		case c >= '0' && c <= '9':
			digits++
		default:
			return false
		}
	}
	return digits > 0 && points <= 1 && len(s) <= 40
}

// String prints the largest unit that keeps the value exact: 1KiB prints as 1024B, 16000000 as 16MB.
func (s Size) String() string {
	return exact(int64(s), []suffix{{"GB", 1e9}, {"MB", 1e6}, {"KB", 1e3}}, "B")
}

// String prints the largest unit that keeps the value exact: 1500 prints as 1500, 500000 as 500k.
func (c Count) String() string {
	return exact(int64(c), []suffix{{"G", 1e9}, {"M", 1e6}, {"k", 1e3}}, "")
}

// String prints the duration as Go does, with a bare 0s for zero.
func (d Duration) String() string { return time.Duration(d).String() }

// String prints records a second, exactly; MaxRate prints as max.
func (r Rate) String() string {
	if r == MaxRate {
		return "max"
	}
	if r%ratePrecision == 0 {
		return Count(r/ratePrecision).String() + "/s"
	}
	return strconv.FormatFloat(float64(r)/ratePrecision, 'f', -1, 64) + "/s"
}

// PerSecond returns records a second; +Inf for MaxRate.
func (r Rate) PerSecond() float64 {
	if r == MaxRate {
		return math.Inf(1)
	}
	return float64(r) / ratePrecision
}

func exact(n int64, units []suffix, base string) string {
	for _, u := range units {
		if n != 0 && n%u.factor == 0 {
			return strconv.FormatInt(n/u.factor, 10) + u.name
		}
	}
	return strconv.FormatInt(n, 10) + base
}

// MarshalText implements encoding.TextMarshaler.
func (s Size) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// MarshalText implements encoding.TextMarshaler.
func (c Count) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// MarshalText implements encoding.TextMarshaler.
func (d Duration) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// MarshalText implements encoding.TextMarshaler.
func (r Rate) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (s *Size) UnmarshalText(b []byte) error { return set(s, b, ParseSize) }

// UnmarshalText implements encoding.TextUnmarshaler.
func (c *Count) UnmarshalText(b []byte) error { return set(c, b, ParseCount) }

// UnmarshalText implements encoding.TextUnmarshaler.
func (d *Duration) UnmarshalText(b []byte) error { return set(d, b, ParseDuration) }

// UnmarshalText implements encoding.TextUnmarshaler.
func (r *Rate) UnmarshalText(b []byte) error { return set(r, b, ParseRate) }

func set[T any](to *T, b []byte, parse func(string) (T, error)) error {
	v, err := parse(string(b))
	if err != nil {
		return err
	}
	*to = v
	return nil
}
