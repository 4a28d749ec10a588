package run

import (
	"strings"
	"testing"

	"kbench/internal/driver"
)

// A reader is a consumer of which only its errors are asked.
type reader struct {
	driver.Consumer
	errors map[string]int64
}

func (r reader) Errors() map[string]int64 { return r.errors }

func TestDenied(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		why   string
		wrote error            // the producer's last error
		read  map[string]int64 // the second member's errors, by class
		want  string           // in the error; "" for none
	}{
		{"nothing went wrong", nil, nil, ""},
		{"what may pass", &driver.Error{Class: "NOT_ENOUGH_REPLICAS"}, map[string]int64{"COORDINATOR_NOT_AVAILABLE": 3}, ""},
		{"may not write", &driver.Error{Class: "TOPIC_AUTHORIZATION_FAILED", Msg: "says the broker"}, nil, "TOPIC_AUTHORIZATION_FAILED: says the broker; give this user WRITE"},
		{"may not read the topic", nil, map[string]int64{"TOPIC_AUTHORIZATION_FAILED": 1}, "member 2 of group g: TOPIC_AUTHORIZATION_FAILED; give this user READ"},
		{"may not join the group", nil, map[string]int64{"GROUP_AUTHORIZATION_FAILED": 1}, "GROUP_AUTHORIZATION_FAILED"},
	} {
		p := &producer{}
		p.done.lastError = tt.wrote
		g := &group{name: "g", members: []*member{{number: 1, client: reader{}}, {number: 2, client: reader{errors: tt.read}}}}
		err := denied([]*group{g}, p)
		if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
			t.Errorf("%s: got %v, want %q", tt.why, err, tt.want)
		}
	}
}
