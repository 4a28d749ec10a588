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
	// Due returns when record n is due, counted from 0; ok is false once n lies past the end of time.Duration, or of
	// a schedule that has one.
	Due(n uint64) (at time.Duration, ok bool)
	// Rate returns records a second at an instant, for display only.
	Rate(at time.Duration) float64
}

// An Even schedule spaces records evenly, at one rate or at one that varies.
type Even interface {
	Schedule

	// due returns when n records and a part of one, 0 or more and below 1, have come.
	due(n uint64, part float64) (at time.Duration, ok bool)
}

// maxInstant is the end of time.Duration.
const maxInstant = time.Duration(math.MaxInt64)

// nanosTimesThousandths is a second in nanoseconds, times the thousandths that rates are held in.
const nanosTimesThousandths = 1e9 * 1000

// Constant spaces records evenly.
type Constant struct{ milli uint64 }

// NewConstant makes a schedule of milli records in a thousand seconds; milli must be above 0.
func NewConstant(milli int64) Constant { return Constant{milli: uint64(milli)} }

// Due is n/rate in 128-bit integer arithmetic, rounded down: no interval is rounded, so record 10^9 is as exact as record 1.
func (c Constant) Due(n uint64) (time.Duration, bool) { return c.due(n, 0) }

func (c Constant) due(n uint64, part float64) (time.Duration, bool) {
	hi, lo := bits.Mul64(n, nanosTimesThousandths)
	lo, carry := bits.Add64(lo, uint64(part*nanosTimesThousandths), 0)
	hi += carry
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

// Poisson draws random arrivals whose mean rate is that of an even schedule. A Poisson process of rate 1 runs on a clock that
// counts the even schedule's records instead of seconds: each of its arrivals is due when that many have come (Çinlar,
// Introduction to Stochastic Processes, section 4.7), so a rate that varies is no different from one that does not.
//
// Arrivals are drawn in blocks: given that a block of that clock holds exactly B arrivals, those of a Poisson process are B
// sorted uniform instants in it (Ross, Stochastic Processes, theorem 2.3.1), made here from exponential spacings. So gaps are
// exponential, any block is computed alone from the seed, and the long-run rate is exact; the count in spans longer than a block
// of 4,096 varies less than a true Poisson's would.
type Poisson struct {
	of    Even
	seed  uint64
	block uint64          // index of the block in at, plus 1; 0 is none
	at    []time.Duration // fewer than a block has where the even schedule ends in it
	gaps  []float64
}

// NewPoisson makes a schedule that is drawn from seed. It asks the even one, which is its own from then on.
func NewPoisson(of Even, seed uint64) *Poisson {
	return &Poisson{of: of, seed: seed, at: make([]time.Duration, 0, poissonBlock), gaps: make([]float64, poissonBlock+1)}
}

// Due returns arrival n; the first call for a block costs about 100 µs.
func (p *Poisson) Due(n uint64) (time.Duration, bool) {
	if block := n / poissonBlock; p.block != block+1 {
		p.draw(block)
	}
	if i := n % poissonBlock; i < uint64(len(p.at)) {
		return p.at[i], true
	}
	return 0, false
}

// Rate is the mean at an instant.
func (p *Poisson) Rate(at time.Duration) float64 { return p.of.Rate(at) }

func (p *Poisson) draw(block uint64) {
	p.block, p.at = block+1, p.at[:0]
	first := block * poissonBlock
	if _, ok := p.of.Due(first); !ok {
		return
	}
	random := rand.New(rand.NewPCG(p.seed, block))
	sum, passed := 0.0, 0.0
	for i := range p.gaps {
		p.gaps[i] = random.ExpFloat64()
		sum += p.gaps[i]
	}
	for _, gap := range p.gaps[:poissonBlock] {
		passed += gap
		come := poissonBlock * (passed / sum)
		whole := uint64(come)
		at, ok := p.of.due(first+whole, come-float64(whole))
		if !ok {
			return
		}
		p.at = append(p.at, at)
	}
}

var (
	_ Even     = Constant{}
	_ Schedule = (*Poisson)(nil)
	_ Schedule = (*Joined)(nil)
)
