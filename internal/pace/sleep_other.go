//go:build !linux

package pace

import "time"

// preciseSleep is time.Sleep where there is nothing better: on macOS it is late by some tens of microseconds.
func preciseSleep() (sleep func(time.Duration), done func()) {
	return time.Sleep, func() {}
}

func shortSleep(d time.Duration) { time.Sleep(d) }
