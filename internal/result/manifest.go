package result

import (
	"kbench/internal/host"
	"kbench/internal/scenario"
)

// The values of Manifest.Status beside StatusFailed and StatusInterrupted. A run that was killed stays running.
const (
	StatusRunning  = "running"
	StatusComplete = "complete"
)

// A Manifest says what a run is: the scenario as read and as planned, with what, where and when. It is written when the
// run begins and once more when it ends.
type Manifest struct {
	Schema  int            `json:"schema"` // the records' Schema; Create fills it
	Name    string         `json:"name"`   // of the folder; Create fills it
	Status  string         `json:"status"` // running, complete, interrupted or failed
	Start   string         `json:"start"`  // RFC 3339, UTC
	End     string         `json:"end,omitempty"`
	Kbench  string         `json:"kbench_version"`
	Command []string       `json:"command,omitempty"` // the arguments; values of secrets are masked
	Host    host.Facts     `json:"host"`
	Plan    *scenario.Plan `json:"plan"`

	Comparison *Comparison `json:"comparison,omitempty"` // of two sides, as it was declared; nil for a plain run
}

// A Comparison says how two sides were to be compared, before anything was measured. The plan's first case is side a, its
// second side b.
type Comparison struct {
	A      string `json:"a"`       // what makes side a, as the user wrote it; "as it is" for nothing
	B      string `json:"b"`       // and side b
	Pairs  int    `json:"pairs"`   // 6 or more
	Extend bool   `json:"extend"`  // as many pairs again where the first leave it open: two looks, each at a stricter level
	Gates  []Gate `json:"gates"`   // that decide; all other metrics inform
	OnOpen string `json:"on_open"` // what an inconclusive answer is: warn or fail, and extend before that
	Seed   uint64 `json:"seed"`    // of the order within pairs
}

// A Gate is a metric that decides, and by what part of itself it may be worse.
type Gate struct {
	Metric string  `json:"metric"`
	Margin float64 `json:"margin"` // 0.05 is 5 %
}
