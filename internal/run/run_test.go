package run

import (
	"reflect"
	"testing"
	"time"

	"kbench/internal/driver"
	"kbench/internal/scenario"
	"kbench/internal/unit"
)

// TestPreheating: what is thrown away must neither hold the brokers up nor leave anything to be read, and the plan stays as it is.
func TestPreheating(t *testing.T) {
	t.Parallel()
	second := unit.Duration(time.Second)
	for _, tt := range []struct {
		why    string
		change func(*scenario.Consumer)
	}{
		{"a time for each record", func(k *scenario.Consumer) { k.Processing = second }},
		{"one in a share group", func(k *scenario.Consumer) { k.Protocol, k.Processing = driver.ProtocolShare, second }},
		{"slow members", func(k *scenario.Consumer) { k.Slow = []scenario.Slow{{Members: 1, Processing: second}} }},
		{"consumers that write", func(k *scenario.Consumer) { k.Forward.Records = 10 }},
		{"pauses", func(k *scenario.Consumer) { k.Pause = []scenario.Pause{{At: second, For: second}} }},
		{"members that come and go", func(k *scenario.Consumer) {
			k.Churn = []scenario.Churn{{At: second, Do: scenario.ChurnJoin, Members: 1}}
		}},
	} {
		s := scenario.Default()
		s.Producer.Acks, s.Producer.Buffer, s.Topic.Name = driver.AcksNone, 1e6, "mine"
		want := *s.Consumer
		tt.change(s.Consumer)
		want.Protocol = s.Consumer.Protocol
		before := *s.Consumer
		got := preheating(s, 20*time.Second)
		if !reflect.DeepEqual(*got.Consumer, want) {
			t.Errorf("%s: consumers are %+v, want %+v", tt.why, *got.Consumer, want)
		}
		if !reflect.DeepEqual(*s.Consumer, before) || s.Producer.Acks != driver.AcksNone {
			t.Errorf("%s: the plan was changed", tt.why)
		}
		if p := got.Producer; p.Acks != driver.AcksAll || p.Buffer != preheatBuffer || got.Load.Rate != unit.MaxRate || got.Load.Measure != 20*second || got.Topic.Name != "" {
			t.Errorf("%s: the load is %+v of %+v", tt.why, got.Load, *p)
		}
	}
	s := scenario.Default()
	s.Producer, s.Preload = nil, 1000
	s.Consumer.Client = "franz"
	if got := preheating(s, time.Second); got.Producer == nil || got.Producer.Client != "franz" || got.Preload != 0 {
		t.Errorf("of consumers alone: producer %+v, preload %d", got.Producer, got.Preload)
	}
}
