package steady

import "math"

// batch is how many values MSER-5 takes together, and tail how many batches it leaves at the end at least: the spread of fewer
// is too often small by chance.
const (
	batch = 5
	tail  = 5
)

// FewestMeans is how many values MSER5 wants.
const FewestMeans = 2 * tail * batch

// MSER5 returns how many values at the beginning of a series belong to its warm-up: the cut that makes the mean of the rest, by
// its marginal standard error, the surest. With z the means of batches of five values, n of them, it is the d for which
//
//	sum over i > d of (z[i] - mean of z[d+1..n])^2 / (n-d)^2
//
// is least (White, Simulation 69, 1997; in batches of five, White, Cobb and Spratt, Winter Simulation Conference 2000). ok is
// false where the series is not settled yet, or has fewer than 50 values: a cut that does not lie in the first half says that
// more is needed to tell (Hoad, Robinson and Davies, Journal of the Operational Research Society 61, 2010).
func MSER5(series []float64) (cut int, ok bool) {
	n := len(series) / batch
	if len(series) < FewestMeans {
		return 0, false
	}
	least, level, squares := math.Inf(1), 0.0, 0.0
	for d := n - 1; d >= 0; d-- { // from the end, so that each cut adds one batch (Welford)
		z, k := mean(series[d*batch:(d+1)*batch]), float64(n-d)
		off := z - level
		level += off / k
		squares += off * (z - level)
		if s := squares / (k * k); n-d >= tail && s <= least {
			least, cut = s, d
		}
	}
	return cut * batch, !math.IsInf(least, 1) && 2*cut < n
}
