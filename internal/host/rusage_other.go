//go:build !unix

package host

// rusage returns unknown: kbench has no way to ask this system.
func rusage() (user, system, involuntary int64) { return -1, -1, -1 }
