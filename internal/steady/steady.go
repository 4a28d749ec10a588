// Package steady says whether a series has settled: where the part ends that a warm-up should take, and whether what came
// after it stayed where it was. It is pure: equal numbers give equal answers.
package steady

import (
	"cmp"
	"iter"
	"math"
	"slices"
)

// A Class says what a series does.
type Class string

// The classes of series.
const (
	Unknown  Class = ""         // too short to tell, or too noisy
	Steady   Class = "steady"   // it stayed where it was
	Warming  Class = "warming"  // it became better, and its second half is steady
	Drifting Class = "drifting" // it moved, in another way
	Bistable Class = "bistable" // it went to and fro between two levels
)

// Fewest is how many values Classify wants.
const Fewest = 10

// Limits of Classify.
const (
	much   = 0.10 // halves, or levels, that are further apart than this part of the lower one
	slight = 0.02 // a trend that makes less than this between the halves is nobody's concern, however sure it is

	trendP  = 0.01 // a trend this unlikely without one
	halvesP = 0.05 // halves that are much apart, this unlikely by chance

	separated = 0.90 // the part of the variance that two levels explain
	share     = 4    // a level has one in so many of the values at least
	switches  = 3    // how often the series goes from one level to the other at least
)

// most is how many values are compared with each other: the work grows with their square, and a long trial has a quarter of a
// million seconds.
const most = 600

// A Finding is what Classify says of a series.
type Finding struct {
	Class Class
	// Ratio is the median of the second half over that of the first; of two levels, the higher over the lower. It is NaN or
	// infinite where the lower one is 0.
	Ratio float64
}

// Classify says what a series of equally long stretches does. better is +1 where higher values are better, -1 where lower ones
// are. Values are finite and not negative; of more than 600, stretches next to each other are averaged first.
//
// A series moves where the Mann-Kendall test finds a trend at p < 0.01 and the medians of its halves differ by more than 2 %;
// or where these differ by more than 10 % and the rank-sum test says that chance alone does so at p < 0.05. Where they differ by
// more than 10 % and it does not move, nothing can be said. It has two levels
// where the best split of the values into a lower and a higher lot, each a quarter of them or more, explains nine tenths of
// their variance, the lots' means are more than 10 % apart, and the series went from one lot to the other three times or more.
func Classify(series []float64, better int) Finding {
	if len(series) < Fewest {
		return Finding{}
	}
	s := condense(series)
	if low, high, ok := levels(s); ok {
		return Finding{Bistable, high / low}
	}
	first, second := halves(s)
	a, b := median(first), median(second)
	f := Finding{Unknown, b / a}
	switch {
	case !moves(s):
		if apart(a, b) <= much {
			f.Class = Steady
		}
	case (b > a) == (better > 0) && !moves(second):
		f.Class = Warming
	default:
		f.Class = Drifting
	}
	return f
}

// condense averages values next to each other until there are few enough.
func condense(series []float64) []float64 {
	if len(series) <= most {
		return series
	}
	width := (len(series) + most - 1) / most
	out := make([]float64, 0, most)
	for part := range slices.Chunk(series[:len(series)/width*width], width) {
		out = append(out, mean(part))
	}
	return out
}

// halves returns both; a value in the middle is in neither.
func halves(s []float64) (first, second []float64) {
	n := len(s) / 2
	return s[:n], s[len(s)-n:]
}

// moves says whether a series does not stay where it was.
func moves(s []float64) bool {
	first, second := halves(s)
	by := apart(median(first), median(second))
	return by > slight && mannKendall(s) < trendP || by > much && rankSum(first, second) < halvesP
}

// apart returns the difference of two values as a part of the lower one: infinite where that is 0, and they are not equal.
func apart(a, b float64) float64 {
	if a == b {
		return 0
	}
	return math.Abs(b-a) / min(a, b)
}

// mannKendall returns the two-sided p of the Mann-Kendall test for a trend, by the normal approximation with corrections for
// ties and continuity (Mann, Econometrica 13, 1945; Kendall, Rank Correlation Methods, 1975, chapter 4): good from ten values on.
func mannKendall(s []float64) float64 {
	var score int
	for i := range s {
		for j := range i {
			score += cmp.Compare(s[i], s[j])
		}
	}
	n := float64(len(s))
	variance := n * (n - 1) * (2*n + 5)
	for t := range ties(s) {
		variance -= t * (t - 1) * (2*t + 5)
	}
	return twoSided(math.Abs(float64(score))-1, variance/18)
}

// rankSum returns the two-sided p of the Wilcoxon rank-sum test, by the normal approximation with corrections for ties and
// continuity (Lehmann, Nonparametrics, 1975, section 1.4).
func rankSum(a, b []float64) float64 {
	u := 0.0 // pairs in which b's value is the larger one
	for _, x := range a {
		for _, y := range b {
			u += float64(1+cmp.Compare(y, x)) / 2
		}
	}
	n, m := float64(len(a)), float64(len(b))
	tied := 0.0
	for t := range ties(slices.Concat(a, b)) {
		tied += t*t*t - t
	}
	variance := n * m / 12 * (n + m + 1 - tied/((n+m)*(n+m-1)))
	return twoSided(math.Abs(u-n*m/2)-0.5, variance)
}

// twoSided returns how likely a normal variable is at least as far off its mean, to either side.
func twoSided(off, variance float64) float64 {
	if off <= 0 || variance <= 0 {
		return 1
	}
	return math.Erfc(off / math.Sqrt(2*variance))
}

// ties yields how many values each value is shared by.
func ties(s []float64) iter.Seq[float64] {
	sorted := slices.Sorted(slices.Values(s))
	return func(yield func(float64) bool) {
		for from, i := 0, 1; i <= len(sorted); i++ {
			if i == len(sorted) || sorted[i] != sorted[from] {
				if !yield(float64(i - from)) {
					return
				}
				from = i
			}
		}
	}
}

// levels returns the two that the series goes to and fro between, if it does.
func levels(s []float64) (low, high float64, ok bool) {
	sorted := slices.Sorted(slices.Values(s))
	n := len(sorted)
	all := mean(sorted)
	total, below := 0.0, 0.0
	for _, v := range sorted {
		total += (v - all) * (v - all)
	}
	explained, cut := 0.0, 0
	fewest := (n + share - 1) / share
	for k := 1; k <= n-fewest; k++ {
		below += sorted[k-1] - all // so the lower lot's mean is all + below/k, and the higher one's all - below/(n-k)
		part := below * below * (1/float64(k) + 1/float64(n-k))
		if k >= fewest && part > explained {
			explained, cut = part, k
		}
	}
	if cut == 0 || explained < separated*total {
		return 0, 0, false
	}
	low, high = mean(sorted[:cut]), mean(sorted[cut:])
	changes := 0
	for i := 1; i < n; i++ {
		if (s[i] >= sorted[cut]) != (s[i-1] >= sorted[cut]) {
			changes++
		}
	}
	return low, high, changes >= switches && apart(low, high) > much
}

func mean(s []float64) float64 {
	sum := 0.0
	for _, v := range s {
		sum += v
	}
	return sum / float64(len(s))
}

// median returns the middle value, or the mean of the two in the middle.
func median(s []float64) float64 {
	sorted := slices.Sorted(slices.Values(s))
	n := len(sorted)
	return sorted[(n-1)/2]/2 + sorted[n/2]/2
}
