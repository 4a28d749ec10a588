package run

import (
	"math/rand/v2"
	"time"

	"kbench/internal/result"
	"kbench/internal/scenario"
)

// reruns is how often a pair is run again of which a trial is invalid.
const reruns = 2

// A Side is one of the two that are compared.
type Side struct {
	Case *scenario.Case
	Env  *Env // whose brokers it uses; nil: those of the Env that follows the course
}

// Pairing says how two sides are compared.
type Pairing struct {
	A, B  Side
	Pairs int           // 1 or more
	Rest  time.Duration // of quiet before each trial, so that the brokers are done with the one before
	Seed  uint64        // of the order within pairs; equal seeds give equal orders

	// Extend is asked once, after Pairs, with all records so far, whether as many again are to be run; nil: they are not.
	Extend func([]*result.Trial) bool
}

// pairs is the course of a comparison: trials of two sides, one right after the other, in an order that is drawn for each
// pair. What drifts is in both sides of a pair, and neither is always the one that comes first.
type pairs struct {
	Pairing
	rng   *rand.Rand
	limit int // Pairs, or twice that

	number, attempt int      // of the pair under way
	repeat          int      // of its trials
	todo            []string // its sides that are still to come
	invalid         bool     // one of its trials is
	again           int      // pairs that were run again, each time counted
	trials          []*result.Trial
}

// Paired returns the course of a comparison.
func Paired(p Pairing) Course {
	return &pairs{Pairing: p, limit: p.Pairs, rng: rand.New(rand.NewPCG(p.Seed, uint64(p.Pairs)))}
}

func (c *pairs) Next() (Step, bool) {
	if len(c.todo) == 0 && !c.begin() {
		return Step{}, false
	}
	name := c.todo[0]
	c.todo = c.todo[1:]
	side := c.A
	if name == result.SideB {
		side = c.B
	}
	return Step{
		Case: side.Case, Env: side.Env, Repeat: c.repeat, Pause: c.Rest, Trials: 2 * (c.limit + c.again),
		Pair: &result.Pair{Number: c.number, Attempt: c.attempt, Side: name},
	}, true
}

// begin starts the next pair, or the last one again, and says whether there is one.
func (c *pairs) begin() bool {
	switch {
	case c.invalid && c.attempt <= reruns:
		c.attempt++
		c.again++
		c.repeat = 2*c.Pairs + c.again // beyond those of every pair, extended or not
	case c.number == c.limit && !c.extend():
		return false
	default:
		c.number++
		c.attempt, c.repeat = 1, c.number
	}
	c.invalid = false
	c.todo = []string{result.SideA, result.SideB}
	if c.rng.IntN(2) == 1 {
		c.todo[0], c.todo[1] = c.todo[1], c.todo[0]
	}
	return true
}

// extend adds as many pairs as were declared, once, where that is wanted.
func (c *pairs) extend() bool {
	if c.Extend == nil || c.limit > c.Pairs || !c.Extend(c.trials) {
		return false
	}
	c.limit = 2 * c.Pairs
	return true
}

func (c *pairs) Done(t *result.Trial) {
	c.trials = append(c.trials, t)
	c.invalid = c.invalid || t.Verdict.Trust == result.TrustInvalid
}
