package run

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"kbench/internal/driver"
	"kbench/internal/scenario"
	"kbench/internal/unit"
)

// interruptedDrain is how long an interrupted trial waits for what is out: long enough for a healthy broker's answer,
// short enough for whoever pressed Ctrl-C.
const interruptedDrain = 2 * time.Second

var errDrainOver = errors.New("the drain is over")

// drain waits until every record is resolved and read, for the scenario's drain after the last one was due.
func (t *trial) drain(ctx context.Context) error {
	t.env.progress(Progress{Phase: "drain"})
	limit := t.clock.start().Add(min(t.bounds.loadEnd(), t.stopped) + time.Duration(t.c.Load.Drain))
	draining, cancel := context.WithDeadline(context.WithoutCancel(ctx), limit)
	defer context.AfterFunc(ctx, func() { time.AfterFunc(interruptedDrain, cancel) })()
	defer cancel()
	var late error
	for _, p := range t.producers {
		late = errors.Join(late, p.drain(draining))
	}
	for _, p := range t.producers {
		p.giveUp.Store(late != nil)
	}
	err := t.judgeDelivery(late != nil)
	if t.env.Admin == nil {
		return err
	}
	reading := draining
	if t.faulted() {
		var done context.CancelFunc
		reading, done = t.mend(ctx)
		defer done()
	}
	// What the brokers hold is asked even when the drain is over: it takes little, and the account needs it.
	limited := 5 * time.Second
	if ctx.Err() != nil {
		limited = interruptedDrain
	}
	asking, cancelAsking := t.asking(limited)
	defer cancelAsking()
	ends, endErr := t.endOffsets(asking)
	if endErr != nil {
		t.silent = true
		return errors.Join(err, fmt.Errorf("ask for the end offsets of %s: %w", t.topic, endErr))
	}
	t.ends = ends
	if closing := t.sendClosing(reading); closing != nil {
		t.warn("nobody could be told where the log ends, so it is not known whether all of it was read: %s", oneLine(closing))
		return err
	}
	return errors.Join(err, t.awaitRead(reading))
}

// asking bounds questions to the brokers after the load: those that did not answer one are not waited for as long again.
func (t *trial) asking(limit time.Duration) (context.Context, context.CancelFunc) {
	if t.silent {
		limit = time.Second
	}
	return context.WithTimeout(context.Background(), limit)
}

// settled is how long end offsets that do not cover every ack must stand still before they are taken for final.
const settled = time.Second

// endOffsets returns the end offsets once they cover every ack, or stand still. What a broker tells is its high watermark,
// which may be behind what it has acked when acks is 1, and with acks=0 records may still be on their way to it: readers
// that stopped there would find records lost that are not.
func (t *trial) endOffsets(ctx context.Context) (map[int32]int64, error) {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	last, since := int64(-1), time.Now()
	for {
		ends, err := t.env.Admin.EndOffsets(ctx, t.topic)
		if err != nil || t.covers(ends) {
			return ends, err
		}
		if sum := sumOf(ends); sum != last {
			last, since = sum, time.Now()
		} else if time.Since(since) > settled {
			return ends, nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ends, nil
		}
	}
}

// covers says whether every acked record lies below the ends: by its offset, or by their number where acks tell none.
func (t *trial) covers(ends map[int32]int64) bool {
	var acked int64
	for _, p := range t.producers {
		done := p.tally()
		acked += done.acked
		for i, part := range done.partitions {
			if part.next > ends[int32(i)] {
				return false
			}
		}
	}
	return sumOf(ends)-sumOf(t.starts)-t.probes.Load() >= acked
}

// awaitRead waits until every group has read to the end.
func (t *trial) awaitRead(ctx context.Context) error {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		behind := false
		for _, g := range t.groups {
			behind = behind || !g.reached(t.ends)
		}
		if err := t.consumerError(); err != nil || !behind {
			return err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			for _, g := range t.groups {
				if lag := g.lag(t.ends); lag > 0 && !g.reached(t.ends) {
					t.warn("group %s had not read the last %d records when the drain was over", g.name, lag)
				}
			}
			return nil
		}
	}
}

// brokersGone is how long no record is acked, while some are out, before that counts as a failure and not as load that
// is too high.
const brokersGone = 3 * time.Second

// judgeDelivery turns records that were not taken into the trial's failure.
func (t *trial) judgeDelivery(late bool) error {
	var acked, out int64
	var lastAck time.Duration
	var last error
	classes := map[string]int64{}
	for _, p := range t.producers {
		done := p.tally()
		for class, n := range done.errors {
			classes[class] += n
		}
		last = errors.Join(last, done.lastError)
		out += p.unresolved()
		acked += done.acked
		lastAck = max(lastAck, done.lastAck)
	}
	now, failed := t.clock.now(), failures(classes)
	if failed != "" && t.expected != nil && !t.faulted() {
		t.warn("records failed, as some may by the threshold %s: %s; the last error: %s", t.expected.Text, failed, oneLine(last))
		failed = ""
	}
	switch {
	case t.faulted() && acked > 0: // the counts tell
		if late {
			t.warn("%d records were still out when the drain was over", out)
		}
	case failed != "":
		return fmt.Errorf("records failed: %s; the last error: %s", failed, oneLine(last))
	case acked == 0 && out > 0:
		return fmt.Errorf("no record was acknowledged: %d are out; are the brokers up, and is min.insync.replicas met?", out)
	case late && now-lastAck > brokersGone:
		return fmt.Errorf("brokers stopped answering %s before the drain was over: %d records are out", unit.HumanDuration(now-lastAck), out)
	case late:
		t.warn("%d records were still out when the drain was over: the load is more than these brokers take", out)
	}
	return nil
}

// expected returns the first threshold by which records of a workload may fail, as that of its own: failures that somebody counts on
// are what the trial is about, and the number of them is judged by the threshold. nil where there is none.
func expected(all []scenario.Threshold, workload string) *scenario.Threshold {
	for _, th := range all {
		name, metric := th.Split()
		some := th.Value > 0 || th.Op == ">" || th.Op == ">=" || th.Op == "!="
		if (name == "" || name == workload) && (metric == "failed" || metric == "failed_ratio") && some {
			th.Metric, th.Abort = metric, false
			return &th
		}
	}
	return nil
}

// failures lists classes with their counts; queue-full ones are what on_full: fail asks for.
func failures(classes map[string]int64) string {
	out := ""
	for _, class := range sortedKeys(classes) {
		if class != driver.ErrQueueFull {
			out += ", " + class + " " + strconv.FormatInt(classes[class], 10)
		}
	}
	if out == "" {
		return ""
	}
	return out[2:]
}
