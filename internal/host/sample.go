package host

import "time"

// A Sample is what the kernel and the runtime have counted up to one instant. What is not known is -1.
type Sample struct {
	CPUUser       int64 // process, ns
	CPUSystem     int64 // process, ns
	Involuntary   int64 // context switches that the process did not ask for
	AllocObjects  int64 // heap objects allocated, as go test -benchmem counts them
	GCCycles      int64
	RSSBytes      int64 // now
	StealTicks    int64 // all CPUs
	TotalTicks    int64 // all CPUs
	Throttled     int64 // cgroup: periods throttled
	ThrottledTime int64 // cgroup, ns
	PressureCPU   int64 // PSI cpu some, total in ns, of the whole machine
	PressureIO    int64 // PSI io some, total in ns
	PressureMem   int64 // PSI memory some, total in ns

	gcPauses spread // of the whole world, for GC
	waits    spread // of goroutines that could run, for a processor of Go's
}

// Usage is what happened between two samples. What is not known is -1. Lengths that the runtime tells, of pauses and
// scheduling latencies, are rounded up to the end of its bucket: at most a quarter more.
type Usage struct {
	CPUNs        int64   `json:"cpu_ns"`        // process, user and system
	CPUCores     float64 `json:"cpu_cores"`     // CPUNs over the wall time
	CPUPart      float64 `json:"cpu_allowance"` // of what the process may use, 0 to 1
	Involuntary  int64   `json:"involuntary_switches"`
	AllocObjects int64   `json:"alloc_objects"`
	GCCycles     int64   `json:"gc_cycles"`
	GCPauseP99Ns int64   `json:"gc_pause_p99_ns"`
	GCPauseMaxNs int64   `json:"gc_pause_max_ns"`
	GCPausePart  float64 `json:"gc_pause_part"`        // of the time, 0 to 1
	SchedP99Ns   int64   `json:"sched_latency_p99_ns"` // goroutines that could run and waited for a processor of Go's
	SchedMaxNs   int64   `json:"sched_latency_max_ns"`
	HiccupP99Ns  int64   `json:"hiccup_p99_ns"` // how late a thread woke that only slept, by instants: see package run
	HiccupMaxNs  int64   `json:"hiccup_max_ns"`
	StillNs      int64   `json:"stood_still_ns"` // in stretches of 100 ms and longer in which that thread did not run
	RSSMaxBytes  int64   `json:"rss_max_bytes"`  // highest sample
	StealPart    float64 `json:"steal"`          // of all CPU time of the machine, 0 to 1
	Throttled    int64   `json:"throttled_periods"`
	ThrottledNs  int64   `json:"throttled_ns"`
	PressureCPU  float64 `json:"psi_cpu"` // part of the time that something waited for a CPU, 0 to 1
	PressureIO   float64 `json:"psi_io"`
	PressureMem  float64 `json:"psi_memory"`
}

// A Stretch is what samples of one Sampler, added in their order, say together. It keeps the first and the last, and of those
// between, one a second, the highest RSSBytes, which no two samples alone can tell: an hour of them takes no more room than two.
// The zero value has none. It is for one goroutine at a time.
type Stretch struct {
	n           int
	first, last Sample
	peak        int64 // RSSBytes
}

// Add adds the next sample.
func (s *Stretch) Add(next Sample) {
	if s.n == 0 {
		s.first, s.peak = next, next.RSSBytes
	}
	s.last, s.peak = next, max(s.peak, next.RSSBytes)
	s.n++
}

// Len returns how many samples were added.
func (s *Stretch) Len() int { return s.n }

// Usage returns what happened from the first sample to the last, which are wall apart. allowance is Facts.Allowance. With fewer
// than two samples, or without wall, nothing is known. Hiccups never are: samples have none.
func (s *Stretch) Usage(wall time.Duration, allowance float64) Usage {
	if s.n < 2 || wall <= 0 {
		none := Sample{
			CPUUser: -1, CPUSystem: -1, Involuntary: -1, AllocObjects: -1, GCCycles: -1, RSSBytes: -1,
			StealTicks: -1, TotalTicks: -1, Throttled: -1, ThrottledTime: -1, PressureCPU: -1, PressureIO: -1, PressureMem: -1,
		}
		s, wall = &Stretch{first: none, last: none, peak: -1}, 1
	}
	a, b := &s.first, &s.last
	pauses, waits := b.gcPauses.since(a.gcPauses), b.waits.since(a.waits)
	u := Usage{
		CPUNs:        sum(grown(a.CPUUser, b.CPUUser), grown(a.CPUSystem, b.CPUSystem)),
		Involuntary:  grown(a.Involuntary, b.Involuntary),
		AllocObjects: grown(a.AllocObjects, b.AllocObjects),
		GCCycles:     grown(a.GCCycles, b.GCCycles),
		GCPauseP99Ns: pauses.quantile(0.99),
		GCPauseMaxNs: pauses.quantile(1),
		GCPausePart:  part(pauses.sum(), float64(wall)),
		SchedP99Ns:   waits.quantile(0.99),
		SchedMaxNs:   waits.quantile(1),
		HiccupP99Ns:  -1,
		HiccupMaxNs:  -1,
		StillNs:      -1,
		RSSMaxBytes:  s.peak,
		StealPart:    part(grown(a.StealTicks, b.StealTicks), float64(grown(a.TotalTicks, b.TotalTicks))),
		Throttled:    grown(a.Throttled, b.Throttled),
		ThrottledNs:  grown(a.ThrottledTime, b.ThrottledTime),
		PressureCPU:  part(grown(a.PressureCPU, b.PressureCPU), float64(wall)),
		PressureIO:   part(grown(a.PressureIO, b.PressureIO), float64(wall)),
		PressureMem:  part(grown(a.PressureMem, b.PressureMem), float64(wall)),
	}
	u.CPUCores = ratio(u.CPUNs, float64(wall))
	u.CPUPart = part(u.CPUNs, float64(wall)*allowance)
	return u
}

// grown returns how far a count went up. One that went down, as after a move to another cgroup, is unknown.
func grown(from, to int64) int64 {
	if from < 0 || to < from {
		return -1
	}
	return to - from
}

// sum adds two counts, either of which may be unknown.
func sum(a, b int64) int64 {
	if a < 0 || b < 0 {
		return -1
	}
	return a + b
}

// ratio returns n over of, -1 where either is unknown or of is nothing.
func ratio(n int64, of float64) float64 {
	if n < 0 || of <= 0 {
		return -1
	}
	return float64(n) / of
}

// part is a ratio that cannot exceed 1: the two ends are not read at one instant, so it may seem to by a hair.
func part(n int64, of float64) float64 { return min(1, ratio(n, of)) }
