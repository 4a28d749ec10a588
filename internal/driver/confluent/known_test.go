//go:build cgo && (linux || darwin) && (amd64 || arm64)

package confluent

import (
	"testing"

	"kbench/internal/driver"
)

// TestKnown holds what is recognised by its value against what must go by the library's pointer.
func TestKnown(t *testing.T) {
	t.Parallel()
	cfg := driver.ProducerConfig{Buffer: 4, MaxValue: 1, SeqOf: func(value []byte) (uint64, bool) {
		if len(value) == 0 {
			return 0, false
		}
		return uint64(value[0]), true
	}}
	k := newKnown(cfg)
	record := func(seq uint64) *driver.Record { return &driver.Record{Seq: seq, Value: []byte{byte(seq)}} }
	first, second := record(1), record(2)
	for _, tt := range []struct {
		why  string
		r    *driver.Record
		kept bool
	}{
		{"its place is free", first, true},
		{"another place", second, true},
		{"an older one that is out has its place", record(1 + uint64(len(k.slots))), false},
		{"the value says nothing", &driver.Record{Seq: 3}, false},
		{"the value says another", &driver.Record{Seq: 3, Value: []byte{7}}, false},
	} {
		if got := k.keep(tt.r); got != tt.kept {
			t.Errorf("%s: kept %v, want %v", tt.why, got, tt.kept)
		}
	}
	for _, tt := range []struct {
		why   string
		value []byte
		want  *driver.Record
	}{
		{"kept", []byte{1}, first},
		{"found once already", []byte{1}, nil},
		{"of the same place, and not kept", []byte{2 + byte(len(k.slots))}, nil},
		{"kept too", []byte{2}, second},
		{"says nothing", nil, nil},
	} {
		if got := k.find(tt.value); got != tt.want {
			t.Errorf("%s: found %v, want %v", tt.why, got, tt.want)
		}
	}
	if !k.keep(first) {
		t.Error("a record that came back was not kept again")
	}
	if k.forget(first); k.find(first.Value) != nil {
		t.Error("a record was found that had been forgotten")
	}
	if cfg.MaxValue = mostCopied + 1; newKnown(cfg) != nil {
		t.Error("values that are long would be copied")
	}
	var none *known
	if none.keep(first) || none.find(first.Value) != nil {
		t.Error("nothing keeps something")
	}
}
