package scenario

import (
	"fmt"
	"maps"
	"math"
	"slices"

	"kbench/internal/unit"
)

func (s *Sizes) setText(text string) error {
	n, err := unit.ParseSize(text)
	*s = Sizes{Fixed: n}
	return err
}

// complete checks a distribution of sizes.
func (s *Sizes) complete() error {
	switch {
	case count(s.Uniform != nil, s.Lognormal != nil, s.Weighted != nil) != 1:
		return fmt.Errorf("a distribution is one of uniform, lognormal or weighted (example: {uniform: [100B, 2KB]})")
	case s.Uniform != nil && (len(s.Uniform) != 2 || s.Uniform[0] >= s.Uniform[1]):
		return fmt.Errorf("uniform takes two sizes, the smaller first (example: {uniform: [100B, 2KB]})")
	case s.Weighted != nil && len(s.Weighted) == 0:
		return fmt.Errorf("weighted needs at least one size (example: {weighted: {200B: 90, 10KB: 10}})")
	}
	for _, size := range slices.Sorted(maps.Keys(s.Weighted)) {
		if n, err := unit.ParseSize(size); err != nil {
			return fmt.Errorf("weighted: %w", err)
		} else if n < 1 || n > maxSize {
			return fmt.Errorf("weighted: %s is out of range: it is 1B to %s", size, maxSize)
		}
	}
	return nil
}

// complete checks that the two quantiles make a distribution, and lie within its bounds: what is cut would move them.
func (l *Lognormal) complete() error {
	switch {
	case l.Median == 0 || l.Median >= l.P99:
		return fmt.Errorf("lognormal needs a median below its p99 (example: {lognormal: {median: 1KB, p99: 64KB}})")
	case l.Median < l.Min:
		return fmt.Errorf("the median %s is below min %s, which all smaller sizes have; lower min", l.Median, l.Min)
	case l.P99 > l.Max:
		return fmt.Errorf("the p99 %s is above max %s, which all larger sizes have; raise max", l.P99, l.Max)
	}
	return nil
}

// Bounds returns the smallest size and the largest.
func (s *Sizes) Bounds() (least, most unit.Size) {
	switch {
	case len(s.Uniform) == 2:
		return s.Uniform[0], s.Uniform[1]
	case s.Lognormal != nil:
		return s.Lognormal.Min, s.Lognormal.Max
	case len(s.Weighted) == 0:
		return s.Fixed, s.Fixed
	}
	sizes := slices.Sorted(maps.Keys(s.Weights()))
	return sizes[0], sizes[len(sizes)-1]
}

// Weights returns the sizes of Weighted in bytes, with their weights as parts of the heaviest, so that a number holds their sum. One
// that is written in two ways has both. The map is the caller's.
func (s *Sizes) Weights() map[unit.Size]float64 {
	heaviest := Positive(0)
	for _, weight := range s.Weighted {
		heaviest = max(heaviest, weight)
	}
	out := map[unit.Size]float64{}
	for text, weight := range s.Weighted {
		n, _ := unit.ParseSize(text) // complete has checked it
		out[n] += float64(weight / heaviest)
	}
	return out
}

// Mean returns the mean of the sizes in bytes, cut as they are.
func (s *Sizes) Mean() float64 {
	switch {
	case len(s.Uniform) == 2:
		return (float64(s.Uniform[0]) + float64(s.Uniform[1])) / 2
	case s.Lognormal != nil:
		return s.Lognormal.mean()
	case len(s.Weighted) == 0:
		return float64(s.Fixed)
	}
	bytes, sum := 0.0, 0.0
	for size, weight := range s.Weights() {
		bytes += weight * float64(size)
		sum += weight
	}
	return bytes / sum
}

// mean adds up the parts below min, between the two and above max.
func (l *Lognormal) mean() float64 {
	below := func(x float64) float64 { return math.Erfc(-x/math.Sqrt2) / 2 } // the normal distribution
	mu := math.Log(float64(l.Median))
	sigma := (math.Log(float64(l.P99)) - mu) / 2.3263478740408408 // its 99th percentile
	from, to := (math.Log(float64(l.Min))-mu)/sigma, (math.Log(float64(l.Max))-mu)/sigma
	between := math.Exp(mu+sigma*sigma/2) * (below(to-sigma) - below(from-sigma))
	return float64(l.Min)*below(from) + between + float64(l.Max)*below(-to)
}
