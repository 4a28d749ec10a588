package run

import (
	"errors"
	"math"
	"slices"
	"time"

	"kbench/internal/meter"
	"kbench/internal/result"
)

// recoveredWithin is how many times the response p99 of before is still as good as before.
const recoveredWithin = 2

// accountFaults says what became of the load with each fault. The counts and windows are there already.
func (t *trial) accountFaults() {
	if t.faults == nil {
		return
	}
	r := t.rec
	r.Faults = t.faults.did
	if why := t.faults.unwhole; why != "" {
		t.faults.problem(len(r.Faults)-1, errors.New(why))
	}
	for i := range r.Faults {
		f := &r.Faults[i]
		if f.AtNs == nil || f.EndNs == nil {
			continue
		}
		from, to := t.meter.Index(time.Duration(*f.AtNs)), t.meter.Index(time.Duration(*f.EndNs))
		next := t.nextFault(from)
		f.Before, f.During = t.before(), t.responses(t.seconds(from, to+1))
		f.RecoverNs = t.recovery(f, t.seconds(from, next), to)
		failed, unresolved := int64(0), int64(0)
		for _, w := range t.seconds(max(0, from-1), next-1) {
			failed += w.Failed
			unresolved += w.Scheduled - w.Acked - w.Failed
		}
		f.Failed, f.Unresolved = &failed, &unresolved
		f.Lost, f.Duplicated, f.Reordered = t.ledger.part(slices.Index(t.marks(), t.mark(i)))
	}
}

// mark returns where the load is cut for a fault: one second before the second in which it is to begin, since its records may be
// out still.
func (t *trial) mark(fault int) time.Duration {
	return t.secondAt(t.meter.Index(time.Duration(t.c.Faults[fault].At)) - 1)
}

// marks returns where the load is cut for any fault, in order.
func (t *trial) marks() []time.Duration {
	var all []time.Duration
	for i := range t.c.Faults {
		all = append(all, t.mark(i))
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// nextFault returns the first second after one in which a fault begins; math.MaxInt for none.
func (t *trial) nextFault(after int) int {
	next := math.MaxInt
	for _, f := range t.rec.Faults {
		if f.AtNs == nil {
			continue
		}
		if i := t.meter.Index(time.Duration(*f.AtNs)); i > after {
			next = min(next, i)
		}
	}
	return next
}

// seconds returns the windows from..to-1 that there are, in order.
func (t *trial) seconds(from, to int) []*meter.Window {
	return slices.DeleteFunc(t.meter.Windows(), func(w *meter.Window) bool { return w.Index < from || w.Index >= to })
}

// before returns the response of the seconds before the first fault: measured ones, or else those of the warm-up. The last
// of them is left out, since its last records may have been out when the fault began.
func (t *trial) before() *result.Latency {
	from, to := 0, t.nextFault(math.MinInt)-1
	if to <= from {
		from = math.MinInt
	}
	return t.responses(t.seconds(from, to))
}

// responses sums up the response of the records that were due in some seconds, those that never came beyond all that did;
// nil where none came, or what came can't be read back.
func (t *trial) responses(windows []*meter.Window) *result.Latency {
	var all meter.Stat
	var scheduled int64
	for _, w := range windows {
		scheduled += w.Scheduled
		var st meter.Stat
		ok, err := w.Stat(meter.Response, &st)
		switch {
		case err != nil: // t.window has warned of it
			return nil
		case !ok:
		case all.Hist == nil:
			all = st
		default:
			all.Hist.Merge(st.Hist)
			all.Min, all.Max, all.Sum = min(all.Min, st.Min), max(all.Max, st.Max), all.Sum+st.Sum
		}
	}
	if all.Count() == 0 {
		return nil
	}
	return latency(&all, t.population(meter.Response, owed{scheduled: scheduled}, all.Count()))
}

// recovery returns how long after the fault's beginning the first good second began that follows a bad one; 0 where none
// was bad up to the one after that in which the fault ended.
func (t *trial) recovery(f *result.Fault, windows []*meter.Window, end int) *int64 {
	if f.Before == nil || f.Before.P99Ns == nil {
		return nil
	}
	bad, none := false, int64(0)
	for i, w := range windows {
		l := t.responses(windows[i : i+1])
		switch {
		case w.Scheduled == 0:
		case l != nil && l.P99Ns == nil:
			return nil // too few records for a p99
		case l == nil || *l.P99Ns > recoveredWithin**f.Before.P99Ns || slices.Contains(l.AtLeast, "p99"):
			bad = true
		case bad:
			after := int64(t.secondAt(w.Index)) - *f.AtNs
			return &after
		case w.Index > end:
			return &none
		}
	}
	if bad {
		return nil
	}
	return &none
}
