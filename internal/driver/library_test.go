package driver

import (
	"testing"
	"testing/synctest"
	"time"
)

func TestWithin(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		for takes, want := range map[time.Duration]string{0: "", time.Second - 1: "", time.Second + 1: "TIMED_OUT: closing did not end within 1s"} {
			begin, got := time.Now(), ""
			if err := Within(time.Second, "closing", func() { <-time.After(takes) }); err != nil {
				got = err.Error()
			}
			if took := time.Since(begin); got != want || took != min(takes, time.Second) {
				t.Errorf("what takes %s: got %q after %s, want %q", takes, got, took, want)
			}
			<-time.After(takes) // its goroutine ends too
		}
	})
}

func TestModuleVersion(t *testing.T) {
	t.Parallel()
	if got := ModuleVersion("example.org/no-such"); got != "unknown" {
		t.Errorf("a module that is not in this binary: got %q, want unknown", got)
	}
}
