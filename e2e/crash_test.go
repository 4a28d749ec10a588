//go:build e2e

package e2e

import (
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"kbench/internal/admin"
	"kbench/internal/result"
	kbench "kbench/internal/run"
)

// TestCrash proves what a kbench that is killed leaves: a folder that can be read, and topics that go.
func TestCrash(t *testing.T) {
	t.Parallel()
	k := up(t, 1)
	t.Run("at random moments", k.killedKbench)
	t.Run("leftovers", k.leftovers)
}

const crashing = `
name: crashing
load: {rate: 1k/s, warmup: 1s, measure: 3s, drain: 10s}
producer: {}
consumer: {config: {session.timeout.ms: "6000"}} # after which the brokers give up the members that are killed
repeats: 2
`

// kills is at how many moments kbench is killed, spread over a whole run.
const kills = 20

// killedKbench kills kbench at moments all over a run of two trials, and wants what it had measured up to the last whole
// second.
func (k *kafka) killedKbench(t *testing.T) {
	c := startScenario(t, crashing, k.on()...)
	c.folder()
	began := time.Now()
	asPlanned(t, c.finish())
	took := time.Since(began)
	for i := range kills {
		after := time.Duration((float64(i) + rand.Float64()) / kills * float64(took))
		c := startScenario(t, crashing, k.on()...)
		folder := c.folder()
		select {
		case <-time.After(after):
		case <-c.done:
		}
		at := time.Now()
		if err := c.cmd.Process.Signal(syscall.SIGKILL); err != nil && !errors.Is(err, os.ErrProcessDone) {
			t.Fatal(err)
		}
		stderr := c.wait().stderr
		r, err := result.Open(folder)
		if err != nil {
			t.Errorf("killed after %v: %v", after, err)
			continue
		}
		if o := start(t, "report", folder).wait(); o.code != 0 {
			t.Errorf("killed after %v: kbench report ended with %d:\n%s", after, o.code, o.stderr)
		}
		for _, w := range r.Warnings {
			t.Logf("killed after %v: %s", after, w)
			if !strings.Contains(w, "what is torn") {
				t.Errorf("killed after %v: %s\n%s", after, w, stderr)
			}
		}
		k.nothingMissing(t, r, c.told(), after, at)
	}
}

// folder returns the results folder as soon as kbench has made it.
func (k running) folder() string {
	k.t.Helper()
	for limit := time.Now().Add(time.Minute); time.Now().Before(limit); {
		entries, err := os.ReadDir(k.out)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			k.t.Fatal(err)
		}
		for _, e := range entries {
			if !strings.HasPrefix(e.Name(), ".") {
				return filepath.Join(k.out, e.Name())
			}
		}
		<-time.After(2 * time.Millisecond)
	}
	k.t.Fatal("kbench has made no folder in a minute")
	return ""
}

// told returns the last whole second that kbench, which has ended, told of.
func (k running) told() (last progress) {
	for p := range k.progress {
		if p.Phase == "" && p.At >= time.Second {
			last = p
		}
	}
	return last
}

// nothingMissing holds a folder against three witnesses of what it must have: the seconds that kbench told of, the clock,
// and the records that the broker has.
func (k *kafka) nothingMissing(t *testing.T, r *result.Run, told progress, after time.Duration, at time.Time) {
	t.Helper()
	var cut *result.Trial
	for _, trial := range r.Trials {
		checkCounts(t, trial)
		switch {
		case trial.Status == result.StatusInterrupted && cut == nil:
			cut = trial
		case trial.Status != result.StatusOK || trial.Counts.Acked != 3000:
			t.Errorf("killed after %v: %s r%d is %s: %s, %d acked; want a whole one", after, trial.Case, trial.Repeat, trial.Status, trial.Failure, trial.Counts.Acked)
		}
	}
	if cut == nil {
		if told.Trial > len(r.Trials) {
			t.Errorf("killed after %v: kbench told of second %v of trial %d, and the folder has %d trials", after, told.At, told.Trial, len(r.Trials))
		}
		t.Logf("killed after %v: %d whole trials, none in flight", after, len(r.Trials))
		return
	}
	began, err := time.Parse(time.RFC3339Nano, cut.Start)
	if err != nil {
		t.Fatal(err)
	}
	const (
		slack = 300 * time.Millisecond // for the second that ended just now to be written
		ack   = 500 * time.Millisecond // within which a record is acked
	)
	whole := min(max(0, int((at.Sub(began)-slack)/time.Second)), 4)
	if cut.Position == told.Trial {
		whole = max(whole, min(int(told.At/time.Second), 4))
	}
	var acked int64
	for second := range whole {
		i := slices.IndexFunc(cut.Windows, func(w result.Window) bool { return w.Index == second-1 })
		if i < 0 {
			t.Errorf("killed after %v, %.3f s into the load: second %d is missing", after, at.Sub(began).Seconds(), second)
			continue
		}
		acked += cut.Windows[i].Acked
	}
	sure, all := k.written(t, cut.Cluster.Topic, began, time.Duration(whole)*time.Second-ack)
	t.Logf("killed after %v, %.3f s into the load: %d whole seconds, %d acked; the broker has %d that were sent %v before their end, %d in all",
		after, at.Sub(began).Seconds(), len(cut.Windows), acked, sure, ack, all)
	if all >= 0 && (acked < sure || acked > all) {
		t.Errorf("killed after %v: %d acked, the broker has %d to %d", after, acked, sure, all)
	}
	if cut.Verdict.Trust != result.TrustInvalid || !strings.Contains(cut.Failure, "cut off at second") {
		t.Errorf("killed after %v: %s: %s; want it marked", after, cut.Verdict.Trust, cut.Failure)
	}
}

// written returns how many records of a load a topic has that were sent up to an instant of it, and how many in all; -1 where
// kbench has deleted the topic already.
func (k *kafka) written(t *testing.T, topic string, began time.Time, upTo time.Duration) (sure, all int64) {
	t.Helper()
	topics, err := k.admin.ListTopics(asking(t), topic)
	if err != nil {
		t.Fatal(err)
	}
	if topics[topic].Err != nil {
		return 0, -1
	}
	k.each(t, topic, func(r *kgo.Record) {
		if at := r.Timestamp.Sub(began); at >= -time.Millisecond { // timestamps are in milliseconds; probes came before
			all++
			if at < upTo {
				sure++
			}
		}
	})
	return sure, all
}

// leftovers proves that a run removes what killed ones have left, and nothing else.
func (k *kafka) leftovers(t *testing.T) {
	const (
		left    = "kbench-crashing-20260101t000000z-00000000000000ab"
		kept    = "kbench-crashing-kept-00000000000000ab"
		foreign = "kbench-is-what-we-use"
	)
	later := "kbench-crashing-" + strings.ToLower(time.Now().UTC().Format("20060102T150405Z")) + "-00000000000000ab"
	for _, topic := range []string{left, kept, foreign, later} {
		k.createTopic(t, topic, 1)
	}
	if err := k.write(asking(t), foreign, 1); err != nil {
		t.Fatal(err)
	}
	before := k.topics(t)
	r := runScenario(t, crashing, k.on("--repeats", "1", "--set", "load.measure=1s")...)
	if n := strings.Count(r.stderr, "removed "); n != 1 || !strings.Contains(r.stderr, "removed topic "+left) {
		t.Errorf("kbench says of %d that they were removed, want %s alone:\n%s", n, left, r.stderr)
	}
	want := slices.DeleteFunc(before, func(name string) bool { return name == left })
	k.settle(t, want)
	k.sweptLater(t, kept, foreign)
}

// sweptLater proves, as of two hours from now, that the topics and groups go which the killed runs before have left, and
// nothing else. It waits for the brokers to give up the members of those groups: what has members is in use, and stays.
func (k *kafka) sweptLater(t *testing.T, stay ...string) {
	t.Helper()
	a, err := admin.Open(asking(t), k.cluster.Brokers(), "kbench-e2e")
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	for ctx := asking(t); ; {
		groups, err := a.Groups(ctx, kbench.TopicPrefix)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.ContainsFunc(groups, func(g admin.Group) bool { return !g.Empty }) {
			break
		}
		<-time.After(100 * time.Millisecond) // the brokers' session timeout is what is waited for
	}
	removed, err := kbench.RemoveLeftovers(asking(t), a, time.Now().Add(2*time.Hour))
	if err != nil {
		t.Error(err)
	}
	t.Logf("removed %v", removed)
	slices.Sort(stay)
	k.settle(t, stay)
	groups, err := a.Groups(asking(t), kbench.TopicPrefix)
	if err != nil || len(groups) > 0 {
		t.Errorf("groups %v are left, %v", groups, err)
	}
}

// settle waits until the brokers list these topics, in order, and no other: a controller answers that a topic is deleted before
// each broker has heard of it.
func (k *kafka) settle(t *testing.T, want []string) {
	t.Helper()
	eventually(t, fmt.Sprintf("topics to be %q", want), func(time.Time) bool { return slices.Equal(k.topics(t), want) })
}

// topics lists all topics but Kafka's own, in order. It asks by itself: kadm may answer with what it was told seconds ago.
func (k *kafka) topics(t *testing.T) (names []string) {
	t.Helper()
	resp, err := kmsg.NewPtrMetadataRequest().RequestWith(asking(t), k.client)
	if err != nil {
		t.Fatal(err)
	}
	for _, topic := range resp.Topics {
		if !topic.IsInternal {
			names = append(names, *topic.Topic)
		}
	}
	slices.Sort(names)
	return names
}
