package scenario

import (
	"encoding/json"
	"testing"
)

// TestThresholdJSON: what a threshold asks for beside its limit survives, and records of before, which have the text alone, read.
func TestThresholdJSON(t *testing.T) {
	t.Parallel()
	limit := Threshold{Metric: "lost", Op: "==", Value: 0, Text: "lost == 0"}
	with := func(abort bool, scope Scope) Threshold {
		th := limit
		th.Abort, th.Scope = abort, scope
		return th
	}
	for _, tt := range []struct {
		why, json string
		want      Threshold
	}{
		{"the limit alone", `"lost == 0"`, limit},
		{"abort", `{"metric":"lost == 0","abort":true}`, with(true, "")},
		{"scope", `{"metric":"lost == 0","scope":"case"}`, with(false, ScopeCase)},
		{"the scope that is the default, as it was written", `{"metric":"lost == 0","scope":"trial"}`, with(false, ScopeTrial)},
		{"both", `{"metric":"lost == 0","abort":true,"scope":"trial"}`, with(true, ScopeTrial)},
	} {
		var got Threshold
		if err := json.Unmarshal([]byte(tt.json), &got); err != nil || got != tt.want {
			t.Errorf("%s: %s reads as %+v, %v, want %+v", tt.why, tt.json, got, err, tt.want)
		}
		if b, err := json.Marshal(tt.want); err != nil || string(b) != tt.json {
			t.Errorf("%s: prints as %s, %v, want %s", tt.why, b, err, tt.json)
		}
	}
	for _, bad := range []string{`{}`, `""`, `3`, `[]`, `{"metric":"lost"}`, `{"metric":3}`, `{"abort":true}`} {
		var got Threshold
		if err := json.Unmarshal([]byte(bad), &got); err == nil {
			t.Errorf("%s reads as %+v, want an error", bad, got)
		}
	}
}

func FuzzThresholdJSON(f *testing.F) {
	for _, s := range []string{`"response_p99 <= 20ms"`, `{"metric":"lost == 0","abort":true,"scope":"case"}`, `{"metric":"a != 0.1%"}`, `null`, `[1]`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var once, twice Threshold
		if json.Unmarshal(b, &once) != nil {
			return
		}
		out, err := json.Marshal(once)
		if err == nil {
			err = json.Unmarshal(out, &twice)
		}
		if err != nil || once != twice {
			t.Errorf("%s reads as %+v, which prints as %s and reads as %+v, %v", b, once, out, twice, err)
		}
	})
}
