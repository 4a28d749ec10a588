package compare

import (
	"fmt"
	"math"
	"slices"
)

// largest bounds the size of a ln(B/A): beyond it the ratio is no longer a finite number.
const largest = 700

// A null is how a rank statistic falls where there is no difference: to k in ways[k] of all equally likely ways. It is
// symmetric.
type null struct {
	ways []float64
	all  float64
}

// atMost returns the probability that the statistic is k or less.
func (n null) atMost(k int) float64 {
	sum := 0.0
	for _, ways := range n.ways[:k+1] {
		sum += ways
	}
	return sum / n.all
}

// cut returns how many centres an interval leaves out at either end, and the level that it reaches with that; false where
// even one that leaves out none does not reach the level.
func (n null) cut(level float64) (leave int, reached float64, ok bool) {
	left := 0.0 // ways that lie beyond one end
	for _, ways := range n.ways {
		if 1-2*(left+ways)/n.all < level {
			break
		}
		left += ways
		leave++
	}
	return leave - 1, 1 - 2*left/n.all, leave > 0
}

// A shift is what the tests here have in common: values of ln(B/A) that the trials speak for, in order, and how likely it is
// that so many of them lie on one side of the true one. Of n trials a test makes more centres than n.
type shift struct {
	what    string // that is compared, for errors
	centres []float64
	null    null
	pairs   int
}

// interval returns the interval at the level, on the log scale, and the level that is reached.
func (s *shift) interval(level float64) (lo, hi, reached float64, err error) {
	if !(level > 0 && level < 1) {
		return 0, 0, 0, fmt.Errorf("compare at the level %v: it lies between 0 and 1, such as 0.95", level)
	}
	leave, reached, ok := s.null.cut(level)
	if !ok {
		return 0, 0, 0, fmt.Errorf("compare %s at the level %v: they reach %.4g at most, more reach more", s.what, level, 1-2*s.null.atMost(0))
	}
	return s.centres[leave], s.centres[len(s.centres)-1-leave], reached, nil
}

// estimate returns the median of the centres.
func (s *shift) estimate() float64 {
	return s.centres[(len(s.centres)-1)/2]/2 + s.centres[len(s.centres)/2]/2
}

func (s *shift) ratio(level float64) (Ratio, error) {
	lo, hi, reached, err := s.interval(level)
	if err != nil {
		return Ratio{}, err
	}
	return Ratio{Estimate: math.Exp(s.estimate()), Lo: math.Exp(lo), Hi: math.Exp(hi), Level: reached, Pairs: s.pairs}, nil
}

func (s *shift) p(ratio float64) (above, below float64, err error) {
	if !(ratio > 0) || math.IsInf(ratio, 0) {
		return 0, 0, fmt.Errorf("compare %s with the ratio %v: it must be above zero and finite, 1 for no difference", s.what, ratio)
	}
	above, below = s.tails(math.Log(ratio))
	return above, below, nil
}

// tails returns the one-sided probabilities that the true shift is not above the given one, and not below. What lies
// exactly on it speaks for neither.
func (s *shift) tails(at float64) (above, below float64) {
	first, _ := slices.BinarySearch(s.centres, at)
	beyond := first
	for beyond < len(s.centres) && s.centres[beyond] == at {
		beyond++
	}
	return s.null.atMost(beyond), s.null.atMost(len(s.centres) - first)
}
