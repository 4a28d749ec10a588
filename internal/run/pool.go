package run

import (
	"context"
	"slices"
	"sync"

	"kbench/internal/driver"
)

// poolChunk is how many records are made at a time, and poolBytes what they take at most, unless one takes more. poolKeep
// is how many may always lie idle.
const (
	poolChunk = 256
	poolBytes = 1 << 20
	poolKeep  = 4096
)

// A pool bounds the records that one producer has out, and makes sending allocate nothing: a record comes back when it
// is acked. It grows on demand up to its limit, and shrinks when far more lie idle than are out, so that memory follows what
// is really out and a stall leaves nothing behind. get is for one goroutine; put is for any that holds the lock.
//
// A record's Rank is how many there were when it was made. What goes first is what was made last, since records that were made
// together lie together: the heap gives back whole spans of them, and a few that stay would each keep the span that they are in.
type pool struct {
	mine  []*driver.Record // the getter's own: no lock
	limit int
	made  int                        // ever
	have  int                        // of them, idle or out
	fresh func(i int) *driver.Record // makes the i-th

	mu   sync.Locker
	wake chan struct{} // holds one when a record came back
	_    driver.Line
	back []*driver.Record // guarded by mu
	_    driver.Line
}

func newPool(limit int, mu sync.Locker, fresh func(i int) *driver.Record) *pool {
	return &pool{limit: limit, mu: mu, fresh: fresh, wake: make(chan struct{}, 1)}
}

// get returns a record; waited says that every record was out and it waited for one. It fails only with ctx's error.
func (p *pool) get(ctx context.Context) (r *driver.Record, waited bool, err error) {
	for len(p.mine) == 0 {
		p.mu.Lock()
		p.mine, p.back = p.back, p.mine
		p.mu.Unlock()
		switch {
		case len(p.mine) > 0:
			p.shrink()
		case p.have < p.limit:
			for size := 0; p.have < p.limit && len(p.mine) < poolChunk && size < poolBytes; p.have++ {
				r := p.fresh(p.made)
				r.Rank = int32(p.have)
				p.made++
				p.mine = append(p.mine, r)
				size += len(r.Value)
			}
		default:
			waited = true
			select {
			case <-p.wake:
			case <-ctx.Done():
				return nil, waited, ctx.Err()
			}
		}
	}
	last := len(p.mine) - 1
	r = p.mine[last]
	p.mine[last], p.mine = nil, p.mine[:last] // else what shrink drops stays reachable here
	return r, waited, nil
}

// shrink drops idle records that are more than twice those that are out: about an eighth of them at a time, so all within some
// seconds, and few where what is out goes up and down.
func (p *pool) shrink() {
	idle := len(p.mine)
	surplus := idle - max(2*(p.have-idle), poolKeep)
	if surplus <= 0 {
		return
	}
	keep := int32(p.have - (surplus+7)/8)
	p.mine = slices.DeleteFunc(p.mine, func(r *driver.Record) bool { return r.Rank >= keep })
	p.have -= idle - len(p.mine)
	if cap(p.mine) > 4*max(len(p.mine), poolKeep) {
		p.mine = slices.Clip(slices.Clone(p.mine))
	}
}

// put gives a record back. The caller holds the lock.
func (p *pool) put(r *driver.Record) {
	p.back = append(p.back, r)
	if len(p.back) > 1 {
		return
	}
	select {
	case p.wake <- struct{}{}:
	default:
	}
}
