package scenario

import (
	"slices"
	"strings"
	"testing"

	"kbench/internal/unit"
)

func TestRoster(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		why     string
		group   int
		steps   []Churn
		numbers []int
		moves   [][]int
		left    int
		short   int
	}{
		{"nobody comes or goes", 1, nil, []int{1, 2, 3}, nil, 3, 0},
		{"a new one has the next number", 1, []Churn{{Do: ChurnJoin, Members: 2}}, []int{1, 2, 3, 4, 5}, [][]int{{3, 4}}, 5, 0},
		{"the highest numbers go, and who joins has the lowest that is free", 1, []Churn{{Do: ChurnLeave, Members: 2}, {Do: ChurnJoin, Members: 1}}, []int{1, 2, 3, 2}, [][]int{{2, 1}, {3}}, 2, 0},
		{"who has joined goes first", 1, []Churn{{Do: ChurnJoin, Members: 1}, {Do: ChurnDie, Members: 1}}, []int{1, 2, 3, 4}, [][]int{{3}, {3}}, 3, 0},
		{"steps of another group move nobody here", 1, []Churn{{Do: ChurnLeave, Members: 1, Group: 2}}, []int{1, 2, 3}, [][]int{nil}, 3, 0},
		{"a group may be empty for a while", 2, []Churn{{Do: ChurnLeave, Members: 3, Group: 2}, {Do: ChurnJoin, Members: 1}}, []int{1, 2, 3, 1}, [][]int{{2, 1, 0}, {3}}, 1, 0},
		{"more than there are", 1, []Churn{{Do: ChurnDie, Members: 4}}, []int{1, 2, 3}, [][]int{{2, 1, 0}}, 0, 1},
	} {
		k := Consumer{Groups: 2, Members: 3, Churn: tt.steps}
		got := k.RosterOf(tt.group)
		same := slices.EqualFunc(got.Moves, tt.moves, slices.Equal[[]int])
		if !slices.Equal(got.Numbers, tt.numbers) || !same || got.Left != tt.left || got.Short != tt.short {
			t.Errorf("%s: got %+v, want %+v", tt.why, got, tt)
		}
	}
}

// TestRosterIsWhatClientsCounts holds the sum against the rosters.
func TestRosterIsWhatClientsCounts(t *testing.T) {
	t.Parallel()
	k := Consumer{Groups: 3, Members: 2, Churn: []Churn{
		{Do: ChurnJoin, Members: 4}, {Do: ChurnLeave, Members: 3}, {Do: ChurnJoin, Members: 5, Group: 2}, {Do: ChurnJoin, Members: 7, Group: 4}, {Do: ChurnDie, Members: 9},
	}}
	want := 0
	for group := range k.Groups {
		want += len(k.RosterOf(group + 1).Numbers)
	}
	if got := k.Clients(); got != want || got != 3*6+5 {
		t.Errorf("there are %d clients, and %d in the rosters", got, want)
	}
}

// TestMoreThanCanBe has consumers refused before a roster of them is made.
func TestMoreThanCanBe(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ why, text, want string }{
		{
			"many that join", "churn: [" + strings.Repeat("{at: 1s, do: join, members: 1000}, ", 100) + "]",
			"consumer: 100001 clients take part",
		},
		{"many groups", "groups: 1000\n  members: 11", "consumer: 11000 clients take part"},
		{
			"many steps", "churn: [" + strings.Repeat("{at: 1s, do: join}, {at: 1s, do: leave}, ", 501) + "]",
			"consumer.churn: it has 1002 steps, and 1000 are the most",
		},
	} {
		_, err := Parse("x.yaml", []byte("name: x\nload: {measure: 20s}\nproducer: {}\nconsumer:\n  start: earliest\n  "+tt.text+"\n"), Options{})
		if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: got %v, want one line with %q", tt.why, err, tt.want)
		}
	}
}

func TestProcessingOf(t *testing.T) {
	t.Parallel()
	k := Consumer{Processing: 1e6, Slow: []Slow{{Group: 2, Members: 1, Processing: 9e6}, {Group: 2, Processing: 0}, {Members: 1, Processing: 5e6}}}
	for _, tt := range []struct {
		why           string
		group, member int
		want          unit.Duration
	}{
		{"no entry is about it", 1, 2, 1e6},
		{"of each group", 1, 1, 5e6},
		{"the first entry holds", 2, 1, 9e6},
		{"a whole group may be faster too", 2, 2, 0},
	} {
		if got := k.ProcessingOf(tt.group, tt.member); got != tt.want {
			t.Errorf("%s: got %v, want %v", tt.why, got, tt.want)
		}
	}
}
