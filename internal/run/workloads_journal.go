package run

import (
	"slices"
	"time"

	"kbench/internal/meter"
	"kbench/internal/result"
)

// A wholeJournal takes down what several workloads came to together, once a second, so that a kbench that is killed leaves the totals
// up to there. What each of them did, and its seconds, is only in the record.
type wholeJournal struct {
	begin func(head *result.Trial) (*result.Journal, error) // nil: nobody wants one, or it has failed
	head  *result.Trial                                     // of the whole, as it is known before the load
	heads []*result.Trial                                   // of the workloads, likewise; nil until each has told something
	parts []*trial                                          // what of them does not change once they have begun
	file  *result.Journal
}

// meet notes what is known of workload i before its load. It is called by the one who may read that.
func (j *wholeJournal) meet(i int) {
	if j.begin != nil && j.heads[i] == nil {
		head := j.parts[i].journal.head
		j.heads[i] = &head
	}
}

// add takes down the newest second, of which l has the totals. What can't be written is returned once: the measurement is not worse
// for it.
func (j *wholeJournal) add(l *live, p Progress) error {
	if j.begin == nil || p.At < 0 {
		return nil
	}
	err := j.open()
	if err == nil {
		err = j.file.Add(j.second(l, p))
	}
	if err != nil {
		j.begin = nil
	}
	return err
}

func (j *wholeJournal) open() (err error) {
	if j.file != nil {
		return nil
	}
	one := j.parts[0]
	head := *j.head
	head.Start, head.WarmupNs = one.clock.start().UTC().Format(time.RFC3339Nano), int64(one.bounds.start())
	head.Cluster = clusterTogether(j.heads)
	head.Fingerprint = head.Host.Fingerprint(head.Cluster.Kind, head.Cluster.Version)
	head.Closed = slices.ContainsFunc(j.heads, func(t *result.Trial) bool { return t.Closed })
	j.file, err = j.begin(&head)
	return err
}

// second sums up the totals. Records that are out count as unresolved.
func (j *wholeJournal) second(l *live, p Progress) *result.Second {
	one := j.parts[0]
	into := (p.At - one.bounds.start()) % meter.Width
	at := p.At - (into+meter.Width)%meter.Width // where the newest second begins, of which nothing is known yet
	measured := l.whole.Measured()
	s := &result.Second{
		AtNs: int64(at), MeasureNs: int64(max(0, min(at, one.bounds.stop())-one.bounds.start())),
		Counts: counts(measured), WarmupCounts: counts(l.whole.Warmup()),
	}
	s.Counts.Errors = p.Errors
	s.Rates = rates(measured, s.MeasureNs)
	var parts []*result.Trial
	for i := range l.parts {
		of := *j.heads[i]
		of.Counts, of.Latency = counts(&l.parts[i].measured), map[result.Span]*result.Latency{}
		of.Groups = make([]result.Group, len(j.parts[i].groups))
		for span := range meter.Spans {
			if n := l.parts[i].measured.Stats[span].Count(); n > 0 {
				of.Latency[result.Span(span.String())] = &result.Latency{Count: n}
			}
		}
		parts = append(parts, &of)
	}
	s.Latency = latencyTogether(measured, parts)
	return s
}

// close ends it. Every line is written, and the record will replace them.
func (j *wholeJournal) close() {
	if j.file != nil {
		_ = j.file.Close()
	}
}
