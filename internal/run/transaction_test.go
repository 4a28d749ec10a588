package run

import (
	"context"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"kbench/internal/driver"
	"kbench/internal/driver/null"
	"kbench/internal/result"
	"kbench/internal/scenario"
	"kbench/internal/unit"
)

// TestAbortedReadIsTold: it is known wherever readers of committed records were checked, so that one threshold serves all cases.
func TestAbortedReadIsTold(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		why       string
		isolation driver.Isolation
		records   uint64
		forward   *forward
		known     bool
	}{
		{"transactions", driver.ReadCommitted, 10, nil, true},
		{"no transactions: there is nothing that could be read", driver.ReadCommitted, 0, nil, true},
		{"who reads everything reads those too", driver.ReadUncommitted, 10, nil, false},
		{"of what members write nothing is aborted on purpose", driver.ReadCommitted, 0, &forward{}, false},
	} {
		c := scenario.Default()
		c.Producer.Transaction.Records = unit.Count(tt.records)
		c.Consumer.Isolation = tt.isolation
		tr := &trial{c: &c, rec: &result.Trial{}, forward: tt.forward}
		var got result.Counts
		(&ledger{closed: true, whole: true}).account(tr, &got)
		if known := got.AbortedRead != nil; known != tt.known || got.Lost == nil {
			t.Errorf("%s: aborted_read is known: %v, want %v", tt.why, known, tt.known)
		}
	}
}

// commits is a fake whose transactions end as told: by their numbers, from 0. A commit takes 100 ms, and acks come after 5 ms.
type commits struct {
	fake

	unknown, failed int // of these numbers
	fenced          int // from this number on none begins
}

func (c commits) NewProducer(ctx context.Context, at driver.Cluster, cfg driver.ProducerConfig, ack driver.AckFunc) (driver.Producer, error) {
	c.delay = 5 * time.Millisecond
	p, err := c.fake.NewProducer(ctx, at, cfg, ack)
	return &committing{p.(*fakeProducer), c, 0}, err
}

type committing struct {
	*fakeProducer

	told commits
	next int
}

func (p *committing) Begin() error {
	if p.next >= p.told.fenced {
		return &driver.Error{Class: "PRODUCER_FENCED"}
	}
	return nil
}

func (p *committing) Commit(context.Context) (driver.Outcome, error) {
	<-time.After(100 * time.Millisecond)
	k := p.next
	p.next++
	switch k {
	case p.told.unknown:
		return driver.Unknown, &driver.Error{Class: driver.ErrTimedOut}
	case p.told.failed:
		return driver.Aborted, &driver.Error{Class: "TRANSACTION_ABORTABLE"}
	}
	return driver.Committed, nil
}

func (p *committing) Abort(context.Context) (driver.Outcome, error) {
	<-time.After(50 * time.Millisecond)
	p.next++
	return driver.Aborted, nil
}

// TestTransactionsAreAccountedFor holds each record to what became of its transaction.
func TestTransactionsAreAccountedFor(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		why   string
		ratio float64
		told  commits
		want  result.Counts // Scheduled to Unresolved, Aborted and Errors
		tx    result.Transactions
		warns int
	}{
		{"all are committed", 0, commits{unknown: -1, failed: -1, fenced: 99}, result.Counts{Acked: 1000}, result.Transactions{Committed: 10}, 0},
		{
			"all are aborted, as they were meant to be", 1,
			commits{unknown: -1, failed: -1, fenced: 99},
			result.Counts{Acked: 1000, Aborted: 1000},
			result.Transactions{Aborted: 10},
			0,
		},
		{
			"nobody can say of one, and one was aborted that was not meant to be", 0,
			commits{unknown: 3, failed: 5, fenced: 99},
			result.Counts{Acked: 800, Failed: 100, Unresolved: 100, Errors: map[string]int64{"TRANSACTION_ABORTABLE": 100}},
			result.Transactions{Committed: 8, Aborted: 1, Unknown: 1, Errors: map[string]int64{"TRANSACTION_ABORTABLE": 1, driver.ErrTimedOut: 1}},
			3,
		},
		{
			"another client took the id: nothing hangs", 0,
			commits{unknown: -1, failed: -1, fenced: 4},
			result.Counts{Acked: 400, Failed: 600, Errors: map[string]int64{"PRODUCER_FENCED": 600}},
			result.Transactions{Committed: 4},
			0,
		},
	} {
		t.Run(tt.why, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c := produceOnly("1k/s", 0, time.Second)
				c.Scenario.Producer.Transaction = driver.Transaction{Records: 100, AbortRatio: tt.ratio}
				r, m := carryOut(t, t.Context(), c, withNull(tt.told))
				defer m.Close()
				got := r.Counts
				if got.Acked != tt.want.Acked || got.Failed != tt.want.Failed || got.Unresolved != tt.want.Unresolved || got.Aborted != tt.want.Aborted {
					t.Errorf("acked %d, failed %d, unresolved %d, aborted %d; want %+v", got.Acked, got.Failed, got.Unresolved, got.Aborted, tt.want)
				}
				for class, n := range tt.want.Errors {
					if got.Errors[class] != n {
						t.Errorf("errors are %v, want %v", got.Errors, tt.want.Errors)
					}
				}
				x := r.Transactions
				if x == nil || x.Committed != tt.tx.Committed || x.Aborted != tt.tx.Aborted || x.Unknown != tt.tx.Unknown || len(x.Errors) != len(tt.tx.Errors) {
					t.Fatalf("transactions are %+v, want %+v", x, tt.tx)
				}
				about := slices.DeleteFunc(r.Warnings, func(w string) bool { return !strings.Contains(w, "transactions") }) // others are the machine's
				if len(about) != tt.warns {
					t.Errorf("warnings are %q, want %d", about, tt.warns)
				}
			})
		})
	}
}

// withNull gives a fake the parts of a driver that it has not.
func withNull(c commits) commits {
	c.Driver = null.New()
	return c
}

// TestResponseLastsToTheCommit has 100 records due within 100 ms, acks after 5 ms, and a commit of 100 ms after the last of them:
// the first record's response lasts 199 ms, the last one's 100 ms; their service is the ack's 5 ms.
func TestResponseLastsToTheCommit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := produceOnly("1k/s", 0, 100*time.Millisecond)
		c.Scenario.Producer.Transaction = driver.Transaction{Records: 100}
		r, m := carryOut(t, t.Context(), c, withNull(commits{unknown: -1, failed: -1, fenced: 99}))
		defer m.Close()
		response, service := r.Latency[result.Response], r.Latency[result.Service]
		if *response.MinNs != 100e6 || *response.MaxNs != 199e6 || *service.MaxNs != 5e6 {
			t.Errorf("response is %v to %v, service at most %v; want 100ms to 199ms, and 5ms",
				time.Duration(*response.MinNs), time.Duration(*response.MaxNs), time.Duration(*service.MaxNs))
		}
		if commit := r.Transactions.Commit; commit.Count != 1 || *commit.MaxNs != 100e6 {
			t.Errorf("%d commits, the longest of %v; want one of 100ms", commit.Count, time.Duration(*commit.MaxNs))
		}
	})
}

// TestMeant holds which transactions are aborted to the seed and to the ratio.
func TestMeant(t *testing.T) {
	t.Parallel()
	list := func(seed uint64, producer int, ratio float64) (all []uint64) {
		aborted := meant(seed, producer, ratio)
		for k := range uint64(100_000) {
			if aborted(k) {
				all = append(all, k)
			}
		}
		return all
	}
	ten := list(7, 0, 0.1)
	if n := len(ten); n < 9_500 || n > 10_500 { // five standard deviations
		t.Errorf("%d of 100,000 are aborted, want about 10,000", n)
	}
	if !slices.Equal(ten, list(7, 0, 0.1)) {
		t.Error("the same seed aborts others")
	}
	if slices.Equal(ten, list(8, 0, 0.1)) || slices.Equal(ten, list(7, 1, 0.1)) {
		t.Error("another seed, or another producer, aborts the same")
	}
	if len(list(7, 0, 0)) != 0 || len(list(7, 0, 1)) != 100_000 {
		t.Error("a ratio of 0 aborts some, or one of 1 not all")
	}
}
