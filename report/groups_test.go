package report

import (
	"slices"
	"strings"
	"testing"

	"kbench/internal/driver"
	"kbench/internal/result"
	"kbench/internal/scenario"
	"kbench/internal/unit"
)

// twoGroups gives a trial two groups, of which the second reads less, with settings of their own.
func twoGroups(set func(*scenario.Consumer)) change {
	return func(t *result.Trial) {
		k := *t.Plan.Consumer
		k.Groups, k.Members = 2, 3
		set(&k)
		t.Plan.Consumer = &k
		for i := range int64(2) {
			g := result.Group{Name: "g", Consumed: 1e6 - i*9e5, ConsumedPerS: new(500 - 300*float64(i)), LagMax: new(100 + i*1e5*int64(t.Repeat))}
			if k.Protocol == driver.ProtocolShare {
				g.Redelivered = new(7 * i)
			}
			t.Groups = append(t.Groups, g)
		}
	}
}

func TestGroupsTable(t *testing.T) {
	t.Parallel()
	const ms = unit.Duration(1e6)
	for _, tt := range []struct {
		why    string
		change change
		heads  string
		rows   []string
		fact   string // of the consumers, in it
	}{
		{"one group has nothing of its own", func(t *result.Trial) { t.Groups = []result.Group{{Consumed: 1e6}} }, "", nil, "1 group of 1 member"},
		{"no consumers", produceOnly, "", nil, ""},
		{
			"two groups", twoGroups(func(*scenario.Consumer) {}), "group members consumed records largest lag",
			[]string{"1 3 500/s 1,000,000 100", "2 3 200/s 100,000 200,100"},
			"2 groups of 3 members",
		},
		{
			"the second is slow", twoGroups(func(k *scenario.Consumer) { k.Slow = []scenario.Slow{{Group: 2, Processing: 20 * ms}} }), "group members consumed records largest lag",
			[]string{"1 3 500/s 1,000,000 100", "2, 20ms a record 3 200/s 100,000 200,100"},
			"2 groups of 3 members, processing 20ms in group 2",
		},
		{
			"a member of each is", twoGroups(func(k *scenario.Consumer) {
				k.Processing, k.Slow = ms, []scenario.Slow{{Members: 1, Processing: 5 * ms}, {Group: 2, Members: 2, Processing: 7 * ms}}
			}), "group members consumed records largest lag",
			[]string{"1, 1ms to 5ms a record 3 500/s 1,000,000 100", "2, 1ms to 7ms a record 3 200/s 100,000 200,100"},
			"processing 1ms a record, 5ms in 1 member of each group, 7ms in 2 members of group 2",
		},
		{
			"of one group some members are slow", func(t *result.Trial) {
				k := *t.Plan.Consumer
				k.Members, k.Slow = 2, []scenario.Slow{{Members: 1, Processing: ms}}
				t.Plan.Consumer, t.Groups = &k, []result.Group{{Consumed: 1e6}}
			}, "group members records", []string{"1, 0s to 1ms a record 2 1,000,000"}, "processing 1ms in 1 member of each group",
		},
		{
			"a share group", func(t *result.Trial) {
				k := *t.Plan.Consumer
				k.Protocol = driver.ProtocolShare
				t.Plan.Consumer, t.Groups = &k, []result.Group{{Consumed: 1e6, Redelivered: new(int64(12))}}
			}, "group members records redelivered", []string{"1 1 1,000,000 12"}, "",
		},
	} {
		r, err := New(newRun(result.StatusComplete, []string{"base"}, 3, newTrial("base", 1, tt.change), newTrial("base", 2, tt.change), newTrial("base", 3, tt.change)))
		if err != nil {
			t.Fatal(err)
		}
		var heads, rows []string
		for _, c := range r.Groups.Columns {
			heads = append(heads, c.Head)
		}
		for _, row := range r.Groups.medians(md) {
			rows = append(rows, strings.Join(row, " "))
		}
		if got := strings.Join(heads, " "); got != tt.heads || !slices.Equal(rows, tt.rows) {
			t.Errorf("%s:\ngot  %s %q\nwant %s %q", tt.why, got, rows, tt.heads, tt.rows)
		}
		for _, f := range r.Facts {
			if f.Name == "Consumer" && !strings.Contains(f.Text, tt.fact) {
				t.Errorf("%s: the consumer is %s, want %s", tt.why, f.Text, tt.fact)
			}
		}
		for format, head := range map[string]string{"md": "### Groups", "text": "\nGroups\n", "html": `aria-label="Groups by case"`} {
			if got := strings.Contains(render(t, format, r), head); got != (tt.rows != nil) {
				t.Errorf("%s: %s has the table: %v", tt.why, format, got)
			}
		}
	}
}
