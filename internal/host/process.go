package host

import (
	"math"
	"os"
	"runtime"
	"runtime/metrics"
	"strconv"
)

// RaiseGOMAXPROCS makes GOMAXPROCS at least need, and never lowers it. The caller puts it back with
// runtime.GOMAXPROCS(was).
//
// need is pollers + pacers + consumers + 2. A poller that waits inside C and a pacer that sleeps in the kernel each
// keep a P until the runtime's monitor takes it back, which it may notice only after 10 ms. On 2 CPUs with the default
// of 2 that alone made a p99 of 3.6 to 7.9 ms out of one of 0.2 to 0.5 ms: a fault of the tool, shown as one of Kafka.
func RaiseGOMAXPROCS(need int) (was, now int) {
	was = runtime.GOMAXPROCS(0)
	if need <= was {
		return was, was
	}
	runtime.GOMAXPROCS(need)
	return was, need
}

// ballastSize is the garbage that may gather before the collector runs, beside Go's own share.
const ballastSize = 32 << 20

// RelaxGC keeps Go's garbage collector from running hundreds of times a second where little is live and much is dropped:
// a client that reads makes garbage at the rate of the records. With Go's default, collecting it took a third of the CPU
// of franz-go's consumer, and that is CPU which brokers on the same machine do not have.
//
// It holds memory that is never touched, so that none is used for it, and that the collector counts as live: it then lets
// as much garbage gather. Raising GOGC would also let a producer with half a million records out take a gigabyte more.
// Where the environment sets GOGC, that counts, and RelaxGC does nothing. f is told; restore puts everything back.
func (f *Facts) RelaxGC() (restore func()) {
	if os.Getenv("GOGC") != "" {
		return func() {}
	}
	ballast := make([]byte, ballastSize)
	f.GCBallast = ballastSize
	return func() {
		runtime.KeepAlive(ballast)
		f.GCBallast = 0
	}
}

// gogc returns the percentage in force, however it was set.
func gogc() string {
	s := []metrics.Sample{{Name: "/gc/gogc:percent"}}
	metrics.Read(s)
	v := s[0].Value.Uint64()
	if v > math.MaxInt32 { // the runtime holds off as -1
		return "off"
	}
	return strconv.FormatUint(v, 10)
}
