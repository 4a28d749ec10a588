package host

import (
	"io"
	"io/fs"
	"os"
	"path"
	"runtime/metrics"
)

// A Sampler takes samples, each in some 50 µs. It keeps its files open, because opening them costs more than reading
// them. It is for one goroutine at a time.
type Sampler struct {
	statm, stat, throttle, psiCPU, psiIO, psiMem fs.File // nil: there is no such file here

	buf     []byte
	metrics []metrics.Sample
}

// What the Sampler asks of the runtime, in the order of Sampler.metrics.
const (
	metricAllocs = iota
	metricTinyAllocs
	metricCycles
	metricPauses
	metricWaits
	metricCount
)

// NewSampler returns a Sampler for this process. Close frees its files.
func NewSampler() *Sampler { return newSampler(os.DirFS("/")) }

func newSampler(root fs.FS) *Sampler {
	s := &Sampler{buf: make([]byte, 4096), metrics: make([]metrics.Sample, metricCount)}
	s.metrics[metricAllocs].Name = "/gc/heap/allocs:objects"
	s.metrics[metricTinyAllocs].Name = "/gc/heap/tiny/allocs:objects" // allocations that share an object
	s.metrics[metricCycles].Name = "/gc/cycles/total:gc-cycles"
	s.metrics[metricPauses].Name = "/sched/pauses/total/gc:seconds"
	s.metrics[metricWaits].Name = "/sched/latencies:seconds"

	s.statm = open(root, "proc/self/statm")
	s.stat = open(root, "proc/stat")
	s.psiCPU = open(root, "proc/pressure/cpu")
	s.psiIO = open(root, "proc/pressure/io")
	s.psiMem = open(root, "proc/pressure/memory")
	if c, ok := findCgroup(root, "cpu"); ok {
		if _, dir, _ := c.cpuLimit(root); dir != "" {
			s.throttle = open(root, path.Join(dir, "cpu.stat"))
		}
	}
	return s
}

// Sample takes one.
func (s *Sampler) Sample() Sample {
	var t Sample
	t.CPUUser, t.CPUSystem, t.Involuntary = rusage()
	s.readRuntime(&t)

	var ok bool
	if t.RSSBytes, ok = residentBytes(s.read(s.statm), os.Getpagesize()); !ok {
		t.RSSBytes = -1
	}
	if t.StealTicks, t.TotalTicks, ok = cpuTicks(s.read(s.stat)); !ok {
		t.StealTicks, t.TotalTicks = -1, -1
	}
	if t.Throttled, t.ThrottledTime, ok = throttling(s.read(s.throttle)); !ok {
		t.Throttled, t.ThrottledTime = -1, -1
	}
	for _, psi := range []struct {
		file fs.File
		to   *int64
	}{{s.psiCPU, &t.PressureCPU}, {s.psiIO, &t.PressureIO}, {s.psiMem, &t.PressureMem}} {
		if *psi.to, ok = pressure(s.read(psi.file)); !ok {
			*psi.to = -1
		}
	}
	return t
}

// Close frees the files. The Sampler is of no use afterwards.
func (s *Sampler) Close() {
	for _, f := range []fs.File{s.statm, s.stat, s.throttle, s.psiCPU, s.psiIO, s.psiMem} {
		if f != nil {
			_ = f.Close() // nothing was written to it
		}
	}
}

// readRuntime asks the Go runtime, which stops nothing for it.
func (s *Sampler) readRuntime(t *Sample) {
	metrics.Read(s.metrics)
	count := func(metric int) int64 {
		if v := s.metrics[metric].Value; v.Kind() == metrics.KindUint64 {
			return int64(v.Uint64())
		}
		return -1 // a Go that does not have it
	}
	t.AllocObjects = sum(count(metricAllocs), count(metricTinyAllocs))
	t.GCCycles = count(metricCycles)
	t.gcPauses, t.waits = spreadOf(s.metrics[metricPauses].Value), spreadOf(s.metrics[metricWaits].Value)
}

// open returns nil for a file that is not there or cannot be read from its start again and again.
func open(root fs.FS, name string) fs.File {
	f, err := root.Open(name)
	if err != nil {
		return nil
	}
	if _, ok := f.(io.ReaderAt); !ok {
		_ = f.Close()
		return nil
	}
	return f
}

// read returns the beginning of a file, as much as the buffer takes: what is wanted stands in the first lines.
// "" is a file that is nil or cannot be read now.
func (s *Sampler) read(f fs.File) string {
	r, ok := f.(io.ReaderAt)
	if !ok {
		return ""
	}
	n, err := r.ReadAt(s.buf, 0)
	if err != nil && err != io.EOF {
		return ""
	}
	return string(s.buf[:n])
}
