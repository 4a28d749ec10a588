package compare

import (
	"fmt"
	"math"
	"slices"
)

// FewestUnpaired is how many values each side needs that was not run in pairs with the other: 3 and 3 can't state 95 %.
const FewestUnpaired = 4

// Unpaired compares values of A with values of B that do not belong together in pairs, at a level such as 0.95, from 4 to 60
// of each. The estimate is that of Hodges and Lehmann (1963): the median of all differences ln b_j - ln a_i. The interval is
// made of the same differences in order, by the exact distribution of the Mann-Whitney statistic: Hollander and Wolfe,
// Nonparametric Statistical Methods, 4.2 and 4.3. It holds if the two distributions differ in nothing but a factor, and if
// all values are independent: what drifted between the trials of A and those of B is taken for a difference.
//
// Ties stay in as they are; with them the interval holds at least at Level.
func Unpaired(a, b []float64, level float64) (Ratio, error) {
	s, err := unpaired(a, b)
	if err != nil {
		return Ratio{}, err
	}
	return s.ratio(level)
}

// RankSumP returns the exact one-sided probabilities of the Mann-Whitney test (On a test of whether one of two random
// variables is stochastically larger than the other, 1947), with the meaning that they have for SignedRankP.
func RankSumP(a, b []float64, ratio float64) (above, below float64, err error) {
	s, err := unpaired(a, b)
	if err != nil {
		return 0, 0, err
	}
	return s.p(ratio)
}

// unpaired prepares the Mann-Whitney test.
func unpaired(a, b []float64) (*shift, error) {
	what := fmt.Sprintf("%d values with %d", len(a), len(b))
	switch few, many := min(len(a), len(b)), max(len(a), len(b)); {
	case few < FewestUnpaired:
		return nil, fmt.Errorf("compare %s: each side needs at least %d", what, FewestUnpaired)
	case many > Most:
		return nil, fmt.Errorf("compare %s: at most %d of each can be", what, Most)
	}
	centres := make([]float64, 0, len(a)*len(b))
	for _, before := range a {
		for _, after := range b {
			d := Pair{before, after}.Difference()
			if !(before > 0 && after > 0) || !(math.Abs(d) <= largest) {
				return nil, fmt.Errorf("compare %v with %v: both must be above zero, and their ratio finite", before, after)
			}
			centres = append(centres, d)
		}
	}
	slices.Sort(centres)
	return &shift{what: what, centres: centres, null: rankSums(len(a), len(b))}, nil
}

// rankSums returns in how many of the ways to put m and n values in one order 0, 1, ..., m*n of the pairs of one of each
// have the second first: the distribution of the Mann-Whitney statistic where there is no difference. Value by value: if
// the k-th of the m is at rank r of all, then r-k of the n are before it.
func rankSums(m, n int) null {
	ways := make([][]float64, m+1) // by how many of the m have a place
	for k := range ways {
		ways[k] = make([]float64, m*n+1)
	}
	ways[0][0] = 1
	for r := 1; r <= m+n; r++ {
		for k := min(r, m); k >= max(1, r-n); k-- {
			for u := m * n; u >= r-k; u-- {
				ways[k][u] += ways[k-1][u-(r-k)]
			}
		}
	}
	all := 0.0
	for _, w := range ways[m] {
		all += w
	}
	return null{ways: ways[m], all: all}
}

// deviation returns the sample's standard deviation, with n-1 for n. It takes two values or more.
func deviation(values []float64) float64 {
	mean, squares := 0.0, 0.0
	for i, v := range values { // Welford, Note on a method for calculating corrected sums of squares, 1962
		d := v - mean
		mean += d / float64(i+1)
		squares += d * (v - mean)
	}
	return math.Sqrt(squares / float64(len(values)-1))
}
