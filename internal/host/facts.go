// Package host tells facts about the machine and the process that make the load: what they are, so that two results
// can be held against each other, and what they went through during a trial, so that a result can be doubted.
//
// Linux tells all of it. Elsewhere, and where a container hides a file, what cannot be read is unknown, never guessed.
package host

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"slices"
	"strconv"
)

// Facts are what does not change during a run. A field that could not be read is zero and stands in Unknown, under its
// JSON name; Virt alone is empty where nothing shows.
type Facts struct {
	Hostname   string   `json:"hostname"`
	OS         string   `json:"os"`     // linux, darwin
	Arch       string   `json:"arch"`   // amd64, arm64
	Kernel     string   `json:"kernel"` // release
	CPUModel   string   `json:"cpu_model"`
	CPUs       int      `json:"cpus"`            // that the process may use (affinity)
	CPULimit   float64  `json:"cpu_limit_cores"` // of the cgroup; 0: none
	MemBytes   int64    `json:"mem_bytes"`
	MemLimit   int64    `json:"mem_limit_bytes"` // of the cgroup; 0: none
	Governor   string   `json:"cpu_governor,omitempty"`
	Clock      string   `json:"clocksource"`
	THP        string   `json:"transparent_hugepages,omitempty"`
	Virt       string   `json:"virtualisation,omitempty"` // hypervisor and container, where they show
	BootID     string   `json:"boot_id"`
	GoVersion  string   `json:"go_version"`
	GOMAXPROCS int      `json:"gomaxprocs"`
	GOGC       string   `json:"gogc"` // percent, or off
	GCBallast  int64    `json:"gc_ballast_bytes"`
	Kbench     string   `json:"kbench_version"` // version, or revision with +dirty
	Unknown    []string `json:"unknown,omitempty"`
}

// Read reads the facts of this machine and process. It takes about a millisecond. GOMAXPROCS is what it is now, so
// call RaiseGOMAXPROCS first.
func Read(kbenchVersion string) Facts {
	f := Facts{
		OS: runtime.GOOS, Arch: runtime.GOARCH, CPUs: runtime.NumCPU(),
		GoVersion: runtime.Version(), GOMAXPROCS: runtime.GOMAXPROCS(0), GOGC: gogc(), Kbench: kbenchVersion,
	}
	f.Hostname, _ = os.Hostname()
	f.readTree(os.DirFS("/"))
	return f
}

// readTree fills in what the files under /proc and /sys tell, and lists what they do not.
func (f *Facts) readTree(root fs.FS) {
	f.Kernel = readLine(root, "proc/sys/kernel/osrelease")
	f.BootID = readLine(root, "proc/sys/kernel/random/boot_id")
	f.Governor = readLine(root, "sys/devices/system/cpu/cpu0/cpufreq/scaling_governor")
	f.Clock = readLine(root, "sys/devices/system/clocksource/clocksource0/current_clocksource")
	f.THP = chosen(readLine(root, "sys/kernel/mm/transparent_hugepage/enabled"))
	cpuinfo := readFile(root, "proc/cpuinfo")
	f.CPUModel = cpuModel(cpuinfo)
	f.Virt = virtualisation(root, cpuinfo)
	f.MemBytes, _ = memTotal(readFile(root, "proc/meminfo"))

	cpu, cpuFound := findCgroup(root, "cpu")
	memory, memFound := findCgroup(root, "memory")
	var cpuRead, memRead bool
	f.CPULimit, _, cpuRead = cpu.cpuLimit(root)
	f.MemLimit, memRead = memory.memLimit(root)

	f.Unknown = nil
	for _, field := range []struct {
		name  string
		known bool
	}{
		{"hostname", f.Hostname != ""},
		{"kernel", f.Kernel != ""},
		{"cpu_model", f.CPUModel != ""},
		{"cpu_limit_cores", cpuFound && cpuRead},
		{"mem_bytes", f.MemBytes > 0},
		{"mem_limit_bytes", memFound && memRead},
		{"cpu_governor", f.Governor != ""},
		{"clocksource", f.Clock != ""},
		{"transparent_hugepages", f.THP != ""},
		{"boot_id", f.BootID != ""},
	} {
		if !field.known {
			f.Unknown = append(f.Unknown, field.name)
		}
	}
}

// Allowance returns how many CPUs the process may keep busy: those of its affinity, or fewer by the cgroup's limit.
func (f Facts) Allowance() float64 {
	if f.CPULimit > 0 {
		return min(f.CPULimit, float64(f.CPUs))
	}
	return float64(f.CPUs)
}

// memGrain is how finely the fingerprint sees the machine's memory: the kernel keeps a little more or less of it for
// itself from one boot to the next.
const memGrain = 256 << 20

// Fingerprint returns 16 hexadecimal digits that are equal for two results only if these were made under the same
// conditions: hardware, limits, kernel, Go and its settings, and every string of extra, in any order. Names, boots and
// the version of kbench itself, which is what people compare, do not count.
func (f Facts) Fingerprint(extra ...string) string {
	parts := []string{
		f.OS, f.Arch, f.Kernel, f.CPUModel, f.Governor, f.Clock, f.THP, f.Virt, f.GoVersion, f.GOGC, strconv.FormatInt(f.GCBallast, 10),
		strconv.Itoa(f.CPUs), strconv.Itoa(f.GOMAXPROCS), strconv.FormatFloat(f.CPULimit, 'g', -1, 64),
		strconv.FormatInt((f.MemBytes+memGrain/2)/memGrain, 10), strconv.FormatInt(f.MemLimit, 10),
	}
	extra = slices.Clone(extra)
	slices.Sort(extra)
	h := sha256.New()
	for _, s := range append(parts, extra...) {
		_, _ = fmt.Fprintf(h, "%d:%s", len(s), s) // the length keeps "a","bc" and "ab","c" apart
	}
	return hex.EncodeToString(h.Sum(nil))[:16]
}
