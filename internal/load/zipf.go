package load

import (
	"math"
	"math/bits"
)

// A zipf draws ranks: rank k, from 0, as often as (k+1)^-s says. A cell is drawn by Walker's alias method (An efficient method for
// generating discrete random variables with general distributions, ACM TOMS 3(3), 1977). The first ranks have a cell each. Further
// on a cell has many: they are drawn alike and refused as often as they are rarer than the first of them, which is seldom. So the
// law is exact, and takes some ten kilobytes for any number of ranks.
//
// Note: rejection-inversion (Hörmann and Derflinger, 1996; rand.Zipf, for exponents above 1) needs no table, and took 40 to 80 ns for
// a rank, where this takes a quarter of that.
type zipf struct {
	s     float64
	cells []zipfCell
}

// A zipfCell has so many ranks, from first on, counted from 1.
type zipfCell struct {
	own          uint64 // of the numbers of 64 bits: those below it stay with this cell, the others go to cell alias
	alias        uint32
	first, count uint32
	sure         uint64 // likewise: with those below it no rank of the cell is refused
}

// Ranks up to zipfSingle have a cell each. A later cell has a zipfShare-th as many ranks as there are before it.
const (
	zipfSingle = 1 << 10
	zipfShare  = 1 << 6
)

// newZipf returns one of n ranks, 1 to 10^9, for an exponent s above 0.
func newZipf(n uint64, s float64) zipf {
	z := zipf{s: s}
	var weights []float64
	for first := uint64(1); first <= n; {
		count := uint64(1)
		if first > zipfSingle {
			count = min(first/zipfShare, n+1-first)
		}
		weight := math.Pow(float64(first), -s) * float64(count)
		last := float64(first+count-1) / float64(first)
		z.cells = append(z.cells, zipfCell{first: uint32(first), count: uint32(count), sure: portion(math.Pow(last, -s))})
		weights = append(weights, weight)
		first += count
	}
	z.mate(weights)
	return z
}

// mate fills up cells that weigh less than the mean from those that weigh more, as Vose does (A linear algorithm for generating random
// numbers with a given distribution, IEEE TSE 17(9), 1991).
func (z *zipf) mate(weights []float64) {
	sum := 0.0
	for _, w := range weights {
		sum += w
	}
	var small, large []int
	for i := range weights {
		weights[i] *= float64(len(weights)) / sum
		z.cells[i].own, z.cells[i].alias = math.MaxUint64, uint32(i)
		if weights[i] < 1 {
			small = append(small, i)
		} else {
			large = append(large, i)
		}
	}
	for len(small) > 0 && len(large) > 0 {
		i, j := small[len(small)-1], large[len(large)-1]
		small = small[:len(small)-1]
		z.cells[i].own, z.cells[i].alias = portion(weights[i]), uint32(j)
		if weights[j] -= 1 - weights[i]; weights[j] < 1 {
			small, large = append(small, j), large[:len(large)-1]
		}
	}
}

// portion returns the number below which a part of the numbers of 64 bits lies.
func portion(part float64) uint64 {
	if part >= 1 {
		return math.MaxUint64
	}
	return uint64(part * (1 << 64))
}

// zipfTries bounds how often a draw is made anew: hardly one in a hundred is.
const zipfTries = 64

// rank makes a rank of a random number.
func (z *zipf) rank(x uint64) uint64 {
	k := uint64(1)
	for range zipfTries {
		cell, rest := bits.Mul64(x, uint64(len(z.cells)))
		c := &z.cells[cell]
		if rest >= c.own {
			c = &z.cells[c.alias]
		}
		if k = uint64(c.first); c.count == 1 {
			break
		}
		x = Mix(x)
		further, rest := bits.Mul64(x, uint64(c.count))
		k += further
		if rest < c.sure || float64(rest)/(1<<64) < math.Pow(float64(k)/float64(c.first), -z.s) {
			break
		}
		x = Mix(x)
	}
	return k - 1
}
