package result

// A Pause is what became of a pause of the consumers: Pauses[i] of a Trial is of Plan.Consumer.Pause[i]. Instants count from the
// trial's start. Lag is in records, over all partitions and groups, and looked at ten times a second.
type Pause struct {
	Problem string `json:"problem,omitempty"` // why it was not as planned; one line
	AtNs    *int64 `json:"at_ns"`             // when the consumers were told to pause; nil: they were not
	EndNs   *int64 `json:"end_ns"`            // and to resume

	// LagBefore is the largest lag of the five seconds before, or of as many as the load had by then; of the pause before this one,
	// where that was not caught up. LagMax is the largest up to CatchUpNs. Nil where the brokers did not say.
	LagBefore *int64 `json:"lag_before"`
	LagMax    *int64 `json:"lag_max"`
	// CatchUpNs is how long after EndNs the lag was down to LagBefore; nil where it was not, before the next pause or the trial's end.
	CatchUpNs *int64 `json:"catch_up_ns"`

	Phases []PausePhase `json:"phases,omitempty"` // those that there were, in this order
}

// Names of a pause's phases.
const (
	PhaseBefore     = "before"      // the seconds that LagBefore is of
	PhasePaused     = "paused"      // from AtNs to EndNs
	PhaseCatchingUp = "catching_up" // from there until the lag is down, or the load has ended
	PhaseAfterLoad  = "after_load"  // what is left of that, when nothing is produced any more
)

// A PausePhase is a part of what a pause brings. Rates are by completion; response is by due instant, in whole seconds.
type PausePhase struct {
	Name         string   `json:"name"`
	ForNs        int64    `json:"for_ns"`
	AckedPerS    float64  `json:"acked_per_s"`
	ConsumedPerS float64  `json:"consumed_per_s"` // offsets that groups went past
	Lag          int64    `json:"lag"`            // at its end
	Response     *Latency `json:"response"`       // nil where nothing was due or answered, or there is no response
}
