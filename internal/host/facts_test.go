package host

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/fstest"
)

var update = flag.Bool("update", false, "write the goldens instead of comparing with them")

// tree reads a fake /proc and /sys: files one after the other, each under a line "-- NAME --".
func tree(t testing.TB, name string) fstest.MapFS {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name+".tree"))
	if err != nil {
		t.Fatal(err)
	}
	root, file := fstest.MapFS{}, ""
	for line := range strings.Lines(string(text)) {
		if s, ok := strings.CutPrefix(line, "-- "); ok {
			file, _, _ = strings.Cut(s, " --")
			root[file] = &fstest.MapFile{}
			continue
		}
		root[file].Data = append(root[file].Data, line...)
	}
	return root
}

func TestFactsOfTrees(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ name, why string }{
		{"bare-vm", "a limit in no cgroup on the way is none, and known to be none"},
		{"container", "a namespace of its own: the limits stand at the mount"},
		{"nested", "the tightest limit is neither the innermost nor the outermost; ARM has no model name"},
		{"version1", "a bind mount of the own directory; the largest number is no limit"},
		{"no-cgroup", "limits may be in force and cannot be seen: unknown, not none"},
		{"malformed", "overflow, negative and missing: nothing is believed"},
		{"foreign", "limits of a group that is not ours say nothing about us"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			f := Facts{Hostname: "box", OS: "linux", Arch: "amd64", CPUs: 4, GoVersion: "go1.26", GOMAXPROCS: 4, GOGC: "100", Kbench: "v1"}
			f.readTree(tree(t, tc.name))
			s := newSampler(tree(t, tc.name))
			defer s.Close()
			got, err := json.MarshalIndent(struct {
				Facts  Facts
				Sample Sample
			}{f, ofTree(s.Sample())}, "", "\t")
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, '\n')
			golden := filepath.Join("testdata", tc.name+".json")
			if *update {
				if err := os.WriteFile(golden, got, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if string(got) != string(want) {
				t.Errorf("%s (%s):\ngot  %s\nwant %s", golden, tc.why, got, want)
			}
		})
	}
}

// ofTree leaves what the fake tree says, in the page size that it was written for, and drops what the runtime says.
func ofTree(s Sample) Sample {
	s.CPUUser, s.CPUSystem, s.Involuntary, s.AllocObjects, s.GCCycles = 0, 0, 0, 0, 0
	if s.RSSBytes > 0 {
		s.RSSBytes = s.RSSBytes / int64(os.Getpagesize()) * 4096
	}
	return s
}

func TestReadKnowsThisProcess(t *testing.T) {
	t.Parallel()
	f := Read("v1.2.3+dirty")
	if f.OS != runtime.GOOS || f.Kbench != "v1.2.3+dirty" || f.CPUs < 1 || f.GOMAXPROCS < 1 || f.GOGC == "" {
		t.Errorf("got %+v", f)
	}
	if runtime.GOOS == "linux" && (f.Kernel == "" || f.MemBytes == 0) {
		t.Errorf("got %+v, want a kernel and memory on linux", f)
	}
}

func TestAllowance(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		why   string
		cpus  int
		limit float64
		want  float64
	}{
		{"no limit: the affinity", 4, 0, 4},
		{"a limit below", 4, 0.5, 0.5},
		{"a limit above is no gain", 2, 8, 2},
	} {
		if got := (Facts{CPUs: tc.cpus, CPULimit: tc.limit}).Allowance(); got != tc.want {
			t.Errorf("%s: got %v, want %v", tc.why, got, tc.want)
		}
	}
}

func TestFingerprint(t *testing.T) {
	t.Parallel()
	base := Facts{OS: "linux", Arch: "amd64", Kernel: "6.1", CPUModel: "x", CPUs: 2, MemBytes: 8 << 30, GoVersion: "go1.26", GOMAXPROCS: 2, GOGC: "100"}
	want := base.Fingerprint("kafka 4.3.0", "acks=all")
	for _, tc := range []struct {
		why    string
		change func(*Facts)
		extra  []string
		same   bool
	}{
		{"nothing changed", func(*Facts) {}, []string{"kafka 4.3.0", "acks=all"}, true},
		{"settings come from maps, in any order", func(*Facts) {}, []string{"acks=all", "kafka 4.3.0"}, true},
		{"a name is no condition", func(f *Facts) { f.Hostname = "other" }, []string{"acks=all", "kafka 4.3.0"}, true},
		{"nor is a boot", func(f *Facts) { f.BootID = "other" }, []string{"acks=all", "kafka 4.3.0"}, true},
		{"kbench's version is what is compared", func(f *Facts) { f.Kbench = "v2" }, []string{"acks=all", "kafka 4.3.0"}, true},
		{"the kernel keeps a little more", func(f *Facts) { f.MemBytes -= 1 << 20 }, []string{"acks=all", "kafka 4.3.0"}, true},
		{"another setting", func(*Facts) {}, []string{"acks=1", "kafka 4.3.0"}, false},
		{"one setting fewer", func(*Facts) {}, []string{"kafka 4.3.0"}, false},
		{"the border between two moves", func(*Facts) {}, []string{"kafka 4.3.0a", "cks=all"}, false},
		{"gomaxprocs", func(f *Facts) { f.GOMAXPROCS = 4 }, []string{"acks=all", "kafka 4.3.0"}, false},
		{"gogc", func(f *Facts) { f.GOGC = "off" }, []string{"acks=all", "kafka 4.3.0"}, false},
		{"cpu limit", func(f *Facts) { f.CPULimit = 1.5 }, []string{"acks=all", "kafka 4.3.0"}, false},
		{"memory limit", func(f *Facts) { f.MemLimit = 1 << 30 }, []string{"acks=all", "kafka 4.3.0"}, false},
		{"kernel", func(f *Facts) { f.Kernel = "6.2" }, []string{"acks=all", "kafka 4.3.0"}, false},
	} {
		f := base
		tc.change(&f)
		if got := f.Fingerprint(tc.extra...); (got == want) != tc.same || len(got) != 16 {
			t.Errorf("%s: got %s against %s, want same %v", tc.why, got, want, tc.same)
		}
	}
}

// TestFingerprintLeavesItsArgumentAlone, since callers pass slices of their own.
func TestFingerprintLeavesItsArgumentAlone(t *testing.T) {
	t.Parallel()
	extra := []string{"b", "a"}
	Facts{}.Fingerprint(extra...)
	if extra[0] != "b" {
		t.Errorf("got %q, want the order it had", extra)
	}
}

// TestRaiseGOMAXPROCS is not parallel: it changes the process.
func TestRaiseGOMAXPROCS(t *testing.T) {
	start := runtime.GOMAXPROCS(0)
	defer runtime.GOMAXPROCS(start)
	for _, tc := range []struct {
		why             string
		need, was, want int
	}{
		{"more than there is", start + 3, start, start + 3},
		{"never lowered", 1, start + 3, start + 3},
		{"nothing asked", 0, start + 3, start + 3},
	} {
		was, now := RaiseGOMAXPROCS(tc.need)
		if was != tc.was || now != tc.want || runtime.GOMAXPROCS(0) != tc.want {
			t.Errorf("%s: got %d to %d, in force %d; want %d to %d", tc.why, was, now, runtime.GOMAXPROCS(0), tc.was, tc.want)
		}
	}
}

func BenchmarkRead(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		Read("v1")
	}
}
