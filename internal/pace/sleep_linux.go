package pace

import (
	"runtime"
	"time"

	"golang.org/x/sys/unix"
)

// preciseSleep locks the goroutine to a thread whose timers the kernel does not delay to bundle them. The thread's slack
// is put back before it is unlocked, since Go gives it to other goroutines afterwards.
func preciseSleep() (sleep func(time.Duration), done func()) {
	runtime.LockOSThread()
	slack, err := unix.PrctlRetInt(unix.PR_GET_TIMERSLACK, 0, 0, 0, 0)
	if err == nil {
		err = unix.Prctl(unix.PR_SET_TIMERSLACK, 1, 0, 0, 0)
	}
	restore := err == nil
	done = func() {
		if restore {
			_ = unix.Prctl(unix.PR_SET_TIMERSLACK, uintptr(slack), 0, 0, 0) // what was in force a moment ago is valid
		}
		runtime.UnlockOSThread()
	}
	return nanosleep, done
}

// shortSleep holds a thread for times that Go's timers would stretch, and no longer.
func shortSleep(d time.Duration) {
	if d > 5*time.Millisecond {
		time.Sleep(d - 2*time.Millisecond)
		return
	}
	nanosleep(d)
}

// nanosleep returns early on a signal, such as the runtime's own for preemption; the caller looks at the clock again.
func nanosleep(d time.Duration) {
	t := unix.NsecToTimespec(int64(d))
	_ = unix.ClockNanosleep(unix.CLOCK_MONOTONIC, 0, &t, nil)
}
