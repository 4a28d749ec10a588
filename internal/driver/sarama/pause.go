package sarama

import "sync"

// A fetcher is what the library can pause: a group, or a consumer without one.
type fetcher interface {
	PauseAll()
	ResumeAll()
	Pause(partitions map[string][]int32)
}

// A pauser keeps a fetcher paused. The library knows only of the partitions that it reads at that moment, so each that begins to be
// read is told to it. Its zero value is not paused. It is safe for concurrent use.
type pauser struct {
	mu     sync.Mutex // guards what follows
	paused bool
	lib    fetcher // nil before Consume
}

func (c *consumer) Pause()  { c.pauser.set(true) }
func (c *consumer) Resume() { c.pauser.set(false) }

func (p *pauser) set(paused bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.paused = paused
	switch {
	case p.lib == nil:
	case paused:
		p.lib.PauseAll()
	default:
		p.lib.ResumeAll()
	}
}

// use says who reads from now on.
func (p *pauser) use(lib fetcher) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.lib = lib
}

// begin says that a partition has begun to be read.
func (p *pauser) begin(topic string, partition int32) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.paused && p.lib != nil {
		p.lib.Pause(map[string][]int32{topic: {partition}})
	}
}
