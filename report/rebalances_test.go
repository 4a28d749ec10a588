package report

import (
	"slices"
	"strings"
	"testing"

	"kbench/internal/result"
	"kbench/internal/scenario"
)

// churned has one member join and one die, in groups of two, and a rebalance of the group's own.
func churned(longest int64, unread int) change {
	return func(t *result.Trial) {
		k := *t.Plan.Consumer
		t.Plan.Consumer = &k
		k.Groups, k.Churn = 2, []scenario.Churn{{At: 10e9, Do: scenario.ChurnJoin, Members: 1}, {At: 15e9, Do: scenario.ChurnDie, Members: 1, Group: 1}}
		t.Counts.Reread = new(longest / 1e6)
		for group := 1; group <= 2; group++ {
			t.Rebalances = append(t.Rebalances, result.Rebalance{
				Group: group, Step: 1, AtNs: 10.003e9, Why: "1 member joins", SettledNs: new(int64(3e9)), Partitions: 6, Moved: 2, Stopped: 2,
				PauseP50Ns: new(int64(7e6)), PauseMaxNs: new(longest / 10),
			})
		}
		t.Rebalances = append(t.Rebalances, result.Rebalance{
			Group: 1, Step: 2, AtNs: 15.001e9, Why: "1 member dies", SettledNs: new(int64(45e9)), Partitions: 6, Moved: 2, Stopped: 2, Unread: unread,
			PauseP50Ns: new(int64(8e6)), PauseMaxNs: new(longest), Reread: longest / 1e6,
		})
		if unread > 0 {
			t.Rebalances = append(t.Rebalances, result.Rebalance{Group: 2, AtNs: 20e9, Why: "the group's own", Partitions: 6})
		}
	}
}

// TestRebalancesTable holds rows and columns against what they must say.
func TestRebalancesTable(t *testing.T) {
	t.Parallel()
	run := newRun(result.StatusComplete, []string{"base"}, 2, newTrial("base", 1, churned(4e9, 0)), newTrial("base", 2, churned(6e9, 1)))
	r, err := New(run)
	if err != nil {
		t.Fatal(err)
	}
	var got [][]string
	for _, row := range r.Rebalances.medians(md) {
		got = append(got, row[len(row)-9:])
	}
	want := [][]string{
		{"1 member joins (group 1)", "10.0 s", "3.00 s", "6", "2", "2", "7.00 ms", "500 ms", "0"},
		{"1 member joins (group 2)", "10.0 s", "3.00 s", "6", "2", "2", "7.00 ms", "500 ms", "0"},
		{"1 member dies (group 1)", "15.0 s", "45.0 s", "6", "2", "2", "8.00 ms", "≥ 5.00 s", "10,000"},
		{"the group's own (group 2)", "20.0 s", "–", "6", "0", "0", "–", "–", "0"},
	}
	if len(got) != len(want) {
		t.Fatalf("got %d rows, want %d: %q", len(got), len(want), got)
	}
	for i := range want {
		for j := range want[i] {
			if got[i][j] != want[i][j] {
				t.Errorf("row %d, %s: got %q, want %q", i, r.Rebalances.Columns[len(r.Rebalances.Columns)-9+j].Head, got[i][j], want[i][j])
			}
		}
	}
}

// TestOwnRebalances: what a group came to by itself, and more than once, has no instant in common; a single one has its own.
func TestOwnRebalances(t *testing.T) {
	t.Parallel()
	own := func(at ...int64) change {
		return func(t *result.Trial) {
			for _, ns := range at {
				t.Rebalances = append(t.Rebalances, result.Rebalance{Group: 1, AtNs: ns, Why: "the group's own", Partitions: 6, PauseMaxNs: new(ns / 10)})
			}
		}
	}
	for _, tt := range []struct {
		why    string
		trials []*result.Trial
		want   []string // what, at, pause max
	}{
		{"one", []*result.Trial{newTrial("base", 1, own(4e9))}, []string{"the group's own", "4.00 s", "400 ms"}},
		{"two of a trial", []*result.Trial{newTrial("base", 1, own(4e9, 40e9))}, []string{"the group's own, 2 times", "–", "2.20 s"}},
		{"one of each trial", []*result.Trial{newTrial("base", 1, own(4e9)), newTrial("base", 2, own(40e9))}, []string{"the group's own, 2 times", "–", "2.20 s"}},
	} {
		r, err := New(newRun(result.StatusComplete, []string{"base"}, len(tt.trials), tt.trials...))
		if err != nil {
			t.Fatal(err)
		}
		row := r.Rebalances.medians(md)[0]
		if got := []string{row[0], row[1], row[7]}; !slices.Equal(got, tt.want) {
			t.Errorf("%s: got %q, want %q", tt.why, got, tt.want)
		}
	}
}

// TestUnreadIsNoPercentile: a pause that is a lower bound is one for another reason than a percentile.
func TestUnreadIsNoPercentile(t *testing.T) {
	t.Parallel()
	r, err := New(newRun(result.StatusComplete, []string{"base"}, 1, newTrial("base", 1, churned(6e9, 1))))
	if err != nil {
		t.Fatal(err)
	}
	notes := strings.Join(r.Notes, "\n")
	if !strings.Contains(notes, "some partitions that had records were not read from again") || strings.Contains(notes, "than this percentile leaves out") {
		t.Errorf("the notes are\n%s", notes)
	}
}
