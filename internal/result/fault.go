package result

// A Fault is what became of a fault that the scenario plans: Faults[i] of a Trial is of Plan.Faults[i]. Instants count
// from the trial's start. Latency and counts go by the instant that a record was due, in whole seconds.
type Fault struct {
	Nodes   []int32 `json:"nodes,omitempty"`   // that it was done to; none: it was not done
	Problem string  `json:"problem,omitempty"` // why it was not done or not undone; one line
	AtNs    *int64  `json:"at_ns"`             // when it began; nil: it was not done
	EndNs   *int64  `json:"end_ns"`            // when it was undone: the node went on, or was started

	// Before is of the measured part up to a second before the first fault, or of the warm-up where that leaves no second;
	// During of the seconds from the beginning to the end. Nil where no record was answered.
	Before *Latency `json:"response_before"`
	During *Latency `json:"response_during"`
	// RecoverNs is how long after the beginning the first second began whose response p99 is back within twice of before;
	// 0 where it was never beyond, nil where it did not come back before the next fault or the end, or is not known.
	RecoverNs *int64 `json:"recover_ns"`

	// Failed and Unresolved are of the records due from a second before the fault to a second before the next one.
	Failed     *int64 `json:"failed"`
	Unresolved *int64 `json:"unresolved"`

	// The trial's counts where this is its only fault; nil where others share them, or nobody knows.
	Lost       *int64 `json:"lost"`
	Duplicated *int64 `json:"duplicated"`
	Reordered  *int64 `json:"reordered"`
}
