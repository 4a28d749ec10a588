package run

import (
	"slices"
	"time"

	"kbench/internal/result"
)

// A journal takes down the trial in flight at each end of a window, so that a kbench that is killed leaves what it had
// measured up to there. The zero value takes down nothing.
type journal struct {
	begin func(head *result.Trial) (*result.Journal, error) // nil: nobody wants one, or it has failed
	head  result.Trial                                      // what is known before the load
	file  *result.Journal                                   // nil until the clock has begun

	begun            bool // some windows are in it
	newest           int  // index of the newest one
	events, warnings int  // how many of the trial's are in it
}

func (j *journal) close() {
	if j.file != nil {
		_ = j.file.Close() // every line is written; the record will replace them
	}
}

// gather harvests the meter, and takes down what is new: nothing before it is known where the measured part begins, from which
// windows are counted. A journal that can't be written is a warning: the measurement is not worse for it.
func (t *trial) gather(now time.Duration) {
	t.meter.Harvest(now)
	if t.journal.begin == nil || now < 0 || t.undecided {
		return
	}
	if err := t.takeDown(now); err != nil {
		t.journal.begin = nil
		t.warn("the journal of this trial ends at %v: %s", now.Round(time.Second), oneLine(err))
	}
}

func (t *trial) takeDown(now time.Duration) (err error) {
	j := &t.journal
	if j.file == nil {
		j.head.Start, j.head.WarmupNs = t.clock.start().UTC().Format(time.RFC3339Nano), int64(t.bounds.start())
		j.head.Fingerprint = j.head.Host.Fingerprint(j.head.Cluster.Kind, j.head.Cluster.Version)
		if j.file, err = j.begin(&j.head); err != nil {
			return err
		}
	}
	return j.file.Add(t.second(now))
}

// second sums up what the meter has harvested. Records that are out count as unresolved, and consumed ones that were read
// again, which the audit finds at the end, count each time.
func (t *trial) second(now time.Duration) *result.Second {
	at := t.secondAt(t.meter.Index(now))
	end := min(at, t.meter.To())
	measured := t.meter.Measured()
	s := &result.Second{
		AtNs: int64(at), MeasureNs: int64(max(0, end-t.bounds.start())),
		Counts: counts(measured), WarmupCounts: counts(t.meter.Warmup()),
	}
	s.Counts.Errors, s.Counts.QueueFull = t.failedBy(), t.full-t.fullBefore
	s.Rates, s.Latency = rates(measured, s.MeasureNs), t.latencies(measured, &s.Counts)

	// The consumer lag at the end of the newest window was sampled after that was taken down.
	j, changed := &t.journal, t.meter.Changed()
	if !j.begun {
		j.begun, changed = true, t.meter.Windows()
	}
	if w := t.meter.Window(j.newest); w != nil && !slices.Contains(changed, w) {
		changed = append(slices.Clone(changed), w)
	}
	for _, w := range changed {
		s.Windows = append(s.Windows, t.window(w, end))
		j.newest = max(j.newest, w.Index)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	s.Events, s.Warnings = slices.Clone(t.events[j.events:]), slices.Clone(t.warnings[j.warnings:])
	j.events, j.warnings = len(t.events), len(t.warnings)
	return s
}
