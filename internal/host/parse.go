package host

import (
	"io/fs"
	"math"
	"strconv"
	"strings"
)

// The parsers here take what a file says and report ok only for a number that is there, whole and not negative. None
// of them trusts its input: in a container these files may come from something that is not the kernel.

// readFile returns a file's text, "" if it cannot be read.
func readFile(root fs.FS, name string) string {
	b, err := fs.ReadFile(root, name)
	if err != nil {
		return ""
	}
	return string(b)
}

// readLine returns a file's first line without the space around it.
func readLine(root fs.FS, name string) string {
	line, _, _ := strings.Cut(readFile(root, name), "\n")
	return strings.TrimSpace(line)
}

// number reads a whole decimal number from 0 to the largest int64.
func number(s string) (int64, bool) {
	n, err := strconv.ParseUint(s, 10, 63)
	return int64(n), err == nil
}

// times multiplies two numbers that are not negative; ok is false when the product does not fit.
func times(a, b int64) (int64, bool) {
	if b != 0 && a > math.MaxInt64/b {
		return 0, false
	}
	return a * b, true
}

// value returns what stands after "key:" in the first line of text that begins so, as in /proc/cpuinfo.
func value(text, key string) string {
	for line := range strings.Lines(text) {
		if k, v, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(k) == key {
			return strings.TrimSpace(v)
		}
	}
	return ""
}

// keyed returns the number after "key " in the first line of text that begins so, as in a cgroup's cpu.stat.
func keyed(text, key string) (int64, bool) {
	for line := range strings.Lines(text) {
		if v, ok := strings.CutPrefix(line, key+" "); ok {
			return number(strings.TrimSpace(v))
		}
	}
	return 0, false
}

// cpuModel returns the name in /proc/cpuinfo; on ARM, which has none there, the numbers that stand for it.
func cpuModel(cpuinfo string) string {
	if name := value(cpuinfo, "model name"); name != "" {
		return name
	}
	implementer, part := value(cpuinfo, "CPU implementer"), value(cpuinfo, "CPU part")
	if implementer == "" || part == "" {
		return ""
	}
	return "implementer " + implementer + ", part " + part
}

// memTotal returns the bytes of memory that /proc/meminfo tells.
func memTotal(meminfo string) (int64, bool) {
	v, ok := strings.CutSuffix(value(meminfo, "MemTotal"), " kB")
	n, isNumber := number(strings.TrimSpace(v))
	if !ok || !isNumber {
		return 0, false
	}
	return times(n, 1024)
}

// chosen returns the word in brackets: "always [madvise] never" is madvise.
func chosen(words string) string {
	_, after, _ := strings.Cut(words, "[")
	word, _, ok := strings.Cut(after, "]")
	if !ok {
		return ""
	}
	return word
}

// cpuTicks returns the steal time and the whole time of all CPUs from the first line of /proc/stat. Guest time is
// already in user time.
func cpuTicks(stat string) (steal, total int64, ok bool) {
	line, _, _ := strings.Cut(stat, "\n")
	f := strings.Fields(line)
	const fields = 8 // user nice system idle iowait irq softirq steal
	if len(f) < 1+fields || f[0] != "cpu" {
		return 0, 0, false
	}
	for _, s := range f[1 : 1+fields] {
		n, ok := number(s)
		if !ok || n > math.MaxInt64-total {
			return 0, 0, false
		}
		total += n
		steal = n // the last one
	}
	return steal, total, true
}

// pressure returns the nanoseconds for which something waited, from the "some" line of a file of /proc/pressure.
func pressure(psi string) (int64, bool) {
	for line := range strings.Lines(psi) {
		if !strings.HasPrefix(line, "some ") {
			continue
		}
		_, total, ok := strings.Cut(line, " total=")
		n, isNumber := number(strings.TrimSpace(total))
		if !ok || !isNumber {
			return 0, false
		}
		return times(n, 1000)
	}
	return 0, false
}

// residentBytes returns the memory in use from /proc/self/statm, which counts pages.
func residentBytes(statm string, pageSize int) (int64, bool) {
	f := strings.Fields(statm)
	if len(f) < 2 {
		return 0, false
	}
	n, ok := number(f[1])
	if !ok {
		return 0, false
	}
	return times(n, int64(pageSize))
}

// virtualisation names the hypervisor and the container, where they show.
func virtualisation(root fs.FS, cpuinfo string) string {
	var found []string
	product := strings.TrimSpace(readLine(root, "sys/class/dmi/id/sys_vendor") + " " + readLine(root, "sys/class/dmi/id/product_name"))
	switch hypervisor := readLine(root, "sys/hypervisor/type"); {
	case hypervisor != "":
		found = append(found, hypervisor)
	case strings.Contains(" "+value(cpuinfo, "flags")+" ", " hypervisor "):
		found = append(found, strings.TrimSpace("virtual machine "+product))
	}
	for _, c := range []struct{ file, name string }{
		{".dockerenv", "docker"},
		{"run/.containerenv", "podman"},
		{"var/run/secrets/kubernetes.io/serviceaccount", "kubernetes"},
	} {
		if _, err := fs.Stat(root, c.file); err == nil {
			found = append(found, c.name)
		}
	}
	return strings.Join(found, ", ")
}
