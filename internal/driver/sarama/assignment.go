package sarama

import (
	"slices"
	"sync"

	"github.com/IBM/sarama"
)

// An assignment is what a member of a group has. It is safe for concurrent use.
type assignment struct {
	mu      sync.Mutex                  // guards what follows
	session sarama.ConsumerGroupSession // nil while there is none
	first   int32                       // generation in which the session began
	times   int64                       // assignments before the session's first
}

// begin takes what a new session brings.
func (a *assignment) begin(s sarama.ConsumerGroupSession) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.session, a.first = s, s.GenerationID()
}

// end lets the session go.
func (a *assignment) end() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.times = a.count()
	a.session = nil
}

// now returns the partitions of the topic, and how many assignments there have been.
func (a *assignment) now(topic string) (partitions []int32, times int64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.session != nil {
		partitions = slices.Sorted(slices.Values(a.session.Claims()[topic]))
	}
	return partitions, a.count()
}

// count counts one for each generation of the group that the session has gone through: with the cooperative protocol it
// lives on from one to the next.
func (a *assignment) count() int64 {
	if a.session == nil {
		return a.times
	}
	return a.times + 1 + int64(a.session.GenerationID()-a.first)
}
