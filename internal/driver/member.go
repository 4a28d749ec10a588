package driver

import (
	"maps"
	"slices"
	"sync"
)

// A Member keeps what a Consumer has to tell: the partitions that it has, how many assignments came in, and its errors by
// class. Its zero value has none of them. It is safe for concurrent use.
type Member struct {
	mu       sync.Mutex // guards what follows
	assigned map[int32]bool
	times    int64
	failed   map[string]int64
}

// Assign adds partitions and counts one assignment, also where there are none.
func (m *Member) Assign(partitions []int32) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.times++
	if m.assigned == nil {
		m.assigned = map[int32]bool{}
	}
	for _, p := range partitions {
		m.assigned[p] = true
	}
}

// Revoke takes partitions away.
func (m *Member) Revoke(partitions []int32) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, p := range partitions {
		delete(m.assigned, p)
	}
}

// Fail counts an error, unless it is of the client's own end.
func (m *Member) Fail(class string) {
	if class == ErrClosed || class == ErrCanceled {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.failed == nil {
		m.failed = map[string]int64{}
	}
	m.failed[class]++
}

// Assigned is Consumer's.
func (m *Member) Assigned() (partitions []int32, times int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Sorted(maps.Keys(m.assigned)), m.times
}

// Errors is Consumer's.
func (m *Member) Errors() map[string]int64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	failed := map[string]int64{}
	maps.Copy(failed, m.failed)
	return failed
}
