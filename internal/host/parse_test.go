package host

import (
	"math"
	"slices"
	"strings"
	"testing"
)

func TestCPUTicks(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		why, in      string
		steal, total int64
		ok           bool
	}{
		{"guest time is in user time already", "cpu  1 2 3 4 5 6 7 8 100 100\ncpu0 1\n", 8, 36, true},
		{"the sum just fits", "cpu 9223372036854775806 0 0 0 0 0 0 1", 1, math.MaxInt64, true},
		{"the sum does not fit", "cpu 9223372036854775807 0 0 0 0 0 0 1", 0, 0, false},
		{"old kernels have no steal", "cpu 1 2 3 4 5 6 7", 0, 0, false},
		{"one CPU is not all", "cpu0 1 2 3 4 5 6 7 8", 0, 0, false},
		{"negative", "cpu 1 2 3 -4 5 6 7 8", 0, 0, false},
		{"empty", "", 0, 0, false},
	} {
		steal, total, ok := cpuTicks(tc.in)
		if ok != tc.ok || ok && (steal != tc.steal || total != tc.total) {
			t.Errorf("%s: got %d of %d, %v; want %d of %d, %v", tc.why, steal, total, ok, tc.steal, tc.total, tc.ok)
		}
	}
}

func TestNumbers(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		why   string
		parse func(string) (int64, bool)
		in    string
		want  int64
		ok    bool
	}{
		{"microseconds to nanoseconds", pressure, "some avg10=0.00 avg60=0.00 avg300=0.00 total=27799708\nfull total=1\n", 27799708000, true},
		{"full is not some", pressure, "full avg10=0.00 total=3\n", 0, false},
		{"too large for nanoseconds", pressure, "some avg10=0.00 total=9223372036854776\n", 0, false},
		{"no total", pressure, "some avg10=0.00\n", 0, false},
		{"kernel's kB are KiB", memTotal, "MemFree: 1 kB\nMemTotal:  8 kB\n", 8192, true},
		{"another unit", memTotal, "MemTotal:  8 MB\n", 0, false},
		{"too large for bytes", memTotal, "MemTotal: 9007199254740992 kB\n", 0, false},
		{"a sign is not a digit", number, "+5", 0, false},
		{"the largest", number, "9223372036854775807", math.MaxInt64, true},
		{"one above", number, "9223372036854775808", 0, false},
		{"pages", func(s string) (int64, bool) { return residentBytes(s, 4096) }, "9 5 1 1 0 1 0", 20480, true},
		{"too many pages", func(s string) (int64, bool) { return residentBytes(s, 4096) }, "9 9223372036854775807", 0, false},
		{"cut off", func(s string) (int64, bool) { return residentBytes(s, 4096) }, "9", 0, false},
	} {
		if got, ok := tc.parse(tc.in); ok != tc.ok || ok && got != tc.want {
			t.Errorf("%s: %q: got %d, %v; want %d, %v", tc.why, tc.in, got, ok, tc.want, tc.ok)
		}
	}
}

func TestCgroupDirs(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		why, own, fsRoot, mount string
		want                    []string
	}{
		{"each level counts", "/a/b", "/", "/sys/fs/cgroup", []string{"sys/fs/cgroup/a/b", "sys/fs/cgroup/a", "sys/fs/cgroup"}},
		{"a namespace of its own", "/", "/", "/sys/fs/cgroup", []string{"sys/fs/cgroup"}},
		{"only the own directory is mounted", "/d/4f", "/d/4f", "/cg", []string{"cg"}},
		{"a part of the tree is mounted", "/d/4f", "/d", "/cg", []string{"cg/4f", "cg"}},
		{"a name that only begins alike", "/d/4f2", "/d/4f", "/cg", nil},
		{"outside of the namespace", "/../x", "/", "/cg", nil},
		{"mounted from outside of the namespace", "/", "/../..", "/cg", nil},
	} {
		if got := cgroupDirs(tc.own, tc.fsRoot, tc.mount); !slices.Equal(got, tc.want) {
			t.Errorf("%s: got %q, want %q", tc.why, got, tc.want)
		}
	}
}

// FuzzParse holds every parser to its word: no panic, and nothing negative is ever ok.
func FuzzParse(f *testing.F) {
	for _, s := range []string{
		"cpu 1 2 3 4 5 6 7 8", "some avg10=0.00 total=5\n", "MemTotal: 8 kB", "nr_throttled 3\nthrottled_usec 9",
		"0::/a/b", "35 29 0:30 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw", "always [madvise] never", "CPU part : 1\nCPU implementer : 2", "1 2",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		positive := func(name string, ok bool, numbers ...int64) {
			for _, n := range numbers {
				if ok && n < 0 {
					t.Errorf("%s(%q): got %d", name, s, n)
				}
			}
		}
		steal, total, ok := cpuTicks(s)
		positive("cpuTicks", ok, steal, total, total-steal)
		periods, ns, ok := throttling(s)
		positive("throttling", ok, periods, ns)
		n, ok := pressure(s)
		positive("pressure", ok, n)
		n, ok = memTotal(s)
		positive("memTotal", ok, n)
		n, ok = residentBytes(s, 4096)
		positive("residentBytes", ok, n)
		cpuModel(s)
		chosen(s)
		fsRoot, mount, _ := cgroupMount(s, "cpu", false)
		for _, v1 := range []bool{true, false} {
			own, _ := cgroupPath(s, "cpu", v1)
			for _, dir := range cgroupDirs(own, fsRoot, mount) {
				if strings.HasPrefix(dir, "/") || strings.Contains(own, "..") {
					t.Errorf("cgroupDirs(%q, %q, %q) has %q", own, fsRoot, mount, dir)
				}
			}
		}
	})
}
