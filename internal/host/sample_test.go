package host

import (
	"io/fs"
	"math"
	"runtime"
	"testing"
	"testing/fstest"
	"time"
)

func stretch(samples ...Sample) *Stretch {
	s := new(Stretch)
	for _, next := range samples {
		s.Add(next)
	}
	return s
}

func TestStretch(t *testing.T) {
	t.Parallel()
	bounds := []float64{0, 1e-6, 2e-3, 8e-3}
	from := Sample{
		CPUUser: 1e9, CPUSystem: 5e8, Involuntary: 10, AllocObjects: 1000, GCCycles: 3, RSSBytes: 50,
		StealTicks: 5, TotalTicks: 1000, Throttled: 1, ThrottledTime: 100, PressureCPU: 1e9, PressureIO: 1e9, PressureMem: -1,
		gcPauses: spread{[]uint64{9, 0, 5}, bounds}, waits: spread{[]uint64{0, 0, 0}, bounds},
	}
	middle := Sample{RSSBytes: 90}
	to := Sample{
		CPUUser: 3e9, CPUSystem: 15e8, Involuntary: 14, AllocObjects: 1600, GCCycles: 5, RSSBytes: 60,
		StealTicks: 15, TotalTicks: 1400, Throttled: 0, ThrottledTime: 100, PressureCPU: 5e8, PressureIO: 12e8, PressureMem: 7,
		gcPauses: spread{[]uint64{9, 2, 10}, bounds}, waits: spread{[]uint64{999, 1, 0}, bounds},
	}
	want := Usage{
		CPUNs: 3e9, CPUCores: 1.5, CPUPart: 0.75, Involuntary: 4, AllocObjects: 600, GCCycles: 2,
		GCPauseP99Ns: 8e6,
		GCPauseMaxNs: 8e6,
		GCPausePart:  0.022, // two of 2 ms, five of 8 ms
		SchedP99Ns:   1000,
		SchedMaxNs:   2e6,
		HiccupP99Ns:  -1,
		HiccupMaxNs:  -1,
		StillNs:      -1,
		RSSMaxBytes:  90,
		StealPart:    0.025,
		Throttled:    -1, // went down: another cgroup
		ThrottledNs:  0,
		PressureCPU:  -1, // went down
		PressureIO:   0.1,
		PressureMem:  -1, // unknown at first
	}
	if got := stretch(from, middle, to).Usage(2*time.Second, 2); got != want {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestStretchUnknown(t *testing.T) {
	t.Parallel()
	unknown := Usage{
		CPUNs: -1, CPUCores: -1, CPUPart: -1, Involuntary: -1, AllocObjects: -1, GCCycles: -1, RSSMaxBytes: -1,
		GCPauseP99Ns: -1, GCPauseMaxNs: -1, GCPausePart: -1, SchedP99Ns: -1, SchedMaxNs: -1, HiccupP99Ns: -1, HiccupMaxNs: -1, StillNs: -1,
		StealPart: -1, Throttled: -1, ThrottledNs: -1, PressureCPU: -1, PressureIO: -1, PressureMem: -1,
	}
	for _, tc := range []struct {
		why     string
		samples []Sample
		wall    time.Duration
	}{
		{"no sample", nil, time.Second},
		{"one sample", make([]Sample, 1), time.Second},
		{"no time between", make([]Sample, 2), 0},
		{"time went back", make([]Sample, 2), -1},
	} {
		if got := stretch(tc.samples...).Usage(tc.wall, 1); got != unknown {
			t.Errorf("%s: got %+v, want all unknown", tc.why, got)
		}
	}
}

func TestStretchIsNeverAboveOne(t *testing.T) {
	t.Parallel()
	got := stretch(Sample{}, Sample{CPUUser: 21e8, PressureCPU: 1001e6, TotalTicks: 5, StealTicks: 9}).Usage(time.Second, 2)
	if got.CPUPart != 1 || got.PressureCPU != 1 || got.StealPart != 1 {
		t.Errorf("got %+v, want parts of 1", got)
	}
	if got := stretch(make([]Sample, 2)...).Usage(time.Second, 0); got.CPUPart != -1 || got.StealPart != -1 {
		t.Errorf("got %+v, want parts of nothing unknown", got)
	}
}

// TestSamplerReadsAgain replaces the files' content under an open Sampler, as the kernel does.
func TestSamplerReadsAgain(t *testing.T) {
	t.Parallel()
	root := tree(t, "container")
	s := newSampler(root)
	defer s.Close()
	a := s.Sample()
	for name, text := range map[string]string{
		"proc/stat":              "cpu  20 0 10 70 0 0 0 25 0 0\n",
		"sys/fs/cgroup/cpu.stat": "nr_throttled 22\nthrottled_usec 345680\n",
		"proc/pressure/cpu":      "some avg10=0.00 total=1\n",
	} {
		copy(root[name].Data, text+string(make([]byte, len(root[name].Data))))
	}
	b := s.Sample()
	if b.StealTicks-a.StealTicks != 15 || b.TotalTicks-a.TotalTicks != 25 || b.Throttled-a.Throttled != 10 || b.ThrottledTime-a.ThrottledTime != 2000 {
		t.Errorf("got  %+v\nafter %+v", b, a)
	}
}

func TestSamplerWithoutFiles(t *testing.T) {
	t.Parallel()
	s := newSampler(fstest.MapFS{})
	defer s.Close()
	got := s.Sample()
	if got.RSSBytes != -1 || got.StealTicks != -1 || got.TotalTicks != -1 || got.Throttled != -1 || got.ThrottledTime != -1 ||
		got.PressureCPU != -1 || got.PressureIO != -1 || got.PressureMem != -1 {
		t.Errorf("got %+v, want all files' counts unknown", got)
	}
	if got.AllocObjects <= 0 || got.gcPauses.quantile(1) < 0 || got.waits.quantile(1) < 0 {
		t.Errorf("got %+v, want the runtime's counts", got)
	}
}

// notAgain is a file that can only be read once, as a pipe.
type notAgain struct{ fs.File }

type onceFS struct{ fstest.MapFS }

func (o onceFS) Open(name string) (fs.File, error) {
	f, err := o.MapFS.Open(name)
	return notAgain{f}, err
}

func TestSamplerWithFilesThatCannotBeReadAgain(t *testing.T) {
	t.Parallel()
	s := newSampler(onceFS{tree(t, "container")})
	defer s.Close()
	if got := s.Sample(); got.RSSBytes != -1 || got.TotalTicks != -1 {
		t.Errorf("got %+v, want unknown", got)
	}
}

// TestSamplerOfThisProcess is not parallel: other tests would allocate and collect too.
func TestSamplerOfThisProcess(t *testing.T) {
	s := NewSampler()
	defer s.Close()
	a := s.Sample()
	var kept [][]byte
	for range 1000 {
		kept = append(kept, make([]byte, 1024))
	}
	runtime.GC()
	b := s.Sample()
	runtime.KeepAlive(kept)
	u := stretch(a, b).Usage(time.Second, 1)
	if u.AllocObjects < 1000 || u.GCCycles < 1 || u.GCPauseMaxNs <= 0 || u.GCPausePart <= 0 || u.SchedMaxNs <= 0 {
		t.Errorf("got %+v, want 1000 objects and a collection with a pause", u)
	}
	if runtime.GOOS == "linux" && (u.RSSMaxBytes <= 0 || b.TotalTicks <= 0) {
		t.Errorf("got %+v, want memory and ticks on linux", b)
	}
}

func TestSpread(t *testing.T) {
	t.Parallel()
	bounds := []float64{math.Inf(-1), 1e-6, 2e-6, 4e-6, math.Inf(1)}
	for _, tc := range []struct {
		why           string
		before, after []uint64
		p99, max, sum int64
	}{
		{"unknown before", nil, []uint64{0, 1, 0, 0}, -1, -1, -1},
		{"unknown after", []uint64{0, 1, 0, 0}, nil, -1, -1, -1},
		{"nothing grew", []uint64{0, 5, 1, 0}, []uint64{0, 5, 1, 0}, 0, 0, 0},
		{"an older, longer one does not count", []uint64{0, 5, 1, 0}, []uint64{0, 6, 1, 0}, 2000, 2000, 2000},
		{"one in a hundred is not in p99", []uint64{0, 0, 0, 0}, []uint64{0, 99, 1, 0}, 2000, 4000, 99*2000 + 4000},
		{"two in a hundred are", []uint64{0, 0, 0, 0}, []uint64{0, 98, 2, 0}, 4000, 4000, 98*2000 + 2*4000},
		{"an open last bucket has only a beginning", []uint64{0, 0, 0, 0}, []uint64{0, 0, 0, 1}, 4000, 4000, 4000},
		{"an open first bucket has an end", []uint64{0, 0, 0, 0}, []uint64{1, 0, 0, 0}, 1000, 1000, 1000},
	} {
		s := spread{tc.after, bounds}.since(spread{tc.before, bounds})
		if p99, longest, sum := s.quantile(0.99), s.quantile(1), s.sum(); p99 != tc.p99 || longest != tc.max || sum != tc.sum {
			t.Errorf("%s: p99 %d, max %d, sum %d; want %d, %d, %d", tc.why, p99, longest, sum, tc.p99, tc.max, tc.sum)
		}
	}
}

func BenchmarkSample(b *testing.B) {
	s := NewSampler()
	defer s.Close()
	b.ReportAllocs()
	for b.Loop() {
		s.Sample()
	}
}
