package result

// Transactions are what became of the transactions that had their first record due in the measured part.
type Transactions struct {
	Committed int64            `json:"committed"`
	Aborted   int64            `json:"aborted"`          // as they were meant to be, or because a record failed
	Unknown   int64            `json:"unknown"`          // of which nobody can say
	Errors    map[string]int64 `json:"errors,omitempty"` // of those that did not end as they were meant to, by class
	Commit    *Latency         `json:"commit"`           // from the call of commit to its end, of those that were committed; nil where none was
}

func transactionMetrics() []Metric {
	count := func(name string, better int, of func(*Transactions) int64) Metric {
		return Metric{name, UnitTimes, better, func(t *Trial) (float64, bool) {
			if t.Transactions == nil {
				return 0, false
			}
			return float64(of(t.Transactions)), true
		}}
	}
	commit := func(stat string, of func(*Latency) (float64, bool)) Metric {
		return Metric{"commit_" + stat, UnitNs, -1, func(t *Trial) (float64, bool) {
			if t.Transactions == nil || t.Transactions.Commit == nil {
				return 0, false
			}
			return of(t.Transactions.Commit)
		}}
	}
	return []Metric{
		count("transactions_committed", +1, func(x *Transactions) int64 { return x.Committed }),
		count("transactions_aborted", 0, func(x *Transactions) int64 { return x.Aborted }),
		count("transactions_unknown", -1, func(x *Transactions) int64 { return x.Unknown }),
		commit("mean", func(l *Latency) (float64, bool) { return known(l.MeanNs) }),
		commit("p50", func(l *Latency) (float64, bool) { return known(l.P50Ns) }),
		commit("p99", func(l *Latency) (float64, bool) { return known(l.P99Ns) }),
		commit("max", func(l *Latency) (float64, bool) { return known(l.MaxNs) }),
		{"aborted", UnitRecords, 0, func(t *Trial) (float64, bool) { return float64(t.Counts.Aborted), t.Transactions != nil }},
		{"aborted_read", UnitRecords, -1, func(t *Trial) (float64, bool) { return known(t.Counts.AbortedRead) }},
	}
}
