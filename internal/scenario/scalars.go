package scenario

import (
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"

	"kbench/internal/unit"
)

// String prints max or the number.
func (r Replication) String() string {
	if r == 0 {
		return "max"
	}
	return strconv.Itoa(int(r))
}

// MarshalText implements encoding.TextMarshaler.
func (r Replication) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (r *Replication) UnmarshalText(b []byte) error {
	if string(b) == "max" {
		*r = 0
		return nil
	}
	n, err := strconv.ParseInt(string(b), 10, 16) // Kafka's own field has 16 bits
	if err != nil || n < 1 {
		return fmt.Errorf("%q is not a replication factor: it is max, or a number from 1", clip(string(b)))
	}
	*r = Replication(n)
	return nil
}

// String prints auto or the time.
func (w Warmup) String() string {
	if w.Auto {
		return "auto"
	}
	return w.For.String()
}

// longestWarmup is when a load whose warm-up is auto is measured, steady or not.
const longestWarmup = unit.Duration(60e9)

// Most returns how long the warm-up is, or may be at most.
func (w Warmup) Most() unit.Duration {
	if w.Auto {
		return longestWarmup
	}
	return w.For
}

// MarshalText implements encoding.TextMarshaler.
func (w Warmup) MarshalText() ([]byte, error) { return []byte(w.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (w *Warmup) UnmarshalText(b []byte) error {
	if string(b) == "auto" {
		*w = Warmup{Auto: true}
		return nil
	}
	d, err := unit.ParseDuration(string(b))
	if err != nil {
		return fmt.Errorf("%w, or auto", err)
	}
	*w = Warmup{For: d}
	return nil
}

// String prints the part in percent, exactly as it was written.
func (p Percent) String() string {
	r, ok := new(big.Rat).SetString(strconv.FormatFloat(float64(p), 'g', -1, 64))
	if !ok { // only NaN and infinities, which parsePercent does not return
		return "?"
	}
	decimal := r.Mul(r, big.NewRat(100, 1)).FloatString(40)
	return strings.TrimSuffix(strings.TrimRight(decimal, "0"), ".") + "%"
}

// MarshalText implements encoding.TextMarshaler.
func (p Percent) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (p *Percent) UnmarshalText(b []byte) error {
	x, err := parsePercent(string(b))
	if err != nil {
		return err
	}
	*p = Percent(x)
	return nil
}

// parsePercent reads 5% as 0.05. The exponent, rather than a division, keeps the value the nearest to what was written.
func parsePercent(s string) (float64, error) {
	digits, ok := strings.CutSuffix(s, "%")
	if ok && len(digits) <= 20 && strings.Trim(digits, "0123456789.") == "" {
		if x, err := strconv.ParseFloat(digits+"e-2", 64); err == nil {
			return x, nil
		}
	}
	return 0, fmt.Errorf("%q is not a percentage (examples: 5%%, 0.5%%)", clip(s))
}

// String prints the largest unit that keeps the value exact.
func (b Bandwidth) String() string { return unit.Size(b).String() + "/s" }

// MarshalText implements encoding.TextMarshaler.
func (b Bandwidth) MarshalText() ([]byte, error) { return []byte(b.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (b *Bandwidth) UnmarshalText(text []byte) error {
	size, ok := strings.CutSuffix(string(text), "/s")
	n, err := unit.ParseSize(size)
	if err != nil || !ok {
		return fmt.Errorf("%q is not a size a second (examples: 500KB/s, 10MB/s)", clip(string(text)))
	}
	*b = Bandwidth(n)
	return nil
}

// MarshalText implements encoding.TextMarshaler.
func (p Positive) MarshalText() ([]byte, error) {
	return strconv.AppendFloat(nil, float64(p), 'g', -1, 64), nil
}

// UnmarshalText implements encoding.TextUnmarshaler.
func (p *Positive) UnmarshalText(b []byte) error {
	x, err := strconv.ParseFloat(string(b), 64)
	if err != nil || !(x > 0) || math.IsInf(x, 0) {
		return fmt.Errorf("%q is not a number above 0", clip(string(b)))
	}
	*p = Positive(x)
	return nil
}
