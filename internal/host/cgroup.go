package host

import (
	"io/fs"
	"path"
	"slices"
	"strings"
)

// A cgroup is where the limits of one controller stand for this process: its own directory and each one above it,
// up to the mount, since the limits of all of them hold.
type cgroup struct {
	v1   bool
	dirs []string // innermost first; a directory need not exist
}

// findCgroup finds the directories for a controller (cpu, memory). ok is false when they cannot be seen from here, so
// that a limit could be in force without showing. Version 1 comes first, because where both are mounted, the
// controller is with the one that names it.
func findCgroup(root fs.FS, controller string) (c cgroup, ok bool) {
	mounts, paths := readFile(root, "proc/self/mountinfo"), readFile(root, "proc/self/cgroup")
	for _, v1 := range []bool{true, false} {
		own, named := cgroupPath(paths, controller, v1)
		fsRoot, mount, mounted := cgroupMount(mounts, controller, v1)
		if named && mounted {
			dirs := cgroupDirs(own, fsRoot, mount)
			return cgroup{v1, dirs}, dirs != nil
		}
	}
	return cgroup{}, false
}

// cgroupPath returns the process's cgroup from /proc/self/cgroup, whose lines are ID:CONTROLLERS:PATH. Version 2 has
// one line, without controllers.
func cgroupPath(text, controller string, v1 bool) (string, bool) {
	for line := range strings.Lines(text) {
		_, rest, _ := strings.Cut(strings.TrimSpace(line), ":")
		controllers, name, ok := strings.Cut(rest, ":")
		if ok && (v1 && slices.Contains(strings.Split(controllers, ","), controller) || !v1 && controllers == "") {
			return name, true
		}
	}
	return "", false
}

// cgroupMount returns where the controller's file system is mounted and which of its directories is there, from
// /proc/self/mountinfo: ID PARENT DEVICE ROOT MOUNT OPTIONS [TAG].. - TYPE SOURCE SUPER-OPTIONS.
func cgroupMount(text, controller string, v1 bool) (fsRoot, mount string, ok bool) {
	for line := range strings.Lines(text) {
		before, after, _ := strings.Cut(line, " - ")
		b, a := strings.Fields(before), strings.Fields(after)
		if len(b) < 6 || len(a) < 3 {
			continue
		}
		if v1 && a[0] == "cgroup" && slices.Contains(strings.Split(a[2], ","), controller) || !v1 && a[0] == "cgroup2" {
			return b[3], b[4], true
		}
	}
	return "", "", false
}

// cgroupDirs lists the directories from the process's own up to the mount. It returns nil when the process's own is
// not below what is mounted, as in a container that sees another namespace's tree.
func cgroupDirs(own, fsRoot, mount string) []string {
	below, inside := own, true
	if fsRoot != "/" {
		below, inside = strings.CutPrefix(own, fsRoot)
	}
	if !inside || strings.Contains(own+fsRoot, "..") || below != "" && below[0] != '/' {
		return nil
	}
	var dirs []string
	for dir := path.Clean("/" + below); ; dir = path.Dir(dir) {
		dirs = append(dirs, strings.TrimPrefix(path.Join("/", mount, dir), "/"))
		if dir == "/" {
			return dirs
		}
	}
}

// cpuLimit returns the tightest limit in cores, 0 for none, and the directory whose cpu.stat counts the throttling
// by it; without a limit, the innermost that has the file. ok is false when a limit stands there and makes no sense.
func (c cgroup) cpuLimit(root fs.FS) (cores float64, dir string, ok bool) {
	ok = true
	for _, d := range c.dirs {
		quota, period := c.cpuQuota(root, d)
		if quota == "" || quota == "max" || quota == "-1" {
			continue
		}
		q, isQuota := number(quota)
		p, isPeriod := number(period)
		if !isQuota || !isPeriod || q == 0 || p == 0 {
			ok = false
			continue
		}
		if limit := float64(q) / float64(p); cores == 0 || limit < cores {
			cores, dir = limit, d
		}
	}
	for _, d := range c.dirs {
		if _, err := fs.Stat(root, path.Join(d, "cpu.stat")); dir == "" && err == nil {
			dir = d
		}
	}
	return cores, dir, ok
}

// cpuQuota returns how long the group may run in each period; both "" where no such limit can stand.
func (c cgroup) cpuQuota(root fs.FS, dir string) (quota, period string) {
	if c.v1 {
		return readLine(root, path.Join(dir, "cpu.cfs_quota_us")), readLine(root, path.Join(dir, "cpu.cfs_period_us"))
	}
	quota, period, _ = strings.Cut(readLine(root, path.Join(dir, "cpu.max")), " ")
	return quota, period
}

// noLimitV1 is what version 1 shows for "no limit", less what it rounds off to whole pages of up to 64 KiB.
const noLimitV1 = 1<<63 - 1<<16

// memLimit returns the tightest limit in bytes, 0 for none. ok is false when a limit stands there and makes no sense.
func (c cgroup) memLimit(root fs.FS) (limit int64, ok bool) {
	file := "memory.max"
	if c.v1 {
		file = "memory.limit_in_bytes"
	}
	ok = true
	for _, d := range c.dirs {
		line := readLine(root, path.Join(d, file))
		if line == "" || line == "max" {
			continue
		}
		n, isNumber := number(line)
		ok = ok && isNumber
		if isNumber && n < noLimitV1 && (limit == 0 || n < limit) {
			limit = n
		}
	}
	return limit, ok
}

// throttling returns how many periods were cut short and for how many nanoseconds, from a cpu.stat.
func throttling(stat string) (periods, ns int64, ok bool) {
	periods, ok = keyed(stat, "nr_throttled")
	if !ok {
		return 0, 0, false
	}
	if ns, ok = keyed(stat, "throttled_time"); ok { // version 1: nanoseconds
		return periods, ns, true
	}
	us, ok := keyed(stat, "throttled_usec")
	if !ok {
		return 0, 0, false
	}
	ns, ok = times(us, 1000)
	return periods, ns, ok
}
