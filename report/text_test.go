package report

import (
	"math"
	"strings"
	"testing"

	"kbench/internal/result"
	"kbench/internal/scenario"
)

func TestHuman(t *testing.T) {
	t.Parallel()
	tests := []struct {
		why, unit string
		v         float64
		want      string
	}{
		{"a latency", result.UnitNs, 1327103, "1.33 ms"},
		{"longer than a time can be", result.UnitNs, 1e30, "-"},
		{"a rate", result.UnitPerS, 49993, "50.0 k/s"},
		{"a slow rate", result.UnitPerS, 0.5, "0.50/s"},
		{"bytes", result.UnitBytes, 113e6, "113 MB"},
		{"a throughput", result.UnitBytesPerS, 9_998_600, "10.0 MB/s"},
		{"a count stays exact", result.UnitRecords, 1234567, "1,234,567"},
		{"a short count", result.UnitRecords, 999, "999"},
		{"a median of two counts", result.UnitTimes, 1000.5, "1,000.5"},
		{"below zero", result.UnitTimes, -1000, "-1,000"},
		{"no number", result.UnitRecords, math.NaN(), "-"},
		{"a ratio", result.UnitRatio, 1.87, "1.87"},
	}
	for _, tt := range tests {
		if got := human(tt.unit, tt.v); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.why, got, tt.want)
		}
	}
}

func TestSpan(t *testing.T) {
	t.Parallel()
	tests := []struct {
		why  string
		n    Number
		want string
	}{
		{"one unit for both", Number{Min: 1.21e6, Max: 1.5e6}, "1.21–1.50 ms"},
		{"two units", Number{Min: 905e3, Max: 1.02e6}, "905 µs–1.02 ms"},
		{"the same once rounded", Number{Min: 1.3301e6, Max: 1.3299e6}, "1.33 ms"},
		{"a lower bound", Number{Min: 1e6, Max: 2e6, AtLeast: true}, "≥ 1.00–2.00 ms"},
		{"one lower bound", Number{Min: 1.5e6, Max: 1.5e6, AtLeast: true}, "≥ 1.50 ms"},
	}
	for _, tt := range tests {
		if got := tt.n.span(result.UnitNs); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.why, got, tt.want)
		}
	}
}

func TestWords(t *testing.T) {
	t.Parallel()
	tests := []struct{ why, got, want string }{
		{"a capital", upper("failed and lost"), "Failed and lost"},
		{"the name of a setting keeps its spelling", upper("acks=0: nothing"), "acks=0: nothing"},
		{"a word before a colon is no setting", upper("odd: it"), "Odd: it"},
		{"nothing to begin", upper(""), ""},
		{"a full stop", sentence("broker gone"), "broker gone."},
		{"one is enough", sentence("broker gone."), "broker gone."},
		{"no reason", sentence(" "), "no reason was given."},
		{"two", join([]string{"a", "b"}), "a and b"},
		{"three", join([]string{"a", "b", "c"}), "a, b and c"},
		{"more than fit", someOf([]string{"a", "b", "c"}, ", ", 2), "a, b, and 1 more"},
		{"lines become one", clean(" a\n\tb\u2028c "), "a b c"},
		{"an escape sequence is spelled out", clean("\x1b[31m"), `\x1b[31m`},
		{"the direction of writing stays", clean("a\u202eb"), `a\u202eb`},
		{"long texts are cut", clean(strings.Repeat("é", 400)), strings.Repeat("é", maxText-1) + "…"},
		{"less than is no tag", md("p99 <= 20ms"), "p99 <= 20ms"},
		{"a tag is", md("<b>"), `\<b>`},
		{"a number with a point is no list", md("4.3.0"), "4.3.0"},
		{"one before a space is", md("4. x"), `4\. x`},
		{"within a word there is no emphasis", md("response_p99 _x_"), `response_p99 \_x\_`},
	}
	for _, tt := range tests {
		if tt.got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.why, tt.got, tt.want)
		}
	}
}

// TestCaptionsAreWhole: what explains a table is kbench's own text, and shown to its end however long it is; a text of a record is cut.
func TestCaptionsAreWhole(t *testing.T) {
	t.Parallel()
	r, err := New(newRun(result.StatusComplete, []string{"base"}, 1, newTrial("base", 1, paused(2), churned(4e9, 0), twoGroups(func(*scenario.Consumer) {}), ramped(50e3), killed(3e9, nil), func(t *result.Trial) {
		t.Warnings = []string{strings.Repeat("x", maxText) + " end of the warning"}
	})))
	if err != nil {
		t.Fatal(err)
	}
	spaced := func(s string) string { return strings.Join(strings.Fields(s), " ") }
	for format, safe := range map[string]func(string) string{"md": mdWhole, "text": spaced, "html": spaced} {
		text := render(t, format, r)
		if format == "html" {
			text = textOf(parsePage(t, "page", ofRecords(text)))
		}
		text = spaced(text)
		for _, caption := range []string{backlogCaption, rebalancesCaption, timelineCaption, groupsCaption, faultsCaption} {
			if !strings.Contains(text, safe(caption)) {
				t.Errorf("%s does not have the whole of %q", format, caption)
			}
		}
		if strings.Contains(text, "end of the warning") {
			t.Errorf("%s has a text of a record in full, however long it is", format)
		}
	}
}
