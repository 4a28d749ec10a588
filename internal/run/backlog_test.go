package run

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"kbench/internal/driver"
	"kbench/internal/meter"
	"kbench/internal/result"
	"kbench/internal/scenario"
	"kbench/internal/unit"
)

// A tap is a consumer that reads so many records a second, unless it is paused, from a topic that gets produced a second.
type tap struct {
	driver.Consumer
	produced, speed int64
	until           time.Duration // when the load ends

	next   *atomic.Int64 // how far it is
	did    []string
	began  time.Time
	paused bool
	looked time.Time
}

func (c *tap) Pause()  { c.set(true, "pause") }
func (c *tap) Resume() { c.set(false, "resume") }

func (c *tap) set(paused bool, what string) {
	c.end()
	c.paused = paused
	c.did = append(c.did, fmt.Sprintf("%s %v", what, time.Since(c.began)))
}

// end is how much was produced by now. It reads what there was time for.
func (c *tap) end() int64 {
	end := int64(min(time.Since(c.began), c.until)) * c.produced / int64(time.Second)
	if !c.paused {
		c.next.Store(min(end, c.next.Load()+int64(time.Since(c.looked))*c.speed/int64(time.Second)))
	}
	c.looked = time.Now()
	return end
}

// TestBacklog pauses a consumer, which reads 10,000 records a second, while 1,000 a second are produced for 20 s. A backlog of 4,500
// is caught up in 0.5 s then, as each second adds 1,000 and takes 10,000 away.
func TestBacklog(t *testing.T) {
	t.Parallel()
	second := unit.Duration(time.Second)
	for _, tt := range []struct {
		why    string
		pauses []scenario.Pause
		speed  int64
		stopAt time.Duration // of the trial; 0: when all is read
		silent bool          // the brokers tell no offsets
		did    string
		want   []string // by pause: when, how long until it was caught up, its phases
	}{
		{
			why: "caught up while producing goes on", pauses: []scenario.Pause{{At: 8 * second, For: 4500 * second / 1000}}, speed: 10000,
			did: "pause 8s, resume 12.5s", want: []string{"8s to 12.5s, caught up after 500ms: before 4.9s 1000 1000, paused 4.5s 1000 0, catching_up 500ms 1000 10000"},
		},
		{
			why: "the load ends first", pauses: []scenario.Pause{{At: 14 * second, For: 5 * second}}, speed: 3000,
			did: "pause 14s, resume 19s", want: []string{"14s to 19s, caught up after 2s: before 4.9s 1000 1000, paused 5s 1000 0, catching_up 1.1s 909 3000, after_load 900ms 0 3000"},
		},
		{
			why: "it ends with the load", pauses: []scenario.Pause{{At: 17 * second, For: 3 * second}}, speed: 3000,
			did: "pause 17s, resume 20.005s", want: []string{"17s to 20.005s, caught up after 1s: before 4.9s 1000 1000, paused 3.005s 998 0, after_load 1s 0 3000"},
		},
		{
			why: "the next one comes too early", pauses: []scenario.Pause{{At: 5 * second, For: 2 * second}, {At: 8 * second, For: second}}, speed: 1500, stopAt: 15 * time.Second,
			did: "pause 5s, resume 7s, pause 8s, resume 9s", want: []string{
				"5s to 7s, not caught up: before 4.9s 1000 1000, paused 2s 1000 0, catching_up 1s 1000 1500",
				"8s to 9s, caught up after 5s: before 900ms 1000 1500, paused 1s 1000 0, catching_up 5s 1000 1500",
			},
		},
		{
			why: "the trial ends within it: they read again", pauses: []scenario.Pause{{At: 5 * second, For: 10 * second}}, speed: 10000, stopAt: 7 * time.Second,
			did: "pause 5s, resume 7.001s", want: []string{"5s to 7.001s, not caught up, it ended with the load, before its time: before 4.9s 1000 1000, paused 2.001s 1000 0"},
		},
		{
			why: "the trial ends before it", pauses: []scenario.Pause{{At: 10 * second, For: second}}, speed: 10000, stopAt: 7 * time.Second,
			did: "", want: []string{"the load ended before its time:"},
		},
		{
			why: "nothing is known of the lag", pauses: []scenario.Pause{{At: 5 * second, For: second}}, speed: 10000, stopAt: 10 * time.Second, silent: true,
			did: "pause 5s, resume 6s", want: []string{"5s to 6s, not caught up:"},
		},
	} {
		t.Run(tt.why, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c := &tap{produced: 1000, speed: tt.speed, until: 20 * time.Second}
				got := holding(t, c, tt.pauses, tt.stopAt, tt.silent)
				if did := strings.Join(c.did, ", "); did != tt.did {
					t.Errorf("the consumer was told %q, want %q", did, tt.did)
				}
				if !slices.Equal(got, tt.want) {
					t.Errorf("got\n\t%s\nwant\n\t%s", strings.Join(got, "\n\t"), strings.Join(tt.want, "\n\t"))
				}
			})
		})
	}
}

// holding carries out pauses, up to an instant or until all is read, and prints what came of them.
func holding(t *testing.T, c *tap, pauses []scenario.Pause, stopAt time.Duration, silent bool) (out []string) {
	t.Helper()
	tr := &trial{c: &scenario.Scenario{Consumer: &scenario.Consumer{Pause: pauses}}, clock: newClock(), bounds: newBounds(0, c.until, c.until), rec: &result.Trial{}, meter: meter.New(meter.Config{To: c.until})}
	g := &group{partitions: make([]partitionState, 1)}
	g.members, tr.groups = []*member{{client: c}}, []*group{g}
	c.next, c.began, c.looked = &g.partitions[0].next, time.Now(), time.Now()
	tr.clock.begin(0)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	h := &holder{t: tr, acked: c.end, ends: func(context.Context) (map[int32]int64, error) {
		if silent {
			return nil, errors.New("nobody answers")
		}
		return map[int32]int64{0: c.end()}, nil
	}}
	for _, p := range pauses {
		h.did = append(h.did, backlog{plan: p})
	}
	var want []string
	var all sync.WaitGroup
	all.Go(func() {
		if pause(ctx, c.until+time.Millisecond) { // the last record was sent
			tr.loaded.Store(true)
		}
	})
	if stopAt > 0 {
		all.Go(func() { pause(ctx, stopAt+time.Millisecond); stop() })
	}
	h.carryOutAll(ctx)
	stop()
	all.Wait()
	tr.held = h
	tr.accountPauses()
	for _, p := range tr.rec.Pauses {
		out = append(out, pauseText(p))
		if p.Problem != "" {
			want = append(want, p.Problem)
		}
	}
	if !slices.EqualFunc(tr.warnings, want, func(got, end string) bool {
		return strings.HasPrefix(got, "the pause of ") && strings.HasSuffix(got, " was not as planned: "+end)
	}) {
		t.Errorf("warnings are %q, want one for each of %q", tr.warnings, want)
	}
	return out
}

func pauseText(p result.Pause) string {
	var s []string
	if p.AtNs != nil {
		s = append(s, fmt.Sprintf("%v to %v", time.Duration(*p.AtNs), time.Duration(*p.EndNs)))
		if p.CatchUpNs != nil {
			s = append(s, fmt.Sprintf("caught up after %v", time.Duration(*p.CatchUpNs)))
		} else {
			s = append(s, "not caught up")
		}
	}
	if p.Problem != "" {
		s = append(s, p.Problem)
	}
	var phases []string
	for _, f := range p.Phases {
		phases = append(phases, fmt.Sprintf(" %s %v %.0f %.0f", f.Name, time.Duration(f.ForNs), f.AckedPerS, f.ConsumedPerS))
	}
	return strings.Join(s, ", ") + ":" + strings.Join(phases, ",")
}
