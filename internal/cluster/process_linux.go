package cluster

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// startOf returns when the process with this pid was started, as the system tells it, and whether it has ended since;
// "" for no such process.
func startOf(pid int) (start string, ended bool) {
	fields := statOf("/proc/" + strconv.Itoa(pid))
	if fields == nil {
		return "", true
	}
	// Ticks count from the boot, and a pid may be used again after the next.
	boot, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return "", true
	}
	// A process is a zombie as soon as its first thread has ended. Its files and ports are free only when all have:
	// for a JVM that takes some milliseconds more.
	state, threads := fields[0], fields[17]
	ended = state == "X" || state == "Z" && (threads == "0" || threads == "1")
	return fields[19] + "@" + strings.TrimSpace(string(boot)), ended
}

// isStopped reports whether every thread of the process stands still.
func isStopped(pid int) bool {
	threads, err := filepath.Glob("/proc/" + strconv.Itoa(pid) + "/task/*")
	if err != nil {
		return false
	}
	for _, t := range threads {
		if f := statOf(t); f != nil && f[0] != "T" && f[0] != "t" {
			return false
		}
	}
	return len(threads) > 0
}

// statOf returns the fields of a stat file from the third, the state, on; nil for no such process or thread. The second
// is the program's name in brackets, which may hold anything.
func statOf(dir string) []string {
	stat, err := os.ReadFile(filepath.Join(dir, "stat"))
	if err != nil {
		return nil
	}
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
	if len(fields) < 20 {
		return nil
	}
	return fields
}
