package meter

import (
	"bytes"
	"io"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// sample draws latencies of three shapes that real ones have: lognormal, a Pareto tail, and two modes.
func sample(r *rand.Rand) time.Duration {
	switch r.IntN(3) {
	case 0:
		return time.Duration(1e6 * math.Exp(r.NormFloat64()))
	case 1:
		return time.Duration(2e5 * math.Pow(1-r.Float64(), -1/1.5))
	}
	if r.IntN(10) == 0 {
		return 200*time.Millisecond + time.Duration(r.IntN(1e7))
	}
	return 300*time.Microsecond + time.Duration(r.IntN(1e5))
}

func TestQuantilesAgainstSortedOracle(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	m := New(Config{To: math.MaxInt64})
	shards := make([]*Shard, 8)
	for i := range shards {
		shards[i] = m.NewShard(new(sync.Mutex))
	}
	one := New(Config{To: math.MaxInt64})
	alone := one.NewShard(new(sync.Mutex))
	const n = 300_000
	all := make([]int64, 0, n)
	sum := 0.0
	for i := range n {
		d := sample(r)
		due := time.Duration(i) * 10 * time.Microsecond
		all = append(all, int64(d))
		sum += float64(d)
		shards[r.IntN(8)].Acked(due, due, due+d, 1)
		alone.Acked(due, due, due+d, 1)
		if i%50_000 == 0 {
			m.Harvest(due) // in the middle, as it is in a trial
		}
	}
	m.Harvest(math.MaxInt64)
	one.Harvest(math.MaxInt64)
	slices.Sort(all)
	got, want := &m.Measured().Stats[Response], &one.Measured().Stats[Response]
	if got.Count() != n || m.Measured().Acked != n || got.Min != all[0] || got.Max != all[n-1] {
		t.Errorf("count %d min %d max %d, want %d %d %d", got.Count(), got.Min, got.Max, n, all[0], all[n-1])
	}
	if rel := got.Mean()/(sum/n) - 1; math.Abs(rel) > 1e-9 {
		t.Errorf("mean %f, want %f", got.Mean(), sum/n)
	}
	if !got.Hist.Equals(want.Hist) {
		t.Error("eight shards merged differ from one shard")
	}
	for _, q := range []float64{0.5, 0.9, 0.95, 0.99, 0.999, 0.9999, 1} {
		v, ok := got.Quantile(q)
		oracle := float64(all[int(math.Ceil(q*n))-1])
		if rel := float64(v)/oracle - 1; !ok || math.Abs(rel) > 0.001 {
			t.Errorf("quantile %g is %d, the sorted values say %.0f: off by %.3f %%", q, v, oracle, 100*rel)
		}
	}
}

func TestWindowsGoByDueTime(t *testing.T) {
	t.Parallel()
	const from = 2500 * time.Millisecond
	m := New(Config{From: from, To: from + 3*time.Second})
	s := m.NewShard(new(sync.Mutex))
	for _, tt := range []struct {
		why       string
		due, done time.Duration
	}{
		{"warm-up, first window", 0, time.Millisecond},
		{"warm-up, its last nanosecond", from - 1, from + 10},
		{"measured, first instant", from, from + time.Millisecond},
		{"measured, and acked two seconds late", from + time.Millisecond, from + 2*time.Second},
		{"last window, acked in the drain", from + 2*time.Second, from + 10*time.Second},
	} {
		s.Sent(tt.due, tt.due, 0)
		s.Acked(tt.due, tt.due, tt.done, 100)
		m.Harvest(tt.due) // what comes later still finds its window
	}
	m.Harvest(math.MaxInt64)
	type row struct {
		index           int
		acked, ackedNow int64
	}
	want := []row{{-3, 1, 1}, {-1, 1, 0}, {0, 2, 2}, {2, 1, 1}}
	var got []row
	for _, w := range m.Windows() {
		got = append(got, row{w.Index, w.Acked, w.AckedThen})
	}
	if !slices.Equal(got, want) {
		t.Errorf("windows (index, acked by due, acked then):\n got %v\nwant %v", got, want)
	}
	if a, b := m.Warmup().Acked, m.Measured().Acked; a != 2 || b != 3 {
		t.Errorf("warm-up %d, measured %d; want 2 and 3", a, b)
	}
	// Throughput goes by completion within the measured part: two of warm-up's or measured's came in it and not later.
	if got := m.Measured().AckedThen; got != 3 {
		t.Errorf("%d acked within the measured part, want 3", got)
	}
	var st Stat
	if ok, err := m.Window(0).Stat(Response, &st); !ok || err != nil || st.Max != int64(2*time.Second-time.Millisecond) {
		t.Errorf("window 0: longest response %d, want the one acked late", st.Max)
	}
}

// TestBegin brings the measured part forward while records come in: what was harvested before, and what comes after it, of seconds
// before and after, lies where it would have lain had the start been known.
func TestBegin(t *testing.T) {
	t.Parallel()
	known, later := New(Config{From: 3 * time.Second, To: 5 * time.Second}), New(Config{From: time.Minute, To: 62 * time.Second})
	for _, m := range []*Meter{known, later} {
		s := m.NewShard(new(sync.Mutex))
		for i := range 70 {
			due := time.Duration(i) * 100 * time.Millisecond
			if i == 15 {
				later.Begin(3*time.Second, 5*time.Second)
			}
			s.Sent(due, due, 0)
			if i%7 > 0 {
				s.Acked(due, due, due+time.Duration(i)*20*time.Millisecond, 1)
			}
			m.Harvest(due)
		}
		m.Harvest(math.MaxInt64)
	}
	if a, b := known.Measured().Counts, later.Measured().Counts; a != b || a.Scheduled != 40 || a.AckedThen == a.Acked {
		t.Errorf("measured %+v, want %+v", b, a)
	}
	if a, b := known.Warmup().Counts, later.Warmup().Counts; a != b || a.Scheduled != 30 {
		t.Errorf("warm-up %+v, want %+v", b, a)
	}
	want := known.Windows()
	for i, w := range later.Windows() {
		if w.Index != want[i].Index || w.Counts != want[i].Counts || later.Window(w.Index) != w {
			t.Errorf("window %d: %+v of index %d, want %+v of index %d", i, w.Counts, w.Index, want[i].Counts, want[i].Index)
		}
	}
	if known.Index(4*time.Second) != 1 || later.Index(4*time.Second) != 1 || later.To() != 5*time.Second {
		t.Errorf("4 s lies in window %d and %d, the end at %v; want 1, 1, 5 s", known.Index(4*time.Second), later.Index(4*time.Second), later.To())
	}
	var logs [2]bytes.Buffer
	for i, m := range []*Meter{known, later} {
		if err := m.WriteLog(&logs[i], time.Unix(0, 0)); err != nil {
			t.Fatal(err)
		}
	}
	if logs[0].String() != logs[1].String() {
		t.Errorf("the logs differ:\n%s\n%s", logs[0].String(), logs[1].String())
	}
}

func TestOutOfRangeIsCountedNotLost(t *testing.T) {
	t.Parallel()
	m := New(Config{To: math.MaxInt64})
	s := m.NewShard(new(sync.Mutex))
	s.Seen(10, 10, 5, 1)                         // read before it was due: clocks disagree
	s.Seen(0, 0, Longest+time.Minute, 1)         // beyond the histogram
	s.Seen(0, 0, Longest, 1)                     // its very end
	s.Seen(0, 0, Longest+50*time.Millisecond, 1) // the library's last bucket would take it
	m.Harvest(math.MaxInt64)
	st := &m.Measured().Stats[E2E]
	if st.Count() != 4 || st.Negative != 1 || st.Over != 2 || st.Min != -5 || st.Max != int64(Longest+time.Minute) {
		t.Errorf("count %d negative %d over %d min %d max %d; want 4, 1, 2, -5 and the longest", st.Count(), st.Negative, st.Over, st.Min, st.Max)
	}
}

func TestSpansThatDoNotExist(t *testing.T) {
	t.Parallel()
	m := New(Config{To: math.MaxInt64, Off: [Spans]bool{Response: true, Lag: true}})
	s := m.NewShard(new(sync.Mutex))
	s.Sent(0, 1, 1)
	s.Acked(0, 1, 2, 1)
	s.Unsent(5)
	s.Failed(6)
	s.Read(7, 1, 10)
	m.Harvest(math.MaxInt64)
	p := m.Measured()
	if p.Stats[Response].Count() != 0 || p.Stats[Lag].Count() != 0 || p.Stats[Service].Count() != 1 {
		t.Error("a span that is off was recorded, or one that is on was not")
	}
	if p.Scheduled != 2 || p.Acked != 1 || p.Failed != 1 || p.Consumed != 1 || p.ConsumedBytesThen != 10 {
		t.Errorf("counts %+v", p.Counts)
	}
}

// TestLagIsSplit has lag add up from the sender's own part and back-pressure, and windows have it whole.
func TestLagIsSplit(t *testing.T) {
	t.Parallel()
	m := New(Config{To: math.MaxInt64})
	s := m.NewShard(new(sync.Mutex))
	for _, r := range []struct{ lag, own time.Duration }{
		{50, 50},  // nothing held it up
		{60, 60},  // nor this one
		{900, 60}, // a full buffer did
		{500, 0},  // all of it is back-pressure
	} {
		s.Sent(0, r.lag, r.own)
	}
	m.Harvest(math.MaxInt64)
	var st Stat
	if ok, err := m.Window(0).Stat(Lag, &st); !ok || err != nil || st.Count() != 4 || st.Max != 900 || st.Sum != 1510 {
		t.Errorf("the window's lag: %v, %v, %+v; want all four", ok, err, st)
	}
	if ok, _ := m.Window(0).Stat(LagHarness, &st); ok {
		t.Error("the window has the lag in parts")
	}
	for _, tt := range []struct {
		span          Span
		count         int64
		sum           float64
		shortest, max int64
	}{{Lag, 4, 1510, 50, 900}, {LagHarness, 4, 170, 0, 60}, {LagBackpressure, 2, 1340, 500, 840}} {
		got := &m.Measured().Stats[tt.span]
		if got.Count() != tt.count || got.Sum != tt.sum || got.Min != tt.shortest || got.Max != tt.max {
			t.Errorf("%s: %d from %d to %d, %.0f in all; want %+v", tt.span, got.Count(), got.Min, got.Max, got.Sum, tt)
		}
	}
}

func TestHarvestLosesNothing(t *testing.T) {
	t.Parallel()
	m := New(Config{To: math.MaxInt64})
	const writers, each = 4, 50_000
	var writing sync.WaitGroup
	for w := range writers {
		var mu sync.Mutex
		s := m.NewShard(&mu)
		writing.Go(func() {
			for i := range each {
				due := time.Duration(i) * 100 * time.Microsecond
				mu.Lock()
				s.Sent(due, due+1, 1)
				s.Acked(due, due+1, due+time.Duration(w), 1)
				mu.Unlock()
			}
		})
	}
	done := make(chan struct{})
	go func() { writing.Wait(); close(done) }()
	for at := time.Duration(0); ; at += 50 * time.Millisecond {
		m.Harvest(at)
		select {
		case <-done:
			m.Harvest(math.MaxInt64)
			p := m.Measured()
			if n := int64(writers * each); p.Scheduled != n || p.Acked != n || p.Stats[Response].Count() != n || p.Stats[Lag].Count() != n {
				t.Errorf("counts %+v, want %d of each", p.Counts, n)
			}
			var windows int64
			for _, w := range m.Windows() {
				windows += w.Acked
			}
			if windows != writers*each {
				t.Errorf("windows hold %d, want %d", windows, writers*each)
			}
			return
		default:
		}
	}
}

func TestLogReadsBack(t *testing.T) {
	t.Parallel()
	m := New(Config{From: time.Second, To: math.MaxInt64})
	s := m.NewShard(new(sync.Mutex))
	for i := range 3000 {
		due := time.Duration(i) * time.Millisecond
		s.Sent(due, due, 0)
		s.Acked(due, due, due+time.Duration(i+1)*time.Microsecond, 1)
	}
	m.Harvest(math.MaxInt64)
	start := time.Date(2026, 11, 21, 2, 3, 4, 0, time.UTC)
	var buf bytes.Buffer
	if err := m.WriteLog(&buf, start); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(buf.String(), "measured part begins at 1.000 s") {
		t.Error("the log does not say where the measured part begins")
	}
	read := hdrhistogram.NewHistogramLogReader(&buf)
	got := map[string]int64{}
	for {
		h, err := read.NextIntervalHistogram()
		if err != nil {
			t.Fatal(err)
		}
		if h == nil {
			break
		}
		got[h.Tag()] += h.TotalCount()
		if h.EndTimeMs()-h.StartTimeMs() != 1000 {
			t.Errorf("%s: interval of %d ms", h.Tag(), h.EndTimeMs()-h.StartTimeMs())
		}
	}
	if got["response"] != 3000 || got["service"] != 3000 || got["lag"] != 3000 || len(got) != 3 {
		t.Errorf("log holds %v, want 3000 each of response, service and lag", got)
	}
}

// TestSpoolChangesNothing has one of two equal meters keep its past windows in a file, late records among them.
func TestSpoolChangesNothing(t *testing.T) {
	t.Parallel()
	spool, err := NewSpool()
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(3, 4))
	plain, spooled := New(Config{From: 2 * time.Second, To: math.MaxInt64}), New(Config{From: 2 * time.Second, To: math.MaxInt64, Spool: spool})
	a, b := plain.NewShard(new(sync.Mutex)), spooled.NewShard(new(sync.Mutex))
	const seconds = 40
	for s := range seconds {
		for range 500 {
			due := time.Duration(s)*time.Second + time.Duration(r.IntN(1e9))
			if r.IntN(20) == 0 {
				due = time.Duration(r.Int64N(int64(due) + 1)) // acked late: its window may be in the file
			}
			d := sample(r)
			a.Acked(due, due, due+d, 1)
			b.Acked(due, due, due+d, 1)
		}
		plain.Harvest(time.Duration(s) * time.Second)
		spooled.Harvest(time.Duration(s) * time.Second)
	}
	if n := len(spooled.recent); n > settled+2 {
		t.Errorf("%d windows are in memory, want %d or so", n, settled)
	}
	plain.Harvest(math.MaxInt64)
	spooled.Harvest(math.MaxInt64)
	var want, got Stat
	for i, w := range plain.Windows() {
		some, _ := w.Stat(Response, &want) // in memory
		ok, err := spooled.Windows()[i].Stat(Response, &got)
		if ok != some || err != nil || ok && (!got.Hist.Equals(want.Hist) || got.Min != want.Min || got.Max != want.Max) {
			t.Fatalf("window %d: %v, %v; or it differs", w.Index, ok, err)
		}
	}
	start := time.Date(2026, 11, 21, 2, 3, 4, 0, time.UTC)
	var x, y bytes.Buffer
	if err := plain.WriteLog(&x, start); err != nil {
		t.Fatal(err)
	}
	if err := spooled.WriteLog(&y, start); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(x.Bytes(), y.Bytes()) {
		t.Error("the logs differ")
	}
	if err := spooled.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := spooled.Window(0).Stat(Response, &got); err == nil {
		t.Error("a window was read from a file that is closed")
	}
	if err := spooled.WriteLog(io.Discard, start); err == nil {
		t.Error("a log was written from a file that is closed")
	}
}

// TestSpoolThatFails has the file fail before anything is in it: all stays in memory, and is there.
func TestSpoolThatFails(t *testing.T) {
	t.Parallel()
	spool, err := NewSpool()
	if err != nil {
		t.Fatal(err)
	}
	if err := spool.Close(); err != nil {
		t.Fatal(err)
	}
	m := New(Config{To: math.MaxInt64, Spool: spool})
	s := m.NewShard(new(sync.Mutex))
	for i := range 30 {
		due := time.Duration(i) * time.Second
		s.Acked(due, due, due+5, 1)
		m.Harvest(due)
	}
	var st Stat
	if ok, err := m.Window(0).Stat(Response, &st); !ok || err != nil || st.Count() != 1 {
		t.Errorf("window 0: %v, %v, %d values; want one", ok, err, st.Count())
	}
}

func TestRecordingAllocatesNothing(t *testing.T) {
	m := New(Config{To: math.MaxInt64})
	s := m.NewShard(new(sync.Mutex))
	due := time.Duration(0)
	step := func() {
		s.Sent(due, due+10, 10)
		s.Acked(due, due+10, due+500, 200)
		s.Seen(due, due+10, due+900, 200)
		due += time.Microsecond
	}
	step()
	if got := testing.AllocsPerRun(1000, step); got != 0 {
		t.Errorf("%v allocations a record, want 0", got)
	}
}

func BenchmarkRecord(b *testing.B) {
	m := New(Config{To: math.MaxInt64})
	s := m.NewShard(new(sync.Mutex))
	b.ReportAllocs()
	for due := time.Duration(0); b.Loop(); due++ {
		s.Sent(due, due+10, 10)
		s.Acked(due, due+10, due+500, 200)
	}
}
