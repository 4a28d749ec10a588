package bare

import "sync"

// A pool keeps what was acked for sending again, so that a loop allocates only what its client's buffer takes. get is
// for one goroutine, put for another: each has a list of its own most of the time.
type pool[T any] struct {
	mine []*T

	mu   sync.Mutex
	back []*T
}

func (p *pool[T]) get() *T {
	if len(p.mine) == 0 {
		p.mu.Lock()
		p.mine, p.back = p.back, p.mine
		p.mu.Unlock()
	}
	if len(p.mine) == 0 {
		return new(T)
	}
	last := len(p.mine) - 1
	v := p.mine[last]
	p.mine = p.mine[:last]
	return v
}

func (p *pool[T]) put(v *T) {
	p.mu.Lock()
	p.back = append(p.back, v)
	p.mu.Unlock()
}
