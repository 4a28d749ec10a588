package scenarios

import (
	"slices"
	"strings"
	"testing"
)

func TestRead(t *testing.T) {
	t.Parallel()
	for _, name := range Names() {
		text, err := Read(name)
		if err != nil {
			t.Fatal(err)
		}
		question := Question(name)
		if !strings.HasSuffix(question, "?") || !strings.HasPrefix(string(text), "# "+question+"\n#\n") {
			t.Errorf("%s: the question is %q, want one, which the first line repeats", name, question)
		}
		if !strings.Contains(string(text), "\n# Takes about ") {
			t.Errorf("%s: does not say how long it takes", name)
		}
		if !strings.Contains(string(text), "\nname: "+name+"\n") {
			t.Errorf("%s: has another name inside", name)
		}
	}
	if len(Names()) < 16 || !slices.IsSorted(Names()) {
		t.Errorf("got %q, want 16 names, sorted", Names())
	}
}

func TestUnknown(t *testing.T) {
	t.Parallel()
	tests := []struct{ why, name, hint string }{
		{"a letter is missing", "quickstrt", ", did you mean quickstart?"},
		{"a letter is wrong", "acks-tradeof", ", did you mean acks-tradeoff?"},
		{"letters in the middle", "consumer-group", ", did you mean consumer-groups?"},
		{"nothing like it", "wibble", ""},
		{"nothing", "", ""},
		{"a path is no name", "../scenarios/quickstart", ""},
	}
	for _, tt := range tests {
		_, err := Read(tt.name)
		if err == nil {
			t.Errorf("%s: %q was read", tt.why, tt.name)
			continue
		}
		want := "there is no built-in scenario \"" + tt.name + "\"" + tt.hint + "; there are " + strings.Join(Names(), " ")
		if err.Error() != want {
			t.Errorf("%s: got %q, want %q", tt.why, err, want)
		}
	}
	if got := Question("wibble"); got != "" {
		t.Errorf("got question %q of no scenario", got)
	}
}
