// Package load decides which bytes are due at which instants. It is pure: the same arguments give the same load on any
// machine, in any worker. Instants are time since the trial's start.
package load

import (
	"math"
	"math/bits"
	"math/rand/v2"
	"time"
)

// A Schedule says when each record is due: a pure function of the record's index, so that any worker, thread or process
// can compute its own share (i, i+W, ...) and a late worker cannot move the instants that latency counts from. Due is
// monotone in n. A Schedule may keep a cache, so each goroutine makes its own; equal arguments make equal schedules.
type Schedule interface {
	// Due returns when record n is due, counted from 0; ok is false once n lies past the end of time.Duration.
	Due(n uint64) (at time.Duration, ok bool)
	// Rate returns records a second at an instant, for display only.
	Rate(at time.Duration) float64
}

// nanosTimesThousandths is a second in nanoseconds, times the thousandths that rates are held in.
const nanosTimesThousandths = 1e9 * 1000

// Constant spaces records evenly.
type Constant struct{ milli uint64 }

// NewConstant makes a schedule of milli records in a thousand seconds; milli must be above 0.
func NewConstant(milli int64) Constant { return Constant{milli: uint64(milli)} }

// Due is n/rate in 128-bit integer arithmetic, rounded down: no interval is rounded, so record 10^9 is as exact as record 1.
func (c Constant) Due(n uint64) (time.Duration, bool) {
	hi, lo := bits.Mul64(n, nanosTimesThousandths)
	if hi >= c.milli {
		return 0, false
	}
	q, _ := bits.Div64(hi, lo, c.milli)
	return time.Duration(q), q <= math.MaxInt64
}

// Rate is the same at every instant.
func (c Constant) Rate(time.Duration) float64 { return float64(c.milli) / 1000 }

// poissonBlock is how many arrivals are drawn together; see Poisson.
const poissonBlock = 4096

// Poisson draws random arrivals at a mean rate. Arrivals are drawn in blocks: given that a block of time holds exactly
// B arrivals, those of a Poisson process are B sorted uniform instants in it (Ross, Stochastic Processes, theorem
// 2.3.1), made here from exponential spacings. So gaps are exponential, any block is computed alone from the seed, and
// the long-run rate is exact; the count in spans longer than a block of 4,096 varies less than a true Poisson's would.
type Poisson struct {
	base  Constant
	seed  uint64
	block uint64 // index of the block in at, plus 1; 0 is none
	at    []time.Duration
}

// NewPoisson makes a schedule of milli records in a thousand seconds on average, drawn from seed.
func NewPoisson(milli int64, seed uint64) *Poisson {
	return &Poisson{base: NewConstant(milli), seed: seed, at: make([]time.Duration, poissonBlock)}
}

// Due returns arrival n; the first call for a block costs about 50 µs.
func (p *Poisson) Due(n uint64) (time.Duration, bool) {
	block := n / poissonBlock
	if p.block != block+1 && !p.draw(block) {
		return 0, false
	}
	return p.at[n%poissonBlock], true
}

// Rate is the mean at every instant.
func (p *Poisson) Rate(at time.Duration) float64 { return p.base.Rate(at) }

func (p *Poisson) draw(block uint64) bool {
	from, ok := p.base.Due(block * poissonBlock)
	to, ok2 := p.base.Due((block + 1) * poissonBlock)
	if !ok || !ok2 {
		return false
	}
	random := rand.New(rand.NewPCG(p.seed, block))
	gaps := make([]float64, poissonBlock+1)
	sum := 0.0
	for i := range gaps {
		gaps[i] = random.ExpFloat64()
		sum += gaps[i]
	}
	length, passed := float64(to-from), 0.0
	for i := range p.at {
		passed += gaps[i]
		p.at[i] = from + time.Duration(length*(passed/sum))
	}
	p.block = block + 1
	return true
}

var (
	_ Schedule = Constant{}
	_ Schedule = (*Poisson)(nil)
)
