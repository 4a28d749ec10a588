package result

import "slices"

// A Summary is what is said of one metric over the repeats of a case.
type Summary struct {
	N      int     `json:"n"` // repeats that have the number
	Median float64 `json:"median"`
	Min    float64 `json:"min"`
	Max    float64 `json:"max"`
}

// Summarize returns the median of values and their range. The median of an even number of values is the mean of the
// two in the middle; that of none is zero, with N zero. values is not changed.
func Summarize(values []float64) Summary {
	n := len(values)
	if n == 0 {
		return Summary{}
	}
	v := slices.Sorted(slices.Values(values))
	median := v[n/2]
	if n%2 == 0 {
		median = v[n/2-1]/2 + v[n/2]/2 // their sum might overflow
	}
	return Summary{N: n, Median: median, Min: v[0], Max: v[n-1]}
}
