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
}
