// Package compare says how two things differ, from trials of both: a ratio, the interval that holds it, and a verdict over
// several metrics. It knows numbers only. Whoever calls it decides which numbers, and best runs the trials in pairs, the two
// of a pair right after each other in random order, so that what drifts is in both.
//
// The trial is what is repeated. Records within a trial are not independent of each other, and their number says nothing
// about how sure a difference is.
package compare

import (
	"fmt"
	"math"
	"slices"
)

// A Pair is one metric of two trials that belong together. Both are above zero.
type Pair struct{ A, B float64 }

// Difference returns ln(B/A), which every test here is made on. It is 0 for no difference, and not a number where a side is
// not above zero.
func (p Pair) Difference() float64 { return math.Log(p.B) - math.Log(p.A) }

// A Ratio is what B is of A: 1.10 is a tenth more, 1 no difference.
type Ratio struct {
	Estimate float64 // of the ratio of a typical pair
	Lo, Hi   float64 // the interval that holds the true ratio with probability Level or more
	Level    float64 // reached: the lowest that these values can state at or above what was asked for, 0 to 1
	Pairs    int     // 0 where A and B were not run in pairs
}

// Fewest and Most bound how many pairs are compared. Fewer than 6 can't state 95 %, whatever they show. Not far above 60
// the counts behind the interval are no longer exact.
const (
	Fewest = 6
	Most   = 60
)

// Paired compares A with B at a level such as 0.95. The interval is exact: it holds for any distribution of the
// differences ln(B/A) that is symmetric about its centre and continuous, however long its tails; no normal curve is
// assumed. Symmetry is what pairing brings, since within a pair both sides met the same conditions.
//
// The estimate is that of Hodges and Lehmann (Estimates of location based on rank tests, 1963): the median of the Walsh
// averages (d_i + d_j)/2 with i <= j. The interval is Tukey's, made of the same averages in order: Hollander and Wolfe,
// Nonparametric Statistical Methods, 3.2 and 3.3. It holds 1 exactly when Wilcoxon's signed-rank test does not reject
// that the sides are equal.
//
// Ties and pairs without a difference stay in as they are. With them the interval holds at least at Level: a closed
// interval of order statistics of a distribution that has steps covers no less than that of one that has none (Noether,
// Wilcoxon confidence intervals for location parameters in the discrete case, 1967).
func Paired(pairs []Pair, level float64) (Ratio, error) {
	s, err := signed(pairs)
	if err != nil {
		return Ratio{}, err
	}
	return s.ratio(level)
}

// SignedRankP returns the exact one-sided probabilities of Wilcoxon's signed-rank test (Individual comparisons by ranking
// methods, 1945): how likely pairs like these, or ones that speak more clearly, would be if the true ratio of B to A were not
// above the given one, and if it were not below. Zeros and ties speak for neither side. So above is at most (1-level)/2
// exactly when all of the interval of Paired at that level is above the ratio, and below when all of it is below.
func SignedRankP(pairs []Pair, ratio float64) (above, below float64, err error) {
	s, err := signed(pairs)
	if err != nil {
		return 0, 0, err
	}
	return s.p(ratio)
}

// signed prepares the signed-rank test.
func signed(pairs []Pair) (*shift, error) {
	n := len(pairs)
	switch {
	case n < Fewest:
		return nil, fmt.Errorf("compare %d pairs: at least %d are needed", n, Fewest)
	case n > Most:
		return nil, fmt.Errorf("compare %d pairs: at most %d can be", n, Most)
	}
	diffs := make([]float64, n)
	for i, p := range pairs {
		diffs[i] = p.Difference()
		if !(p.A > 0 && p.B > 0) || !(math.Abs(diffs[i]) <= largest) {
			return nil, fmt.Errorf("compare pair %d, %v with %v: both must be above zero, and their ratio finite", i+1, p.A, p.B)
		}
	}
	return &shift{what: fmt.Sprintf("%d pairs", n), centres: averages(diffs), null: signedRanks(n), pairs: n}, nil
}

// averages returns the n(n+1)/2 Walsh averages in order.
func averages(diffs []float64) []float64 {
	all := make([]float64, 0, len(diffs)*(len(diffs)+1)/2)
	for i, a := range diffs {
		for _, b := range diffs[i:] {
			all = append(all, a/2+b/2)
		}
	}
	slices.Sort(all)
	return all
}

// signedRanks returns in how many of the 2^n ways to give the ranks 1 to n a sign the positive ones add up to 0, 1, ...,
// n(n+1)/2: the distribution of Wilcoxon's signed-rank statistic where there is no difference (Hollander and Wolfe, 3.1),
// by dynamic programming, one rank after the other. For 60 ranks no count reaches 2^53, so each is exact.
func signedRanks(n int) null {
	ways := make([]float64, n*(n+1)/2+1)
	ways[0] = 1
	for rank := 1; rank <= n; rank++ {
		for sum := rank * (rank + 1) / 2; sum >= rank; sum-- {
			ways[sum] += ways[sum-rank]
		}
	}
	return null{ways: ways, all: math.Ldexp(1, n)}
}
