package load

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
)

func TestWide(t *testing.T) {
	t.Parallel()
	value := func(w wide) *big.Int {
		v := new(big.Int)
		for _, word := range []uint64{w.high, w.middle, w.low} {
			v.Lsh(v, 64).Or(v, new(big.Int).SetUint64(word))
		}
		return v
	}
	random := rand.New(rand.NewPCG(5, 6))
	number := func() uint64 { return random.Uint64() >> random.IntN(64) >> 1 }
	for range 10_000 {
		a, b, c, d := number(), number(), number(), number()
		x, y := product(a, b).times(c), product(a, d)
		if got, want := value(x), new(big.Int).Mul(value(product(a, b)), new(big.Int).SetUint64(c)); got.Cmp(want) != 0 {
			t.Fatalf("%d x %d x %d is %v, want %v", a, b, c, got, want)
		}
		sum := x.plus(y)
		if got, want := value(sum), new(big.Int).Add(value(x), value(y)); got.Cmp(want) != 0 {
			t.Fatalf("%v + %v is %v, want %v", value(x), value(y), got, want)
		}
		if sum.minus(y) != x || sum.minus(x) != y {
			t.Fatalf("%v - %v is %v, want %v", value(sum), value(y), value(sum.minus(y)), value(x))
		}
		if got, want := x.atMost(y), value(x).Cmp(value(y)) <= 0; got != want {
			t.Fatalf("%v <= %v is %v", value(x), value(y), got)
		}
		want, _ := new(big.Float).SetInt(value(x)).Float64()
		if got := x.float(); math.Abs(got-want) > math.Abs(want)*1e-15 {
			t.Fatalf("%v as a float is %v, want %v", value(x), got, want)
		}
	}
}
