package result

import (
	"os"
	"slices"
	"strings"
	"testing"
)

// TestFindings goes through every row of the promises.
func TestFindings(t *testing.T) {
	t.Parallel()
	const idempotent, unclean = "enable.idempotence", "unclean.leader.election.enable"
	for _, tt := range []struct {
		why                string
		settings           map[string]string
		topic              map[string]string
		expected, violated []string
	}{
		{"nothing reached a broker for sure", map[string]string{"acks": "0"}, nil, []string{"lost", "truncated", "duplicated", "reordered"}, []string{"corrupt"}},
		{"the leader alone had it", map[string]string{"acks": "1"}, nil, []string{"lost", "truncated", "duplicated", "reordered"}, []string{"corrupt"}},
		{"all had it", map[string]string{"acks": "all"}, nil, []string{"truncated", "duplicated", "reordered"}, []string{"lost", "corrupt"}},
		{"all, as a number", map[string]string{"acks": "-1"}, nil, []string{"truncated", "duplicated", "reordered"}, []string{"lost", "corrupt"}},
		{"all, but one without it may lead", map[string]string{"acks": "all"}, map[string]string{unclean: "true"}, []string{"lost", "truncated", "duplicated", "reordered"}, []string{"corrupt"}},
		{"one at a time", map[string]string{"acks": "all", "max.in.flight.requests.per.connection": "1"}, nil, []string{"truncated", "duplicated"}, []string{"lost", "reordered", "corrupt"}},
		{"the broker drops what it has", map[string]string{"acks": "all", idempotent: "True"}, nil, []string{"truncated"}, []string{"lost", "duplicated", "reordered", "corrupt"}},
	} {
		one := new(int64(1))
		trial := &Trial{
			Client: Clients{Producer: &Client{Settings: tt.settings}}, Cluster: Cluster{TopicConfig: tt.topic},
			Counts: Counts{Lost: one, Truncated: one, Duplicated: one, Reordered: one, Corrupt: one},
		}
		got := map[string][]string{}
		for _, f := range trial.Findings() {
			got[f.Level] = append(got[f.Level], f.What)
		}
		if !slices.Equal(got[Expected], tt.expected) || !slices.Equal(got[Violation], tt.violated) {
			t.Errorf("%s: %v; want expected %v, violated %v", tt.why, got, tt.expected, tt.violated)
		}
	}
	none := &Trial{Client: Clients{Producer: &Client{Settings: map[string]string{"acks": "all"}}}, Counts: Counts{Lost: new(int64(0))}}
	if got := none.Findings(); got != nil {
		t.Errorf("%v found where nothing was lost, and nothing else looked for", got)
	}
}

// TestMethodHasThePromises holds docs/method.md to what is judged by.
func TestMethodHasThePromises(t *testing.T) {
	t.Parallel()
	const file, head = "../../docs/method.md", "| Count | With | Is | Why |\n|---|---|---|---|\n"
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var want strings.Builder
	for _, p := range promises() {
		want.WriteString("| `" + p.what + "` | " + p.settings + " | " + p.level + " | " + p.why + " |\n")
	}
	before, rest, found := strings.Cut(string(text), head)
	if !found {
		t.Fatalf("%s has no table under %q", file, head)
	}
	got, after, _ := strings.Cut("\n"+rest, "\n\n")
	got = strings.TrimPrefix(got+"\n", "\n")
	if got == want.String() {
		return
	}
	if !update() {
		t.Fatalf("the table in %s differs; make golden writes it:\ngot\n%swant\n%s", file, got, &want)
	}
	if err := os.WriteFile(file, []byte(before+head+want.String()+"\n"+after), 0o644); err != nil {
		t.Fatal(err)
	}
}
