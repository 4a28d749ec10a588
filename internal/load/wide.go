package load

import "math/bits"

// wide is an unsigned integer of 192 bits: a profile is computed from products of up to three int64, of which two are added at
// most, and a float would round them. It is no array, so that the compiler can keep it in registers.
type wide struct{ low, middle, high uint64 }

// product returns a times b.
func product(a, b uint64) wide {
	high, low := bits.Mul64(a, b)
	return wide{low: low, middle: high}
}

// times returns a times b.
func (a wide) times(b uint64) wide {
	carried, low := bits.Mul64(a.low, b)
	over, middle := bits.Mul64(a.middle, b)
	middle, carry := bits.Add64(middle, carried, 0)
	return wide{low, middle, a.high*b + over + carry}
}

// plus returns a + b.
func (a wide) plus(b wide) wide {
	low, carry := bits.Add64(a.low, b.low, 0)
	middle, carry := bits.Add64(a.middle, b.middle, carry)
	return wide{low, middle, a.high + b.high + carry}
}

// minus returns a - b, which must not be below 0.
func (a wide) minus(b wide) wide {
	low, borrow := bits.Sub64(a.low, b.low, 0)
	middle, borrow := bits.Sub64(a.middle, b.middle, borrow)
	return wide{low, middle, a.high - b.high - borrow}
}

// atMost reports whether a <= b.
func (a wide) atMost(b wide) bool {
	_, borrow := bits.Sub64(b.low, a.low, 0)
	_, borrow = bits.Sub64(b.middle, a.middle, borrow)
	_, borrow = bits.Sub64(b.high, a.high, borrow)
	return borrow == 0
}

// float returns the nearest float64, or one next to it.
func (a wide) float() float64 {
	return (float64(a.high)*(1<<64)+float64(a.middle))*(1<<64) + float64(a.low)
}
