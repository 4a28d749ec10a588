package metrics

import (
	"fmt"
	"math"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"kbench/internal/meter"
)

// spread adds records of the warm-up and of the measured part. Times are spread as they are where a machine is busy.
func (l load) spread(r *rand.Rand) {
	for range 300 {
		for _, due := range []time.Duration{0, 2 * time.Second} {
			lag, response := time.Duration(math.Exp(r.NormFloat64())*1e5), time.Duration(math.Exp(r.NormFloat64())*3e6)
			l.shard.Sent(due, due+lag, lag)
			l.shard.Acked(due, due+lag, due+lag+response, 100)
			l.shard.Seen(due, due+lag, due+lag+2*response, 100)
		}
	}
	l.meter.Harvest(math.MaxInt64)
}

// after returns a collector that has seen so many cases, the last of which is under way, and a way to go on with that.
func after(cases int) (c *Collector, goOn func()) {
	r := rand.New(rand.NewPCG(1, 2))
	c = New("v1", time.Unix(0, 0))
	for i := range cases {
		l := newLoad()
		more := func() {
			l.spread(r)
			c.Observe(l.sample(fmt.Sprint("case ", i)))
		}
		more()
		goOn = more
	}
	return c, goOn
}

// TestScrapeMakesWhatIsNew counts what a scrape makes anew: it must not be more the longer a run is.
func TestScrapeMakesWhatIsNew(t *testing.T) {
	t.Parallel()
	anew := func(cases int) (n int) {
		c, goOn := after(cases)
		old := c.collect()
		goOn()
		now := c.collect()
		if len(now) != len(old) {
			t.Errorf("%d metrics, then %d", len(old), len(now))
		}
		for _, m := range now {
			if !slices.Contains(old, m) {
				n++
			}
		}
		return n
	}
	one, many := anew(1), anew(20)
	if one != many || one == 0 || one > 3+2*(6+int(spans)) {
		t.Errorf("a scrape makes %d metrics with one case, and %d with 20", one, many)
	}
}

// TestObservedStays has a trial go on while what a scrape has taken is looked at: it must not change.
func TestObservedStays(t *testing.T) {
	t.Parallel()
	c, goOn := after(1)
	of := key{scenario: "s", name: "case 0", part: "measured"}
	was := c.now[of]
	scheduled, timed := was.counts.Scheduled, was.spans[meter.Response].buckets[bucket(3*time.Millisecond)]
	goOn()
	if is := c.now[of]; is == was || was.counts.Scheduled != scheduled || was.spans[meter.Response].buckets[bucket(3*time.Millisecond)] != timed || is.counts.Scheduled <= scheduled {
		t.Errorf("it had %d records and has %d", scheduled, was.counts.Scheduled)
	}
}

// BenchmarkScrape is what a scrape costs, as Prometheus makes it: a second that is scraped once takes that much of a core, and one in
// which a trial is observed takes BenchmarkObserve's too.
func BenchmarkScrape(b *testing.B) {
	for _, cases := range []int{1, 30, mostCases} {
		b.Run(fmt.Sprintf("cases=%d", cases), func(b *testing.B) {
			c, _ := after(cases)
			registry := prometheus.NewRegistry()
			if err := registry.Register(c); err != nil {
				b.Fatal(err)
			}
			h := handler(registry)
			r := httptest.NewRequestWithContext(b.Context(), http.MethodGet, "/metrics", nil)
			r.Header.Set("Accept", "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited")
			r.Header.Set("Accept-Encoding", "gzip")
			b.ReportAllocs()
			for b.Loop() {
				w := httptest.NewRecorder()
				h.ServeHTTP(w, r)
				if w.Code != http.StatusOK {
					b.Fatal(w.Code, w.Body)
				}
			}
		})
	}
}

// BenchmarkCollect is the part of it that makes metrics.
func BenchmarkCollect(b *testing.B) {
	c, _ := after(mostCases)
	b.ReportAllocs()
	for b.Loop() {
		c.collect()
	}
}

// BenchmarkObserve is what a second of a trial costs that is observed; 600 records and a harvest are in it.
func BenchmarkObserve(b *testing.B) {
	c := New("v1", time.Unix(0, 0))
	l := newLoad()
	r := rand.New(rand.NewPCG(1, 2))
	b.ReportAllocs()
	for b.Loop() {
		l.spread(r)
		c.Observe(l.sample("a"))
	}
}
