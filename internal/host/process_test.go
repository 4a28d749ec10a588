package host

import (
	"runtime"
	"testing"
)

// TestRelaxGC counts the collector's runs over the same garbage. It is not parallel: others' garbage would count. Go's pacer
// lets as much garbage gather as is live, and may begin when 7/10 of that is there, if it expects to be slow, as on a busy
// machine: 128 MiB over 22.4 are 5 runs, and one may be under way at the start. Without the ballast there are some 40.
func TestRelaxGC(t *testing.T) {
	const garbage = 4 * ballastSize
	for _, tt := range []struct {
		why, gogc string
		most      uint32 // runs
		ballast   int64
	}{
		{"with little live, a run for each 7/10 of the ballast's size at most", "", 6, ballastSize},
		{"the environment has said how often", "100", 1 << 20, 0},
	} {
		t.Setenv("GOGC", tt.gogc) // the runtime read it when it started
		var f Facts
		restore := f.RelaxGC()
		if f.GCBallast != tt.ballast {
			t.Errorf("%s: ballast of %d, want %d", tt.why, f.GCBallast, tt.ballast)
		}
		runtime.GC() // it learns what is live
		before := collections()
		for size := 64 << 10; size < (64<<10)+garbage/(64<<10); size++ { // a size that varies is not for the stack
			runtime.KeepAlive(make([]byte, size))
		}
		if n := collections() - before; n > tt.most || tt.most > 6 && n <= 6 {
			t.Errorf("%s: %d runs for %d bytes of garbage", tt.why, n, garbage)
		}
		if restore(); f.GCBallast != 0 {
			t.Errorf("%s: not put back", tt.why)
		}
	}
}

func collections() uint32 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.NumGC
}
