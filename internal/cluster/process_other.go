//go:build unix && !linux

package cluster

import (
	"os/exec"
	"strconv"
	"strings"
)

// startOf returns when the process with this pid was started, as the system tells it, and whether it has ended since;
// "" for no such process.
func startOf(pid int) (start string, ended bool) {
	out, err := exec.Command("ps", "-o", "stat=,lstart=", "-p", strconv.Itoa(pid)).Output()
	state, start, ok := strings.Cut(strings.TrimSpace(string(out)), " ")
	if err != nil || !ok {
		return "", true
	}
	return strings.TrimSpace(start), strings.HasPrefix(state, "Z")
}

// isStopped reports whether the process stands still.
func isStopped(pid int) bool {
	out, err := exec.Command("ps", "-o", "stat=", "-p", strconv.Itoa(pid)).Output()
	return err == nil && strings.HasPrefix(strings.TrimSpace(string(out)), "T")
}
