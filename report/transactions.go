package report

import "slices"

const transactionsCaption = "Transactions that began in the measured part, as totals; commit is from its call to its end. " +
	"Aborted records were acked, and nobody may read them with read_committed; read all the same counts those who were."

// transactionsTable has a row for each case; no columns where no client had transactions.
func transactionsTable(groups []*group, l labels, n *notes) Table {
	groups = slices.DeleteFunc(slices.Clone(groups), func(g *group) bool { return !g.transacts() })
	if len(groups) == 0 {
		return Table{}
	}
	t, shown := numbers(groups, l, []spec{
		{head: "committed", metric: "transactions_committed", total: true},
		{head: "aborted", metric: "transactions_aborted", total: true},
		{head: "unknown", metric: "transactions_unknown", total: true, rare: true},
		{head: "commit p50", metric: "commit_p50"},
		{head: "commit p99", metric: "commit_p99"},
		{head: "commit max", metric: "commit_max"},
		{head: "aborted records", metric: "aborted", total: true},
		{head: "read all the same", metric: "aborted_read", total: true},
	}, n)
	if len(shown) == 0 {
		return Table{}
	}
	t.Caption = transactionsCaption
	return t
}

// transacts reports whether a trial of the case has transactions.
func (g *group) transacts() bool {
	for _, t := range g.all {
		if t.Transactions != nil {
			return true
		}
	}
	return false
}
