package load

import (
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"sort"
)

// Sizes is a law of lengths in bytes. The zero value is of lengths of 0.
type Sizes struct {
	most int
	draw func(*rand.Rand) (size int, cut bool) // nil: every length is most
}

// FixedSize returns the law of one length.
func FixedSize(size int) Sizes { return Sizes{most: size} }

// UniformSizes returns the law of lengths from least to most, each as likely as any other. least must not be above most.
func UniformSizes(least, most int) Sizes {
	return Sizes{most, func(r *rand.Rand) (int, bool) { return least + r.IntN(most-least+1), false }}
}

// normal99 is the 99th percentile of the normal distribution.
const normal99 = 2.3263478740408408

// LognormalSizes returns the law of lengths whose logarithm is normal, by its median and its 99th percentile, to the whole byte. A
// draw below least or above most is least or most, and said to be cut; so the two quantiles stay what they are. It must be that
// 0 < median < p99 and least <= most.
func LognormalSizes(median, p99, least, most int) Sizes {
	mu := math.Log(float64(median))
	sigma := (math.Log(float64(p99)) - mu) / normal99
	return Sizes{most, func(r *rand.Rand) (int, bool) {
		switch x := math.Round(math.Exp(mu + sigma*r.NormFloat64())); {
		case x < float64(least):
			return least, true
		case x > float64(most):
			return most, true
		default:
			return int(x), false
		}
	}}
}

// WeightedSizes returns the law of lengths that come as often as their weights say, which have a sum above 0. There must be one at
// least.
func WeightedSizes(weights map[int]float64) Sizes {
	sizes := slices.Sorted(maps.Keys(weights))
	upTo, sum := make([]float64, len(sizes)), 0.0
	for i, size := range sizes {
		sum += weights[size]
		upTo[i] = sum
	}
	return Sizes{sizes[len(sizes)-1], func(r *rand.Rand) (int, bool) {
		return sizes[sort.SearchFloat64s(upTo, sum*r.Float64())], false
	}}
}
