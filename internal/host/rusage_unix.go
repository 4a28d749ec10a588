//go:build unix

package host

import "syscall"

// rusage returns the CPU time of this process in ns and the context switches it did not ask for; -1 where unknown.
func rusage() (user, system, involuntary int64) {
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		return -1, -1, -1
	}
	return r.Utime.Nano(), r.Stime.Nano(), int64(r.Nivcsw)
}
