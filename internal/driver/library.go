package driver

import (
	"fmt"
	"runtime/debug"
	"time"
)

// Within runs f, a library's function that knows no context, and gives up waiting for it after limit: f goes on then, and
// the error is an *Error of class ErrTimedOut that says what did not end.
func Within(limit time.Duration, what string, f func()) error {
	done := make(chan struct{})
	go func() {
		defer close(done)
		f()
	}()
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case <-done:
		return nil
	case <-timer.C:
		return &Error{Class: ErrTimedOut, Msg: fmt.Sprintf("%s did not end within %s", what, limit)}
	}
}

// ModuleVersion returns the version of a module that the binary was built with, for libraries that do not tell theirs;
// "unknown" where the build did not note it.
func ModuleVersion(path string) string {
	if build, ok := debug.ReadBuildInfo(); ok {
		for _, m := range build.Deps {
			if m.Path == path {
				return m.Version
			}
		}
	}
	return "unknown"
}
