package run

import (
	"context"
	"sync"

	"kbench/internal/driver"
)

// poolChunk is how many records are made at a time, and poolBytes what they take at most, unless one takes more.
const (
	poolChunk = 256
	poolBytes = 1 << 20
)

// A pool bounds the records that one producer has out, and makes sending allocate nothing: a record comes back when it
// is acked. It grows on demand up to its limit, so that memory follows what is really out. get is for one goroutine; put
// is for any that holds the lock.
type pool struct {
	mine  []*driver.Record // the getter's own: no lock
	limit int
	made  int
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
		case p.made < p.limit:
			for size := 0; p.made < p.limit && len(p.mine) < poolChunk && size < poolBytes; p.made++ {
				r := p.fresh(p.made)
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
	r, p.mine = p.mine[last], p.mine[:last]
	return r, waited, nil
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
